"""Writes the files beside it, a short run of a small U-Net in PyTorch: python3 unet_pytorch.py

The net is that of bench/others/unet.py, with attention and labels, on images of 8 × 4 pixels and 3 channels. All is float64, on
numbers that float32 holds exactly, and every random number is written down; the numbers written are the nearest of float32.

    config.json, diffusion_pytorch_model.safetensors   the first weights, as a folder of diffusers
    gradients.safetensors                              gradient of the first step, before clipping
    final.safetensors                                  weights after ten steps
    replay.safetensors                                 batches and losses of the steps, the net's output for the first batch, and a
                                                       trajectory of ancestral sampling with the final weights. Images are
                                                       [row, height, width, channel].
"""

import json
import pathlib
import struct
import sys

import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "bench" / "others"))
from unet import UNet2DModel  # noqa: E402

torch.set_default_dtype(torch.float64)
HEIGHT, WIDTH, COLORS, CLASSES = 8, 4, 3, 3
CHANNELS, MULTIPLIERS, BLOCKS, ATTENTION, GROUPS = 4, (1, 2), 1, (4,), 2
STEPS, TIMESTEPS, ROWS = 10, 20, 9  # nine rows are two chunks of images
RATE, EPSILON = 1e-3, 1e-4  # of Adam: its usual epsilon would turn the rounding errors of gradients that are 0 into steps


def single(x):
    return x.float().double()


def write(name, tensors, metadata=None):
    """A safetensors file of float32."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for key in sorted(tensors):
        raw = tensors[key].detach().float().contiguous().numpy().tobytes()
        header[key] = {"dtype": "F32", "shape": list(tensors[key].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (HERE / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def rows_last(x):
    """[…, channel, height, width] to […, height, width, channel]."""
    return x.movedim(-3, -1)


def main():
    torch.manual_seed(1)
    net = UNet2DModel((HEIGHT, WIDTH, COLORS), CHANNELS, MULTIPLIERS, BLOCKS, ATTENTION, GROUPS, classes=CLASSES)
    for name, p in net.named_parameters():  # no weight is special, as in a trained net
        p.data = single(p.data + 0.1 * torch.randn_like(p))
    state = {name: p.detach().clone() for name, p in net.state_dict().items()}
    write("diffusion_pytorch_model.safetensors", state, {"format": "pt"})
    widths = [CHANNELS * m for m in MULTIPLIERS]
    attends = [HEIGHT >> i in ATTENTION for i in range(len(widths))]
    (HERE / "config.json").write_text(json.dumps({
        "_class_name": "UNet2DModel", "sample_size": [HEIGHT, WIDTH], "in_channels": COLORS, "out_channels": COLORS,
        "layers_per_block": BLOCKS, "block_out_channels": widths,
        "down_block_types": ["AttnDownBlock2D" if a else "DownBlock2D" for a in attends],
        "up_block_types": ["AttnUpBlock2D" if a else "UpBlock2D" for a in reversed(attends)],
        "norm_num_groups": GROUPS, "norm_eps": 1e-6, "attention_head_dim": None, "flip_sin_to_cos": False, "freq_shift": 1,
        "downsample_padding": 0, "act_fn": "silu", "dropout": 0.0, "num_class_embeds": CLASSES + 1,
    }, indent=2) + "\n")

    betas = torch.linspace(0.005, 0.4, TIMESTEPS)
    bar = (1 - betas).cumprod(0)
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, eps=EPSILON)
    replay = {name: [] for name in ("x0", "eps", "t", "labels", "loss", "norm")}
    for step in range(STEPS):
        x0 = single(torch.randint(0, 256, (ROWS, COLORS, HEIGHT, WIDTH)) / 127.5 - 1)
        eps, t = single(torch.randn_like(x0)), torch.randint(0, TIMESTEPS, (ROWS,))
        labels = torch.randint(0, CLASSES + 1, (ROWS,))  # the last is "no label"
        signal = bar[t][:, None, None, None]
        output = net(single(signal.sqrt() * x0 + (1 - signal).sqrt() * eps), t, labels)
        loss = (output - eps).square().mean()
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            write("gradients.safetensors", {name: p.grad for name, p in net.named_parameters()})
            replay["output"] = rows_last(output)
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        for name, value in dict(x0=rows_last(x0), eps=rows_last(eps), t=t, labels=labels, loss=loss, norm=norm).items():
            replay[name].append(value.detach())
    write("final.safetensors", net.state_dict())
    replay["trajectory"], replay["noise"] = [], []
    with torch.no_grad():
        for p in net.parameters():
            p.data = single(p.data)
        x = single(torch.randn(2, COLORS, HEIGHT, WIDTH))
        replay["start"] = rows_last(x)
        for i in reversed(range(TIMESTEPS)):  # Ho, Jain and Abbeel 2020, algorithm 2, variance beta, for label 1
            eps = net(x, torch.full((2,), i), torch.full((2,), 1))
            z = single(torch.randn_like(x)) if i > 0 else torch.zeros_like(x)
            x = (x - betas[i] / (1 - bar[i]).sqrt() * eps) / (1 - betas[i]).sqrt() + betas[i].sqrt() * z
            replay["noise"].append(rows_last(z))
            replay["trajectory"].append(rows_last(x))
    write("replay.safetensors", {name: torch.stack(v) if isinstance(v, list) else v for name, v in replay.items()})
    print(sum(p.numel() for p in net.parameters()), "weights; losses", [round(v.item(), 4) for v in replay["loss"]],
          "norms", [round(v.item(), 3) for v in replay["norm"]])


if __name__ == "__main__":
    main()

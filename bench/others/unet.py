"""The U-Net of Ho et al. in plain PyTorch, with the names and the arithmetic of diffusers' UNet2DModel, timed for `go run ./bench`.

--job unet-train times a training step of DDPM, --job unet-forward the net alone, --job count counts weights. --way tutorial is what
a tutorial would write; --way tuned leaves out what PyTorch lets one leave out (the DataLoader, one call per tensor in the optimizer,
the memory of gradients). Prints one line of JSON. train/testdata/unet/unet_pytorch.py imports this module for the fixtures of the
parity tests.
"""

import argparse
import json
import math
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

# height, width, channels of the images; channels, multipliers, blocks, attention of the net.
NETS = {
    "digits8": ((8, 8, 1), 32, (1, 2), 1, ()),
    "mnist_s": ((28, 28, 1), 32, (1, 2, 2), 1, ()),
    "mnist": ((28, 28, 1), 32, (1, 2, 2), 2, (14,)),
    "cifar_s": ((32, 32, 3), 32, (1, 2, 2, 2), 2, (16,)),
}
EPSILON = 1e-6


class ResnetBlock2D(nn.Module):
    def __init__(self, channels, out, temb, groups, dropout):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels, EPSILON)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.time_emb_proj = nn.Linear(temb, out)
        self.norm2 = nn.GroupNorm(groups, out, EPSILON)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(channels, out, 1) if channels != out else None

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time_emb_proj(temb)[:, :, None, None]
        h = self.conv2(self.dropout(F.silu(self.norm2(h))))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h


class Attention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPSILON)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x):
        rows, channels, height, width = x.shape
        h = self.group_norm(x.view(rows, channels, height * width)).transpose(1, 2)
        q, k, v = self.to_q(h), self.to_k(h), self.to_v(h)
        weights = torch.baddbmm(q.new_empty(1, 1, 1), q, k.transpose(1, 2), beta=0, alpha=channels ** -0.5).softmax(-1)
        h = self.to_out[0](torch.bmm(weights, v))
        return h.transpose(1, 2).reshape(x.shape) + x


class Sampler2D(nn.Module):
    """Halves (padding after the last row and column only) or doubles an image."""

    def __init__(self, channels, up):
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(channels, channels, 3, stride=1 if up else 2, padding=1 if up else 0)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest") if self.up else F.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    def __init__(self, channels, out, temb, groups, dropout, attention, sampler=None):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock2D(c, out, temb, groups, dropout) for c in channels)
        if attention:
            self.attentions = nn.ModuleList(Attention(out, groups) for _ in channels)
        if sampler == "down":
            self.downsamplers = nn.ModuleList([Sampler2D(out, False)])
        if sampler == "up":
            self.upsamplers = nn.ModuleList([Sampler2D(out, True)])

    def block(self, j, x, temb):
        x = self.resnets[j](x, temb)
        return self.attentions[j](x) if hasattr(self, "attentions") else x


class Middle(nn.Module):
    def __init__(self, channels, temb, groups, dropout):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock2D(channels, channels, temb, groups, dropout) for _ in range(2))
        self.attentions = nn.ModuleList([Attention(channels, groups)])

    def forward(self, x, temb):
        return self.resnets[1](self.attentions[0](self.resnets[0](x, temb)), temb)


class TimestepEmbedding(nn.Module):
    def __init__(self, channels, temb):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(channels, temb), nn.Linear(temb, temb)

    def forward(self, features):
        return self.linear_2(F.silu(self.linear_1(features)))


class UNet2DModel(nn.Module):
    """forward takes x [rows, channels, height, width], t [rows] and, if there are classes, labels [rows]; K is no label."""

    def __init__(self, sample, channels, multipliers, blocks, attention=(), groups=32, dropout=0.0, classes=0, outputs=None):
        super().__init__()
        height, _, colors = sample
        widths, temb = [channels * m for m in multipliers], 4 * channels * multipliers[0]
        self.features, self.levels = widths[0], len(widths)
        self.time_embedding = TimestepEmbedding(widths[0], temb)
        if classes:
            self.class_embedding = nn.Embedding(classes + 1, temb)
        self.conv_in = nn.Conv2d(colors, widths[0], 3, padding=1)
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        skips, h = [widths[0]], widths[0]
        for i, width in enumerate(widths):
            last = i == self.levels - 1
            self.down_blocks.append(Level([h] + [width] * (blocks - 1), width, temb, groups, dropout, height >> i in attention,
                                          None if last else "down"))
            skips, h = skips + [width] * (blocks if last else blocks + 1), width
        self.mid_block = Middle(h, temb, groups, dropout)
        for i, width in reversed(list(enumerate(widths))):
            ins = []
            for _ in range(blocks + 1):
                ins, h = ins + [h + skips.pop()], width
            self.up_blocks.append(Level(ins, width, temb, groups, dropout, height >> i in attention, "up" if i else None))
        self.conv_norm_out = nn.GroupNorm(groups, widths[0], EPSILON)
        self.conv_out = nn.Conv2d(widths[0], outputs or colors, 3, padding=1)

    def embed(self, t):
        half = self.features // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half, dtype=self.conv_in.weight.dtype) / max(1, half - 1))
        angles = t.to(frequencies.dtype)[:, None] * frequencies[None]
        return torch.cat([angles.sin(), angles.cos()], 1)

    def forward(self, x, t, labels=None):
        temb = self.time_embedding(self.embed(t))
        if labels is not None:
            temb = temb + self.class_embedding(labels)
        temb = F.silu(temb)
        x = self.conv_in(x)
        skips = [x]
        for level in self.down_blocks:
            for j in range(len(level.resnets)):
                x = level.block(j, x, temb)
                skips.append(x)
            if hasattr(level, "downsamplers"):
                x = level.downsamplers[0](x)
                skips.append(x)
        x = self.mid_block(x, temb)
        for level in self.up_blocks:
            for j in range(len(level.resnets)):
                x = level.block(j, torch.cat([x, skips.pop()], 1), temb)
            if hasattr(level, "upsamplers"):
                x = level.upsamplers[0](x)
        return self.conv_out(F.silu(self.conv_norm_out(x)))

    def start_as_ho(self):
        """The initial weights of Ho et al.: Xavier's, the last of each residual 1e-5 times that."""
        for name, p in self.named_parameters():
            if p.dim() > 1 and not name.startswith("class_embedding"):
                nn.init.xavier_uniform_(p)
                if name.endswith(("conv2.weight", "to_out.0.weight")) or name == "conv_out.weight":
                    p.data *= 1e-5
            elif name.endswith("bias"):
                nn.init.zeros_(p)
        return self


def net(name, **more):
    sample, channels, multipliers, blocks, attention = NETS[name]
    return UNet2DModel(sample, channels, multipliers, blocks, attention, **more).start_as_ho()


def timed(call, seconds, minimum=3):
    """Times of calls in milliseconds, after a warm-up."""
    end, warm = time.perf_counter() + 0.2 * seconds, 0
    while warm < 2 or time.perf_counter() < end:
        call()
        warm += 1
    times, end = [], time.perf_counter() + seconds
    while len(times) < minimum or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def tutorial_batches(images, batch):
    data = torch.utils.data.TensorDataset(images.float().div_(127.5).sub_(1))
    while True:
        for x0, in torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, drop_last=True):
            yield x0


def tuned_batches(images, batch):
    while True:
        for rows in torch.randperm(len(images)).split(batch):
            if len(rows) == batch:
                yield images[rows].float().div_(127.5).sub_(1)


def train(a):
    """One step: draw a batch, noise it, loss, gradient, clipping, Adam."""
    model, (height, width, colors), tuned = net(a.net, dropout=a.dropout), NETS[a.net][0], a.way == "tuned"
    if a.channels_last:
        model = model.to(memory_format=torch.channels_last)
    images = torch.randint(0, 256, (a.points, colors, height, width), dtype=torch.uint8)
    batches = (tuned_batches if tuned else tutorial_batches)(images, a.batch)
    product = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    signal, sigma = product.sqrt().float(), (1 - product).sqrt().float()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-4, foreach=True) if tuned else torch.optim.Adam(model.parameters(), lr=2e-4)

    def step():
        x0 = next(batches)
        t, noise = torch.randint(0, 1000, (a.batch,)), torch.randn_like(x0)
        x = x0 * signal[t, None, None, None] + noise * sigma[t, None, None, None]
        if a.channels_last:
            x = x.to(memory_format=torch.channels_last)
        loss = F.mse_loss(model(x, t), noise)
        optimizer.zero_grad(set_to_none=tuned)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return timed(step, a.seconds)


def forward(a):
    model, (height, width, colors) = net(a.net).eval(), NETS[a.net][0]
    x, t = torch.randn(a.batch, colors, height, width), torch.full((a.batch,), 500)
    if a.channels_last:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    with torch.inference_mode() if a.way == "tuned" else torch.no_grad():
        return timed(lambda: torch.cat([model(x, t) for x, t in zip(x.split(a.chunk or a.batch), t.split(a.chunk or a.batch))]), a.seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", choices=["unet-train", "unet-forward", "count"], required=True)
    parser.add_argument("--way", choices=["tutorial", "tuned"], default="tuned")
    parser.add_argument("--net", choices=list(NETS), required=True)
    for name, default in {"batch": 128, "threads": 1, "points": 4096, "chunk": 0}.items():
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dropout", type=float, default=0)
    parser.add_argument("--channels-last", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    if a.way == "tuned":
        torch.set_flush_denormal(True)
    if a.job == "count":
        state = net(a.net).state_dict()
        print(json.dumps({"weights": sum(p.numel() for p in state.values()), "tensors": len(state)}))
        return
    times = train(a) if a.job == "unet-train" else forward(a)
    print(json.dumps({"ms": statistics.median(times), "mean_ms": statistics.mean(times), "count": len(times)}))


if __name__ == "__main__":
    main()

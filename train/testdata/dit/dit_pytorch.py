"""Writes the file beside it from a small DiT in PyTorch: python3 dit_pytorch.py

The net has the names and the arithmetic of facebookresearch/DiT (models.py), in plain PyTorch without timm, for images of any height
and width. All is float64, on numbers that float32 holds exactly; the numbers written are the nearest of float32.

    dit.safetensors   the state dict (with pos_embed), a batch of images [row, height, width, channel] with times and labels, the
                      output of the net, and of the loss Σ_r weight_r·Σ(output − target)² the gradients "gradient NAME" of the
                      parameters and of the images, x
"""

import json
import math
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
HEIGHT, WIDTH, COLORS, CLASSES, ROWS = 4, 6, 3, 3, 3
PATCH, HIDDEN, DEPTH, HEADS = 2, 8, 2, 2


def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


class TimestepEmbedder(nn.Module):
    def __init__(self, hidden, features=256):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(features, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        self.features = features

    def forward(self, t):
        half = self.features // 2
        frequencies = torch.exp(-math.log(10000) * torch.arange(half) / half)
        angles = t[:, None] * frequencies[None]
        return self.mlp(torch.cat([angles.cos(), angles.sin()], -1))


class LabelEmbedder(nn.Module):
    def __init__(self, classes, hidden):
        super().__init__()
        self.embedding_table = nn.Embedding(classes + 1, hidden)  # the last row is "no label"

    def forward(self, labels):
        return self.embedding_table(labels)


class PatchEmbed(nn.Module):
    def __init__(self, patch, colors, hidden):
        super().__init__()
        self.proj = nn.Conv2d(colors, hidden, patch, stride=patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads, self.scale = heads, (hidden // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)

    def forward(self, x):
        rows, patches, hidden = x.shape
        q, k, v = self.qkv(x).reshape(rows, patches, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * self.scale).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(rows, patches, hidden))


class Mlp(nn.Module):
    def __init__(self, hidden, units):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(hidden, units), nn.GELU(approximate="tanh"), nn.Linear(units, hidden)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class DiTBlock(nn.Module):
    def __init__(self, hidden, heads, ratio=4):
        super().__init__()
        self.norm1 = nn.LayerNorm(hidden, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(hidden, heads)
        self.norm2 = nn.LayerNorm(hidden, elementwise_affine=False, eps=1e-6)
        self.mlp = Mlp(hidden, ratio * hidden)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 6 * hidden))

    def forward(self, x, c):
        shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp = self.adaLN_modulation(c).chunk(6, 1)
        x = x + gate_msa.unsqueeze(1) * self.attn(modulate(self.norm1(x), shift_msa, scale_msa))
        return x + gate_mlp.unsqueeze(1) * self.mlp(modulate(self.norm2(x), shift_mlp, scale_mlp))


class FinalLayer(nn.Module):
    def __init__(self, hidden, patch, out):
        super().__init__()
        self.norm_final = nn.LayerNorm(hidden, elementwise_affine=False, eps=1e-6)
        self.linear = nn.Linear(hidden, patch * patch * out)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 2 * hidden))

    def forward(self, x, c):
        shift, scale = self.adaLN_modulation(c).chunk(2, 1)
        return self.linear(modulate(self.norm_final(x), shift, scale))


def positions_of_axis(size, places):
    omega = 1 / 10000 ** (np.arange(size // 2, dtype=np.float64) / (size / 2))
    angles = np.einsum("m,d->md", places.reshape(-1), omega)
    return np.concatenate([np.sin(angles), np.cos(angles)], 1)


def positions(hidden, rows, columns):
    grid = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))  # the column goes first
    return np.concatenate([positions_of_axis(hidden // 2, grid[0]), positions_of_axis(hidden // 2, grid[1])], 1)


class DiT(nn.Module):
    """Predicts noise and variance: twice as many channels as the image has."""

    def __init__(self):
        super().__init__()
        self.x_embedder = PatchEmbed(PATCH, COLORS, HIDDEN)
        self.t_embedder = TimestepEmbedder(HIDDEN)
        self.y_embedder = LabelEmbedder(CLASSES, HIDDEN)
        grid = HEIGHT // PATCH, WIDTH // PATCH
        self.pos_embed = nn.Parameter(torch.from_numpy(positions(HIDDEN, *grid)).float().double().unsqueeze(0), requires_grad=False)
        self.blocks = nn.ModuleList([DiTBlock(HIDDEN, HEADS) for _ in range(DEPTH)])
        self.final_layer = FinalLayer(HIDDEN, PATCH, 2 * COLORS)

    def unpatchify(self, x):
        h, w = HEIGHT // PATCH, WIDTH // PATCH
        x = x.reshape(len(x), h, w, PATCH, PATCH, 2 * COLORS)
        return torch.einsum("nhwpqc->nchpwq", x).reshape(len(x), 2 * COLORS, HEIGHT, WIDTH)

    def forward(self, x, t, y):
        x = self.x_embedder(x) + self.pos_embed
        c = self.t_embedder(t) + self.y_embedder(y)
        for block in self.blocks:
            x = block(x, c)
        return self.unpatchify(self.final_layer(x, c))


def single(x):
    return x.float().double()


def rows_last(x):
    """[…, channel, height, width] to […, height, width, channel]."""
    return x.movedim(-3, -1)


def parts(x):
    """[row, 2·channel, height, width] to [row, part, height, width, channel]."""
    return rows_last(x.unflatten(1, (2, COLORS)))


def write(name, tensors):
    """A safetensors file of float32."""
    header, data = {}, b""
    for key in sorted(tensors):
        raw = tensors[key].detach().float().contiguous().numpy().tobytes()
        header[key] = {"dtype": "F32", "shape": list(tensors[key].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (pathlib.Path(__file__).parent / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.manual_seed(1)
    net = DiT()
    for p in net.parameters():  # no weight is special, as in a trained net
        if p.requires_grad:
            p.data = single(p.data + 0.1 * torch.randn_like(p))
    tensors = {name: p.detach().clone() for name, p in net.state_dict().items()}
    x = single(torch.randn(ROWS, COLORS, HEIGHT, WIDTH)).requires_grad_()
    t, labels = torch.tensor([3.0, 250.0, 999.0]), torch.tensor([0, 2, CLASSES])
    target, weight = single(torch.randn(ROWS, 2 * COLORS, HEIGHT, WIDTH)), torch.tensor([1.0, 0.5, 2.0])
    output = net(x, t, labels)
    (weight * (output - target).square().flatten(1).sum(1)).sum().backward()
    tensors.update({"gradient " + name: p.grad for name, p in net.named_parameters() if p.requires_grad})
    tensors.update({"gradient x": rows_last(x.grad), "x": rows_last(x), "t": t, "labels": labels, "target": parts(target), "weight": weight,
                    "output": parts(output)})
    write("dit.safetensors", tensors)


if __name__ == "__main__":
    main()

"""The S-curve tutorial in PyTorch, for comparison with `make quality`.

    python3 bench/quality_pytorch.py [--epochs 400] SEED...

prints, per seed, the mean loss of the last 20 epochs, the sliced W1 of 10,000 samples to fresh points, and that of
two fresh sets. Sizes and values are those of configs/scurve.yaml.
"""

import argparse
import math

import torch
from torch import nn

T, POINTS, BATCH, WIDTH = 100, 10_000, 128, 128
betas = torch.sigmoid(torch.linspace(-6, 6, T)) * (0.5e-2 - 1e-5) + 1e-5
alphas_bar = torch.cumprod(1 - betas, 0)


def curve(n):
    t = 3 * math.pi * (torch.rand(n) - 0.5)
    points = torch.stack([torch.sin(t), torch.sign(t) * (torch.cos(t) - 1)], 1)
    return (points + 0.1 * torch.randn(n, 2)) / 10


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [2, WIDTH, WIDTH, WIDTH]
        self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
        self.embeddings = nn.ModuleList([nn.Embedding(T, WIDTH) for _ in range(3)])
        self.output = nn.Linear(WIDTH, 2)

    def forward(self, x, t):
        for linear, embedding in zip(self.linears, self.embeddings):
            x = torch.relu(linear(x) + embedding(t))
        return self.output(x)


def sliced_w1(a, b, directions=256):
    angle = torch.rand(directions) * math.pi
    u = torch.stack([angle.cos(), angle.sin()])
    return ((a @ u).sort(0)[0] - (b @ u).sort(0)[0]).abs().mean().item()


def run(seed, epochs):
    torch.manual_seed(seed)
    data, model = curve(POINTS), MLP()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(epochs):
        for rows in torch.randperm(POINTS).split(BATCH):
            x0 = data[rows]
            t = torch.randint(0, T, ((len(x0) + 1) // 2,))
            t = torch.cat([t, T - 1 - t])[: len(x0)]
            eps = torch.randn_like(x0)
            a = alphas_bar[t][:, None]
            loss = (eps - model(a.sqrt() * x0 + (1 - a).sqrt() * eps, t)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if epoch >= epochs - 20:
                losses.append(loss.item())
    with torch.no_grad():
        x = torch.randn(POINTS, 2)
        for i in reversed(range(T)):
            eps = model(x, torch.full((POINTS,), i))
            x = (x - betas[i] / (1 - alphas_bar[i]).sqrt() * eps) / (1 - betas[i]).sqrt()
            if i > 0:
                x = x + betas[i].sqrt() * torch.randn_like(x)
    fresh = curve(POINTS)
    print(f"seed {seed}: loss {sum(losses) / len(losses):.4f}, sliced W1 {sliced_w1(x, fresh):.5f}, "
          f"fresh data {sliced_w1(curve(POINTS), fresh):.5f}", flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=400)
parser.add_argument("seeds", type=int, nargs="+")
arguments = parser.parse_args()
torch.set_num_threads(1)
for seed in arguments.seeds:
    run(seed, arguments.epochs)

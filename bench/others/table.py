"""The training step and the sampling of the net for tables in PyTorch, timed for `go run ./bench -jobs table`.

The same design as Euryale's: one Gaussian process (EDM) over numbers and one-hot categories, whose softmax is the denoised
category; numbers as normal quantiles with ties spread anew in every batch; time features projected into the first layer. The
ways are those of pytorch.py; both loop only over the three categories. Prints one line of JSON.
"""

import argparse
import json
import math
import statistics

import torch
import torch.nn.functional as F
from torch import nn

from pytorch import timed

NUMBERS, CATEGORIES = 7, [5, 7, 8]
DIM, COLUMNS = NUMBERS + sum(CATEGORIES), NUMBERS + len(CATEGORIES)
WIDTH, DEPTH, FEATURES = 256, 3, 32
SIGMA_DATA, SIGMA_MIN, SIGMA_MAX, RHO = 0.5, 0.002, 80.0, 7.0
DECAY = 0.999


class Net(nn.Module):
    def __init__(self, shares):
        super().__init__()
        self.register_buffer("frequencies", 0.5 * 2 ** (torch.arange(FEATURES // 2) * 16 / FEATURES))
        self.time = nn.Linear(FEATURES, WIDTH, bias=False)
        self.layers = nn.ModuleList([nn.Linear(DIM if i == 0 else WIDTH, WIDTH) for i in range(DEPTH)])
        self.output = nn.Linear(WIDTH, DIM)
        with torch.no_grad():
            self.output.weight.zero_()
            self.output.bias.copy_(torch.cat([torch.zeros(NUMBERS)] + [p.log() for p in shares]))

    def features(self, noise):
        angle = noise[:, None] * self.frequencies
        return torch.cat([angle.sin(), angle.cos()], 1)

    def forward(self, x, noise):
        h = F.silu(self.layers[0](x) + self.time(self.features(noise)), inplace=True)
        for layer in self.layers[1:]:
            h = F.silu(layer(h), inplace=True)
        return self.output(h)


class Table:
    """Rows with the shape of the diamonds: intervals of quantiles of the numbers, and categories."""

    def __init__(self, rows):
        low = torch.rand(rows, NUMBERS) * 0.99
        self.low, self.width = low, 0.01 * torch.rand(rows, NUMBERS)
        self.codes = torch.stack([torch.randint(0, k, (rows,)) for k in CATEGORIES], 1)
        self.onehot = torch.cat([F.one_hot(c, k).float() for c, k in zip(self.codes.T, CATEGORIES)], 1)
        self.shares = [F.one_hot(c, k).float().mean(0) for c, k in zip(self.codes.T, CATEGORIES)]
        self.factors = [1 / max(-(p * p.log()).sum().item(), 1e-3) for p in self.shares]

    def batch(self, rows):
        u = self.low[rows] + torch.rand(len(rows), NUMBERS) * self.width[rows]
        return torch.cat([0.5 * torch.special.ndtri(u.clamp_(1e-6, 1 - 1e-6)), self.onehot[rows]], 1), self.codes[rows]


def preconditioning(sigma):
    """c_skip, c_out and c_in (Karras et al. 2022, table 1)."""
    total = sigma**2 + SIGMA_DATA**2
    return SIGMA_DATA**2 / total, sigma * SIGMA_DATA / total.sqrt(), 1 / total.sqrt()


def loss_of(net, table, x0, codes):
    rows = len(x0)
    u = (torch.arange(rows) + torch.rand(rows)) / rows
    sigma = torch.exp(1.2 * torch.special.ndtri(u.clamp_(1e-6, 1 - 1e-6)) - 1.2)[:, None]
    x = x0 + sigma * torch.randn_like(x0)
    skip, out, scale = preconditioning(sigma)
    y = net(x * scale, sigma[:, 0].log() / 4)
    target = (x0[:, :NUMBERS] - skip * x[:, :NUMBERS]) / out
    loss = F.mse_loss(y[:, :NUMBERS], target, reduction="sum")
    for logits, k, factor in zip(y[:, NUMBERS:].split(CATEGORIES, 1), codes.T, table.factors):
        loss = loss + factor * F.cross_entropy(logits, k, reduction="sum")
    return loss / (rows * COLUMNS)


def tutorial_batches(table, batch):
    data = torch.utils.data.TensorDataset(torch.arange(len(table.codes)))
    while True:
        for (rows,) in torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True):
            yield rows


def tuned_batches(table, batch):
    while True:
        yield from torch.randperm(len(table.codes)).split(batch)


def train(a):
    table = Table(a.points)
    net = Net(table.shares)
    parameters = list(net.parameters())
    averages = [p.detach().clone() for p in parameters]
    tuned = a.way == "tuned"
    batches = (tuned_batches if tuned else tutorial_batches)(table, a.batch)
    optimizer = torch.optim.Adam(parameters, lr=2e-3, foreach=True) if tuned else torch.optim.Adam(parameters, lr=2e-3)

    def average():
        if tuned:
            torch._foreach_mul_(averages, DECAY)
            torch._foreach_add_(averages, parameters, alpha=1 - DECAY)
            return
        for mean, p in zip(averages, parameters):
            mean.lerp_(p, 1 - DECAY)

    def step():
        rows = next(batches)
        loss = loss_of(net, table, *table.batch(rows))
        optimizer.zero_grad(set_to_none=tuned)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            average()
        return len(rows) == a.batch  # an epoch's short last batch does not count

    return timed(step, a.seconds, 10)


@torch.inference_mode()
def draw(net, samples, steps, chunk):
    """Heun's method without churn (Karras et al. 2022, algorithm 1)."""
    i = torch.arange(steps) / (steps - 1)
    sigmas = (SIGMA_MAX ** (1 / RHO) + i * (SIGMA_MIN ** (1 / RHO) - SIGMA_MAX ** (1 / RHO))) ** RHO
    sigmas = sigmas.tolist() + [0.0]
    weights = [(layer.weight.t(), layer.bias) for layer in net.layers]
    output = (net.output.weight.t(), net.output.bias)

    def denoise(x, sigma):
        total = sigma**2 + SIGMA_DATA**2
        shift = net.time(net.features(torch.tensor([math.log(sigma) / 4])))[0]  # all rows share it
        h = x * total**-0.5
        for k, (weight, bias) in enumerate(weights):
            h = F.silu(torch.addmm(bias + shift if k == 0 else bias, h, weight), inplace=True)
        y = torch.addmm(output[1], h, output[0])
        skip, out = SIGMA_DATA**2 / total, sigma * SIGMA_DATA / total**0.5
        numbers = (x[:, :NUMBERS] * skip).add_(y[:, :NUMBERS], alpha=out)
        return torch.cat([numbers] + [logits.softmax(1) for logits in y[:, NUMBERS:].split(CATEGORIES, 1)], 1)

    parts = []
    for x in (SIGMA_MAX * torch.randn(samples, DIM)).split(chunk or samples):
        for sigma, next_sigma in zip(sigmas, sigmas[1:]):
            d = (x - denoise(x, sigma)) / sigma
            y = x.add(d, alpha=next_sigma - sigma)
            if next_sigma > 0:
                second = (y - denoise(y, next_sigma)) / next_sigma
                y = x.add(d.add_(second), alpha=(next_sigma - sigma) / 2)
            x = y
        parts.append(x)
    return torch.cat(parts)


def sample(a):
    net = Net([torch.full((k,), 1 / k) for k in CATEGORIES])
    if a.way != "tuned":
        a.chunk = 0
    return timed(lambda: bool(torch.isfinite(draw(net, a.samples, 25, a.chunk)).all()), a.seconds, 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", choices=["table-train", "table-sample"])
    parser.add_argument("--way", choices=["tutorial", "tuned"])
    for name in "batch", "points", "samples", "threads", "chunk":
        parser.add_argument("--" + name, type=int, default=0)
    parser.add_argument("--seconds", type=float)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    if a.way == "tuned":
        torch.set_flush_denormal(True)
    times = train(a) if a.job == "table-train" else sample(a)
    print(json.dumps({"ms": statistics.median(times), "mean_ms": statistics.mean(times), "count": len(times)}))


main()

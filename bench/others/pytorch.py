"""The training step and the sampling of the S-curve DDPM in PyTorch, timed for `go run ./bench`.

--way tutorial is what a tutorial would write; --way tuned leaves out what PyTorch lets one leave out (the DataLoader,
the memory of gradients, one call per tensor in the optimizer, autograd in sampling). Prints one line of JSON.
"""

import argparse
import ctypes
import json
import statistics
import time

import torch
from torch import nn

DIM, LAYERS = 2, 3


class MLP(nn.Module):
    def __init__(self, timesteps, width):
        super().__init__()
        linears = [nn.Linear(DIM, width), nn.ReLU()]
        for _ in range(LAYERS - 1):
            linears += [nn.Linear(width, width), nn.ReLU()]
        self.linears = nn.ModuleList(linears + [nn.Linear(width, DIM)])
        self.step_embeddings = nn.ModuleList([nn.Embedding(timesteps, width) for _ in range(LAYERS)])

    def forward(self, x, t):
        for i, embedding in enumerate(self.step_embeddings):
            x = self.linears[2 * i](x)
            x = x + embedding(t)
            x = self.linears[2 * i + 1](x)
        return self.linears[-1](x)


class Schedule:
    def __init__(self, timesteps):
        self.timesteps = timesteps
        self.betas = torch.sigmoid(torch.linspace(-6, 6, timesteps)) * (0.5e-2 - 1e-5) + 1e-5
        product = torch.cumprod(1 - self.betas, 0)
        self.sqrt_alpha_bar, self.sqrt_one_minus_alpha_bar = product.sqrt(), (1 - product).sqrt()

    def loss(self, model, x0):
        rows = x0.shape[0]
        t = torch.randint(0, self.timesteps, size=((rows + 1) // 2,))
        t = torch.cat([t, self.timesteps - 1 - t])[:rows]
        noise = torch.randn_like(x0)
        x = x0 * self.sqrt_alpha_bar[t].unsqueeze(-1) + noise * self.sqrt_one_minus_alpha_bar[t].unsqueeze(-1)
        return (noise - model(x, t)).square().mean()


def s_curve(points):
    angle = 3 * torch.pi * (torch.rand(points) - 0.5)
    curve = torch.stack([angle.sin(), angle.sign() * (angle.cos() - 1)], 1)
    return (curve + 0.1 * torch.randn(points, DIM)) * 0.1


def tutorial_batches(data, batch):
    while True:
        yield from torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True)


def tuned_batches(data, batch):
    while True:
        for rows in torch.randperm(len(data)).split(batch):
            yield data[rows]


def timed(call, seconds, minimum):
    """Times in milliseconds of the calls that return true, after a warm-up."""
    end, warm = time.perf_counter() + 0.3 * seconds, 0
    while warm < min(minimum, 3) or time.perf_counter() < end:
        call()
        warm += 1
    times, end = [], time.perf_counter() + seconds
    while len(times) < minimum or time.perf_counter() < end:
        start = time.perf_counter()
        counts = call()
        if counts:
            times.append(1e3 * (time.perf_counter() - start))
    return times


def train(a):
    schedule, data, model = Schedule(a.timesteps), s_curve(a.points), MLP(a.timesteps, a.width)
    tuned = a.way == "tuned"
    batches = (tuned_batches if tuned else tutorial_batches)(data, a.batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True) if tuned else \
        torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        x0 = next(batches)
        loss = schedule.loss(model, x0)
        optimizer.zero_grad(set_to_none=tuned)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return len(x0) == a.batch  # an epoch's short last batch does not count

    return timed(step, a.seconds, 10)


def sample_tutorial(a, model, schedule):
    x = torch.randn(a.samples, DIM)
    with torch.no_grad():
        for i in reversed(range(a.timesteps)):
            t = torch.tensor([i])
            coefficient = schedule.betas[t] / schedule.sqrt_one_minus_alpha_bar[t]
            mean = (1 / (1 - schedule.betas[t]).sqrt()) * (x - coefficient * model(x, t))
            x = mean + schedule.betas[t].sqrt() * torch.randn_like(x)
    return x


def sample_tuned(a, model, schedule):
    betas, sigmas = schedule.betas.tolist(), schedule.sqrt_one_minus_alpha_bar.tolist()
    weights = [layer.weight.t() for layer in model.linears[::2]]
    biases = [layer.bias for layer in model.linears[::2]]
    parts = []
    with torch.inference_mode():
        # All rows share t, so a layer's bias and embedding are one vector.
        shifts = [embedding.weight + bias for embedding, bias in zip(model.step_embeddings, biases)]
        for x in torch.randn(a.samples, DIM).split(a.chunk or a.samples):
            noise = torch.empty_like(x)
            for i in reversed(range(a.timesteps)):
                h = x
                for weight, shift in zip(weights, shifts):
                    h = torch.addmm(shift[i], h, weight).relu_()
                eps = torch.addmm(biases[-1], h, weights[-1])
                x = x.sub(eps, alpha=betas[i] / sigmas[i]).mul_((1 - betas[i]) ** -0.5)
                if i > 0:
                    x.add_(noise.normal_(), alpha=betas[i] ** 0.5)
            parts.append(x)
        return torch.cat(parts)


def sample(a):
    model, schedule = MLP(a.timesteps, a.width), Schedule(a.timesteps)
    way = sample_tuned if a.way == "tuned" else sample_tutorial
    return timed(lambda: bool(torch.isfinite(way(a, model, schedule)).all()), a.seconds, 2)


def core():
    """The kernels that OpenBLAS takes, if they multiply as they should, or "none" if PyTorch does not use it."""
    a, b = torch.rand(67, 67), torch.rand(67, 67)
    if not torch.allclose((a @ b).double(), a.double() @ b.double(), atol=1e-3):
        raise SystemExit("OpenBLAS multiplies wrongly")
    with open("/proc/self/maps") as maps:
        libraries = sorted({line.split()[-1] for line in maps if "openblas" in line})
    for library in libraries:
        name = getattr(ctypes.CDLL(library), "openblas_get_corename", None)
        if name is not None:
            name.restype = ctypes.c_char_p
            return name().decode()
    return "none"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", choices=["train", "sample", "core"])
    parser.add_argument("--way", choices=["tutorial", "tuned"])
    for name in "batch", "width", "timesteps", "points", "samples", "threads", "chunk":
        parser.add_argument("--" + name, type=int, default=0)
    parser.add_argument("--seconds", type=float)
    a = parser.parse_args()
    if a.job == "core":
        print(core())
        return
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    if a.way == "tuned":
        torch.set_flush_denormal(True)
    times = train(a) if a.job == "train" else sample(a)
    print(json.dumps({"ms": statistics.median(times), "mean_ms": statistics.mean(times), "count": len(times)}))


if __name__ == "__main__":
    main()

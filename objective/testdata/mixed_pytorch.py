"""Writes mixed_pytorch.json, the objective mixed in PyTorch: python3 mixed_pytorch.py

The loss, its gradients, the denoised rows and a derivative of these, for two processes and a small net. Rows have two
numbers, of which the second is missing where the group "missing" has category 1, three categories in one-hot code, the
group "missing", and four categories with codes of two numbers. Everything is float64, on numbers with four decimals.
"""

import json
import math
import pathlib

import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
ROWS, NUMBERS, DIM, OUTPUTS, WIDTH, SIGMA, WEIGHT = 5, 2, 9, 11, 6, 0.5, 0.8
GROUPS = [3, 2, 4]  # categories
COLUMNS = NUMBERS + len(GROUPS)
SHARES = [[0.5, 0.3, 0.2], [0.9, 0.1], [0.25, 0.25, 0.4, 0.1]]


def short(x):
    return torch.round(x, decimals=4)


def given(x):
    return [round(v, 4) for v in x.flatten().tolist()]


def numbers(x):
    return [float("%.9g" % v) for v in x.detach().flatten().tolist()]


codes = short(functional.normalize(torch.randn(4, 2)) * math.sqrt(2) / 2)
category = torch.tensor([[0, 0, 3], [2, 1, 0], [1, 0, 2], [0, 1, 1], [2, 0, 3]])
x0 = torch.cat([short(torch.randn(ROWS, NUMBERS) / 2)] + [functional.one_hot(category[:, g], GROUPS[g]).double() for g in (0, 1)]
               + [codes[category[:, 2]]], 1)
eps, v = short(torch.randn(ROWS, DIM)), short(torch.randn(ROWS, DIM))
importance = short(0.5 + torch.rand(ROWS))
w1, b1 = short(torch.randn(DIM, WIDTH) / 2), short(torch.randn(WIDTH) / 2)
w2, b2 = short(torch.randn(WIDTH, OUTPUTS) / 2), short(torch.randn(OUTPUTS) / 2)


def net(x):
    return functional.silu(x @ w1 + b1) @ w2 + b2


def edm(t):
    return torch.ones_like(t), t


def vp(t):
    alpha = torch.exp(-(0.1 * t + 0.5 * (20 - 0.1) * t**2) / 2)
    return alpha, (1 - alpha**2).sqrt()


def denoised(x_t, alpha, sigma):
    """Karras et al. 2022, equation 7, for x_t/alpha with the noise level sigma/alpha; and the logits."""
    level = sigma / alpha
    total = level**2 + SIGMA**2
    f = net(x_t / alpha / total.sqrt())
    x0 = SIGMA**2 / total * x_t[:, :NUMBERS] / alpha + level * SIGMA / total.sqrt() * f[:, :NUMBERS]
    return x0, f[:, NUMBERS:].split(GROUPS, 1)


def loss(alpha, sigma):
    x, logits = denoised(alpha * x0 + sigma * eps, alpha, sigma)
    level = sigma / alpha
    present = torch.stack([torch.ones(ROWS), 1.0 - category[:, 1]], 1)
    rows = ((level**2 + SIGMA**2) / (level * SIGMA) ** 2 * (x - x0[:, :NUMBERS]) ** 2 * present).sum(1)
    for g, shares in enumerate(SHARES):
        entropy = -sum(p * math.log(p) for p in shares)
        rows = rows + WEIGHT / entropy * functional.cross_entropy(logits[g], category[:, g], reduction="none")
    return (importance * rows).mean() / COLUMNS


def whole(x_t, alpha, sigma):
    x, logits = denoised(x_t, alpha, sigma)
    p = [l.softmax(1) for l in logits]
    return torch.cat([x, p[0], p[1], p[2] @ codes], 1)


def case(name, marginal, times):
    t = torch.tensor(times)[:, None]
    alpha, sigma = marginal(t)
    weights = [w1, b1, w2, b2]
    for w in weights:
        w.requires_grad_(True)
    value = loss(alpha, sigma)
    gradients = torch.autograd.grad(value, weights)
    # One time for all rows, and v a direction of x_t.
    at = torch.full((ROWS, 1), times[1])
    alpha, sigma = marginal(at)
    x, tangent = torch.autograd.functional.jvp(lambda x: whole(x, alpha, sigma), alpha * x0 + sigma * eps, v)
    return {"process": name, "times": times, "loss": value.item(), "gradients": [numbers(g) for g in gradients],
            "denoised": numbers(x), "tangent": numbers(tangent)}


cases = [case("edm", edm, [0.002, 0.3, 1.5, 10, 80]), case("vp", vp, [0.01, 0.2, 0.5, 0.8, 1])]
out = {"source": f"PyTorch {torch.__version__}, CPU, float64, by mixed_pytorch.py", "category_weight": WEIGHT, "sigma_data": SIGMA,
       "shares": SHARES, "codes": given(codes), "category": category.flatten().tolist(), "x0": given(x0), "eps": given(eps),
       "v": given(v), "importance": given(importance), "weights": [given(w) for w in (w1, b1, w2, b2)], "cases": cases}
text = "{\n" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in out.items()) + "\n}\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)

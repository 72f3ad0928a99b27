"""Writes multinomial_pytorch.json, the objective multinomial in PyTorch: python3 multinomial_pytorch.py

The noised rows, the loss and its gradients, for a chain and a small net. Rows have two numbers and three one-hot groups of
3, 2 and 4 categories. The formulas are those of Hoogeboom et al. 2021 and Kotelnikov et al. 2023, in logarithms, with
one-hot vectors clamped at 1e-30; gradients are autograd's. Everything is float64, on numbers with four decimals.
"""

import json
import math
import pathlib

import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)
torch.manual_seed(2)
ROWS, NUMBERS, DIM, WIDTH, SIGMA = 8, 2, 11, 6, 0.5
GROUPS = [3, 2, 4]


def short(x):
    return torch.round(x, decimals=4)


def given(x):
    return [round(v, 4) for v in x.flatten().tolist()]


def numbers(x):
    return [float("%.9g" % v) for v in x.detach().flatten().tolist()]


betas = short(torch.cat([torch.linspace(1e-3, 0.3, 8), torch.tensor([0.7, 0.98])]))
steps = len(betas)
log_alpha = torch.log1p(-betas)
log_alpha_bar = torch.cat([torch.zeros(1), log_alpha.cumsum(0)])  # at t is entry t + 1
times = torch.tensor([0, 0, 3, 9, 5, 1, 7, 8])
category = torch.tensor([[0, 0, 3], [2, 1, 0], [1, 0, 2], [0, 1, 1], [2, 0, 3], [1, 1, 1], [0, 0, 0], [2, 1, 2]])
onehots = [functional.one_hot(category[:, g], k).double() for g, k in enumerate(GROUPS)]
x0 = torch.cat([short(torch.randn(ROWS, NUMBERS) / 2)] + onehots, 1)
eps = short(torch.randn(ROWS, DIM))
eps[1, 2] = 3.5  # moves at t = 0
importance = short(0.5 + torch.rand(ROWS))
w1, b1 = short(torch.randn(DIM, WIDTH) / 2), short(torch.randn(WIDTH) / 2)
w2, b2 = short(torch.randn(WIDTH, DIM) / 2), short(torch.randn(DIM) / 2)


def log_one_minus(log):
    return torch.log1p(-log.exp())


def log_mixed(log_x, log_share, k):
    """ln(share·x + (1 − share)/k)"""
    other = log_one_minus(log_share).unsqueeze(1) - math.log(k)
    return torch.logaddexp(log_x + log_share.unsqueeze(1), other.expand_as(log_x))


def log_onehot(x):
    return x.clamp(min=1e-30).log()


def log_posterior(log_x0, log_xt, k):
    first = log_mixed(log_x0, log_alpha_bar[times], k)  # of t − 1
    first = torch.where((times == 0).unsqueeze(1), log_x0, first)
    return torch.log_softmax(first + log_mixed(log_xt, log_alpha[times], k), 1)


# x_t: x_0 stays with the probability ᾱ; elsewhere a category of k takes its place.
noise = 1 - log_alpha_bar[times + 1].exp()
noisy, column = [], NUMBERS
for g, k in enumerate(GROUPS):
    above = 0.5 * torch.erfc(eps[:, column] / math.sqrt(2))
    other = torch.clamp((above / noise * k).long(), max=k - 1)
    noisy.append(torch.where(above >= noise, category[:, g], other))
    column += k
alpha, sigma = (1 - noise).sqrt().unsqueeze(1), noise.sqrt().unsqueeze(1)
x = torch.cat([alpha * x0[:, :NUMBERS] / SIGMA + sigma * eps[:, :NUMBERS]]
              + [functional.one_hot(noisy[g], k).double() for g, k in enumerate(GROUPS)], 1)


def loss():
    output = functional.silu(x @ w1 + b1) @ w2 + b2
    rows = ((output[:, :NUMBERS] - eps[:, :NUMBERS]) ** 2).mean(1)
    for g, logits in enumerate(output[:, NUMBERS:].split(GROUPS, 1)):
        k = GROUPS[g]
        log_x0, log_xt = log_onehot(onehots[g]), log_onehot(functional.one_hot(noisy[g], k).double())
        truth, model = log_posterior(log_x0, log_xt, k), log_posterior(torch.log_softmax(logits, 1), log_xt, k)
        divergence = (truth.exp() * (truth - model)).sum(1)
        divergence = torch.where(times == 0, -(onehots[g] * model).sum(1), divergence)
        last = log_mixed(log_x0, log_alpha_bar[-1:].expand(ROWS), k)
        prior = (last.exp() * (last + math.log(k))).sum(1)
        rows = rows + (steps * divergence + prior) / len(GROUPS)
    return (importance * rows).mean()


weights = [w1, b1, w2, b2]
for w in weights:
    w.requires_grad_(True)
value = loss()
gradients = torch.autograd.grad(value, weights)
out = {"source": f"PyTorch {torch.__version__}, CPU, float64, by multinomial_pytorch.py", "sigma_data": SIGMA, "betas": given(betas),
       "times": times.tolist(), "category": category.flatten().tolist(), "x0": given(x0), "eps": given(eps),
       "importance": given(importance), "weights": [given(w.detach()) for w in weights], "x": numbers(x), "loss": value.item(),
       "gradients": [numbers(g) for g in gradients]}
text = "{\n" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in out.items()) + "\n}\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)

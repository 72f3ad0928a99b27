"""Writes kinds_pytorch.json, short runs of every kind of training in PyTorch: python3 kinds_pytorch.py

Every loss is written here from its paper, for the quantity the paper has it on: a distance of means, of x_0, of scores,
a divergence of Gaussians. What a network predicts is turned into that first, and nothing is turned into a weight.
Everything is float64, on numbers that float32 holds exactly, and every random number is written down.
"""

import json
import math
import pathlib
import types

import torch
from torch import nn
from torch.nn import functional

torch.set_default_dtype(torch.float64)
BATCH, STEPS, DIM, WIDTH, DEPTH, FEATURES, CLASSES = 8, 5, 2, 8, 2, 8, 2
# The frequencies of Fourier features at scale 1, in periods: N(0, 1) as the framework draws it for seed 0.
FREQUENCIES = [-1.712357, 0.96941775, 0.26993257, 0.15456924]


def short(x):
    """The nearest numbers of float32 to four decimals."""
    return torch.round(x, decimals=4).float().double()


def given(x):
    return [round(v, 4) for v in x.detach().flatten().tolist()]


def numbers(x):
    return [float("%.9g" % v) for v in x.detach().flatten().tolist()]


class Net(nn.Module):
    """The MLP: steps is T for an embedding of the timestep, 0 for features of the time."""

    def __init__(self, time="embedding", steps=0, output=DIM, labels=False):
        super().__init__()
        self.time_kind, self.features, self.input = time, None, None
        widths = [DIM] + [WIDTH] * DEPTH + [output]
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.linears = nn.ModuleList(layers[:-1])
        if time == "embedding":
            self.step_embeddings = nn.ModuleList([nn.Embedding(steps, WIDTH) for _ in range(DEPTH)])
        else:
            self.time = nn.Sequential(nn.Linear(FEATURES, WIDTH), nn.ReLU())
            self.time_projections = nn.ModuleList([nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(DEPTH)])
        if labels:
            self.label_embeddings = nn.ModuleList([nn.Embedding(CLASSES + 1, WIDTH) for _ in range(DEPTH)])
        for p in self.parameters():
            p.data = short(p.data)

    def forward(self, x, time, label=None):
        self.input = x
        if self.time_kind != "embedding":
            n = FEATURES // 2
            omega = 2 * math.pi * torch.tensor(FREQUENCIES)
            if self.time_kind == "sinusoidal":
                omega = 10000 ** (-torch.arange(n) / (n - 1))
            angle = time[:, None] * omega
            self.features = torch.cat([angle.sin(), angle.cos()], 1)
            embedded = self.time(self.features)
        for l in range(DEPTH):
            x = self.linears[2 * l](x)
            if self.time_kind == "embedding":
                x = x + self.step_embeddings[l](time.long())
            else:
                x = x + self.time_projections[l](embedded)
            if label is not None:
                x = x + self.label_embeddings[l](torch.where(label < 0, CLASSES, label))
            x = torch.relu(x)
        return self.linears[2 * DEPTH](x)


# Processes: alpha and sigma of x_t = alpha x_0 + sigma eps for a column of times.


def cosine(steps):
    """Nichol and Dhariwal 2021, equation 17."""
    f = lambda t: math.cos((t / steps + 0.008) / 1.008 * math.pi / 2) ** 2
    return torch.tensor([min(1 - f(t + 1) / f(t), 0.999) for t in range(steps)])


def zero_terminal(betas):
    """Lin et al. 2024, algorithm 1."""
    root = (1 - betas).cumprod(0).sqrt()
    first, last = root[0].clone(), root[-1].clone()
    root = (root - last) * first / (first - last)
    bar = root**2
    return 1 - torch.cat([bar[:1], bar[1:] / bar[:-1]])


def linear(steps):
    return torch.linspace(1e-4, 0.02, steps) * 1000 / steps


def ddpm(betas):
    bar = (1 - betas).cumprod(0)
    return lambda t: (bar[t.long()].sqrt(), (1 - bar[t.long()]).sqrt())


def vp_alpha(t):
    return torch.exp(-0.25 * t**2 * (20 - 0.1) - 0.5 * t * 0.1)


def posterior(betas, t, x0, xt):
    """Mean and variance of q(x_{t-1} | x_t, x_0), Ho et al. 2020, equations 6 and 7."""
    bar = (1 - betas).cumprod(0)
    before = torch.cat([torch.ones(1), bar[:-1]])
    t = t.long()
    beta, bar, before = betas[t], bar[t], before[t]
    mean = before.sqrt() * beta / (1 - bar) * x0 + (1 - beta).sqrt() * (1 - before) / (1 - bar) * xt
    return mean, (1 - before) / (1 - bar) * beta


def divergence(mean1, variance1, mean2, variance2):
    """KL(N(mean1, variance1) || N(mean2, variance2)) in nats."""
    return 0.5 * (torch.log(variance2 / variance1) + (variance1 + (mean1 - mean2) ** 2) / variance2 - 1)


def likelihood(x, mean, variance):
    """-ln N(x; mean, variance)."""
    return 0.5 * (math.log(2 * math.pi) + torch.log(variance) + (x - mean) ** 2 / variance)


# Losses: of each row, the mean over its coordinates. b is a batch: x0, eps, times and, as a column, t.


def hybrid(betas, to_x0):
    """L_simple + T/1000 L_vlb, Nichol and Dhariwal 2021, equations 15 and 16, the bound's means detached."""
    process, steps = ddpm(betas), len(betas)

    def loss(net, b):
        alpha, sigma = process(b.t)
        xt = alpha * b.x0 + sigma * b.eps
        out, v = net(xt, b.times).chunk(2, 1)
        x0, target = to_x0(alpha, sigma, xt, out.detach(), b)
        mean, variance = posterior(betas, b.t, b.x0, xt)
        predicted, _ = posterior(betas, b.t, x0, xt)
        _, low = posterior(betas, b.t.clamp(min=1), b.x0, xt)  # at t = 0 the variance of t = 1
        f = (v + 1) / 2
        learned = torch.exp(f * torch.log(betas[b.t.long()]) + (1 - f) * torch.log(low))
        first = b.t == 0
        bound = torch.where(first, likelihood(b.x0, predicted, learned),
                            divergence(mean, torch.where(first, low, variance), predicted, learned))
        return (target - out).square().mean(1) + steps / 1000 * bound.mean(1)

    return loss


def from_eps(alpha, sigma, xt, out, b):
    return (xt - sigma * out) / alpha, b.eps


def from_v(alpha, sigma, xt, out, b):
    return alpha * xt - sigma * out, alpha * b.eps - sigma * b.x0


def bound(betas, scale):
    """The bound's terms with the posterior's variance, eps predicted: equation 12 before it is simplified."""
    process = ddpm(betas)

    def loss(net, b):
        alpha, sigma = process(b.t)
        xt = alpha * b.x0 + sigma * b.eps
        x0, _ = from_eps(alpha, sigma, xt, net(xt, b.times), b)
        mean, variance = posterior(betas, b.t, b.x0, xt)
        predicted, _ = posterior(betas, b.t, x0, xt)
        _, low = posterior(betas, b.t.clamp(min=1), b.x0, xt)
        first = b.t == 0
        kl = divergence(mean, torch.where(first, low, variance), predicted, torch.where(first, low, variance))
        decoder = likelihood(b.x0, predicted, low) - likelihood(b.x0, b.x0, low)  # without its constant
        return scale * torch.where(first, decoder, kl).mean(1)

    return loss


def exploding_bound(sigmas, deviation):
    """The same for x_t = x_0 + sigma_t eps, x_0 predicted, T times as large, the input scaled to unit variance."""

    def loss(net, b):
        sigma = sigmas[b.t.long()]
        before = torch.where(b.t == 0, 0.0, sigmas[(b.t.long() - 1).clamp(min=0)])
        xt = b.x0 + sigma * b.eps
        out = net(xt / (deviation**2 + sigma**2).sqrt(), b.times)
        # The product of N(x_s; x_0, before^2) and N(x_t; x_s, sigma^2 - before^2), normalised.
        mean = lambda x0: (before**2 * xt + (sigma**2 - before**2) * x0) / sigma**2
        variance = before**2 * (sigma**2 - before**2) / sigma**2
        variance = torch.where(b.t == 0, sigmas[0] ** 2 * (sigmas[1] ** 2 - sigmas[0] ** 2) / sigmas[1] ** 2, variance)
        return len(sigmas) * divergence(mean(b.x0), variance, mean(out), variance).mean(1)

    return loss


def score_bound(process, diffusion, time, scale=1.0, scaled_by=None, predicts_eps=False):
    """scale g(t)^2/2 |s - grad ln q(x_t | x_0)|^2, Song, Durkan, Murray and Ermon 2021."""

    def loss(net, b):
        alpha, sigma = process(b.t)
        xt = alpha * b.x0 + sigma * b.eps
        x = xt if scaled_by is None else xt / (alpha**2 * scaled_by**2 + sigma**2).sqrt()
        out = net(x, time(b.times), b.labels)
        score = -out / sigma if predicts_eps else out
        true = -(xt - alpha * b.x0) / sigma**2
        return (scale * diffusion(b.t) ** 2 / 2 * (score - true) ** 2).mean(1)

    return loss


def score_matching(sigmas, deviation):
    """sigma^2 |s + (x_t - x_0)/sigma^2|^2, Song and Ermon 2019, equations 5 and 6 without their half."""

    def loss(net, b):
        sigma = sigmas[b.t.long()]
        xt = b.x0 + sigma * b.eps
        score = net(xt / (deviation**2 + sigma**2).sqrt(), b.times)
        return (sigma**2 * (score + (xt - b.x0) / sigma**2) ** 2).mean(1)

    return loss


def preconditioned(process, time, deviation, weighted):
    """Karras et al. 2022, equations 7 and 8 and table 1, for x_t/alpha with sigma/alpha. weighted: lambda |D - y|^2;
    otherwise |F - its target|."""

    def loss(net, b):
        alpha, sigma = process(b.t)
        level = sigma / alpha
        noisy = b.x0 + level * b.eps
        total = level**2 + deviation**2
        skip, out, scale = deviation**2 / total, level * deviation / total.sqrt(), 1 / total.sqrt()
        f = net(scale * noisy, time(b.times))
        if weighted:
            return (total / (level * deviation) ** 2 * (skip * noisy + out * f - b.x0) ** 2).mean(1)
        return (f - (b.x0 - skip * noisy) / out).abs().mean(1)

    return loss


def coordinates(betas, error):
    """A chain's loss from the error of each coordinate."""
    process = ddpm(betas)

    def loss(net, b):
        alpha, sigma = process(b.t)
        xt = alpha * b.x0 + sigma * b.eps
        return error(alpha, sigma, xt, net(xt, b.times, b.labels), b).mean(1)

    return loss


def min_snr(gamma):
    """min(SNR, gamma) |x_0 - its prediction|^2, Hang et al. 2023, v predicted."""
    return lambda alpha, sigma, xt, out, b: (
        (alpha**2 / sigma**2).clamp(max=gamma) * (from_v(alpha, sigma, xt, out, b)[0] - b.x0) ** 2)


def p2(gamma, k):
    """|eps - its prediction|^2/(k + SNR)^gamma, Choi et al. 2022, equation 8."""
    return lambda alpha, sigma, xt, out, b: (out - b.eps) ** 2 / (k + alpha**2 / sigma**2) ** gamma


def huber_x0(delta):
    return lambda alpha, sigma, xt, out, b: functional.huber_loss(out, b.x0, reduction="none", delta=delta)


def simple_v(alpha, sigma, xt, out, b):
    return functional.mse_loss(out, alpha * b.eps - sigma * b.x0, reduction="none")


def classifier(betas):
    """Dhariwal and Nichol 2021, section 4."""
    process = ddpm(betas)

    def loss(net, b):
        alpha, sigma = process(b.t)
        return functional.cross_entropy(net(alpha * b.x0 + sigma * b.eps, b.times), b.classes, reduction="none")

    return loss


def batch(times, labels, importance):
    """What a step reads; a label of -1 is dropped."""
    b = types.SimpleNamespace()
    b.x0, b.eps = short(0.5 * torch.randn(BATCH, DIM)), short(torch.randn(BATCH, DIM))
    b.times = times()
    b.t = b.times[:, None]
    b.importance = short(0.25 + 2 * torch.rand(BATCH)) if importance else torch.ones(BATCH)
    b.classes = torch.randint(CLASSES, (BATCH,)) if labels else None
    b.labels = torch.where(torch.rand(BATCH) < 0.3, -1, b.classes) if labels else None
    return b


def whole(steps):
    """Timesteps of a chain: both ends, the second, and others."""
    return lambda: torch.cat([torch.tensor([0, 1, steps - 1]), torch.randint(steps, (BATCH - 3,))]).double()


def between(first, last):
    """Times of a continuous process, both ends among them, evenly spread in their logarithm."""

    def times():
        t = first * (last / first) ** torch.rand(BATCH)
        t[0], t[1] = first, last
        return torch.round(t, decimals=4)

    return times


# The encodings of time, as the framework's configuration has them.
ENCODINGS = {"embedding": "embedding", "sinusoidal": "{name: sinusoidal, features: %d}" % FEATURES,
             "fourier": "{name: fourier, features: %d, scale: 1}" % FEATURES}


def run(name, settings, net, loss, times, importance=False, labels=False):
    settings = {**settings, "train.batch": BATCH, "data.points": BATCH, "net.width": WIDTH, "net.depth": DEPTH,
                "net.time": ENCODINGS[net.time_kind]}
    if settings.get("process") in ("vp", "sub_vp", "ve", "edm"):
        settings["sample.steps"] = 10  # a process in continuous time has none of its own
    state = lambda write: {k: {"shape": list(v.shape), "data": write(v)} for k, v in net.state_dict().items()}
    result = {"name": name, "set": [f"{k}={v}" for k, v in settings.items()], "init": state(given), "steps": []}
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    for step in range(STEPS):
        b = batch(times, labels, importance)
        losses = loss(net, b)
        total = (b.importance * losses).mean()
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            result["input"] = numbers(net.input)
            result["features"] = [] if net.features is None else numbers(net.features)
            result["gradients"] = {k: numbers(p.grad) for k, p in net.named_parameters()}
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        entry = {"x0": given(b.x0), "eps": given(b.eps), "t": b.times.tolist(), "importance": given(b.importance)}
        if labels:
            entry |= {"labels": b.labels.tolist(), "classes": b.classes.tolist()}
        result["steps"].append(entry | {"loss": total.item(), "norm": norm.item(), "losses": numbers(losses)})
    result["final"] = state(numbers)
    return result


def kinds():
    scaled = {"process.schedule": "{name: linear, beta_start: 0.0001, beta_end: 0.02, scale_betas: true}"}
    moons = {"data.name": "moons"}
    T = 10
    chain = {"process.steps": T}
    geometric = lambda low, high: low * (high / low) ** (torch.arange(T) / (T - 1))
    sigmas = lambda process, low, high: {"process": process, "process.sigma_min": low, "process.sigma_max": high}
    ve = lambda t: 0.02 * 500**t
    vp = lambda t: (vp_alpha(t), (1 - vp_alpha(t) ** 2).sqrt())
    sub_vp = lambda t: (vp_alpha(t), 1 - vp_alpha(t) ** 2)

    yield run("hybrid, eps", {**chain, "process.schedule": "cosine", "objective": "hybrid"},
              Net(steps=T, output=2 * DIM), hybrid(cosine(T), from_eps), whole(T))
    yield run("hybrid, v, importance", {"process.steps": 30, **scaled, "objective": "hybrid", "objective.prediction": "v"},
              Net("sinusoidal", output=2 * DIM), hybrid(linear(30), from_v), whole(30), importance=True)
    yield run("bound, eps, importance", {"process.steps": 30, **scaled, "objective.weight": "bound"},
              Net(steps=30), bound(linear(30), 1), whole(30), importance=True)
    yield run("rescaled bound, x0, ncsn", {**sigmas("ncsn", 0.1, 4), **chain, "objective.prediction": "x0",
              "objective.scale_input": "true", "objective.weight": "rescaled"},
              Net(steps=T), exploding_bound(geometric(0.1, 4), 0.5), whole(T))
    yield run("rescaled bound, score, edm", {**sigmas("edm", 0.02, 5), "objective.prediction": "score",
              "objective.scale_input": "true", "objective.weight": "rescaled", "timesteps": "uniform"},
              Net("fourier"), score_bound(lambda t: (torch.ones_like(t), t), lambda t: (2 * t).sqrt(), lambda t: t.log() / 4,
                                          scale=5 - 0.02, scaled_by=0.5), between(0.02, 5))
    yield run("bound, eps, vp, labels", {**moons, "net.labels": "true", "train.label_dropout": 0.3, "process": "vp",
              "objective.weight": "bound", "timesteps": "uniform", "process.first_time": 0.01,
              "sample.solver": "euler_maruyama"},
              Net("sinusoidal", labels=True), score_bound(vp, lambda t: (0.1 + t * (20 - 0.1)).sqrt(), lambda t: 999 * t,
                                                          predicts_eps=True), between(0.01, 1), labels=True)
    yield run("bound, eps, ve", {**sigmas("ve", 0.02, 10), "objective.scale_input": "true",
              "objective.weight": "bound", "timesteps": "uniform", "sample.solver": "predictor_corrector"},
              Net("fourier"), score_bound(lambda t: (torch.ones_like(t), ve(t)), lambda t: ve(t) * math.sqrt(2 * math.log(500)),
                                          lambda t: ve(t).log(), scaled_by=0.5, predicts_eps=True), between(0.001, 1))
    yield run("score matching, ncsn", {**sigmas("ncsn", 0.01, 10), **chain, "objective.prediction": "score",
              "objective.scale_input": "true", "objective.weight": "score_matching"},
              Net(steps=T), score_matching(geometric(0.01, 10), 0.5), whole(T))
    yield run("edm, F", {"process": "edm", "objective.prediction": "F", "objective.weight": "edm",
              "timesteps": "log_normal"},
              Net("fourier"), preconditioned(lambda t: (torch.ones_like(t), t), lambda t: t.log() / 4, 0.5, True), between(0.002, 80))
    yield run("absolute, F, sub-VP", {"process": "sub_vp", "objective.prediction": "F", "objective.distance": "absolute",
              "objective.data_deviation": 0.7, "process.first_time": 0.01, "sample.solver": "euler_maruyama"},
              Net("sinusoidal"), preconditioned(sub_vp, lambda t: 999 * t, 0.7, False), between(0.01, 1))
    yield run("min-SNR, v, zero terminal SNR", {**chain, "process.schedule": "{name: cosine, zero_terminal_snr: true}",
              "objective.prediction": "v", "objective.weight": "{name: min_snr, gamma: 5}"},
              Net(steps=T), coordinates(zero_terminal(cosine(T)), min_snr(5)), whole(T))
    yield run("P2, eps", {"process.steps": 30, **scaled, "objective.weight": "{name: p2, gamma: 0.5, k: 2}"}, Net("sinusoidal"), coordinates(linear(30), p2(0.5, 2)), whole(30))
    yield run("Huber, x0", {"process.steps": 30, **scaled, "objective.prediction": "x0", "objective.distance": "{name: huber, delta: 0.3}"}, Net(steps=30), coordinates(linear(30), huber_x0(0.3)), whole(30))
    yield run("labels, v", {**moons, "process.steps": 30, **scaled, "objective.prediction": "v", "net.labels": "true",
              "train.label_dropout": 0.3}, Net(steps=30, labels=True), coordinates(linear(30), simple_v), whole(30), labels=True)
    yield run("classifier", {**moons, "process.steps": 30, **scaled, "objective": "classify"},
              Net(steps=30, output=CLASSES), classifier(linear(30)), whole(30), importance=True, labels=True)


torch.manual_seed(1)
torch.set_num_threads(1)
lines = [json.dumps(k, separators=(",", ":")) for k in kinds()]
source = f"PyTorch {torch.__version__}, CPU, float64, by kinds_pytorch.py"
text = '{"source":"%s","kinds":[\n%s\n]}\n' % (source, ",\n".join(lines))
pathlib.Path(__file__).with_suffix(".json").write_text(text)

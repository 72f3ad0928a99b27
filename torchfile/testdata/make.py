"""Writes the files beside it: python3 make.py (made with PyTorch 1.13)

All hold the weights of the MLP of bench/others/pytorch.py with 3 timesteps and width 4. Number j of the parameter with index i, by
sorted names, is ((7 i + j) mod 16 − 8)/8, which float16 and bfloat16 hold exactly.
"""

import argparse
import collections
import pathlib
import sys

import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "others"))
from pytorch import MLP  # noqa: E402

here = pathlib.Path(__file__).parent
net = MLP(3, 4)
for i, (_, p) in enumerate(sorted(net.named_parameters())):
    p.data = (((7 * i + torch.arange(p.numel())) % 16 - 8) / 8).reshape(p.shape)
state = net.state_dict()


def save(name, what, **more):
    torch.save(what, here / name, **more)


def cast(dtype):
    return {name: value.to(dtype) for name, value in state.items()}


def prefixed(prefix, values=state):
    return collections.OrderedDict((prefix + name, value) for name, value in values.items())


save("plain.pt", state)
save("protocol4.pt", state, pickle_protocol=4)
save("half.pt", cast(torch.float16))
save("bfloat.pt", cast(torch.bfloat16))
save("double.pt", cast(torch.float64))
save("rounded.pt", {name: value.double() * (1 + 1e-12) for name, value in state.items()})
save("parameters.pt", dict(net.named_parameters()))
# Parts of one storage, transposed, and a tensor whose numbers are one in memory.
big = torch.zeros(1000)
strided = {}
at = 3
for name, value in state.items():
    if value.dim() == 2:
        part = big[at:at + 2 * value.numel()].view(value.shape[1], 2 * value.shape[0])[:, ::2].t()
    else:
        part = big[at:at + 2 * value.numel()].view(-1)[::2]
    part.copy_(value)
    strided[name], at = part, at + 2 * value.numel()
save("strided.pt", strided)
# What a script of training keeps.
optimizer = torch.optim.Adam(net.parameters())
net(torch.zeros(1, 2), torch.zeros(1, dtype=torch.long)).sum().backward()
optimizer.zero_grad()
save("training.pt", {
    "state_dict": prefixed("_orig_mod.module."), "optimizer": optimizer.state_dict(), "epoch": 3, "args": argparse.Namespace(lr=1e-3),
    "best": numpy.float64(0.5), "rng_state": torch.get_rng_state()[:16].clone(), "seen": {1, 2}, "history": [0.5, 0.25]})
save("two.pt", {"model": state, "ema": state})
save("counters.pt", {**state, "norm.num_batches_tracked": torch.tensor(5), "step": 7})
save("legacy.pt", state, _use_new_zipfile_serialization=False)
save("module.pt", net)
save("tensor.pt", torch.zeros(3))
save("infinite.pt", {**state, "linears.0.bias": torch.tensor([0, 1, float("inf"), 2])})
torch.jit.script(torch.nn.Linear(2, 2)).save(str(here / "script.pt"))

"""Loads files that package torchfile wrote, and prints what the nets answer: python3 load.py

Standard input has a JSON list of calls, {"file": PATH, "net": NAME, "x": [row][…], "t": [row], "labels": [row] or null}; images are
[channel][height][width]. Prints the list of the flat outputs. load_state_dict is strict: every name and shape counts. The nets are
those of this project's other programs in PyTorch, in the sizes of torchfile_test.go.
"""

import importlib.util
import json
import pathlib
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn

root = pathlib.Path(__file__).parents[2]


def module(path):
    spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, root / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


unet = module("bench/others/unet.py")


class UNetClassifier(unet.UNet2DModel):
    """The way down and the middle of the U-Net, the mean over the pixels, and two linear layers."""

    def __init__(self, sample, channels, multipliers, blocks, attention, groups, features, classes):
        super().__init__(sample, channels, multipliers, blocks, attention, groups)
        del self.up_blocks, self.conv_out
        width = channels * multipliers[-1]
        self.conv_norm_out = nn.GroupNorm(groups, width, unet.EPSILON)
        self.features_, self.logits = nn.Linear(width, features), nn.Linear(features, classes)

    def forward(self, x, t):
        temb = F.silu(self.time_embedding(self.embed(t)))
        x = self.conv_in(x)
        for level in self.down_blocks:
            for j in range(len(level.resnets)):
                x = level.block(j, x, temb)
            if hasattr(level, "downsamplers"):
                x = level.downsamplers[0](x)
        x = F.silu(self.conv_norm_out(self.mid_block(x, temb))).mean((2, 3))
        return self.logits(F.silu(self.features_(x)))

    def load_state_dict(self, state, strict=True):  # "features" is a number of the U-Net here
        return super().load_state_dict({name.replace("features.", "features_."): value for name, value in state.items()}, strict)


NETS = {
    "mlp": lambda: module("bench/others/pytorch.py").MLP(3, 4),
    "unet": lambda: unet.UNet2DModel((8, 4, 3), 4, (1, 2), 1, (4,), 2, classes=3),
    "dit": lambda: module("train/testdata/dit/dit_pytorch.py").DiT(),
    "unet_classifier": lambda: UNetClassifier((8, 4, 3), 4, (1, 2), 1, (4,), 2, 5, 3),
}


def state_dict(path):
    """What safetensors.torch.load_file does."""
    data = pathlib.Path(path).read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    assert header.pop("__metadata__") == {"format": "pt"}
    state = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        state[name] = torch.frombuffer(bytearray(data[start + begin:start + end]), dtype=torch.float32).reshape(entry["shape"])
    return state


def answer(call):
    net = NETS[call["net"]]()
    net.load_state_dict(state_dict(call["file"]))
    net.double().eval()
    whole = call["net"] == "mlp"  # a timestep is an index there
    inputs = [torch.tensor(call["x"], dtype=torch.float64), torch.tensor(call["t"], dtype=torch.long if whole else torch.float64)]
    if call["labels"]:
        inputs.append(torch.tensor(call["labels"]))
    with torch.no_grad():
        return net(*inputs).flatten().tolist()


print(json.dumps([answer(call) for call in json.load(sys.stdin)]))

"""Loads folders that package diffusers wrote, and prints what the nets answer: python3 load.py FOLDER...

Standard input has a JSON list with a call per folder, {"x": [row][channel][height][width], "t": [row], "labels": [row] or null}. Prints
the list of the flat outputs. The net is that of bench/others/unet.py; load_state_dict is strict, so that every name and shape counts.
"""

import json
import pathlib
import struct
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "bench" / "others"))
from unet import UNet2DModel  # noqa: E402


def state_dict(path):
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    state = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(bytearray(data[start + begin:start + end]), dtype=torch.float32)
            state[name] = values.reshape(entry["shape"])
    return state


def answer(folder, call):
    config = json.loads((folder / "config.json").read_text())
    size = config["sample_size"]
    height, width = size if isinstance(size, list) else (size, size)
    net = UNet2DModel(
        (height, width, config["in_channels"]), 1, config["block_out_channels"], config["layers_per_block"],
        [height >> i for i, block in enumerate(config["down_block_types"]) if block.startswith("Attn")], config["norm_num_groups"],
        classes=(config.get("num_class_embeds") or 1) - 1, outputs=config["out_channels"])
    net.load_state_dict(state_dict(folder / "diffusion_pytorch_model.safetensors"))
    net.double().eval()
    labels = call["labels"] and torch.tensor(call["labels"])
    with torch.no_grad():
        output = net(torch.tensor(call["x"], dtype=torch.float64), torch.tensor(call["t"], dtype=torch.float64), labels)
    return output.flatten().tolist()


print(json.dumps([answer(pathlib.Path(folder), call) for folder, call in zip(sys.argv[1:], json.load(sys.stdin))]))

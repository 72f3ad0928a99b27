"""Writes golden.safetensors, a small checkpoint, from docs/checkpoint.md alone: python3 golden.py"""

import hashlib
import json
import struct

metadata = {
    "config": 'name: "naïve"\nsteps: 100\n',
    "cursor.epoch": "4",
    "cursor.offset": "128",
    "euryale.checksum": "0" * 64,
    "euryale.format": "1",
    "seed": "42",
    "standardiser": '{"mean": [0.5], "std": [2.0]}',
    "step": "316000",
}
tensors = {  # name: shape, elements; sorted by name
    "ema.linears.0.bias": ([3], [0.25, -0.0, 1e-45]),
    "ema.linears.0.weight": ([3, 2], [1, 2, 3, 4, 5, 6]),
    "model.linears.0.bias": ([3], [0.1, float("inf"), -3.5]),
    "model.linears.0.weight": ([3, 2], [-1, -2, -3, -4, -5, -6]),
    "optim.empty": ([0, 2], []),
    "optim.scalar": ([], [316000]),
}

header, data = {"__metadata__": metadata}, b""
for name, (shape, elements) in tensors.items():
    begin = len(data)
    data += struct.pack(f"<{len(elements)}f", *elements)
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
content = struct.pack("<Q", len(text)) + text + data
checksum = hashlib.sha256(content).hexdigest().encode()
with open("golden.safetensors", "wb") as file:
    file.write(content.replace(b"0" * 64, checksum, 1))

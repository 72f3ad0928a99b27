"""Prints what TensorBoard reads in a folder of event files, as JSON: python3 read.py FOLDER"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import STORE_EVERYTHING_SIZE_GUIDANCE, EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE).Reload()
image = events.Images("samples/preview")[-1]
assert events.SummaryMetadata("configuration").plugin_data.plugin_name == "text"
print(json.dumps({
    "Scalars": [[e.step, e.value] for e in events.Scalars("train/loss")],
    "Image": {"Step": image.step, "Width": image.width, "Height": image.height},
    "Text": events.Tensors("configuration")[-1].tensor_proto.string_val[0].decode(),
}))

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What TensorBoard reads from a folder of event files.

usage: tensorboard_peer.py FOLDER

Prints for each tag a list of [step, value, wall time]; values that JSON has not are texts.
"""

import json
import math
import sys

from tensorboard.backend.event_processing import event_accumulator

accumulator = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={event_accumulator.SCALARS: 0})
accumulator.Reload()
print(json.dumps({
    "version": accumulator.file_version,
    "tags": {
        tag: [
            {"step": event.step, "time": event.wall_time,
             "value": event.value if math.isfinite(event.value) else None} for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]},
}))

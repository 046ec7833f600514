# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes small checkpoints and expected.json beside it (needs torch)."""

import collections
import hashlib
import json
import pathlib

import torch

folder = pathlib.Path(__file__).parent
torch.manual_seed(1)
base = torch.arange(24, dtype=torch.float32)
state = collections.OrderedDict([
    ("weight", torch.rand(3, 4)), ("bias", torch.rand(3).half()), ("transposed", base.reshape(4, 6).t()),
    ("middle", base[3:11:2]), ("count", torch.tensor(9)), ("flags", torch.tensor([True, False, True])),
    ("brain", torch.rand(5).to(torch.bfloat16)), ("expanded", base[:2].reshape(2, 1).expand(2, 3)),
])
value = {"epoch": 12, "state_dict": state, "best": 0.75, "name": "größe", "steps": [1, 2], "none": None}
for form, is_zip in (("zip", True), ("legacy", False)):
    torch.save(value, folder / f"small.{form}.pth", _use_new_zipfile_serialization=is_zip)
torch.jit.script(torch.nn.Linear(2, 1)).save(str(folder / "script.pt"))
torch.save(torch.nn.Linear(2, 1), folder / "module.pt")
expected = [
    {"name": name, "type": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape),
     "digest": hashlib.sha256(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()}
    for name, tensor in state.items()]
(folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

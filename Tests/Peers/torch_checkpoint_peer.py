# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Checkpoints in the forms that PyTorch writes, and what torch.load reads from them.

usage: torch_checkpoint_peer.py FOLDER

Writes files into FOLDER; prints for each a list of its tensors: name, type, shape and SHA-256 of the contiguous bytes.
"""

import collections
import hashlib
import json
import os
import sys
import types

import numpy
import torch

# PyPI's torchvision finds none of its operators beside the CPU build of torch; networks need none.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

from torchvision import models  # noqa: E402

folder = sys.argv[1]
torch.manual_seed(5)


def digest(tensor):
    tensor = tensor.detach().contiguous()
    return hashlib.sha256(tensor.reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()


def listing(state):
    return [
        {"name": name, "type": str(tensor.dtype).removeprefix("torch.").replace("float8_", "float8"), "shape": list(tensor.shape),
         "digest": digest(tensor)} for name, tensor in state.items()]


def cast(state, kind):
    return collections.OrderedDict(
        (name, tensor.to(kind) if tensor.is_floating_point() else tensor) for name, tensor in state.items())


files = {}


def save(name, value, path="", **options):
    for form, is_zip in (("zip", True), ("legacy", False)):
        file = f"{name}.{form}.pth"
        target = os.path.join(folder, file)
        torch.save(value, target, _use_new_zipfile_serialization=is_zip, **options)
        state = torch.load(target, weights_only=False)
        for step in path.split(".") if path else []:
            state = state[step]
        state = {k: v for k, v in state.items() if isinstance(v, torch.Tensor)}
        files[file] = {"path": path, "tensors": listing(state)}


mobile = models.mobilenet_v3_small(weights=None).state_dict()
resnet = models.resnet18(weights=None, num_classes=10).state_dict()
save("mobilenet", mobile)
save("resnet-half", {"state_dict": cast(resnet, torch.float16), "epoch": 7, "best": 0.5, "name": "resnet"}, "state_dict")
save("mobilenet-bfloat16", {"epoch": 1, "model": cast(mobile, torch.bfloat16)}, "model")
save("mobilenet-double", cast(mobile, torch.float64))

model = models.mobilenet_v3_small(weights=None, num_classes=4)
optimizer = torch.optim.AdamW(model.parameters())
model(torch.rand(2, 3, 32, 32)).sum().backward()
optimizer.step()
save("training", {"optimizer": optimizer.state_dict(), "my_weights": model.state_dict(), "epoch": 3,
                  "score": numpy.float64(0.25), "lr": [0.1, 0.01]}, "my_weights")

base = torch.arange(120, dtype=torch.float32)
save("views", {
    "transposed": base.reshape(8, 15).t(), "every second": base[1::2], "middle": base[30:60].reshape(5, 6)[:, 1:4],
    "permuted": base.reshape(2, 3, 4, 5).permute(3, 1, 0, 2), "expanded": base[:3].reshape(3, 1).expand(3, 5),
    "channels last": torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last), "scalar": base[7],
    "empty": base[:0].reshape(0, 3), "parameter": torch.nn.Parameter(base[5:9]),
    "long view": torch.arange(10)[::3], "half view": torch.rand(6, 7).half()[:, ::2],
})
save("types", {
    str(kind): (torch.rand(3, 5) * 100).to(kind)
    for kind in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
                 torch.int8, torch.uint8, torch.bool, torch.complex64)})
save("protocol 3", {"a": torch.rand(3)}, pickle_protocol=3)
save("protocol 4", {"a": torch.rand(3), "größe": torch.ones(2)}, pickle_protocol=4)
torch.save({"a": torch.arange(5).to(torch.uint16), "b": torch.rand(7).to(torch.float8_e4m3fn)},
           os.path.join(folder, "untyped.zip.pth"))
state = torch.load(os.path.join(folder, "untyped.zip.pth"))
files["untyped.zip.pth"] = {"path": "", "tensors": listing(state)}

torch.jit.script(torch.nn.Linear(2, 3)).save(os.path.join(folder, "script.pt"))
torch.save(torch.nn.Linear(2, 3), os.path.join(folder, "module.pt"))
torch.save(torch.nn.Linear(2, 3), os.path.join(folder, "module-legacy.pt"), _use_new_zipfile_serialization=False)
torch.save({"x": torch.quantize_per_tensor(torch.rand(3), 0.1, 0, torch.qint8)}, os.path.join(folder, "quantized.pt"))
torch.save({"a": {"w": torch.ones(2)}, "b": {"w": torch.ones(2)}}, os.path.join(folder, "two.pt"))
torch.save([1, 2], os.path.join(folder, "list.pt"))
print(json.dumps(files))

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# torchvision's transforms. The wheel that PyPI carries is built for CUDA: its compiled operators don't load beside a CPU
# build of PyTorch, and the module that describes them then fails. Nothing here needs them, so that module is left out.

import sys
import types

import torch

if not torch.cuda.is_available():
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

from torchvision.transforms import v2  # noqa: E402, F401
from torchvision.transforms.v2 import functional  # noqa: E402, F401

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Networks of torchvision's, and of plain PyTorch's layers, with all that Galley's are compared with.

usage: architectures_peer.py FOLDER NAME…

Writes to FOLDER/NAME:
  initial.safetensors  the state as the constructor leaves it after torch.manual_seed(7)
  case.safetensors     before.*      a state with drawn normalisations
                       exact         logits in evaluation, computed in float64
                       inputs, targets
                       evaluation.*  logits, loss, and gradient.* of every parameter
                       training.*    the same after torch.manual_seed(5), and state.* after one step of SGD
Prints, for each network, the names of its state in order as JSON.
"""

import copy
import json
import pathlib
import sys
import types

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

# PyPI's torchvision is built for CUDA and finds none of its operators beside the CPU build of torch. Its networks need
# none; what describes the operators to torch is left out.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

from torchvision import models  # noqa: E402
from torchvision.models.resnet import BasicBlock  # noqa: E402
from torchvision.ops.misc import Conv2dNormActivation  # noqa: E402

CLASSES = 10
IMAGES = (4, 3, 64, 64)


def small_stem(network):
    """The first layer of a ResNet for images of low resolution."""
    network.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    network.maxpool = nn.Identity()
    return network


def slower(network):
    """The first layer of a mobile network for images of low resolution."""
    network.features[0][0].stride = (1, 1)
    return network


class SmallConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        channels = 3
        for output, stride in [(8, 1), (8, 1), (16, 2), (16, 1), (32, 2), (32, 1)]:
            block = nn.Sequential()
            block.add_module("conv", nn.Conv2d(channels, output, 3, stride, 1, bias=False))
            block.add_module("bn", nn.BatchNorm2d(output))
            block.add_module("relu", nn.ReLU())
            self.features.append(block)
            channels = output
        self.classifier = nn.Linear(channels, CLASSES)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class SmallResNet(nn.Module):
    def __init__(self, blocks=3, width=16):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        channels = width
        for index in range(3):
            layer = nn.Sequential()
            output = width << index
            for block in range(blocks):
                stride = 2 if block == 0 and index > 0 else 1
                shortcut = None
                if stride != 1 or channels != output:
                    shortcut = nn.Sequential(
                        nn.Conv2d(channels, output, 1, stride, bias=False), nn.BatchNorm2d(output)
                    )
                layer.append(BasicBlock(channels, output, stride, shortcut))
                channels = output
            self.add_module(f"layer{index + 1}", layer)
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class SmallSeparableNet(nn.Module):
    def __init__(self, width=32, depth=6):
        super().__init__()
        self.features = nn.Sequential(Conv2dNormActivation(3, width, 3))
        channels = width
        for pair in range(depth):
            doubles = pair % 2 == 1
            output = channels * 2 if doubles else channels
            self.features.append(
                nn.Sequential(
                    Conv2dNormActivation(channels, channels, 3, 2 if doubles else 1, groups=channels),
                    Conv2dNormActivation(channels, output, 1),
                )
            )
            channels = output
        self.classifier = nn.Sequential(nn.Dropout(0.0), nn.Linear(channels, CLASSES))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class MLP(nn.Module):
    def __init__(self, activation, width=24, dropout=0.25):
        super().__init__()
        self.layers = nn.Sequential()
        inputs = 13
        for _ in range(2):
            self.layers += nn.Sequential(
                nn.Linear(inputs, width), nn.BatchNorm1d(width), activation(), nn.Dropout(dropout)
            )
            inputs = width
        self.classifier = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        return self.classifier(self.layers(x))


class SeriesConvNet(nn.Module):
    def __init__(self, width=32, stride=2):
        super().__init__()
        self.features = nn.Sequential()
        channels = 5
        for kernel, factor in [(7, 1), (5, 2), (3, 1)]:
            output = width * factor
            self.features.append(
                nn.Sequential(
                    nn.Conv1d(channels, output, kernel, stride, kernel // 2, bias=False),
                    nn.BatchNorm1d(output),
                    nn.ReLU(),
                )
            )
            channels = output
        self.classifier = nn.Linear(channels, CLASSES)

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool1d(self.features(x), 1).flatten(1))


NETWORKS = {
    "mobilenet-v2": lambda: models.mobilenet_v2(num_classes=CLASSES),
    "mobilenet-v2-half": lambda: models.mobilenet_v2(num_classes=CLASSES, width_mult=0.5, dropout=0.4),
    "mobilenet-v2-small-stem": lambda: slower(models.mobilenet_v2(num_classes=CLASSES)),
    "mobilenet-v3-small": lambda: models.mobilenet_v3_small(num_classes=CLASSES),
    "mobilenet-v3-small-wide": lambda: models.mobilenet_v3_small(num_classes=CLASSES, width_mult=1.25, dropout=0.5),
    "mobilenet-v3-large": lambda: models.mobilenet_v3_large(num_classes=CLASSES),
    "resnet-18": lambda: models.resnet18(num_classes=CLASSES),
    "resnet-18-small-stem": lambda: small_stem(models.resnet18(num_classes=CLASSES)),
    "resnet-50": lambda: models.resnet50(num_classes=CLASSES),
    "efficientnet-b0": lambda: models.efficientnet_b0(num_classes=CLASSES),
    "efficientnet-b0-small-stem": lambda: slower(models.efficientnet_b0(num_classes=CLASSES)),
    "small-convnet": SmallConvNet,
    "small-resnet": SmallResNet,
    "small-separable-net": SmallSeparableNet,
    "mlp": lambda: MLP(nn.ReLU),
    "mlp-gelu": lambda: MLP(nn.GELU),
    "series-convnet": SeriesConvNet,
}


def inputs(name, generator):
    if name.startswith("mlp"):
        return torch.randn(8, 13, generator=generator)
    if name.startswith("series"):
        return torch.randn(6, 5, 90, generator=generator)
    return torch.randn(*IMAGES, generator=generator)


def copied(tensors, prefix):
    return {prefix + name: tensor.detach().clone().contiguous() for name, tensor in tensors}


def settle(network, x, generator):
    """Scales and shifts that differ, and running statistics that suit the network."""
    layers = [m for m in network.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    momenta = [layer.momentum for layer in layers]
    with torch.no_grad():
        for layer in layers:
            layer.weight.copy_(torch.rand(layer.weight.shape, generator=generator) + 0.5)
            layer.bias.copy_(torch.randn(layer.bias.shape, generator=generator) * 0.2)
            layer.momentum = 1.0
        network.train()(x)
        network(x)
    for layer, momentum in zip(layers, momenta):
        layer.momentum = momentum


def run(network, x, targets, prefix):
    network.zero_grad()
    logits = network(x)
    loss = F.cross_entropy(logits, targets, label_smoothing=0.1)
    loss.backward()
    saved = copied([("logits", logits), ("loss", loss)], prefix)
    return saved | copied([(name, p.grad) for name, p in network.named_parameters()], prefix + "gradient.")


def case(name, folder):
    torch.manual_seed(7)
    network = NETWORKS[name]()
    names = list(network.state_dict())
    save_file(copied(network.state_dict().items(), ""), folder / "initial.safetensors")
    generator = torch.Generator().manual_seed(11)
    x = inputs(name, generator)
    targets = torch.randint(0, CLASSES, (len(x),), generator=generator)
    settle(network, x, generator)
    saved = copied(network.state_dict().items(), "before.") | {"inputs": x, "targets": targets}
    with torch.no_grad():
        saved["exact"] = copy.deepcopy(network).eval().double()(x.double())
    saved |= run(network.eval(), x, targets, "evaluation.")
    torch.manual_seed(5)
    saved |= run(network.train(), x, targets, "training.")
    torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4).step()
    saved |= copied(network.state_dict().items(), "training.state.")
    save_file(saved, folder / "case.safetensors")
    return names


def main():
    root = pathlib.Path(sys.argv[1])
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    names = {}
    for name in sys.argv[2:]:
        (root / name).mkdir(parents=True)
        names[name] = case(name, root / name)
    json.dump(names, sys.stdout)


main()

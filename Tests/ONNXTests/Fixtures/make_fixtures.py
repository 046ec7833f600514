# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Trains the small digit classifiers of this folder. Needs torch 2.13, onnx and scikit-learn; see ORIGIN.md."""

import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

HERE = pathlib.Path(__file__).parent
EPOCHS = 20


def block(inputs, outputs, size=3, stride=1, groups=1, activation=nn.ReLU):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        activation(),
    )


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(block(1, 8), block(8, 16), nn.MaxPool2d(2), block(16, 16))
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        return self.head(torch.flatten(F.adaptive_avg_pool2d(self.features(x), 1), 1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(1, 8, activation=nn.ReLU6)
        self.first = block(8, 8, activation=nn.ReLU6)
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8))
        self.down = block(8, 16, stride=2)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        x = self.down(F.relu(x + self.second(self.first(x))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(1, 8)
        self.left = block(8, 8, 1)
        self.right = nn.Sequential(block(8, 8, 1), block(8, 8))
        self.pooled = block(8, 8, 1)
        self.mixed = block(24, 16)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([self.left(x), self.right(x), self.pooled(F.avg_pool2d(x, 3, 1, 1))], 1)
        return self.head(F.adaptive_avg_pool2d(F.max_pool2d(self.mixed(x), 2), 1).flatten(1))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            block(1, 16, activation=nn.ReLU6),
            block(16, 16, groups=16, activation=nn.ReLU6),
            block(16, 32, 1, activation=nn.ReLU6),
            block(32, 32, stride=2, groups=32, activation=nn.ReLU6),
            block(32, 32, 1, activation=nn.ReLU6),
        )
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        return self.head(F.adaptive_avg_pool2d(self.features(x), 1).flatten(1))


class PoolFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, padding=1)
        self.second = nn.Conv2d(8, 16, 3, padding=1)
        self.hidden = nn.Linear(64, 24)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.first(x), 2))
        x = F.relu(F.max_pool2d(self.second(x), 2))
        return self.head(self.dropout(F.relu(self.hidden(x.reshape(x.shape[0], -1)))))


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU())
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        return self.head(self.layers(x))


MODELS = {
    "plain": Plain,
    "residual": Residual,
    "branches": Branches,
    "depthwise": Depthwise,
    "pool-first": PoolFirst,
    "perceptron": Perceptron,
}


def train(model, images, labels):
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // 64 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    model.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    model.eval()


def main():
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))[360:]
    images = torch.tensor((digits.images[order] / 16).astype(np.float32)[:, None])
    labels = torch.tensor(digits.target[order])
    torch.set_num_threads(1)
    for name in sys.argv[1:] or MODELS:
        torch.manual_seed(0)
        model = MODELS[name]()
        train(model, images, labels)
        # The exporter's own folding is off: the passes are to find batch normalizations and identities.
        torch.onnx.export(
            model, torch.zeros(1, 1, 8, 8), HERE / f"{name}.onnx", dynamo=False, opset_version=17,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
            input_names=["input"], output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        )


if __name__ == "__main__":
    main()

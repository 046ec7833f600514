# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "torch", "pillow"]
# ///
"""A detector of small objects with PyTorch: for each cell of a grid, whether an object lies there, and its box."""

import os

import galley
import numpy
import torch
from torch import nn

STRIDE = 4


class CenterDetector(galley.ModelAdapter):
    """Finds objects by their middles, as Zhou, Wang and Krähenbühl describe it in "Objects as Points"."""

    output_type = "box"
    batch_size = 32
    options = {
        "epochs": galley.Option(30, "Passes over the data.", minimum=1, maximum=10_000),
        "width": galley.Option(32, "Channels of the first layer.", minimum=1, maximum=512),
        "threshold": galley.Option(0.3, "The least confidence of a box.", minimum=0, maximum=1),
    }

    def load(self, folder):
        path = os.path.join(folder, "detector.pt")
        self.net = None
        torch.set_num_threads(1)  # A network as small as this is not faster with more.
        if os.path.exists(path):
            self.build()
            self.net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))

    def build(self):
        """Four layers and a head: a score for each label, then the middle's place in its cell and the box's size."""
        width = self.configuration["width"]
        layers, channels = [], 3
        for out, stride in ((width, 1), (2 * width, 2), (2 * width, 1), (4 * width, 2), (4 * width, 1)):
            layers += [nn.Conv2d(channels, out, 3, padding=1, stride=stride), nn.BatchNorm2d(out), nn.ReLU()]
            channels = out
        head = nn.Conv2d(channels, len(self.labels) + 4, 1)
        nn.init.constant_(head.bias, -2.0)
        self.net = nn.Sequential(*layers, head)

    @torch.no_grad()
    def predict(self, batch):
        if self.net is None:
            raise galley.GalleyError("can't predict", "the model was never trained", remedy="Train it first.")
        self.net.eval()
        return [self.boxes(self.net(tensor(image[None]))[0]) for image in batch]

    def boxes(self, output):
        """The boxes at places whose score is the highest around."""
        count = len(self.labels)
        scores = output[:count].sigmoid()
        peaks = scores == nn.functional.max_pool2d(scores[None], 3, 1, 1)[0]
        peaks &= scores >= self.configuration["threshold"]
        found = []
        for label, row, column in peaks.nonzero().tolist():
            dx, dy, width, height = output[count:, row, column].sigmoid().tolist()
            x, y = (column + dx) * STRIDE, (row + dy) * STRIDE
            width, height = width * output.shape[2] * STRIDE, height * output.shape[1] * STRIDE
            box = x - width / 2, y - height / 2, x + width / 2, y + height / 2
            found.append(galley.Box(*box, self.labels[label], scores[label, row, column].item()))
        return found

    def train(self, data, output):
        torch.manual_seed(1)
        items = galley.training_items(os.path.join(data, "train"))
        checks = galley.training_items(os.path.join(data, "validation"))
        self.labels = sorted({box.label for item in items for box in item.annotations if box.type == "box"})
        self.build()
        (x, wanted), (check_x, check_wanted) = self.read(items), self.read(checks)
        epochs = self.configuration["epochs"]
        optimizer = torch.optim.Adam(self.net.parameters(), 0.002)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
        for epoch in range(epochs):
            self.net.train()
            losses = []
            for rows in torch.randperm(len(x)).split(32):
                loss = self.loss(self.net(x[rows]), wanted[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                self.check_cancelled()
            schedule.step()
            self.net.eval()
            with torch.no_grad():
                check = self.loss(self.net(check_x), check_wanted).item()
            self.epoch(epoch + 1, epochs, loss=numpy.mean(losses), val_loss=check)

    def save(self, folder):
        torch.save(self.net.state_dict(), os.path.join(folder, "detector.pt"))

    def read(self, items):
        """Images, and for each what the network should say: 1 at an object's middle, and its box there."""
        images = tensor(numpy.stack([item.image() for item in items]))
        rows, columns = images.shape[2] // STRIDE, images.shape[3] // STRIDE
        wanted = torch.zeros(len(items), len(self.labels) + 5, rows, columns)
        for index, item in enumerate(items):
            for box in item.annotations:
                if box.type != "box" or box.label not in self.labels:
                    continue
                x, y = (box.left + box.right) / 2 / STRIDE, (box.top + box.bottom) / 2 / STRIDE
                column, row = min(int(x), columns - 1), min(int(y), rows - 1)
                size = (box.right - box.left) / images.shape[3], (box.bottom - box.top) / images.shape[2]
                wanted[index, self.labels.index(box.label), row, column] = 1
                wanted[index, len(self.labels):, row, column] = torch.tensor([x - column, y - row, *size, 1])
        return images, wanted

    def loss(self, output, wanted):
        """Focal loss of the scores, and the distance of the boxes where there is an object."""
        count = len(self.labels)
        scores, truth, here = output[:, :count], wanted[:, :count], wanted[:, -1:]
        cross = nn.functional.binary_cross_entropy_with_logits(scores, truth, reduction="none")
        focus = (truth - scores.sigmoid()).abs() ** 2
        places = (output[:, count:].sigmoid() - wanted[:, count:-1]).abs() * here
        return (focus * cross).sum() / here.sum().clamp(min=1) + 4 * places.sum() / here.sum().clamp(min=1)


def tensor(images):
    """Images as the network wants them: [n, 3, height, width] from 0 to 1."""
    return torch.from_numpy(numpy.array(images)).permute(0, 3, 1, 2).float() / 255

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "torch", "pillow"]
# ///
"""A small convolutional network of PyTorch's that classifies images, and describes them by vectors."""

import os

import galley
import numpy
import torch
from torch import nn


class SmallNet(galley.ModelAdapter):
    """Says of an image to which class it belongs; its last layer but one is the image's vector."""

    output_type = "class"
    batch_size = 32
    options = {
        "epochs": galley.Option(15, "Passes over the data.", minimum=1, maximum=10_000),
        "width": galley.Option(16, "Channels of the first layer.", minimum=1, maximum=512),
        "rate": galley.Option(0.003, "Adam's step.", minimum=1e-6, maximum=1),
    }

    def load(self, folder):
        path = os.path.join(folder, "net.pt")
        self.net = self.body = None
        torch.set_num_threads(1)  # A network as small as this is not faster with more.
        if os.path.exists(path):
            self.build()
            self.net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))

    def build(self):
        """The network for as many classes as there are labels."""
        width = self.configuration["width"]
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, padding=1, stride=2), nn.BatchNorm2d(2 * width), nn.ReLU(),
            nn.Conv2d(2 * width, 4 * width, 3, padding=1, stride=2), nn.BatchNorm2d(4 * width), nn.ReLU(),
            nn.AdaptiveMaxPool2d(2), nn.Flatten())
        self.net = nn.Sequential(self.body, nn.Linear(16 * width, len(self.labels)))

    @torch.no_grad()
    def answers(self, batch, net):
        """What a part of the network says of images, one by one if they have several sizes."""
        if self.net is None:
            raise galley.GalleyError("can't predict", "the model was never trained", remedy="Train it first.")
        net.eval()
        if isinstance(batch, list):
            return torch.cat([net(tensor(image[None])) for image in batch])
        return net(tensor(batch))

    def predict(self, batch):
        chances, places = self.answers(batch, self.net).softmax(dim=1).max(dim=1)
        answers = zip(places.tolist(), chances.tolist())
        return [galley.Classification(self.labels[place], chance) for place, chance in answers]

    def embed(self, batch):
        return self.answers(batch, self.body).numpy()

    def train(self, data, output):
        torch.manual_seed(1)
        items = galley.training_items(os.path.join(data, "train"))
        checks = galley.training_items(os.path.join(data, "validation"))
        self.labels = sorted({item.label for item in items})
        (x, y), (check_x, check_y) = self.read(items), self.read(checks)
        self.build()
        epochs, best = self.configuration["epochs"], -1.0
        optimizer = torch.optim.Adam(self.net.parameters(), self.configuration["rate"])
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
        for epoch in range(epochs):
            self.net.train()
            losses = []
            for rows in torch.randperm(len(x)).split(32):
                loss = nn.functional.cross_entropy(self.net(tensor(x[rows])), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                self.check_cancelled()
            schedule.step()
            accuracy = (self.answers(check_x.numpy(), self.net).argmax(dim=1) == check_y).float().mean().item()
            if accuracy >= best:
                best = accuracy
                torch.save(self.net.state_dict(), os.path.join(output, "best.pt"))
            self.epoch(epoch + 1, epochs, loss=numpy.mean(losses), val_accuracy=accuracy)
        self.net.load_state_dict(torch.load(os.path.join(output, "best.pt"), weights_only=True))
        os.remove(os.path.join(output, "best.pt"))
        return {"accuracy": best}

    def save(self, folder):
        torch.save(self.net.state_dict(), os.path.join(folder, "net.pt"))

    def read(self, items):
        """Images [n, height, width, 3], and the numbers of their labels."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        images = torch.from_numpy(numpy.stack([item.image() for item in items]))
        return images, torch.tensor([numbers.get(item.label, -1) for item in items])


def tensor(images):
    """Images as the network wants them: [n, 3, height, width] from 0 to 1."""
    images = torch.from_numpy(numpy.array(images)) if not torch.is_tensor(images) else images
    return images.permute(0, 3, 1, 2).float() / 255

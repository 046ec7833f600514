# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "onnx", "onnxruntime", "pillow"]
# ///
"""A classifier whose model is an ONNX file: ONNX Runtime executes it; NumPy learns it, a network of two layers."""

import os

import galley
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class TwoLayers(galley.ModelAdapter):
    """Says of an image to which class it belongs, with an ONNX file that takes images [n, height, width, 3]."""

    output_type = "class"
    batch_size = 32
    options = {
        "epochs": galley.Option(60, "Passes over the data.", minimum=1, maximum=10_000),
        "width": galley.Option(128, "Neurons of the hidden layer.", minimum=1, maximum=4096),
        "rate": galley.Option(0.002, "Adam's step.", minimum=1e-6, maximum=1),
    }

    def load(self, folder):
        path = os.path.join(folder, "model.onnx")
        self.session = self.bytes = None
        if os.path.exists(path):
            with open(path, "rb") as file:
                self.bytes = file.read()
            self.session = onnxruntime.InferenceSession(self.bytes, providers=["CPUExecutionProvider"])

    def predict(self, batch):
        if self.session is None:
            raise galley.GalleyError("can't predict", "the model was never trained", remedy="Train it first.")
        images = numpy.asarray(batch, dtype=numpy.float32)
        scores = self.session.run(None, {self.session.get_inputs()[0].name: images})[0]
        return [galley.Classification(self.labels[one.argmax()], min(1, one.max())) for one in scores]

    def train(self, data, output):
        items = galley.training_items(os.path.join(data, "train"))
        checks = galley.training_items(os.path.join(data, "validation"))
        self.labels = sorted({item.label for item in items})
        (x, y), (check_x, check_y) = self.read(items), self.read(checks)
        mean, deviation = x.mean(axis=0), x.std() + 1e-6
        layers = self.learn((x - mean) / deviation, y, (check_x - mean) / deviation, check_y)
        self.bytes = self.onnx_file(mean, deviation, *layers)
        self.session = onnxruntime.InferenceSession(self.bytes, providers=["CPUExecutionProvider"])

    def save(self, folder):
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(self.bytes)

    def read(self, items):
        """Images as rows, and the numbers of their labels."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        images = numpy.stack([item.image().reshape(-1).astype(numpy.float32) for item in items])
        return images, numpy.array([numbers.get(item.label, -1) for item in items])

    def learn(self, x, y, check_x, check_y):
        """Weights of two layers, by Adam on the cross entropy."""
        random, epochs = numpy.random.default_rng(1), self.configuration["epochs"]
        width, classes = self.configuration["width"], len(self.labels)
        layers = [random.normal(0, (2 / x.shape[1]) ** 0.5, (x.shape[1], width)), numpy.zeros(width),
                  random.normal(0, (2 / width) ** 0.5, (width, classes)), numpy.zeros(classes)]
        layers = [one.astype(numpy.float32) for one in layers]
        first, second, step = [one * 0 for one in layers], [one * 0 for one in layers], 0
        for epoch in range(epochs):
            losses = []
            for rows in numpy.array_split(random.permutation(len(x)), max(1, len(x) // 64)):
                hidden = numpy.maximum(x[rows] @ layers[0] + layers[1], 0)
                chances = softmax(hidden @ layers[2] + layers[3])
                losses.append(-numpy.log(chances[numpy.arange(len(rows)), y[rows]] + 1e-9).mean())
                error = (chances - numpy.eye(classes)[y[rows]]).astype(numpy.float32) / len(rows)
                back = (error @ layers[2].T) * (hidden > 0)
                slopes, step = [x[rows].T @ back, back.sum(0), hidden.T @ error, error.sum(0)], step + 1
                for place, slope in enumerate(slopes):
                    first[place] = 0.9 * first[place] + 0.1 * slope
                    second[place] = 0.999 * second[place] + 0.001 * slope**2
                    rate = numpy.float32(self.configuration["rate"] * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step))
                    layers[place] = layers[place] - rate * first[place] / (second[place] ** 0.5 + 1e-8)
            answers = (numpy.maximum(check_x @ layers[0] + layers[1], 0) @ layers[2] + layers[3]).argmax(axis=1)
            self.epoch(epoch + 1, epochs, loss=numpy.mean(losses), val_accuracy=(answers == check_y).mean())
        return layers

    def onnx_file(self, mean, deviation, *layers):
        """The network as the bytes of an ONNX file, from images to the classes' chances."""
        weights = zip(("mean", "deviation", "w1", "b1", "w2", "b2"), (mean, numpy.float32(deviation), *layers))
        nodes = [
            helper.make_node("Flatten", ["images"], ["rows"]), helper.make_node("Sub", ["rows", "mean"], ["moved"]),
            helper.make_node("Div", ["moved", "deviation"], ["scaled"]),
            helper.make_node("Gemm", ["scaled", "w1", "b1"], ["first"]),
            helper.make_node("Relu", ["first"], ["hidden"]),
            helper.make_node("Gemm", ["hidden", "w2", "b2"], ["second"]),
            helper.make_node("Softmax", ["second"], ["chances"], axis=1)]
        graph = helper.make_graph(
            nodes, "two-layers",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", "height", "width", 3])],
            [helper.make_tensor_value_info("chances", TensorProto.FLOAT, ["n", len(self.labels)])],
            [numpy_helper.from_array(numpy.asarray(value, numpy.float32), name) for name, value in weights])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        return model.SerializeToString()


def softmax(scores):
    """Chances of rows of scores."""
    powers = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

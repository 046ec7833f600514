# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy", "onnx", "onnxruntime", "pillow"]
# ///
"""A classifier whose model is an ONNX file: patches of the training images are its filters, NumPy learns its last layer.

ONNX Runtime executes it. That patches are good filters is from A. Coates and A. Ng, "The Importance of Encoding Versus
Training with Sparse Coding and Vector Quantization", ICML 2011.
"""

import os

import galley
import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


class PatchFilters(galley.ModelAdapter):
    """Says of an image to which class it belongs, with an ONNX file that takes images [n, height, width, 3]."""

    output_type = "class"
    batch_size = 32
    options = {
        "epochs": galley.Option(60, "Passes over the data.", minimum=1, maximum=10_000),
        "filters": galley.Option(128, "Patches that are looked for.", minimum=1, maximum=4096),
        "rate": galley.Option(0.005, "Adam's step.", minimum=1e-6, maximum=1),
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
        (images, y), (check_images, check_y) = self.read(items), self.read(checks)
        # The filters are cut from the images; what they find is one row for each image.
        body = self.body(images)
        session = onnxruntime.InferenceSession(onnx_file(*body, "found"), providers=["CPUExecutionProvider"])
        x, check_x = (session.run(None, {"images": one})[0] for one in (images, check_images))
        mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
        layer, bias = self.learn((x - mean) / deviation, y, (check_x - mean) / deviation, check_y)
        layer = layer / deviation[:, None]
        self.bytes = self.with_layer(*body, layer, bias - mean @ layer)
        self.session = onnxruntime.InferenceSession(self.bytes, providers=["CPUExecutionProvider"])

    def save(self, folder):
        with open(os.path.join(folder, "model.onnx"), "wb") as file:
            file.write(self.bytes)

    def read(self, items):
        """The images, and the numbers of their labels."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        images = numpy.stack([item.image().astype(numpy.float32) for item in items])
        return images, numpy.array([numbers.get(item.label, -1) for item in items])

    def body(self, images):
        """Nodes and weights that say how well each patch fits, at best, in each quarter of an image."""
        random = numpy.random.default_rng(1)
        height, width = images.shape[1:3]
        side = min(7, height, width)
        patches = []
        for _ in range(self.configuration["filters"]):
            image = images[random.integers(len(images))]
            top, left = random.integers(height - side + 1), random.integers(width - side + 1)
            patch = image[top : top + side, left : left + side]
            patch = patch - patch.mean(axis=(0, 1))
            patches.append(patch / (numpy.linalg.norm(patch) + 1))
        quarter = [max(1, height // 2), max(1, width // 2)]
        nodes = [
            helper.make_node("Transpose", ["images"], ["planes"], perm=[0, 3, 1, 2]),
            helper.make_node("Conv", ["planes", "patches"], ["fits"], auto_pad="SAME_UPPER"),
            helper.make_node("Relu", ["fits"], ["similar"]),
            helper.make_node("MaxPool", ["similar"], ["best"], kernel_shape=quarter, strides=quarter),
            helper.make_node("Flatten", ["best"], ["found"])]
        return nodes, {"patches": numpy.stack(patches).transpose(0, 3, 1, 2)}

    def learn(self, x, y, check_x, check_y):
        """Weights and biases of the last layer, by Adam on the cross entropy."""
        random, epochs, classes = numpy.random.default_rng(1), self.configuration["epochs"], len(self.labels)
        layer = [numpy.zeros((x.shape[1], classes)), numpy.zeros(classes)]
        first, second, step = [one * 0 for one in layer], [one * 0 for one in layer], 0
        for epoch in range(epochs):
            losses = []
            for rows in numpy.array_split(random.permutation(len(x)), max(1, len(x) // 64)):
                chances = softmax(x[rows] @ layer[0] + layer[1])
                losses.append(-numpy.log(chances[numpy.arange(len(rows)), y[rows]] + 1e-9).mean())
                error, step = (chances - numpy.eye(classes)[y[rows]]) / len(rows), step + 1
                for place, slope in enumerate([x[rows].T @ error + 1e-3 * layer[0], error.sum(axis=0)]):
                    first[place] = 0.9 * first[place] + 0.1 * slope
                    second[place] = 0.999 * second[place] + 0.001 * slope**2
                    rate = self.configuration["rate"] * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
                    layer[place] = layer[place] - rate * first[place] / (second[place] ** 0.5 + 1e-8)
            answers = (check_x @ layer[0] + layer[1]).argmax(axis=1)
            self.epoch(epoch + 1, epochs, loss=numpy.mean(losses), val_accuracy=(answers == check_y).mean())
        return layer

    def with_layer(self, nodes, weights, layer, bias):
        """The whole network as the bytes of an ONNX file, from images to the classes' chances."""
        nodes = nodes + [
            helper.make_node("Gemm", ["found", "layer", "bias"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["chances"], axis=1)]
        return onnx_file(nodes, {**weights, "layer": layer, "bias": bias}, "chances")


def onnx_file(nodes, weights, output):
    """The bytes of an ONNX file."""
    graph = helper.make_graph(
        nodes, "patch-filters",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", "height", "width", 3])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", None])],
        [numpy_helper.from_array(numpy.asarray(value, numpy.float32), name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def softmax(scores):
    """Chances of rows of scores."""
    powers = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Data sets, runtimes, optimizers and backends in Python, and their cards."""

import array
import json
import os
import unittest

from support import NUMPY_IS_NEEDED, WorkerTest, tensor
from worker_client import WorkerError

DATASET = """
    import pathlib
    import typing
    import galley
    import numpy

    class Stripes(galley.Dataset):
        \"\"\"Stripes, upright and lying.\"\"\"

        description = {"name": "Stripes", "licence": "CC0-1.0", "citation": "none", "source": "made here"}

        def __init__(self, count: int = 4, file: typing.Optional[pathlib.Path] = None, noise_level: float = 0,
                     kind: typing.Literal["thin", "thick"] = "thin"):
            self.count, self.file, self.noise_level = count, file, noise_level

        def items(self):
            if self.file:
                raise galley.GalleyError("can't read stripes", "it is no file", place=str(self.file), exit_code=66)
            images = numpy.zeros((self.count, 2, 2, 1), dtype=numpy.uint8)
            images[0::2, :, 0] = 255
            return galley.LabeledItems(
                [f"s{n}" for n in range(self.count)], images, [n % 2 for n in range(self.count)], ["upright", "lying"],
                subsets=["train"] * (self.count - 1) + [None])
"""


class Ingredients(WorkerTest):
    def failure(self, client, method, parameters):
        with self.assertRaises(WorkerError) as caught:
            client.call(method, parameters)
        return caught.exception


@NUMPY_IS_NEEDED
class Datasets(Ingredients):
    def test_the_card(self):
        card = self.worker(DATASET).call("describe")["cards"][0]
        self.assertEqual((card["taxonomy"], card["version"], card["summary"]), (
            "data.classification.stripes", "1.0.0", "Stripes, upright and lying."))
        self.assertEqual([one["name"] for one in card["options"]], ["count", "file", "noiseLevel", "kind"])
        self.assertEqual(card["options"][1]["kind"], {"optional": {"_0": {"path": {}}, "word": "none"}})
        self.assertEqual(
            [one["value"] for one in card["options"][3]["kind"]["choice"]["_0"]], ["thin", "thick"])

    def test_items(self):
        client = self.worker(DATASET)
        parameters = {"taxonomy": "data.classification.stripes", "options": {"count": 3}, "folder": self.folder}
        answer = client.call("dataset.items", parameters)
        self.assertEqual((answer["ids"], answer["classes"]), (["s0", "s1", "s2"], [0, 1, 0]))
        self.assertEqual((answer["labels"], answer["subsets"]), (["upright", "lying"], ["train", "train", None]))
        self.assertEqual(answer["inputs"]["tensors"], [
            {"name": "inputs", "elementType": "uint8", "shape": [3, 2, 2, 1], "offset": 0}])
        self.assertEqual(tensor(answer["inputs"]), bytes([255, 0, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0]))
        self.assertEqual(
            answer["preprocessing"], {"layout": "nchw", "scale": 1 / 255, "mean": [0], "deviation": [1]})
        described = client.call("dataset.describe", parameters)
        self.assertEqual(described["description"]["licence"], "CC0-1.0")

    def test_paths_start_at_the_folder(self):
        parameters = {"taxonomy": "data.classification.stripes", "options": {"file": "a/b"}, "folder": self.folder}
        data = self.failure(self.worker(DATASET), "dataset.items", parameters).data
        self.assertEqual((data["place"], data["exitCode"]), (self.path("a", "b"), 66))

    def test_what_is_no_data_set(self):
        for answer in ("3", "galley.LabeledItems(['a', 'a'], numpy.zeros((2, 1, 1, 1), 'u1'), [0, 0], ['x'])",
                       "galley.LabeledItems(['a'], numpy.zeros((2, 1, 1, 1), 'u1'), [0], ['x'])",
                       "galley.LabeledItems(['a'], numpy.zeros((1, 1, 1, 1), 'u1'), [1], ['x'])",
                       "galley.LabeledItems(['a'], numpy.zeros((1, 1, 1, 1), 'i8'), [0], ['x'])"):
            client = self.worker(f"""
                import galley
                import numpy

                class Bad(galley.Dataset):
                    def items(self):
                        return {answer}
            """)
            data = self.failure(client, "dataset.items", {"taxonomy": "data.classification.bad"}).data
            self.assertEqual(data["what"], "'items' failed")
            client.close()

    def test_unknown_names(self):
        client = self.worker(DATASET)
        self.assertEqual(self.failure(client, "dataset.items", {"taxonomy": "data.x"}).code, -32602)
        parameters = {"taxonomy": "data.classification.stripes", "options": {"size": 3}}
        self.assertIn("size", self.failure(client, "dataset.items", parameters).data["why"])


RUNTIME = """
    import galley
    import numpy

    class Doubling(galley.Runtime):
        formats = ("onnx",)
        configuration = {"threads": 1}

        def availability(self):
            return "1.2", "/usr/lib/doubling.so"

        def compile(self, path, format):
            return Model(open(path).read())

    class Missing(galley.Runtime):
        def availability(self):
            raise ImportError("no doubling here")

    class Model(galley.CompiledModel):
        inputs = [galley.ValueSpec("x", "float32", [None, 2])]
        outputs = [galley.ValueSpec("y", "float32", [None, 2]), galley.ValueSpec("n", "int64", [])]

        def __init__(self, factor):
            self.factor = float(factor)

        def run(self, inputs):
            x = inputs["x"]
            return {"n": numpy.int64(x.size), "y": x * numpy.float32(self.factor)}
"""


@NUMPY_IS_NEEDED
class Runtimes(Ingredients):
    def block(self, values):
        descriptor = os.memfd_create("x")
        self.addCleanup(os.close, descriptor)
        os.write(descriptor, array.array("f", values).tobytes())
        memory = {"path": f"/proc/{os.getpid()}/fd/{descriptor}", "byteCount": 4 * len(values)}
        shape = [len(values) // 2, 2]
        return {"memory": memory, "tensors": [{"name": "x", "elementType": "float32", "shape": shape, "offset": 0}]}

    def test_a_model_from_compiling_to_release(self):
        client, path = self.worker(RUNTIME), self.write("m.onnx", "3")
        described = client.call("runtime.describe", {"taxonomy": "runtime.doubling"})
        self.assertEqual(described, {
            "formats": ["onnx"], "available": True, "version": "1.2", "library": "/usr/lib/doubling.so"})
        missing = client.call("runtime.describe", {"taxonomy": "runtime.missing"})
        self.assertEqual((missing["available"], missing["reason"]), (False, "ImportError: no doubling here"))
        parameters = {"taxonomy": "runtime.doubling", "options": {}, "path": path, "format": "onnx"}
        compiled = client.call("runtime.compile", parameters)
        self.assertEqual(compiled["inputs"], [{"name": "x", "elementType": "float32", "shape": [None, 2]}])
        self.assertEqual(compiled["configuration"], {"threads": "1"})
        model = compiled["model"]
        for values in ([1, 2, 3, 4], [5, 6]):
            outputs = client.call("runtime.run", {"model": model, "inputs": self.block(values)})["outputs"]
            self.assertEqual([one["name"] for one in outputs["tensors"]], ["y", "n"])
            self.assertEqual(array.array("f", tensor(outputs)).tolist(), [3 * value for value in values])
            self.assertEqual(array.array("q", tensor(outputs, 1)).tolist(), [len(values)])
        self.assertEqual(client.call("runtime.release", {"model": model}), {})
        self.assertEqual(client.call("runtime.release", {"model": model}), {})
        self.assertEqual(self.failure(client, "runtime.run", {"model": model, "inputs": {}}).code, -32602)

    def test_an_array_is_the_only_output_with_its_batch(self):
        code = """
            import galley
            import numpy

            class Bare(galley.Runtime):
                released = []

                def compile(self, path, format):
                    return Model(int(open(path).read()))

            class Model(galley.CompiledModel):
                inputs = [galley.ValueSpec("x", "float32", [None, 2])]

                def __init__(self, count):
                    self.outputs = [galley.ValueSpec(f"y{n}", "float32", [None, 2]) for n in range(count)]
                    if not count:
                        self.outputs = 3

                def run(self, inputs):
                    return inputs["x"] * 2

                def release(self):
                    print("released", flush=True)
        """
        client = self.worker(code)
        parameters = {"taxonomy": "runtime.bare", "options": {}, "format": "onnx"}
        for count in (1, 2):
            path = self.write(f"m{count}", str(count))
            model = client.call("runtime.compile", {**parameters, "path": path})["model"]
            for values in ([1, 2], [1, 2, 3, 4]):
                asked = {"model": model, "inputs": self.block(values)}
                if count == 1:
                    outputs = client.call("runtime.run", asked)["outputs"]
                    self.assertEqual([one["shape"] for one in outputs["tensors"]], [[len(values) // 2, 2]])
                    self.assertEqual(array.array("f", tensor(outputs)).tolist(), [2 * value for value in values])
                else:
                    why = self.failure(client, "runtime.run", asked).data["why"]
                    self.assertIn("it returned 1 outputs, and the model has 2", why)
        # What can't be described can't be run, and isn't kept.
        data = self.failure(client, "runtime.compile", {**parameters, "path": self.write("m0", "0")}).data
        self.assertEqual(data["what"], "'compile' failed")
        self.assertIn("released", client.error_text("released"))

    def test_what_is_wrong_with_an_attribute_is_the_files_fault(self):
        client = self.worker("""
            import galley

            class Formless(galley.Runtime):
                @property
                def formats(self):
                    raise OSError("no formats")

            class Countless(galley.ModelOptimizer):
                calibration_count = "many"

                def prepare(self, model, folder):
                    return 3

                def optimize(self, model, output, ranges):
                    open(output, "w").close()
                    return ("int8",)
        """)
        model = {"model": {"path": "m"}, "folder": self.folder, "output": self.path("o")}
        for method, taxonomy, function in (
                ("runtime.describe", "runtime.formless", "formats"),
                ("optimizer.describe", "optimizer.countless", "calibration_count"),
                ("optimizer.prepare", "optimizer.countless", "prepare"),
                ("optimizer.optimize", "optimizer.countless", "optimize")):
            failure = self.failure(client, method, {"taxonomy": taxonomy, **model})
            self.assertEqual((failure.code, failure.data["what"]), (-32000, f"'{function}' failed"))
        self.assertFalse(os.path.exists(self.path("o")))

    def test_a_model_that_cannot_be_compiled(self):
        parameters = {"taxonomy": "runtime.doubling", "options": {}, "path": self.path("nowhere"), "format": "onnx"}
        data = self.failure(self.worker(RUNTIME), "runtime.compile", parameters).data
        self.assertEqual(data["what"], "'compile' failed")
        self.assertIn("FileNotFoundError", data["why"])


class Optimizers(Ingredients):
    CODE = """
        import galley

        class Halving(galley.ModelOptimizer):
            options = {"samples": galley.Option(8, "Items to observe.", minimum=0)}

            @property
            def calibration_count(self):
                return self.samples

            def optimize(self, model, output, ranges):
                with open(output, "w") as file:
                    file.write(open(model["path"]).read()[::2])
                if self.samples == 3:
                    raise ValueError("three")
                return "int8", [f"{name}: {low} to {high}" for name, (low, high) in ranges.items()]
    """

    def parameters(self, samples=8):
        return {
            "taxonomy": "optimizer.halving", "options": {"samples": samples}, "folder": self.folder,
            "model": {"path": self.write("m", "abcd"), "format": "onnx", "digest": "", "byteCount": 4}}

    def test_from_describe_to_the_file(self):
        client = self.worker(self.CODE)
        self.assertEqual(client.call("optimizer.describe", self.parameters()), {"calibrationCount": 8})
        self.assertEqual(client.call("optimizer.prepare", self.parameters()), {"observe": self.path("m")})
        answer = client.call("optimizer.optimize", {
            **self.parameters(), "output": self.path("o"), "ranges": {"x": {"minimum": -1, "maximum": "Infinity"}}})
        self.assertEqual(answer, {"precision": "int8", "notes": ["x: -1.0 to inf"]})
        with open(self.path("o")) as file:
            self.assertEqual(file.read(), "ac")

    def test_no_file_is_left_at_an_error(self):
        self.failure(self.worker(self.CODE), "optimizer.optimize", {**self.parameters(3), "output": self.path("o")})
        self.assertFalse(os.path.exists(self.path("o")))


class Backends(Ingredients):
    CODE = """
        import json
        import os
        import galley

        class Net:
            \"\"\"A network.\"\"\"
            options = {"width": galley.Option(8, "Channels.", minimum=1)}

        class FirstLabel(galley.Backend):
            \"\"\"Answers with the first label.\"\"\"
            licence = "Apache-2.0"
            abilities = [{"verbs": ["predict"], "tasks": ["classification"], "forms": ["checkpoint"]}]
            options = {"predict": {"top_count": galley.Option(1, "Labels to tell.")}}
            architectures = [Net]

            def predict(self, request, report):
                path = os.path.join(request["folder"], "predictions.jsonl")
                best = {"label": request["labels"][0], "index": 0, "probability": 1.0}
                with open(path, "w") as file:
                    for item in json.load(open(request["data"]["path"]))["items"]:
                        if item["id"] == "i5":
                            told = report.item(item["id"], reason="it is five")
                        else:
                            told = report.item(item["id"], classes=[best])
                        file.write(json.dumps(told) + "\\n")
                report.event("warning", message="all are the first")
                report.file("predictions", path)
                return {"top1": 0.5}
    """

    def test_the_description(self):
        description = self.worker(self.CODE).call("describe")
        self.assertEqual(description["methods"], ["run"])
        backend = description["backend"]
        self.assertEqual((backend["id"], backend["summary"]), ("first-label", "Answers with the first label."))
        self.assertEqual(backend["options"]["predict"][0]["name"], "topCount")
        self.assertEqual(description["cards"][0]["taxonomy"], "model.classification.net")

    def test_predict(self):
        client = self.worker(self.CODE)
        listing = self.write("items.json", json.dumps({"items": [{"id": f"i{n}"} for n in range(1000)]}))
        request = {"work": {"verb": "predict", "options": {}}, "data": {"path": listing}, "labels": ["a", "b"],
                   "folder": self.folder}
        result = client.call("run", request)
        self.assertEqual((result["status"], result["figures"]), ("partial", {"top1": 0.5}))
        self.assertEqual(result["itemCounts"], {"ok": 999, "failed": 1, "skipped": 0})
        self.assertEqual(result["files"]["predictions"]["path"], self.path("predictions.jsonl"))
        events = [event for one in client.of("event") for event in one["events"]]
        self.assertEqual([one.get("id") for one in events], [f"i{n}" for n in range(1000)] + [None])
        self.assertEqual(events[5], {
            "event": "item", "id": "i5", "status": "failed", "stage": "infer", "reason": "it is five"})
        self.assertEqual(events[-1], {"event": "warning", "message": "all are the first"})

    def test_a_verb_that_it_has_not(self):
        data = self.failure(self.worker(self.CODE), "run", {"work": {"verb": "train"}, "folder": self.folder}).data
        self.assertIn("NotImplementedError", data["why"])


if __name__ == "__main__":
    unittest.main()

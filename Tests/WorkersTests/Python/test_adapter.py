# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Adapters: what their functions are given, what their answers become, and what goes wrong."""

import array
import json
import os
import subprocess
import sys
import unittest

from support import BRIGHTNESS, NUMPY_IS_NEEDED, PACKAGE, AdapterTest, block, images, items, labels, tensor

@NUMPY_IS_NEEDED
class Predicting(AdapterTest):
    def test_the_description(self):
        adapter = self.worker(BRIGHTNESS).call("describe")["adapter"]
        self.assertEqual(adapter["name"], "Brightness")
        self.assertEqual(adapter["summary"], "Says light or dark.")
        self.assertEqual(adapter["functions"], ["load", "predict"])
        self.assertEqual((adapter["inputType"], adapter["outputType"], adapter["batchSize"]), ("image", "class", 4))
        kind = {"int": {"minimum": 0, "maximum": 255}}
        self.assertEqual(
            adapter["options"], [{"name": "threshold", "kind": kind, "default": 127, "help": "Where light begins."}])

    def test_images_of_one_size_are_one_array(self):
        client = self.loaded(BRIGHTNESS)
        answer = client.call("adapter.predict", self.batch(0, 255, 10))
        self.assertEqual(labels(answer), ["dark", "light", "dark"])
        self.assertEqual(
            answer["predictions"][0]["annotations"][0],
            {"type": "class", "label": "dark", "attributes": {}, "metadata": {"user": {"model": {"confidence": 0.75}}}})

    def test_what_load_changes_is_told_once(self):
        client = self.worker(BRIGHTNESS)
        parameters = {"folder": self.folder, "model": {"labels": ["light", "dark"], "configuration": {"a": 1}}}
        self.assertEqual(client.call("adapter.load", parameters), {})
        self.assertEqual(
            client.call("adapter.load", {"folder": self.folder, "model": {}}), {"labels": ["light", "dark"]})

    def test_the_configuration_goes_before_the_defaults(self):
        client = self.loaded(BRIGHTNESS, {"configuration": {"threshold": 5}})
        self.assertEqual(labels(client.call("adapter.predict", self.batch(0, 255, 10))), ["dark", "light", "light"])

    def test_images_of_different_sizes_are_a_list(self):
        client = self.loaded("""
            import galley

            class Shapes(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    assert isinstance(batch, list)
                    return [galley.Classification("x".join(str(n) for n in one.shape)) for one in batch]
        """)
        found, descriptor = block([("0", bytes(24), [2, 4, 3]), ("1", bytes(9), [3, 1, 3])])
        self.addCleanup(os.close, descriptor)
        answer = client.call("adapter.predict", {"items": items(2), "batch": found})
        self.assertEqual(labels(answer), ["2x4x3", "3x1x3"])

    def test_a_batch_is_read_only_unless_it_is_copied(self):
        code = """
            import galley

            class Writing(galley.ModelAdapter):
                copy_batches = %s

                def load(self, folder):
                    pass

                def predict(self, batch):
                    batch[0][0] = 7
                    return [None]
        """
        failure = self.failure(self.loaded(code % False), "adapter.predict", self.batch(1))
        self.assertIn("read-only", failure.data["why"])
        self.assertEqual(self.loaded(code % True).call("adapter.predict", self.batch(1)), {"predictions": [None]})

    def test_memory_that_is_used_again_is_read_anew(self):
        client = self.loaded(BRIGHTNESS)
        found, descriptor = images([0, 0])
        self.addCleanup(os.close, descriptor)
        for level, expected in ((0, "dark"), (255, "light"), (3, "dark")):
            os.pwrite(descriptor, bytes([level]) * 96, 0)
            answer = client.call("adapter.predict", {"items": items(2), "batch": found})
            self.assertEqual(labels(answer), [expected] * 2)

    def test_images_of_items_may_be_written_to(self):
        from galley.image import encode_png

        client = self.loaded("""
            import galley

            class Writing(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def prepare_item(self, item):
                    image = item.image()
                    image[0, 0] = 7
                    return image

                def predict(self, batch):
                    return [str(image[0, 0, 0] + image[0, 1, 0]) for image in batch]
        """)
        found = items(2)
        for one, channels in zip(found, (3, 4)):
            one["file"] = self.path(one["name"])
            with open(one["file"], "wb") as file:
                file.write(encode_png(bytes([20]) * (4 * channels), 2, 2, channels))
        self.assertEqual(labels(client.call("adapter.predict", {"items": found})), ["27", "27"])

    def test_other_answers_are_told_as_they_are(self):
        client = self.loaded("""
            import galley

            class Odd(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    return [None, [], galley.Failed("too dark")][:len(batch) - 1]
        """)
        self.assertEqual(client.call("adapter.predict", self.batch(1, 1, 1, 1)), {"predictions": [
            None, {"annotations": []}, {"failed": {"stage": "predict", "reason": "too dark"}}]})
        self.assertIn("returned 3 predictions for 4 items", client.error_text("4 items"))

    def test_an_item_that_cannot_be_prepared_is_the_only_one_lost(self):
        client = self.loaded("""
            import galley

            class Prepared(galley.ModelAdapter):
                input_type = "text"

                def load(self, folder):
                    pass

                def prepare_item(self, item):
                    if "2" in item.name:
                        raise ValueError(f"{item.path} is odd")
                    return item.name

                def predict(self, batch):
                    return [galley.Classification(name) for name in batch]
        """)
        answer = client.call("adapter.predict", {"items": items(4)})
        self.assertEqual(labels(answer), [
            "0.png", "1.png", {"failed": {"stage": "prepare", "reason": "ValueError: /2.png is odd"}}, "3.png"])

    def test_items_are_read_if_no_batch_comes(self):
        from galley.image import encode_png

        found = items(3)
        for index, one in enumerate(found):
            one["file"] = self.path(one["name"])
            with open(one["file"], "wb") as file:
                file.write(encode_png(bytes([index * 120]) * 12, 2, 2, 3) if index < 2 else b"no picture")
        answer = self.loaded(BRIGHTNESS).call("adapter.predict", {"items": found})
        self.assertEqual(labels(answer)[:2], ["dark", "dark"])
        self.assertEqual(answer["predictions"][2]["failed"]["stage"], "prepare")


@NUMPY_IS_NEEDED
class Embedding(AdapterTest):
    CODE = """
        import galley

        class Embedding(galley.ModelAdapter):
            def load(self, folder):
                pass

            def predict(self, batch):
                return [None for _ in batch]

            def embed(self, batch):
                return %s
    """

    def test_vectors_of_one_length_travel_in_memory(self):
        client = self.loaded(self.CODE % "[[float(one.mean()), 2.0] for one in batch]")
        for levels in ((1, 2, 3), (4, 5, 6), (7,)):
            found = client.call("adapter.embed", self.batch(*levels))["embeddings"]
            self.assertEqual(found["tensors"], [
                {"name": "embeddings", "elementType": "float32", "shape": [len(levels), 2], "offset": 0}])
            self.assertEqual(array.array("f", tensor(found)).tolist(), [n for level in levels for n in (level, 2.0)])

    def test_vectors_of_several_lengths_and_none(self):
        client = self.loaded(self.CODE % "[[1.0], [2.0, float('inf')], None][:len(batch)]")
        self.assertEqual(
            client.call("adapter.embed", self.batch(1, 1, 1)), {"embeddings": {"rows": [[1.0], [2.0, "Infinity"], None]}})

    def test_vectors_that_fail_when_they_are_read_are_the_functions_fault(self):
        client = self.loaded("""
            import galley

            class Lazy:
                def __iter__(self):
                    raise OSError("the disk is full")

                def __len__(self):
                    return 2

            class Embedding(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    return (1 / 0 for _ in batch)

                def embed(self, batch):
                    return [[1.0], Lazy()]
        """)
        for method, name, why in (("adapter.embed", "embed", "OSError: the disk is full"),
                                  ("adapter.predict", "predict", "ZeroDivisionError: division by zero")):
            failure = self.failure(client, method, self.batch(1, 1))
            self.assertEqual((failure.code, failure.data["what"]), (-32000, f"'{name}' of Embedding failed"))
            self.assertEqual(failure.data["why"], why)
            self.assertTrue(failure.data["place"].startswith(self.path("adapter.py")))

    def test_what_is_no_list_of_vectors(self):
        failure = self.failure(self.loaded(self.CODE % "3"), "adapter.embed", self.batch(1))
        self.assertIn("it returned a int", failure.data["why"])


class Training(AdapterTest):
    CODE = """
        import json
        import os
        import galley

        class Counting(galley.ModelAdapter):
            options = {"epochs": 2}

            def load(self, folder):
                self.counts = json.load(open(os.path.join(folder, "counts.json"))) if os.listdir(folder) else {}

            def predict(self, batch):
                return [None for _ in batch]

            def train(self, data, output):
                for item in galley.training_items(os.path.join(data, "train")):
                    self.counts[item.label] = self.counts.get(item.label, 0) + 1
                for epoch in range(self.configuration["epochs"]):
                    self.epoch(epoch + 1, self.configuration["epochs"], loss=1 / (epoch + 1), val_loss=float("nan"))
                self.labels = sorted(self.counts)
                return {"items": sum(self.counts.values())}

            def save(self, folder):
                with open(os.path.join(folder, "counts.json"), "w") as file:
                    json.dump(self.counts, file)
                self.configuration["saved"] = True

            def convert(self, data):
                open(os.path.join(data, "converted"), "w").close()

            def evaluate(self, items, truth, predictions):
                return {"equal": sum(a[0].label == b[0].label for a, b in zip(truth, predictions)) / len(items)}
    """

    def data(self):
        for name, label in (("a/1", "cat"), ("a/2", "dog"), ("3", "cat")):
            document = {"id": name, "filename": f"/{name}.png", "metadata": {"system": {"mimetype": "image/png"}},
                        "annotations": [{"type": "class", "label": label, "metadata": {}}]}
            self.write(f"data/train/json/{name}.json", json.dumps(document))
        return self.path("data")

    def test_from_nothing_to_saved_files_and_back(self):
        os.mkdir(self.path("empty"))
        client = self.worker(self.CODE)
        client.call("adapter.load", {"folder": self.path("empty"), "model": {}})
        self.assertEqual(client.call("adapter.convert", {"data": self.data()}), {})
        self.assertTrue(os.path.exists(self.path("data", "converted")))
        answer = client.call("adapter.train", {"data": self.data(), "output": self.path("out"), "model": {}})
        self.assertEqual(answer["figures"], {"items": 3.0})
        self.assertEqual(answer["samples"][:2], [
            {"figure": "loss", "legend": "train", "x": 1.0, "y": 1.0},
            {"figure": "loss", "legend": "validation", "x": 1.0, "y": "NaN"}])
        progress = client.of("progress")
        self.assertEqual([(one["stage"], one["completed"], one["total"], one["unit"]) for one in progress], [
            ("training", 1, 2, "epochs"), ("training", 2, 2, "epochs")])
        self.assertEqual(progress[1]["metrics"], {"loss": 0.5, "val_loss": "NaN"})
        saved = client.call("adapter.save", {"folder": self.path("saved")})
        self.assertEqual(saved, {"labels": ["cat", "dog"], "configuration": {"epochs": 2, "saved": True}})
        client.call("adapter.load", {"folder": self.path("saved"), "model": {}})
        with open(self.path("saved", "counts.json")) as file:
            self.assertEqual(json.load(file), {"cat": 2, "dog": 1})

    def test_evaluation(self):
        os.mkdir(self.path("empty"))
        client = self.worker(self.CODE)
        client.call("adapter.load", {"folder": self.path("empty"), "model": {}})
        of = lambda *names: [[{"type": "class", "label": name, "metadata": {}}] for name in names]
        parameters = {"items": items(2), "groundTruth": of("a", "b"), "predictions": of("a", "c")}
        self.assertEqual(client.call("adapter.evaluate", parameters), {"figures": {"equal": 0.5}})
        parameters["predictions"].pop()
        self.assertEqual(self.failure(client, "adapter.evaluate", parameters).code, -32602)


class WithoutNumPy(AdapterTest):
    def test_batches_are_images(self):
        client = self.loaded("""
            import galley

            class Plain(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    return [
                        galley.Classification(f"{one.height}x{one.width}x{one.channels} {one.pixel(0, 0)}")
                        for one in batch]

                def embed(self, batch):
                    return [[sum(one.data) / len(one.data)] * 2 for one in batch]
        """, **self.without_numpy())
        self.assertNotIn("numpy", client.call("describe")["details"])
        answer = client.call("adapter.predict", self.batch(3, 9))
        self.assertEqual(labels(answer), ["4x4x3 (3, 3, 3)", "4x4x3 (9, 9, 9)"])
        found = client.call("adapter.embed", self.batch(3, 9))["embeddings"]
        self.assertEqual(array.array("f", tensor(found)).tolist(), [3, 3, 9, 9])

    def test_masks_are_rows(self):
        program = "import galley; print(galley.Mask([[0, 1], [1, 1]], 'm').coordinates())"
        outputs = {
            subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, check=True,
                           capture_output=True).stdout
            for path in (PACKAGE, self.without_numpy()["path"])}
        self.assertEqual(len(outputs), 1)

if __name__ == "__main__":
    unittest.main()

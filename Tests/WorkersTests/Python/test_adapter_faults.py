# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What goes wrong in adapters, and in their files."""

import os
import unittest

from support import BRIGHTNESS, NUMPY_IS_NEEDED, AdapterTest, images, items, labels


class Faults(AdapterTest):
    def adapter(self, body, extra=""):
        return self.loaded(f"""
            import galley
            import ctypes
            import os
            import sys

            class Faulty(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    {body}
        """)

    def test_an_exception_names_its_place_and_the_worker_goes_on(self):
        client = self.adapter("return 1 / 0")
        failure = self.failure(client, "adapter.predict", self.batch(1))
        self.assertEqual(failure.code, -32000)
        self.assertEqual(failure.data, {
            "exitCode": 65, "what": "'predict' of Faulty failed", "why": "ZeroDivisionError: division by zero",
            "place": f"{self.path('adapter.py')}:12"})
        self.assertIn("Traceback", client.error_text("ZeroDivisionError"))
        self.failure(client, "adapter.predict", self.batch(1))

    def test_an_exception_with_words_of_its_own(self):
        failure = self.failure(
            self.adapter("raise galley.GalleyError('can\\'t see', 'it is dark', place='here', remedy='Light it.', exit_code=69)"),
            "adapter.predict", self.batch(1))
        self.assertEqual(failure.data, {
            "exitCode": 69, "what": "can't see", "why": "it is dark", "place": "here", "remedy": "Light it."})

    def test_exceptions_of_every_kind(self):
        for body in ("sys.exit(3)", "raise SystemExit", "raise KeyboardInterrupt", "raise BaseException('x')",
                     "raise MemoryError", "return 7", "return 'ab'", "return {'a': 1}", "return None",
                     "return [3]", "return [[3]]", "return [galley.Box(1, 2, 'x', 4, 'l')]", "return [object()]",
                     "return [galley.Classification(b'x')]", "return [galley.Classification([1])]",
                     "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()",
                     "def f(): f()\n                    f()", "raise Exception('x' * 100000)",
                     "return [galley.Mask([1, 2], 'x')]", "return [galley.Classification('x', attributes={'a': object()})]"):
            with self.subTest(body):
                client = self.adapter(body)
                failure = self.failure(client, "adapter.predict", self.batch(1))
                self.assertIn(failure.code, (-32000, -32603))
                self.assertTrue(failure.data["what"] and failure.data["why"])
                self.assertLess(len(failure.data["why"]), 2000)
                self.assertEqual(client.call("describe")["name"], "adapter")
                client.close()

    def test_what_is_printed_never_reaches_the_client(self):
        client = self.adapter("""print("one"); os.write(1, b"two\\n"); ctypes.CDLL(None).puts(b"three"); \\
                    os.system("echo four"); sys.__stdout__.write("five\\n"); print("six ü \\ud800"); \\
                    os.fdopen(1, "w", closefd=False).write("seven\\n"); sys.stdin.read()
                    return [None]""")
        self.assertEqual(client.call("adapter.predict", self.batch(1)), {"predictions": [None]})
        said = client.error_text("seven")
        for word in ("one", "two", "three", "four", "five", "six ü", "seven"):
            self.assertIn(word, said)

    def test_logging_reaches_the_client(self):
        client = self.loaded("""
            import logging
            import galley

            class Logging(galley.ModelAdapter):
                def load(self, folder):
                    logging.getLogger("mine").warning("weights of %s", "yesterday")
                    logging.getLogger("mine").debug("not told")

                def predict(self, batch):
                    pass
        """)
        self.assertEqual(client.of("log"), [{"level": "warning", "message": "mine: weights of yesterday"}])

    def test_a_process_that_is_forked_does_not_hold_the_streams(self):
        client = self.loaded("""
            import logging
            import os
            import time
            import galley

            class Forking(galley.ModelAdapter):
                def load(self, folder):
                    if os.fork() == 0:
                        logging.error("from the child")
                        os.read(0, 1)
                        time.sleep(20)
                        os._exit(0)

                def predict(self, batch):
                    return [None]
        """)
        client.call("shutdown")
        self.assertEqual(client.process.stdout.read(), b"")

    def test_functions_that_are_missing(self):
        client = self.adapter("return [None]")
        for method, parameters in (("adapter.train", {"data": "/", "output": self.folder}),
                                   ("adapter.save", {"folder": self.folder}), ("adapter.embed", {"items": []}),
                                   ("adapter.evaluate", {"items": [], "groundTruth": [], "predictions": []})):
            failure = self.failure(client, method, parameters)
            self.assertIn("it has no function", failure.data["why"])
            self.assertIn("def ", failure.data["remedy"])
        self.assertEqual(client.call("adapter.convert", {"data": self.folder}), {})

    def test_nothing_works_before_load(self):
        client = self.worker(BRIGHTNESS)
        failure = self.failure(client, "adapter.predict", {"items": []})
        self.assertEqual((failure.data["why"], failure.data["exitCode"]), ("no model is loaded", 70))

    def test_a_load_that_fails_leaves_no_model(self):
        client = self.loaded("""
            import galley

            class Once(galley.ModelAdapter):
                def load(self, folder):
                    self.configuration["fine"] + 1

                def predict(self, batch):
                    return []
        """, {"configuration": {"fine": 1}})
        self.failure(client, "adapter.load", {"folder": self.folder, "model": {}})
        self.assertEqual(self.failure(client, "adapter.predict", {"items": []}).data["why"], "no model is loaded")

    def test_an_init_that_forgets_the_base(self):
        client = self.loaded("""
            import galley

            class Own(galley.ModelAdapter):
                def __init__(self):
                    self.mine = 1

                def load(self, folder):
                    self.labels = ["a"]

                def predict(self, batch):
                    return [None] * len(batch)
        """)
        self.assertEqual(client.call("adapter.predict", self.batch(1)), {"predictions": [None]})

    INIT = """
        import pathlib
        import galley

        class Own(galley.ModelAdapter):
            options = {"width": galley.Option(3, "Channels.")}

            def __init__(self, width, /, weights: pathlib.Path, depth: int = 2, *more, height=galley.Option(kind=int), **rest):
                super().__init__()
                self.size = [width, weights.name, depth, height]

            def load(self, folder):
                self.labels = [str(one) for one in self.size] + [type(self.configuration["weights"]).__name__]

            def predict(self, batch):
                return [None] * len(batch)
    """

    def test_an_init_is_given_what_the_configuration_has(self):
        client = self.worker(self.INIT)
        names = [one["name"] for one in client.call("describe")["adapter"]["options"]]
        self.assertEqual(names, ["width", "weights", "depth", "height"])
        configuration = {"weights": "a/b.bin", "height": 5}
        changed = client.call("adapter.load", {"folder": self.folder, "model": {"configuration": configuration}})
        self.assertEqual(changed["labels"][:4], ["3", "b.bin", "2", "5"])
        self.assertTrue(changed["labels"][4].endswith("Path"))
        self.assertNotIn("configuration", changed)

    def test_an_init_that_wants_what_the_configuration_has_not(self):
        client = self.worker(self.INIT)
        for name, configuration in (("weights", {"height": 5}), ("height", {"weights": "a"})):
            data = self.failure(
                client, "adapter.load", {"folder": self.folder, "model": {"configuration": configuration}}).data
            self.assertEqual(data["what"], "can't make Own")
            self.assertEqual(data["why"], f"its __init__ wants '{name}', and the model's configuration doesn't have it")
            self.assertEqual(data["remedy"], f"Set it: galley model update --configuration {name}=…")

    def test_a_configuration_that_cannot_be_kept_is_the_functions_fault(self):
        client = self.worker("""
            import threading
            import galley

            class Locked(galley.ModelAdapter):
                def load(self, folder):
                    self.configuration["lock"] = threading.Lock()

                def predict(self, batch):
                    return []
        """)
        data = self.failure(client, "adapter.load", {"folder": self.folder, "model": {}}).data
        self.assertEqual(data["what"], "'load' of Locked failed")
        self.assertIn("lock", data["why"])
        self.assertEqual(self.failure(client, "adapter.predict", {"items": []}).data["why"], "no model is loaded")

    def test_an_answer_that_fails_when_it_is_written_is_an_error_and_the_worker_goes_on(self):
        client = self.adapter("""return [galley.Classification("x", attributes={"a": type(
                        "Lazy", (), {"tolist": lambda self: {}[1]})()})]""")
        for _ in range(2):
            failure = self.failure(client, "adapter.predict", self.batch(1))
            self.assertEqual(failure.code, -32603)
            self.assertIn("KeyError: 1", failure.data["why"])

    @NUMPY_IS_NEEDED
    def test_blocks_that_cannot_be(self):
        client = self.loaded(BRIGHTNESS)
        found, descriptor = images([1, 2])
        self.addCleanup(os.close, descriptor)
        memory, batch = found["memory"], found["tensors"][0]
        cases = [
            {}, {"memory": memory}, {"memory": {"path": "/nowhere", "byteCount": 5}, "tensors": []},
            {"memory": {**memory, "byteCount": 5000}, "tensors": [batch]},
            {"memory": {**memory, "byteCount": -1}, "tensors": [batch]},
            {"memory": {**memory, "byteCount": "x"}, "tensors": [batch]},
            {"memory": memory, "tensors": [{**batch, "shape": [3, 4, 4, 3]}]},
            {"memory": memory, "tensors": [{**batch, "shape": [2, 4, -4, 3]}]},
            {"memory": memory, "tensors": [{**batch, "shape": [2, 4, 1.5, 3]}]},
            {"memory": memory, "tensors": [{**batch, "offset": 1}]},
            {"memory": memory, "tensors": [{**batch, "elementType": "text"}]},
            {"memory": memory, "tensors": []}, 7, [],
        ]
        for case in cases:
            with self.subTest(case):
                failure = self.failure(client, "adapter.predict", {"items": items(2), "batch": case})
                self.assertEqual(failure.code, -32602)
        self.assertEqual(self.failure(client, "adapter.predict", {"items": items(3), "batch": found}).code, -32602)
        self.assertEqual(self.failure(client, "adapter.predict", {"items": [3]}).code, -32602)
        self.assertEqual(len(labels(client.call("adapter.predict", {"items": items(2), "batch": found}))), 2)


class Importing(AdapterTest):
    def import_failure(self, content, name="adapter.py", **options):
        client = self.worker(content, name, **options)
        first = self.failure(client, "describe", {})
        again = self.failure(client, "adapter.load", {"folder": self.folder, "model": {}})
        self.assertEqual(first.data, again.data)
        self.assertEqual(client.call("initialize", {"protocolVersion": 1})["protocolVersion"], 1)
        return first.data

    def test_a_module_that_is_missing(self):
        data = self.import_failure("import os\nimport no_such_module\n")
        self.assertEqual((data["exitCode"], data["place"]), (65, f"{self.path('adapter.py')}:2"))
        self.assertEqual(data["why"], "ModuleNotFoundError: No module named 'no_such_module'")
        self.assertIn("no_such_module", data["remedy"])

    def test_what_is_no_python(self):
        data = self.import_failure("import os\n\ndef f(:\n")
        self.assertEqual(data["place"], f"{self.path('adapter.py')}:3")
        self.assertTrue(data["why"].startswith("SyntaxError"))
        self.assertIn("can't import", self.import_failure("\0\x01", "b.py")["what"])

    def test_an_error_deep_below_names_the_users_line(self):
        self.write("part.py", "def f():\n    raise OSError('x')\n")
        data = self.import_failure("import part\npart.f()\n")
        self.assertEqual(data["place"], f"{self.path('adapter.py')}:2")

    def test_an_exit(self):
        self.assertIn("SystemExit", self.import_failure("import sys\nsys.exit(1)\n")["why"])

    def test_no_classes(self):
        self.assertIn("no class in it derives", self.import_failure("x = 1\n")["why"])

    def test_a_file_that_is_missing(self):
        client = self.client(self.path("nowhere.py"))
        self.assertEqual(self.failure(client, "describe", {}).data["exitCode"], 66)

    def test_two_adapters(self):
        two = BRIGHTNESS + """
    class Second(Brightness):
        pass

    class Third(Brightness):
        pass
"""
        data = self.import_failure(two)
        self.assertIn("2 adapters: Second, Third", data["why"])
        self.assertIn("adapter.py:Second", data["remedy"])
        for name in ("Second", "Brightness"):
            client = self.client(self.path("adapter.py") + f":{name}")
            self.assertEqual(client.call("describe")["adapter"]["name"], name)
        client = self.client(self.path("adapter.py") + ":Fourth")
        self.assertIn("its classes are: Brightness, Second, Third", self.failure(client, "describe", {}).data["why"])

    def test_names_of_files(self):
        self.write("helper.py", "LEVEL = 5\n")
        for name in ("json.py", "my-adapter.py", "class.py", "ünïcode file.py", "galley.py", "noending", "a:b.py"):
            with self.subTest(name):
                content = BRIGHTNESS.replace("import galley", "import galley, helper, pickle", 1)
                client = self.worker(content, name)
                self.assertEqual(client.call("describe")["adapter"]["name"], "Brightness")

    def test_classes_can_be_pickled(self):
        client = self.loaded("""
            import pickle
            import galley

            class Model:
                pass

            class Pickling(galley.ModelAdapter):
                def load(self, folder):
                    self.model = pickle.loads(pickle.dumps(Model()))

                def predict(self, batch):
                    return [type(self.model).__name__]
        """, name="pickling.py")
        self.assertEqual(labels(client.call("adapter.predict", self.batch(1))), ["Model"])


if __name__ == "__main__":
    unittest.main()

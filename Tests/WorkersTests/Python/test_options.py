# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Options and cards: kinds, values, names, versions."""

import unittest

from support import WorkerTest


class Options(WorkerTest):
    def test_kinds(self):
        import pathlib

        from galley import Option

        def kind(*arguments, **named):
            return Option(*arguments, **named).declaration("x")["kind"]

        self.assertEqual(kind(True), {"bool": {}})
        self.assertEqual(kind(1)["int"]["minimum"], -9007199254740991)
        self.assertEqual(kind(1.5, minimum=0, maximum=2), {"float": {"minimum": 0.0, "maximum": 2.0}})
        self.assertEqual(kind("x"), {"string": {}})
        self.assertEqual(kind(pathlib.Path("a")), {"path": {}})
        self.assertEqual(kind(["a"]), {"list": {"_0": {"string": {}}}})
        self.assertEqual(kind(kind=[float])["list"]["_0"]["float"]["maximum"], 1.7976931348623157e308)
        self.assertEqual(kind(None, kind=int, minimum=1, maximum=2), {
            "optional": {"_0": {"int": {"minimum": 1, "maximum": 2}}, "word": "none"}})
        self.assertEqual(kind("a", choices={"a": "first", "b": ""}), {"choice": {"_0": [
            {"value": "a", "artifacts": [], "help": "first"}, {"value": "b", "artifacts": []}]}})
        self.assertNotIn("default", Option(kind=int).declaration("x"))
        with self.assertRaises(TypeError):
            kind(kind=dict)

    def test_paths_are_paths_that_start_at_the_folder(self):
        from pathlib import Path

        from galley import Option
        from galley.options import resolved

        class Reading:
            options = {
                "file": Option(kind=Path), "files": Option(["a"], kind=[Path]), "none": Option(None, kind=Path),
                "default": Option(Path("d")), "text": Option("t"), "texts": ["a/b"]}

            def __init__(self, parts: list[Path] = ()):
                pass

        given = {"file": "b/c", "files": ["d", "/e", "http://f/g"], "parts": ["x"], "none": None, "texts": ["a/b"]}
        self.assertEqual(resolved(Reading, given, "/data"), {
            "file": Path("/data/b/c"), "files": [Path("/data/d"), Path("/e"), "http://f/g"], "none": None,
            "default": Path("/data/d"), "text": "t", "texts": ["a/b"], "parts": [Path("/data/x")]})
        found = resolved(Reading, {"file": "b"})
        self.assertEqual((found["file"], found["files"]), (Path("b"), [Path("a")]))
        self.assertEqual(Option([Path("a")]).declaration("x")["default"], ["a"])

    def test_versions(self):
        from galley.cards import version

        for text, expected in (("1.2.3", "1.2.3"), ("1.0.0rc1", "1.0.0"), ("2.1b3.4", "2.1.0"), ("v2", "2.0.0"),
                               ("1.\u00b2.3", "1.0.0"), ("\u0663.1", "0.0.0"), (None, "1.0.0"), (1.5, "1.5.0"), ("x", "0.0.0"),
                               ("1.2.3.4", "1.2.3"), ("1.2.3+local", "1.2.3"), ("1..2", "1.0.2"), ("07.1", "7.1.0")):
            self.assertEqual(version(text), expected, text)

    def test_names(self):
        from galley.options import camel, kebab

        self.assertEqual([camel(one) for one in ("batch_size", "x", "_a__b")], ["batchSize", "x", "aB"])
        self.assertEqual(
            [kebab(one) for one in ("MyDigits", "ONNXRuntime", "A", "Net2D")], ["my-digits", "onnx-runtime", "a", "net2-d"])


if __name__ == "__main__":
    unittest.main()

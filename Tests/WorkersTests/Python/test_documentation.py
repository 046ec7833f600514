# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The programs of the documentation, taken out and run."""

import json
import os
import re
import subprocess
import sys
import unittest

from support import NUMPY_IS_NEEDED, WorkerTest, images, items, labels
from worker_client import REPOSITORY


def programs(name):
    """The programs in Python of a document."""
    with open(os.path.join(REPOSITORY, "Documentation", name), encoding="utf-8") as file:
        return re.findall(r"```python\n(.*?)```", file.read(), re.S)


class Documentation(WorkerTest):
    @NUMPY_IS_NEEDED
    def test_the_adapter(self):
        from galley.image import encode_png

        for number in range(10):
            self.write(f"data/train/json/{number}.json", json.dumps({
                "filename": f"/{number}.png",
                "annotations": [{"type": "class", "label": "light" if number > 3 else "dark", "metadata": {}}]}))
            with open(self.write(f"data/train/items/{number}.png", ""), "wb") as file:
                file.write(encode_png(bytes([number * 25]) * 48, 4, 4, 3))
        os.mkdir(self.path("empty"))
        client = self.worker(programs("adapters.md")[0], "brightness.py")
        client.call("adapter.load", {"folder": self.path("empty"), "model": {}})
        client.call("adapter.train", {"data": self.path("data"), "output": self.path("out")})
        self.assertEqual(
            client.call("adapter.save", {"folder": self.path("out")}), {"labels": ["light", "dark"]})
        client.call("adapter.load", {"folder": self.path("out"), "model": {}})
        found, descriptor = images([70, 110, 200])
        self.addCleanup(os.close, descriptor)
        answer = client.call("adapter.predict", {"items": items(3), "batch": found})
        self.assertEqual(labels(answer), ["dark", "light", "light"])

    def test_the_adapter_without_the_package(self):
        found = programs("worker-protocol.md")
        program = next(one for one in found if "adapter.predict" in one)
        send = re.search(r"def send.*?\n\n", found[1], re.S).group(0)
        block, descriptor = images([200, 3])
        self.addCleanup(os.close, descriptor)
        requests = [
            ("initialize", {"protocolVersion": 1}), ("describe", {}), ("adapter.load", {"folder": "/", "model": {}}),
            ("adapter.predict", {"items": items(2), "batch": block}), ("shutdown", {})]
        lines = [
            json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters})
            for id, (method, parameters) in enumerate(requests)]
        ended = subprocess.run(
            [sys.executable, "-c", "import json\n" + send + program], input="\n".join(lines) + "\n", text=True,
            capture_output=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        answers = [json.loads(line)["result"] for line in ended.stdout.splitlines()]
        self.assertEqual(answers[1]["adapter"]["functions"], ["load", "predict"])
        self.assertEqual(labels(answers[3]), ["light", "dark"])


if __name__ == "__main__":
    unittest.main()

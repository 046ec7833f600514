# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The hosts of a soak: those in Python do one thing after the other and compare what comes; the program `galley` measures
as people do."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import time

import device
import models
import target_protocol as protocol
from agent import TOKEN


class Disturbed(Exception):
    """The connection was cut, or the agent ends."""


class SoakingHost:
    """What it does is drawn; a wrong result is an `AssertionError`."""

    OPERATIONS = {
        "measured": 8, "transferred": 3, "cancelled": 2, "abandoned": 4, "crashed": 1, "misbehaved": 2, "refused": 1,
        "watched": 1,
    }

    def __init__(self, name, address, is_cut_on_purpose, dice):
        self.name, self.address, self.is_cut_on_purpose, self.dice = name, address, is_cut_on_purpose, dice
        self.count = 0

    def draw(self):
        return self.dice.choices(list(self.OPERATIONS), list(self.OPERATIONS.values()))[0]

    def do(self, operation):
        self.count += 1
        client = None
        try:
            client = device.connect(self.address)
            getattr(self, operation)(client)
        except TimeoutError:
            raise
        except (protocol.Cut, OSError) as error:
            raise Disturbed(f"{error}") from None
        except protocol.Closed as error:
            if error.code != 6:
                raise
            raise Disturbed(f"{error}") from None
        except protocol.Failure as failure:
            if failure.code != "busy":
                raise
            raise Disturbed(f"{failure}") from None
        finally:
            if client:
                client.connection.close()

    def know(self, client):
        if self.address.startswith("/"):
            client.by("local")
        else:
            client.by_token(bytes.fromhex(TOKEN))

    def prepare(self, client, model, rows):
        """A loaded model: its process."""
        samples = device.samples_of(rows)
        client.upload(model)
        client.upload(samples)
        client.request("turn.acquire")
        worker, count, _ = device.load(client, model, samples)
        assert count == len(rows), f"{count} samples of {len(rows)}"
        return worker

    def rows(self):
        return [[float(self.dice.randint(-1000, 1000)) for _ in range(4)] for _ in range(self.dice.randint(1, 4))]

    def model(self):
        """A model of its own, now and then a long one."""
        factor = self.dice.randint(2, 97)
        length = self.dice.choice([0, 0, 1000, 200_000, 1_500_000])
        words = f"{self.name} {self.count} {self.dice.randbytes(length // 2).hex()}"
        return factor, models.scale(float(factor), words=words)

    # Operations

    def measured(self, client):
        self.know(client)
        self.measure(client)
        client.close()

    def measure(self, client):
        (factor, model), rows = self.model(), self.rows()
        worker = self.prepare(client, model, rows)
        assert client.request("measure.firstInference", worker=worker)["seconds"] > 0
        client.request("measure.warmUp", {"maximumSeconds": 0.02}, worker)
        inferences = self.dice.randint(1, 2000)
        block = device.durations(client.request("measure.block", {"inferences": inferences}, worker)["durations"])
        assert len(block) == inferences and min(block) > 0, f"{len(block)} durations of {inferences}"
        for row in self.rows():
            nanoseconds, shape, values = device.run(client, worker, row)
            expected = [factor * value for value in row]
            assert values == expected and shape == [1, 4] and nanoseconds > 0, f"{values} isn't {expected}"
        ids, written = device.outputs(client, worker)
        found = device.numbers(written)
        expected = {f"{number}/y": [factor * value for value in row] for number, row in enumerate(rows)}
        assert found == expected and len(ids) == len(rows), f"{found} isn't {expected}"
        client.request("worker.stop", worker=worker)
        client.request("turn.release")

    def transferred(self, client):
        self.know(client)
        content = self.dice.randbytes(self.dice.randint(0, 5_000_000))
        client.upload(content)
        assert client.upload(content) == 0, "a blob that is there was wanted again"
        back = client.download(hashlib.sha256(content).digest(), self.dice.choice([1000, 65_536, 1 << 20]))
        assert back == content, "another blob came back"
        client.close()

    def cancelled(self, client):
        self.know(client)
        never = self.dice.random() < 0.3
        worker = self.prepare(client, models.endless() if never else self.model()[1], self.rows())
        if never:
            stream = client.open("run", struct.pack("<I", worker) + protocol.encode_tensors(
                [("float32", [1, 4], bytes(16))]))
        else:
            stream = client.ask("measure.block", {"inferences": 3_000_000}, worker)
        time.sleep(self.dice.uniform(0, 0.2))
        code = client.cancel(stream)
        assert code in ("cancelled", "deadline", "worker-ended") or not never and code is None, f"it ended with {code}"
        # The session goes on with another process.
        self.measure(client)
        client.close()

    def abandoned(self, client):
        """Goes away without a word, somewhere."""
        depth = self.dice.randrange(7)
        if depth == 0:
            return
        self.know(client)
        if depth == 1:
            content = self.dice.randbytes(2_000_000)
            stream = client.open("offer", hashlib.sha256(content).digest() + struct.pack("<Q", len(content)))
            _, credit = struct.unpack("<QI", client.next("want", stream=stream))
            for place in range(0, min(credit, self.dice.randrange(1_900_000)), 1 << 16):
                client.write(protocol.frame("data", stream, content[place : place + (1 << 16)], end=False))
        if depth == 2:
            client.ask("turn.acquire")
        if depth == 3:
            client.request("turn.acquire")
            client.ask("worker.start", {"runtime": "onnxruntime"})
            time.sleep(self.dice.uniform(0, 0.3))
        if depth > 3:
            model = models.endless() if depth == 4 else self.model()[1]
            worker = self.prepare(client, model, self.rows())
            if depth == 4:
                client.ask("measure.warmUp", {"maximumSeconds": 60}, worker)
            elif depth == 5:
                client.ask("measure.block", {"inferences": 1_000_000}, worker)
            else:
                client.ask("predict.outputs", {"path": "blob:"}, worker)
            time.sleep(self.dice.uniform(0, 0.1))

    def crashed(self, client):
        self.know(client)
        worker = self.prepare(client, models.quotient(models.LEAST), [[-1.0] * 4])
        try:
            client.request("measure.firstInference", worker=worker)
            raise AssertionError("a division that a processor traps has a result")
        except protocol.Closed:
            raise
        except protocol.Failure as failure:
            assert failure.code == "worker-ended", f"a crash is {failure}"
        self.measure(client)
        client.close()

    def misbehaved(self, client):
        self.know(client)
        client.write(bytes([self.dice.randrange(0x40, 256)]) + self.dice.randbytes(self.dice.randint(11, 300)))
        try:
            client.next("pong")
            raise AssertionError("bytes that nobody would send were taken")
        except protocol.Closed as closed:
            assert closed.code == 1 or closed.code == 6, f"it ended with {closed}"

    def refused(self, client):
        client.write(protocol.message("prove", 0, bytes([2]) + self.dice.randbytes(32)))
        try:
            client.next("welcome")
            raise AssertionError("a wrong proof was taken")
        except protocol.Closed as closed:
            assert closed.code == 3 or closed.code == 6, f"it ended with {closed}"

    def watched(self, client):
        self.know(client)
        report = device.statistics(client)
        assert report["workers"] == [] and report["agent"]["sessions"] >= 1, f"{report}"
        stream = client.ask("log.watch", {"level": "debug"})
        content = self.dice.randbytes(1000)
        other = client.open("offer", hashlib.sha256(content).digest() + struct.pack("<Q", len(content)))
        self.send_beside(client, other, content, stream)
        assert client.cancel(stream) in ("cancelled",), "the log ended otherwise"
        client.close()

    def send_beside(self, client, stream, content, log):
        """Sends a blob while lines of the log come; each is about this session or the agent."""
        lines, done = [], False
        while not done:
            name, of, payload, _ = client.arrive()
            if name == "want":
                client.write(protocol.frame("data", stream, content))
            elif name == "event" and of == log:
                lines.append(json.loads(payload)["message"])
            done = name == "have" and of == stream
        digest = hashlib.sha256(content).hexdigest()
        assert all(digest in line for line in lines if "a blob is here" in line), f"another's lines: {lines}"


class Program:
    """`galley` itself, with a target of its own."""

    def __init__(self, name, build, folder, port, is_cut_on_purpose):
        self.name, self.is_cut_on_purpose = name, is_cut_on_purpose
        self.galley, self.dice = f"{build}/galley", random.Random(name)
        self.home = pathlib.Path(folder, name.replace(" ", "-"))
        self.home.mkdir()
        self.count = 0
        self.call("target", "add", "soak", f"127.0.0.1:{port}", "--token-file", f"{folder}/tokens")

    def draw(self):
        return self.dice.choices(["benched", "checked"], [3, 1])[0]

    def do(self, operation):
        getattr(self, operation)()

    def call(self, *arguments):
        done = subprocess.run(
            [self.galley, *arguments], env=os.environ | {"GALLEY_HOME": f"{self.home}/home"}, cwd=self.home,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
        if done.returncode in (69, 75):
            raise Disturbed(f"{done.stderr[-500:]}")
        return done

    def benched(self):
        self.count += 1
        path = self.home / "model.onnx"
        path.write_bytes(models.scale(2.0, words=f"{self.name} {self.count}"))
        done = self.call(
            "bench", str(path), "--target", "soak", "--runtimes", "onnxruntime", "--precisions", "original",
            "--processes", "1", "--blocks", "2", "--block-milliseconds", "2", "--throughput-seconds", "0",
            "--samples", "2", "-o", str(self.home / "out"))
        assert done.returncode == 0, f"{done.returncode}: {done.stdout[-300:]} {done.stderr[-500:]}"
        shutil.rmtree(self.home / "out", ignore_errors=True)

    def checked(self):
        done = self.call("target", "check", "soak", "--json")
        assert done.returncode in (0, 1), f"{done.returncode}: {done.stderr[-500:]}"
        found = json.loads(done.stdout)
        assert found["capabilities"]["runtimes"].get("onnxruntime"), f"{found}"

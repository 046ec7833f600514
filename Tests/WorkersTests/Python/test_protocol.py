# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The protocol, whatever the file is: beginning, bad input, cancelling, end."""

import os
import signal
import subprocess
import sys
import time
import unittest

from support import PACKAGE, WorkerTest
from worker_client import PATIENCE, WorkerEnded, WorkerError

SIMPLE = """
    import galley

    class Simple(galley.ModelAdapter):
        def load(self, folder):
            pass

        def predict(self, batch):
            return [None for _ in batch]
"""


class Beginning(WorkerTest):
    def test_initialize_is_answered_while_the_file_is_not_imported(self):
        # It is imported when the answer is there.
        client = self.worker(f"""
            import os
            import time
            import galley

            while not os.path.exists({self.path("answered")!r}):
                time.sleep(0.01)

            class Late(galley.Dataset):
                pass
        """)
        imported = client.start("describe")
        description = client.call("initialize", {"protocolVersion": 1})
        self.assertNotIn(imported, client.answers)
        self.write("answered", "")
        self.assertEqual(client.wait(imported)["methods"], ["dataset.describe", "dataset.items"])
        self.assertEqual((description["protocolVersion"], description["name"]), (1, "adapter"))
        self.assertIn("adapter.predict", description["methods"])

    def test_initialize_loads_no_numpy(self):
        client = self.worker(SIMPLE, environment={"PYTHONVERBOSE": "1"})
        client.call("initialize", {"protocolVersion": 1})
        client.call("shutdown")
        client.close()
        self.assertIn(b"import 'galley.serving'", client.errors)
        self.assertNotIn(b"import 'numpy'", client.errors)

    def test_another_version_is_an_error_for_people(self):
        client = self.worker(SIMPLE)
        with self.assertRaises(WorkerError) as caught:
            client.call("initialize", {"protocolVersion": 2})
        self.assertEqual((caught.exception.code, caught.exception.data["exitCode"]), (-32000, 69))
        for parameters in ({}, {"protocolVersion": "1"}, {"protocolVersion": True}):
            with self.assertRaises(WorkerError) as caught:
                client.call("initialize", parameters)
            self.assertEqual(caught.exception.code, -32602)

    def test_describe_names_only_methods_that_the_file_has(self):
        description = self.worker(SIMPLE).call("describe")
        self.assertTrue(all(name.startswith("adapter.") for name in description["methods"]))
        self.assertEqual(description["details"]["executable"], sys.executable)

    def test_a_description_that_fails_on_the_reading_thread_is_an_error_and_the_worker_goes_on(self):
        # Once the file is imported, `describe` is answered by the thread that reads.
        for failure in ("RuntimeError('no size')", "SystemExit('no size')", "KeyError('no size')"):
            client = self.loaded(SIMPLE.replace("(galley.ModelAdapter)", "(galley.ModelAdapter, metaclass=Kind)").replace(
                "    class Simple", f"""    class Kind(type):
        @property
        def batch_size(cls):
            raise {failure}

    class Simple"""))
            for _ in range(2):
                with self.assertRaises(WorkerError) as caught:
                    client.call("describe")
                self.assertIn("no size", caught.exception.data["why"])
                self.assertEqual(caught.exception.data["what"], f"can't describe the adapter of {self.path('adapter.py')}")
            self.assertEqual(client.call("adapter.predict", {"items": []}), {"predictions": []})
            client.close()


class BadInput(WorkerTest):
    def error(self, client, line):
        before = list(client.answers)
        client.write(line + b"\n")
        deadline = time.monotonic() + PATIENCE
        while not [key for key in client.answers if key not in before]:
            client.receive(deadline)
        key = next(key for key in client.answers if key not in before)
        return key, client.answers.pop(key)["error"]["code"]

    def test_lines_that_are_no_requests(self):
        client = self.worker(SIMPLE)
        cases = [
            (b"hello", (None, -32700)), (b"\xff\xfe", (None, -32700)), (b'{"a":NaN}', (None, -32700)),
            (b"[" * 100000, (None, -32700)), (b"[]", (None, -32600)), (b"7", (None, -32600)), (b"{}", (None, -32600)),
            (b'{"jsonrpc":"1.0","id":5,"method":"describe"}', (5, -32600)),
            (b'{"jsonrpc":"2.0","id":5,"method":7}', (5, -32600)),
            (b'{"jsonrpc":"2.0","id":5,"method":"describe","params":7}', (5, -32600)),
            (b'{"jsonrpc":"2.0","id":{},"method":"describe"}', (None, -32600)),
            (b'{"jsonrpc":"2.0","id":5,"method":"fly"}', (5, -32601)),
            (b'{"jsonrpc":"2.0","id":"x","method":"adapter.load","params":[]}', ("x", -32602)),
            (b'{"jsonrpc":"2.0","id":5,"method":"adapter.load","params":{"folder":3}}', (5, -32602)),
            (b'{"jsonrpc":"2.0","id":5,"method":"adapter.load"}', (5, -32602)),
        ]
        for line, expected in cases:
            with self.subTest(line[:60]):
                self.assertEqual(self.error(client, line), expected)
        client.write(b"\n\r\n")
        client.write(b'{"jsonrpc":"2.0","id":9,"result":{}}\n')
        client.write(b'{"jsonrpc":"2.0","method":"unknown"}\n{"jsonrpc":"2.0","method":"cancel","params":[]}\n')
        client.write(b'{"jsonrpc":"2.0","id":77,"method":"describe","params":{}}\r\n')
        self.assertEqual(client.wait(77)["protocolVersion"], 1)

    def test_a_message_that_is_too_long_is_refused_and_the_next_is_read(self):
        client = self.worker(SIMPLE)
        for _ in range(65):
            client.write(b"x" * (1 << 20))
        client.write(b"\n")
        self.assertEqual(client.await_answer(None)["error"]["code"], -32600)
        self.assertEqual(client.call("describe")["protocolVersion"], 1)

    def test_an_answer_that_is_too_long_is_an_error(self):
        client = self.loaded("""
            import galley

            class Long(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    return ["x" * (65 << 20)]
        """)
        self.write("a.txt", "")
        with self.assertRaises(WorkerError) as caught:
            client.call("adapter.predict", {"items": [{"id": "1", "path": "/a"}], "batch": self.one()})
        self.assertEqual(caught.exception.code, -32603)
        self.assertIn("67108864", caught.exception.data["why"])

    def one(self):
        from support import images

        found, self.descriptor = images([1])
        self.addCleanup(os.close, self.descriptor)
        return found

    def test_an_id_in_use_is_refused(self):
        client = self.worker(f"""
            import os
            import time
            import galley

            while not os.path.exists({self.path("refused")!r}):
                time.sleep(0.01)

            class A(galley.Dataset):
                pass
        """)
        client.send("describe", id=5)
        client.send("describe", id=5)
        self.assertEqual(client.await_answer(5)["error"]["code"], -32600)
        self.write("refused", "")
        self.assertEqual(client.await_answer(5)["result"]["protocolVersion"], 1)


SLOW = """
    import time
    import galley

    class Slow(galley.ModelAdapter):
        def load(self, folder):
            pass

        def predict(self, batch):
            return [None for _ in batch]

        def train(self, data, output):
            way = self.configuration["way"]
            for step in range(10000):
                if way == "callback":
                    self.epoch(step, 10000)
                    time.sleep(0.01)
                elif way == "sleep":
                    self.progress(step)
                    time.sleep(100)
                elif way == "loop":
                    self.progress(step)
                    while True:
                        pass
                elif way == "stubborn":
                    self.progress(step)
                    try:
                        while True:
                            pass
                    except galley.Cancelled:
                        pass
                elif way == "long":
                    self.progress(step, message="x" * (8 << 20))
                elif way == "except":
                    try:
                        self.epoch(step, 10000)
                        time.sleep(0.01)
                    except Exception:
                        pass
"""


class Cancelling(WorkerTest):
    def cancelled(self, way):
        client = self.loaded(SLOW, {"configuration": {"way": way}})
        id = client.start("adapter.train", {"data": self.folder, "output": self.path("out")})
        client.await_notification("progress")
        self.assertEqual(client.call("describe")["name"], "adapter")
        client.send("cancel", {"id": id})
        if way == "long":
            # The worker stands in the midst of a line when it is interrupted.
            time.sleep(1.5)
        with self.assertRaises(WorkerError) as caught:
            client.wait(id)
        self.assertEqual(caught.exception.code, -32800)
        self.assertEqual(client.call("adapter.predict", {"items": []}), {"predictions": []})

    def test_a_training_stops_at_its_next_callback(self):
        self.cancelled("callback")

    def test_code_that_sleeps_is_interrupted(self):
        self.cancelled("sleep")

    def test_code_without_callbacks_is_interrupted(self):
        self.cancelled("loop")

    def test_code_that_catches_the_interruption_is_asked_again(self):
        self.cancelled("stubborn")

    def test_a_line_that_is_being_written_is_written_whole(self):
        self.cancelled("long")

    def test_code_that_catches_exceptions_is_cancelled(self):
        self.cancelled("except")

    def test_a_request_that_waits_is_not_begun(self):
        client = self.loaded(SLOW, {"configuration": {"way": "callback"}})
        running = client.start("adapter.train", {"data": self.folder, "output": self.path("out")})
        waiting = client.start("adapter.predict", {"items": []})
        client.send("cancel", {"id": waiting})
        client.send("cancel", {"id": 4711})
        client.send("cancel", {"id": running})
        for id in (running, waiting):
            with self.assertRaises(WorkerError) as caught:
                client.wait(id)
            self.assertEqual(caught.exception.code, -32800)


class End(WorkerTest):
    def patient(self, more=""):
        """Options for a worker that gives its running request minutes to stop."""
        self.write("patient/sitecustomize.py", "import galley.serving\ngalley.serving.STOP_SECONDS = 120\n" + more)
        return {"path": PACKAGE + os.pathsep + self.path("patient")}

    def test_shutdown_is_answered_and_the_process_ends(self):
        client = self.worker(SIMPLE)
        self.assertEqual(client.call("shutdown"), {})
        self.assertEqual(client.process.wait(PATIENCE), 0)

    def shut_down(self, **options):
        """Shuts a worker down that trains, and looks for the end of the training."""
        client = self.loaded(SLOW, {"configuration": {"way": "sleep"}}, **options)
        id = client.start("adapter.train", {"data": self.folder, "output": self.path("out")})
        client.await_notification("progress")
        self.assertEqual(client.call("shutdown"), {})
        with self.assertRaises(WorkerError) as caught:
            client.wait(id)
        self.assertEqual(caught.exception.code, -32800)
        self.assertEqual(client.process.wait(PATIENCE), 0)

    def test_shutdown_cancels_what_runs(self):
        self.shut_down(**self.patient())

    def test_the_last_answer_is_written_before_the_end(self):
        # Between the end of a request and its answer, as if others had the processor.
        self.shut_down(**self.patient("""
import time

send = galley.serving.Server._send

def late(self, message):
    if "error" in message:
        time.sleep(1)
    send(self, message)

galley.serving.Server._send = late
"""))

    def test_the_end_of_the_input_ends_an_idle_worker(self):
        client = self.worker(SIMPLE)
        client.call("describe")
        self.assertEqual(client.close(), 0)

    def test_the_end_of_the_input_ends_a_worker_that_cannot_be_interrupted(self):
        client = self.loaded("""
            import signal
            import galley

            class Deaf(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    return []

                def train(self, data, output):
                    self.progress(1)
                    while True:
                        try:
                            while True:
                                pass
                        except BaseException:
                            pass
        """)
        client.start("adapter.train", {"data": self.folder, "output": self.path("out")})
        client.await_notification("progress")
        self.assertEqual(client.close(), 75)

    def test_a_worker_dies_with_its_parent(self):
        file = self.write("adapter.py", SIMPLE)
        program = f"""
import os, subprocess, sys
environment = dict(os.environ, PYTHONPATH={PACKAGE!r}, GALLEY_WORKER_PARENT=str(os.getpid()))
reading, writing = os.pipe()
child = subprocess.Popen([sys.executable, "-m", "galley.worker", {file!r}], stdin=reading, stdout=subprocess.PIPE,
                         env=environment, start_new_session=True, pass_fds=[writing])
os.write(writing, b'{{"jsonrpc":"2.0","id":1,"method":"describe"}}\\n')
child.stdout.readline()
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""
        # The child holds the pipe's other end itself, so its input doesn't end: only the kernel can end it.
        parent = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(parent.returncode, -signal.SIGKILL)
        worker = int(parent.stdout)
        deadline = time.monotonic() + PATIENCE
        while self.is_running(worker) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(self.is_running(worker))

    @staticmethod
    def is_running(process):
        try:
            with open(f"/proc/{process}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def test_a_worker_that_dies_tells_what_it_said(self):
        client = self.loaded("""
            import os
            import galley

            class Dying(galley.ModelAdapter):
                def load(self, folder):
                    pass

                def predict(self, batch):
                    print("last words")
                    os.kill(os.getpid(), 11)
        """)
        with self.assertRaises(WorkerEnded) as caught:
            client.call("adapter.predict", {"items": [], "batch": None})
            from support import images

            found, descriptor = images([1])
            client.call("adapter.predict", {"items": [{"id": "1"}], "batch": found})
        self.assertIn("exit code -11", str(caught.exception))
        self.assertIn("last words", str(caught.exception))

    def test_usage(self):
        ended = subprocess.run(
            [sys.executable, "-m", "galley.worker"], env=dict(os.environ, PYTHONPATH=PACKAGE), capture_output=True)
        self.assertEqual(ended.returncode, 64)


if __name__ == "__main__":
    unittest.main()

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""What several threads, signals and finalizers do at once."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import unittest

from support import MODEL, NUMPY_IS_NEEDED, PACKAGE, WorkerTest, items, labels
from worker_client import PATIENCE

# The worker's threads take turns after every few instructions.
BUSY = {"GALLEY_SWITCH_INTERVAL": "1e-6"}


def program(text, *arguments):
    """The lines of JSON that a program in a process of its own prints: signals go to main threads."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *arguments], env={**os.environ, "PYTHONPATH": PACKAGE},
        capture_output=True, text=True, timeout=PATIENCE)
    if ended.returncode != 0:
        raise AssertionError(ended.stderr)
    return [json.loads(line) for line in ended.stdout.splitlines()]


class Interrupted(unittest.TestCase):
    # A pipe of one page: the main thread stands in the midst of a line while it is interrupted.
    WRITING = """
        import fcntl, os, signal, struct, sys, termios, threading, time
        from galley.serving import Request, Server

        def long(parameters, request):
            request.progress("x" * 100000, 1)
            while True:
                time.sleep(0.01)

        # Whoever started the tests may have had the keyboard's signal ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        reading, writing = os.pipe()
        size = fcntl.fcntl(writing, 1031, 4096)
        server = Server({}, None, lambda: False, {"long": long})
        server._sink = writing
        server._interruption.install()
        request = Request(1, "long", {}, server)
        server._open[1] = request

        def read():
            waiting = 0
            while waiting < size:
                waiting = struct.unpack("i", fcntl.ioctl(reading, termios.FIONREAD, b"    "))[0]
            if sys.argv[1] == "signal":
                request.cancelled = True
            for _ in range(20):
                time.sleep(0.01)
                if sys.argv[1] == "signal":
                    server._signal(request)
                else:
                    os.kill(os.getpid(), signal.SIGINT)
            while True:
                data = os.read(reading, 1 << 16)
                if not data:
                    break
                os.write(1, data)

        thread = threading.Thread(target=read)
        thread.start()
        server._run(request)
        os.close(writing)
        thread.join()
    """

    def test_a_line_is_whole_whatever_interrupts_it(self):
        told, answer = program(self.WRITING, "signal")
        self.assertEqual((told["method"], len(told["params"]["stage"])), ("progress", 100000))
        self.assertEqual(answer["error"]["code"], -32800)

    def test_a_line_is_whole_if_somebody_presses_control_c(self):
        told, answer = program(self.WRITING, "keyboard")
        self.assertEqual((told["method"], len(told["params"]["stage"])), ("progress", 100000))
        self.assertIn("KeyboardInterrupt", answer["error"]["message"])

    def test_a_finalizer_that_logs_while_a_line_is_written(self):
        found = program("""
            import os
            from galley.serving import Server

            class Telling(Server):
                is_first = True

                def _write_whole(self, line):
                    if self.is_first:
                        self.is_first = False
                        self.notify("log", {"message": "from a finalizer"})
                    super()._write_whole(line)

            server = Telling({}, None, lambda: False, {})
            server._sink = 1
            server.notify("log", {"message": "one"})
            server.notify("log", {"message": "two"})
        """)
        self.assertEqual([one["params"]["message"] for one in found], ["one", "from a finalizer", "two"])


class Events(unittest.TestCase):
    def test_events_of_several_threads_come_once_and_before_the_answer(self):
        found = program("""
            import sys, threading
            from galley.serving import Request, Server

            sys.setswitchinterval(1e-6)
            threads = []

            def handler(parameters, request):
                def tell(number):
                    for index in range(2000):
                        request.event({"event": "item", "id": number * 2000 + index})
                threads.extend(threading.Thread(target=tell, args=[number]) for number in range(6))
                for thread in threads:
                    thread.start()
                # Two are still at work when the answer comes: nobody listens to them then.
                for thread in threads[:4]:
                    thread.join()

            server = Server({}, None, lambda: False, {"run": handler})
            server._sink = 1
            server._run(Request(1, "run", {}, server))
        """)
        self.assertEqual([one.get("id") for one in found], [None] * (len(found) - 1) + [1])
        told = [event["id"] for one in found[:-1] for event in one["params"]["events"]]
        self.assertEqual(len(told), len(set(told)))
        self.assertLessEqual(set(range(8000)), set(told))
        self.assertLessEqual(max(len(one["params"]["events"]) for one in found[:-1]), 512)


@unittest.skipIf(not hasattr(os, "memfd_create"), "for Linux")
class EventPace(unittest.TestCase):
    def setUp(self):
        from galley import serving

        self.sent, self.now, self.timers = [], 100.0, []
        test = self

        class Clock:
            monotonic = staticmethod(lambda: test.now)

        class Timer:
            def __init__(self, seconds, function):
                self.seconds, self.function = seconds, function

            def start(self):
                test.timers.append(self)

        class Threads:
            Timer = None

        Threads.Timer = Timer
        self.kept = serving.time, serving.threading
        self.addCleanup(lambda: setattr(serving, "time", self.kept[0]))
        self.addCleanup(lambda: setattr(serving, "threading", self.kept[1]))
        server = serving.Server({}, None, lambda: False, {})
        server.notify = lambda method, parameters: self.sent.append([one["id"] for one in parameters["events"]])
        self.request = serving.Request(1, "run", {}, server)
        serving.time, serving.threading = Clock, Threads

    def item(self, id):
        self.request.event({"event": "item", "id": id})

    def test_the_first_is_sent_at_once_and_others_wait_a_tenth_of_a_second(self):
        self.item(0)
        self.assertEqual(self.sent, [[0]])
        self.now += 0.04
        self.item(1)
        self.item(2)
        self.assertEqual(self.sent, [[0]])
        self.assertEqual([round(one.seconds, 3) for one in self.timers], [0.06])
        self.now += 0.06
        # The next event would be long in coming.
        self.timers[0].function()
        self.assertEqual(self.sent, [[0], [1, 2]])
        self.now += 5
        self.item(3)
        self.assertEqual(self.sent, [[0], [1, 2], [3]])
        self.timers[0].function()
        self.assertEqual(len(self.sent), 3)

    def test_at_most_512_come_together_and_other_events_wait_for_nothing(self):
        for id in range(1 + 512 + 3):
            self.item(id)
        self.request.event({"event": "warning", "id": "w"})
        self.assertEqual([len(one) for one in self.sent], [1, 512, 4])
        self.assertEqual(self.sent[2][-1], "w")
        self.assertEqual(len(self.timers), 2)


class Scratch(unittest.TestCase):
    def test_threads_that_ask_at_once_get_folders_of_one_root(self):
        from galley import scratch

        made, entered, first = [], threading.Semaphore(0), scratch.tempfile.mkdtemp

        def slow(**named):
            made.append(first(**named))
            # Until another thread is here as well, if it can be.
            entered.release()
            if len(made) == 1:
                entered.acquire()
                entered.acquire(timeout=0.5)
            return made[-1]

        scratch.tempfile.mkdtemp = slow
        self.addCleanup(setattr, scratch.tempfile, "mkdtemp", first)
        folders, found = scratch.Scratch(), []
        self.addCleanup(folders.close)
        threads = [threading.Thread(target=lambda: found.append(folders.place()())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(made), 1)
        self.assertEqual({os.path.dirname(os.path.dirname(one)) for one in found}, set(made))
        self.assertEqual(len(set(found)), 8)

    def test_a_thread_of_a_former_batch_leaves_nothing_behind(self):
        from galley.scratch import Scratch

        folders = Scratch()
        with folders.batch():
            late = folders.place()
            os.makedirs(late())
        self.assertFalse(os.path.exists(late()))
        os.makedirs(late())
        root = os.path.dirname(os.path.dirname(late()))
        folders.close()
        self.assertFalse(os.path.exists(root))


DOWNLOADING = """
    import dtlpy as dl

    class Downloading(dl.BaseModelAdapter):
        def load(self, local_path, **kwargs):
            pass

        def prepare_item_func(self, item):
            with open(item.download()) as file:
                return file.read()

        def predict(self, batch, **kwargs):
            return [[dl.Classification(label=text).label] for text in batch]

        def train(self, data_path, output_path, **kwargs):
            import time
            item = self.model_entity.dataset.local_items[0]
            print("copied to", item.download(), flush=True)
            self.model_entity.metrics.create(samples=dl.PlotSample("loss", "train", 0, 0), dataset_id="x")
            while True:
                time.sleep(0.01)
"""


@NUMPY_IS_NEEDED
class Copies(WorkerTest):
    """Copies of items that adapters written for dtlpy download without saying where."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("temporary"))
        path = PACKAGE + os.pathsep + os.path.join(PACKAGE, "compatible")
        self.options = {"path": path, "environment": {**BUSY, "TMPDIR": self.path("temporary")}}

    def items(self, count, text):
        found = items(count)
        for index, one in enumerate(found):
            # Equal names, and no ids.
            one.update(file=self.write(f"files/{index}/a.txt", f"{text} {index}"), name="a.txt", path="/a.txt", id=None)
        return found

    def copies(self):
        return [os.path.join(place, name) for place, _, names in os.walk(self.path("temporary")) for name in names]

    def test_every_item_has_its_own_copy_and_none_is_left(self):
        client = self.loaded(DOWNLOADING, **self.options)
        for text in ("one", "two", "three"):
            answer = client.call("adapter.predict", {"items": self.items(64, text)})
            self.assertEqual(labels(answer), [f"{text} {index}" for index in range(64)])
            self.assertEqual(self.copies(), [])
        self.assertEqual(client.close(), 0)
        self.assertEqual(os.listdir(self.path("temporary")), [])

    def test_a_worker_that_is_ended_while_it_works_leaves_no_copy(self):
        self.write("data/train/items/a.txt", "text")
        self.write("data/train/json/a.json", json.dumps({"id": "a", "filename": "/a.txt", "annotations": []}))
        self.write("stubborn/sitecustomize.py", """
            import galley.serving

            # Nothing interrupts the training: the worker ends in its midst.
            galley.serving.Interruption.send = lambda self: None
            galley.serving.TIDY_SECONDS = 120
        """)
        self.options["path"] = self.path("stubborn") + os.pathsep + self.options["path"]
        client = self.loaded(DOWNLOADING, **self.options)
        client.start("adapter.train", {"data": self.path("data"), "output": self.path("out")})
        client.error_text("copied to")
        self.assertEqual(len(self.copies()), 1)
        self.assertEqual(client.close(), 75)
        self.assertEqual(os.listdir(self.path("temporary")), [])


@NUMPY_IS_NEEDED
class Threads(WorkerTest):
    def test_preparing_while_the_reading_thread_describes_and_cancels(self):
        client = self.worker("""
            import galley

            class Preparing(galley.ModelAdapter):
                input_type = "text"

                def load(self, folder):
                    pass

                def prepare_item(self, item):
                    return item.text()

                def predict(self, batch):
                    return list(batch)
        """, environment=BUSY)
        found = items(64)
        for one in found:
            one["file"] = self.write(f"files/{one['id']}", one["id"])
        client.call("adapter.load", {"folder": self.folder, "model": MODEL})
        for _ in range(5):
            asked = [client.start("describe") for _ in range(3)]
            working = client.start("adapter.predict", {"items": found})
            asked += [client.start("describe") for _ in range(3)]
            dropped = client.start("adapter.predict", {"items": found})
            client.send("cancel", {"id": dropped})
            self.assertEqual(labels(client.wait(working)), [one["id"] for one in found])
            self.assertEqual({client.wait(one)["name"] for one in asked}, {"adapter"})
            # Whichever was first.
            answer = client.await_answer(dropped)
            self.assertTrue(answer.get("error", {}).get("code") == -32800 or len(answer["result"]["predictions"]) == 64)


if __name__ == "__main__":
    unittest.main()

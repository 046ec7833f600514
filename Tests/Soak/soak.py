# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Keeps an agent under several hosts that measure, send, cancel, are cut and misbehave, while the network is bad and the
agent is killed now and then: soak.py BUILD [--seconds N] [--seed N] [--hosts N]

BUILD is the folder with the programs `galley` and `galley-agent`. It ends with one line, and with 1 if

- something hung: every operation has a bound,
- a result was wrong: each output is compared with the one that its model and input give,
- something failed that nothing disturbed,
- something leaked: descriptors, processes, memory of the agent, files in its folder.

In the first half the agent is killed and started again; in the second it lives, and is compared with itself.
"""

import argparse
import collections
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

PEERS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(PEERS / "AgentServerTests" / "Peers"), str(PEERS / "TargetProtocolTests" / "Peer")]
from agent import Agent  # noqa: E402
from hosts import Disturbed, Program, SoakingHost  # noqa: E402

BOUND = 240
"""Seconds within which every operation ends, however many wait for the machine."""
GROWTH = 24 << 20
"""Bytes by which the agent's memory may differ between two quiet moments of one life."""
QUOTA = 192 << 20
PROMPT = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536", "MALLOC_MMAP_THRESHOLD_": "65536"}
"""The allocator gives back at once what is free, so that what stays is held by somebody."""


class Soak:
    def __init__(self, rules):
        self.rules, self.dice = rules, random.Random(rules.seed)
        self.folder = tempfile.TemporaryDirectory(prefix="soak-")
        self.agent = Agent(
            f"{rules.build}/galley-agent", self.folder.name, "--blob-quota", str(QUOTA), "--metrics",
            f"unix:{self.folder.name}/metrics.sock")
        self.counts, self.faults = collections.Counter(), []
        self.lock = threading.Lock()
        # Hosts go on while this is set, and all of them wait in between where it isn't.
        self.going, self.over = threading.Event(), threading.Event()
        self.begun = {}
        # Grows before the agent is ended and when it is back: odd while it is away.
        self.changes = 0

    # What hosts tell

    def note(self, host, outcome, words=""):
        with self.lock:
            self.counts[outcome] += 1
            if outcome == "fault":
                self.faults.append(f"{host}: {words}")
                print(f"fault: {host}: {words}", flush=True)

    def run(self, host):
        """One host: one operation after the other."""
        while not self.over.is_set():
            if not self.going.wait(0.2):
                continue
            lives, name = self.changes, host.draw()
            self.begun[host.name] = (time.monotonic(), name)
            try:
                host.do(name)
                self.note(host.name, name)
            except Disturbed as error:
                time.sleep(0.2)
                # A cut is nobody's fault where cuts are made, or where the agent was killed meanwhile.
                if host.is_cut_on_purpose or lives != self.changes or lives % 2:
                    self.note(host.name, "cut")
                else:
                    self.note(host.name, "fault", f"{name}: {error}")
            except Exception as error:  # Whatever it is, the soak goes on and says so.
                self.note(host.name, "fault", f"{name}: {type(error).__name__}: {error}")
            finally:
                took = time.monotonic() - self.begun.pop(host.name)[0]
                if took > BOUND:
                    self.note(host.name, "fault", f"{name} took {took:.0f} s")

    def watch(self):
        """Says how it goes, and what hangs while it does."""
        beat = 0
        while not self.over.wait(5):
            beat += 1
            if beat % 6 == 0:
                try:
                    print(f"{beat * 5} s: {sum(self.counts.values())} operations, {len(self.faults)} faults; life "
                          f"{self.agent.lives}: {self.agent.resident() >> 20} MiB, {self.agent.descriptors()} descriptors",
                          flush=True)
                except OSError:
                    pass
            for host, (start, name) in list(self.begun.items()):
                if time.monotonic() - start > BOUND + 60:
                    self.begun[host] = (float("inf"), name)
                    self.note(host, "fault", f"{name} hangs")

    # The course

    def quiet(self):
        """Lets all hosts come to rest, and the agent too."""
        self.going.clear()
        deadline = time.monotonic() + BOUND + 60
        idle = 0
        while idle < 10 and time.monotonic() < deadline:
            time.sleep(0.1)
            idle = 0 if self.begun else idle + 1
        if self.begun:
            self.note("soak", "fault", f"these hang: {dict(self.begun)}")
        for proxy in self.proxies:
            proxy.restart()
        self.expect("no session is left", lambda: self.metric("sessions") == 0)
        self.expect("no process is left", lambda: not self.agent.children())
        self.expect("nobody has the machine", lambda: self.metric("turn_taken") == 0)
        time.sleep(2)
        found = {
            "descriptors": self.agent.descriptors(), "threads": self.agent.threads(), "resident": self.agent.resident()}
        self.look_at_files()
        return found

    def expect(self, words, condition):
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline:
                return self.note("agent", "fault", f"it isn't so: {words}")
            time.sleep(0.1)

    def metric(self, name):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(f"{self.folder.name}/metrics.sock")
            connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
            text = b""
            while piece := connection.recv(1 << 16):
                text += piece
        for line in text.decode().splitlines():
            if line.startswith(f"galley_agent_{name} "):
                return float(line.split()[1])
        raise RuntimeError(f"no metric {name}")

    def look_at_files(self):
        files = self.agent.files()
        store = pathlib.Path(self.folder.name, "state", "store")
        blobs = {path.name for path in (store / "blobs").iterdir()}
        strays = [path.name for path in (store / "named").iterdir() if path.name.split(".")[0] not in blobs]
        if files["new"][0]:
            self.note("agent", "fault", f"{files['new'][0]} files of nobody lie in 'new'")
        if strays:
            self.note("agent", "fault", f"{len(strays)} links in 'named' name nothing")
        if files["blobs"][1] + files["begun"][1] > QUOTA:
            self.note("agent", "fault", f"blobs are more than the quota: {files}")
        return files

    def kill_now_and_then(self, until):
        while (rest := until - time.monotonic()) > 0:
            time.sleep(min(rest, self.dice.uniform(8, 30)))
            if time.monotonic() >= until:
                return
            self.changes += 1
            if self.dice.random() < 0.3:
                code = self.agent.stop()
                if code != 0:
                    self.note("agent", "fault", f"it ended with {code}")
                self.counts["agent stopped"] += 1
            else:
                self.agent.kill()
                self.counts["agent killed"] += 1
            time.sleep(self.dice.uniform(0, 1.5))
            self.agent.start()
            self.changes += 1

    def soak(self):
        rules = self.rules
        os.environ.update(PROMPT)
        self.agent.start()
        self.proxies = [
            Proxy(self, "bad", "--delay", "0.001", "--jitter", "0.004", "--pieces", "3000"),
            Proxy(self, "cutting", "--delay", "0", "--jitter", "0.002", "--pieces", "20000", "--cuts",
                  "200-6000000", "--chance", "0.7", "--freeze", "0.05"),
        ]
        places = [
            (str(self.agent.port), False), (self.agent.socket, False), (str(self.proxies[0].port), False),
            (str(self.proxies[1].port), True)]
        hosts = [
            SoakingHost(f"host {n}", *places[n % len(places)], random.Random(f"{rules.seed} {n}"))
            for n in range(rules.hosts)]
        hosts += [
            Program("program 1", rules.build, self.folder.name, self.proxies[0].port, False),
            Program("program 2", rules.build, self.folder.name, self.proxies[1].port, True)]
        threads = [threading.Thread(target=self.run, args=[host], daemon=True) for host in hosts]
        threading.Thread(target=self.watch, daemon=True).start()
        begin = time.monotonic()
        self.going.set()
        for thread in threads:
            thread.start()
        self.kill_now_and_then(begin + rules.seconds * 0.4)
        time.sleep(max(begin + rules.seconds * 0.55 - time.monotonic(), 0))
        before = self.quiet()
        self.going.set()
        time.sleep(max(begin + rules.seconds - time.monotonic(), rules.seconds * 0.25))
        after = self.quiet()
        self.over.set()
        for thread in threads:
            thread.join(10)
        self.judge(before, after)
        if self.agent.process.poll() is not None:
            self.note("agent", "fault", f"it ended by itself with {self.agent.process.returncode}")
        elif (code := self.agent.stop()) != 0:
            self.note("agent", "fault", f"it ended with {code}")
        for proxy in self.proxies:
            proxy.stop()
        return self.say(before, after, time.monotonic() - begin)

    def judge(self, before, after):
        if after["descriptors"] > before["descriptors"]:
            self.note("agent", "fault", f"descriptors: {before['descriptors']} became {after['descriptors']}")
        if after["resident"] > before["resident"] + GROWTH:
            self.note("agent", "fault", f"memory: {before['resident']} bytes became {after['resident']}")
        if after["threads"] > before["threads"] + 8:
            self.note("agent", "fault", f"threads: {before['threads']} became {after['threads']}")

    def say(self, before, after, seconds):
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()) if name != "fault")
        leak = "; ".join(f"{name} {before[name]} → {after[name]}" for name in before)
        print(f"soak: {seconds:.0f} s, seed {self.rules.seed}: {len(self.faults)} faults; {counts}; {leak}; "
              f"agent's lives {self.agent.lives}")
        return 1 if self.faults else 0


class Proxy:
    """A bad network in front of the agent, always at the same port."""

    def __init__(self, soak, name, *arguments):
        self.soak, self.name, self.arguments, self.count = soak, name, arguments, 0
        self.port = 0
        self.start()

    def start(self):
        self.count += 1
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(PEERS / "AgentServerTests/Peers/proxy.py"), str(self.soak.agent.port),
             f"{self.soak.folder.name}/{self.name}", "--seed", f"{self.soak.rules.seed}{self.count}", "--port",
             str(self.port), *self.arguments], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.stop()
        self.start()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hosts", type=int, default=6)
    sys.exit(Soak(parser.parse_args()).soak())

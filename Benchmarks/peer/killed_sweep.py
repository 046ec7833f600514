#!/usr/bin/env python3
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Runs a sweep on the digits twice, each in a pantry of its own: once undisturbed, and once with `kill -9` of its process
# group at drawn moments, each time begun again. Both must end with the same trials, rows and stages; what is compared
# leaves out times, the figures of speed and the files that hold them.
#
#     killed_sweep.py GALLEY [--trials 100] [--kills 10] [--seed 1] [--folder FOLDER]

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DIGITS = Path(__file__).resolve().parents[2] / "Examples/digits/data/digits.csv"

RECIPE = {
    "recipe": "killed", "task": "classification", "seed": 3,
    "data": {"use": "image-table", "path": str(DIGITS), "height": 8, "width": 8, "maximum": 16},
    "model": {"architecture": {"use": "small-convnet", "width": 4, "depth": 2}},
    "trainer": {"epochs": 1}, "measurement": {"processes": 3, "blocks": 2, "blockMilliseconds": 0}}

# A width that no network can have makes trials that fail; a rate that is drawn makes each training another.
SPACE = {
    "model.architecture.width": [2, 3, 4, 5, 6, 8, 100000],
    "trainer.epochs": [1, 2],
    "trainer.learningRate": {"from": 0.001, "to": 0.1, "scale": "log"},
    "optimizer": ["none", "int8"]}

# Files of a stage that tell times.
TIMED = {"train": {"summary"}, "measure": {"measurement", "durations"}}
COLUMNS = """
    status, reason, variant, task, target, runtime, precision, batch, threads, processes, inferences, accuracy,
    accuracy_lower, accuracy_upper, item_count, model_size_bytes, model_digest, data_digest, recipe_digest, seed, subset
    """


class Sweep:
    """A sweep in a folder of its own, with its own pantry."""

    def __init__(self, program, folder, trials):
        self.program, self.folder, self.trials = program, folder, trials
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(json.dumps(RECIPE))
        (folder / "space.yaml").write_text(json.dumps({
            "sweep": "killed", "recipe": "recipe.yaml", "method": "random", "trials": trials, "seed": 7,
            "space": SPACE}))

    def start(self):
        log = open(self.folder / "log.txt", "ab")
        return subprocess.Popen(
            [self.program, "sweep", "space.yaml", "--pantry", "pantry", "--folder", "trials", "--json"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def ended(self):
        """The trials that have ended, by number."""
        ended = {}
        path = self.folder / "trials/ledger.jsonl"
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("state") == "ended":
                ended[entry["trial"]] = entry["result"]
        return ended

    def finish(self):
        status = self.start().wait()
        if status != 2:
            sys.exit(f"killed_sweep: exit code {status}, not 2; see {self.folder}/log.txt")

    # What is compared.

    def states(self):
        kept = ("recipeDigest", "validationAccuracy", "accuracy", "modelBytes", "name")
        return {
            number: (
                trial["name"], json.dumps(trial["settings"], sort_keys=True), trial["isMeasured"],
                trial.get("reason"), tuple(tuple(variant.get(key) for key in kept) for variant in trial["variants"]))
            for number, trial in self.ended().items()}

    def rows(self):
        volume = sqlite3.connect(f"file:{self.folder}/pantry/golden.sqlite?mode=ro", uri=True)
        return sorted(volume.execute(f"SELECT {COLUMNS} FROM golden").fetchall(), key=repr)

    def stages(self):
        stages = {}
        for path in (self.folder / "pantry/stages").glob("*.json"):
            record = json.loads(path.read_text())
            timed = TIMED.get(record["stage"], set())
            stages[record["key"]] = (record["stage"], tuple(sorted(
                (name, digest) for name, digest in record["outputs"].items() if name.split(".")[0] not in timed)))
        return stages


def run_killed(sweep, kills, seed, seconds):
    """Runs to the end with so many kills; says at which trials they came."""
    draw = random.Random(seed)
    places = sorted(draw.sample(range(sweep.trials), kills))
    moments = []
    for place in places:
        process = sweep.start()
        while len(sweep.ended()) < place and process.poll() is None:
            time.sleep(0.02)
        # Somewhere within the trial that has begun.
        delay = draw.uniform(0, seconds)
        time.sleep(delay)
        if process.poll() is not None:
            # A fast machine ends before the last kills come.
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        moments.append({"trials ended": len(sweep.ended()), "after": round(delay, 2)})
    if not moments:
        sys.exit(f"killed_sweep: it ended before the first kill; see {sweep.folder}/log.txt")
    sweep.finish()
    return moments


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="killed-sweep-"))).resolve()
    calm = Sweep(arguments.program, folder / "calm", arguments.trials)
    start = time.monotonic()
    calm.finish()
    took = time.monotonic() - start
    killed = Sweep(arguments.program, folder / "killed", arguments.trials)
    measured = sum(trial["isMeasured"] for trial in calm.ended().values())
    moments = run_killed(killed, arguments.kills, arguments.seed, took / max(measured, 1))
    verdict = {
        name: getattr(calm, name)() == getattr(killed, name)() for name in ("states", "rows", "stages")}
    print(json.dumps({
        "trials": arguments.trials, "measured": measured, "failed": arguments.trials - measured,
        "rows": len(killed.rows()), "stages": len(killed.stages()), "seconds undisturbed": round(took, 1),
        "kills": moments, "the same": verdict, "folder": str(folder)}, indent=2))
    sys.exit(0 if all(verdict.values()) and len(killed.states()) == arguments.trials else 1)


if __name__ == "__main__":
    main()

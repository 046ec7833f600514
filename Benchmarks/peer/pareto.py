# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Times exact fronts of 1,000,000 rows in two metrics, in turns: Galley's pareto-bench, moocore (C) and paretoset (numba,
# warm); and paretoness of 20,000 rows. `make pareto` installs what requirements-pareto.txt names.
#
#     pareto.py PARETO-BENCH FOLDER [TURNS]

import json
import subprocess
import sys
import time
from pathlib import Path

import moocore
import numpy as np
from paretoset import paretoset

ROWS = 1_000_000


def clouds():
    random = np.random.default_rng(1)
    x = random.random(ROWS)
    return {
        "uniform": random.random((ROWS, 2)), "tied": np.floor(random.random((ROWS, 2)) * 1000),
        "anti-correlated": np.stack([x, 1 - x + 0.05 * random.normal(size=ROWS)], 1)}


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, np.flatnonzero(result)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    folder.mkdir(parents=True, exist_ok=True)
    results, holds = {}, True
    for name, points in clouds().items():
        path = folder / f"{name}.bin"
        np.ascontiguousarray(points.T).tofile(path)
        paretoset(points, sense=["min", "min"], distinct=False)
        ours, c, numba = [], [], []
        for _ in range(turns):
            lines = subprocess.run(
                [program, "front", path, "5"], check=True, capture_output=True, text=True).stdout.splitlines()
            ours.append(min(map(float, lines[:-1])) / 1e3)
            taken, front = seconds(lambda: moocore.is_nondominated(points, keep_weakly=True))
            c.append(taken)
            taken, other = seconds(lambda: paretoset(points, sense=["min", "min"], distinct=False))
            numba.append(taken)
            if not (front == other).all() or lines[-1] != f"{len(front)} {front.sum()}":
                sys.exit(f"{name}: the fronts differ")
        results[name] = {
            "front": len(front), "galley": min(ours), "moocore": min(c), "paretoset": min(numba),
            "beside moocore": min(c) / min(ours), "beside paretoset": min(numba) / min(ours)}
        holds = holds and min(c) >= 5 * min(ours) and min(numba) > min(ours)
    for kind in ("common", "own", "shared"):
        runs = [
            float(subprocess.run([program, "fuzzy", "20000", kind], check=True, capture_output=True, text=True)
                  .stdout.splitlines()[0]) / 1e3 for _ in range(3)]
        results[f"fuzzy, {kind} noise"] = {"galley": min(runs)}
        holds = holds and min(runs) < 3
    print(json.dumps(results, indent=2))
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()

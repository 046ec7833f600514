# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Writing a bundle of a pantry and taking it into an empty one, beside cp of the same bytes.

    exchange.py EXCHANGE_BENCH FOLDER [--rounds N] [--keep]

All programs are timed from start to end, in turns; medians count. The page cache is warm, and each ends when its bytes
are on the disk: exports beside a cp of the archive, imports beside a cp -r of the pantry, both with sync.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import time


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    options = parser.parse_args()
    folder = options.folder
    if not os.path.exists(f"{folder}/root.json"):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([options.bench, "make", folder], check=True)

    # What each one writes anew.
    steps = {
        "export": ([options.bench, "export", folder], "site.galley"),
        "cp": (["sh", "-c", f"cp '{folder}/site.galley' '{folder}/copy' && sync -f '{folder}/copy'"], "copy"),
        "import": ([options.bench, "import", folder], "home"),
        "cp -r": (["sh", "-c", f"cp -r '{folder}/pantry' '{folder}/copies' && sync -f '{folder}/copies'"], "copies"),
    }
    times = {name: [] for name in steps}
    for number in range(options.rounds + 1):
        for name, (command, written) in steps.items():
            remove(f"{folder}/{written}")
            taken = seconds(command)
            # The first round warms the cache.
            if number:
                times[name].append(taken)
    size = os.path.getsize(f"{folder}/site.galley")
    if not options.keep:
        shutil.rmtree(folder)

    print(f"{size / 1e9:.2f} GB, {options.rounds} rounds, medians (least to most)")
    for name, values in times.items():
        spread = f"{size / max(values) / 1e6:.0f} to {size / min(values) / 1e6:.0f}"
        print(f"  {name:8} {size / statistics.median(values) / 1e6:7.0f} MB/s   {spread}")
    for name, peer in [("export", "cp"), ("import", "cp -r")]:
        # Each round's own ratio: neighbours in time have the machine in the same state.
        ratio = statistics.median(b / a for a, b in zip(times[name], times[peer]))
        print(f"{name}: {ratio:.2f} x {peer} with sync")


if __name__ == "__main__":
    main()

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Verifying and writing a bundle of two gigabytes, beside openssl's SHA-256 and dd.

    bundles.py BUNDLE_BENCH FOLDER [--rounds N] [--keep]

All programs are timed from start to end, in turns; medians count. The page cache is warm. The bound: verifying is at
least 0.9 x cores x the rate of one `openssl dgst -sha256` of the same file.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    options = parser.parse_args()
    folder, bundle, copy = options.folder, f"{options.folder}/site.galley", f"{options.folder}/copy"
    if not os.path.exists(f"{folder}/root.json"):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([options.bench, "make", folder], check=True)
    subprocess.run([options.bench, "write", folder], check=True, stdout=subprocess.DEVNULL)
    size = os.path.getsize(bundle)
    cores = len(os.sched_getaffinity(0))

    commands = {
        "openssl": ["openssl", "dgst", "-sha256", bundle],
        "verify": [options.bench, "verify", folder],
        "dd": ["dd", f"if={bundle}", f"of={copy}", "bs=1M", "conv=fsync", "status=none"],
        "write": [options.bench, "write", folder],
    }
    times = {name: [] for name in commands}
    for number in range(options.rounds + 1):
        for name, command in commands.items():
            for path in {"dd": [copy], "write": [bundle]}.get(name, []):
                if os.path.exists(path):
                    os.remove(path)
            taken = seconds(command)
            # The first round warms the cache.
            if number:
                times[name].append(taken)
    if not options.keep:
        shutil.rmtree(folder)

    rates = {name: size / statistics.median(values) / 1e6 for name, values in times.items()}
    print(f"{size / 1e9:.2f} GB, {cores} cores, {options.rounds} rounds, medians (least to most)")
    for name, values in times.items():
        spread = f"{size / max(values) / 1e6:.0f} to {size / min(values) / 1e6:.0f}"
        print(f"  {name:8} {rates[name]:7.0f} MB/s   {spread}")
    # Each round's own ratio: neighbours in time have the machine in the same state.
    verify = statistics.median(a / b for a, b in zip(times["openssl"], times["verify"])) / cores
    write = statistics.median(a / b for a, b in zip(times["dd"], times["write"]))
    print(f"verify: {verify:.2f} x cores x openssl (bound: 0.90)")
    print(f"write: {write:.2f} x dd with fsync")
    sys.exit(0 if verify >= 0.9 else 1)


if __name__ == "__main__":
    main()

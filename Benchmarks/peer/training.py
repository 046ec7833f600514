# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Times training steps: Galley's train-bench beside PyTorch with torchvision's networks, in turns, with the same
# LibTorch, network, batch, optimizer and number of threads. Each side chooses the order of memory that is faster for it,
# and the fused optimizer. Prints steps per second, their ratio as the median of the turns' ratios, and the largest memory
# of each process.
#
# Then whole passes over a folder of JPEG files, decoded, resized and normalized while the network computes, beside the
# DataLoader with as many worker processes as Galley has threads.
#
#     training.py TRAIN-BENCH [--turns N] [--threads N] [--batch N] [--side N] [--only NAME] [--photos FOLDER]
#
# The ratio of processor time is given too: where other programs take part of the machine, it says more.

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import types
from pathlib import Path

import torch
from torch.nn import functional as F

if not torch.cuda.is_available():
    # It describes compiled operators, which PyPI's wheel lacks beside a CPU build of PyTorch; none is used here.
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
from images import has_decoder, loader, once, photographs  # noqa: E402
from torchvision import models  # noqa: E402

FORMATS = {"contiguous": torch.contiguous_format, "channelsLast": torch.channels_last}
CASES = {"mobilenet-v3-small": (models.mobilenet_v3_small, 32, 224, 3), "resnet-18": (models.resnet18, 16, 224, 1)}


class Peer:
    def __init__(self, make, batch, side, format):
        self.network = make().train().to(memory_format=FORMATS[format])
        self.inputs = torch.randn(batch, 3, side, side).contiguous(memory_format=FORMATS[format])
        self.targets = torch.arange(batch) * 7 % 1000
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=True)

    def steps(self, count):
        start = time.perf_counter()
        for _ in range(count):
            self.train(self.inputs, self.targets)
        return time.perf_counter() - start

    def train(self, inputs, targets):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(inputs), targets)
        loss.backward()
        self.optimizer.step()
        loss.item()

    def processor_seconds(self):
        return time.process_time()

    def close(self):
        pass


class Galley:
    def __init__(self, program, name, batch, side, threads, format, *more):
        command = [program, name, str(batch), str(side), str(threads), format, *more]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    steps = ask

    def memory(self):
        return peak(self.process.pid)

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def peak(process):
    """Largest resident memory in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def fastest(make, count):
    """The order of memory with the shortest time, of three attempts each after one step to warm up."""
    times = {}
    for format in FORMATS:
        subject = make(format)
        subject.steps(1)
        attempts = []
        for _ in range(3):
            attempts.append(subject.steps(count))
        times[format] = min(attempts)
        subject.close()
    return min(times, key=times.get)


def peer_memory(name, format, options):
    """The peer's memory in a process of its own, which holds one network only."""
    command = [sys.executable, __file__, "-", "--memory-of", name, "--format", format]
    command += ["--threads", str(options.threads)]
    for key in ("batch", "side"):
        if getattr(options, key):
            command += [f"--{key}", str(getattr(options, key))]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def case(name, options):
    make, batch, side, count = CASES[name]
    return make, options.batch or batch, options.side or side, count


def compare(name, options):
    program, turns, threads = options.program, options.turns, options.threads
    make, batch, side, count = case(name, options)
    format = fastest(lambda f: Peer(make, batch, side, f), count)
    own = fastest(lambda f: Galley(program, name, batch, side, threads, f), count)
    peer, galley = Peer(make, batch, side, format), Galley(program, name, batch, side, threads, own)
    for subject in (peer, galley):
        subject.steps(1)
    pairs = []
    used = {subject: -subject.processor_seconds() for subject in (peer, galley)}
    for turn in range(turns):
        order = (peer, galley) if turn % 2 == 0 else (galley, peer)
        seconds = {subject: subject.steps(count) for subject in order}
        pairs.append((seconds[peer], seconds[galley]))
    for subject in used:
        used[subject] += subject.processor_seconds()
    memory = galley.memory()
    galley.close()
    theirs = peer_memory(name, format, options)
    ratios = sorted(peer_time / own_time for peer_time, own_time in pairs)
    return {
        "batch": batch, "side": side, "threads": threads, "turns": turns, "peerFormat": format, "galleyFormat": own,
        "peerStepsPerSecond": count / statistics.median(pair[0] for pair in pairs),
        "galleyStepsPerSecond": count / statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(ratios), "processorTimeRatio": used[peer] / used[galley],
        "ratioQuartiles": [ratios[len(ratios) // 4], ratios[3 * len(ratios) // 4]],
        "peerMegabytes": theirs, "galleyMegabytes": memory,
    }


def with_loading(options, folder):
    """Seconds of passes over JPEG files, in turns: each pass begins and ends its loading itself."""
    # images.py's loader has two worker processes.
    name, workers = "mobilenet-v3-small", 2
    make, batch, side, _ = case(name, options)
    paths = photographs(folder, count=128, sides=(640, 480))
    classes = [index * 7 % 1000 for index in range(len(paths))]
    candidates = {}
    for decoder in (["torchvision"] if has_decoder else []) + ["pillow", "pillow-resize"]:
        for prefetch in (1, 2, 4):
            candidate = loader(paths, decoder, batch, prefetch, side, classes)
            once(candidate)
            candidates[decoder, prefetch] = (min(once(candidate) for _ in range(2)), candidate)
    best = min(candidates, key=lambda key: candidates[key][0])
    batches = candidates[best][1]
    candidates.clear()
    peer = Peer(make, batch, side, "channelsLast")
    galley = Galley(options.program, name, batch, side, options.threads, "channelsLast", str(folder), str(workers))

    def their_pass():
        start = time.perf_counter()
        for inputs, targets in batches:
            peer.train(inputs.contiguous(memory_format=torch.channels_last), targets)
        return time.perf_counter() - start

    def our_pass():
        return galley.ask("epoch")

    their_pass(), our_pass()
    pairs = []
    for turn in range(options.turns):
        if turn % 2 == 0:
            theirs, ours = their_pass(), our_pass()
        else:
            ours, theirs = our_pass(), their_pass()
        pairs.append((theirs, ours))
    galley.close()
    ratios = sorted(theirs / ours for theirs, ours in pairs)
    return {
        "network": name, "photos": len(paths), "batch": batch, "side": side, "threads": options.threads,
        "loaders": workers, "peer": "DataLoader, {} decoder, prefetch {}".format(*best),
        "peerImagesPerSecond": len(paths) / statistics.median(pair[0] for pair in pairs),
        "galleyImagesPerSecond": len(paths) / statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(ratios),
        "ratioQuartiles": [ratios[len(ratios) // 4], ratios[3 * len(ratios) // 4]],
    }


def export(program, threads):
    galley = Galley(program, "resnet-50", 1, 224, threads, "contiguous")
    times = [galley.ask("export") for _ in range(5)]
    galley.close()
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--side", type=int)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--memory-of")
    parser.add_argument("--format")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.memory_of:
        make, batch, side, count = case(options.memory_of, options)
        Peer(make, batch, side, options.format).steps(3 * count)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
        return
    names = [options.only] if options.only else list(CASES)
    results = {name: compare(name, options) for name in names}
    results["exportSecondsOfResNet50"] = export(options.program, options.threads)
    if options.photos:
        results["withLoading"] = with_loading(options, options.photos)
    print(json.dumps(results, indent=2))
    is_met = results["exportSecondsOfResNet50"] < 3 and all(
        results[name]["ratio"] >= 0.97 and results[name]["galleyMegabytes"] <= results[name]["peerMegabytes"]
        for name in names)
    is_met = is_met and results.get("withLoading", {"ratio": 1})["ratio"] >= 0.97
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()

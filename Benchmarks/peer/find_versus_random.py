#!/usr/bin/env python3
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Lets `galley find` look for a model for `shapes` within a bound, and beside it chooses at random for the same time: every
# architecture that find looked at is trained with all epochs in a pantry of its own, and drawn orders of these, each as
# long as find took, give what a random choice would have found. Both choose on validation items and are judged on test items.
#
#     find_versus_random.py GALLEY [--where 'latency <= 100us'] [--epochs 9] [--draws 200] [--folder FOLDER]

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1}


def galley(arguments, *words, accepts=(0,)):
    """What a command printed as JSON, and how many seconds it took."""
    start = time.monotonic()
    done = subprocess.run(
        [arguments.program, *words, "--json"], cwd=arguments.folder, capture_output=True, text=True)
    if done.returncode not in accepts:
        sys.exit(f"find_versus_random: galley {words[0]}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return (json.loads(done.stdout) if done.stdout else None), time.monotonic() - start


def bound(text):
    """The largest latency in seconds, of 'latency <= 100us'."""
    number = text.split("<=")[1].strip()
    digits = number.rstrip("nuµms")
    return float(digits) * UNITS[number[len(digits):].strip()]


def pool(arguments):
    """Every candidate trained with all epochs: name, seconds, uses."""
    entries = []
    folder = arguments.folder / "find"
    for path in sorted(folder.glob("untrained-*/recipe.yaml"), key=lambda path: int(path.parent.name.split("-")[1])):
        recipe = json.loads(path.read_text())
        recipe["trainer"] = {"use": "supervised", "epochs": arguments.epochs}
        recipe.pop("measurement", None)
        own = arguments.folder / f"pool-{path.parent.name.split('-')[1]}.yaml"
        own.write_text(json.dumps(recipe))
        result, seconds = galley(
            arguments, "run", own.name, "--pantry", "pool", "--output", f"reports/{own.stem}", accepts=(0, 65, 69, 70))
        entries.append({
            "name": recipe["recipe"].removeprefix("find "), "seconds": seconds,
            "uses": result["variants"] if result else []})
    return entries


def draw(entries, seconds, limit, generator):
    """The test accuracy of what a random choice of this length takes; None if nothing keeps the bound."""
    order = generator.sample(entries, len(entries))
    spent, tried = 0.0, []
    for entry in order:
        if tried and spent + entry["seconds"] > seconds:
            break
        spent += entry["seconds"]
        tried.append(entry)
    uses = [use for entry in tried for use in entry["uses"] if use["medianLatency"] <= limit]
    best = max(uses, key=lambda use: (use["validationAccuracy"], -use["medianLatency"]), default=None)
    return len(tried), best and best["accuracy"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda path: str(Path(path).resolve()))
    parser.add_argument("--where", default="latency <= 100us")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--minutes", default="30")
    parser.add_argument("--architectures", default="small-convnet,small-resnet,small-separable-net,mobilenet-v3-small")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="find-versus-random-"))).resolve()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    found, seconds = galley(
        arguments, "find", "--data", "shapes", "--data-option", f"count={arguments.count}", "--where", arguments.where,
        "--epochs", str(arguments.epochs), "--minutes", arguments.minutes, "--architectures",
        arguments.architectures, "--optimizers", "none,int8", "--runtimes", "onnxruntime", "--pantry", "found",
        "--folder", "find", accepts=(0, 1))
    entries = pool(arguments)
    limit = bound(arguments.where)
    generator = random.Random(arguments.seed)
    draws = [draw(entries, seconds, limit, generator) for _ in range(arguments.draws)]
    kept = [accuracy for _, accuracy in draws if accuracy is not None]
    feasible = [use for entry in entries for use in entry["uses"] if use["medianLatency"] <= limit]
    best = max(feasible, key=lambda use: use["validationAccuracy"], default=None)
    answer = found.get("best")
    mine = answer["trained"]["accuracy"] if answer else None
    report = {
        "bound": arguments.where, "candidates": len(entries), "pictures": arguments.count, "epochs": arguments.epochs,
        "find": {
            "seconds": round(seconds, 1), "takes": answer and f"{answer['architecture']} {answer['use']}",
            "latency in s": answer and answer["trained"]["medianLatency"], "test accuracy": mine,
            "interval": answer and answer["trained"]["accuracyInterval"]},
        "random": {
            "draws": len(draws), "trainings in the same time": statistics.mean(count for count, _ in draws),
            "share that keeps the bound": len(kept) / len(draws),
            "mean test accuracy of those": statistics.mean(kept) if kept else None,
            "mean test accuracy, none counting 0": sum(kept) / len(draws),
            "share that is worse than find": sum(
                accuracy is None or (mine is not None and accuracy < mine) for _, accuracy in draws) / len(draws)},
        "all trained": {
            "seconds": round(sum(entry["seconds"] for entry in entries), 1), "best": best and best["name"],
            "test accuracy": best and best["accuracy"]},
        "pool": [
            {"name": entry["name"], "seconds": round(entry["seconds"], 1), "uses": [
                {key: use.get(key) for key in ("name", "validationAccuracy", "accuracy", "medianLatency")}
                for use in entry["uses"]]} for entry in entries]}
    (arguments.folder / "result.json").write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))
    keeps = answer is not None and answer["trained"]["medianLatency"] <= limit
    sys.exit(0 if keeps and mine > report["random"]["mean test accuracy, none counting 0"] else 1)


if __name__ == "__main__":
    main()

# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The closure of 100 choices in a catalogue of 1,000 cards, beside pip's resolver over the same catalogue.

    closure.py BENCH FOLDER

No other program computes what all choices of a recipe need. What comes nearest is the resolver of pip (resolvelib), as
`pip-compile` and the like use it: here it resolves the recipe once for each choice, with an ingredient as a project, its
slot's default as a dependency, and no index or network to wait for. Both must find the same bytes. Fails if the closure
takes 50 ms or more.
"""

import json
import subprocess
import sys
import time

from pip._vendor.resolvelib import AbstractProvider, BaseReporter, Resolver

BOUND_MS = 50
TURNS = 20
FIXED = [
    "data.classification.table", "split.stratified", "trainer.supervised", "export.onnx", "optimizer.none",
    "runtime.onnxruntime", "measurement.interleaved",
]


class Provider(AbstractProvider):
    """Cards as projects of one version each."""

    def __init__(self, cards):
        self.cards = {card["taxonomy"]: card for card in cards}

    def identify(self, requirement_or_candidate):
        return requirement_or_candidate

    def get_preference(self, identifier, resolutions, candidates, information, backtrack_causes):
        return identifier

    def find_matches(self, identifier, requirements, incompatibilities):
        return [identifier] if identifier in self.cards else []

    def is_satisfied_by(self, requirement, candidate):
        return requirement == candidate

    def get_dependencies(self, candidate):
        dependencies = []
        for option in self.cards[candidate]["options"]:
            default = option.get("default")
            if option["name"] == "pretrained" and default is not None:
                dependencies.append(f"weights.{default}")
        return dependencies


def resolve(path):
    """Milliseconds, and bytes of the weights of all choices, each once."""
    with open(path, encoding="utf-8") as file:
        cards = json.load(file)
    start = time.perf_counter()
    provider = Provider(cards)
    sizes = {}
    for number in range(100):
        result = Resolver(provider, BaseReporter()).resolve(FIXED + [f"model.classification.net-{number}"])
        for name in result.mapping:
            for artifact in provider.cards[name]["artifacts"]:
                sizes[artifact["digest"]] = artifact["byteCount"]
    return (time.perf_counter() - start) * 1000, sum(sizes.values())


def main():
    bench, folder = sys.argv[1:3]
    lines = subprocess.run(
        [bench, folder, str(TURNS)], check=True, capture_output=True, text=True).stdout.splitlines()
    print(lines[0])
    times = sorted(float(line.split()[0]) for line in lines[1:])
    found = {int(line.split()[4]) for line in lines[1:]}
    runs = [resolve(f"{folder}/catalogue.json") for _ in range(5)]
    peer = min(run[0] for run in runs)
    print(f"closure of 100 choices: first {lines[1].split()[0]} ms, median {times[len(times) // 2]:.1f} ms, "
          f"slowest {times[-1]:.1f} ms")
    print(f"pip's resolver, once for each choice: best of {len(runs)} {peer:.1f} ms")
    if found != {runs[0][1]}:
        sys.exit(f"the bytes differ: {found} and {runs[0][1]}")
    if times[len(times) // 2] >= BOUND_MS:
        sys.exit(f"the closure took {BOUND_MS} ms or more")


if __name__ == "__main__":
    main()

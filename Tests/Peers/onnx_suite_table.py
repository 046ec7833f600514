# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Writes Documentation/onnx-backend-tests.md from runs of the ONNX backend tests.

usage: onnx_suite_table.py OURS PEER NEWER [OURS PEER NEWER …]

OURS is what onnx-suite-fixture prints of a runtime, PEER what onnx_suite_peer.py prints of the same runtime, NEWER what
onnx-suite-fixture prints over the data of a newer onnx (its version in the file's name), where some tests were corrected.
"""

import collections
import json
import pathlib
import re
import sys

# Explanations by what the runtime says and what the test is called; the first that fits counts.
RULES = [
    (r"locale", r"", "The operator asks for the locale en_US.UTF-8, which this machine lacks; passes where it is "
     "installed"),
    (r"preview\.training", r"", "Operators of training, which the library leaves out"),
    (r"Batchwise recurrent", r"", "The library doesn't run recurrent operators batchwise (layout 1)"),
    (r"implementation for ImageDecoder", r"", "The library has no image decoder"),
    (r"(for|kernel for) \w+\(23\)", r"(?i)float4", "The library has no four-bit floating-point numbers"),
    (r"implementation for \w+\([1-6]\)", r"", "Operators as they were before opset 7, the oldest that the library runs"),
    (r"implementation for (\w+)\((\d+)\)", r"", r"The library has no \1 of opset \2 for this element type"),
    (r"", r"training_dropout|bernoulli", "The test expects NumPy's random numbers"),
    (r"", r"_(dft|stft)|^test_(dft|stft)", "The test allows a difference of 1e-7 from values that should be zero; the "
     "library's float32 arithmetic is 1e-4 to 1e-6 away"),
    (r"", r"FLOAT_to_STRING", "The library writes eight digits, the test expects the shortest text that reads back"),
    (r"", r"qlinearmatmul.*int8", "The library saturates at -128, as ONNX demands; the test's values wrap around"),
    (r"", r"resize_downsample_scales.*align_corners", "The library aligns the corners of the output as it is, the test "
     "those of the input's size times the scale before rounding"),
    (r"", r"attention_.*bias", "The library gives the intermediate product before the mask is added, the test after it"),
    (r"", r"attention_.*softcap", "Softcap together with the intermediate output: other values, from Python too"),
    (r"", r"maxunpool_export_with_output_shape", "The library counts the indices in the output that is asked for, the "
     "test in the one that follows from the strides"),
]


def explanation(test, newer, version):
    if newer.get(test["name"], {}).get("outcome") == "passed":
        return f"The test's data were wrong: it passes with those of onnx {version}"
    for said, called, text in RULES:
        found = re.search(said, test["reason"])
        if found and re.search(called, test["name"]):
            return found.expand(text) if "\\" in text else text
    return "It says: " + re.sub(r"^.*says: ", "", test["reason"])[:160].replace("|", "/").replace("\n", " ")


def section(ours, peer, newer, version):
    by_name = {test["name"]: test for test in peer["tests"]}
    newer = {test["name"]: test for test in newer["tests"]}
    counts = collections.Counter(test["outcome"] for test in ours["tests"])
    theirs = collections.Counter(test["outcome"] for test in peer["tests"])
    rest = [test for test in ours["tests"] if test["outcome"] != "passed"]
    lost = [test["name"] for test in rest if by_name[test["name"]]["outcome"] == "passed"]
    gained = sum(t["outcome"] == "passed" and by_name[t["name"]]["outcome"] != "passed" for t in ours["tests"])
    lines = [f"## {ours['runtime']} {ours['version']}", "", "| | passed | other output | refused | crashed |",
             "|---|---|---|---|---|"]
    for who, each in [("Galley", counts), (peer["runtime"], theirs)]:
        lines.append(f"| {who} | {each['passed']} | {each['failed']} | {each['refused']} | {each['crashed']} |")
    lines += ["", f"Passing from Python and not here: {', '.join(lost) or 'none'}. Passing here and not from Python: "
              f"{gained}, mostly element types that NumPy lacks.", "", "| why | tests |", "|---|---|"]
    groups = collections.defaultdict(list)
    for test in rest:
        groups[explanation(test, newer, version)].append(test["name"])
    for why, names in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        lines.append(f"| {why} | {len(names)}: {', '.join(f'`{name}`' for name in sorted(names))} |")
    return lines + [""]


def main():
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    lines = [
        "# The ONNX backend tests", "",
        "The tests that the package `onnx` 1.18.0 carries (node, PyTorch-derived, simple, light models), run through",
        "Galley's runtimes and through the same libraries from Python, with the tolerances of onnx's own runner. Made by",
        "`Tests/Peers/onnx_suite_table.py`; `Tests/OnnxSuiteTests` runs them all and fails if a test passes from Python",
        "and not here, or doesn't pass and isn't in these tables.", "",
    ]
    for position in range(0, len(files), 3):
        ours, peer, newer = files[position:position + 3]
        version = re.search(r"[\d.]*\d", newer.stem).group()
        lines += section(*(json.loads(file.read_text()) for file in (ours, peer, newer)), version)
    sys.stdout.write("\n".join(lines).rstrip() + "\n")


main()

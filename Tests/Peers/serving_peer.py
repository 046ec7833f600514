# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Holds the server against its description with schemathesis, all its checks on.

    serving_peer.py FIXTURE [--examples N] [--phases P,…] [--seed S] [--only REGEX] [--without REGEX]

FIXTURE is serving-fixture, which is started over a store of its own. Prints how many cases were made, how many passed,
and what schemathesis says if one did not, as JSON.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HOOKS = """
import schemathesis

@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
"""

# What fits a schema may still name nothing (404), stand in the way of something (409), ask for what isn't there (416),
# mean nothing (422) or be too much at once (429). Seeds from former answers make cases slow to draw.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409", "416", "422", "429"]

[phases.fuzzing.extra-data-sources]
responses = false

[phases.coverage.extra-data-sources]
responses = false
"""


def run(arguments, folder):
    with open(f"{folder}/hooks.py", "w") as file:
        file.write(HOOKS)
    with open(f"{folder}/schemathesis.toml", "w") as file:
        file.write(CONFIGURATION)
    server = subprocess.Popen(
        [arguments.fixture, f"{folder}/home", "attached"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().split()[-1]
        token = server.stdout.readline().split()[-1]
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json",
            "-H", f"Authorization: Bearer {token}", "--no-color", "--continue-on-failure",
            "--suppress-health-check", "all", "--warnings", "off", "--max-examples", str(arguments.examples),
            "--phases", arguments.phases, "--seed", str(arguments.seed),
        ]
        if arguments.only:
            command += ["--include-operation-id-regex", arguments.only]
        if arguments.without:
            command += ["--exclude-operation-id-regex", arguments.without]
        environment = dict(os.environ, SCHEMATHESIS_HOOKS=f"{folder}/hooks.py", PYTHONPATH=folder)
        peer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    finally:
        server.stdin.close()
        code = server.wait(60)
    found = re.search(r"(\d+) generated, (?:(\d+) passed)?", peer.stdout)
    tested = re.search(r"Tested: (\d+)", peer.stdout)
    isClean = peer.returncode == 0
    return {
        "cases": int(found[1]) if found else 0,
        "passed": int(found[2] or 0) if found else 0,
        "operations": int(tested[1]) if tested else 0,
        "exitCode": peer.returncode,
        "serverExitCode": code,
        "words": "" if isClean else (peer.stdout + peer.stderr)[-20_000:],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fixture", type=os.path.abspath)
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--phases", default="fuzzing,stateful")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only")
    parser.add_argument("--without")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(arguments, folder)))


main()

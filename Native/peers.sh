#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Makes .peers, the virtual environment with the Python packages that tests compare Galley with. Every package is
# checked against the digests in Tests/Peers. Running it again does nothing unless those files or the Python changed.

set -eu

usage() {
  cat <<'TEXT'
usage: Native/peers.sh [--without-torch] [--check]

  --without-torch  leave PyTorch out (about 1 GB)
  --check          install nothing; exit with 1 if .peers is missing or old

The interpreter is python3, or the one that PYTHON names; 3.11 to 3.14 are pinned, PyTorch for 3.11 only.
TEXT
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
peers="$root/.peers"
python=${PYTHON:-python3}
torch=yes
check=no
for argument in "$@"; do
  case "$argument" in
    --without-torch) torch=no ;;
    --check) check=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "peers.sh: unknown option '$argument'" >&2; usage >&2; exit 64 ;;
  esac
done

say() { printf 'peers: %s\n' "$*" >&2; }
fail() { code=$1; shift; say "$*"; exit "$code"; }

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
  fail 69 "'$python' does not run. Install Python 3.11 to 3.14, or name it in PYTHON."
case "$version" in
  3.11 | 3.12 | 3.13 | 3.14) ;;
  *) fail 69 "Python $version has no pinned packages. Install Python 3.11 to 3.14 and name it in PYTHON." ;;
esac
[ "$version" = 3.11 ] || torch=no

# The stamp is written last, so a run that was cut short is done again.
stamp="$peers/.galley-peers"
wanted=$({ echo "$version torch=$torch"; cat "$root"/Tests/Peers/requirements*.txt; } | "$python" -c '
import hashlib, sys
print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && "$peers/bin/python3" -c 'import onnxruntime' 2>/dev/null; then
  say ".peers is up to date."
  exit 0
fi
[ "$check" = no ] || { say ".peers is missing or old. Run Native/peers.sh."; exit 1; }

pip() { "$peers/bin/python3" -m pip --disable-pip-version-check "$@"; }
install() { pip install --quiet --retries 1 --require-hashes --only-binary=:all: "$@"; }

if ! "$peers/bin/python3" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null; then
  say "making .peers with Python $version"
  rm -rf "$peers"
  "$python" -m venv "$peers" ||
    fail 73 "The virtual environment could not be made. On Debian and Ubuntu: Native/system-packages.sh --tests"
fi
rm -f "$stamp"
say "installing the packages of Tests/Peers/requirements.txt"
install -r "$root/Tests/Peers/requirements.txt" ||
  fail 69 "The packages could not be installed, for the reason above. Correct it and run Native/peers.sh again."
suite="$peers/onnx-1.18.0"
if [ ! -d "$suite" ]; then
  say "unpacking the ONNX backend tests"
  rm -rf "$peers/wheels" "$suite.part"
  pip download --quiet --retries 1 --require-hashes --no-deps --only-binary=:all: --implementation cp \
    --python-version 3.11 --platform manylinux2014_x86_64 --dest "$peers/wheels" \
    -r "$root/Tests/Peers/requirements-onnx-suite.txt" ||
    fail 69 "The package onnx could not be fetched, for the reason above. Correct it and run Native/peers.sh again."
  "$python" -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith("onnx/backend/test/data/")])
' "$peers"/wheels/onnx-*.whl "$suite.part"
  mv "$suite.part" "$suite"
  rm -rf "$peers/wheels"
fi
# What speaks to the server needs none of the other packages.
if [ "$version" = 3.11 ] && [ "$(uname -m)" = x86_64 ]; then
  say "installing schemathesis"
  serving="$peers/serving"
  [ -x "$serving/bin/python3" ] || "$python" -m venv "$serving"
  "$serving/bin/python3" -m pip --disable-pip-version-check install --quiet --retries 1 --require-hashes \
    --only-binary=:all: -r "$root/Tests/Peers/requirements-serving.txt" ||
    fail 69 "schemathesis could not be installed, for the reason above. Correct it and run Native/peers.sh again."
fi
if [ "$torch" = yes ]; then
  say "installing PyTorch"
  pinned="$root/Tests/Peers/requirements-torch.txt"
  log="$peers/torch.log"
  if install -r "$pinned" >"$log" 2>&1 ||
    install --extra-index-url https://download.pytorch.org/whl/cpu -r "$pinned" >"$log" 2>&1; then
    rm -f "$log"
  else
    say "PyTorch could not be installed; tests that compare with it are skipped. pip's words: $log"
    exit 0
  fi
fi
# Datumaro needs an older Pillow than the one that images are compared with, so its packages are a folder of their own,
# behind which the packages of .peers lie.
if [ "$torch" = yes ] && [ "$(uname -m)" = x86_64 ]; then
  say "installing torchvision, TensorBoard, ModelAPI and the readers of data sets"
  lists="$root/Tests/Peers/requirements"
  install --no-deps -r "$lists-torchvision.txt" -r "$lists-tensorboard.txt" -r "$lists-modelapi.txt" ||
    fail 69 "One of them could not be installed, for the reason above. Correct it and run Native/peers.sh again."
  datasets="$peers/datasets"
  [ -x "$datasets/bin/python3" ] || "$python" -m venv "$datasets"
  site='import sysconfig; print(sysconfig.get_paths()["purelib"])'
  "$peers/bin/python3" -c "$site" >"$("$datasets/bin/python3" -c "$site")/peers.pth"
  "$datasets/bin/python3" -m pip --disable-pip-version-check install --quiet --retries 1 --require-hashes --no-deps \
    --only-binary=:all: -r "$lists-datasets.txt" ||
    fail 69 "The readers of data sets could not be installed, for the reason above. Run Native/peers.sh again."
fi
echo "$wanted" >"$stamp"
say "done: $peers/bin/python3"

#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Runs the built tests. If some fail, what failed stands together at the end, before the runner's own summary.

set -u
swift=${1:-swift}
scratch=${2:-.build}
log="$scratch/test.log"
status="$scratch/test.status"

{
  $swift test -c release --scratch-path "$scratch" --skip-build --disable-xctest 2>&1
  echo "$?" >"$status"
} | tee "$log"
code=$(cat "$status" 2>/dev/null || echo 70)
[ "$code" = 0 ] && exit 0
printf '\nWhat failed:\n'
grep -A 3 '^✘ Test .* recorded an issue' "$log" | grep -v '^[◇✔]' | cut -c 1-600
grep '^✘ Test run' "$log" | tail -n 1
exit "$code"

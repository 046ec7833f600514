#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Runs the built tests. If some fail, what failed stands together at the end, before the runner's own summary.
#
# A few tests run at a time, where the runner would begin all at once: a test that waits for its child process would
# otherwise stand behind hundreds that have not begun, and its deadlines would pass. `swift test` has no option for that,
# so its program is run by itself.

set -u
scratch=${1:-.build}
log="$scratch/test.log"
status="$scratch/test.status"

{
  NO_COLOR=1 "$scratch/release/galleyPackageTests.xctest" --testing-library swift-testing \
    --experimental-maximum-parallelization-width "${TEST_WIDTH:-6}" 2>&1
  echo "$?" >"$status"
} | tee "$log"
code=$(cat "$status" 2>/dev/null || echo 70)
[ "$code" = 0 ] && exit 0
printf '\nWhat failed:\n'
grep -A 3 '^✘ Test .* recorded an issue' "$log" | grep -v '^[◇✔]' | cut -c 1-600
grep '^✘ Test run' "$log" | tail -n 1
exit "$code"

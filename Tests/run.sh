#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Runs the built tests. If some fail, what failed stands together at the end, before the runner's own summary.
#
# A few tests run at a time, where the runner would begin all at once: a test that waits for its child process would
# otherwise stand behind hundreds that have not begun, and its deadlines would pass. `swift test` has no option for that,
# so its program is run by itself.
#
# Tests in which host and agent speak with each other come last, one at a time: an agent waits ten seconds for a host to
# say who it is, and tests that wait for other programs can hold all threads of the process for longer.

set -u
scratch=${1:-.build}
log="$scratch/test.log"
status="$scratch/test.status"
spoken='^(AgentServerTests|RemoteTargetsTests|TargetInstallingTests|TargetTransportTests)\.'

run() {
  {
    NO_COLOR=1 "$scratch/release/galleyPackageTests.xctest" --testing-library swift-testing "$@" 2>&1
    echo "$?" >>"$status"
  } | tee -a "$log"
}

rm -f "$log" "$status"
run --experimental-maximum-parallelization-width "${TEST_WIDTH:-6}" --skip "$spoken"
run --experimental-maximum-parallelization-width 1 --filter "$spoken"

# Both runs must have ended, and well.
[ "$(tr -d '\n' <"$status")" = 00 ] && failed=0 || failed=1
if [ "$failed" = 1 ]; then
  printf '\nWhat failed:\n'
  grep -A 3 '^✘ Test .* recorded an issue' "$log" | grep -vE '^(◇|✔)' | cut -c 1-600
fi
printf '\nBoth runs:\n'
grep -E '^(✔|✘) Test run with ' "$log"
exit "$failed"

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Standard output and disks that do not take what is written: a message, exit 1, no half result.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
run_into() { # run_into OUT: standard output goes to OUT
    "$epsim" run "$scenario" --no-plots -o "$work/r" >"$1" 2>"$work/err" </dev/null
    status=$?
}

: >"$work/out"
if [ -w /dev/full ]; then
    run_into /dev/full
    claim "a full standard output: message, exit 1, results in place" \
        all exits 1 / says "standard output: No space left on device" / test -s "$work/r/manifest.json"
else
    skip "no /dev/full"
fi
"$epsim" run "$scenario" --no-plots -o "$work/r" >&- 2>"$work/err" </dev/null
status=$?
claim "a closed standard output: message, exit 1, results in place" \
    all exits 1 / says "standard output is closed" / test -s "$work/r/manifest.json"
{ "$epsim" run "$scenario" --no-plots -o "$work/r" 2>"$work/err" </dev/null; echo $? >"$work/status"; } |
    { exec <&-; sleep 1; }
# the reader is gone before or after the write: both are fine, a death by SIGPIPE is not
status=$(cat "$work/status")
claim "a reader that went away: no death by signal" test "$status" -eq 0 -o "$status" -eq 1
"$epsim" help >&- 2>"$work/err"
status=$?
claim "help to a closed standard output exits 1" exits 1
"$epsim" run "$scenario" --no-plots -o "$work/r2" 2>&- >"$work/out" </dev/null
status=$?
claim "a closed standard error harms nobody" all exits 0 / prints "requests" / test -s "$work/r2/manifest.json"
"$epsim" run "$scenario" --no-plots -o "$work/r3" <&- >"$work/out" 2>"$work/err"
status=$?
claim "nor does a closed standard input" all exits 0 / test -s "$work/r3/manifest.json"

echo >"$work/file"
try run "$scenario" --no-plots -o "$work/file/out"
claim "-o below a file: message with the path, exit 1" all exits 1 / says "$work/file" / prints_nothing
try run "$scenario" --no-plots -o "$work/file"
claim "-o onto a file is refused" all test "$status" -eq 1 -o "$status" -eq 2 / says "$work/file"
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 555 "$work/locked"
    try run "$scenario" --no-plots -o "$work/locked/out"
    claim "-o in a folder without permission: message, exit 1" all exits 1 / says "Permission denied"
else
    try run "$scenario" --no-plots -o /proc/epsim-out
    claim "-o where no folder can be made: message, exit 1" all exits 1 / says "/proc/"
fi

# a disk that is full after 4 KiB a file
mkdir "$work/disk"
(
    trap '' XFSZ
    ulimit -f 4
    exec "$epsim" run "$scenario" --no-plots -o "$work/disk/out"
) >"$work/out" 2>"$work/err" </dev/null
status=$?
# what the limit also hits is the standard error file: it stays below 4 KiB
claim "a full disk: message, exit 1, nothing left behind" \
    all exits 1 / says "File too large" / test -z "$(ls -A "$work/disk")"
try run "$scenario" --no-plots -o "$work/disk/out"
cp -r "$work/disk/out" "$work/before"
(
    trap '' XFSZ
    ulimit -f 4
    exec "$epsim" run "$scenario" --no-plots --seed 9 -o "$work/disk/out"
) >"$work/out" 2>"$work/err" </dev/null
status=$?
claim "a full disk leaves an earlier result as it was" \
    all exits 1 / diff -r "$work/before" "$work/disk/out" / test "$(ls -A "$work/disk")" = out
plan

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A run as its user sees it: where results go, what is printed, which inputs matter.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
fingerprint_of() { sed -n 's/.*"fingerprint": "\([0-9a-f]*\)".*/\1/p' "$1/summary.json" | head -n 1; }

try run "$scenario" --no-plots -o "$work/a"
claim "a run exits 0 and prints its summary" all exits 0 / cmp "$work/out" "$work/a/summary.txt"
claim "the first line is the answer" grep -qE '^lost ([0-9,]+|none) of [0-9,]+ requests' "$work/out"
claim "the summary fits 80 columns" awk 'length > 80 { exit 1 }' "$work/out"
claim "standard error says where the results are" says "results in $work/a"
for file in manifest.json timing.json scenario.resolved.yaml summary.json summary.txt changes.csv propagation.csv \
    traffic.csv requests.csv timeseries.csv endpoints.jsonl; do
    claim "$file is written" test -s "$work/a/$file"
done
claim "--no-plots writes no figure" test ! -e "$work/a/plots"

try "$scenario" --no-plots --output="$work/b"
claim "epsim FILE is epsim run FILE, byte for byte" same_files "$work/a" "$work/b"
fingerprint=$(fingerprint_of "$work/a")
try - --no-plots -o "$work/c" <"$scenario"
claim "an empty standard input is no scenario" exits 2
"$epsim" run - --no-plots -o "$work/c" <"$scenario" >"$work/out" 2>"$work/err"
status=$?
claim "standard input is read as -" all exits 0 / test "$(fingerprint_of "$work/c")" = "$fingerprint"
try run "$work/a/scenario.resolved.yaml" --no-plots -o "$work/d"
claim "the resolved scenario runs to the same fingerprint" test "$(fingerprint_of "$work/d")" = "$fingerprint"

try run "$scenario" --no-plots -o "$work/a"
claim "-o over an earlier result replaces it with the same bytes" all exits 0 / same_files "$work/a" "$work/b"
mkdir "$work/mine"
echo precious >"$work/mine/letter"
try run "$scenario" --no-plots -o "$work/mine"
claim "-o onto a folder of somebody else's is refused, exit 2, nothing touched" \
    all exits 2 / says "$work/mine" / test "$(ls -A "$work/mine")" = letter
mkdir "$work/empty"
try run "$scenario" --no-plots -o "$work/empty"
claim "-o into an empty folder is fine" all exits 0 / test -s "$work/empty/summary.json"

try run "$scenario" --no-plots -o "$work/seed" --seed 7
claim "--seed changes the run" all exits 0 / test "$(fingerprint_of "$work/seed")" != "$fingerprint"
try run "$scenario" --no-plots -o "$work/until" --until 70s
claim "--until ends it earlier" all exits 0 / grep -q '"until_s": 70' "$work/until/summary.json"
try run "$scenario" --no-plots -o "$work/set" --set spec.until=70s
claim "--set does the same by its path" test "$(fingerprint_of "$work/set")" = "$(fingerprint_of "$work/until")"
try run "$scenario" --no-plots -o "$work/none" --set spec.untill=70s
claim "--set of an unknown field exits 2 and writes nothing" all exits 2 / says untill / test ! -e "$work/none"

try run "$scenario" --no-plots -o "$work/x" --expect-fingerprint "$fingerprint"
claim "--expect-fingerprint with the right value exits 0" exits 0
try run "$scenario" --no-plots -o "$work/x" --expect-fingerprint 0000000000000001
claim "--expect-fingerprint with another exits 4 and names both" \
    all exits 4 / says 0000000000000001 / says "$fingerprint"

try run "$scenario" --no-plots -N 4 -j 1 -o "$work/j1"
claim "-N writes a row a replication" \
    all exits 0 / test "$(wc -l <"$work/j1/replications.csv")" -eq 5 / grep -q ci95 "$work/j1/summary.json"
try run "$scenario" --no-plots -N 4 -j 3 -o "$work/j3"
claim "the number of threads changes no byte" all exits 0 / same_files "$work/j1" "$work/j3"

sed '0,/^spec:/s//spec:\n  thresholds: {http_req_failed: ["rate<0.0000001"]}/' "$scenario" >"$work/strict.yaml"
try run "$work/strict.yaml" --no-plots -o "$work/strict"
claim "a failed threshold exits 99, with results" \
    all exits 99 / test -s "$work/strict/summary.json" / says threshold
sed '0,/^spec:/s//spec:\n  thresholds: {http_req_failed: ["rate<0.5"]}/' "$scenario" >"$work/lax.yaml"
try run "$work/lax.yaml" --no-plots -o "$work/lax"
claim "a threshold that holds exits 0" exits 0

expecting() {
    sed "s|^  timeline:|  timeline:\n    - {at: 30s, expect: \"$1\"}|" "$scenario" >"$work/expecting.yaml"
    try run "$work/expecting.yaml" --no-plots -o "$work/expecting" ${2:+"$2" "$3"}
}
expecting "deployment/kubia available == 7"
claim "a failed expectation exits 99 and says what was found, in the summary and in summary.json" \
    all exits 99 / says "1 expectation failed" / \
    grep -q 'FAILED  deployment/kubia available == 7: found 6 at 30 s' "$work/expecting/summary.txt" / \
    grep -q '"first_failure": {' "$work/expecting/summary.json"
expecting "deployment/kubia available == 7" -N 3
claim "it is told how often it failed in several replications" \
    all exits 99 / grep -q 'found 6 at 30 s; failed 3 of 3 times' "$work/expecting/summary.txt"
expecting "service/kubia endpoints >= 6"
claim "an expectation that holds exits 0" \
    all exits 0 / grep -q 'ok      service/kubia endpoints >= 6: found 6' "$work/expecting/summary.txt"

try run "$scenario" --no-plots -q -o "$work/q"
claim "-q says nothing on standard error and still prints the summary" \
    all exits 0 / says_nothing / cmp "$work/out" "$work/q/summary.txt"
try run "$scenario" --no-plots -v -o "$work/v"
claim "-v tells the fingerprint" says "fingerprint $fingerprint"
try run "$scenario" --no-plots --progress plain -o "$work/p"
claim "--progress plain writes lines, each tenth of the run" test "$(grep -c 'events/s' "$work/err")" -ge 5
try run "$scenario" --no-plots -o "$work/p"
claim "no progress where standard error is no terminal" all exits 0 / test "$(grep -c 'events/s' "$work/err")" -eq 0

escapes() { grep -q "$(printf '\033')\[" "$work/err"; }
no_escapes() { ! escapes; }
try run no-such.yaml
claim "no colour where standard error is no terminal" no_escapes
try run no-such.yaml --color always
claim "--color always colours" escapes
if command -v script >/dev/null; then
    script -qc "'$epsim' run no-such.yaml" /dev/null >"$work/err" 2>&1 </dev/null
    TERM=xterm script -qc "TERM=xterm '$epsim' run no-such.yaml" /dev/null >"$work/err" 2>&1 </dev/null
    claim "colour on a terminal" escapes
    TERM=xterm script -qc "TERM=xterm NO_COLOR=1 '$epsim' run no-such.yaml" /dev/null >"$work/err" 2>&1 </dev/null
    claim "NO_COLOR takes it away" no_escapes
    TERM=xterm script -qc "TERM=xterm '$epsim' run no-such.yaml --color never" /dev/null >"$work/err" 2>&1 </dev/null
    claim "--color never takes it away" no_escapes
else
    skip "colour on a terminal: no script(1)"
fi

top=$PWD
mkdir "$work/cwd"
cd "$work/cwd" || exit 1
try run "$top/$scenario" --no-plots
claim "without -o results go to results/SCENARIO/SEED-DIGEST" \
    all exits 0 / test -s results/rolling-update/latest/summary.json
first=$(readlink results/rolling-update/latest)
try run "$top/$scenario" --no-plots
claim "the same inputs find the same folder" test "$(readlink results/rolling-update/latest)" = "$first"
try run "$top/$scenario" --no-plots --seed 8
claim "other inputs get another one, and latest points to it" \
    all test "$(find results/rolling-update -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 / \
    test "$(readlink results/rolling-update/latest)" != "$first"
cd "$top" || exit 1
plan

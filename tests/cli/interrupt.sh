#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# An interrupt ends a run early: what is complete is written and marked partial, or nothing is.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml

# interrupt SIGNAL ARGUMENT...: starts a run that would take long, and stops it after a moment
interrupt() {
    local signal=$1 child
    shift
    "$epsim" run "$scenario" --no-plots "$@" >"$work/out" 2>"$work/err" </dev/null &
    child=$!
    sleep 1
    kill -"$signal" "$child"
    wait "$child"
    status=$?
}

interrupt INT --until 100h -o "$work/one"
claim "SIGINT exits 130 and says so" all exits 130 / says interrupted
claim "the result is marked partial in summary and manifest" \
    all grep -q '"partial": true' "$work/one/summary.json" / grep -q '"partial": true' "$work/one/manifest.json"
claim "the summary says so too" prints "partial"
interrupt TERM --until 100h -o "$work/term"
claim "SIGTERM ends it in the same way" all exits 130 / grep -q '"partial": true' "$work/term/summary.json"
interrupt INT -N 100000 -j 2 -o "$work/many"
claim "of many replications the complete ones are kept" \
    all exits 130 / test "$(wc -l <"$work/many/replications.csv")" -ge 2 / \
    grep -q '"partial": true' "$work/many/manifest.json"
interrupt INT -N 2 -j 2 --until 100h -o "$work/none"
claim "where nothing is complete nothing is left" all exits 130 / test ! -e "$work/none"
claim "no work folder is left behind" \
    test -z "$(find "$work" -mindepth 1 -maxdepth 1 -type d ! -name one ! -name term ! -name many)"
plan

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# scenarios/myths: each says a common claim as a threshold or an expectation, which does not hold (exit 99); with the remedy
# that its comment names it does.
. tests/cli/tap

count=0
for file in scenarios/myths/*.yaml; do
    name=$(basename "$file" .yaml)
    count=$((count + 1))
    try run "$file" --no-plots -q -o "$work/$name"
    claim "$name: the claim does not hold" exits 99
    remedy=$(sed -n 's/^# Remedy: //p' "$file")
    eval "set -- $remedy"
    try run "$file" --no-plots -q -o "$work/$name-remedy" "$@"
    claim "$name: with the remedy it does" all exits 0 / test $# -gt 0
done
claim "there are at least five" test "$count" -ge 5
plan

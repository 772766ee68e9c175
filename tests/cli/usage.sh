#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage, help, suggestions, exit statuses of what is wrong before anything runs.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
commands="run get describe diff dns validate explain schema why plot report version help"

nothing_made() { [ ! -e results ] || [ -z "$(find results -newer "$work/start" -print -quit)" ]; }
touch "$work/start"

try
claim "without FILE: usage on standard error, exit 2" all exits 2 / says "usage: epsim FILE" / prints_nothing
try run
claim "run without FILE names what is missing, exit 2" all exits 2 / says "usage: epsim run FILE" / prints_nothing
try help
claim "help prints the page and exits 0" all exits 0 / prints "usage: epsim FILE" / says_nothing
cp "$work/out" "$work/overview"
try --help
claim "--help and -h are the same page as help" cmp "$work/out" "$work/overview"

narrow() { ! awk 'length > 80 { print; wide = 1 } END { exit !wide }' "$work/pages"; }
cp "$work/overview" "$work/pages"
for command in $commands; do
    try help "$command"
    cat "$work/out" >>"$work/pages"
    claim "help $command shows an example and its usage" \
        all exits 0 / prints "  epsim $command" / prints "usage: epsim $command"
    cp "$work/out" "$work/page"
    try "$command" --help
    claim "$command --help is the same page" cmp "$work/out" "$work/page"
done
claim "help pages fit 80 columns" narrow
try help rnu
claim "help of an unknown command exits 2" all exits 2 / says "rnu"

try rnu "$scenario"
claim "a misspelt command is answered with the right one" all exits 2 / says 'did you mean run?'
try run "$scenario" --replicaton 3
claim "a misspelt option is answered with the right one" \
    all exits 2 / says 'unknown option --replicaton; did you mean --replications?' / prints_nothing
try "$scenario" --no-plot
claim "the short form knows the options of run" all exits 2 / says 'did you mean --no-plots?'
try "$scenario" -x
claim "an unknown letter exits 2" all exits 2 / says "unknown option -x"
try run "$scenario" "$scenario"
claim "two files exit 2" all exits 2 / says "one FILE at a time"

for command in compare sweep solve serve lab bench; do
    try "$command" x
    claim "$command says that it is not available in this version" \
        all exits 2 / says "$command: not available in this version"
done

for bad in "--seed x" "--seed -1" "--seed 18446744073709551616" "-N 0" "-N 1.5" "-j 0" "--until 5" \
    "--until -5s" "--until 0s" "--expect-fingerprint 123" "--color blue" "--progress fast" "--quiet=1"; do
    # shellcheck disable=SC2086
    try run "$scenario" $bad
    claim "$bad is refused with its name, exit 2" all exits 2 / says "${bad%%[= ]*}" / prints_nothing
done 2>/dev/null
try run "$scenario" --seed
claim "an option without its value is refused" all exits 2 / says "--seed needs a value"
try run "$scenario" -o --seed 3
claim "an option is not taken for a value" all exits 2 / says "-o needs a value"

try no-such.yaml
claim "a missing file exits 1 or 2 and is named" all test "$status" -eq 1 -o "$status" -eq 2 / says no-such.yaml
claim "nothing was written by any of these" nothing_made

try version
claim "version is one line" all exits 0 / grep -qxE 'epsim [0-9]+\.[0-9]+\.[0-9]+' "$work/out"
try validate "$scenario" scenarios/kill-pod.yaml
claim "validate names every valid file on standard output" \
    all exits 0 / prints "$scenario: valid" / prints "scenarios/kill-pod.yaml: valid"
sed 's/replicas: 6/replicas: six/' "$scenario" >"$work/bad.yaml"
try validate "$work/bad.yaml" "$scenario"
claim "validate of an invalid and a valid file exits 2 and tells of both" \
    all exits 2 / says "bad.yaml:" / prints "$scenario: valid"
shopt -s extglob
try validate scenarios/!(endpoints-wrong-name).yaml
claim "all scenarios are valid, without a warning" all exits 0 / says_nothing
try validate scenarios/endpoints-wrong-name.yaml
claim "but the one about a wrong name" all exits 0 / says "did you mean external-service?"
plan

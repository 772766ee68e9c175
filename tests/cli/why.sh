#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim why: every loss in a group, the story of a request and of a change, and advice that holds when it is followed.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
container='deployment/kubia:spec.template.spec.containers[0]'

# Numbers at the beginning of the groups' first lines, added up.
explained() { grep -oE '^[0-9,]+ [a-z_]+[,:]' "$work/out" | tr -d , | awk '{sum += $1} END {print sum + 0}'; }
lost() { grep -o '"failed": [0-9]*' "$1/summary.json" | head -1 | grep -o '[0-9]*'; }
fits_80_columns() { [ "$(grep -v "epsim why $work" "$work/out" | wc -L)" -le 80 ]; } # a folder's path may be long
prints_match() { grep -qE -- "$1" "$work/out"; }
one_line() { tr '\n' ' ' <"$work/out" | tr -s ' ' >"$work/line"; grep -qF -- "$1" "$work/line"; }

run() { "$epsim" run "$@" --no-plots -q >"$work/ignored" 2>&1 </dev/null; }

run "$scenario" -o "$work/r"
try why "$work/r"
claim "without a question the failures are explained" \
    all exits 0 / prints "rolling-update: lost 176 of 32,097 requests" / says_nothing
claim "the groups add up to what was lost" test "$(explained)" = "$(lost "$work/r")"
claim "the page fits 80 columns, without colours" all fits_80_columns / test -z "$(grep "$(printf '\033')" "$work/out")"
claim "a group has its arithmetic, and says by how much the news was late" \
    all prints "122 timeout, news stuck in proxy_wait: the pod was gone" / \
    one_line "news stuck in proxy_wait 0.66 s of 0.67 s; node-2 knew 0.44 s too late"
cp "$work/out" "$work/page"
try why "$work/r" failures
claim "failures says the same" cmp "$work/out" "$work/page"
try why "$work/r" --color always
claim "colours on request" grep -q "$(printf '\033')\[1m" "$work/out"

# events.jsonl: ids are line numbers, times do not go back, a cause comes before.
claim "events are numbered by line, in the order of time, each after its cause" \
    test "$(awk -F'[:,]' '{c = $0; sub(/.*"cause":/, "", c); sub(/}.*/, "", c)
        if ($2 != NR || $4 + 0 < last || (c != "null" && c + 0 >= NR)) bad++; last = $4 + 0} END {print bad + 0}' "$work/r/events.jsonl")" = 0
claim "every deletion of the rollout goes back to the timeline" \
    test "$(grep '"what":"deleted"' "$work/r/events.jsonl" | grep -oE '"cause":[0-9]+' | sort -u)" = \
    "$(grep '"what":"timeline"' "$work/r/events.jsonl" | sed -E 's/.*"id":([0-9]+),.*/"cause":\1/')"

# The arithmetic of the example against the rows.
id=shoppers/13372
row=$(grep "^$id," "$work/r/requests.csv")
change=$(echo "$row" | cut -d, -f16)
node=$(echo "$row" | cut -d, -f5)
known=$(awk -F, -v c="$change" -v n="$node" 'NR == FNR {if ($1 == c) t = $8; next} $1 == c && $2 == n {print t + $12}' \
    "$work/r/changes.csv" "$work/r/propagation.csv")
late=$(echo "$row" | awk -F, -v k="$known" '{printf "%.2f", k - $3}')
try why "$work/r" request "$id"
claim "a request's story names the change and how much too late the node knew" \
    all exits 0 / one_line "(change $change, because of a rollout)" / one_line "in effect $late s too late"
claim "it is a numbered timeline in the order of time" \
    test "$(grep -oE '^ *[0-9]+ +[0-9.]+ s' "$work/out" | awk '$1 != NR || $2 < last {bad = 1} {last = $2} END {print (NR > 9 && !bad)}')" = 1
claim "it tells the pod's life, the news' way and the end" \
    all one_line "is deleted: its deletionTimestamp is set (rollout)" / one_line "gets SIGTERM" / \
    one_line "has lost its address" / one_line "news: rules in effect on $node (proxy_sync took 60.0 ms)" / \
    one_line "timeout after 2.00 s" / fits_80_columns
try why "$work/r" change 3
claim "a change's story begins with the timeline" \
    all exits 0 / prints_match '^ +1 +60\.000 s  timeline: set image deployment/kubia' / \
    one_line "It cost 2 requests: 2 refused" / prints_match '^  last +node-2 ' / fits_80_columns
claim "all requests that a change cost, over all changes, are those that name one" \
    test "$(for i in $(seq 24); do "$epsim" why "$work/r" change "$i" | grep -oE 'It cost [0-9]+' | cut -c9-; done | awk '{s += $1} END {print s}')" = \
    "$(awk -F, 'NR > 1 && $16 != ""' "$work/r/requests.csv" | wc -l)"
try why "$work/r" -o json
claim "-o json gives groups and advice" \
    all exits 0 / prints '"explained": 176' / prints '"setting": "prestop"' / prints '"stage": "proxy_wait"'

# The advice, followed.
run "$scenario" -o "$work/slept" --set "$container.lifecycle.preStop.sleep.seconds=2"
claim "the preStop sleep that why asks for saves them all, as it says" \
    all grep -qF "a preStop sleep of 2 s would have saved 176 of 176" "$work/page" / test "$(lost "$work/slept")" = 0
try why "$work/slept"
claim "where nothing was lost why says so" all exits 0 / prints "lost 0 of" / test "$(wc -l <"$work/out")" -eq 1
saved=$(tr '\n' ' ' <"$work/page" | tr -s ' ' | grep -oE 'near 0; [^)]*\) would have saved about [0-9]+' | grep -oE '[0-9]+$')
run "$scenario" -o "$work/quick" --set spec.cluster.proxy.iptables.minSyncPeriod=1ms
claim "a minSyncPeriod near 0 saves about as many as it says" \
    test "$(($(lost "$work/r") - $(lost "$work/quick") - saved))" -ge -10 -a "$(($(lost "$work/r") - $(lost "$work/quick") - saved))" -le 10

# What is missing is said.
run "$scenario" -o "$work/none" --set spec.record.requests=none
try why "$work/none"
claim "without rows of requests the summary's groups are shown, and what is missing" \
    all exits 0 / prints "record.requests: none" / test "$(explained)" = "$(lost "$work/none")"
try why "$work/none" request "$id"
claim "a request cannot be looked up then" all exits 2 / says "none/requests.csv holds no request" / says "record.requests"
run "$scenario" -o "$work/many" -N 3
try why "$work/many"
claim "of several replications it explains the first and says so" \
    all exits 0 / prints "mean of 3" / prints "explained are the 176 of replication 0" / test "$(explained)" = 176
run "$scenario" -o "$work/all" --set spec.record.requests=all --until 65s
try why "$work/all" request shoppers/10000
claim "an answered request has its story too" all exits 0 / prints "request shoppers/10000: ok" / one_line "nothing to explain"

# Questions that have no answer.
try why
claim "why without a folder" all exits 2 / says "the operand is missing"
try why "$work/r" request
claim "request without an ID" all exits 2 / says "expected one ID"
try why "$work/r" request shoppers/0
claim "no such request: the range and the file" \
    all exits 2 / says 'requests.csv has no request "shoppers/0": it holds 176, the first shoppers/12436'
try why "$work/r" change 99
claim "no such change: the range and the file" all exits 2 / says 'changes.csv has no change "99": it holds 1 to 24'
try why "$work/r" change 3x
claim "a change that is no number" all exits 2 / says 'has no change "3x"'
try why "$work/r" failure
claim "an unknown question" all exits 2 / says 'expected failures, request ID or change ID, got "failure"'
try why "$work/r" -o yaml
claim "an unknown output" all exits 2 / says 'expected text or json, got "yaml"'

# Every scenario.
for file in scenarios/*.yaml; do
    run "$file" -o "$work/s"
    try why "$work/s"
    claim "$(basename "$file"): all losses are explained, in 80 columns" \
        all exits 0 / test "$(explained)" = "$(lost "$work/s")" / fits_80_columns
done
plan

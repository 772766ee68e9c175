#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
#
# Golden runs: each scenario's fingerprint and a dozen figures, two replications, against tests/golden/NAME.csv.
# A changed figure needs its reason in the commit that changes the file. To write them anew: GOLDEN_WRITE=1.
. tests/cli/tap

figures="replication fingerprint requests.total requests.ok requests.failed requests.in_flight \
requests.failed_by.refused requests.failed_by.timeout requests.latency_s.mean requests.latency_s.p99 \
propagation.changes propagation.latency_s.mean propagation.latency_s.p99 control_plane.endpointslice_writes \
control_plane.proxy_syncs engine.events"

# The chosen columns of replications.csv, by name and in that order.
choose() {
    awk -F, -v wanted="$figures" '
        BEGIN { count = split(wanted, names, " ") }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i
                  for (i = 1; i <= count; i++) if (!(names[i] in at)) { print "no column " names[i]; exit 1 } }
        { for (i = 1; i <= count; i++) printf "%s%s", $(at[names[i]]), i < count ? "," : "\n" }' "$1"
}

for scenario in scenarios/*.yaml; do
    name=$(basename "$scenario" .yaml)
    try run "$scenario" -N 2 --no-plots -q -o "$work/$name"
    choose "$work/$name/replications.csv" >"$work/$name.csv"
    [ -z "${GOLDEN_WRITE:-}" ] || cp "$work/$name.csv" "tests/golden/$name.csv"
    claim "$name runs as it did" all exits 0 / diff "tests/golden/$name.csv" "$work/$name.csv"
done
plan

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
#
# A real kube-proxy (1.20.2, iptables, minSyncPeriod 1 s, 13 services), and up to 400 watchers of a real API server, against
# epsim with their base times as input: a sync of 75 ms (91 ms where changes are far apart), the rest as in latency.sh.
# Measured: from a change's write to its rules, 30 changes three seconds apart, 60 changes 0.1 to 1 s apart, 60 changes
# 0.11 s apart. Table: docs/validation.md.
. tests/cli/tap

head_of() { # SYNC NODES WATCH_NODE
    cat <<END
apiVersion: epsim/v1
kind: Scenario
metadata: {name: proxy}
spec:
  until: 120s
  cluster:
    version: "1.20"
    kubelet: none
    nodes: $2
    proxy: {mode: iptables, iptables: {minSyncPeriod: 1s}}
    latency:
      api.write: {lognormal: {p50: 2100us, p99: 7ms}}
      watch.controller: {lognormal: {p50: 300us, p99: 2ms}}
      controller.sync: {affine: {base: 400us, per: 27us}}
      watch.node: $3
      proxy.sync: $1
  clients: []
  timeline:
END
}

# changes COUNT LOW HIGH: gaps in ms, spread evenly between by a fixed sequence
changes() {
    awk -v count="$1" -v low="$2" -v high="$3" 'BEGIN {
        x = 12345
        for (k = 0; k < count; k++) {
            printf "    - {at: %.3fms, patch: {target: pod/web-6d4cf56db6-00000, subresource: status, patch: " \
                   "{status: {conditions: [{type: Ready, status: \"%s\"}]}}}}\n", 5000 + sum, k % 2 ? "True" : "False"
            x = (x * 1103 + 12345) % 65536
            sum += low + (high - low) * x / 65536
        } }'
}

objects() { # PODS
    awk -v count="$1" 'BEGIN {
        for (i = 0; i < count; i++)
            printf "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-6d4cf56db6-%05d, labels: {app: web}}\n" \
                   "spec: {nodeName: node-1, containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}\n" \
                   "status: {phase: Running, podIP: 10.100.%d.%d, conditions: [{type: Ready, status: \"True\"}]}\n", \
                   i, i / 250, i % 250 + 1 }'
    printf -- '---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n'
    echo 'spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}'
}

run_it() { rm -rf "$work/result"; try run "$work/s.yaml" --no-plots -q -o "$work/result"; }
# latencies in ms, sorted, of all pairs of change and node
latencies() { awk -F, 'NR > 1 {printf "%.3f\n", 1000 * $12}' "$work/result/propagation.csv" | sort -n; }
quantile() { latencies | awk -v q="$1" '{v[NR] = $1} END {i = int(q * NR) + 1; print v[(i > NR ? NR : i)]}'; }
# the instants at which changes came into effect
syncs() {
    awk -F, 'NR == FNR {if (FNR > 1) cause[$1] = $8; next} FNR > 1 {printf "%.4f\n", cause[$1] + $12}' \
        "$work/result/changes.csv" "$work/result/propagation.csv" | sort -u | wc -l
}
within() { echo "got $2, allowed $1 to $3"; awk -v l="$1" -v v="$2" -v h="$3" 'BEGIN { exit !(v != "" && v >= l && v <= h) }'; }

# experiment NAME SYNC COUNT LOW HIGH
experiment() {
    { head_of "$2" 1 5ms; changes "$3" "$4" "$5"; objects 1; } >"$work/s.yaml"
    run_it
    echo "# $1: p50 $(quantile 0.5) p90 $(quantile 0.9) max $(quantile 1) ms, $(syncs) syncs"
}

experiment "three seconds apart" 91ms 30 2570 3440
claim "isolated changes: p50 of 97 ms within 5 %" all exits 0 / within 92 "$(quantile 0.5)" 102
claim "each with a sync of its own" within 30 "$(syncs)" 30
experiment "0.1 to 1 s apart" 75ms 60 120 1000
claim "changes 0.1 to 1 s apart: p50 of 478 ms within 15 %" all exits 0 / within 406 "$(quantile 0.5)" 550
claim "their p90 of 962 ms within 10 %" within 866 "$(quantile 0.9)" 1058
claim "none waits longer than the period and a sync: 1105 ms at most" within 900 "$(quantile 1)" 1110
claim "their 36 syncs: 33 to 39" within 33 "$(syncs)" 39
experiment "0.11 s apart" 75ms 60 104 116
claim "changes every 110 ms: p50 of 507 ms within 10 %" all exits 0 / within 456 "$(quantile 0.5)" 558
claim "their p90 of 946 ms within 10 %" within 851 "$(quantile 0.9)" 1041
claim "their 9 syncs: 8 to 9" within 8 "$(syncs)" 9

# One change, W watchers: from the first to the last that has it, the median of 12 changes. Measured with a slice of 100
# (23 KB) 0.5, 5.6 and 18.4 ms in a service of 100 pods, 0.8, 6.7 and 25.4 ms in one of 1000; with Endpoints of 1000
# (121 KB) 4.0, 21.1 and 57.2 ms.
spread() { # WATCHERS PODS GATE
    { head_of 0s "$1" 1us | sed "s/proxy: {/proxy: {featureGates: {EndpointSliceProxying: $3}, /"
      changes 12 1500 1500; objects "$2"; } >"$work/s.yaml"
    run_it
    awk -F, 'NR > 1 {if (!($1 in low) || $12 < low[$1]) low[$1] = $12; if ($12 > high[$1]) high[$1] = $12}
        END {for (c in low) print 1000 * (high[c] - low[c])}' "$work/result/propagation.csv" | sort -n |
        awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
while read -r watchers pods gate low high; do
    ms=$(spread "$watchers" "$pods" "$gate")
    echo "# $watchers watchers, $pods pods, slices: $gate: first to last $ms ms"
    claim "$watchers watchers of $pods pods (slices: $gate): spread of $low to $high ms" all exits 0 / within "$low" "$ms" "$high"
done <<'END'
10 100 true 0.3 1.2
100 100 true 4 9
400 100 true 15 33
400 1000 true 15 33
100 1000 false 11 26
400 1000 false 43 80
END
plan

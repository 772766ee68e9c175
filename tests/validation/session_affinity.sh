#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 120
#
# Session affinity as whole scenarios, against a real kernel with kube-proxy's iptables rules: of N clients of three
# endpoints that connect one after the other, and again, how many stay with their endpoint. Measured: 60 of 60, 240 of
# 240, but 200 and 191 of 600, since a list holds 100 addresses. A window of 3 s slides: 100 of 100 are kept that connect
# every 2 s, 34 of 100 (chance) after 4.5 s. One client, 2,000 connections: one endpoint.
. tests/cli/tap

# scenario CLIENTS GAP_MS ROUNDS TIMEOUT_S
scenario() {
    cat <<END
apiVersion: epsim/v1
kind: Scenario
metadata: {name: affinity}
spec:
  seed: 5
  until: $(($1 * $2 * $3 + 1000))ms
  cluster: {nodes: 1, latency: {dns.query: 0s, network.rtt: 0s}}
  apps: [{serviceTime: 0s}]
  clients:
    - {name: c, target: "http://web", rate: 1000, timeUnit: $(($2 * 1000))ms, arrivals: even, identities: $1, identityOrder: turns}
  record: {requests: all}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: server, image: server, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  sessionAffinity: ClientIP
  sessionAffinityConfig: {clientIP: {timeoutSeconds: $4}}
  ports: [{port: 80, targetPort: 8080}]
END
}

# run CLIENTS GAP_MS ROUNDS TIMEOUT_S
run() {
    scenario "$@" >"$work/affinity.yaml"
    rm -rf "$work/result"
    try run "$work/affinity.yaml" --no-plots -q -o "$work/result"
}

# kept CLIENTS LEAST MOST: how many of the second round went where the first one's did
kept() {
    awk -F, -v n="$1" -v least="$2" -v most="$3" '
        NR > 1 { split($1, id, "/"); pod[id[2]] = $7 }
        END { for (i = 1; i <= n; i++) same += pod[i] != "" && pod[i] == pod[i + n]
              printf "%d of %d kept, expected %d to %d\n", same, n, least, most
              exit !(same >= least && same <= most) }' "$work/result/requests.csv"
}

one_pod() { [ "$(cut -d, -f7 "$work/result/requests.csv" | sed 1d | sort -u | wc -l)" -eq 1 ]; }

run 60 10 2 10800
claim "60 clients: all kept" all exits 0 / kept 60 60 60
run 240 10 2 10800
claim "240 clients: all kept" all exits 0 / kept 240 240 240
run 600 10 2 10800
claim "600 clients: kept by chance, as 200 and 191 of 600 were" all exits 0 / kept 600 165 235
run 100 20 2 3
claim "a window of 3 s, connections every 2 s: all kept" all exits 0 / kept 100 100 100
run 100 45 2 3
claim "a window of 3 s, connections every 4.5 s: by chance, as 34 of 100 were" all exits 0 / kept 100 19 48
run 1 1 2000 10800
claim "2,000 connections of one client: one endpoint" all exits 0 / one_pod
plan

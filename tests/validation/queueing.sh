#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 120
#
# Whole scenarios against queueing theory: one pod, no network, no DNS, Poisson arrivals, exponential service, 70 % load.
# M/M/1: T = 1 / (mu - lambda). M/M/c: T = 1/mu + C / (c mu - lambda), C by Erlang's second formula (0.221731 for c = 10).
. tests/cli/tap

# scenario CONCURRENCY SERVICE_MEAN: 70 requests a second for 50 minutes
scenario() {
    cat <<END
apiVersion: epsim/v1
kind: Scenario
metadata: {name: queue}
spec:
  seed: 7
  until: 50m
  warmup: 1m
  cluster: {nodes: 1, latency: {dns.query: 0s, network.rtt: 0s}}
  apps: [{serviceTime: {exponential: {mean: $2}}, concurrency: $1, queue: 100000}]
  clients: [{name: load, target: "http://queue", rate: 70, timeout: 1h}]
---
apiVersion: v1
kind: Service
metadata: {name: queue}
spec: {selector: {app: queue}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: queue, labels: {app: queue}}
spec: {containers: [{name: server, image: server, ports: [{containerPort: 8080}]}]}
END
}

# mean_is MEAN_S TOLERANCE_RATIO: the mean latency of the summary, in seconds
mean_is() {
    awk -F'[:,]' -v want="$1" -v tolerance="$2" '
        /"latency_s"/ && !seen { seen = 1 }
        seen && /"mean"/ { printf "mean %s, theory %s\n", $2, want
                           exit !($2 > want * (1 - tolerance) && $2 < want * (1 + tolerance)) }' "$work/result/summary.json"
}

# queue NAME CONCURRENCY SERVICE_MEAN MEAN_S
queue() {
    scenario "$2" "$3" >"$work/queue.yaml"
    rm -rf "$work/result"
    try run "$work/queue.yaml" --no-plots -q -o "$work/result"
    claim "$1 as a scenario: mean sojourn $4 s within 2 %" all exits 0 / mean_is "$4" 0.02
}

queue M/M/1 1 10ms 0.0333333
queue M/M/10 10 100ms 0.1073910
plan

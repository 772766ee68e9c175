#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Where requests go: traffic policies from inside and from outside, and what becomes of those that may go nowhere.
. tests/cli/tap

# scenario POLICIES FROM: a pod on node-1 and none on node-2
scenario() {
    cat <<END
apiVersion: epsim/v1
kind: Scenario
metadata: {name: policies}
spec:
  until: 20s
  cluster: {nodes: 2}
  clients: [{name: c, target: "http://web", rate: 20, arrivals: even, timeout: 500ms, from: {$2}}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: server, image: server, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, $1 ports: [{port: 80, targetPort: 8080}]}
END
}

# run POLICIES FROM
run() {
    scenario "$@" >"$work/policies.yaml"
    rm -rf "$work/result"
    try run "$work/policies.yaml" --no-plots -q -o "$work/result"
}

# count OUTCOME: of the summary
count() { awk -F'[:,]' -v key="\"$1\"" '$1 ~ key { print $2 + 0; exit }' "$work/result/summary.json"; }
only() { [ "$(count "$1")" -gt 100 ] && [ "$(count total)" -le "$(($(count "$1") + $(count in_flight)))" ]; }

run "" "nodes: [node-2]"
claim "Cluster: a node without a pod sends to others" all exits 0 / only ok
run "internalTrafficPolicy: Local," "nodes: [node-1]"
claim "internal Local: a node with a pod serves" all exits 0 / only ok
run "internalTrafficPolicy: Local," "nodes: [node-2]"
claim "internal Local: a node without a pod drops, and clients time out" all exits 0 / only timeout
run "externalTrafficPolicy: Local," "nodes: [node-2]"
claim "external Local is of no account inside" all exits 0 / only ok
run "externalTrafficPolicy: Local," "nodes: [node-2], outside: true"
claim "external Local: a node without a pod drops what comes from outside" all exits 0 / only timeout
run "externalTrafficPolicy: Local," "nodes: [node-1], outside: true"
claim "external Local: a node with a pod serves it" all exits 0 / only ok
run "internalTrafficPolicy: Local," "nodes: [node-2], outside: true"
claim "internal Local is of no account outside" all exits 0 / only ok
plan

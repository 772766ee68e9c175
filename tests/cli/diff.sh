#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim diff: what a node believes against the API.
. tests/cli/tap

cat >"$work/cut.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: cut}
spec:
  until: 2m
  timeline:
    - {at: 5s, partition: {target: node/node-2}}
    - {at: 10s, scale: {target: deployment/kubia, replicas: 3}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia}
spec:
  replicas: 2
  selector: {matchLabels: {app: kubia}}
  template:
    metadata: {labels: {app: kubia}}
    spec:
      containers:
      - {name: c, image: x, ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
END

try diff node-2 -f "$work/cut.yaml" --at 4s
claim "a node that has it all: nothing, and a word about it" all exits 0 / prints_nothing / says "node-2 has what the API holds."
try diff node-2 -f "$work/cut.yaml" --at 30s
claim "a node that is cut off lacks the new pod" all exits 0 / says_nothing / \
    grep -qE '^default +kubia +10\.244\.[0-9]+\.[0-9]+:8080 +ready +-$' "$work/out"
claim "only what differs is shown, headless services aside" test "$(wc -l <"$work/out")" = 2
claim "under a line of column names" grep -qE '^NAMESPACE +SERVICE +ADDRESS +API +NODE$' "$work/out"
try diff node-1 -f "$work/cut.yaml" --at 30s
claim "the others have it" all exits 0 / prints_nothing
try diff nod-2 -f "$work/cut.yaml"
claim "a node that is not there: exit 2 and a suggestion" all exits 2 / says 'there is no node "nod-2"; did you mean node-2?'
try diff -f "$work/cut.yaml"
claim "without a node: usage" all exits 2 / says "epsim diff NODE -f FILE"
plan

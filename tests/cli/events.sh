#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Kubernetes Events: `epsim get events`, and the section of `epsim describe`.
. tests/cli/tap

look=tests/cli/data/look.yaml

try get events -f "$look" --at 31s
claim "the columns are kubectl's" all exits 0 / says_nothing / \
    test "$(head -n 1 "$work/out" | tr -s ' ')" = "LAST SEEN TYPE REASON OBJECT MESSAGE"
claim "a Deployment's scaling" grep -qE '^21s +Normal +ScalingReplicaSet +deployment/kubia +Scaled up replica set kubia-zrmmjb2t8q from 3 to 5$' "$work/out"
claim "a pod's life" all \
    grep -qE 'Normal +Scheduled +pod/kubia-[a-z0-9-]+ +Successfully assigned default/kubia-[a-z0-9-]+ to a1$' "$work/out" / \
    grep -qE 'Normal +Pulled +pod/.* Container image "luksa/kubia:v2" already present on machine$' "$work/out" / \
    grep -qE 'Warning +Unhealthy +pod/.* Readiness probe failed: Get "http://10.244.[0-9.]+:8080/": dial tcp 10.244.[0-9.]+:8080: connect: connection refused$' "$work/out"
try get ev -n other -f "$look" --at 21s
claim "in its namespace" all exits 0 / test "$(grep -c pod/lone "$work/out")" = 1 / test "$(wc -l <"$work/out")" = 2 / \
    grep -qE '^1s +Normal +Killing +pod/lone +Stopping container ' "$work/out"
try get ev -A -o wide -f "$look" --at 31s
claim "-A and -o wide: more columns" \
    test "$(head -n 1 "$work/out" | tr -s ' ')" = "NAMESPACE LAST SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST SEEN COUNT NAME"
try get ev -o name -f "$look" --at 15s
claim "-o name" all exits 0 / grep -qE '^event/kubia\.[0-9a-f]{16}$' "$work/out"
try get ev -f "$look" --at 5s
claim "none: kubectl's words" all exits 0 / prints_nothing / says "No resources found in default namespace."
try get ev -w -t --no-headers -f "$look" --at 15s
claim "-w: each at its instant" all exits 0 / grep -qE '^10s +0s +Normal +ScalingReplicaSet ' "$work/out" / \
    test "$(grep -c SuccessfulCreate "$work/out")" = 2
try get ev -o json -f "$look" --at 11s
claim "-o json: a List of Events" all exits 0 / prints '"kind": "Event"' / prints '"reportingComponent": "kubelet"' / \
    prints '"fieldPath": "spec.containers{nodejs}"' / prints '"eventTime": "2026-01-01T00:00:10.000000Z"' / \
    prints '"firstTimestamp": "2026-01-01T00:00:10Z"'
try get ev -o yaml -f "$look" --at 11s
claim "-o yaml" all exits 0 / prints "reason: ScalingReplicaSet"
try get ev -o json -f "$look" --at 11s --set 'spec.cluster.version="1.20"'
claim "before 1.25 reporters are not told" all exits 0 / prints '"reportingComponent": ""'

# ---- what fails ----

cat >"$work/faults.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: faults}
spec:
  until: 20m
  cluster: {version: "1.31"}
  timeline:
    - {at: 10s, ready: {target: pod/probed, value: false}}
    - {at: 20s, fail: {target: node/node-2}}
    - {at: 15m, cordon: {target: node/node-3}}
---
apiVersion: v1
kind: Pod
metadata: {name: probed, labels: {app: a}}
spec:
  nodeName: node-1
  containers:
    - {name: c, image: x, ports: [{containerPort: 8080}], readinessProbe: {httpGet: {port: 8080, path: /health}}}
---
apiVersion: v1
kind: Pod
metadata: {name: lost, labels: {app: a}}
spec: {nodeName: node-2, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
END
try describe po probed -f "$work/faults.yaml" --at 60s
claim "a probe that keeps failing is one Event with a count" \
    grep -qE '^  Warning +Unhealthy +[0-9]+s \(x6 over [0-9]+s\) +kubelet +Readiness probe failed: HTTP probe failed with statuscode: 500$' "$work/out"
try describe po lost -f "$work/faults.yaml" --at 100s
claim "its node is not ready" grep -qE '^  Warning +NodeNotReady +[0-9]+s +node-controller +Node is not ready$' "$work/out"
try describe no node-2 -f "$work/faults.yaml" --at 100s
claim "and says so" \
    grep -qE '^  Normal +NodeNotReady +[0-9]+s +node-controller +Node node-2 status is now: NodeNotReady$' "$work/out"
try get ev -f "$work/faults.yaml" --at 8m
claim "then its pods are evicted" \
    grep -qE 'Normal +TaintManagerEviction +pod/lost +Marking for deletion Pod default/lost$' "$work/out"
try get ev -f "$work/faults.yaml" --at 16m
claim "a cordon is noticed by the kubelet" \
    grep -qE 'Normal +NodeNotSchedulable +node/node-3 +Node node-3 status is now: NodeNotSchedulable$' "$work/out"

try get ev -f scenarios/rolling-update.yaml --at 90s
claim "a rollout's Events" all exits 0 / \
    grep -qE 'ScalingReplicaSet +deployment/kubia +Scaled down replica set .* from 6 to 5$' "$work/out"
plan

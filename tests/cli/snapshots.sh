#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `get -o json` prints of a cluster is a scenario's manifest: the run goes on from there.
. tests/cli/tap

cat >"$work/first.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: first}
spec:
  until: 3m
  timeline:
    - {at: 10s, set: {target: deployment/kubia, image: "x:v2"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: kubia}}
  template:
    metadata: {labels: {app: kubia}}
    spec:
      containers:
      - {name: c, image: "x:v1", ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia, namespace: shop}
spec:
  selector: {app: kubia}
  ports: [{port: 80, targetPort: 8080}]
END
sed -i 's|target: deployment/kubia|target: deployment/kubia, namespace: shop|' "$work/first.yaml"

# shot FILE AT KINDS: without what a new log numbers anew, and without times, which cannot be later than the start
shot() {
    "$epsim" get "$3" -A -o json -f "$1" --at "$2" 2>"$work/err" | grep -vE '"(resourceVersion|creationTimestamp|lastTransitionTime|startedAt|startTime)"'
}

all=svc,ep,endpointslices,pods,nodes,deploy,rs
for at in 5s 13s 100s; do # before, amid and after the rollout
    "$epsim" get "$all" -A -o json -f "$work/first.yaml" --at "$at" >"$work/snapshot.json" 2>"$work/err"
    for kind in svc ep pods nodes deploy rs; do
        shot "$work/first.yaml" "$at" "$kind" >"$work/was"
        shot "$work/snapshot.json" 0s "$kind" >"$work/is"
        claim "at time 0 there are the $kind of the snapshot at $at" all test -s "$work/is" / diff "$work/was" "$work/is"
    done
done

shot "$work/snapshot.json" 0s pods,rs,ep >"$work/was"
shot "$work/snapshot.json" 2m pods,rs,ep >"$work/is"
claim "the controllers find nothing to do" diff "$work/was" "$work/is"

{
    printf 'apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: second}\nspec:\n  until: 2m\n  timeline:\n'
    printf '    - {at: 10s, scale: {target: deployment/kubia, namespace: shop, replicas: 6}}\n---\n'
    cat "$work/snapshot.json"
} >"$work/second.yaml"
try get pods -n shop -o name -f "$work/second.yaml" --at 1m
claim "a scaled Deployment keeps its pods and gets new ones" test "$(sort -u "$work/out" | wc -l)" = 6
claim "in the same replica set" test "$(cut -d- -f1,2 "$work/out" | sort -u | wc -l)" = 1

# ---- a large service: its slices are kept as they are ----

cat >"$work/large.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: large}
spec:
  until: 3m
  cluster: {nodes: 5}
  timeline:
    - {at: 10s, kill: {selector: "app=kubia", mode: fixed, value: 60, namespace: shop}}
    - {at: 40s, scale: {target: deployment/kubia, namespace: shop, replicas: 250}}
---
END
sed -e '1,/^---$/d' -e 's/replicas: 4/replicas: 230/' "$work/first.yaml" >>"$work/large.yaml"

# same KIND AT: what there was of it at that time is there at time 0, times too if they are not the start's
same() {
    "$epsim" get "$1" -A -o json -f "$work/large.yaml" --at "$2" 2>/dev/null | grep -v '"resourceVersion"' >"$work/was"
    "$epsim" get "$1" -A -o json -f "$work/again.yaml" --at 0s 2>/dev/null | grep -v '"resourceVersion"' >"$work/is"
    test -s "$work/is" && diff "$work/was" "$work/is"
}

for at in 10 100; do # while pods terminate and others start; 250 pods in slices of 100, 100 and 50
    {
        printf 'apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: again}\nspec: {until: 3m, epoch: "2026-01-01T00:%02d:%02dZ"}\n---\n' \
            $((at / 60)) $((at % 60))
        "$epsim" get "$all" -A -o json -f "$work/large.yaml" --at "${at}s" 2>/dev/null
    } >"$work/again.yaml"
    claim "the slices of the snapshot at $at s, endpoint by endpoint" same endpointslices "${at}s"
    claim "and its Services, pods, Deployments and ReplicaSets" same svc,po,deploy,rs "${at}s"
done
try get endpointslices -n shop -o json -f "$work/again.yaml" --at 30s
grep -v '"resourceVersion"' "$work/out" >"$work/later"
try get endpointslices -n shop -o json -f "$work/again.yaml" --at 0s
claim "their controller finds nothing to do" diff <(grep -v '"resourceVersion"' "$work/out") "$work/later"

# ---- a dump of a real cluster: more fields than anybody reads ----

cat >"$work/real.json" <<'END'
{"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default", "uid": "7f0c", "resourceVersion": "812",
     "creationTimestamp": "2025-12-01T10:00:00Z", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}\n"},
     "managedFields": [{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {".": {}}}}]},
   "spec": {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7"], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
     "ipFamilyPolicy": "SingleStack", "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}], "selector": {"app": "web"},
     "sessionAffinity": "None", "type": "ClusterIP"}, "status": {"loadBalancer": {}}},
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {}, "status": {"allocatable": {"pods": "110"}}},
  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "default", "uid": "aa11", "generateName": "web-",
     "creationTimestamp": "2025-12-01T10:00:01Z", "labels": {"app": "web"}, "deletionTimestamp": "2026-01-01T00:00:20Z",
     "deletionGracePeriodSeconds": 30, "managedFields": []},
   "spec": {"nodeName": "n1", "terminationGracePeriodSeconds": 30, "containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 8080}]}]},
   "status": {"phase": "Running", "podIP": "10.1.0.5", "podIPs": [{"ip": "10.1.0.5"}], "qosClass": "BestEffort",
     "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2025-12-01T10:00:05Z"}]}},
  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-2", "namespace": "default", "uid": "bb22", "labels": {"app": "web"}},
   "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 8080}]}]},
   "status": {"phase": "Running", "podIP": "10.1.0.6", "podIPs": [{"ip": "10.1.0.6"}], "conditions": [{"type": "Ready", "status": "True"}]}},
  {"addressType": "IPv4", "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
   "metadata": {"name": "web-x7k2p", "namespace": "default", "uid": "cc33", "generateName": "web-", "labels":
     {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io", "kubernetes.io/service-name": "web"}},
   "ports": [{"name": "", "port": 8080, "protocol": "TCP"}], "endpoints": [
     {"addresses": ["10.1.0.6"], "conditions": {"ready": true, "serving": true, "terminating": false}, "nodeName": "n1",
      "targetRef": {"kind": "Pod", "name": "web-2", "namespace": "default", "uid": "bb22"}},
     {"addresses": ["10.1.0.5"], "conditions": {"ready": false, "serving": true, "terminating": true}, "nodeName": "n1",
      "targetRef": {"kind": "Pod", "name": "web-1", "namespace": "default", "uid": "aa11"}}]}
]}
END
try get endpointslices -f "$work/real.json" --at 0s
claim "its slice keeps its name and its order" prints "web-x7k2p    IPv4          8080    10.1.0.6,10.1.0.5"
try get po -f "$work/real.json" --at 0s
claim "a terminating pod is terminating" grep -qE '^web-1 .* Terminating ' "$work/out"
try get po -o json -f "$work/real.json" --at 0s
claim "since when and for how long it has" all prints '"deletionTimestamp": "2026-01-01T00:00:20Z"' / \
    prints '"deletionGracePeriodSeconds": 30' / prints '"uid": "aa11"'
try get po,endpointslices -f "$work/real.json" --at 60s
claim "it ends, and the slice is without it" all prints "web-2" / test "$(grep -c web-1 "$work/out")" = 0 / \
    grep -qE "web-x7k2p +IPv4 +8080 +10.1.0.6 +61m" "$work/out"
plan

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
plan

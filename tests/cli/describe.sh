#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `epsim describe`: kubectl's layout, to the letter.
. tests/cli/tap

look=tests/cli/data/look.yaml

# shows NAME TEXT ARGUMENT... : epsim describe ARGUMENT... prints what is in data/describe/NAME.txt, and nothing else
shows() {
    local expected=tests/cli/data/describe/$1.txt text=$2
    shift 2
    try describe "$@" -f "$look"
    claim "$text" all exits 0 / diff "$expected" "$work/out" / says_nothing
}

shows service-ports "a service of two ports, whose pod is gone" svc lone -n other

shows service-kubernetes "a service's endpoints are those that are ready" svc/kubernetes

shows endpoints "endpoints: who is ready, who is not" ep kubia --at 31s

shows endpointslice "a slice" endpointslice kubernetes

shows pod "a pod that its probe does not find ready yet" po kubia-w6bkql84d2-svmdk --at 31s

shows deployment "a deployment in the middle of a rollout" deploy/kubia --at 31s

try describe rs kubia-zrmmjb2t8q -f "$look" --at 5s
claim "a replica set counts its pods by phase" \
    all exits 0 / prints "Replicas:       3 current / 3 desired" / \
    prints "Pods Status:    3 Running / 0 Waiting / 0 Succeeded / 0 Failed" / \
    prints "Controlled By:  Deployment/kubia"
try describe no a1 -f "$look" --at 5s
claim "a node lists its pods" all exits 0 / prints "Non-terminated Pods:  (2 in total)"
try describe po lone -n other -f "$look" --at 21s
claim "a terminating pod says so" all exits 0 / prints "Termination Grace Period:  30s"
try describe svc -f "$look"
claim "without NAME all of the kind" all exits 0 / test "$(grep -c '^Name:' "$work/out")" = 2

cat >"$work/dual.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: dual}
spec:
  until: 10s
  cluster:
    controllerManager: {extraArgs: {service-cluster-ip-range: "10.96.0.0/12,fd00:10:96::/112"}}
---
apiVersion: v1
kind: Service
metadata: {name: dual}
spec: {ipFamilyPolicy: PreferDualStack, selector: {app: k}, ports: [{port: 80}]}
END
try describe svc dual -f "$work/dual.yaml"
claim "a dual-stack Service has both families and both addresses" all exits 0 / \
    prints "IP Family Policy:         PreferDualStack" / prints "IP Families:              IPv4,IPv6" / \
    grep -qE '^IPs: +10[.0-9]+,fd00:10:96::[0-9a-f]+$' "$work/out"

try describe svc nope -f "$look"
claim "an unknown name: kubectl's words, exit 1" \
    all exits 1 / prints_nothing / diff - "$work/err" <<<'Error from server (NotFound): services "nope" not found'
try describe svcs nope -f "$look"
claim "an unknown kind is answered with a near one" all exits 2 / says 'did you mean svc?'
try describe svc kubia
claim "without -f: exit 2" all exits 2 / says "-f FILE is missing"
plan

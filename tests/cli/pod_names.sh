#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Names of pods by address (10-244-0-2.default.pod), for programs that ask and for clients.
. tests/cli/tap

cat >"$work/pods.yaml" <<'END2'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: pods}
spec:
  until: 40s
  cluster: {nodes: 1}
  clients:
    - {name: there, target: "http://10-9-9-9.default.pod:8080", rate: 20, timeout: 500ms}
    - {name: nobody, target: "http://10-9-9-8.default.pod.cluster.local.:8080", rate: 20, timeout: 500ms}
    - {name: nowhere, target: "http://10-9-9-9.elsewhere.pod:8080", rate: 20}
  timeline:
    - {at: 20s, delete: {target: pod/web, grace: 0s}}
  record: {requests: all}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {nodeName: node-1, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.9.9.9, phase: Running, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: six}
spec: {nodeName: node-1, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
status: {podIP: "fd00:10::5", phase: Running, conditions: [{type: Ready, status: "True"}]}
END2
run() { rm -rf "$work/result"; try run "$work/pods.yaml" --no-plots -q -o "$work/result" "$@"; }
# outcomes CLIENT: of requests.csv, each once
outcomes() { awk -F, -v c="$1" '$4 == c {print $9}' "$work/result/requests.csv" | sort -u | tr '\n' ' '; }
ask() { try dns "$@" -f "$work/pods.yaml" --at 10s; }
answers() { tr -s ' ' <"$work/out" | grep -qxF -- "$1"; }

run
claim "a client reaches the pod, is refused while it ends, and times out when it has gone" all exits 0 / test "$(outcomes there)" = "ok refused timeout " / \
    test "$(awk -F, '$4 == "there" && $2 < 19.9 && $9 != "ok"' "$work/result/requests.csv" | wc -l)" = 0 / \
    test "$(awk -F, '$4 == "there" && $9 == "ok" {print $7}' "$work/result/requests.csv" | sort -u)" = web
claim "an address that nobody has: the name is there, and nothing answers" test "$(outcomes nobody)" = "timeout "
claim "a namespace that is not there has no names" test "$(outcomes nowhere)" = "dns "
claim "three names of the search path before the right one: the look-up takes as many queries" \
    awk -F, '$4 == "there" && $3 > $2 {n++} END {exit !(n > 100)}' "$work/result/requests.csv"
run --set spec.cluster.dns.pods=verified
claim "verified: only what some pod has, while it is in the API" all test "$(outcomes there)" = "dns ok refused " / test "$(outcomes nobody)" = "dns "
run --set spec.cluster.dns.pods=disabled
claim "disabled: none" all test "$(outcomes there)" = "dns " / test "$(outcomes nobody)" = "dns "

ask 10-9-9-9.default.pod
claim "epsim dns: at the third try" all prints ";10-9-9-9.default.pod.svc.cluster.local." / answers "10-9-9-9.default.pod.cluster.local. 30 IN A 10.9.9.9"
ask fd00-10--5.default.pod --type AAAA
claim "an IPv6 address: dashes for colons" answers "fd00-10--5.default.pod.cluster.local. 30 IN AAAA fd00:10::5"
ask 10-9-9-9.default.pod --type AAAA
claim "no address of that family" prints ";; no record of that type"
ask 10-9-9-8.default.pod --set spec.cluster.dns.pods=verified
claim "verified, nobody has it: no such name" prints ";; there is no such name"
ask 10-9-9.default.pod
claim "no address at all: no such name" prints ";; there is no such name"
plan

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Clients of a host outside the cluster: its addresses and its name in the results.
. tests/cli/tap

cat >"$work/outside.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: outside}
spec:
  until: 20s
  cluster: {externalHosts: [{host: api.example.com, addresses: [203.0.113.7, 203.0.113.9], ttl: 5s, latency: 20ms}]}
  clients: [{name: a, target: "https://api.example.com", rate: 50, timeout: 21ms}]
  timeline: [{at: 10s, patch: {target: host/api.example.com, patch: {addresses: [203.0.113.8]}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
END
try run "$work/outside.yaml" --no-plots -q -o "$work/result"
result_has() { grep -q -- "$2" "$work/result/$1"; }
claim "a host outside goes by its own name" all exits 0 / result_has traffic.csv '^a,api.example.com,203.0.113.7,' / \
    result_has requests.csv ',api.example.com,203.0.113.9,' / prints "api.example.com: Jain's index"
claim "a patch moves it" result_has traffic.csv '^a,api.example.com,203.0.113.8,'
claim "nobody asks for it at the old addresses any more" awk -F, \
    'NR > 1 && $2 > 11 && $7 != "203.0.113.8" && $7 != "" { exit 1 }' "$work/result/requests.csv"
claim "the API server's own Service is not listed unless it is asked for" \
    test -z "$(grep -l default/kubernetes "$work/result/summary.json")"
plan

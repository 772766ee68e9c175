#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Services get when they are stored: node ports, load balancers' addresses, ports for health checks.
. tests/cli/tap

balancers=tests/cli/data/balancers.yaml
# column NUMBER NAME: of the row of that Service
column() { awk -v n="$2" -v c="$1" '$1 == n {print $c}' "$work/out"; }
node_port() { column 5 "$1" | sed 's/^80:\([0-9]*\).*/\1/'; }
in_range() { [ "$1" -ge 30086 ] && [ "$1" -le 32767 ]; }

try get svc -f $balancers --at 15s
claim "a node port that nobody asked for is of the range's upper part" in_range "$(node_port ports)"
claim "one that was asked for is as asked" prints ",81:30081/TCP"
claim "no two Services have the same" test "$(awk '{print $5}' "$work/out" | tr , '\n' | grep : | sort -u | wc -l)" = 5
claim "an address of a manifest's status is kept" test "$(column 4 kept)" = lb.example.com
claim "a load balancer of the start has its address" grep -qE "^cloud +LoadBalancer +[0-9.]+ +203\.0\.113\." "$work/out"
claim "a new one waits for it" test "$(column 4 plain)" = "<pending>"
first=$(node_port plain)
try get svc -f $balancers --at 30s
claim "for the delay" grep -qE "^plain +LoadBalancer +[0-9.]+ +203\.0\.113\." "$work/out"
claim "its node port stays meanwhile" test "$(node_port plain)" = "$first"
try get svc -f $balancers --at 65s
claim "a type without them gives all back" all test "$(column 4 plain)" = "<none>" / test "$(column 5 plain)" = "80/TCP"
try get svc -f $balancers --at 15s --seed 7
claim "whatever the seed" test "$(node_port plain)" = "$first"
try get svc -f $balancers --at 15s --set spec.cluster.loadBalancer=null
claim "without a cloud it stays pending" test "$(column 4 cloud)" = "<pending>"

try describe svc cloud -f $balancers --at 5s
claim "describe has address, ports and policies" all exits 0 / prints "LoadBalancer Ingress:     203.0.113." / prints "NodePort:                 <unset>  " / \
    prints "External Traffic Policy:  Local" / prints "HealthCheck NodePort:     3"
try get svc -f $balancers --at 5s -o yaml
cp "$work/out" "$work/dump.yaml"
claim "YAML has them" all prints "healthCheckNodePort: 3" / prints "hostname: lb.example.com" / prints "allocateLoadBalancerNodePorts: true"
try get svc -f $balancers --at 5s
cp "$work/out" "$work/table"
try get svc -f "$work/dump.yaml" --at 5s
claim "and, read again, gives the same" diff "$work/table" "$work/out"

# --- targets that are no names ---
cat >"$work/entries.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: entries}
spec:
  until: 10s
  record: {requests: all}
  clients:
    - {name: by-node, target: "http://node-2:30080", rate: 50, from: {outside: true}}
    - {name: by-balancer, target: "http://203.0.113.9", rate: 50, from: {outside: true}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}
END
try run "$work/entries.yaml" --no-plots -q -o "$work/result"
# nodes_of CLIENT: at which its requests arrived
nodes_of() { awk -F, -v c="$1" '$4 == c {print $5}' "$work/result/requests.csv" | sort -u | tr '\n' ' '; }
claim "a node's port: requests arrive there" all exits 0 / test "$(nodes_of by-node)" = "node-2 "
claim "a load balancer's address: at all nodes" test "$(nodes_of by-balancer)" = "node-1 node-2 node-3 "
claim "nobody asks DNS for an address" awk -F, 'NR > 1 && $3 != $2 {exit 1}' "$work/result/requests.csv"

# --- the same from inside: a pod on a1 alone, and policies that would drop it elsewhere ---
cat >"$work/inside.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: inside}
spec:
  until: 20s
  record: {requests: all}
  clients:
    - {name: by-name, target: "http://b1:30080", rate: 50, timeout: 1s}
    - {name: by-address, target: "http://10.0.0.11:30080", rate: 50, timeout: 1s, from: {nodes: [b2]}}
    - {name: by-balancer, target: "http://203.0.113.9", rate: 50, timeout: 1s}
    - {name: by-cluster-ip, target: "http://web", rate: 50, timeout: 1s, from: {nodes: [b2]}}
---
{apiVersion: v1, kind: Node, metadata: {name: a1}}
---
{apiVersion: v1, kind: Node, metadata: {name: b1}, status: {addresses: [{type: InternalIP, address: 10.0.0.11}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: b2}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: a1, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080, nodePort: 30080}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}
END
rm -rf "$work/result"
try run "$work/inside.yaml" --no-plots -q -o "$work/result"
outcomes() { awk -F, -v c="$1" '$4 == c {print $9}' "$work/result/requests.csv" | sort -u | tr '\n' ' '; }
claim "inside, a node's name or address: that node's rules, whoever asks" all exits 0 / test "$(nodes_of by-name)" = "b1 " / \
    test "$(nodes_of by-address)" = "b1 "
claim "a load balancer's address: the client's own node's" test "$(nodes_of by-balancer)" = "a1 b1 b2 "
claim "no Local policy counts for either" all test "$(outcomes by-name)" = "ok " / test "$(outcomes by-address)" = "ok " / \
    test "$(outcomes by-balancer)" = "ok "
claim "as it does for the cluster IP" test "$(outcomes by-cluster-ip)" = "timeout "
sed 's/  clients:/  timeline: [{at: 10s, fail: {target: node\/b1}}]\n  clients:/' "$work/inside.yaml" >"$work/off.yaml"
rm -rf "$work/result"
try run "$work/off.yaml" --no-plots -q -o "$work/result"
claim "through a node that is off nothing comes" all exits 0 / \
    test "$(awk -F, '$4 == "by-address" && $2 > 10.1 && $9 != "timeout"' "$work/result/requests.csv" | wc -l)" = 0 / \
    test "$(awk -F, '$4 == "by-address" && $2 < 9.8 && $9 != "ok"' "$work/result/requests.csv" | wc -l)" = 0 / \
    test "$(awk -F, '$4 == "by-address" && $2 > 10.1' "$work/result/requests.csv" | wc -l)" -gt 300
plan

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim dns: what a name resolves to.
. tests/cli/tap

names=tests/cli/data/names.yaml
# answer LINE: the answer has it, whatever the blanks
answer() {
    tr -s ' ' <"$work/out" | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n 30/ 30/g' | grep -qxF -- "$1"
}
count_answers() { [ "$(grep -c '  IN  ' "$work/out")" = "$1" ]; }
narrow() { ! grep -qE '^.{81}' "$work/out"; }

try dns web -f $names --at 20s --set spec.cluster.dns.nodeCache=false
claim "a headless name: its ready addresses, at the first try" all exits 0 / says_nothing / \
    prints ";web.default.svc.cluster.local.  NOERROR   cluster DNS" / \
    answer "web.default.svc.cluster.local. 30 IN A 10.244.1.2" / count_answers 3
claim "and how long it may be kept" prints ";; who caches it may keep it until 50.000 s"
try dns web.default -f $names --at 20s
claim "with its namespace: at the second" all prints ";web.default.default.svc.cluster.local.  NXDOMAIN  cluster DNS" / \
    prints ";web.default.svc.cluster.local." / count_answers 3
try dns 10-244-1-2.web -f $names --at 20s
claim "a pod by its address with dashes" answer "10-244-1-2.web.default.svc.cluster.local. 30 IN A 10.244.1.2"
try dns web -f $names --type AAAA
claim "no address of that family: the name exists, without records" all exits 0 / grep -qE "^;web.default.svc.cluster.local. +NODATA" "$work/out" / \
    prints ";; no record of that type"
try dns nothing -f $names
claim "no such name: tried with the whole search path" all exits 0 / prints ";nothing.svc.cluster.local." / prints ";nothing.cluster.local." / \
    prints ";nothing. " / prints ";; there is no such name"
try dns nothing.default.svc.cluster.local. -f $names
claim "with a dot at its end: tried as it is" test "$(grep -c '^;[a-z]' "$work/out")" = 1

try dns _http._tcp.web -f $names --at 20s --type SRV
claim "SRV of a headless service: a record a pod, with the port in the pod" all exits 0 / narrow / \
    answer "_http._tcp.web.default.svc.cluster.local. 30 IN SRV 0 33 8080 10-244-1-2.web.default.svc.cluster.local." / \
    answer "10-244-1-2.web.default.svc.cluster.local. 30 IN A 10.244.1.2" / count_answers 6
try dns 10-244-1-2.web -f $names --at 20s --type SRV
claim "SRV of one endpoint's name: its own ports alone" all count_answers 2 / \
    answer "10-244-1-2.web.default.svc.cluster.local. 30 IN SRV 0 50 8080 10-244-1-2.web.default.svc.cluster.local."
try dns _http._tcp.plain -f $names --type SRV
claim "of one with a cluster IP: one record, with the service's port" all count_answers 2 / \
    answer "_http._tcp.plain.default.svc.cluster.local. 30 IN SRV 0 100 80 plain.default.svc.cluster.local."
try dns _http._udp.plain -f $names --type SRV
claim "of another protocol: none" prints ";; there is no such name"
try dns 10.96.7.7 -f $names
claim "backwards, a cluster IP" answer "7.7.96.10.in-addr.arpa. 30 IN PTR plain.default.svc.cluster.local."
try dns 10.244.1.2 -f $names --at 20s
claim "backwards, a pod: each service that lists it" all answer "2.1.244.10.in-addr.arpa. 30 IN PTR 10-244-1-2.web.default.svc.cluster.local." / \
    answer "2.1.244.10.in-addr.arpa. 30 IN PTR 10-244-1-2.plain.default.svc.cluster.local."

try dns alias -f $names --at 1ms --type ANY --set spec.cluster.dns.nodeCache=false
claim "an alias of an alias of a host outside: the whole chain, both families" all exits 0 / narrow / \
    grep -qE "CNAME  outside.default.svc.cluster.local.$" "$work/out" / grep -qE "CNAME  api.example.com.$" "$work/out" / \
    grep -qE "^api.example.com. +20  IN  A  203.0.113.7$" "$work/out" / grep -qE "^api.example.com. +20  IN  AAAA  2001:db8::7$" "$work/out"
try dns round -f $names
claim "a circle of aliases: no address, and why" all exits 0 / prints ";; no record of that type" / prints "they go round in a circle"
try dns round -f $names --type CNAME
claim "whose first alias can be asked for" answer "round.default.svc.cluster.local. 30 IN CNAME about.default.svc.cluster.local."

try dns web -f $names --from shoppers --at 50s
claim "a client that keeps its answer: the old one, and what it would be now" all exits 0 / prints "; asked by client shoppers on node-1" / \
    grep -qE "^;web.default.svc.cluster.local. +NOERROR +own cache$" "$work/out" / prints ";; the client keeps to 10.244." / \
    prints ";; STALE: cluster DNS would answer now" / count_answers 4
try dns web -f $names --from node/node-1 --at 20s
claim "a node's cache: what is left of the TTL" all prints "node's cache" / answer "web.default.svc.cluster.local. 10 IN A 10.244.1.2" / \
    prints ";; kept by node-1's cache until 30."
try dns outside -f $names --at 50s --from node-2
claim "a host outside that has moved" all prints "203.0.113.7" / prints ";; STALE: " / prints "198.51.100.7"
try dns web -f $names --at 20s --from "pod/$("$epsim" get po -f $names --at 20s | awk 'NR == 2 {print $1}')"
claim "a pod asks by way of its node" all exits 0 / prints "; asked by pod web-"

cat >"$work/dual.yaml" <<'END'
apiVersion: epsim/v1
kind: Scenario
metadata: {name: dual}
spec:
  until: 30s
  cluster: {nodes: 1, controllerManager: {extraArgs: {service-cluster-ip-range: "10.96.0.0/12,fd00:10:96::/108"}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, ipFamilyPolicy: PreferDualStack, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
END
try dns web -f "$work/dual.yaml" --type ANY
claim "two families: an A and an AAAA, and an SRV for each" all grep -qE "  A  10.244.0.2$" "$work/out" / grep -qE "  AAAA  fd00:" "$work/out" / \
    test "$(grep -c " SRV  0 50 8080 " "$work/out")" = 2
six=$(grep -oE "fd00-[0-9a-f-]*\.web" "$work/out" | head -1)
try dns "$six" -f "$work/dual.yaml" --type AAAA
claim "each address has a name of its own" all exits 0 / count_answers 1 / grep -qE "  AAAA  fd00:" "$work/out"
try dns 10-244-0-2.web -f "$work/dual.yaml" --type AAAA
claim "which is not the other family's" prints ";; no record of that type"

try dns web -f $names --from nobody
claim "nobody of that name asks: exit 2" all exits 2 / says '--from: no client, pod (of namespace default) or node "nobody" at that time'
try dns web -f $names --type MX
claim "a type that it does not know" all exits 2 / says '--type: expected A, AAAA, CNAME, SRV, PTR or ANY, got "MX"'
try dns we..b -f $names
claim "no name" all exits 2 / says '"we..b" is no name; expected one such as kubia, kubia.shop or api.example.com'
try dns -f $names
claim "without a name: usage" all exits 2 / says "epsim dns NAME -f FILE"
try dns web plain -f $names
claim "two names" all exits 2 / says 'one NAME at a time, got "web" and "plain"'
plan

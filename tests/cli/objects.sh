#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Endpoints and slices say by version, where no recorded case shows it: hints, references by hand, versions of pods.
. tests/cli/tap

# scenario VERSION SERVICE TIMELINE: a Service "web" over two ready pods in two zones
scenario() {
    cat >"$work/objects.yaml" <<END
apiVersion: epsim/v1
kind: Scenario
metadata: {name: objects}
spec:
  until: 60s
  cluster: {version: "$1", kubelet: none}
  timeline: [$3]
---
{kind: Node, metadata: {name: node-a, labels: {topology.kubernetes.io/zone: zone-1}}}
---
{kind: Node, metadata: {name: node-b, labels: {topology.kubernetes.io/zone: zone-2}}}
---
{kind: Service, metadata: {name: web}, spec: {selector: {app: web}, $2 ports: [{port: 80, targetPort: 8080}]}}
---
{kind: Service, metadata: {name: ext}, spec: {ports: [{port: 80}]}}
---
{kind: Pod, metadata: {name: p1, labels: {app: web}}, spec: {nodeName: node-a, containers: [{name: c, image: x}]},
 status: {phase: Running, podIP: 10.1.0.1, conditions: [{type: Ready, status: "True"}]}}
---
{kind: Pod, metadata: {name: p2, labels: {app: web}}, spec: {nodeName: node-b, containers: [{name: c, image: x}]},
 status: {phase: Running, podIP: 10.1.0.2, conditions: [{type: Ready, status: "True"}]}}
END
}

# slices: their JSON at the end, in one line without spaces
slices() {
    try get endpointslices,endpoints -A -o json -f "$work/objects.yaml"
    tr -d ' \n' <"$work/out" >"$work/line" && mv "$work/line" "$work/out"
}

# writes AFTER: of "web" stored later than that second
writes() {
    rm -rf "$work/result"
    try run "$work/objects.yaml" --no-plots -q -o "$work/result"
    awk -F'[:,]' -v after="$1" '$2 > after && /"name":"web/ { n++ } END { print n + 0 }' "$work/result/endpoints.jsonl"
}

zones='"hints":{"forZones":[{"name":"zone-1"}]}'
scenario 1.30 "trafficDistribution: PreferClose," ""
slices
claim "1.30 has no trafficDistribution" all exits 0 / test "$(grep -c forZones "$work/out")" = 0
scenario 1.31 "trafficDistribution: PreferClose," ""
slices
claim "from 1.31 on, PreferClose gives each endpoint its zone" all exits 0 / prints "$zones"
scenario 1.34 "trafficDistribution: PreferSameNode," ""
slices
claim "1.34: PreferSameNode gives it its node too" all exits 0 / \
    prints '"hints":{"forNodes":[{"name":"node-a"}],"forZones":[{"name":"zone-1"}]}'

absent='{at: 5s, apply: {kind: Endpoints, metadata: {name: ext}, subsets: [{ports: [{port: 80}], addresses: [
  {ip: 11.11.11.11, targetRef: {kind: Pod, name: elsewhere, namespace: default}}]}]}}'
scenario 1.34 "" "$absent"
slices
claim "a targetRef by hand keeps the name of a pod that is not there" all exits 0 / \
    test "$(grep -o '"name":"elsewhere"' "$work/out" | wc -l)" = 2

labelled='{at: 5s, patch: {target: endpoints/web, patch: {metadata: {labels: {hand: x}}}}}'
scenario 1.34 "" "$labelled"
sed -i 's/targetPort: 8080}/targetPort: 8080, appProtocol: http}/' "$work/objects.yaml"
slices
claim "a label by hand leaves the ports of Endpoints as they are" all exits 0 / prints '"hand":"x"' / \
    test "$(grep -o '"appProtocol":"http"' "$work/out" | wc -l)" = 2

# a pod's annotation wakes nobody; the next sync finds another version of the pod
touched='{at: 10s, patch: {target: pod/p1, patch: {metadata: {annotations: {note: x}}}}}'
again='{at: 20s, patch: {target: service/web, patch: {metadata: {annotations: {note: x}}}}}'
for version in 1.20 1.23; do
    scenario $version "" "$touched, $again"
    claim "$version writes Endpoints and slice for a pod's version alone" test "$(writes 20)" = 2
done
scenario 1.24 "" "$touched, $again"
claim "1.24 does not" test "$(writes 20)" = 0
scenario 1.20 "" "{at: 10s, patch: {target: pod/p1, patch: {metadata: {labels: {app: web}}}}}, $again"
claim "a patch that changes nothing makes no version" test "$(writes 20)" = 0
plan

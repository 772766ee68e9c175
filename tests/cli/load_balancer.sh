#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A rollout and a dead node behind a load balancer that checks the health of nodes: what is lost, why, and what saves it.
. tests/cli/tap

scenario=scenarios/load-balancer-local.yaml
# run NAME OPTIONS...
run() {
    name=$1
    shift
    try run "$scenario" --no-plots -q -o "$work/$name" "$@"
}
# rows NAME CONDITION: of requests.csv, by awk: $5 node, $7 pod, $9 outcome, $13 stale_s, $14 stage, $15 cause, $16 change, $18 balancer_s
rows() { awk -F, "NR > 1 && $2 { n++ } END { print n + 0 }" "$work/$1/requests.csv"; }
lost() { sed -n 's/.*"failed": \([0-9]*\),.*/\1/p' "$work/$1/summary.json" | head -1; }

run local
claim "with Local the rollout loses requests" test "$(lost local)" -gt 100
claim "most of them on nodes whose endpoints are gone and whose balancer has not noticed" \
    test "$(rows local '$9 == "timeout" && $7 == "" && $14 == "detect" && $15 == "rollout"')" -gt 100
claim "each says for how long: between 0 and 24 s" \
    test "$(rows local '$18 != "" && $18 > 0 && $18 <= 24.5')" = "$(rows local '$7 == "" && $9 == "timeout"')"
claim "and which change took the node's last endpoint" test "$(rows local '$18 != "" && $16 == ""')" = 0
claim "the balancer's verdicts are events: two nodes healthy, two no more" all \
    test "$(grep -c '"what":"healthy"' "$work/local/events.jsonl")" = 2 / \
    test "$(grep -c '"what":"unhealthy"' "$work/local/events.jsonl")" = 2
claim "nothing new goes to a node once it is held for unhealthy" awk -F, '
    FILENAME ~ /jsonl/ { if (match($0, /"unhealthy","node":"[^"]*"/)) { split($0, p, "\"")
                             n = substr($0, RSTART + 20, RLENGTH - 21); t = $2; sub(/.*:/, "", t); off[n] = t + 0 } next }
    FNR > 1 && ($5 in off) && $3 > off[$5] { print; bad = 1 }
    END { exit bad || length(off) != 2 }' "$work/local/events.jsonl" "$work/local/requests.csv"
try why "$work/local"
claim "why names the balancer and what saves them" all exits 0 / \
    prints "a load balancer had not noticed that its node could not serve" / prints "where no ready endpoint was left" / \
    prints "a preStop sleep of 25 s" / prints "externalTrafficPolicy Cluster"
id=$(awk -F, '$18 != "" {print $1}' "$work/local/requests.csv" | sed -n 2p)
try why "$work/local" request "$id"
claim "and of one request, whose end took the endpoint" all exits 0 / prints "The load balancer sent it to node-" / \
    prints "is terminating (change" / prints "it had not noticed"

run cluster --set service/shop:spec.externalTrafficPolicy=Cluster
claim "with Cluster nothing is lost" test "$(lost cluster)" = 0
run prestop --set "deployment/shop:spec.template.spec.containers[name=shop].lifecycle.preStop.sleep.seconds=27" \
    --set deployment/shop:spec.template.spec.terminationGracePeriodSeconds=60
claim "nor with a preStop beyond the health check" test "$(lost prestop)" = 0
run quick --set spec.cluster.loadBalancer.healthCheck.interval=1s --set spec.cluster.loadBalancer.healthCheck.unhealthy=1
claim "a quick health check is behind for a second at most: preStop covers it" test "$(rows quick '$18 != ""')" = 0

# --- a machine dies; nothing else changes ---
sed -e 's/{at: 60s, set: .*}$/{at: 60s, fail: {target: node\/node-4}, for: 60s}/' -e 's/Policy: Local/Policy: Cluster/' \
    -e 's/replicas: 2/replicas: 3/' $scenario >"$work/off.yaml"
scenario=$work/off.yaml
run off
claim "a dead node without pods costs what arrives there until the third check times out" all exits 0 / \
    test "$(rows off '$5 == "node-4" && $9 == "timeout" && $14 == "detect" && $15 == "node" && $18 <= 25')" -gt 300 / \
    test "$(rows off '$5 != "node-4"')" = 0
try why "$work/off"
claim "why says so" prints "whose machine was off"
run direct --set "spec.clients[name=visitors].target=http://node-4:30080" --set "service/shop:spec.ports[0].nodePort=30080"
claim "nobody looks after a client that names the node" all exits 0 / \
    test "$(rows direct '$9 == "timeout" && $14 == "none"')" -gt 5500
plan

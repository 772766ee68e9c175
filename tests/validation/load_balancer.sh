#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 120
#
# How long a load balancer takes to notice, against arithmetic. A node that fails at an instant that knows nothing of the
# checks is found by `unhealthy` of them in a row, an interval I apart: U(0, I) + (unhealthy - 1) I later, and after the
# timeout more if it does not answer at all; one that is back by U(0, I) + (healthy - 1) I. So with T nodes the mean is
# (threshold - 1/2) I within 4 I / sqrt(12 T), and the distance to the uniform distribution less than 1.95 / sqrt(T)
# (Kolmogorov-Smirnov, 0.1 %).
. tests/cli/tap

nodes=200

head_of() { # HEALTH_CHECK
    cat <<END2
apiVersion: epsim/v1
kind: Scenario
metadata: {name: checks}
spec:
  seed: 11
  until: 600s
  cluster: {nodes: $nodes, loadBalancer: {healthCheck: $1}}
  clients: [{name: c, target: "http://web", rate: 1, timeout: 1s, from: {outside: true}}]
  timeline:
END2
}

service() { # POLICY
    echo '---'
    echo 'apiVersion: v1'
    echo 'kind: Service'
    echo 'metadata: {name: web}'
    echo "spec: {type: LoadBalancer, externalTrafficPolicy: $1, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}"
}

# is_uniform LOW HIGH: of the delays on stdin
is_uniform() {
    sort -n | awk -v low="$1" -v high="$2" -v want="$nodes" '
        { u[NR] = ($1 - low) / (high - low); sum += u[NR] }
        END {
            for (i = 1; i <= NR; i++) {
                d = u[i] - (i - 1) / NR; if (d > most) most = d
                d = i / NR - u[i]; if (d > most) most = d
            }
            printf "%d delays, mean %.3f of the interval, from %.3f to %.3f, distance %.3f\n", NR, sum / NR, u[1], u[NR], most
            exit !(NR == want && u[1] >= 0 && u[NR] <= 1 && most < 1.95 / sqrt(NR) && (sum / NR - 0.5) ^ 2 < 16 / 12 / NR)
        }'
}

# delays WHAT START GAP: node i of the timeline failed, or came back, at START + GAP i
delays() {
    sed -n "s/.*\"t_s\":\([0-9.]*\),\"what\":\"$1\",\"node\":\"node-\([0-9]*\)\".*/\1 \2/p" "$work/result/events.jsonl" |
        awk -v start="$2" -v gap="$3" '{printf "%.9f\n", $1 - start - gap * $2}'
}

run_it() { rm -rf "$work/result"; try run "$work/s.yaml" --no-plots -q -o "$work/result"; }

# machines HEALTH_CHECK: node i is off from 60 s + 0.37 s i for 300 s
machines() {
    { head_of "$1"
      seq $nodes | awk '{printf "    - {at: %.2fs, fail: {target: node/node-%d}, for: 300s}\n", 60 + 0.37 * $1, $1}'
      service Cluster; } >"$work/s.yaml"
    run_it
}

machines '{interval: 8s, timeout: 1s, healthy: 1, unhealthy: 3}'
delays unhealthy 60 0.37 >"$work/off"
delays healthy 360 0.37 >"$work/on"
claim "a dead machine, 8 s, 3 times: 17 to 25 s" all exits 0 / is_uniform 17 25 <"$work/off"
claim "back after one check: 0 to 8 s" is_uniform 0 8 <"$work/on"
machines '{interval: 10s, timeout: 5s, healthy: 2, unhealthy: 6}'
delays unhealthy 60 0.37 >"$work/off"
delays healthy 360 0.37 >"$work/on"
claim "10 s, 6 times, a timeout of 5 s: 55 to 65 s" all exits 0 / is_uniform 55 65 <"$work/off"
claim "back after two checks: 10 to 20 s" is_uniform 10 20 <"$work/on"

# --- Local: a pod a node, deleted one after the other; their programs ignore SIGTERM, so they serve on ---
{ head_of '{interval: 8s, timeout: 1s, healthy: 1, unhealthy: 3}' | sed -e 's/until: 600s/until: 450s/' -e 's/^  clients/  apps: [{onSIGTERM: ignore}]\n  clients/'
  seq $nodes | awk '{printf "    - {at: %.2fs, delete: {target: pod/web-%d, grace: 400s}}\n", 60 + 0.37 * $1, $1}'
  service Local
  seq $nodes | awk '{printf "---\napiVersion: v1\nkind: Pod\nmetadata: {name: web-%d, labels: {app: web}}\n", $1
                     printf "spec: {nodeName: node-%d, containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}\n", $1}'
} >"$work/s.yaml"
run_it
# from the rules on the pod's own node (propagation.csv) to the verdict
awk -F, '
    FILENAME ~ /changes/ { if ($5 == "terminating") { split($3, p, "-"); of[$1] = p[2]; cause[$1] = $8 } next }
    FILENAME ~ /propagation/ { split($2, p, "-"); if (($1 in of) && of[$1] == p[2]) rules[p[2]] = cause[$1] + $12; next }
    /"unhealthy"/ { t = $2; sub(/.*:/, "", t); match($0, /"node-[0-9]*"/); n = substr($0, RSTART + 6, RLENGTH - 7)
                    printf "%.9f\n", t - rules[n] }
' "$work/result/changes.csv" "$work/result/propagation.csv" "$work/result/events.jsonl" >"$work/local"
claim "Local, the last endpoint terminates: 16 to 24 s after the rules on its node" all exits 0 / is_uniform 16 24 <"$work/local"
claim "and nothing is lost, since terminating endpoints serve on" grep -q '"failed": 0,' "$work/result/summary.json"
plan

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 180
#
# Kept connections, closed loops and retries as whole scenarios, against closed forms.
# - N connections thrown over M pods: E[max]/mean = 1.5125 for (100, 10), 1.266 for (100, 5), exact (the distribution of
#   the fullest of M bins: P(max <= k) = N! / M^N [x^N] (sum of x^j / j! for j <= k)^M).
# - A rollout one pod at a time, whose lost connections come back over the M ready pods while nobody else moves: the i-th
#   new pod ends with f_i = (1 + 1/M)^M - (1 + 1/M)^(i - 1) of the mean.
# - N users who think Z and share one exponential server of S: mean value analysis, R_n = S (1 + Q_(n-1)).
# - r retries of what fails with chance p: (1 - p^(r+1)) / (1 - p) attempts; a budget of b more than the requests: 1 + b.
# - M/M/1 with room for K: the K-th is turned away with chance (1 - rho) rho^K / (1 - rho^(K+1)).
. tests/cli/tap

# scenario UNTIL REPLICAS CLIENT APP: the head of a scenario and its Service; CLIENT and APP are flow maps' insides
scenario() {
    cat <<YAML
apiVersion: epsim/v1
kind: Scenario
metadata: {name: kept}
spec:
  seed: 11
  until: $1
  cluster: {nodes: 1, latency: {dns.query: 0s, network.rtt: 0s}}
  apps: [{$4}]
  clients: [{name: c, target: "http://web", $3}]
  record: {requests: all}
YAML
    [ -z "${timeline:-}" ] || printf '  timeline: [%s]\n' "$timeline"
    cat <<YAML
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: $2
  minReadySeconds: 1
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: server
          image: "web:v1"
          ports: [{containerPort: 8080}]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
          lifecycle: {preStop: {sleep: {seconds: 3}}}
YAML
}

# run SEED: the scenario of $work/kept.yaml
run() {
    rm -rf "$work/result"
    try run "$work/kept.yaml" --no-plots -q --seed "$1" -o "$work/result"
}

# within WHAT VALUE WANT TOLERANCE
within() {
    awk -v what="$1" -v got="$2" -v want="$3" -v tolerance="$4" 'BEGIN {
        printf "%s: %s, theory %s +- %s\n", what, got, want, tolerance
        exit !(got != "" && got >= want - tolerance && got <= want + tolerance) }'
}

# ---- balls in bins ----

# fullest CONNECTIONS PODS SEEDS: mean over seeds of the fullest pod's connections over the mean, and its standard error
fullest() {
    scenario 3s "$2" "executor: constant-vus, vus: $1, thinkTime: 1h, connection: {reuse: true, perClient: 1}" \
        "startup: 0s, serviceTime: 1ms" >"$work/kept.yaml"
    for seed in $(seq "$3"); do
        run "$seed"
        [ "$status" -eq 0 ] || return 1
        cut -d, -f7 "$work/result/requests.csv" | sed 1d | sort | uniq -c | sort -rn | head -n 1
    done | awk -v mean="$(($1 / $2))" '{ x = $1 / mean; sum += x; squares += x * x }
        END { m = sum / NR; print m, sqrt((squares / NR - m * m) / (NR - 1)) }'
}

# bins CONNECTIONS PODS EXPECTED
bins() {
    local measured
    measured=$(fullest "$1" "$2" 60)
    claim "$1 kept connections over $2 pods: the fullest has $3 times the mean" \
        within "fullest/mean" "${measured% *}" "$3" "$(awk -v se="${measured#* }" 'BEGIN { print 4 * se }')"
}

bins 100 10 1.5125
bins 100 5 1.266

# ---- a rollout under kept connections ----

# shares_agree M THINK_S END_S: each user sends once in the last THINK_S seconds, which shows the pod it is kept at. The
# new pods, in the order of their first request, against f_i, each within 4 standard errors.
shares_agree() {
    awk -F, -v m="$1" -v think="$2" -v end="$3" '
        NR > 1 && !($7 in first) { first[$7] = $2; name[++pods] = $7 }
        NR > 1 && $2 > end - think { held[$7]++; n++ }
        END {
            if (pods != 2 * m) { printf "%d pods\n", pods; exit 1 }
            for (i = 1; i <= m; i++) {
                f = (1 + 1 / m) ^ m - (1 + 1 / m) ^ (i - 1)
                got = held[name[m + i]] * m / n
                tolerance = 4 * sqrt(f * m / n)
                printf "new pod %d: %.4f of the mean, f = %.4f +- %.4f\n", i, got, f, tolerance
                if (got < f - tolerance || got > f + tolerance) wrong = 1
            }
            exit wrong
        }' "$work/result/requests.csv"
}

# rollout PODS USERS END_S: all users have come back before the next pod is ready
rollout() {
    timeline='{at: 20s, set: {target: deployment/web, image: "web:v2"}}' scenario "$3s" "$1" \
        "executor: constant-vus, vus: $2, thinkTime: 10s, connection: {reuse: true, perClient: 1}" \
        "startup: 20s, serviceTime: 1ms, queue: 100000, onSIGTERM: drain" >"$work/kept.yaml"
    run 1
    claim "a rollout of $1 pods under $2 kept connections: the new pods' shares are f_i" \
        all exits 0 / shares_agree "$1" 10 "$3"
}

rollout 10 10000 280
rollout 5 10000 160

# ---- closed loops ----

# loop_agrees USERS THINK_S SERVICE_S: throughput and mean time of requests by mean value analysis
loop_agrees() {
    awk -F, -v users="$1" -v think="$2" -v service="$3" '
        NR > 1 && $2 > 100 { n++; sum += $11; if ($2 > last) last = $2 }
        END {
            for (i = 1; i <= users; i++) { r = service * (1 + q); x = i / (r + think); q = x * r }
            printf "throughput %.4f, theory %.4f; mean %.5f, theory %.5f\n", n / (last - 100), x, sum / n, r
            exit !(n / (last - 100) > 0.98 * x && n / (last - 100) < 1.02 * x && sum / n > 0.97 * r && sum / n < 1.03 * r)
        }' "$work/result/requests.csv"
}

# loop USERS THINK_S SERVICE_S
loop() {
    scenario 3000s 1 "executor: constant-vus, vus: $1, thinkTime: {exponential: {mean: ${2}s}}, timeout: 1h" \
        "startup: 0s, serviceTime: {exponential: {mean: ${3}s}}, concurrency: 1, queue: 100000" >"$work/kept.yaml"
    run 1
    claim "$1 users who think $2 s before one server of $3 s: as by mean value analysis" all exits 0 / loop_agrees "$@"
}

loop 5 1 0.1
loop 20 1 0.1

# ---- retries ----

# attempts EXPECTED TOLERANCE: sent in all over requests
attempts() {
    within "attempts per request" \
        "$(awk -F, 'NR > 1 { sum += $10; n++ } END { if (n) print sum / n }' "$work/result/requests.csv")" "$1" "$2"
}

# lost EXPECTED TOLERANCE
lost() {
    within "share lost" \
        "$(awk -F, 'NR > 1 { sum += $9 != "ok"; n++ } END { if (n) print sum / n }' "$work/result/requests.csv")" "$1" "$2"
}

# retries WHAT RETRY ERROR_RATE ATTEMPTS LOST
retries() {
    scenario 500s 1 "rate: 200, retry: {$2, backoff: 1ms, on: [error]}" \
        "startup: 0s, serviceTime: 1ms, errorRate: $3" >"$work/kept.yaml"
    run 1
    claim "$1: $4 attempts a request, $5 of all lost" all exits 0 / attempts "$4" 0.01 / lost "$5" 0.01
}

retries "3 retries where 30 % fail" "attempts: 3" 0.3 1.417 0.0081
retries "1 retry where half fail" "attempts: 1" 0.5 1.5 0.25
retries "3 retries where all fail" "attempts: 3" 1.0 4 1
retries "3 retries where all fail, with a budget of 20 %" "attempts: 3, budget: {ratio: 20%, minPerSecond: 0}" 1.0 1.2 1

# ---- a queue with an end ----

# full SERVICE_S ROOM: 70 requests a second at one server and ROOM places, the server's included
full() {
    scenario 1000s 1 "rate: 70" \
        "startup: 0s, serviceTime: {exponential: {mean: ${1}s}}, concurrency: 1, queue: $(($2 - 1))" >"$work/kept.yaml"
    run 1
    local share
    share=$(awk -v rho="$(awk -v s="$1" 'BEGIN { print 70 * s }')" -v k="$2" \
        'BEGIN { print (1 - rho) * rho ^ k / (1 - rho ^ (k + 1)) }')
    claim "one server of $1 s with room for $2: $share turned away" all exits 0 / lost "$share" 0.01
}

full 0.01 3
full 0.02 10
plan

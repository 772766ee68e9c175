#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How long a 10 MB dump of 5,000 pods takes to load, as JSON and as YAML, and how much memory; and a small scenario's
# start. Whole processes: CPU seconds (user and system) and peak memory, the median of several. --strict: exit 1 if a
# limit is missed.
set -u
export LC_ALL=C
epsim=${EPSIM:-./epsim}
runs=9
strict=
for argument in "$@"; do
    case $argument in
    --quick) runs=3 ;;
    --strict) strict=1 ;;
    esac
done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# A Deployment of 5,000 pods, as `kubectl get pods -o json` would show it, indented by two to be 10 MB.
{
    printf 'apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: big}\nspec: {until: 1s, cluster: {nodes: 100}}\n---\n'
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\n'
    printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 5000\n'
    printf '  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web, tier: front, part-of: shop, version: v1}}\n'
    printf '    spec: {containers: [{name: main, image: web, ports: [{containerPort: 80}]}]}\n'
} >"$work/big.yaml"
"$epsim" get pods -f "$work/big.yaml" --at 0s -o json >"$work/dump.json" || exit 2
awk '{ at = match($0, /[^ ]/); print substr($0, int(at / 2) + 1) }' "$work/dump.json" >"$work/half.json" || exit 2
mv "$work/half.json" "$work/dump.json"
"$epsim" get pods -f "$work/big.yaml" --at 0s -o yaml >"$work/pods.yaml" || exit 2

# A scenario of the pods in a file.
scenario_of() {
    printf 'apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: dump}\n'
    printf 'spec: {until: 1s, cluster: {nodes: 100}, manifests: [%s]}\n---\n' "$1"
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n'
}
scenario_of dump.json >"$work/dump.yaml"
scenario_of pods.yaml >"$work/dump-yaml.yaml"

# CPU seconds and peak kB of one process: the mean of $repeats, since the system tells hundredths of a second only.
repeats=1
once() {
    # shellcheck disable=SC2016 # the inner shell's
    /usr/bin/time -f '%U %S %M' sh -c 'i=$1; shift; while [ "$i" -gt 0 ]; do "$@" || exit; i=$((i - 1)); done' \
        sh "$repeats" "$@" 2>&1 >/dev/null | tail -n 1 | awk -v n="$repeats" '{ print ($1 + $2) / n, $3 }'
}

# WHAT SECONDS_LIMIT MB_LIMIT COMMAND...
measure() {
    local what=$1 seconds=$2 megabytes=$3
    shift 3
    for _ in $(seq "$runs"); do once "$@"; done | sort -n |
        awk -v what="$what" -v s="$seconds" -v m="$megabytes" '
            { cpu[NR] = $1; if ($2 > kb) kb = $2 }
            END { median = cpu[int((NR + 1) / 2)]
                  printf "%-43s %8.3f s %11s s %8.1f MB %6s MB\n", what, median, s, kb / 1024, m
                  exit median > s || kb / 1024 > m }'
}

status=0
printf 'a dump of %s bytes, %s pods; as YAML %s bytes\n' "$(wc -c <"$work/dump.json")" \
    "$(grep -c '"kind": "Pod"' "$work/dump.json")" "$(wc -c <"$work/pods.yaml")"
measure 'the dump checked (validate -q)' 0.35 100 "$epsim" validate -q "$work/dump.yaml" || status=1
measure 'the dump checked and reported (validate)' 0.35 100 "$epsim" validate "$work/dump.yaml" || status=1
measure 'the dump loaded and started (get ep --at 0s)' 0.35 100 "$epsim" get ep -f "$work/dump.yaml" --at 0s || status=1
measure 'the dump as YAML checked (validate -q)' 0.5 100 "$epsim" validate -q "$work/dump-yaml.yaml" || status=1
repeats=50
measure 'a small scenario started (get ep --at 0s)' 0.005 20 "$epsim" get ep -f scenarios/kubia.yaml --at 0s || status=1
[ -z "$strict" ] || exit "$status"

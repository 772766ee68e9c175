#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Patches of objects that the run has made: a controller's Endpoints and pods.
. tests/cli/tap

manifests="
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {team: a}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}"

# scenario FILE ENTRY...: timeline entries in flow style
scenario() {
    local file=$1 entry
    shift
    {
        printf 'apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: hand}\nspec:\n  until: 1m\n  timeline:\n'
        for entry in "$@"; do
            printf '  - %s\n' "$entry"
        done
        echo "$manifests"
    } >"$file"
}

# look FILE AT ARGUMENT...
look() {
    local file=$1 at=$2
    shift 2
    try get "$@" -n shop -f "$file" --at "$at"
}

scenario "$work/plain.yaml" '{at: 1s, annotate: {target: pod/none, set: {a: b}}}'
look "$work/plain.yaml" 0s pods -o name
pod=$(sed -n '1s|pod/||p' "$work/out")
claim "a pod to patch has a name" test -n "$pod"

subsets='[{addresses: [{ip: 11.11.11.11}], ports: [{port: 80}]}]'
scenario "$work/endpoints.yaml" \
    "{at: 10s, patch: {target: endpoints/web, namespace: shop, patch: {subsets: $subsets}}}" \
    "{at: 12s, patch: {target: endpoints/web, namespace: shop, patch: {metadata: {labels: {more: x}}}}}" \
    "{at: 30s, patch: {target: pod/$pod, namespace: shop, patch: {metadata: {labels: {app: null}}}}}"
look "$work/endpoints.yaml" 10s ep web
claim "a controller's Endpoints patched by hand say it at once" all exits 0 / prints 11.11.11.11:80
look "$work/endpoints.yaml" 20s ep web
claim "and stay so while nothing happens to the pods" all exits 0 / prints 11.11.11.11:80
look "$work/endpoints.yaml" 11s ep web --show-labels
claim "their labels stay" prints team=a
look "$work/endpoints.yaml" 13s ep web --show-labels
claim "a patch of labels adds to them, and leaves the addresses" all prints team=a / prints more=x / prints 11.11.11.11:80
look "$work/endpoints.yaml" 29s pods -l app=web -o name
claim "before its label goes the pod is one of the Service's" prints "$pod"
look "$work/endpoints.yaml" 30s pods -l app=web -o name
claim "a null in a patch takes a label off a pod that a controller made" sh -c "! grep -qF '$pod' '$work/out'"
look "$work/endpoints.yaml" 30s pods "$pod" --show-labels
claim "its other labels stay" prints tier=front
look "$work/endpoints.yaml" 50s ep web
claim "the next event of a pod repairs the Endpoints" sh -c "! grep -qF 11.11.11.11 '$work/out'"

scenario "$work/nobody.yaml" \
    '{at: 10s, patch: {target: pod/nobody, namespace: shop, patch: {metadata: {labels: {a: b}}}}}'
look "$work/nobody.yaml" 20s pods nobody
claim "a patch of a pod that never is does nothing" exits 1
scenario "$work/for.yaml" \
    '{at: 10s, for: 5s, patch: {target: pod/nobody, namespace: shop, patch: {metadata: {labels: {a: b}}}}}'
try validate "$work/for.yaml"
claim "nobody can take back a patch of what is not known yet" all exits 2 / says "pod/nobody is no manifest's"
plan

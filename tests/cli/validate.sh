#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim validate: what is made of every field of every manifest, and beginners' mistakes.
. tests/cli/tap

narrow() { ! awk 'length > 80 { print; wide = 1 } END { exit !wide }' "$work/out"; }
line() { grep -qxF -- "$1" "$work/out"; }

cat >"$work/app.yaml" <<'MANIFESTS'
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      volumes: []
      dnsPolicy: ClusterFirst
      containers:
        - name: main
          image: example/shop:1
          colour: blue
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /, port: 8080}}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: NodePort, selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
MANIFESTS
try validate "$work/app.yaml"
claim "a valid file exits 0, with warnings too" all exits 0 / prints "app.yaml: valid" / says "warning"
claim "an object's paragraph begins with kind and name" line "Deployment default/shop"
claim "modelled fields share lines" prints "  modelled: metadata, spec {replicas, selector, template {"
claim "approximated fields have their note" \
    line "  approximated: spec.type: NodePort and LoadBalancer are ClusterIPs that clients"
claim "ignored fields are told apart by the reason" \
    all line "  ignored (no bearing): spec.template.spec.dnsPolicy" / \
    line "  ignored (not modelled): spec.template.spec.volumes" / \
    line "  ignored (unknown): spec.template.spec.containers[].colour"
claim "kinds that are not modelled are listed" line "Kinds not modelled, ignored: ConfigMap (1)"
claim "the report fits 80 columns" narrow
try validate -q "$work/app.yaml"
claim "with -q only warnings are left" all exits 0 / prints_nothing / says "warning"
sed 's/replicas: 2/replicas: two/' "$work/app.yaml" >"$work/wrong.yaml"
try validate -q "$work/wrong.yaml"
claim "an error exits 2, whatever -q says" all exits 2 / prints_nothing / says "spec.replicas"

# mistake EDIT TEXT: app.yaml edited by sed, and what is said of it by validate and by run, each once
mistake() {
    sed "$1" "$work/app.yaml" >"$work/mistake.yaml"
    try validate "$work/mistake.yaml"
    claim "validate warns: $2" all exits 0 / test "$(grep -cF -- "$2" "$work/err")" -eq 1
    try run "$work/mistake.yaml" --until 1s --no-plots -o "$work/results"
    claim "run warns too: $2" all exits 0 / test "$(grep -cF -- "$2" "$work/err")" -eq 1
    rm -rf "$work/results"
}
mistake 's/selector: {app: shop}, ports/selector: {app: shpo}, ports/' "did you mean app=shop?"
mistake 's/targetPort: 8080/targetPort: 8081/' "nothing in deployment/shop listens on port 8081; declared: 8080"
mistake 's/path: \/, port: 8080/path: \/, port: 9090/' "nothing listens on port 9090 (declared: 8080)"
printf '\xef\xbb\xbfapiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: a\r\nspec:\r\n  ports: [{port: 80}]\r\n---\r\n\r\n---\r\n# only\ta remark\r\n' >"$work/windows.yaml"
try validate "$work/windows.yaml"
claim "a byte order mark, Windows' line ends and empty documents are no error" exits 0
plan

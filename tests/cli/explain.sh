#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim explain: pages of the table of fields.
. tests/cli/tap

narrow() { ! awk 'length > 80 { print; wide = 1 } END { exit !wide }' "$work/out"; }
line() { grep -qxF -- "$1" "$work/out"; }
after() { grep -A "$3" -F -- "$1" "$work/out" | grep -qF -- "$2"; } # after HEAD TEXT LINES

try explain scenario.spec.clients
claim "a field's page has kind, version, type and description" \
    all exits 0 / line "KIND:     Scenario" / line "VERSION:  epsim/v1" / \
    line "FIELD: clients <[]Object>" / line "DESCRIPTION:" / line "FIELDS:" / says_nothing
claim "fields that must be there are marked" line "$(printf '  target\t<string> -required-')"
claim "defaults are shown" after "executor" "default: constant-arrival-rate" 1
claim "choices are shown" after "executor" "enum: constant-arrival-rate" 2
claim "pages fit 80 columns" narrow

try explain scenario.spec.cluster.latency
claim "latency lists the hops with default, what it is, and its source" \
    all exits 0 / line "$(printf '  api.write\t<distribution>')" / \
    after "  api.write" "default: {lognormal: {p50: 4ms, p99: 14ms}}" 1 / \
    after "  scheduler.bind" "source of the default: assumption" 3 / narrow
try explain scenario.spec.cluster.latency.proxy.sync
claim "a hop has a page, although its name has a dot" \
    all exits 0 / line "FIELD: proxy.sync <distribution>" / prints "affine"
try explain scenario.spec.cluster.latency.api.wirte
claim "a misspelt hop is answered with the right one" \
    all exits 2 / says "did you mean scenario.spec.cluster.latency.api.write?" / prints_nothing
try explain scenario.spec.timeline.kill
claim "verbs of the timeline have pages" all exits 0 / prints "grace" / prints "selector"
try explain scenario.spec.apps.startup
claim "a distribution's page shows the kinds of distribution" all exits 0 / prints "lognormal" / prints "pareto"
try explain distribution.lognormal
claim "distributions have pages of their own" all exits 0 / prints "p99"

try explain deployment.spec.strategy
claim "of manifests it says what is modelled" \
    all exits 0 / line "VERSION:  apps/v1" / line "$(printf '  type\t<string> (modelled)')"
try explain deploy.spec.template.spec.containers.readinessProbe
claim "what is approximated is said, and how" \
    all exits 0 / after "  httpGet" "(approximated)" 0 / after "  httpGet" "Passes while" 1
try explain Service
cp "$work/out" "$work/service"
try explain svc
claim "short names and any case of kinds will do" all exits 0 / cmp "$work/service" "$work/out"
try explain deployment.spec.template.spec.volumes
claim "what Kubernetes has and epsim has not is said" all exits 0 / prints "volumes (ignored)"
try explain 'scenario.spec.clients[name=shoppers].timeout'
claim "a path as --set has it will do" all exits 0 / line "FIELD: timeout <duration>"

try explain scenario --recursive
claim "--recursive shows names and types of all that is below" \
    all exits 0 / grep -qP '^ +api\.write\t<distribution>$' "$work/out" / \
    grep -qP '^ +minSyncPeriod\t<duration>$' "$work/out" / narrow

try explain
claim "without a path: usage with examples, exit 2" \
    all exits 2 / says "usage: epsim explain PATH" / says "epsim explain scenario.spec.clients" / prints_nothing
try explain scenario.spec.clinets
claim "a misspelt field is answered with the right path, exit 2" \
    all exits 2 / says "did you mean scenario.spec.clients?" / prints_nothing
try explain scenario.spec.apps.sigterm
claim "a name that is near none is answered with the page to read" \
    all exits 2 / says '"epsim explain scenario.spec.apps"' / prints_nothing
try explain clients.rate
claim "a path without its kind is answered with the whole" all exits 2 / says "did you mean scenario.spec.clients.rate?"
try explain deplyoment
claim "a misspelt kind is answered with the right one" all exits 2 / says "did you mean Deployment?"
try explain scenario.spec.seed.x
claim "there is nothing below a number" all exits 2 / says "no fields below it"
try explain scenario..spec
claim "an empty name in a path is refused" all exits 2 / says "empty name"
plan

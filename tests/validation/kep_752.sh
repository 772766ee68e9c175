#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 120
#
# KEP-752's arithmetic out of two scenarios: one change of 5,000 endpoints, read by 5,000 proxies as one Endpoints object
# or as slices. The bytes are those of the objects times the watchers; the gain is the ratio of their sizes.
. tests/cli/tap

# bytes KEY: of control_plane.watch_bytes
bytes() { awk -F'[:,]' -v key="\"$1\"" '/"watch_bytes":/ { s = 1 } s && index($0, key) { print $2 + 0; exit }' "$work/result/summary.json"; }
writes() { awk -F'[:,]' -v key="\"$1\"" 'index($0, key) { print $2 + 0; exit }' "$work/result/summary.json"; }
between() { echo "got $2, allowed $1 to $3"; awk -v l="$1" -v v="$2" -v h="$3" 'BEGIN { exit !(v >= l && v <= h) }'; }

try run scenarios/kep-752-endpoints.yaml --no-plots -q -o "$work/result"
endpoints=$(bytes endpoints)
claim "proxies that read Endpoints are sent one write, and no slice" all exits 0 / \
    test "$(writes endpoints_writes)" = 1 / test "$(bytes endpointslices)" = 0
claim "5,000 proxies are sent the whole object of 5,000 addresses, 90 to 130 bytes each: 2.25 to 3.25 GB" \
    between 2250000000 "$endpoints" 3250000000

rm -rf "$work/result"
try run scenarios/kep-752-slices.yaml --no-plots -q -o "$work/result"
slices=$(bytes endpointslices)
claim "proxies that read slices are sent one slice of a hundred: 65 to 100 MB" all exits 0 / \
    test "$(writes endpointslice_writes)" = 1 / test "$(bytes endpoints)" = 0 / between 65000000 "$slices" 100000000
claim "the gain is 25 to 50 times (the KEP, at 100 bytes an endpoint in both: 50)" \
    between 25 "$(awk -v a="$endpoints" -v b="$slices" 'BEGIN { print a / b }')" 50
plan

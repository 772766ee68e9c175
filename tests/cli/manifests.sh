#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Other people's manifests load unchanged: all files of the folder EPSIM_MANIFESTS, each named by a
# Scenario, and those with a Service also alone. Without that folder there is nothing to test.
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/cli/tap
. "$root/tests/cli/tap"

if [ -z "${EPSIM_MANIFESTS:-}" ]; then
    skip "EPSIM_MANIFESTS is not set: no folder of foreign manifests"
    plan
    exit 0
fi

is_valid() {
    [ "$status" -eq 0 ] && grep -q ': valid$' "$work/out"
}

says_no_error() {
    ! grep -q 'error' "$work/err"
}

both() {
    is_valid && says_no_error
}

for manifest in "$EPSIM_MANIFESTS"/*.yaml "$EPSIM_MANIFESTS"/*.yml "$EPSIM_MANIFESTS"/*.json; do
    [ -e "$manifest" ] || continue
    name=$(basename "$manifest")
    printf 'apiVersion: epsim/v1\nkind: Scenario\nspec:\n  manifests: ["%s"]\n' "$(realpath "$manifest")" \
        >"$work/scenario.yaml"
    try validate "$work/scenario.yaml"
    claim "$name is valid when a Scenario names it" both
    if grep -qE '"?kind"?: *"?Service"?,? *$' "$manifest"; then
        try validate "$manifest"
        claim "$name is valid alone" both
    fi
done
plan

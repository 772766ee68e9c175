#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# epsim schema: one JSON text on standard output.
. tests/cli/tap

try schema
claim "schema prints draft 7 on standard output and says nothing" \
    all exits 0 / prints '"$schema": "http://json-schema.org/draft-07/schema#"' / says_nothing
cp "$work/out" "$work/first"
try schema
claim "it is the same every time" cmp "$work/first" "$work/out"
try schema scenario
claim "an operand is refused" all exits 2 / says "takes no operand" / prints_nothing
plan

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The manual's pages that are made of the program's tables are as the program would make them: "make docs" writes them.
. tests/cli/tap

try help --man
claim "docs/man/epsim.1 is what \"epsim help --man\" prints" all exits 0 / diff docs/man/epsim.1 "$work/out"
for command in $("$epsim" help | sed -n '/^commands:/,/^$/p' | awk 'NF > 1 && !/^commands/ { print $1 }'); do
    grep -q "^\.SS epsim $command" docs/man/epsim.1 || echo "$command"
done >"$work/missing"
claim "it has every command" test ! -s "$work/missing"

try explain --manual man
claim "docs/man/epsim-scenario.5 is what \"epsim explain --manual man\" prints" \
    all exits 0 / diff docs/man/epsim-scenario.5 "$work/out"
try explain --manual markdown
claim "docs/fields.md is what \"epsim explain --manual markdown\" prints" all exits 0 / diff docs/fields.md "$work/out"
try explain --manual html
claim "another format is refused" all exits 2 / says '--manual: got "html"; expected man or markdown'

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning docs/man/*.[15] | grep -v 'missing date' >"$work/lint"
    claim "mandoc has nothing against the pages" test ! -s "$work/lint"
elif command -v groff >/dev/null; then
    groff -man -Tutf8 -ww docs/man/*.[15] >/dev/null 2>"$work/lint"
    claim "groff has nothing against the pages" test ! -s "$work/lint"
else
    skip "neither mandoc nor groff is installed"
fi
plan

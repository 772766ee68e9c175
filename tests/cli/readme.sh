#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What README.md and docs/ name is there: targets, commands, files, options.
. tests/cli/tap

pages="README.md docs/*.md"

# shellcheck disable=SC2086
grep -ohE '(^ +|`)make [a-z]+' $pages | tr -d '`' | sort -u | while read -r _ target; do
    grep -q "^$target:" Makefile || echo "$target"
done >"$work/missing"
claim "every make target in the pages exists" test ! -s "$work/missing"

# shellcheck disable=SC2086
grep -ohE '\b(scenarios|docs|sim|tests)/[A-Za-z0-9_./-]*[A-Za-z0-9_]' $pages | sort -u | while read -r path; do
    [ -e "$path" ] || echo "$path"
done >"$work/missing"
cp "$work/missing" "$work/err"
claim "every path in the pages exists" test ! -s "$work/missing"

# links between pages
for page in $pages; do
    grep -oE '\]\([^)#]+\)' "$page" | sed 's/^](//; s/)$//' | while read -r link; do
        case $link in
        http*) ;;
        *) [ -e "$(dirname "$page")/$link" ] || echo "$page: $link" ;;
        esac
    done
done >"$work/missing"
claim "every link in the pages leads somewhere" test ! -s "$work/missing"

# shellcheck disable=SC2086
grep -ohE '(^ +\./epsim|`epsim) [a-z]+ ' $pages | awk '{ print $2 }' | sort -u | while read -r word; do
    "$epsim" help "$word" >"$work/out" 2>&1 || echo "$word"
done >"$work/missing"
claim "every command in the pages exists" test ! -s "$work/missing"

for command in run get describe validate explain schema plot; do
    "$epsim" help "$command"
done >"$work/out"
# shellcheck disable=SC2086
grep -hE '^ *(\./)?epsim ' $pages | grep -oE ' --[a-z][a-z-]+' | sort -u | while read -r option; do
    grep -qF -- "$option" "$work/out" || echo "$option"
done >"$work/missing"
claim "every option in the pages exists" test ! -s "$work/missing"

plan

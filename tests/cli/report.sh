#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# report.html: one page, well-formed, that asks for nothing; written by run and by report.
. tests/cli/tap

page() { cat "$work/a/report.html"; }

# names that would break a page
{
    sed 's|question: .*|question: "<script>alert(1)</script> \& \\"quotes\\" done?"|' scenarios/rolling-update.yaml
    printf -- '---\nkind: Service\napiVersion: v1\nmetadata: {name: odd}\nspec: {ports: [{port: 80}]}\n'
    printf -- '---\nkind: Endpoints\napiVersion: v1\nmetadata: {name: odd}\n'
    printf 'subsets: [{addresses: [{ip: 203.0.113.7}], ports: [{port: 80}]}]\n'
} >"$work/odd.yaml"
try run "$work/odd.yaml" --no-plots -o "$work/a" --set 'spec.clients[name=shoppers].rate=100'
claim "a run without figures has its page and says so" \
    all exits 0 / says report.html / test -s "$work/a/report.html" / test ! -e "$work/a/plots"
claim "markup in a question is text" \
    all test "$(page | grep -c '<script')" -eq 0 / \
    grep -q '<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; done?</h1>' "$work/a/report.html"
claim "nothing is fetched: no address but the namespaces of HTML and SVG" \
    test -z "$(page | grep -oE '(src|href|url|@import)[=( ]*[\"'"'"']?[a-z]+:[^ ]*' | head -3)" -a \
    -z "$(page | grep -oE 'https?://[^" <&]*' | grep -v '^http://www.w3.org/' | grep -v '^http://kubia' | head -3)"
figures=$(page | grep -c '<figure>')
claim "each of seven figures has words for those who do not see it, and its data as a table" \
    all test "$figures" -eq 7 / test "$(page | grep -c '<title id="[a-z-]*-alt">[^<]')" -eq 7 / \
    test "$(page | grep -c 'The data of this figure as a table')" -eq 7 / test "$(page | grep -c '<figcaption>')" -eq 7
claim "every head of a table has a scope" \
    all test "$(page | grep -oE '<th[ >]' | wc -l)" -eq "$(page | grep -oE '<th scope="(row|col)"' | wc -l)" / \
    test "$(page | grep -oE '<th ' | wc -l)" -gt 50
claim "language, viewport, a skip link, one h1, a main" \
    all grep -q '<html lang="en"' "$work/a/report.html" / grep -q 'name="viewport"' "$work/a/report.html" / \
    grep -q 'class="skip" href="#main"' "$work/a/report.html" / test "$(page | grep -c '<h1>')" -eq 1 / \
    test "$(page | grep -c '<main id="main">')" -eq 1
ids=$(page | grep -oE ' id="[^"]*"' | sort | uniq -d)
claim "no id is there twice" test -z "$ids"
claim "links within the page lead somewhere" test -z "$(
    for name in $(page | grep -oE 'href="#[a-z-]*"' | sed 's/.*#//; s/"//'); do
        grep -q " id=\"$name\"" "$work/a/report.html" || echo "$name"
    done
)"
claim "the fingerprint, the resolved scenario and what was made of the manifests are on it" \
    all grep -q -- "--expect-fingerprint $(grep -oE '[0-9a-f]{16}' "$work/a/summary.json" | head -1)" "$work/a/report.html" / \
    grep -q 'scenario.resolved.yaml' "$work/a/report.html" / grep -q 'readinessProbe' "$work/a/model.txt" / \
    grep -q 'What was made of each field' "$work/a/report.html"
claim "the manifest lists the page and model.txt" \
    all grep -q '"report.html"' "$work/a/manifest.json" / grep -q '"model.txt"' "$work/a/manifest.json"
if command -v xmllint >/dev/null; then
    claim "the page is well-formed" xmllint --noout "$work/a/report.html"
else
    skip "no xmllint here: well-formedness is not looked at"
fi

try run "$work/odd.yaml" --no-plots -o "$work/b" --set 'spec.clients[name=shoppers].rate=100'
claim "two runs give the same page" cmp "$work/a/report.html" "$work/b/report.html"
cp "$work/a/report.html" "$work/kept.html"
rm "$work/a/report.html"
PATH=/nonexistent "$epsim" report "$work/a" >"$work/out" 2>"$work/err" </dev/null
status=$?
claim "report writes the same page again, without gnuplot" \
    all exits 0 / says report.html / cmp "$work/a/report.html" "$work/kept.html"
try report "$work"
claim "report on what is no result is refused, exit 2" all exits 2 / test ! -e "$work/report.html"

try run scenarios/rolling-update.yaml --no-plots -N 3 -o "$work/n3"
claim "with replications: intervals, and a note that figures show one of them" \
    all exits 0 / grep -q 'The figures show replication 0' "$work/n3/report.html" / \
    grep -q '3 replications: means and 95 % intervals' "$work/n3/report.html"
plan

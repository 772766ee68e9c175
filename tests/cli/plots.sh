#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Figures: with gnuplot and without, and again from the results.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
figures="rollout-timeline requests-by-outcome propagation-ccdf stage-waterfall traffic-per-pod
node-heatmap lorenz"
is_png() { [ "$(head -c 8 "$1" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]; }
is_svg() { grep -q '<svg' "$1" && tail -c 20 "$1" | grep -q '</svg>'; }

# PATH without gnuplot
PATH=/nonexistent "$epsim" run "$scenario" -o "$work/bare" >"$work/out" 2>"$work/err" </dev/null
status=$?
claim "without gnuplot a run exits 0 and says what is missing" \
    all exits 0 / says "gnuplot is not installed" / says "results in $work/bare"
for name in $figures; do
    claim "without gnuplot $name has its data, script and caption" \
        all test -s "$work/bare/plots/$name.dat" / test -s "$work/bare/plots/$name.gp" / \
        test -s "$work/bare/plots/$name.txt" / test ! -e "$work/bare/plots/$name.png"
done
claim "captions give the seed and the number of requests" \
    grep -qE 'seed 42, n = [0-9]+ requests' "$work/bare/plots/rollout-timeline.txt"
claim "neither script nor data hold a path" \
    test -z "$(grep -lF "$work" "$work"/bare/plots/*)"

mkdir "$work/fake"
printf '#!/bin/sh\necho "line 7: all wrong" >&2\nexit 1\n' >"$work/fake/gnuplot"
chmod +x "$work/fake/gnuplot"
PATH=$work/fake:$PATH "$epsim" run "$scenario" -o "$work/broken" >"$work/out" 2>"$work/err" </dev/null
status=$?
claim "a gnuplot that fails: its words in a warning, exit 0" all exits 0 / says "line 7: all wrong"

if ! command -v gnuplot >/dev/null; then
    skip "no gnuplot here: nothing is drawn"
    plan
    exit 0
fi
try run "$scenario" -o "$work/a"
claim "with gnuplot the figures are named on standard error" \
    all exits 0 / says rollout-timeline.png / says requests-by-outcome.png
for name in $figures; do
    claim "$name is drawn as PNG and SVG" \
        all is_png "$work/a/plots/$name.png" / is_svg "$work/a/plots/$name.svg"
    claim "its data and script are the same with and without gnuplot" \
        all cmp "$work/a/plots/$name.gp" "$work/bare/plots/$name.gp" / \
        cmp "$work/a/plots/$name.dat" "$work/bare/plots/$name.dat"
    mkdir "$work/alone"
    cp "$work/a/plots/$name".{gp,dat} "$work/alone"
    (cd "$work/alone" && LC_ALL=C.UTF-8 gnuplot -d "$name.gp") >"$work/out" 2>"$work/err"
    status=$?
    claim "gnuplot $name.gp redraws it alone, without a word" \
        all exits 0 / says_nothing / is_svg "$work/alone/$name.svg" / \
        cmp "$work/alone/$name.png" "$work/a/plots/$name.png"
    rm -r "$work/alone"
done
claim "the manifest lists data and scripts, not images" \
    all grep -q plots/rollout-timeline.gp "$work/a/manifest.json" / \
    test "$(grep -c -e '\.png' -e '\.svg' "$work/a/manifest.json")" -eq 0

claim "scripts hold no title, labels of axes have units" \
    all test "$(grep -c 'set title' "$work"/a/plots/*.gp | grep -vc ':0$')" -eq 0 / \
    grep -q "'Time since the cause (s)'" "$work/a/plots/stage-waterfall.gp" / \
    grep -q "Simulated time (s)" "$work/a/plots/node-heatmap.gp"

# themes: the images change, scripts and data do not
cp -r "$work/a" "$work/themed"
try plot "$work/themed" --theme dark
claim "a dark theme changes the images and nothing else" \
    all exits 0 / test "$(diff -rq "$work/a" "$work/themed" | grep -vcE '\.(svg|png) ')" -eq 0 / \
    grep -q 'fill="#14181d"' "$work/themed/plots/lorenz.svg"
try plot "$work/themed" --theme paper
claim "the paper theme adds PDF" \
    all exits 0 / test "$(head -c 5 "$work/themed/plots/lorenz.pdf")" = %PDF-
try plot "$work/themed" --theme slides
claim "slides are drawn" all exits 0 / is_png "$work/themed/plots/lorenz.png"
try plot "$work/themed" --theme neon
claim "a theme that is none is refused with the names of those there are" \
    all exits 2 / says 'expected screen, dark, slides or paper, got "neon"'

# nothing to show: no figure rather than an empty frame
printf 'kind: Service\napiVersion: v1\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n' \
    >"$work/empty.yaml"
try run "$work/empty.yaml" --until 10s -o "$work/empty"
claim "without pods and changes their figures are left out" \
    all exits 0 / test ! -e "$work/empty/plots/lorenz.gp" / test ! -e "$work/empty/plots/node-heatmap.png" / \
    test -s "$work/empty/plots/requests-by-outcome.png"

cp -r "$work/a" "$work/again"
rm -r "$work/again/plots"
try plot "$work/again"
claim "plot draws the same figures from the results" \
    all exits 0 / diff -r "$work/a" "$work/again"
try plot "$work/fake"
claim "plot of what is no result exits 2 and says why" \
    all exits 2 / says "it has no manifest.json"
for other in rolling-update-prestop kill-pod relabel-quarantine scale-up; do
    try run "scenarios/$other.yaml" -o "$work/$other"
    claim "the figures of $other are drawn without a warning" \
        all test "$status" -eq 0 -o "$status" -eq 99 / test -s "$work/$other/plots/rollout-timeline.png" / \
        test -s "$work/$other/plots/requests-by-outcome.svg" / test "$(grep -c warning "$work/err")" -eq 0
done
plan

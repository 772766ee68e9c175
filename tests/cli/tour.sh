#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
#
# Every command of README.md and docs/concepts.md prints what they say. In their blocks ```console a line "$ COMMAND" is followed
# by what the command prints; a line of three dots stands for any number of lines, three dots at a line's end for its rest.
. tests/cli/tap

root=$PWD
mkdir "$work/tour"
cp -r scenarios "$work/tour/"
ln -s "$(realpath "$epsim")" "$work/tour/epsim"

# $work/blocks/N.sh is the N-th command, N.out what is to be printed
mkdir "$work/blocks"
awk -v folder="$work/blocks" '
    /^```console$/ { inside = 1; next }
    /^```/ { inside = 0 }
    inside && /^\$ / { count++; print substr($0, 3) > sprintf("%s/%02d.sh", folder, count)
                       printf "" > sprintf("%s/%02d.out", folder, count); next }
    inside && count { print > sprintf("%s/%02d.out", folder, count) }' README.md docs/concepts.md

# Whether the text in $2 is as the pattern in $1 has it.
matches() {
    awk '
        FNR == NR { wanted[++count] = $0; next }
        { got[++lines] = $0 }
        function same(pattern, line) {
            return pattern ~ /\.\.\.$/ ? index(line, substr(pattern, 1, length(pattern) - 3)) == 1 : pattern == line
        }
        # Lines from i on against patterns from j on.
        function fit(i, j) {
            while (j <= count) {
                if (wanted[j] == "...") {
                    for (; i <= lines + 1; i++) if (fit(i, j + 1)) return 1
                    return 0
                }
                if (i > lines || !same(wanted[j], got[i])) {
                    if (i + j > worst) { worst = i + j; at = j }
                    return 0
                }
                i++
                j++
            }
            return i > lines
        }
        END { if (fit(1, 1)) exit 0
              print "wanted, line " at ": " wanted[at]; exit 1 }' "$1" "$2"
}

for script in "$work"/blocks/*.sh; do
    [ -e "$script" ] || break
    command=$(cat "$script")
    (cd "$work/tour" && PATH=$work/tour:$PATH bash -c "$command") >"$work/out" 2>"$work/err" </dev/null
    status=$?
    claim "$command" matches "${script%.sh}.out" "$work/out"
done
cd "$root" || exit 1
claim "the tour has at least eight commands" test "$(find "$work/blocks" -name '*.sh' | wc -l)" -ge 8
plan

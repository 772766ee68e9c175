#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 300
#
# Bad scenarios: each file of tests/bad has the exact message beside it (NAME.expected; NAME.args are
# --set arguments), is refused with status 2 and leaves nothing on disk. So do inputs that are too
# large to keep.
set -u

root=$(cd "$(dirname "$0")/../.." && pwd)
epsim=${EPSIM:-$root/epsim}
work=$(mktemp -d "${TMPDIR:-/tmp}/bad.XXXXXX")
trap 'rm -rf "$work"' EXIT
number=0

ok() {
    number=$((number + 1))
    echo "ok $number - $1"
}

not_ok() {
    number=$((number + 1))
    echo "not ok $number - $1"
    head -n 40 "$2" | sed 's/^/# /'
}

# here: the names in this folder, in $names
here() {
    names=(*)
    names="${names[*]}"
}
shopt -s nullglob dotglob

# refused NAME EXPECTED ARGUMENT...: epsim says what EXPECTED has, and one line that counts; nothing else happens. There
# are hundreds of them: what is well is found out without another process.
refused() {
    local name=$1 expected=$2 status before names err said
    shift 2
    here
    before=$names
    "$epsim" run "$@" >"$work/out" 2>"$work/err"
    status=$?
    here
    err=$(<"$work/err")
    said=
    [[ $err == *$'\n'* ]] && said=${err%$'\n'*}
    : >"$work/report"
    [ "$said" = "$(<"$expected")" ] || {
        printf '%s\n' "$said" >"$work/messages"
        diff "$expected" "$work/messages"
        echo "not the messages of $expected"
    } >>"$work/report"
    [ "$status" -eq 2 ] || echo "exit status $status" >>"$work/report"
    [ -s "$work/out" ] && echo "something on standard output" >>"$work/report"
    [ "$before" = "$names" ] || echo "something was written" >>"$work/report"
    [[ ${err##*$'\n'} == 'epsim: error: '* ]] || echo "no last line: ${err##*$'\n'}" >>"$work/report"
    if [ -s "$work/report" ]; then
        not_ok "$name" "$work/report"
    else
        ok "$name"
    fi
}

mkdir "$work/files"
cp "$root"/tests/bad/*.yaml "$work/files"
cd "$work/files" || exit 1
files=(*.yaml)
echo "1..$((${#files[@]} + 8))"

for file in "${files[@]}"; do
    name=${file%.yaml}
    arguments=()
    if [ -e "$root/tests/bad/$name.args" ]; then
        while IFS= read -r line; do
            arguments+=(--set "$line")
        done <"$root/tests/bad/$name.args"
    fi
    refused "$name" "$root/tests/bad/$name.expected" "$file" "${arguments[@]}"
done

: >"$work/nothing"
refused "a file that is not there" "$work/nothing" not-here.yaml
refused "a folder" "$work/nothing" "$work"

# Sparse files and pipes cost no disk. The limit in seconds is for the plain build; sanitizers are slower.
timed() {
    local limit=$1 name=$2
    shift 2
    SECONDS=0
    refused "$name" "$@"
    [ "$SECONDS" -le "$limit" ] || echo "# $name took $SECONDS s"
}

truncate -s 100M "$work/large.yaml"
timed 2 "a file above 64 MiB" "$work/nothing" "$work/large.yaml"

echo "standard input: nothing in it; expected a Scenario, or manifests with a Service" >"$work/blank"
head -c 60000000 /dev/zero | tr '\0' ' ' >"$work/spaces"
timed 5 "60 MB of spaces" "$work/blank" - <"$work/spaces"
rm -f "$work/spaces"

refused "100 MB of spaces on standard input" "$work/nothing" - < <(head -c 100000000 /dev/zero | tr '\0' ' ')

printf 'apiVersion: epsim/v1\nkind: Scenario\nspec:\n  warmup: 1m\n' >late.yaml
cat >"$work/late" <<'MESSAGE'
late.yaml:4:11: spec.warmup: got "1m"; expected less than spec.until (30s)
    4 |   warmup: 1m
      |           ^
MESSAGE
refused "--until before the warm-up" "$work/late" late.yaml --until 30s

# Slices over their limits, too long to keep.
slice() { # ENDPOINTS PORTS
    printf 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: s\naddressType: IPv4\n'
    printf 'endpoints: [%s]\nports: [%s]\n---\n' "$1" "$2"
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: kubia}\nspec: {ports: [{port: 80}]}\n'
}
addresses() { # COUNT SEPARATOR BEFORE AFTER
    seq "$1" | awk -v s="$2" -v b="$3" -v a="$4" \
        '{printf "%s%s10.0.%d.%d%s", (NR > 1 ? s : ""), b, $1 / 250, 1 + $1 % 250, a}'
}
messages_of() { # FILE TEXT: the line of text, without the source that follows
    "$epsim" run "$1" 2>&1 | grep -F "$2"
}
over() { # NAME TEXT
    if messages_of slice.yaml "$2" >"$work/report.out"; then
        ok "$1"
    else
        not_ok "$1" "$work/report.out"
    fi
}
slice "$(addresses 1001 , '{addresses: [' ']}')" '{port: 80}' >slice.yaml
over "a slice of 1001 endpoints" "endpoints: 1001 endpoints; expected at most 1000 in one slice"
slice "{addresses: [$(addresses 101 , '' '')]}" '{port: 80}' >slice.yaml
over "an endpoint of 101 addresses" "endpoints[0].addresses: 101 addresses; expected at most 100 for one endpoint"

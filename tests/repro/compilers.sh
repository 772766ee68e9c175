#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# timeout: 900
#
# The same scenario gives the same bytes whatever compiled epsim, however optimised or sanitized, and
# with any number of threads. Compared are all result files but timing.json and rendered images.
set -u

work=${TMPDIR:-/tmp}
number=0

ok() {
    number=$((number + 1))
    echo "ok $number - $1"
}

not_ok() {
    number=$((number + 1))
    echo "not ok $number - $1"
    sed 's/^/# /' "$2" | head -n 40
}

skip() {
    number=$((number + 1))
    echo "ok $number # SKIP $1"
}

# run_into DIR EPSIM ARGUMENT...: the exit status goes to DIR.status; 99 is a threshold, no crash
run_into() {
    local dir=$1 epsim=$2
    shift 2
    "$epsim" run "$@" -o "$dir" --no-plots >"$dir.out" 2>"$dir.err"
    echo $? >"$dir.status"
    grep -qx -e 0 -e 99 "$dir.status"
}

fingerprint() {
    sed -n 's/.*"fingerprint": *"\([0-9a-f]*\)".*/\1/p' "$1/manifest.json" | head -n 1
}

# compare CLAIM DIR1 DIR2
compare() {
    if diff -r -x timing.json -x '*.svg' -x '*.png' "$2" "$3" >"$work/difference" 2>&1 &&
        diff "$2.out" "$3.out" >>"$work/difference" && diff "$2.status" "$3.status" >>"$work/difference" &&
        [ -n "$(fingerprint "$2")" ] && [ "$(fingerprint "$2")" = "$(fingerprint "$3")" ]; then
        ok "$1"
    else
        echo "fingerprints: $(fingerprint "$2") and $(fingerprint "$3")" >>"$work/difference"
        not_ok "$1" "$work/difference"
    fi
}

# one_variant NAME TEXT: builds build/NAME/epsim and compares it with the reference on every scenario
one_variant() {
    local variant=$1 text=$2 scenario name

    if ! VARIANT=$variant make -j2 >"$work/$variant.log" 2>&1; then
        tail -n 30 "$work/$variant.log" >"$work/$variant.tail"
        not_ok "$text builds" "$work/$variant.tail"
        return
    fi
    for scenario in scenarios/*.yaml; do
        name=$(basename "$scenario" .yaml)
        [ -d "$work/$name.ref" ] || continue
        if run_into "$work/$name.$variant" "build/$variant/epsim" "$scenario"; then
            compare "$name: $text gives the reference's bytes" "$work/$name.ref" "$work/$name.$variant"
        else
            not_ok "$name runs when built with $text" "$work/$name.$variant.err"
        fi
        rm -rf "$work/$name.$variant"
    done
}

for scenario in scenarios/*.yaml; do
    name=$(basename "$scenario" .yaml)
    if ! run_into "$work/$name.ref" "$EPSIM" "$scenario"; then
        not_ok "$name runs" "$work/$name.ref.err"
        rm -rf "$work/$name.ref"
        continue
    fi
    run_into "$work/$name.again" "$EPSIM" "$scenario"
    compare "$name: a second run gives the same bytes" "$work/$name.ref" "$work/$name.again"
    run_into "$work/$name.j1" "$EPSIM" "$scenario" -N 4 -j1
    run_into "$work/$name.j2" "$EPSIM" "$scenario" -N 4 -j2
    compare "$name: four replications on one thread and on two give the same bytes" \
        "$work/$name.j1" "$work/$name.j2"
    rm -rf "$work/$name.again" "$work/$name.j1" "$work/$name.j2"
done

# Builds take most of the time: the one with sanitizers is that of `make fuzz`, where clang can build it.
one_variant o0 "gcc -O0"
if command -v "${CLANG:-clang}" >/dev/null; then
    one_variant clang "clang -O2"
else
    skip "clang is not installed"
fi
if tests/tools/run-fuzz --check "${CLANG:-clang}" >/dev/null; then
    one_variant fuzz "clang -O1 with AddressSanitizer and UBSan"
else
    one_variant asan "gcc -O1 with AddressSanitizer and UBSan"
fi
echo "1..$number"

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Completion: the scripts are sound, and bash's completes what it should.
. tests/cli/tap

for shell in bash zsh fish; do
    try completion "$shell"
    cp "$work/out" "$work/$shell"
    claim "a script for $shell" all exits 0 / says_nothing / prints "epsim completion $shell"
    if command -v "$shell" >/dev/null; then
        claim "$shell reads it" "$shell" -n "$work/$shell"
    else
        skip "$shell is not installed"
    fi
done

try completion
claim "without a shell: which?" all exits 2 / says "which shell? expected one of bash, zsh, fish"
try completion tcsh
claim "another shell" all exits 2 / says 'got "tcsh"; expected one of bash, zsh, fish'

# complete WORD...: what bash would offer for the last word, sorted, in one line
complete_words() {
    bash -c '
        compopt() { :; }
        . "$1"
        shift
        COMP_WORDS=(epsim "$@")
        COMP_CWORD=$#
        _epsim
        printf "%s\n" "${COMPREPLY[@]}" | sort -u | tr "\n" " "' bash "$work/bash" "$@"
}
offers() { # WANTED WORD...
    local wanted=$1
    shift
    complete_words "$@" >"$work/out" 2>"$work/err"
    [ "$(cat "$work/out")" = "$wanted" ] && [ ! -s "$work/err" ]
}

claim "commands by their beginning" offers "version " ver
claim "options of a command" offers "--expect-fingerprint " run x.yaml --exp
claim "of run where a file stands for it" offers "--replications " scenarios/kubia.yaml --rep
claim "choices of an option" offers "always auto " get pods --color a
claim "kinds" offers "endpoints endpointslices " get endp
claim "shells" offers "bash " completion b
claim "files" offers "scenarios/kubia.yaml " run scenarios/kub
claim "nothing for a number" offers " " run x.yaml --seed ""
plan

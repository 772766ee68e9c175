#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A folder that is no result, of a newer schema, partial or damaged: said by name, exit 2, nothing changed.
# The commands that read results are all tried on it.
. tests/cli/tap

scenario=scenarios/rolling-update.yaml
readers=$("$epsim" help | grep -oE '^  (why|plot|report) ' | tr -d ' ')

try run "$scenario" --no-plots -q -o "$work/whole"
claim "there is a result to damage" exits 0
claim "there are commands that read results" test -n "$readers"

state() { tar -cf - --sort=name -C "$work" bad 2>/dev/null | cksum; }

# refused WHAT TEXT...: every reader refuses $work/bad with each text, prints nothing and changes nothing
refused() {
    local what=$1 before reader
    local claims=()
    shift
    for text in "$@"; do
        claims+=(/ says "$text")
    done
    before=$(state)
    for reader in $readers; do
        try "$reader" "$work/bad"
        claim "$reader: $what" all exits 2 / prints_nothing / test "$(state)" = "$before" "${claims[@]}"
    done
}

# damage: a fresh copy as $work/bad
damage() { rm -rf "$work/bad" && cp -r "$work/whole" "$work/bad"; }

refused "no such folder" "$work/bad: there is no such folder"
cp "$scenario" "$work/bad"
refused "a file" "$work/bad: a file, not the folder of a result"
rm "$work/bad"
mkdir "$work/bad"
refused "an empty folder" "$work/bad: not a result of epsim: it has no manifest.json"
mkdir -p "$work/bad/7-0123" && cp -r "$work/whole" "$work/bad/latest"
refused "a folder of results" "did you mean $work/bad/latest?"
damage && rm "$work/bad/manifest.json"
refused "no manifest" "it has no manifest.json"
damage && head -c 200 "$work/whole/manifest.json" >"$work/bad/manifest.json"
refused "a manifest cut off" "$work/bad/manifest.json: damaged: no JSON from line" "run the scenario again"
damage && : >"$work/bad/manifest.json"
refused "an empty manifest" "$work/bad/manifest.json: damaged"
damage && echo '{"name": "app", "version": "1.0.0"}' >"$work/bad/manifest.json"
refused "another program's manifest" "$work/bad/manifest.json: not a result of epsim"
damage && sed -i 's/"schemaVersion": 1/"schemaVersion": 2/; s/"version": "[^"]*"/"version": "9.9.9"/' "$work/bad/manifest.json"
refused "a newer schema" "schemaVersion 2, made by epsim 9.9.9" "use the newer program"
damage && sed -i 's/"schemaVersion": 1/"schemaVersion": 0/' "$work/bad/manifest.json"
refused "an impossible schema" "schemaVersion must be at least 1"
damage && sed -i '/"requests.csv"/d' "$work/bad/manifest.json"
refused "a manifest that does not list a file" "it does not list requests.csv"
damage && sed -i 's/"requests.csv"/"..\/requests.csv"/' "$work/bad/manifest.json"
refused "a manifest that leaves the folder" '"files" must hold names in this folder'
damage && rm "$work/bad/changes.csv"
refused "a missing file" "$work/bad/changes.csv: is missing" "epsim run $work/bad/scenario.resolved.yaml -o NEW"
damage && head -c 3000 "$work/whole/changes.csv" >"$work/bad/changes.csv"
refused "a table cut off" "$work/bad/changes.csv: is cut off: it ends within a line"
damage && head -n 20 "$work/whole/requests.csv" >"$work/bad/requests.csv"
refused "a table cut off between lines" "$work/bad/requests.csv: is not what the run wrote"
damage && sed -i '3s/refused/timeout/' "$work/bad/requests.csv"
refused "an edited cell" "$work/bad/requests.csv: is not what the run wrote (sha256 "
damage && sed -i 's/\("changes.csv": "\)./\1g/' "$work/bad/manifest.json"
refused "a wrong hash" "$work/bad/changes.csv: is not what the run wrote" "in manifest.json g"
damage && echo >>"$work/bad/scenario.resolved.yaml"
refused "a changed scenario is not offered for a new run" "copy the folder anew, or run the scenario again"
damage && rm "$work"/bad/*.csv
refused "much is missing" "/propagation.csv: is missing" "and 1 more file"
damage && rm "$work/bad/summary.json" && mkdir "$work/bad/summary.json"
refused "a folder in a file's place" "$work/bad/summary.json: cannot be read"

# What may differ between equal runs, or is made from the rest, is not compared.
damage
echo '{}' >"$work/bad/timing.json"
for reader in $readers; do
    try "$reader" "$work/bad/"
    claim "$reader: another timing.json is no damage, nor a slash behind the folder" exits 0
done

# A run that was interrupted is a result of its part.
"$epsim" run "$scenario" --no-plots --until 100h -o "$work/part" >"$work/out" 2>"$work/err" </dev/null &
child=$!
sleep 1
kill -INT "$child"
wait "$child"
for reader in $readers; do
    try "$reader" "$work/part"
    claim "$reader: a partial result is read, and said to be one" \
        all exits 0 / says "$work/part: the run was interrupted after"
done
plan

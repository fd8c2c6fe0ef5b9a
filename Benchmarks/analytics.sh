#!/usr/bin/env bash
# What the analytics cost: the shipped themes beside plain windows (Benchmarks/Plain) over the same events of the
# simulated city. Both figures of a ratio are measured in turn in this run; the best of RUNS counts. Called by bench.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${RUNS:-6}
dir=.kapok/bench/analytics
kapok=${KAPOK:-.build-bench/release/kapok}
rm -rf "$dir"
mkdir -p "$dir/plain"
cp -r Topics "$dir/full"
cp -r Topics/. "$dir/plain/"
rm -f "$dir"/plain/themes/*
cp Benchmarks/Plain/themes/* "$dir/plain/themes/"

cpu() {
    "$kapok" process --topics "$dir/$1" --contract sensor-readings --theme traffic --theme emergency --input "$2" \
        --summaries /dev/null --stats 2>&1 |
        python3 -c 'import json,sys; s=json.loads(sys.stdin.read().splitlines()[-1]); print(s["cpuSeconds"]/s["events"]*1e9)'
}
best() { sort -g "$1" | head -n 1; }

echo "== analytics: shipped traffic and emergency themes beside plain windows; CPU ns an event, kapok process"
printf '%-34s %8s %8s %8s\n' "" plain full ratio
measure() {
    local name=$1 file="$dir/$2.jsonl"
    shift 2
    "$kapok" simulate --topics Topics --contract sensor-readings --seed 1 --start 2026-11-24T00:00:00Z \
        --incidents random --output "$file" "$@" 2> /dev/null
    : > "$dir/p"
    : > "$dir/f"
    for _ in $(seq "$runs"); do
        cpu plain "$file" >> "$dir/p"
        cpu full "$file" >> "$dir/f"
    done
    printf '%-34s %8.0f %8.0f %8.2f\n' "$name" "$(best "$dir/p")" "$(best "$dir/f")" \
        "$(python3 -c "print($(best "$dir/f") / $(best "$dir/p"))")"
    rm "$file"
}
measure "50,000 events/s, 4,000,000 events" fast --rate 50000 --duration 2m --events 4000000
measure "the city's own rate, 1 h" own --duration 1h
echo "(target, per event: at most 1.50)"

#!/usr/bin/env bash
# Speed of kapok on this machine, in one run: from a file, and from the real broker beside a bare C loop over librdkafka.
# Then what the analytics cost beside plain windows (analytics.sh).
# Every ratio is of figures measured side by side here. RUNS repeats each measurement (default 6); the best one counts,
# since noise only ever slows.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${RUNS:-6}
dir=.kapok/bench
kapok=.build-bench/release/kapok
swift build -c release --product kapok --scratch-path .build-bench
rm -rf "$dir"
mkdir -p "$dir/Topics/sensors"
cp -r Benchmarks/Topics/* "$dir/Topics/"
cp -r Topics/places Topics/outputs "$dir/Topics/"
{
    echo "id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2"
    awk -F, '$2 == "street" { for (i = 1; i <= 10; i++)
        printf "loop-%s-%02d,speed,loop,%s,km/h,10,Benchmark,,,\n", substr($1, 1, 9), i, $1 }' Topics/places/guangzhou.csv
} > "$dir/Topics/sensors/loops.csv"

field() { python3 -c 'import json,sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$1" "$2"; }
best() { sort "$@" | head -n 1; }

echo "== from a file: 10 s tumbling windows, key street; count, mean, max, percentiles"
printf '%-10s %8s %10s %14s %10s\n' events bytes wall_s events/s/core max_MiB
for n in 1000000 5000000; do
    file="$dir/$n.jsonl"
    "$kapok" simulate --topics "$dir/Topics" --contract readings --bench --events "$n" --output "$file" \
        --start 2026-11-24T00:00:00Z 2> /dev/null
    : > "$dir/rows"
    for _ in $(seq "$runs"); do
        s=$("$kapok" process --topics "$dir/Topics" --contract readings --input "$file" --summaries "$dir/out.jsonl" \
            --stats 2>&1)
        echo "$(field "$s" cpuSeconds) $(field "$s" wallSeconds) $(field "$s" maxResidentKiB)" >> "$dir/rows"
    done
    # One thread does all the work, so CPU seconds are seconds of one core.
    best -g "$dir/rows" | while read -r cpu wall rss; do
        printf '%-10s %8s %10.2f %14.0f %10.0f\n' "$n" "$(($(stat -c %s "$file") / n))" "$wall" \
            "$(python3 -c "print($n / $cpu)")" "$(python3 -c "print($rss / 1024)")"
    done
done

echo
echo "== from the real broker: 1,000,000 events, 16 partitions; from their assignment to the last record (kapok: to its commit)"
n=1000000
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
setsid .kapok/venv/bin/noida-db start --only kafka --kafka-port "$port" --data-dir "$PWD/$dir/broker" \
    > "$dir/broker.log" 2>&1 &
broker=$!
trap 'kill -TERM -- "-$broker" 2> /dev/null || true' EXIT
until "$kapok" topics create --topics "$dir/Topics" --bootstrap "127.0.0.1:$port" > "$dir/topics.log" 2>&1; do
    kill -0 "$broker"
done
"$kapok" simulate --topics "$dir/Topics" --bench --events "$n" --fast --bootstrap "127.0.0.1:$port" 2> /dev/null
cc -O2 -o "$dir/consume" Benchmarks/consume.c -lrdkafka
# This broker answers a fetch with the whole rest of a partition, and an empty one at once: see docs/operations.md. Both
# sides get room for it, and the same short queue, which keeps librdkafka from asking again and again for nothing.
settings=(receive.message.max.bytes=1000000000 queued.max.messages.kbytes=262144 queued.min.messages=50000)
# Once in a second it writes all its data to disk where a group has changed: a second of one core, out of two. The save
# that a run of the hub calls for falls into that run or not, as it happens; none is left over for the next run.
saved() { python3 -c '
import os, sys, time
while time.time() - os.stat(sys.argv[1]).st_mtime < 2.5: time.sleep(0.1)' "$dir/broker/kafka.json"; }
: > "$dir/loop"
: > "$dir/hub"
for i in $(seq "$runs"); do
    saved
    "$dir/consume" "127.0.0.1:$port" bench.readings "$n" "${settings[@]}" \
        | sed 's/.*wall_s=\([0-9.]*\) cpu_s=\([0-9.]*\).*/\1 \2/' >> "$dir/loop"
    saved
    s=$("$kapok" hub --topics "$dir/Topics" --bootstrap "127.0.0.1:$port" --group "bench-$i" --db "$dir/hub-$i.db" --port 0 \
        --until-records "$n" --idle-fetch 50 "${settings[@]/#/--kafka-config=}" --log-level error 2>&1 | tail -n 1)
    echo "$(field "$s" wallSeconds) $(field "$s" cpuSeconds) $(field "$s" maxResidentKiB)" >> "$dir/hub"
done
read -r loop_wall loop_cpu < <(best -g "$dir/loop")
read -r hub_wall hub_cpu hub_rss < <(best -g "$dir/hub")
printf '%-12s %8s %8s %12s %10s\n' "" wall_s cpu_s events/s max_MiB
printf '%-12s %8.2f %8.2f %12.0f\n' "bare C loop" "$loop_wall" "$loop_cpu" "$(python3 -c "print($n / $loop_wall)")"
printf '%-12s %8.2f %8.2f %12.0f %10.0f\n' "kapok hub" "$hub_wall" "$hub_cpu" "$(python3 -c "print($n / $hub_wall)")" \
    "$(python3 -c "print($hub_rss / 1024)")"
printf 'wall time, kapok hub / bare C loop: %.2f (target: at most 1.6)\n' "$(python3 -c "print($hub_wall / $loop_wall)")"
echo
RUNS=$runs bash Benchmarks/analytics.sh

echo
echo "== an edge's partials against its readings: ten minutes of the shipped city"
"$kapok" edge traffic --topics Topics --lang en --log-level error

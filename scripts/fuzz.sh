#!/usr/bin/env bash
# Runs each fuzz target for SECONDS (default 60) from the inputs of Tests/Corpus and what earlier runs found.
# Usage: fuzz.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${FUZZ_SECONDS:-60}"
work=.build-fuzz
swiftc="$(readlink -f "$(command -v swiftc)")"
library="$(echo "${swiftc%/bin/*}"/lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-"$(uname -m)".a)"
if [ ! -f "$library" ]; then
    echo "fuzz: this Swift toolchain has no libFuzzer ($library); use one from swift.org" >&2
    exit 1
fi
KAPOK_FUZZ=1 swift build --scratch-path "$work" --product kapok-fuzz --sanitize address \
    -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table -Xcc -fsanitize=fuzzer-no-link \
    -Xswiftc -O -Xswiftc -use-ld=lld -Xlinker "$library" -Xlinker -lstdc++
program="$work/debug/kapok-fuzz"
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then mapfile -t targets < <("$program" --list); fi
failed=()
for t in "${targets[@]}"; do
    mkdir -p "$work/corpus/$t" "$work/findings/$t" "$work/tmp"
    echo "== $t, $seconds s"
    # Foundation leaks 4 KiB for each empty file that it reads, which only the loader's inputs have.
    leaks=1
    if [ "$t" = topics ]; then leaks=0; fi
    # Swift's own backtracer is no friend of the address sanitizer.
    if ! TMPDIR="$PWD/$work/tmp" SWIFT_BACKTRACE=enable=no ASAN_OPTIONS="detect_leaks=$leaks" "$program" "$t" -max_total_time="$seconds" -print_final_stats=1 -timeout=20 -detect_leaks="$leaks" \
        -rss_limit_mb=4096 -artifact_prefix="$work/findings/$t/" "$work/corpus/$t" "Tests/Corpus/$t" \
        > "$work/$t.log" 2>&1; then
        failed+=("$t")
        grep -aE 'Fatal error|ERROR:|SUMMARY|Test unit written' "$work/$t.log" >&2 || tail -20 "$work/$t.log" >&2
        echo "fuzz: $t failed; all of it is in $work/$t.log. Run it again: $program $t FILE" >&2
        echo "fuzz: mend it, and keep the input as a test: cp $work/findings/$t/FILE Tests/Corpus/$t/TELLING-NAME" >&2
    fi
    grep -aE 'stat::(number_of_executed_units|average_exec_per_sec|new_units_added)' "$work/$t.log" || true
done
if [ ${#failed[@]} -gt 0 ]; then echo "fuzz: findings in ${failed[*]}" >&2; exit 1; fi

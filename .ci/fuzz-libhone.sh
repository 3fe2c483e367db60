#!/bin/sh
# fuzz-libhone.sh: coverage-guided fuzzing of libhone's reader, from and into the corpus of the tests.
#
# usage: fuzz-libhone.sh [RUNS] [SECONDS]
#
# RUNS inputs (default 1000000) or SECONDS (default 600), whichever ends first. New inputs that reach new code go to the
# corpus; commit them. Needs the clang of the Swift toolchain, which has libFuzzer.
set -eu

runs=${1:-1000000}
seconds=${2:-600}
root=$(cd "$(dirname "$0")/.." && pwd)
corpus="$root/Tests/HoneABITests/Fixtures/corpus"
build="$root/.build/fuzz-libhone"
clang=${CLANG:-clang}

mkdir -p "$build/found" "$corpus"
"$clang" -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I"$root/CShims/CHone" -I"$root/CShims/CHone/include" -I"$root/CShims/CHoneKernel/include" \
  "$root"/CShims/CHone/*.c "$root/Tests/HoneABITests/Fixtures/fuzz_reader.c" \
  -o "$build/fuzz_reader" -lm -lpthread -ldl
"$build/fuzz_reader" -runs="$runs" -max_total_time="$seconds" -timeout=1 -rss_limit_mb=256 -max_len=16384 \
  -artifact_prefix="$build/" -print_final_stats=1 "$build/found" "$corpus"
"$build/fuzz_reader" -merge=1 "$corpus" "$build/found" 2>/dev/null

#!/bin/sh
# fuzz-libhone.sh: coverage-guided fuzzing of libhone's reader, from and into the corpus of the tests.
#
# usage: fuzz-libhone.sh [RUNS] [SECONDS]
#
# RUNS inputs (default 1000000) or SECONDS (default 600), whichever ends first. The smallest set of inputs that reaches the same code is
# kept in Tests/Fuzzing/Corpus/libhone.txt, one a line in base64; commit it. Needs the clang of the Swift toolchain, which has libFuzzer.
set -eu

runs=${1:-1000000}
seconds=${2:-600}
root=$(cd "$(dirname "$0")/.." && pwd)
kept="$root/Tests/Fuzzing/Corpus/libhone.txt"
build="$root/.build/fuzz-libhone"
clang=${CLANG:-clang}

mkdir -p "$build/found"
"$clang" -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
  -I"$root/CShims/CHone" -I"$root/CShims/CHone/include" -I"$root/CShims/CHoneKernel/include" \
  "$root"/CShims/CHone/*.c "$root/Tests/HoneABITests/Fixtures/fuzz_reader.c" \
  -o "$build/fuzz_reader" -lm -lpthread -ldl
number=0
while read -r line; do
  number=$((number + 1))
  printf '%s' "$line" | base64 -d >"$build/found/kept-$number"
done <"$kept"
# An input may take a second of the processor's time (the target measures it); the timeout is for those that hang for ever.
"$build/fuzz_reader" -runs="$runs" -max_total_time="$seconds" -timeout=900 -rss_limit_mb=256 -max_len=16384 \
  -artifact_prefix="$build/" -print_final_stats=1 "$build/found"
rm -rf "$build/small" && mkdir -p "$build/small"
"$build/fuzz_reader" -set_cover_merge=1 -use_counters=0 -max_len=2000 "$build/small" "$build/found" 2>/dev/null
find "$build/small" -type f | sort | while read -r file; do
  base64 -w0 "$file"
  echo
done >"$kept"
echo "libhone: $(wc -l <"$kept") inputs kept in $kept"

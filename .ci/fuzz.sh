#!/bin/sh
# Fuzzes one reader with libFuzzer and AddressSanitizer: .ci/fuzz.sh TARGET [EXECUTIONS] [SECONDS]
# Targets: journal, best, host, and every format that hone db import reads. What it found stays in
# Tests/Fuzzing/Corpus/TARGET.txt, one input a line in base64, and the tests replay it.
set -eu
cd "$(dirname "$0")/.."
target=${1:?usage: .ci/fuzz.sh TARGET [EXECUTIONS] [SECONDS]}
executions=${2:-1000000}
seconds=${3:-600}
work=${HONE_FUZZ_DIR:-.build/fuzz}
kept=Tests/Fuzzing/Corpus/$target.txt
mkdir -p "$work/sources" "$work/$target"

# One module of all that is tested: imports of the modules themselves fall away.
for module in HoneCore HoneDigest HoneFormats HoneDatabase; do
  for file in Sources/$module/*.swift; do
    sed -E '/^(public|internal) import Hone[A-Za-z]*$/d' "$file" >"$work/sources/$module-$(basename "$file")"
  done
done
cp Tests/Fuzzing/FuzzTargets.swift "$work/sources/"
if [ "${HONE_FUZZ_REBUILD:-1}" = 1 ] || [ ! -x "$work/fuzz_readers" ]; then
  # The database writes best.index with libhone's own code.
  rm -rf "$work/objects" && mkdir -p "$work/objects"
  for file in CShims/CHone/*.c; do
    ${CLANG:-clang} -std=c11 -O1 -g -fsanitize=address -ICShims/CHone/include -ICShims/CHoneKernel/include \
      -c "$file" -o "$work/objects/$(basename "$file" .c).o"
  done
  swiftc -O -swift-version 6 -module-name HoneFuzz -parse-as-library -sanitize=fuzzer,address \
    -enable-upcoming-feature ExistentialAny -suppress-warnings \
    -I CShims/CMessageDigest -I CShims/CHone/include "$work"/sources/*.swift "$work"/objects/*.o -o "$work/fuzz_readers" 2>"$work/build.log" || {
    grep -E 'error:' "$work/build.log" >&2 || cat "$work/build.log" >&2
    exit 2
  }
fi

# What was kept, and the files of the tests, are where it begins.
if [ -f "$kept" ]; then
  number=0
  while read -r line; do
    number=$((number + 1))
    printf '%s' "$line" | base64 -d >"$work/$target/kept-$number"
  done <"$kept"
fi
for file in Tests/HoneFormatsTests/Fixtures/*; do cp "$file" "$work/$target/"; done
for file in Tests/Fuzzing/Seeds/"$target"*; do [ ! -f "$file" ] || cp "$file" "$work/$target/"; done

HONE_FUZZ_TARGET=$target
ASAN_OPTIONS=detect_leaks=0
SWIFT_BACKTRACE=enable=no
export HONE_FUZZ_TARGET ASAN_OPTIONS SWIFT_BACKTRACE
"$work/fuzz_readers" "$work/$target" -runs="$executions" -max_total_time="$seconds" -timeout=900 -rss_limit_mb=512 \
  -max_len=4096 -print_final_stats=1 -artifact_prefix="$work/$target-" -verbosity=1 >"$work/$target.log" 2>&1 || {
  tail -30 "$work/$target.log" >&2
  exit 1
}
grep -E 'stat::number_of_executed_units|stat::peak_rss_mb|DONE|slowest input' "$work/$target.log" | tail -6 || tail -5 "$work/$target.log"

# Of the corpus the smallest part that reaches the same code, small inputs only.
rm -rf "$work/$target-small" && mkdir -p "$work/$target-small"
"$work/fuzz_readers" -merge=1 -max_len=700 "$work/$target-small" "$work/$target" >/dev/null 2>&1 || true
find "$work/$target-small" -type f -size -2 | sort | head -80 | while read -r file; do
  base64 -w0 "$file"
  echo
done >"$kept"
echo "$target: $(wc -l <"$kept") inputs kept in $kept"

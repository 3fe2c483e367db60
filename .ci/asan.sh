#!/bin/sh
# asan.sh DRIVER FOLDER RUNS FLAG…: builds an operation's kernels with AddressSanitizer for each level that this CPU runs, and proves
# each row RUNS times with DRIVER on operands that end at forbidden memory. FLAGs leave out the other operations.
set -eu
driver=$1 folder=$2 runs=$3
shift 3
headers="-I CShims/CIntrinsics/include -I CShims/CHoneKernel/include"
mkdir -p "$folder"

# NAME MARCH FLAGS…: a kernel library, and the driver on it.
check() {
  name=$1 march=$2
  shift 2
  echo "$driver: $name"
  swiftc -emit-library -sanitize=address -enable-experimental-feature Embedded -wmo -O -parse-as-library -swift-version 6 \
    "-DHONE_ISA_$name" "$@" -Xcc "-march=$march" -no-static-stdlib $headers -module-name "Kernels_$name" \
    Kernels/Builds/"$name"/*/*.swift -Xlinker "--version-script=$PWD/Kernels/exports.map" -lm -o "$folder/kernels-$name.so" \
    > "$folder/build-$name.log" 2>&1 || { cat "$folder/build-$name.log"; exit 1; }
  "$folder/driver" "$folder/kernels-$name.so" "$runs"
}

clang -fsanitize=address -O1 -g $headers "Tests/KernelTests/Fixtures/$driver-driver.c" -o "$folder/driver" -ldl -lm
flags=$(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null || true)
has() { case " $flags " in *" $1 "*) true ;; *) echo "$driver: this CPU has no $1: skipped"; false ;; esac; }
if has sse4_2; then check x86v2 x86-64-v2 -D HONE_LANES_4 "$@"; fi
if has avx2; then check x86v3 x86-64-v3 -D HONE_LANES_8 -D HONE_FMA "$@"; fi
if has avx512vl; then check x86v4 x86-64-v4 -D HONE_LANES_16 -D HONE_REGISTERS_32 -D HONE_FMA "$@"; fi
if has avx512_bf16 && [ "$driver" != bag ]; then
  check x86v4_bf16 x86-64-v4 -D HONE_LANES_16 -D HONE_REGISTERS_32 -D HONE_FMA -D HONE_BF16 -D HONE_VNNI \
    -Xcc -mavx512vnni -Xcc -mavx512bf16 -D HONE_WITHOUT_EmbeddingBag "$@"
fi

#!/bin/sh
# asan-gemm.sh FOLDER CALLS: builds the GEMM rows of every level that this CPU runs with AddressSanitizer, and proves them on
# operands that end at forbidden memory; then looks at the heap and the resident set before and after CALLS calls.
set -eu
folder=$1
calls=$2
headers="-I CShims/CIntrinsics/include -I CShims/CHoneKernel/include"

# NAME MARCH FLAGS…: a kernel library, and the driver on it.
check() {
  name=$1 march=$2
  shift 2
  echo "asan-gemm: $name"
  swiftc -emit-library -sanitize=address -enable-experimental-feature Embedded -wmo -O -parse-as-library -swift-version 6 \
    "-DHONE_ISA_$name" -D HONE_FMA -D HONE_WITHOUT_EmbeddingBag -D HONE_WITHOUT_Attention -D HONE_HAS_GEMM "$@" -Xcc "-march=$march" \
    -no-static-stdlib $headers -module-name "Kernels_$name" Kernels/Builds/"$name"/*/*.swift \
    -Xlinker "--version-script=$PWD/Kernels/exports.map" -lm -o "$folder/kernels-$name.so" \
    > "$folder/build-$name.log" 2>&1 || { cat "$folder/build-$name.log"; exit 1; }
  "$folder/driver" "$folder/kernels-$name.so"
}

clang -fsanitize=address -O1 -g $headers Tests/KernelTests/Fixtures/gemm-driver.c -o "$folder/driver" -ldl -lm
flags=$(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null || true)
has() { case " $flags " in *" $1 "*) true ;; *) echo "asan-gemm: this CPU has no $1: skipped"; false ;; esac; }
if has avx2; then check x86v3 x86-64-v3 -D HONE_LANES_8; fi
if has avx512vl; then check x86v4 x86-64-v4 -D HONE_LANES_16 -D HONE_REGISTERS_32; fi
if has avx512_bf16; then
  check x86v4_bf16 x86-64-v4 -D HONE_LANES_16 -D HONE_REGISTERS_32 -D HONE_BF16 -D HONE_VNNI -Xcc -mavx512vnni -Xcc -mavx512bf16
fi

# Without a sanitizer: its quarantine would hide what is asked for here.
clang -O2 -g $headers Tests/KernelTests/Fixtures/gemm-leak.c -o "$folder/leak" -ldl
for library in $(ls "${HONE_KERNELS:-.build/release}"/libhone-kernels-x86v*.so 2>/dev/null); do
  "$folder/leak" "$library" "$calls"
done

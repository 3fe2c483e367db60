#!/bin/sh
# asan-gemm.sh FOLDER CALLS: builds the GEMM rows of every level that this CPU runs with AddressSanitizer, and proves them on
# operands that end at forbidden memory; then looks at the heap and the resident set before and after CALLS calls.
set -eu
folder=$1
calls=$2
.ci/asan.sh gemm "$folder" 60 -D HONE_WITHOUT_EmbeddingBag -D HONE_WITHOUT_Attention -D HONE_HAS_GEMM

# Without a sanitizer: its quarantine would hide what is asked for here.
clang -O2 -g -I CShims/CHoneKernel/include Tests/KernelTests/Fixtures/gemm-leak.c -o "$folder/leak" -ldl
for library in $(ls "${HONE_KERNELS:-.build/release}"/libhone-kernels-x86v*.so 2>/dev/null); do
  "$folder/leak" "$library" "$calls"
done

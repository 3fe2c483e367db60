#!/bin/sh
# conditions.sh: tunes this machine under several conditions, each kept as a database of its own, so that they compare as hosts do.
#
# usage: conditions.sh HONE FOLDER WORKLOAD BUDGET
#
# all: as it is. one-core: bound to one CPU. sse, avx2: kernels and OpenBLAS without newer instructions. no-huge-pages: the kernel
# gives no transparent huge pages (needs root: left out otherwise).
set -eu

hone=$1
folder=$2
workload=$3
budget=$4
switch=/sys/kernel/mm/transparent_hugepage/enabled

tune() {
  name=$1
  shift
  echo "conditions: $name" >&2
  "$@" "$hone" tune "$workload" --budget "$budget" --db "$folder/$name"
  "$hone" db compact --db "$folder/$name"
}

tune all env
first=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
tune one-core taskset -c "$first"
case $(uname -m) in
  x86_64)
    tune sse env HONE_MAX_ISA=x86v2 OPENBLAS_CORETYPE=Nehalem
    tune avx2 env HONE_MAX_ISA=x86v3 OPENBLAS_CORETYPE=Haswell
    ;;
esac
if [ -w "$switch" ]; then
  before=$(sed 's/.*\[\(.*\)\].*/\1/' "$switch")
  trap 'echo "$before" > "$switch"' EXIT
  echo never > "$switch"
  tune no-huge-pages env
else
  echo "conditions: no-huge-pages left out: $switch cannot be written (root may)" >&2
fi

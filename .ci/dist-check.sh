#!/bin/sh
# dist-check.sh: proves that the archive of `make dist` runs where nothing is installed.
#
# usage: dist-check.sh ROOT [ARCHIVE] [tune]
#
# ROOT is a minimal root file system. Make one (as root) with Debian's debootstrap:
#   debootstrap --variant=minbase bookworm ROOT
# The archive (default: the newest in dist/) is unpacked there and its command runs inside a chroot with /proc and
# /sys. With `tune`, it also tunes the workload `quick` and reports; that takes about two minutes.
set -eu

[ $# -ge 1 ] || { sed -n 's/^# \{0,1\}//; 4,9p' "$0" >&2; exit 64; }
root=$1
archive=${2:-$(ls -t dist/hone-*.tar.gz | head -n 1)}
with_tuning=${3:-}
home="/opt/hone-check"

mounted=""
cleanup() {
  for folder in $mounted; do umount -R "$folder" || true; done
  rm -rf "$root$home"
}
trap cleanup EXIT INT TERM

mount_into_root() {
  mkdir -p "$root/proc" "$root/sys" "$root/dev"
  mount -t proc proc "$root/proc" && mounted="$root/proc $mounted"
  mount --rbind /sys "$root/sys" && mount --make-rslave "$root/sys" && mounted="$root/sys $mounted"
}

# Runs a command of the archive inside the root, with an empty environment.
inside() {
  echo "dist-check: $*"
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" chroot "$root" "$@"
}

for tool in swift lstopo gcc; do
  if env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" sh -c "command -v $tool" >/dev/null; then
    echo "dist-check: $root has $tool, so it proves nothing; use a minimal root" >&2
    exit 2
  fi
done

mount_into_root
rm -rf "$root$home"
mkdir -p "$root$home"
tar -xzf "$archive" -C "$root$home" --strip-components=1

inside "$home/bin/hone" --version
inside "$home/bin/hone" topology
inside "$home/bin/hone" list

# A C program, made here with the archive's own header and library: the bare host has no compiler.
if command -v cc >/dev/null; then
  article=$(dirname "$0")/../Sources/Hone/Hone.docc/CLibrary.md
  # The first of the article's pieces of C is a whole program.
  sed -n '/^```c$/,/^```$/p' "$article" | sed '/^```$/q' | sed '/^```/d' >"$root$home/example.c"
  cc -std=c99 "$root$home/example.c" -I"$root$home/include" -L"$root$home/lib" -lhone \
    -Wl,-rpath,'$ORIGIN/../lib' -o "$root$home/bin/hone-example"
  inside "$home/bin/hone-example"
fi

if [ "$with_tuning" = tune ]; then
  inside "$home/bin/hone" tune quick --db "$home/db"
  inside "$home/bin/hone" report --db "$home/db"
fi
echo "dist-check: passed"

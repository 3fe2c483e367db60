#!/bin/sh
# dist.sh: packs the release build into a relocatable archive that runs on a bare Linux host.
#
# usage: dist.sh BUILD-FOLDER DIST-FOLDER
#
# The archive holds what `make install` installs and, beside it in lib/, every shared library that the command
# needs but the C library itself: hwloc, libnuma, OpenBLAS and what they need. The executable finds them by its run
# path ($ORIGIN/../lib), which the libraries inherit. The Swift runtime is inside the executable.
set -eu

build=$1
dist=$2
source=$(cd "$(dirname "$0")/.." && pwd)
version=$("$build/hone" --version)
name="hone-$version-linux-$(uname -m)"
root="$dist/$name"

# Parts of the C library: they must come from the host, because they are one with its kernel and its loader.
is_host_library() {
  case "$1" in
    linux-vdso.* | ld-linux* | libc.so.* | libm.so.* | libmvec.so.* | libpthread.so.*) true ;;
    libdl.so.* | librt.so.* | libresolv.so.* | libutil.so.*) true ;;
    *) false ;;
  esac
}

# Prints "soname path" of each library to bundle; the loader has resolved the whole closure.
closure() {
  ldd "$build/hone" "$build/libhone-engine.so" | awk '$2 == "=>" && $3 ~ /^\// { print $1, $3 }' | sort -u |
    while read -r soname path; do
      is_host_library "$soname" || echo "$soname $path"
    done
}

refuse_missing() {
  if ldd "$build/hone" "$build/libhone-engine.so" | grep 'not found' >&2; then
    echo "dist: these libraries are missing here; run .ci/setup.sh" >&2
    exit 2
  fi
}

# Copies the licence text of the Debian package that a library came from. The package may have recorded the
# library under /lib or under /usr/lib.
copy_licence() {
  file=$(readlink -f "$1")
  package=$({ dpkg -S "$file" || dpkg -S "${file#/usr}" || dpkg -S "/usr$file"; } 2>/dev/null |
    head -n 1 | sed 's/[:,].*//')
  text="/usr/share/doc/$package/copyright"
  if [ -z "$package" ] || [ ! -e "$text" ]; then
    echo "dist: no licence text found for $1; add it by hand before you pass the archive on" >&2
    return
  fi
  cp -L "$text" "$root/share/doc/hone/licences/$package.txt"
}

bundle() {
  mkdir -p "$root/lib" "$root/share/doc/hone/licences"
  closure | while read -r soname path; do
    cp -L "$path" "$root/lib/$soname"
    chmod 755 "$root/lib/$soname"
    copy_licence "$path"
  done
}

# What is linked into the executable: the Swift runtime and the argument parser. Where a toolchain keeps its licence
# elsewhere, there is nothing to copy, and its runtime exception asks for nothing.
copy_linked_licences() {
  toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
  folder="$root/share/doc/hone/licences"
  for pair in "$toolchain/share/swift/LICENSE.txt swift.txt" \
    "$source/.build/checkouts/swift-argument-parser/LICENSE.txt swift-argument-parser.txt"; do
    [ ! -e "${pair% *}" ] || cp "${pair% *}" "$folder/${pair##* }"
  done
}

# The newest version of the C library that any file of the archive asks for.
glibc_needed() {
  find "$root/bin" "$root/lib" -type f -exec objdump -T {} + 2>/dev/null |
    sed -n 's/.*(\{0,1\}GLIBC_\([0-9][0-9.]*\).*/\1/p' | sort -uV | tail -n 1
}

write_readme() {
  cat >"$root/README" <<END
Hone $version for Linux on $(uname -m): an autotuner of the CPU kernels of AI systems.

Unpack it anywhere and run bin/hone; it needs the C library (glibc $(glibc_needed) or later) and nothing else.
  bin/hone topology          shows this machine
  bin/hone tune quick        tunes it and writes a database (see --help for where)
  bin/hone report            shows what was gained

lib/libhone.so               to look up and run tuned kernels from C and anything that can call C: include/hone.h,
                             pkg-config file lib/pkgconfig/hone.pc
lib/hone/kernels             the kernel libraries, one an instruction set
include/hone_kernel.h        their interface, for authors of kernels
share/hone/tuning-db/schema  JSON Schema of the database
share/doc/hone/licences      licences of the bundled libraries; Hone itself: Apache-2.0 (LICENSE)
END
}

refuse_missing
rm -rf "$root"
make -C "$source" --no-print-directory install-files BUILD="$build" PREFIX="$root" DESTDIR=
bundle
copy_linked_licences
cp "$source/LICENSE" "$root/LICENSE"
write_readme
tar -C "$dist" --owner=0 --group=0 --numeric-owner --sort=name -czf "$dist/$name.tar.gz" "$name"
rm -rf "$root"
echo "$dist/$name.tar.gz"

#!/bin/sh
# setup.sh: makes sure that this machine has what building Hone needs: Debian packages and Swift.
#
# Installs missing packages with apt-get where it may (root, or sudo that asks for no password); otherwise it
# prints the exact command and ends with code 2. Quick and silent when nothing is missing.
set -eu

# What is needed, and why:
#   git, ca-certificates  fetch the one Swift dependency (swift-argument-parser)
#   g++                   the linker, C start files and C++ library that Swift links against
#   libhwloc-dev          topology, binding and memory placement
#   libnuma-dev           memory policies
#   libopenblas-dev       the first back end that Hone is compared with
#   libmd-dev             SHA-256 for the database
#   python3-numpy, python3-venv  tests of the Python package, and of an unmodified numpy behind libhone_blas
packages="git ca-certificates g++ libhwloc-dev libnuma-dev libopenblas-dev libmd-dev python3-numpy python3-venv"
swift_needed="6.2"
# What a Swift toolchain that was unpacked from an archive needs itself; asked for only where it does not start.
toolchain_packages="libncurses-dev libcurl4-openssl-dev libxml2-dev libsqlite3-dev libedit2 zlib1g-dev"

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 2
}

# Prints those of the named packages that are not installed.
missing_of() {
  installed=$(dpkg-query -W -f '[${db:Status-Status}:${Package}]' $1 2>/dev/null || true)
  for package in $1; do
    case "$installed" in
      *"[installed:$package]"*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# The words that run a command as root without asking, or nothing where that is not possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    echo env
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    echo "sudo -n env"
  fi
}

install_packages() {
  root=$(as_root)
  command="apt-get update && apt-get install --yes --no-install-recommends $1"
  [ -n "$root" ] || fail "these Debian packages are missing: $1" \
    "install them with:" "  sudo sh -c '$command'"
  echo "setup: installing $1"
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  # An index that cannot be refreshed may still be good enough to install from.
  $root DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
  $root DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends -qq $1 >/dev/null ||
    fail "apt-get could not install: $1" "see its message above; by hand:" "  $command"
}

install_missing() {
  missing=$(missing_of "$1")
  [ -z "$missing" ] || install_packages "${missing% }"
}

check_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "setup: not a Debian or Ubuntu machine; make sure that it has the counterparts of:" >&2
    echo "setup:   $packages" >&2
    return
  fi
  install_missing "$packages"
}

check_swift() {
  where="get it from https://www.swift.org/install/linux/ and put it on PATH"
  command -v swift >/dev/null || fail "Hone needs Swift $swift_needed or later: $where"
  if ! text=$(swift build --version 2>&1); then
    ! command -v dpkg-query >/dev/null || install_missing "$toolchain_packages"
    text=$(swift build --version 2>&1) ||
      fail "'swift build --version' fails, so this Swift cannot build:" "  $text" "$where"
  fi
  found=$(printf '%s\n' "$text" | sed -n 's/.*Swift \([0-9][0-9.]*\).*/\1/p' | head -n 1)
  oldest=$(printf '%s\n%s\n' "$swift_needed" "$found" | sort -V | head -n 1)
  [ -n "$found" ] && [ "$oldest" = "$swift_needed" ] ||
    fail "Hone needs Swift $swift_needed or later, this is ${found:-unknown}: $where"
}

check_packages
check_swift

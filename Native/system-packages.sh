#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Installs the Debian or Ubuntu packages that Galley needs to be built, only those that are missing.

set -eu

usage() {
  cat <<'TEXT'
usage: Native/system-packages.sh [--tests] [--check]

  --tests  also what only tests use: a headless Chromium, Python's venv and pip, OpenSSH's server
  --check  install nothing; list what is missing and exit with 1 if anything is
TEXT
}

tests=no
check=no
for argument in "$@"; do
  case "$argument" in
    --tests) tests=yes ;;
    --check) check=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "system-packages.sh: unknown option '$argument'" >&2; usage >&2; exit 64 ;;
  esac
done

say() { printf 'system packages: %s\n' "$*" >&2; }

# A line holds packages any one of which will do, by the names of several releases. What they are for:
#   SQLite's headers for GRDB; a C++ compiler for the shim over LibTorch and for the Swift package manager's linking;
#   the libraries that the Swift toolchain's own programs load; libvips, which decodes images; Python and certificates
#   for the bootstrap.
packages() {
  cat <<'TEXT'
libsqlite3-dev
g++
libc6-dev
binutils
git
make
pkg-config|pkgconf
python3
ca-certificates
tzdata
zlib1g-dev
libcurl4|libcurl4t64
libvips42|libvips42t64
libxml2|libxml2-16
libncurses6
libuuid1
TEXT
  [ "$tests" = no ] || printf '%s\n' 'chromium|chromium-browser' python3-venv python3-pip openssh-client openssh-server
}

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
  say "this system has no apt. Install by hand what these Debian packages hold ('a|b' means either):"
  packages >&2
  [ "$check" = no ] || exit 1
  exit 69
fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep -q '^Package:'; }

# The line's first package that is installed makes it done; otherwise the line itself is missing.
missing_lines() {
  packages | while IFS= read -r line; do
    done=no
    for package in $(printf '%s' "$line" | tr '|' ' '); do
      if installed "$package"; then done=yes; fi
    done
    [ "$done" = yes ] || printf '%s\n' "$line"
  done
}

# The first package of each line that this release offers.
choose() {
  while IFS= read -r line; do
    chosen=
    for package in $(printf '%s' "$line" | tr '|' ' '); do
      if [ -z "$chosen" ] && offered "$package"; then chosen=$package; fi
    done
    printf '%s\n' "${chosen:-${line%%|*}}"
  done
}

missing=$(missing_lines)
if [ -z "$missing" ]; then
  say "all are installed."
  exit 0
fi
if [ "$check" = yes ]; then
  say "missing:"
  printf '%s\n' "$missing" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    say "missing: $(printf '%s\n' "$missing" | choose | tr '\n' ' ')"
    say "neither root nor sudo is at hand; ask an administrator to install them with apt-get."
    exit 69
  fi
  as_root=sudo
fi

say "reading the package lists (${as_root:+$as_root }apt-get update)"
$as_root apt-get update -q >&2 || say "the package lists could not be refreshed; going on with the old ones"
wanted=$(printf '%s\n' "$missing" | choose | tr '\n' ' ')
say "installing: $wanted"
# shellcheck disable=SC2086
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted >&2; then
  say "apt-get could not install: $wanted. Its own words are above; correct the cause and run this again."
  exit 69
fi
say "done."

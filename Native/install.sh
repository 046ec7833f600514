#!/bin/sh
# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Installs the program, its native libraries and shell completions under a prefix.
#   sh Native/install.sh PROGRAM PREFIX
set -eu
program=$1
prefix=$2
root=$(cd "$(dirname "$0")/.." && pwd)

mkdir -p "$prefix/bin" "$prefix/lib/galley" || {
  echo "install: can't create folders in $prefix; choose another place with PREFIX=, or run with sudo" >&2
  exit 73
}

# A program that runs can't be overwritten in place; a rename replaces it.
for name in galley galley-agent; do
  cp "$(dirname "$program")/$name" "$prefix/bin/$name.new"
  mv -f "$prefix/bin/$name.new" "$prefix/bin/$name"
done

rm -rf "$prefix/lib/galley/native.new"
mkdir "$prefix/lib/galley/native.new"
for entry in "$root"/.native/*; do
  case $(basename "$entry") in
    downloads) ;;
    *) cp -R "$entry" "$prefix/lib/galley/native.new/" ;;
  esac
done
# Headers are needed only to build the shim, which is built already.
rm -rf "$prefix"/lib/galley/native.new/torch-*/include
rm -rf "$prefix/lib/galley/native"
mv "$prefix/lib/galley/native.new" "$prefix/lib/galley/native"

# A stripped or half-copied program shows here, not at the first use.
"$prefix/bin/galley" --version >/dev/null

install_completion() {
  mkdir -p "$(dirname "$2")"
  "$prefix/bin/galley" --generate-completion-script "$1" >"$2"
}
install_completion bash "$prefix/share/bash-completion/completions/galley"
install_completion zsh "$prefix/share/zsh/site-functions/_galley"
install_completion fish "$prefix/share/fish/vendor_completions.d/galley.fish"

echo "Installed $prefix/bin/galley with its libraries in $prefix/lib/galley."

#!/bin/bash
# Prints sdk_hash.h: for each kind of plugin a hash over the code of all headers of ours that its plugins can see.
#
#   sdk_hash.sh COMPILER KIND=PATH,PATH... ... -- HEADER...
#
# Run in the folder that the headers' paths begin at. A kind's PATH is a header, or a folder (core/nn/) for all given
# headers in it; whatever they include of the given headers counts as well. Comments and white space do not.
set -euo pipefail
shopt -s inherit_errexit

compiler=$1
shift
kinds=()
while [[ $1 != -- ]]; do
  kinds+=("$1")
  shift
done
shift

declare -A code seen  # by header: a hash of its code, and the given headers that it includes, itself among them
for header; do code[$header]=; done

# Only our own headers are looked for: all others, sdk_hash.h itself included, count as not there (-MG).
for header; do
  code[$header]=$("$compiler" -x c++ -w -fpreprocessed -dD -E -P "$header" | tr -s '[:space:]' ' ' | sha256sum)
  words=$("$compiler" -x c++ -std=c++17 -w -nostdinc -MM -MG -I. "$header")
  for word in ${words//\\/}; do
    if [[ -v code[$word] ]]; then seen[$header]+="$word "; fi
  done
done

# The headers that a kind's paths stand for, with what they include.
visible() {
  local path header found
  for path in ${1//,/ }; do
    found=
    for header in "${!code[@]}"; do
      if [[ $header == "$path" || ($path == */ && $header == "$path"*) ]]; then
        found=1
        tr ' ' '\n' <<<"${seen[$header]}"
      fi
    done
    [[ $found ]] || { echo "$path is none of the SDK's headers" >&2; return 1; }
  done
}

hash_of() {
  local headers header
  headers=$(visible "$1" | sort -u)
  for header in $headers; do echo "$header ${code[$header]}"; done | sha256sum | cut -c 1-16
}

cat <<'EOF'
// Generated from the SDK headers.
#pragma once
#include <cstdint>
#include <string_view>
namespace miafr {
// Of a kind of plugins; 0 for one that this SDK does not know.
constexpr std::uint64_t sdk_hash(std::string_view kind) {
EOF
for kind in "${kinds[@]}"; do
  hash=$(hash_of "${kind#*=}")
  echo "  if (kind == \"${kind%%=*}\") return 0x${hash}u;"
done
cat <<'EOF'
  return 0;
}
}  // namespace miafr
EOF

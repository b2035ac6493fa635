#!/bin/sh
# Builds the fuzz targets and runs each for SECONDS, beginning with the layouts of the tests: run.sh [SECONDS]
# What it builds and finds goes to a folder of its own, named at the end; it fails where a target does.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/../../.."
out=${FUZZ_OUT:-$(mktemp -d)}
mkdir -p "$out"
failed=
for target in safetensors torch_zip torch_legacy shard_index; do
  clang++ -std=c++17 -g -O1 -I. -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
    core/io/*.cc core/base/shown.cc "core/io/fuzz/${target}_fuzz.cc" -lminizip -lz -lnettle -lcsv -o "$out/$target"
  mkdir -p "$out/${target}_corpus" "$out/${target}_found"
  if [ $target = shard_index ]; then  # the layouts have none
    echo '{"metadata": {"total_size": 8}, "weight_map": {"a": "x-1.safetensors", "b": "x-2.safetensors"}}' >"$out/${target}_corpus/index"
  fi
  "$out/$target" -max_total_time="$seconds" -max_len=20000 -timeout=5 -rss_limit_mb=1024 \
    -artifact_prefix="$out/${target}_found/" "$out/${target}_corpus" \
    tests/goldens/layouts/good tests/goldens/layouts/bad tests/goldens/layouts/hostile \
    >"$out/$target.log" 2>&1 || failed="$failed $target"
  tail -n 2 "$out/$target.log"
done
echo "logs, corpora and findings: $out"
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }

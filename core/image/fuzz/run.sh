#!/bin/sh
# Fuzzes the image reader with clang and libFuzzer for SECONDS, beginning with the goldens of the tests: run.sh [SECONDS]
# A refusal is fine; a crash, a leak, more than 5 seconds or more than 1 GiB is a finding, and so is a line on stderr
# that is not libFuzzer's. What it builds and finds goes to a folder of its own, named at the end.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")/../../.."
out=${FUZZ_OUT:-$(mktemp -d)}
mkdir -p "$out/corpus" "$out/found"
sources=$(ls core/image/*.cc | grep -v -e '/grid.cc' -e '/photo.cc' -e '/png.cc')
# The macro turns off the checksums of PNG, which would stop nearly every changed input at the door.
# shellcheck disable=SC2086
clang++ -std=c++17 -g -O1 -I. -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION -fsanitize=fuzzer,address,undefined \
  -fno-sanitize-recover=undefined $sources core/base/shown.cc core/image/fuzz/image_fuzz.cc \
  -ljpeg -lpng -ltiff -lwebpdemux -lwebp -o "$out/image"
failed=
"$out/image" -max_total_time="$seconds" -max_len=20000 -timeout=5 -rss_limit_mb=1024 \
  -artifact_prefix="$out/found/" "$out/corpus" tests/goldens/images >"$out/image.log" 2>&1 || failed=yes
tail -n 1 "$out/image.log"
grep -v -e '^#' -e '^INFO' -e '^Done' -e '^Warning: entropic' -e '^$' -e '^[[:space:]]*NEW_FUNC' -e '^###' -e '^"' "$out/image.log" | head
echo "log, corpus and findings: $out"
[ -z "$failed" ]

#!/usr/bin/env bash
# Builds the libFuzzer targets of test/fuzz (one a .cpp file, over the pure core) with clang and runs each for
# SECONDS_EACH seconds (default 30).
#   fuzz.sh [NAME...]
here=$(cd "$(dirname "$0")" && pwd)
source "$here/env.sh"
names=("$@")
if [ $# = 0 ]; then mapfile -t names < <(cd "$top/test/fuzz" 2> /dev/null && ls -- *.cpp 2> /dev/null | sed 's/\.cpp$//'); fi
if [ ${#names[@]} = 0 ]; then echo "no fuzz targets in test/fuzz" >&2; exit 1; fi
out=$top/build/fuzz
mkdir -p "$out"
mapfile -t core < <(find "$top/src/core" -name '*.cpp' | sort)
for name in "${names[@]}"; do
  clang++-14 -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I"$top/src" \
    -isystem /usr/include/eigen3 "$top/test/fuzz/$name.cpp" "${core[@]}" -o "$out/$name"
  mkdir -p "$out/corpus-$name"
  "$out/$name" -max_total_time="${SECONDS_EACH:-30}" -print_final_stats=1 "$out/corpus-$name"
done

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
compiler=(clang++-14 -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I"$top/src"
  -isystem /usr/include/eigen3)

# The sources behind the headers that a file includes, and behind theirs: X.hpp stands for X.cpp and X_*.cpp.
sources_of() {
  local waiting=("$@") file header found
  declare -A seen=()
  while [ ${#waiting[@]} -gt 0 ]; do
    file=${waiting[0]}
    waiting=("${waiting[@]:1}")
    if [ -n "${seen[$file]:-}" ]; then continue; fi
    seen[$file]=1
    while read -r header; do
      for found in "$top/src/$header" "$top/src/${header%.hpp}.cpp" "$top/src/${header%.hpp}"_*.cpp; do
        if [ -f "$found" ]; then waiting+=("$found"); fi
      done
    done < <(sed -n 's/^#include "\(core\/.*\)"$/\1/p' "$file")
  done
  printf '%s\n' "${!seen[@]}" | grep '\.cpp$' | sort
}

for name in "${names[@]}"; do
  mkdir -p "$out/$name.objects" "$out/corpus-$name"
  mapfile -t files < <(sources_of "$top/test/fuzz/$name.cpp")
  printf '%s\n' "${files[@]}" | xargs -P 2 -I{} sh -c 'to=$1/$(printf %s "$2" | md5sum | cut -c1-16).o; shift; file=$1; shift; "$@" -c "$file" -o "$to"' \
    sh "$out/$name.objects" {} "${compiler[@]}"
  objects=()
  for file in "${files[@]}"; do objects+=("$out/$name.objects/$(printf %s "$file" | md5sum | cut -c1-16).o"); done
  "${compiler[@]}" "${objects[@]}" -o "$out/$name"
  "$out/$name" -max_total_time="${SECONDS_EACH:-30}" -print_final_stats=1 "$out/corpus-$name"
done

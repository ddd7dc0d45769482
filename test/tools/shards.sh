#!/usr/bin/env bash
# Runs a GoogleTest program in N processes, each with its part of the tests: shards.sh N PROGRAM [ARGUMENTS].
# Their outputs follow each other; fails when one of them fails.
set -u
shards=$1
shift
logs=$(mktemp -d "${TMPDIR:-/tmp}/ptu.XXXXXX")
running=()
trap 'rm -rf "$logs"' EXIT
trap 'kill "${running[@]}" 2> /dev/null; exit 130' INT TERM
for ((i = 0; i < shards; ++i)); do
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$i "$@" > "$logs/$i" 2>&1 &
  running+=($!)
done
status=0
for ((i = 0; i < shards; ++i)); do
  wait "${running[i]}" || status=1
  cat "$logs/$i"
done
exit $status

#!/usr/bin/env bash
# Runs test suites and counts: run-tests.sh all | SUITE...   with SUITE one of unit regress isolation tap checks.
# The last line is `N passed, N failed`; the exit status is 0 only if something ran and nothing failed.
#
# What failed is said again at the end, since a log may be read from there only.
#
# Variables: VARIANT (release, asan, coverage), TESTS='name ...' restricts regress, isolation and tap to these names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
suites=("$@")
if [ "${1:-all}" = all ]; then suites=(unit regress isolation tap checks); fi
"$here/install-deps.sh" tests || { echo "0 passed, 1 failed"; exit 1; }
source "$here/env.sh"
set +e
cd "$top" || exit 1

passed=0
failed=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ptw.XXXXXX")
chmod 755 "$scratch"
server=$scratch/s
cleanup() {
  if [ -d "$server" ]; then "$here/server.sh" stop "$server"; fi
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# count SUITE PASSED FAILED [DETAILS]: the details are what to say again of the failures
count() {
  passed=$((passed + $2)) failed=$((failed + $3))
  if [ "$3" != 0 ]; then
    { echo "-- failed in $1:"; if [ -f "${4:-}" ]; then head -n 150 "$4"; fi; } >> "$scratch/failures"
  fi
  printf '== %-10s %4d passed, %d failed (%d s)\n' "$1" "$2" "$3" $((SECONDS - began))
}
lines() { grep -cE "$1" "$2"; }
# sum PATTERN FILE: of the numbers that PATTERN's group finds
sum() { sed -n "s/$1/\1/p" "$2" | awk '{ n += $1 } END { print n + 0 }'; }

# names DIR SUFFIX: the tests of a folder, or those of $TESTS among them
names() {
  local f
  for f in "$1"/*"$2"; do
    [ -e "$f" ] || continue
    f=$(basename "$f" "$2")
    if [ -z "${TESTS:-}" ] || [[ " $TESTS " == *" $f "* ]]; then echo "$f"; fi
  done
}

start_server() {
  [ -d "$server/data" ] && return 0
  "$here/server.sh" start "$server" > "$scratch/start" 2>&1 || { cat "$scratch/start"; return 1; }
}

unit() {
  local log=$scratch/unit ok bad
  build_make unit 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  ok=$(sum '.*\[  PASSED  \] \([0-9]*\) test.*' "$log")
  bad=$(sum '.*\[  FAILED  \] \([0-9]*\) test.*' "$log")
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  grep -E -A12 '^[^ ]+:[0-9]+: Failure|\[  FAILED  \]|ERROR: AddressSanitizer|runtime error:|^make.*Error' "$log" > "$scratch/details"
  count unit "$ok" "$bad" "$scratch/details"
}

# pg_regress and pg_isolation_regress: 14 and 15 print "test name ... ok", later versions TAP
regress_like() {
  local kind=$1 log=$scratch/$1 list ok bad
  mapfile -t list
  [ ${#list[@]} -gt 0 ] || return 0
  if ! start_server; then count "$kind" 0 ${#list[@]}; return; fi
  "$here/server.sh" "$kind" "$server" "${list[@]}" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]}
  ok=$(lines '^(test|    ) .* \.\.\. ok|^ok [0-9]|^ +[a-z0-9_-]+ +\.\.\. ok' "$log")
  bad=$((${#list[@]} - ok))
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$bad" != 0 ]; then tail -30 "$server/log"; fi
  grep -E '\.\.\. FAILED|^not ok|^(diff|@@|[-+])' "$log" > "$scratch/details"
  count "$kind" "$ok" "$bad" "$scratch/details"
}

tap_alone='advice_without advice_worker'
tap() {
  local list log=$scratch/tap ok bad name alone=() files=()
  mapfile -t list < <(names test/tap .pl)
  [ ${#list[@]} -gt 0 ] || return 0
  if [ ! -d "$server/tree" ] && ! start_server; then count tap 0 ${#list[@]}; return; fi
  local work=$scratch/tapwork perl=$pkglibdir/pgxs/src/test/perl preload=
  mkdir -p "$work"
  cp -r test expected doc README.md "$work/"
  if [ "$(id -u)" = 0 ]; then chown -R "$server_user" "$work"; fi
  if [ "$variant" = asan ]; then preload=$(sanitizer_preload "$server"); fi
  # One takes the worker's library away for a while and one measures delays: these run alone, the others two at a time, each with a log of its own.
  for name in "${list[@]}"; do
    if [[ " $tap_alone " == *" $name "* ]]; then alone+=("$name"); else files+=("$name"); fi
  done
  (
    cd "$work" || exit 1
    export PATH="$server/tree$bindir:$PATH" TESTDIR="$work" TESTDATADIR="$work/tmp_check" TESTLOGDIR="$work/tmp_check/log" \
      PG_REGRESS="$pkglibdir/pgxs/src/test/regress/pg_regress" TMPDIR="$scratch" perl
    prove_one='prove -v -I "$perl" -I test/tap "test/tap/$1.pl" > "tap.$1" 2>&1'
    each=(as_server_user env LD_PRELOAD="$preload" ASAN_OPTIONS="$asan_options:log_path=$server/asan" xargs -r -n 1)
    printf '%s\n' "${alone[@]}" | "${each[@]}" -P 1 bash -c "$prove_one" prove
    first=$?
    printf '%s\n' "${files[@]}" | "${each[@]}" -P "${JOBS:-2}" bash -c "$prove_one" prove && [ $first = 0 ]
  )
  local status=$?
  for name in "${list[@]}"; do cat "$work/tap.$name"; done > "$log"
  ok=$(grep -E '^ok [0-9]' "$log" | grep -civ '# skip')
  bad=$(lines '^not ok [0-9]' "$log")
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  grep -E '^(test/tap|Files=|not ok|# |Result|  Failed)' "$log"
  if [ "$bad" != 0 ]; then
    tail -40 "$log"
    find "$work/tmp_check/log" -name '*.log' ! -name 'regress_log*' -exec tail -n 15 {} + 2> /dev/null
  fi
  grep -E -A8 '^not ok [0-9]|^#   Failed|^  Failed|Dubious' "$log" > "$scratch/details"
  count tap "$ok" "$bad" "$scratch/details"
}

checks() {
  local log=$scratch/checks
  "$here/checks.sh" 2>&1 | tee "$log"
  local status=${PIPESTATUS[0]} ok bad
  ok=$(lines '^ok ' "$log")
  bad=$(lines '^not ok ' "$log")
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  grep -E -A8 '^not ok ' "$log" > "$scratch/details"
  count checks "$ok" "$bad" "$scratch/details"
}

began=$SECONDS
if ! build_make all; then count build 0 1; suites=(); fi
for suite in "${suites[@]}"; do
  began=$SECONDS
  case $suite in
    unit) unit ;;
    regress) regress_like regress < <(names test/sql .sql) ;;
    isolation) regress_like isolation < <(names test/isolation/specs .spec) ;;
    tap) tap ;;
    checks) checks ;;
    *) echo "run-tests.sh: unknown suite $suite" >&2; failed=$((failed + 1)) ;;
  esac
done
if [ "$variant" = asan ]; then # a report may come from a process that no test waits for
  mapfile -t reports < <(grep -lE 'ERROR: AddressSanitizer|runtime error:' "$server"/asan.* "$server/log" 2> /dev/null)
  if [ ${#reports[@]} -gt 0 ]; then
    grep -hE -A25 'ERROR: AddressSanitizer|runtime error:' "${reports[@]}"
    failed=$((failed + ${#reports[@]}))
  fi
fi
if [ -f "$scratch/failures" ]; then cat "$scratch/failures"; fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]

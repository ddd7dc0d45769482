#!/usr/bin/env bash
# Runs the timed scripts of test/bench (all, or those named) against a private server; they print medians and ratios.
#   bench.sh [NAME...]
# The name `models` stands for the measures of any table: class_profile, suda, microaggregate and attack, medians of 5.
# What has a limit is repeated at the end.
# Each test/bench/NAME.sh gets the environment of the server (PGHOST, PGUSER, PGDATABASE, PATH) and, as $1, a scratch
# folder that server and client can write.
here=$(cd "$(dirname "$0")" && pwd)
source "$here/env.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ptw.XXXXXX")
chmod 755 "$scratch"
trap '"$here/server.sh" stop "$scratch/s"; rm -rf "$scratch"' EXIT
export EXTRA_CONF="${EXTRA_CONF:-shared_buffers = '1GB'
work_mem = '64MB'
maintenance_work_mem = '256MB'
max_wal_size = '8GB'
checkpoint_timeout = '1h'
autovacuum = off
jit = off}"
"$here/server.sh" start "$scratch/s" > "$scratch/env"
export PG_CONFIG
eval "$(cat "$scratch/env")"
mkdir "$scratch/work"
chmod 1777 "$scratch/work"
names=("$@")
if [ $# = 0 ]; then mapfile -t names < <(cd "$top/test/bench" && ls -- *.sh 2> /dev/null | sed 's/\.sh$//'); fi
if [ ${#names[@]} = 0 ]; then echo "no benchmarks in test/bench" >&2; exit 1; fi
if [ "${names[*]}" = models ]; then names=(class_profile suda microaggregate attack); fi
status=0
for name in "${names[@]}"; do
  echo "== $name"
  psql -X -q -c "DROP DATABASE IF EXISTS bench" -c "CREATE DATABASE bench"
  PGDATABASE=bench bash "$top/test/bench/$name.sh" "$scratch/work" 2>&1 | tee -a "$scratch/report" || status=1
done
echo '== limits'
grep 'at most' "$scratch/report" || true
exit $status

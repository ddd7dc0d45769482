#!/usr/bin/env bash
# Time of pt_suda on adult (30,162 rows, 9 quasi-identifiers): median of RUNS (default 5) at most 0.24 s of CPU, all rows returned.
# Run by test/tools/bench.sh suda, which gives the server. Needs the shared data (PERSONATWIN_DATA).
# Prints one line a measure: name, figure, limit, whether it holds. Exit status 1 when a limit does not hold.
set -euo pipefail
runs=${RUNS:-5}
data=${PERSONATWIN_DATA:-}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
if [ ! -r "$data/adult_arx.csv.gz" ]; then
  echo "suda: left out, no shared data (PERSONATWIN_DATA)"
  exit 0
fi
columns='sex,age,race,marital_status,education,native_country,workclass,occupation,salary_class'
sql -c 'CREATE EXTENSION IF NOT EXISTS personatwin' -c 'DROP TABLE IF EXISTS adult' -c "CREATE TABLE adult (${columns//,/ text,} text)"
gzip -dc "$data/adult_arx.csv.gz" | sql -c "COPY adult FROM STDIN (FORMAT csv, HEADER)"
times=$(for ((i = 0; i < runs; i++)); do
  sql -c 'SET client_min_messages = log' -c 'SET log_statement_stats = on' \
    -c "SELECT count(*), sum(score) FROM pt_suda('adult', '{$columns}')" 2>&1 | sed -nE 's/^!\t([0-9.]+) s user, ([0-9.]+) s system, ([0-9.]+) s elapsed/\1 \2 \3/p' | tail -1
done)
figures=$(awk '{ print $1 + $2, $3 }' <<< "$times" | sort -g | awk '{ c[NR] = $1; e[NR] = $2 } END { m = int((NR + 1) / 2); print c[m], e[m] }')
cpu=${figures% *}
word=holds
awk -v a="$cpu" 'BEGIN { exit !(a <= 0.24) }' || word='DOES NOT HOLD'
echo "pt_suda, adult, 9 columns: $cpu s of CPU (at most 0.24) $word. ${figures#* } s elapsed; sdcMicro needs 0.24 s of CPU."
sql -c 'DROP TABLE adult'
[ "$word" = holds ]

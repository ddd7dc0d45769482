#!/usr/bin/env bash
# Time of pt_glm. Run by test/tools/bench.sh glm, which gives the server and a scratch folder. ROWS (default 1,000,000) and RUNS (default 3)
# may be set. A logistic regression with 12 coefficients against a plain scan of the same columns, timed alternately in one session:
# at most 1.5 x the scan plus 1 s. The time is that of the processor (user and system) the backend used, so that a busy machine does not
# matter; the elapsed time is printed beside it. The second table has few distinct rows, as released data do. Prints the medians and
# whether the limit holds; exit status 1 when it does not.
set -euo pipefail
cd "$1"
rows=${ROWS:-1000000}
runs=${RUNS:-3}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
failed=0
columns=$(seq -f 'x%g' -s ' ' 11)
sql -c 'CREATE EXTENSION IF NOT EXISTS personatwin' -c 'SELECT setseed(.5)' > /dev/null
sql -c "CREATE TABLE continuous AS SELECT x.*, random() < 1 / (1 + exp(-(-.5 + .4 * x1 - .3 * x2 + .2 * x3))) AS y
          FROM (SELECT $(seq -f 'random() AS x%g' -s ', ' 11) FROM generate_series(1, $rows)) x" \
  -c "CREATE TABLE grouped AS SELECT x.*, random() < 1 / (1 + exp(-(-.5 + .4 * x1 - .3 * x2 + .2 * x3))) AS y
          FROM (SELECT $(seq -f '(random() < .2)::int AS x%g' -s ', ' 11) FROM generate_series(1, $rows)) x" -c 'ANALYZE'
cpu="SELECT 'cpu', sum(t::int) / 100.0 FROM regexp_split_to_table(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat', 0, 1000), '^.*\) ', ''), ' ') WITH ORDINALITY s(t, n) WHERE n IN (12, 13)"
for table in continuous grouped; do
  : > scans; : > fits; : > elapsed
  for ((i = 0; i < runs; i++)); do
    sql -c 'SET max_parallel_workers_per_gather = 0' -c "$cpu" \
      -c "SELECT count(*) FROM $table WHERE y AND $(sed 's/ / + /g' <<< "$columns") > 1e9" -c "$cpu" -c '\timing on' \
      -c "SELECT 'fit', iterations, converged FROM pt_glm_summary('$table', 'y ~ $(sed 's/ / + /g' <<< "$columns")', 'logistic')" \
      -c '\timing off' -c "$cpu" > out
    awk -F'|' '/^cpu/ { v[++n] = $2 } END { print v[2] - v[1] >> "scans"; print v[3] - v[2] >> "fits" }' out
    awk '/^Time/ { print $2 / 1000 }' out >> elapsed
  done
  scan=$(median < scans) fit=$(median < fits)
  word=holds
  awk -v a="$fit" -v s="$scan" 'BEGIN { exit !(a <= 1.5 * s + 1) }' || { word='DOES NOT HOLD'; failed=1; }
  echo "glm, $table, $rows rows x 12: $fit s of processor time ($(median < elapsed) s elapsed), scan $scan s (at most 1.5 x scan + 1 s) $word. $(grep '^fit' out)"
done
exit $failed

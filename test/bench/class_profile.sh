#!/usr/bin/env bash
# Time of the class-based measures against SQL on the same table. Run by test/tools/bench.sh class_profile, which gives the server and a
# scratch folder. RUNS (default 5) and PEOPLE (default 1,000,000) may be set. Uses the people1m table of the shared oracles where that and a
# python3 with numpy (PYTHON, default /usr/bin/python3) are there; else a table made in SQL with about as many classes.
#
# Statements are timed alternately in one session by the processor time of the backend (log_statement_stats), which other work on the machine disturbs
# least; medians of RUNS. 4 text columns, about 70,000 classes, 1 process unless said:
#   k-anonymity by pt_risk_profile            at most 0.4 x GROUP BY
#   k-anonymity by the aggregate              at most 1.0 x GROUP BY
#   full risk profile, one sensitive column, with the Poisson estimate   at most 0.6 x GROUP BY
#   t-closeness by pt_risk_profile            at most 0.4 x the SQL that computes it
#   the aggregate in a parallel plan          at most 1.0 x itself in a serial plan, elapsed time
# Prints one line a measure. Exit status 1 when a limit does not hold.
set -euo pipefail
scratch=$1
runs=${RUNS:-5}
people=${PEOPLE:-1000000}
python=${PYTHON:-/usr/bin/python3}
generator=${PERSONATWIN_DATA:-}/../oracles/reference/gen1m.py
D=$(mktemp -d "$scratch/profile.XXXXXX")
chmod 777 "$D"
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

sql -c 'CREATE EXTENSION personatwin'
if [ -r "$generator" ] && "$python" -c 'import numpy' 2> /dev/null; then
  "$python" "$generator" "$D/people.csv" "$people" > "$D/facts"
  sql -c 'CREATE TABLE loaded (id int, age int, gender text, ethnicity text, county text, outcome text)' \
    -c "\\copy loaded FROM '$D/people.csv' WITH (FORMAT csv, HEADER, DELIMITER ';')"
else
  echo "class_profile: people1m is not here, a table made in SQL instead"
  sql -c "CREATE TABLE loaded AS SELECT i AS id, 18 + floor(73 * random() ^ 1.6)::int AS age, (ARRAY['F','M','F','M','X'])[1 + i % 5] AS gender,
    (ARRAY['white','hispanic','black','asian','native','other'])[1 + floor(6 * random() ^ 2)] AS ethnicity, (1 + floor(100 * random() ^ 2))::text AS county,
    (ARRAY['dismissed','probation','jail','prison'])[1 + floor(4 * random() ^ 2)] AS outcome FROM generate_series(1, $people) i"
fi
sql -c 'CREATE TABLE people AS SELECT id, age::text, gender, ethnicity, county, outcome FROM loaded' -c 'DROP TABLE loaded' -c 'VACUUM ANALYZE people'

columns=age,gender,ethnicity,county
group="SELECT min(n) FROM (SELECT count(*) AS n FROM people GROUP BY $columns) c"
close="WITH cell AS (SELECT $columns, outcome, count(*)::float8 AS n FROM people GROUP BY $columns, outcome), share AS (SELECT n / sum(n) OVER (PARTITION BY $columns) AS q,
  sum(n) OVER (PARTITION BY outcome) / sum(n) OVER () AS p, $columns FROM cell) SELECT max(t) FROM (SELECT sum(greatest(q - p, 0)) AS t FROM share GROUP BY $columns) d"
names=(group_by k_function k_aggregate full_profile sql_t_closeness t_function t_aggregate)
statements=("$group" "SELECT k FROM pt_risk_profile('people', '{$columns}', '{}')" "SELECT pt_k_anonymity($columns) FROM people"
  "SELECT k FROM pt_risk_profile('people', '{$columns}', '{outcome}', sampling_fraction => 0.1)" "$close" "SELECT t_closeness FROM pt_risk_profile('people', '{$columns}', '{outcome}')" "SELECT pt_t_closeness(outcome, $columns) FROM people")
for i in "${!names[@]}"; do echo "${names[i]}: $(sql -c "${statements[i]}")"; done
echo "classes: $(sql -c "SELECT pt_class_count($columns) FROM people")"
{
  echo 'SET client_min_messages = log; SET log_statement_stats = on; SET max_parallel_workers_per_gather = 0;'
  for ((run = 0; run < runs; run++)); do
    for i in "${!names[@]}"; do printf '\\echo at %s\n%s;\n' "${names[i]}" "${statements[i]}"; done
  done
} > "$D/script.sql"
sql -f "$D/script.sql" > "$D/out" 2>&1
awk -v D="$D" '/^at / { name = $2 } / elapsed$/ && name != "" { print $2 + $5 > (D "/" name ".cpu"); print $8 > (D "/" name ".elapsed"); name = "" }' "$D/out"
# parallel against serial, elapsed, alternately
for ((run = 0; run < runs; run++)); do
  for workers in 0 1; do
    sql -c "SET max_parallel_workers_per_gather = $workers" -c '\timing on' -c "${statements[2]}" | awk '/^Time/ { print $2 / 1000 }' >> "$D/workers_$workers"
  done
done
failed=0
# ratio NAME FILE FILE LIMIT
ratio() {
  local a b word=holds
  a=$(median < "$D/$2") b=$(median < "$D/$3")
  awk -v a="$a" -v b="$b" -v l="$4" 'BEGIN { exit !(a <= l * b) }' || { word='DOES NOT HOLD'; failed=1; }
  echo "$1: $(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }') x (at most $4) $word. $a s and $b s"
}
ratio 'k by pt_risk_profile / GROUP BY' k_function.cpu group_by.cpu 0.4
ratio 'k by the aggregate / GROUP BY' k_aggregate.cpu group_by.cpu 1.0
ratio 'full risk profile / GROUP BY' full_profile.cpu group_by.cpu 0.6
ratio 't-closeness by pt_risk_profile / SQL' t_function.cpu sql_t_closeness.cpu 0.4
ratio 't-closeness by the aggregate / SQL (no goal)' t_aggregate.cpu sql_t_closeness.cpu 1.0
ratio 'aggregate with 1 worker / without, elapsed' workers_1 workers_0 1.0
exit $failed

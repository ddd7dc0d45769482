#!/usr/bin/env bash
# Time and information loss of pt_microaggregate. Run by test/tools/bench.sh microaggregate. RUNS (default 5) and ROWS (default 1000000)
# may be set.
#
# 1. 1,000,000 rows, 3 columns (two normal and related, one log-normal), k = 5: at most 2 s, reading and writing included; the plain CREATE
#    TABLE AS copy is timed alternately in the same session.
# 2. 20,000 rows of the same kind: information loss of the fast method at most 1.05 times that of MDAV.
set -euo pipefail
runs=${RUNS:-5} rows=${ROWS:-1000000}
D=$(mktemp -d "$1/microaggregate.XXXXXX")
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# two uniforms give a normal (Box & Muller 1958); the same table in every run
rows_of() {
  echo "SELECT a, a * 0.6 + b * 0.8 AS b, exp(c) AS c FROM (SELECT sqrt(-2 * ln(u)) * cos(2 * pi() * v) AS a, sqrt(-2 * ln(u)) * sin(2 * pi() * v) AS b, sqrt(-2 * ln(w)) * cos(2 * pi() * x) AS c
        FROM (SELECT (i * 7919 % 1000003 + 0.5) / 1000003 AS u, (i * 104729 % 1000033 + 0.5) / 1000033 AS v, (i * 15485863 % 1000037 + 0.5) / 1000037 AS w, (i * 32452843 % 1000039 + 0.5) / 1000039 AS x
                FROM generate_series(1::int8, $1) i) r) n"
}
sql -c 'CREATE EXTENSION personatwin' -c "CREATE TABLE many AS $(rows_of "$rows")" -c "CREATE TABLE few AS $(rows_of 20000)" -c 'VACUUM ANALYZE'
for ((i = 0; i < runs; i++)); do
  sql -c '\timing on' -c 'DROP TABLE IF EXISTS copied, safe' -c 'CREATE TABLE copied AS SELECT * FROM many' \
    -c "SELECT 'result', rows_written, groups, smallest_group, information_loss, method_used FROM pt_microaggregate('many', 'safe', '{a,b,c}', 5)" 2> "$D/err" > "$D/out"
  awk '/^Time/ { print $2 / 1000 }' "$D/out" | sed -n 2p >> "$D/copy"
  awk '/^Time/ { print $2 / 1000 }' "$D/out" | sed -n 3p >> "$D/total"
done
total=$(median < "$D/total") copy=$(median < "$D/copy")
grep '^result' "$D/out"
sql -c "SELECT 'smallest group counted in SQL', min(n) FROM (SELECT count(*) AS n FROM safe GROUP BY a, b, c) g"
ratio=$(sql -c "SELECT round((f.information_loss / m.information_loss)::numeric, 4) FROM pt_microaggregate('few', 'few_mdav', '{a,b,c}', 5, method => 'mdav') m, pt_microaggregate('few', 'few_fast', '{a,b,c}', 5, method => 'fast') f")
failed=0
verdict() {
  local word=holds
  awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }' || { word='DOES NOT HOLD'; failed=1; }
  echo "$1: $2 (at most $3) $word. $4"
}
# once more, for the processor seconds of the backend (utime + stime), which a busy machine does not change
cpu="\\! awk '{ print \"cpu\", (\$14 + \$15) / 100 }' /proc/\$BACKEND/stat"
printf '%s\n' 'DROP TABLE safe;' 'SELECT pg_backend_pid() AS pid \gset' '\setenv BACKEND :pid' "$cpu" \
  "SELECT FROM pt_microaggregate('many', 'safe', '{a,b,c}', 5);" "$cpu" | sql > "$D/cpu"
echo "processor seconds of one more run: $(awk '/^cpu/ { cpu = $2 - cpu } END { print cpu }' "$D/cpu")"
verdict "microaggregation of $rows rows, seconds" "$total" 2 "Median of $runs; plain copy $copy s, ratio $(awk -v a="$total" -v b="$copy" 'BEGIN { printf "%.1f", a / b }')."
verdict 'information loss, fast / MDAV, 20,000 rows' "$ratio" 1.05 ''
exit $failed

#!/usr/bin/env bash
# Time of the four attacks of pt_attack_pair on adult. Run by test/tools/bench.sh attack, which gives the server and a scratch folder.
# RUNS (default 5) and ATTEMPTS (default 2000) may be set. Needs the shared data (PERSONATWIN_DATA); left out with a message without.
#
# adult, 32,561 rows, 15 columns: every second row is the original and, being released as it is, the release; the others are the
# control. Singling out (univariate, multivariate), linkability and inference of salary_class, on original and control: at most 2 s in
# all, against a sequential scan of the table in the same session for scale.
set -euo pipefail
runs=${RUNS:-5} attempts=${ATTEMPTS:-2000}
data=${PERSONATWIN_DATA:-}
D=$(mktemp -d "$1/attack.XXXXXX")
# Processor seconds are those of the backend (utime + stime): they stay the same when the machine is busy with other things.
# timed STATEMENT: wall and processor seconds of the statement go to $D/time, its rows to $D/rows
timed() {
  local cpu="\\! awk '{ print \"cpu\", (\$14 + \$15) / 100 }' /proc/\$BACKEND/stat"
  printf '%s\n' 'SELECT pg_backend_pid() AS pid \gset' '\setenv BACKEND :pid' "$cpu" '\timing on' "$1;" "$cpu" | sql > "$D/out"
  awk '/^Time/ { wall = $2 / 1000 } /^cpu/ { cpu = $2 - cpu } END { print wall, cpu }' "$D/out" > "$D/time"
  grep -vE '^(Time|cpu)' "$D/out" > "$D/rows"
}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
if [ ! -r "$data/adult_train.csv.gz" ]; then
  echo "attack: left out, no shared data (PERSONATWIN_DATA)"
  exit 0
fi
sql -c 'CREATE EXTENSION personatwin' \
  -c 'CREATE TABLE adult (n int GENERATED ALWAYS AS IDENTITY, age int, workclass text, fnlwgt int, education text, education_num int, marital_status text, occupation text, relationship text, race text, sex text, capital_gain int, capital_loss int, hours_per_week int, native_country text, salary_class text)'
header=$(gzip -dc "$data/adult_train.csv.gz" | sed -n 1p | tr -d '\r')
sql -c "\\copy adult ($header) FROM PROGRAM 'gzip -dc $data/adult_train.csv.gz' WITH (FORMAT csv, HEADER)" \
  -c "CREATE TABLE original AS SELECT $header FROM adult WHERE n % 2 = 0 ORDER BY n" \
  -c "CREATE TABLE control AS SELECT $header FROM adult WHERE n % 2 = 1 ORDER BY n" -c 'VACUUM ANALYZE'
kinds='singling-out-univariate singling-out-multivariate linkability inference'
for ((i = 0; i < runs; i++)); do
  for kind in $kinds; do
    timed "SELECT * FROM pt_attack_pair('original', 'original', '$kind', control => 'control', attempts => $attempts, secret => 'salary_class')"
    cut -d' ' -f1 "$D/time" >> "$D/$kind"
    cut -d' ' -f2 "$D/time" >> "$D/$kind.cpu"
    cp "$D/rows" "$D/$kind.row"
  done
  paste $(for kind in $kinds; do echo "$D/$kind"; done) | tail -1 | awk '{ print $1 + $2 + $3 + $4 }' >> "$D/all"
  paste $(for kind in $kinds; do echo "$D/$kind.cpu"; done) | tail -1 | awk '{ print $1 + $2 + $3 + $4 }' >> "$D/all.cpu"
  sql -c '\timing on' -c "SELECT count(DISTINCT (o.*)::text) FROM original o" | awk '/^Time/ { print $2 / 1000 }' >> "$D/scan"
done
for kind in $kinds; do echo "$kind: $(median < "$D/$kind") s, processor $(median < "$D/$kind.cpu") s; $(cut -d'|' -f1-5,8-9,15 "$D/$kind.row")"; done
all=$(median < "$D/all")
echo "for scale, counting distinct rows of the original in SQL: $(median < "$D/scan") s"
echo "four attacks, $attempts attempts on 16,280 originals and as many controls: $all s (at most 2) $(awk -v a="$all" 'BEGIN { print a <= 2 ? "holds" : "DOES NOT HOLD" }'). Processor: $(median < "$D/all.cpu") s. Medians of $runs."
awk -v a="$all" 'BEGIN { exit !(a <= 2) }'

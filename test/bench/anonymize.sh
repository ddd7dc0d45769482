#!/usr/bin/env bash
# Time and quality of pt_anonymize_table. Run by test/tools/bench.sh anonymize, which gives the server and a scratch folder.
# RUNS (default 5) may be set. Needs the shared data (PERSONATWIN_DATA, and the folder oracles beside it) and a python3 with numpy
# and pandas (PYTHON, default /usr/bin/python3); what is missing is left out with a message.
#
# 1. adult, 30,162 rows, 8 quasi-identifiers with hierarchies: grouping at most 0.2 s of processor and quality at least .9499 at k = 5,
#    quality at least .9263 at k = 10.
# 2. people1m, 1,000,000 rows, 4 quasi-identifiers with hierarchies, k = 5: grouping at most 1 s of processor, all of it at most 4 x a plain
#    CREATE TABLE AS copy timed alternately in the same session, quality at least .9984.
# Grouping is everything between the codes of the last row and the classes: distinct tuples and recoding. Quality is granularity
# (each column normalised, then averaged), by the function and by evalgran.py on the exported table; k is counted again in SQL.
# Prints one line a measure: name, figure, limit, whether it holds. Exit status 1 when a limit does not hold.
set -euo pipefail
scratch=$1
runs=${RUNS:-5}
python=${PYTHON:-/usr/bin/python3}
data=${PERSONATWIN_DATA:-}
oracles=$data/../oracles
D=$(mktemp -d "$scratch/anonymize.XXXXXX")
chmod 777 "$D"
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
failed=0
# verdict NAME FIGURE at-most|at-least LIMIT TEXT
verdict() {
  local word=holds
  awk -v a="$2" -v b="$4" -v how="$3" 'BEGIN { exit !(how == "at-most" ? a <= b : a >= b) }' || { word='DOES NOT HOLD'; failed=1; }
  echo "$1: $2 (${3/-/ } $4) $word. $5"
}
if [ ! -r "$data/adult_arx.csv.gz" ] || [ ! -d "$oracles/people1m" ]; then
  echo "anonymize: left out, no shared data (PERSONATWIN_DATA)"
  exit 0
fi
evaluator=no
if "$python" -c 'import numpy, pandas' 2> /dev/null; then evaluator=yes; fi

# measure NAME TABLE K QUASI_IDENTIFIERS KEEP: RUNS runs, each after a plain copy; sets $grouping, $total, $copy (medians, seconds), $quality
measure() {
  local name=$1 table=$2 k=$3 columns=$4 keep=$5 i
  rm -f "$D/grouping" "$D/total" "$D/copy"
  for ((i = 0; i < runs; i++)); do
    sql -c '\timing on' -c "DROP TABLE IF EXISTS copied" -c "CREATE TABLE copied AS SELECT * FROM $table" \
      -c "DROP TABLE IF EXISTS safe" -c 'SET client_min_messages = debug1' \
      -c "SELECT 'quality', granularity_quality, rows_written, classes, smallest_class FROM pt_anonymize_table('$table', 'safe', $k, '{$columns}', keep => '{$keep}')" \
      > "$D/out" 2> "$D/err"
    grep '^Time' "$D/out" | sed -n 2p | awk '{ print $2 / 1000 }' >> "$D/copy"
    grep '^Time' "$D/out" | sed -n 5p | awk '{ print $2 / 1000 }' >> "$D/total"
    sed -nE 's/.*(collecting distinct tuples|grouping) took [0-9]+ ms, ([0-9]+) ms of processor.*/\2/p' "$D/err" | awk '{ s += $1 } END { print s / 1000 }' >> "$D/grouping"
  done
  grouping=$(median < "$D/grouping") total=$(median < "$D/total") copy=$(median < "$D/copy")
  quality=$(awk -F'|' '/^quality/ { print $2 }' "$D/out")
  echo "$name: $(awk -F'|' '/^quality/ { print $3 " rows, " $4 " classes, smallest " $5 }' "$D/out"); total $total s, copy $copy s; grouping of all runs: $(tr '\n' ' ' < "$D/grouping")"
  verdict "$name, smallest class counted in SQL" "$(sql -c "SELECT min(n) FROM (SELECT count(*) AS n FROM safe GROUP BY $columns) g")" at-least "$k" ''
}
# evaluate NAME COLUMNS LIMIT EVALUATOR-ARGS...
evaluate() {
  local name=$1 columns=$2 limit=$3
  shift 3
  verdict "$name, quality" "$quality" at-least "$limit" 'By pt_anonymize_table.'
  if [ $evaluator = no ]; then
    echo "$name: evalgran.py left out, $python has no numpy or pandas"
    return
  fi
  sql -c "\\copy safe TO '$D/safe.csv' WITH (FORMAT csv, HEADER)"
  "$python" "$oracles/reference/evalgran.py" "$D/safe.csv" "$columns" "$@" > "$D/evaluated"
  verdict "$name, quality" "$(awk '/normalised then averaged/ { print $NF }' "$D/evaluated")" at-least "$limit" "By evalgran.py; averaged then normalised: $(awk '/averaged then/ { print $NF }' "$D/evaluated")."
}

sql -c 'CREATE EXTENSION personatwin'
sql -c 'CREATE TABLE adult (sex text, age int, race text, marital_status text, education text, native_country text, workclass text, occupation text, salary_class text)' \
  -c 'CREATE TABLE adult_hierarchies (attribute text, value text, level int, generalised text)' \
  -c "\\copy adult_hierarchies FROM PROGRAM 'gzip -dc $data/adult_arx_hierarchies.csv.gz' WITH (FORMAT csv, HEADER)"
header=$(gzip -dc "$data/adult_arx.csv.gz" | sed -n 1p | tr -d '\r')
sql -c "\\copy adult ($header) FROM PROGRAM 'gzip -dc $data/adult_arx.csv.gz' WITH (FORMAT csv, HEADER)" -c 'VACUUM ANALYZE adult'
columns=sex,age,race,marital_status,education,native_country,workclass,occupation
for column in ${columns//,/ }; do sql -c "SELECT pt_set_hierarchy('adult', '$column', 'adult_hierarchies', attribute => '$column')" > /dev/null; done
measure 'adult, k = 5' adult 5 $columns salary_class
verdict 'adult, k = 5, grouping, seconds of processor' "$grouping" at-most 0.2 "Median of $runs."
evaluate 'adult, k = 5' $columns .9499 --long "$data/adult_arx_hierarchies.csv.gz"
measure 'adult, k = 10' adult 10 $columns salary_class
evaluate 'adult, k = 10' $columns .9263 --long "$data/adult_arx_hierarchies.csv.gz"

if [ $evaluator = no ]; then
  echo "people1m: left out, gen1m.py needs numpy"
  exit $failed
fi
"$python" "$oracles/reference/gen1m.py" "$D/people1m.csv" > "$D/facts"
sql -c 'CREATE TABLE people1m (id int, age int, gender text, ethnicity text, county text, outcome text)' \
  -c "\\copy people1m FROM '$D/people1m.csv' WITH (FORMAT csv, HEADER, DELIMITER ';')" -c 'VACUUM ANALYZE people1m'
for column in age gender ethnicity county; do
  file=$oracles/people1m/people1m_hierarchy_$column.csv
  levels=$(head -1 "$file" | tr ';' '\n' | awk '{ print (NR > 1 ? "," : "") "l" (NR - 1) }' | tr -d '\n')
  sql -c "CREATE TABLE people1m_$column (${levels//,/ text, } text)" -c "\\copy people1m_$column FROM '$file' WITH (FORMAT csv, DELIMITER ';')" \
    -c "SELECT pt_set_hierarchy('people1m', '$column', 'people1m_$column', '{$levels}')" > /dev/null
done
measure 'people1m, k = 5' people1m 5 age,gender,ethnicity,county outcome
verdict 'people1m, grouping, seconds of processor' "$grouping" at-most 1 "Median of $runs."
verdict 'people1m, total / plain copy' "$(awk -v a="$total" -v b="$copy" 'BEGIN { printf "%.2f", a / b }')" at-most 4 "Medians of $runs: $total s and $copy s."
evaluate 'people1m' age,gender,ethnicity,county .9984 --prefix "$oracles/people1m/people1m_hierarchy_"
exit $failed

#!/usr/bin/env bash
# load-csv.sh FILE TABLE: makes a table of a CSV file with a header line (.csv or .csv.gz; comma, semicolon or tab) in the
# database that the PG* variables name. Column names are those of the header; an empty or repeated name gets the column's
# number. A column becomes bigint, numeric, date or timestamp only if every value has that form and none is out of range;
# numbers with leading zeros (postal codes, file numbers) and everything else stay text. Empty fields are NULL.
set -euo pipefail
[ $# = 2 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
file=$1 table=$2

read_file() {
  case $file in
    *.gz) gzip -dc -- "$file" ;;
    *) cat -- "$file" ;;
  esac
}
if ! [ -r "$file" ]; then echo "load-csv.sh: can't read $file" >&2; exit 1; fi
# awk closes the pipe after one line, which is no failure of the file
header=$(set +o pipefail; read_file | awk 'NR == 1 { sub(/^\357\273\277/, ""); sub(/\r$/, ""); print; exit }')
if [ -z "$header" ]; then echo "load-csv.sh: $file has no header line" >&2; exit 1; fi

# The separator is the character that the header has most of; the names are one a line, quotes resolved.
separator=$(awk '{ s = $0; c = gsub(/,/, "", s); k = gsub(/;/, "", s); t = gsub(/\t/, "", s)
                   print (k > c && k >= t) ? ";" : (t > c) ? "tab" : "," }' <<< "$header")
[ "$separator" = tab ] && separator=$'\t'
names=$(awk -v separator="$separator" '
  function emit() {
    n++
    gsub(/^ +| +$/, "", name)
    if (name == "" || tolower(name) in seen) name = (name == "" ? "column" : name) "_" n
    seen[tolower(name)] = 1
    gsub(/"/, "\"\"", name)
    print "\"" name "\""
    name = ""
  }
  {
    for (i = 1; i <= length($0); i++) {
      c = substr($0, i, 1)
      if (c == "\"") {
        if (quoted && substr($0, i + 1, 1) == "\"") { name = name "\""; i++ } else quoted = !quoted
      } else if (c == separator && !quoted) emit()
      else name = name c
    }
    emit()
  }' <<< "$header")

quoted_table="\"${table//\"/\"\"}\""
script=$(mktemp)
trap 'rm -f "$script"' EXIT
cat > "$script" << SQL
\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
CREATE TABLE $quoted_table (${names//$'\n'/ text,} text);
\copy $quoted_table FROM pstdin WITH (FORMAT csv, HEADER true, DELIMITER '$separator', ENCODING 'UTF8')
SELECT set_config('load.target', '${quoted_table//\'/\'\'}', true) \g /dev/null
DO \$\$
DECLARE
  target regclass := current_setting('load.target')::regclass;
  number CONSTANT text := '^-?(0|[1-9][0-9]{0,17})\$';
  decimal CONSTANT text := '^-?(0|[1-9][0-9]*)(\.[0-9]+)?\$';
  day CONSTANT text := '^[0-9]{4}-[0-9]{2}-[0-9]{2}\$';
  moment CONSTANT text := '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\$';
  name text;
  kind text;
  changes text[] := '{}';
BEGIN
  FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = target AND attnum > 0 ORDER BY attnum LOOP
    EXECUTE format('SELECT CASE WHEN count(%1\$I) = 0 THEN ''text'' WHEN bool_and(%1\$I ~ %2\$L) THEN ''bigint''
        WHEN bool_and(%1\$I ~ %3\$L) THEN ''numeric'' WHEN bool_and(%1\$I ~ %4\$L) THEN ''date''
        WHEN bool_and(%1\$I ~ %5\$L) THEN ''timestamp'' ELSE ''text'' END FROM %6\$s',
      name, number, decimal, day, moment, target) INTO kind;
    IF kind <> 'text' THEN
      BEGIN
        EXECUTE format('SELECT count(%I::%s) FROM %s', name, kind, target);
        changes := changes || format('ALTER COLUMN %1\$I TYPE %2\$s USING %1\$I::%2\$s', name, kind);
      EXCEPTION WHEN data_exception THEN
        NULL;  -- 2023-02-30 and the like: the column stays text
      END;
    END IF;
  END LOOP;
  IF cardinality(changes) > 0 THEN
    EXECUTE format('ALTER TABLE %s %s', target, array_to_string(changes, ', '));
  END IF;
END
\$\$;
COMMIT;
ANALYZE $quoted_table;
SQL
read_file | psql -X -q -f "$script"

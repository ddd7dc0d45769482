#!/usr/bin/env bash
# load-csv.sh FILE TABLE: makes a table of a CSV file with a header line (.csv or .csv.gz; UTF-8; comma, semicolon, tab or bar) in
# the database that the PG* variables name. Column names are those of the header; an empty, repeated or too long name gets the column's
# number. A column becomes bigint, numeric, date or timestamp only if every value has that form and none is out of range;
# numbers with leading zeros (postal codes, file numbers) and everything else stay text. Empty fields are NULL.
# Dates may be 2023-02-28, 28.02.2023, 28/02/2023 or 02/28/2023 (with a time or without). Which of the last two it is must follow from
# some date of the file; where none tells, and with years of two digits, dates stay text and a notice says so. Semicolons go with 12,50.
set -euo pipefail
[ $# = 2 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 2; }
file=$1 table=$2

read_file() {
  case $file in
    *.gz | *.GZ) gzip -dc -- "$file" ;;
    *) cat -- "$file" ;;
  esac
}
fail() { printf 'load-csv.sh: %s\n' "$*" >&2; exit 1; }
if ! [ -f "$file" ] || ! [ -r "$file" ]; then fail "can't read $file"; fi
if ! read_file | iconv -f UTF-8 -t UTF-8 > /dev/null 2>&1; then
  fail "$file can't be read as UTF-8. Convert it first: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW.csv (for \"Unicode text\" of a spreadsheet: -f UTF-16)"
fi
# The first record, which ends where a line ends outside of quotes; line ends are LF, CR LF or CR, and within quotes become a blank. awk
# closes the pipe after it, which is no failure of the file.
header=$(set +o pipefail; read_file | tr '\r' '\n' | LC_ALL=C awk '
  NR == 1 { sub(/^\357\273\277/, "") }
  { record = record (NR > 1 && $0 != "" ? " " : "") $0; open = (open + gsub(/"/, "\"")) % 2; if (!open) { print record; exit } }')
if [ -z "$header" ]; then fail "$file has no header line"; fi

# The separator is the character that the header has most of outside of quotes; the names are one a line, quotes resolved.
separator=$(awk '{ gsub(/"[^"]*"/, ""); split(", ; tab |", name, " "); count[1] = gsub(/,/, ""); count[2] = gsub(/;/, "")
                   count[3] = gsub(/\t/, ""); count[4] = gsub(/\|/, ""); best = 1
                   for (i = 2; i <= 4; i++) if (count[i] > count[best]) best = i
                   print name[best] }' <<< "$header")
[ "$separator" = tab ] && separator=$'\t'
names=$(LC_ALL=C awk -v separator="$separator" '
  function emit() {
    n++
    gsub(/^ +| +$/, "", name)
    # the server cuts names at 63 bytes: leave room for a number, and no half of a character
    if (length(name) > 63) { name = substr(name, 1, 56); sub(/[\300-\377][\200-\277]*$/, "", name); name = name "_" n }
    if (name == "" || tolower(name) in seen) name = (name == "" ? "column" : substr(name, 1, 56)) "_" n
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
SELECT set_config('load.separator', '$separator', true) \g /dev/null
DO \$\$
DECLARE
  target regclass := current_setting('load.target')::regclass;
  number CONSTANT text := '^-?(0|[1-9][0-9]{0,17})\$';
  decimal CONSTANT text := '^-?(0|[1-9][0-9]*)(\.[0-9]+)?\$';
  comma CONSTANT text := '^-?(0|[1-9][0-9]*)(,[0-9]+)?\$';
  day CONSTANT text := '^[0-9]{4}-[0-9]{2}-[0-9]{2}\$';
  clock CONSTANT text := '[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\$';
  moment CONSTANT text := '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]' || clock;
  dotted CONSTANT text := '^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}';
  slashed CONSTANT text := '^[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}';
  short CONSTANT text := '^[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2}\$';
  name text;
  kind text;
  first integer;
  second integer;
  day_first boolean := false;
  month_first boolean := false;
  kinds jsonb := '{}';
  form text;
  changes text[] := '{}';
BEGIN
  FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = target AND attnum > 0 ORDER BY attnum LOOP
    EXECUTE format('SELECT CASE WHEN count(%1\$I) = 0 THEN ''text'' WHEN bool_and(%1\$I ~ %2\$L) THEN ''bigint''
        WHEN bool_and(%1\$I ~ %3\$L) THEN ''numeric'' WHEN bool_and(%1\$I ~ %4\$L) THEN ''date''
        WHEN bool_and(%1\$I ~ %5\$L) THEN ''timestamp''
        WHEN bool_and(%1\$I ~ %6\$L) THEN ''comma'' WHEN bool_and(%1\$I ~ %7\$L) THEN ''dotted date''
        WHEN bool_and(%1\$I ~ %8\$L) THEN ''dotted timestamp'' WHEN bool_and(%1\$I ~ %9\$L) THEN ''slashed date''
        WHEN bool_and(%1\$I ~ %10\$L) THEN ''slashed timestamp'' WHEN bool_and(%1\$I ~ %11\$L) THEN ''short'' ELSE ''text'' END FROM %12\$s',
      name, number, decimal, day, moment, comma, dotted || '\$', dotted || ' ' || clock, slashed || '\$', slashed || ' ' || clock, short, target) INTO kind;
    kinds := kinds || jsonb_build_object(name, kind);
    IF kind LIKE 'slashed%' THEN
      EXECUTE format('SELECT max(substring(%1\$I, ''^[0-9]+'')::int), max(substring(%1\$I, ''^[0-9]+.([0-9]+)'')::int) FROM %2\$s', name, target) INTO first, second;
      day_first := day_first OR first > 12;
      month_first := month_first OR second > 12;
    END IF;
  END LOOP;
  FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = target AND attnum > 0 ORDER BY attnum LOOP
    kind := kinds ->> name;
    form := '%1\$I';
    IF kind = 'comma' THEN
      kind := CASE current_setting('load.separator') WHEN ';' THEN 'numeric' ELSE 'text' END;
      form := 'replace(%1\$I, '','', ''.'')';
    ELSIF kind LIKE 'dotted%' OR (kind LIKE 'slashed%' AND day_first <> month_first) THEN
      form := format('regexp_replace(%%1\$I, %L, %L)', '^([0-9]+)[./-]([0-9]+)[./-]([0-9]{4})',
        CASE WHEN kind LIKE 'dotted%' OR day_first THEN '\3-\2-\1' ELSE '\3-\1-\2' END);
    ELSIF kind LIKE 'slashed%' OR kind = 'short' THEN
      RAISE NOTICE '% stays text: its dates can be read in more than one way; write them as 2023-02-28', quote_ident(name);
      kind := 'text';
    END IF;
    kind := split_part(kind, ' ', cardinality(string_to_array(kind, ' ')));
    IF kind <> 'text' THEN
      BEGIN
        form := format(form || '::%2\$s', name, kind);
        EXECUTE format('SELECT count(%s) FROM %s', form, target);
        changes := changes || format('ALTER COLUMN %I TYPE %s USING %s', name, kind, form);
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

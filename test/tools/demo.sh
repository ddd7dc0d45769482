#!/usr/bin/env bash
# The five-minute tour, called by `make demo`: a private server, court records, the main job, a published schema, report.html.
#
#   test/tools/demo.sh                            an invented court (pt_sample_court_events)
#   test/tools/demo.sh people.csv,events.csv      your own data: a file of people and a file of events, in any order,
#   test/tools/demo.sh events.csv                 or one wide file of events; .csv or .csv.gz, first line = column names
#   test/tools/demo.sh DIRECTORY                  the one or two .csv or .csv.gz files in it
#
# Variables: KEY=column (of the file or files: the one that tells people apart, where its name doesn't; KEY=a,b where the two
# files name it differently), PEOPLE (size of the invented court, 20000), TARGET (average risk, 0.01), REPORT (file to write). For tests,
# TEST_SERVER=HOST,PORT,SUPERUSER,DATABASE names a running server with personatwin to be used instead of an own one.
# Nothing of your PostgreSQL is touched: the server lives in a temporary folder, listens on no port, and is stopped and
# removed at the end, also after Ctrl-C. As root everything that is a server runs as user postgres.
# `make demo DATA=...` must not hand DATA on to the make that builds, where it names the files to install.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES DATA
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/install-deps.sh" || exit 1
source "$here/env.sh"

people=${PEOPLE:-20000}
target=${TARGET:-0.01}
report=${REPORT:-$top/report.html}
if [[ ! $people =~ ^[0-9]+$ || ! $target =~ ^[0-9]*\.?[0-9]+$ ]]; then
  echo "demo.sh: PEOPLE must be a whole number and TARGET a number such as 0.01" >&2
  exit 2
fi

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
note() { printf '%s\n' "$@" | fold -s -w 100; }
fail() { printf 'demo.sh: %s\n' "$*" >&2; exit 1; }

# ---------------------------------------------------------------- the files, if any
files=()
if [ -n "${1:-}" ]; then
  if [ -d "$1" ]; then
    for f in "$1"/*.csv "$1"/*.CSV "$1"/*.csv.gz; do if [ -f "$f" ]; then files+=("$f"); fi; done
  else
    IFS=, read -r -a files <<< "$1"
  fi
  if [ ${#files[@]} -lt 1 ] || [ ${#files[@]} -gt 2 ]; then
    fail "DATA must name one or two .csv or .csv.gz files, or a directory that holds one or two"
  fi
  for f in "${files[@]}"; do [ -r "$f" ] || fail "can't read $f"; done
fi

# ---------------------------------------------------------------- a server of our own
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ptw.XXXXXX")
chmod 755 "$scratch"
server=$scratch/s
cleanup() {
  trap - EXIT INT TERM
  if [ -d "$server" ]; then "$here/server.sh" stop "$server"; fi
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

PGHOST=$server/socket PGUSER=postgres PGDATABASE=postgres
if [ -n "${TEST_SERVER:-}" ]; then
  IFS=, read -r PGHOST PGPORT PGUSER PGDATABASE <<< "$TEST_SERVER"
  export PGPORT
else
  say "Building personatwin (some minutes the first time) and starting a private server"
  "$here/server.sh" start "$server" > "$scratch/start.log" 2>&1 || { cat "$scratch/start.log" >&2; fail "the server did not start"; }
fi
export PGHOST PGUSER PGDATABASE PATH="$bindir:$PATH"
export PSQLRC=/dev/null PAGER=cat PGCLIENTENCODING=UTF8
note "$(psql -XAtc 'SELECT version()' | cut -d, -f1), socket in $PGHOST, no port"

# query SQL: shows a statement and its answer
query() { printf '\n%s\n' "$1" | sed 's/^/    /'; psql -X -q -v ON_ERROR_STOP=1 -c "$1"; }
# value SQL: one value, unaligned
value() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
ident() { value "SELECT quote_ident(\$q\$$1\$q\$)"; }
psql -X -q -v ON_ERROR_STOP=1 << 'SQL'
CREATE EXTENSION personatwin;
SELECT 'CREATE ROLE analyst LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'analyst') \gexec
SQL

# table_of FILE: a plain table name made of the file's
table_of() {
  local name=${1##*/}
  name=${name%.gz}
  name=$(tr '[:upper:]' '[:lower:]' <<< "${name%.csv}" | sed 's/[^a-z0-9_]/_/g; s/^\([0-9]\)/t\1/')
  echo "${name:-data}"
}

# ---------------------------------------------------------------- 1. the data
people_table=
key=
if [ ${#files[@]} = 0 ]; then
  say "1. The data: an invented court"
  source_table=court_events
  note "$people people and what happened to them from 2019 to 2023. Nobody in it exists, but the columns are those of a real court: names, social security numbers, addresses, notes."
  query "CREATE TABLE court_events AS SELECT * FROM pt_sample_court_events($people);"
  query "SELECT full_name, ssn, age, sex, race, county, event_date, event_type, outcome, charge_degree FROM court_events LIMIT 5;"
else
  say "1. The data: ${files[*]}"
  tables=()
  for f in "${files[@]}"; do
    t=$(table_of "$f")
    for used in "${tables[@]}"; do if [ "$used" = "$t" ]; then t=${t}_2; fi; done
    tables+=("$t")
    "$here/load-csv.sh" "$f" "$t" || fail "$f could not be loaded"
    query "SELECT count(*) AS \"rows of $t\" FROM \"$t\";"
    if [ "$(value "SELECT EXISTS (SELECT FROM \"$t\")")" = f ]; then fail "$f has column names and no rows"; fi
  done
  source_table=${tables[0]}
  # What the user says of keys: the column of each file that tells people apart.
  IFS=, read -r -a keys <<< "${KEY:-}"
  if [ ${#keys[@]} -gt ${#tables[@]} ]; then fail "KEY names ${#keys[@]} columns for ${#tables[@]} file(s)"; fi
  for i in "${!tables[@]}"; do
    [ ${#keys[@]} -gt 0 ] || break
    k=${keys[$i]:-${keys[0]}}
    known=$(value "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE attnum > 0),
        bool_or(attname = \$k\$$k\$k\$) FROM pg_attribute WHERE attrelid = '\"${tables[$i]}\"'::regclass AND attnum > 0")
    if [ "${known##*|}" != t ]; then fail "KEY: ${files[$i]} has no column $k; it has ${known%|*}"; fi
    value "SELECT pt_set_role('\"${tables[$i]}\"', \$k\$$k\$k\$, 'person')" > /dev/null
  done
  if [ ${#tables[@]} = 2 ]; then
    # The people are the file in which a column that both have is unique; that column is the key, unless KEY names it.
    found=$(psql -XAtq -F '|' -v ON_ERROR_STOP=1 -v a="${keys[0]:-}" -v b="${keys[1]:-${keys[0]:-}}" << SQL
SELECT set_config('demo.a', :'a', false), set_config('demo.b', :'b', false) \g /dev/null
CREATE TEMP TABLE found (people text, events text, key text);
DO \$\$
DECLARE pair record; n bigint; d bigint; n2 bigint; d2 bigint;
BEGIN
  FOR pair IN SELECT a.attname AS key, b.attname AS events_key, p.people, p.events
                FROM (VALUES ('${tables[0]}', '${tables[1]}', current_setting('demo.a'), current_setting('demo.b')),
                             ('${tables[1]}', '${tables[0]}', current_setting('demo.b'), current_setting('demo.a'))) p(people, events, k, ke)
                JOIN pg_attribute a ON a.attrelid = quote_ident(p.people)::regclass AND a.attnum > 0 AND p.k IN ('', a.attname)
                JOIN pg_attribute b ON b.attrelid = quote_ident(p.events)::regclass AND b.attnum > 0 AND b.attname = CASE p.ke WHEN '' THEN a.attname ELSE p.ke END
               ORDER BY a.attnum LOOP
    EXECUTE format('SELECT count(*), count(DISTINCT %I) FROM %I', pair.key, pair.people) INTO n, d;
    EXECUTE format('SELECT count(*), count(DISTINCT %I) FROM %I', pair.events_key, pair.events) INTO n2, d2;
    IF n = d AND (d2 < n2 OR current_setting('demo.a') <> '') THEN INSERT INTO found VALUES (pair.people, pair.events, pair.key); END IF;
  END LOOP;
END
\$\$;
SELECT * FROM found LIMIT 1;
SQL
    )
    if [ -z "$found" ] && [ ${#keys[@]} -gt 0 ]; then fail "the columns that KEY names are unique in neither file: one of the two must have one row a person"; fi
    [ -n "$found" ] || fail "the two files have no column in common that is unique in one of them: which one tells the people apart? Say so with KEY=column, or KEY=a,b where the files name it differently"
    IFS='|' read -r people_table source_table key <<< "$found"
    note "People: $people_table, events: $source_table, joined by $key."
    if [ ${#keys[@]} -gt 0 ]; then key=; fi
  fi
fi
source_name=$(ident "$source_table")

# The first argument of every call, and the options that name the second table.
call="'${source_name//\'/\'\'}'"
options=
if [ -n "$people_table" ]; then
  people_name=$(ident "$people_table")
  options=", people => '${people_name//\'/\'\'}'"
  if [ -n "$key" ]; then options="$options, person_key => '${key//\'/\'\'}'"; fi
fi
releases="$(ident "${source_table}_personas") $(ident "${source_table}_events") $(ident "${source_table}_about")"
read -r personas_view events_view about_view <<< "$releases"

# ---------------------------------------------------------------- 2. the main job
say "2. The main job: personas at an average risk of at most $target"
note "No role was set by hand: the first run detects what each column is and records it. Columns without a role stay out."
job="SELECT * FROM pt_create_personas($call, $target$options);"
printf '\n    %s\n' "$job"
psql -X -q -v ON_ERROR_STOP=1 -c '\timing on' -c "CREATE TABLE personas_made AS ${job%;}" \
  || fail "the main job failed; the message above says why. The column that tells people apart is named with: make demo DATA=... KEY=column"
query "SELECT merged_from, age_range, gender, ethnicity, geography, event_types FROM personas_made ORDER BY merged_from DESC LIMIT 5;"
note "$(value "SELECT format('%s personas of %s to %s people stand for %s people.', count(*), min(merged_from), max(merged_from), sum(merged_from)) FROM personas_made")"

say "3. What each column was taken for"
roles="SELECT \"column\", role, kind FROM pt_roles($call)"
if [ -n "$people_table" ]; then roles="$roles UNION ALL SELECT \"column\", role, kind FROM pt_roles('${people_name//\'/\'\'}')"; fi
query "$roles;"

say "4. How likely anybody is to be found, and how protection was raised until the target held"
printf '\n    %s\n' "SELECT * FROM pt_population_risk($call);"
psql -X -q -x -v ON_ERROR_STOP=1 -c "SELECT * FROM pt_population_risk($call)"
note "Every setting that was tried is in pt_decisions; these are the finest one and those that were kept:"
query "SELECT step, action, setting, round(average_after::numeric, 4) AS average, round(maximum_after::numeric, 4) AS maximum, holds
  FROM pt_decisions($call) WHERE chosen OR step = 0 ORDER BY step;"

# ---------------------------------------------------------------- 5. publication
say "5. Publication into schema safe, for role analyst"
published=no
if query "SELECT release, version, personas, events, people, average_risk, maximum_risk, status FROM pt_publish_release($call, 'safe', reader => 'analyst');"; then
  published=yes
  say "6. What analyst can see: the published views"
  as_analyst() { printf '\n%s\n' "$1" | sed 's/^/    /'; PGUSER=analyst psql -X -q -c "$1"; }
  as_analyst "SELECT persona_id, merged_from, age_range, gender, ethnicity, geography FROM safe.$personas_view LIMIT 5;"
  as_analyst "SELECT * FROM safe.$events_view LIMIT 5;"
  if [ ${#files[@]} = 0 ]; then
    conviction="SELECT ethnicity, round(100.0 * sum(weight) FILTER (WHERE outcome = 'convicted') / sum(weight), 2) AS convicted_pct, sum(weight) AS charges
  FROM safe.court_events_events JOIN safe.court_events_personas USING (persona_id)
 WHERE event_type = 'charge' GROUP BY 1 ORDER BY 3 DESC;"
    note "" "The question a researcher would ask: how often does a charge end in a conviction?"
    as_analyst "$conviction" || conviction=
    note "The same from the source (which analyst can't read):"
    truth="SELECT race, round(100.0 * count(*) FILTER (WHERE outcome = 'convicted') / count(*), 2) AS convicted_pct, count(*) AS charges
  FROM court_events WHERE event_type = 'charge' GROUP BY 1 ORDER BY 3 DESC;"
    query "$truth"
    note "" "Events say nothing of how many people have them. Tables of people do, for whole groups:"
    as_analyst "SELECT ethnicity, sum(n_people) AS people, round(100 * sum(n) / sum(n_people), 1) AS reoffended_pct
  FROM safe.court_events_groups WHERE measure = 'any' AND event_type = 'reoffense' GROUP BY 1 ORDER BY 2 DESC;"
  fi
  say "7. What analyst can't see"
  note "The source is closed to the reader (an error is the right answer here):"
  as_analyst "SELECT * FROM $source_name LIMIT 1;" || true
fi

# ---------------------------------------------------------------- 8. report.html
say "8. The report: one page for the officer, one for the public"
# page AUDIENCE FILE: writes a form of the report; the page is one line
page() {
  local sql="SELECT pt_privacy_report($call, '$1')"
  printf '\n    %s\n' "\\copy ($sql) TO '${2##*/}'"
  value "$sql" > "$scratch/page.html" && cp "$scratch/page.html" "$2" || fail "can't write $2"
}
public_report=${report%.html}-public.html
page internal "$report"
if [ "$published" = yes ]; then page public "$public_report"; fi

say "What to look at"
note "- $report: open it in a browser. Verdict, risk by attacker, attacks, every step, rules, findings before and after. For the owner of the data: it names no person, but it is not for publication. doc/report.md says how to read each figure."
if [ "$published" = yes ]; then note "- $public_report: the form that may stand beside the release."; fi
note "- Section 4 above: population_average_risk against $target, and every step of the ladder."
note "- doc/tutorial.md: the same at a slower pace. README.md: how to install it in a server of yours."
[ -n "${TEST_SERVER:-}" ] || note "The private server is stopped and removed now."
if [ "$published" != yes ]; then
  note "" "Nothing was published, because the target does not hold or a rule failed: the messages above say which and what would help."
  exit 1
fi

#!/usr/bin/env bash
# What a refresh costs against a full run: processor time of the backend (user + system), which other jobs on the machine hardly change. Run by
# test/tools/bench.sh refresh, which gives the server and a scratch folder. PEOPLE (default 200000, about 5.6 events each) and MONTHS (default 3) may be set.
#
# full:    pt_create_personas and pt_publish_release of the source as it is.
# scan:    what a refresh has to read: SELECT sum(hashtext(x::text)) over both tables.
# refresh: pt_refresh_release after 2 % of the people have changed: 1 % new people, 0.5 % with new events, 0.5 % gone.
# idle:    pt_refresh_release when nothing has changed: what reading and comparing cost.
# Goal: (refresh - scan) / full at most 0.10. Prints one line a measure; exit status 1 when the goal is missed.
set -euo pipefail
people=${PEOPLE:-200000}
months=${MONTHS:-3}
D=$(mktemp -d "$1/refresh.XXXXXX")
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
# cpu STATEMENTS: seconds of processor time that a backend of its own takes for them; their output stays in $D/out.
cpu() {
  sql > "$D/out" << SQL || return 1
CREATE TEMP TABLE t (line text);
DO \$\$ BEGIN EXECUTE format('COPY t FROM %L', '/proc/' || pg_backend_pid() || '/stat'); END \$\$;
SET client_min_messages = error;
$1
DO \$\$ BEGIN EXECUTE format('COPY t FROM %L', '/proc/' || pg_backend_pid() || '/stat'); END \$\$;
SELECT 'cpu ' || (max(x) - min(x)) / $(getconf CLK_TCK).0 FROM (SELECT (f[12]::bigint + f[13]::bigint) AS x FROM (SELECT string_to_array(regexp_replace(line, '^.*\\) ', ''), ' ') AS f FROM t) y) z;
SQL
  sed -n 's/^cpu //p' "$D/out" | awk '{ printf "%.2f", $1 }'
}

sql << SQL
CREATE EXTENSION personatwin;
CREATE TABLE pool AS SELECT * FROM pt_sample_court_people($people + $people / 20, 1);
CREATE TABLE pool_events AS SELECT * FROM pt_sample_court_docket($people + $people / 20, 1);
CREATE TABLE people AS SELECT * FROM pool ORDER BY person_id LIMIT $people;
ALTER TABLE people ADD PRIMARY KEY (person_id);
CREATE TABLE events AS SELECT * FROM pool_events WHERE person_id IN (SELECT person_id FROM people);
CREATE INDEX ON events (person_id);
CREATE INDEX ON pool_events (person_id);
ALTER TABLE events ADD FOREIGN KEY (person_id) REFERENCES people;
VACUUM ANALYZE people, events, pool, pool_events;
CHECKPOINT;
SQL
full=$(cpu "SELECT count(*) FROM pt_create_personas('events', 0.02); SELECT count(*) FROM pt_publish_release('events', 'safe');")
echo "$people people, $(sql -c 'SELECT count(*) FROM events') events; full run $full s of processor time; average risk $(sql -c "SELECT average_risk FROM pt_releases()")"
idle=$(cpu "SELECT count(*) FROM pt_refresh_release('events');")
echo "idle refresh $idle s; idle / full $(awk -v r="$idle" -v f="$full" 'BEGIN { printf "%.3f", r / f }')"
for month in $(seq "$months"); do
  sql > "$D/change" << SQL
WITH n AS (INSERT INTO people SELECT * FROM pool p WHERE NOT EXISTS (SELECT FROM people x WHERE x.person_id = p.person_id) AND p.person_id > (SELECT max(person_id) FROM people) ORDER BY person_id LIMIT $people / 100 RETURNING person_id)
INSERT INTO events SELECT e.* FROM pool_events e JOIN n USING (person_id);
INSERT INTO events SELECT DISTINCT ON (person_id) e.* FROM events e WHERE hashint8(person_id * 37 + $month) % 200 = 0 ORDER BY person_id, event_id;
CREATE TABLE gone AS SELECT person_id FROM people WHERE hashint8(person_id * 41 + $month) % 200 = 0;
DELETE FROM events WHERE person_id IN (TABLE gone);
DELETE FROM people WHERE person_id IN (TABLE gone);
DROP TABLE gone;
VACUUM ANALYZE people, events;
SQL
  scan=$(cpu "SELECT sum(hashtext(x::text)) FROM (SELECT e::text AS x FROM events e UNION ALL SELECT p::text FROM people p) y;")
  refresh=$(cpu "SELECT 'report ' || r::text FROM pt_refresh_release('events') r;")
  report=$(sed -n 's/^report //p' "$D/out")
  ratio=$(awk -v r="$refresh" -v s="$scan" -v f="$full" 'BEGIN { printf "%.3f", (r - s) / f }')
  echo "month $month: refresh $refresh s, scan $scan s; (refresh - scan) / full $ratio; refresh / full $(awk -v r="$refresh" -v f="$full" 'BEGIN { printf "%.3f", r / f }'); $report"
  echo "$ratio" >> "$D/ratios"
done
all=$(median < "$D/ratios")
word=holds status=0
awk -v a="$all" 'BEGIN { exit !(a <= 0.10) }' || { word='DOES NOT HOLD'; status=1; }
echo "refresh of 2 % beyond a scan / full run: $all (goal 0.10) $word. Median of $months."
echo "repeat with: PEOPLE=$people MONTHS=$months test/tools/bench.sh refresh"
exit $status

#!/usr/bin/env bash
# Time and memory of the whole pipeline (pt_create_personas and pt_publish_release). Run by test/tools/bench.sh pipeline, which
# gives the server and a scratch folder. PEOPLE (default 1000000, about 5.6 events each), RUNS (default 3) and INSTALLATIONS (default 0) may
# be set.
#
# 1. COMPAS (where PERSONATWIN_DATA has it), two tables: median of 5 of making the personas plus publishing them; at most 3 s.
# 2. PEOPLE made-up people and their events in two tables: the same, against the plain
#       CREATE TABLE AS SELECT m.persona_id, e.event_date, e.event_type, e.outcome, e.charge_degree FROM events e JOIN member m USING (person_id)
#    with a ready-made table member(person_id, persona_id uuid), in the same run; at most 2 x that in processor time of the backend
#    (user and system), which other work on the machine hardly changes; the clock is printed, too. The first publication has nothing
#    to be compared with, later ones have the earlier ones.
# 3. Peak memory of the backend during 2 beyond what it had before, shared buffers not counted (RssAnon of /proc/PID/status, every
#    20 ms), against 24 bytes a person + 8 bytes an event + 64 MB.
# 4. With INSTALLATIONS=n: 2 once in each of n new installations of the extension, whose secrets let the ladder end elsewhere; no limit.
# Prints one line a measure: name, figure, limit, whether it holds. Exit status 1 when a limit does not hold.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$1
people=${PEOPLE:-1000000}
runs=${RUNS:-3}
D=$(mktemp -d "$scratch/pipeline.XXXXXX")
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
failed=0
# verdict NAME FIGURE LIMIT TEXT
verdict() {
  local word=holds
  awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }' || { word='DOES NOT HOLD'; failed=1; }
  echo "$1: $2 (limit $3) $word. $4"
}
# elapsed: runs the statements on stdin in one session; sets $seconds that they take, the connection not counted, and $peak, the MB of
# RssAnon beyond those at the start, and $busy, the seconds of processor. Their output stays in $D/out.
elapsed() {
  local pid= base=0 now most client ticks from= to=
  { echo "SELECT 'pid ' || pg_backend_pid();"; echo "SELECT pg_sleep(0.3);"; echo "SELECT 'from ' || extract(epoch FROM clock_timestamp());"; cat; echo "SELECT 'to ' || extract(epoch FROM clock_timestamp());"; echo "SELECT pg_sleep(0.3);"; } > "$D/script"
  : > "$D/out"
  sql -f "$D/script" > "$D/out" 2> "$D/err" &
  client=$!
  while [ -z "$pid" ] && kill -0 $client 2> /dev/null; do
    sleep 0.02
    pid=$(sed -n 's/^pid //p' "$D/out")
  done
  most=0
  while kill -0 $client 2> /dev/null; do
    now=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2> /dev/null || true)
    if [ "$base" = 0 ]; then base=${now:-0}; fi
    if [ "${now:-0}" -gt "$most" ]; then most=$now; fi
    ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat" 2> /dev/null || true)
    if [ -n "$ticks" ]; then from=${from:-$ticks} to=$ticks; fi
    sleep 0.02
  done
  wait $client || { cat "$D/err"; exit 1; }
  grep WARNING "$D/err" || true
  seconds=$(awk '/^from/ { a = $2 } /^to/ { b = $2 } END { printf "%.3f", b - a }' "$D/out")
  peak=$(awk -v a="$base" -v b="$most" 'BEGIN { printf "%.1f", (b - a) / 1024 }')
  busy=$(awk -v a="$from" -v b="$to" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", (b - a) / hz }')
}

plain_join() {
  elapsed <<< "CREATE TABLE joined AS SELECT m.persona_id, e.event_date, e.event_type, e.outcome, e.charge_degree FROM events e JOIN member m USING (person_id);"
  sql -c 'DROP TABLE joined' -c CHECKPOINT
}
whole_pipeline() {
  elapsed <<< "SELECT 'personas ' || count(*) FROM pt_create_personas('events', 0.01); SELECT 'made ' || extract(epoch FROM clock_timestamp()); SELECT count(*) FROM pt_publish_release('events', 'safe');"
}

sql -c 'CREATE EXTENSION personatwin' -c 'CREATE SCHEMA safe'
if [ -r "${PERSONATWIN_DATA:-}/compas_people.csv.gz" ]; then
  sql -v data="$(cd "$PERSONATWIN_DATA" && pwd)" -f "$top/test/tools/load_compas.sql"
  for _ in 1 2 3 4 5; do
    elapsed <<< "SELECT count(*) FROM pt_create_personas('court_events', 0.01); SELECT count(*) FROM pt_publish_release('court_events', 'safe');"
    echo "$seconds" >> "$D/compas"
    sql -c "SELECT pt_drop_release('court_events')" > "$D/out" 2>&1
  done
  verdict 'COMPAS, personas and publication, seconds' "$(median < "$D/compas")" 3 "All five: $(tr '\n' ' ' < "$D/compas")"
else
  echo "COMPAS is not here: set PERSONATWIN_DATA"
fi

sql << SQL
CREATE TABLE people AS SELECT * FROM pt_sample_court_people($people, 1);
ALTER TABLE people ADD PRIMARY KEY (person_id);
CREATE TABLE events AS SELECT * FROM pt_sample_court_docket($people, 1);
ALTER TABLE events ADD FOREIGN KEY (person_id) REFERENCES people;
CREATE TABLE member AS SELECT person_id, md5('persona ' || person_id / 20)::uuid AS persona_id FROM people;
SQL
sql -c 'VACUUM ANALYZE people, events, member' -c CHECKPOINT
events=$(sql -c 'SELECT count(*) FROM events')
echo "$people people, $events events; table of events $(sql -c "SELECT pg_size_pretty(pg_table_size('events'))"), of people $(sql -c "SELECT pg_size_pretty(pg_table_size('people'))")"
peaks=0
for i in $(seq "$runs"); do
  plain_join
  echo "$busy" >> "$D/plain"
  plain_line="plain join $busy s of processor ($seconds s by the clock)"
  whole_pipeline
  echo "$busy" >> "$D/pipeline"
  made=$(awk '/^from/ { a = $2 } /^made/ { b = $2 } END { printf "%.2f", b - a }' "$D/out")
  echo "run $i: $plain_line; pipeline $busy s of processor ($seconds s, $made s of it personas: $(sed -n 's/^personas //p' "$D/out")); peak $peak MB"
  peaks=$(awk -v a="$peaks" -v b="$peak" 'BEGIN { print (a > b) ? a : b }')
  sql -c "SELECT pt_drop_release('events')" -c CHECKPOINT > "$D/out" 2>&1
done
echo "target_met|average|maximum|period: $(sql -c "SELECT target_met, population_average_risk, maximum_risk, period FROM pt_population_risk('events')")"
plain=$(median < "$D/plain") pipeline=$(median < "$D/pipeline")
verdict "pipeline of $people people / plain join" "$(awk -v a="$pipeline" -v b="$plain" 'BEGIN { printf "%.2f", a / b }')" 2 "$pipeline s of processor against $plain s, medians of $runs."
verdict 'peak memory of the backend, MB' "$peaks" "$(awk -v p="$people" -v e="$events" 'BEGIN { printf "%.1f", (24 * p + 8 * e) / 1048576 + 64 }')" '24 B a person + 8 B an event + 64 MB.'
for i in $(seq "${INSTALLATIONS:-0}"); do
  sql -c 'SET client_min_messages = error' -c 'DROP EXTENSION personatwin CASCADE' -c 'CREATE EXTENSION personatwin' -c CHECKPOINT
  plain_join
  plain=$busy
  whole_pipeline
  echo "installation $i: pipeline / plain join $(awk -v a="$busy" -v b="$plain" 'BEGIN { printf "%.2f", a / b }') ($busy s : $plain s of processor); period $(sql -c "SELECT period FROM pt_population_risk('events')"), peak $peak MB"
done
echo "repeat with: PEOPLE=$people RUNS=$runs INSTALLATIONS=${INSTALLATIONS:-0} test/tools/bench.sh pipeline"
exit $failed

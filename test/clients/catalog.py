"""Reads a release through psycopg2; argument: connection string. Prints one line a fact."""
import sys
import psycopg2

connection = psycopg2.connect(sys.argv[1])
cursor = connection.cursor()
cursor.execute("SELECT * FROM safe.court_events_personas ORDER BY persona_id LIMIT 1")
row = dict(zip([c.name for c in cursor.description], cursor.fetchone()))
for name in ("persona_id", "merged_from", "age_range", "age_mean", "gender", "event_types", "outcome_distributions"):
    print("value", name, type(row[name]).__name__)
cursor.execute("SELECT period, weight FROM safe.court_events_events WHERE period IS NOT NULL LIMIT 1")
period, weight = cursor.fetchone()
print("value period", type(period).__name__, type(period.lower).__name__)
print("value weight", type(weight).__name__)
cursor.execute("SELECT sum(merged_from) FROM safe.court_events_personas")
print("people", cursor.fetchone()[0])
cursor.execute("SELECT risks, rules FROM safe.court_events_about")
risks, rules = cursor.fetchone()
print("value risks", type(risks).__name__, "rules", type(rules).__name__)
try:
    cursor.execute("SELECT * FROM public.court_events")
    print("source open")
except psycopg2.Error as error:
    print("source", error.pgcode)

#!/usr/bin/env bash
# An example of a process outside the database that asks models for it: takes requests with pt_advice_claim, sends them with curl, and
# hands back what came with pt_advice_complete. One pass; run it from a timer.
#
#   advice-client.sh 'dbname=court user=dba' [KEYFILE]
#
# KEYFILE holds the header line with the key, for example "x-api-key: ..."; it is given to curl as a file, so it is in no process list.
set -euo pipefail
connection=$1
key_file=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sql() { psql -XAtq -v ON_ERROR_STOP=1 -d "$connection" "$@"; }

sql -c "SELECT pg_catalog.to_jsonb(c) FROM pt_advice_claim(10) c" > "$work/requests"
while IFS= read -r request; do
  field() { sql -v r="$request" <<< "SELECT :'r'::jsonb ->> '$1'"; }
  id=$(field request_id)
  field body > "$work/body"
  sql -v r="$request" <<< "SELECT pg_catalog.jsonb_array_elements_text(:'r'::jsonb -> 'headers')" > "$work/headers"
  if [ -n "$key_file" ]; then cat "$key_file" >> "$work/headers"; fi
  status=$(curl -s -o "$work/reply" -w '%{http_code} %{content_type}' --max-filesize 1048576 --max-time "$(field timeout_seconds)" \
    --proto '=http,https' -H @"$work/headers" --data-binary @"$work/body" "$(field url)") || status="000 "
  touch "$work/reply"
  sql -v id="$id" -v status="${status%% *}" -v type="${status#* }" -v reply="$(head -c 1048576 "$work/reply" | tr -d '\000')" \
    <<< "SELECT :id, pt_advice_complete(:id, (:'status')::int, :'reply', :'type')"
  rm -f "$work/reply"
done < "$work/requests"

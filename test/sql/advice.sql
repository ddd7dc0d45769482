-- Advice without a network: endpoints, the queue for outside processes, budgets, privileges. test/tap/advice.pl has the worker.
CREATE EXTENSION personatwin;
SET client_min_messages = error;
CREATE ROLE regress_advice_dba;
CREATE ROLE regress_advice_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO regress_advice_dba, regress_advice_other;
GRANT CREATE ON SCHEMA public TO regress_advice_dba;
\set SHOW_CONTEXT never

-- Endpoints: superusers only, addresses by the rules.
SELECT pt_advice_define_endpoint('local', 'ollama', 'http://localhost:1', 'm', key_source => 'none');
SELECT pt_advice_define_endpoint('local', 'openai', 'http://localhost:1', 'm', key_source => 'none', price_in => 1, price_out => 2);
SELECT pt_advice_define_endpoint('x', 'openai', 'https://evil.example.com', 'm');
SELECT pt_advice_define_endpoint('x', 'openai', 'http://api.openai.com', 'm');
SELECT pt_advice_define_endpoint('x', 'openai', 'https://api.openai.com@evil.example.com', 'm');
SELECT pt_advice_define_endpoint('x', 'openai', 'file:///etc/passwd', 'm');
SELECT pt_advice_define_endpoint('x', 'other', 'http://localhost:1', 'm');
SELECT pt_advice_define_endpoint('x', 'openai', 'http://localhost:1', 'm', key_source => 'sk-1234');
SELECT pt_advice_define_endpoint('../x', 'openai', 'http://localhost:1', 'm');
SELECT pt_advice_define_endpoint('x', 'openai', NULL, 'm');
SELECT pt_advice_define_endpoint('x', 'openai', 'http://localhost:1', 'm', timeout_seconds => 0);
SELECT pt_advice_define_endpoint('x', 'openai', 'http://localhost:1', 'm', price_in => 'NaN');
SELECT pt_advice_drop_endpoint('nothing');
SET ROLE regress_advice_dba;
SELECT pt_advice_define_endpoint('mine', 'openai', 'http://localhost:1', 'm');
SELECT pt_advice_drop_endpoint('local');
SELECT name FROM personatwin.advice_endpoint;

-- A request needs a run of one's own.
CREATE TABLE people_events AS SELECT * FROM pt_sample_court_events(800, 3);
SELECT pt_advise('people_events', 'local');
SELECT count(*) > 0 AS made FROM pt_create_personas('people_events', 0.05);
SELECT pt_advise('people_events', 'nothing');
SELECT pt_advise(NULL, 'local');
SET ROLE regress_advice_other;
SELECT pt_advise('people_events', 'local');
SELECT pt_advice_preview('people_events', 'local');

-- What would be sent: nothing of the table.
SET ROLE regress_advice_dba;
SELECT bytes LIKE 'POST http://localhost:1/v1/chat/completions' || E'\n%' AS address,
       (SELECT string_agg(c.column_name, ' ') FROM information_schema.columns c
         WHERE c.table_name = 'people_events' AND length(c.column_name) > 4 AND bytes LIKE '%' || c.column_name || '%') AS names,
       (SELECT count(*) FROM (SELECT DISTINCT v.value FROM people_events e, jsonb_each_text(to_jsonb(e)) v WHERE length(v.value) > 3 AND v.value !~ '^[0-9.]+$'
         AND v.key NOT IN ('event_date', 'birth_date')) d WHERE bytes LIKE '%' || d.value || '%') AS values
  FROM pt_advice_preview('people_events', 'local') AS bytes;

-- The contract for an outside process.
BEGIN;
SELECT pt_advise('people_events', 'local') IS NOT NULL AS asked;
SELECT count(DISTINCT r) FROM (SELECT pt_advise('people_events', 'local') AS r FROM generate_series(1, 3)) s;
SELECT endpoint, provider, url, headers, body::jsonb->>'model' AS model, timeout_seconds FROM pt_advice_claim(5);
SELECT count(*) FROM pt_advice_claim(5);
\set answer '{"choices":[{"message":{"content":"{\\"proposals\\":[{\\"action\\":\\"merge_classes\\",\\"amount\\":9,\\"reason\\":\\"why not\\"}]}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500}}'
SELECT request_id AS request FROM pt_advice_log() \gset
SAVEPOINT claimed;
-- somebody else's request, none at all, too much
SET LOCAL ROLE regress_advice_other;
SELECT pt_advice_complete(:request, 200, :'answer');
ROLLBACK TO claimed;
SELECT pt_advice_complete(-1, 200, :'answer');
ROLLBACK TO claimed;
SELECT pt_advice_complete(:request, 200, repeat('x', 2000000));
ROLLBACK TO claimed;
SELECT pt_advice_complete(:request, 0, NULL) AS unreachable;
ROLLBACK TO claimed;
SELECT pt_advice_complete(:request, 200, 'nonsense') AS asked_once_more;
SELECT count(*) FROM pt_advice_claim();
SELECT pt_advice_complete(:request, 200, 'nonsense again') AS given_up;
ROLLBACK TO claimed;
SELECT pt_advice_complete(:request, 200, :'answer') AS answered;
SELECT state, code, attempts, tokens_in, tokens_out, cost, answer FROM pt_advice_log();
SELECT pt_advise('people_events', 'local') AS known_already;
SELECT pt_advice_complete(:request, 200, :'answer') AS twice;
ROLLBACK;

-- A budget for each run: every try counts; another run has its own.
RESET ROLE;
SELECT pt_advice_define_endpoint('thrifty', 'openai', 'http://localhost:1', 'thrifty', key_source => 'none', run_calls => 2);
SET ROLE regress_advice_dba;
BEGIN;
SELECT pt_advise('people_events', 'thrifty') IS NOT NULL AS asked;
SELECT count(*) AS sent FROM pt_advice_claim();
SELECT pt_advice_complete(max(request_id), 503, '{}') AS again FROM pt_advice_log() WHERE endpoint = 'thrifty';
RESET ROLE;
UPDATE personatwin.advice_request SET not_before = clock_timestamp();
UPDATE personatwin.advice_endpoint SET open_until = NULL;
SET ROLE regress_advice_dba;
SELECT count(*) AS sent_again FROM pt_advice_claim();
SELECT pt_advice_complete(max(request_id), 200, 'nonsense') AS once_more FROM pt_advice_log() WHERE endpoint = 'thrifty';
SELECT count(*) AS not_sent FROM pt_advice_claim();
SELECT state, code, attempts FROM pt_advice_log() WHERE endpoint = 'thrifty';
SELECT pt_advise('people_events', 'thrifty') IS NOT NULL AS asked_anew;
SELECT count(*) AS not_sent FROM pt_advice_claim();
SELECT state, code, attempts FROM pt_advice_log() WHERE endpoint = 'thrifty' ORDER BY request_id;
SELECT count(*) > 0 AS other_run FROM pt_create_personas('people_events', 0.1);
SELECT pt_advise('people_events', 'thrifty') IS NOT NULL AS asked_about_it;
SELECT count(*) AS sent FROM pt_advice_claim();
ROLLBACK;
-- One question about several risky personas: rounded figures of at most eight, never one alone or exact.
SELECT jsonb_array_length(q->'riskiest_groups') BETWEEN 1 AND 8 AS groups, (SELECT sum((g->>'groups')::int) BETWEEN 2 AND 8 FROM jsonb_array_elements(q->'riskiest_groups') g) AS personas,
       (SELECT bool_and((g->>'people')::int % 10 = 0 AND (g->>'people_of_same_demographics')::int % 10 = 0) FROM jsonb_array_elements(q->'riskiest_groups') g) AS rounded,
       (SELECT string_agg(DISTINCT k, ' ') FROM jsonb_array_elements(q->'riskiest_groups') g, jsonb_object_keys(g) k) AS figures,
       (SELECT max((g->>'highest_risk')::float8) FROM jsonb_array_elements(q->'riskiest_groups') g) = (q->'state'->>'maximum_risk')::float8 AS riskiest
  FROM pt_advice_preview('people_events', 'local') AS bytes, LATERAL (SELECT (substr(bytes, strpos(bytes, E'\n\n') + 2)::jsonb->'messages'->1->>'content')::jsonb AS q) x;

-- A sender that died: the lease runs out, and after five times the request is given up.
BEGIN;
SELECT pt_advise('people_events', 'local') IS NOT NULL AS asked;
SELECT count(*) FROM pt_advice_claim();
RESET ROLE;
UPDATE personatwin.advice_request SET lease_until = clock_timestamp() - interval '1 s';
SET LOCAL ROLE regress_advice_dba;
SELECT count(*) FROM pt_advice_claim();
RESET ROLE;
UPDATE personatwin.advice_request SET lease_until = clock_timestamp() - interval '1 s', attempts = 5;
SET LOCAL ROLE regress_advice_dba;
SELECT count(*) FROM pt_advice_claim();
SELECT state, code FROM pt_advice_log();
ROLLBACK;

-- The breaker of outside processes: five failures in a row keep requests from those of the same role, for a while, and from nobody else.
BEGIN;
SELECT count(pt_advise('people_events', 'local', about => about)) AS asked FROM unnest('{actions,events}'::text[]) about;
RESET ROLE;
INSERT INTO personatwin.advice_request (endpoint, requester, cache_key, prompt_version, provider, model, prompt)
  VALUES ('local', 'regress_advice_other', 'other', 1, 'openai', 'm', '{"system": "s", "user": "u", "schema_name": "x", "schema": "{}", "allowed": []}');
CREATE FUNCTION pg_temp.due() RETURNS void LANGUAGE sql AS $$ UPDATE personatwin.advice_request SET not_before = created_at, attempts = 0 WHERE state = 'ready' $$;
DO $$ BEGIN
  FOR i IN 1..5 LOOP
    PERFORM pg_temp.due(), set_config('role', 'regress_advice_dba', true);
    PERFORM pt_advice_complete(request_id, 503, '{}') FROM pt_advice_claim();
    PERFORM set_config('role', 'none', true);
  END LOOP;
END $$;
SELECT pg_temp.due();
SELECT calls FROM personatwin.advice_request WHERE requester = 'regress_advice_dba' ORDER BY request_id;
SELECT failures, open_until IS NULL AS open FROM personatwin.advice_endpoint WHERE name = 'local';
SET LOCAL ROLE regress_advice_dba;
SELECT count(*) AS given_out FROM pt_advice_claim(5);
SELECT state, extract(epoch FROM outside_paused_until - clock_timestamp()) BETWEEN 50 AND 60 AS for_a_minute FROM pt_advice_status() WHERE endpoint = 'local';
SET LOCAL ROLE regress_advice_other;
SELECT count(*) AS given_to_others FROM pt_advice_claim(5);
SELECT state, outside_paused_until FROM pt_advice_status() WHERE endpoint = 'local';
-- after the pause one probe; when it has failed, twice the pause; when it was answered, all
RESET ROLE;
UPDATE personatwin.advice_outside SET open_until = clock_timestamp();
SET LOCAL ROLE regress_advice_dba;
SAVEPOINT probing;
SELECT count(*) AS probe FROM pt_advice_claim(5);
SELECT count(*) AS beside_it FROM pt_advice_claim(5);
SELECT pt_advice_complete(min(request_id) FILTER (WHERE state = 'running'), 503, '{}') AS again FROM pt_advice_log();
SELECT extract(epoch FROM outside_paused_until - clock_timestamp()) BETWEEN 110 AND 120 AS for_two FROM pt_advice_status() WHERE endpoint = 'local';
ROLLBACK TO probing;
SELECT pt_advice_complete(request_id, 404, '{}') AS told FROM pt_advice_claim(5);
SELECT count(*) AS the_other_one FROM pt_advice_claim(5);
SELECT outside_paused_until FROM pt_advice_status() WHERE endpoint = 'local';
-- a failure of the key: the longest pause at once; an endpoint defined anew is a new one
SELECT pt_advice_complete(min(request_id) FILTER (WHERE state = 'running'), 401, '{}') AS key FROM pt_advice_log();
SELECT state, extract(epoch FROM outside_paused_until - clock_timestamp()) BETWEEN 890 AND 900 AS for_a_quarter FROM pt_advice_status() WHERE endpoint = 'local';
RESET ROLE;
SELECT pt_advice_define_endpoint('local', 'openai', 'http://localhost:1', 'm', key_source => 'none');
SET LOCAL ROLE regress_advice_dba;
SELECT outside_paused_until FROM pt_advice_status() WHERE endpoint = 'local';
ROLLBACK;

-- Budgets and closed endpoints.
SELECT pt_advice_claim(0);
BEGIN;
SELECT pt_advise('people_events', 'local') IS NOT NULL AS asked;
RESET ROLE;
UPDATE personatwin.advice_endpoint SET daily_calls = 0;
SET LOCAL ROLE regress_advice_dba;
SELECT count(*) FROM pt_advice_claim();
SELECT state, code FROM pt_advice_log();
SELECT endpoint, state, calls_left FROM pt_advice_status();
ROLLBACK;
BEGIN;
SELECT pt_advise('people_events', 'local') IS NOT NULL AS asked;
RESET ROLE;
SELECT pt_advice_drop_endpoint('local');
SET LOCAL ROLE regress_advice_dba;
SELECT count(*) FROM pt_advice_claim();
SELECT state, code FROM pt_advice_log();
ROLLBACK;
SET ROLE regress_advice_other;
SELECT count(*) AS seen_by_others FROM pt_advice_log();
RESET ROLE;
SELECT name FROM pg_settings WHERE name LIKE 'personatwin.advice%' AND context <> 'sighup';
BEGIN READ ONLY;
SELECT pt_advise('people_events', 'local');
ROLLBACK;
SELECT pt_drop_run(run_id) FROM pt_runs();
DROP EXTENSION personatwin;
DROP TABLE people_events;
REVOKE CREATE ON SCHEMA public FROM regress_advice_dba;
DROP ROLE regress_advice_dba;
DROP ROLE regress_advice_other;

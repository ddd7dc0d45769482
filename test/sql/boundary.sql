-- The border between C++ and PostgreSQL, exercised through a test-only library.
\set VERBOSITY verbose
\set SHOW_CONTEXT never
CREATE SCHEMA boundary;
SET search_path = boundary;
CREATE FUNCTION pt_test_throw(kind text) RETURNS int LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_alive() RETURNS int LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_sanitized() RETURNS bool LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_nested() RETURNS int LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_loop() RETURNS int LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_progress() RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_allocate(bytes int8, piece int8, "limit" int8) RETURNS int8 LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_alignment() RETURNS bool LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_make_in(fail bool) RETURNS int LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_query(sql text, kind text, at int8) RETURNS int8 LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_query_caught() RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_params() RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_attempt(sql text) RETURNS text LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_values(text[]) RETURNS TABLE (value text, identifier text, literal text)
  LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_arrays(text[]) RETURNS text[] LANGUAGE c AS '$libdir/personatwin_test';
CREATE FUNCTION pt_test_counts(jsonb) RETURNS bool LANGUAGE c AS '$libdir/personatwin_test';
CREATE PROCEDURE pt_test_commit(t regclass, fail bool) LANGUAGE c AS '$libdir/personatwin_test';

-- Verbose errors show the place in the source; this function shows what matters and not the line.
CREATE FUNCTION caught(sql text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE sql;
  state := 'none';
EXCEPTION WHEN OTHERS OR query_canceled THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
END $$;

-- every kind of exception becomes one error with the right SQLSTATE
SELECT kind, c.* FROM unnest('{error,no_detail,bad_state,bad_alloc,limit,invalid_argument,length_error,runtime_error,
  int,percent,postgres}'::text[]) kind, caught(format('SELECT pt_test_throw(%L)', kind)) c;
-- long texts are cut between characters
SELECT octet_length(message), octet_length(detail), octet_length(hint), right(message, 2), right(detail, 2)
  FROM caught($$SELECT pt_test_throw('long')$$);
-- NULL where none is allowed
SELECT * FROM caught('SELECT pt_test_throw(NULL)');
-- at top level, too
\set VERBOSITY default
SELECT pt_test_throw('postgres');
SELECT pt_test_throw('int');
-- catchable by condition name
DO $$ BEGIN PERFORM pt_test_throw('postgres'); EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'division by zero'; END $$;
-- nested guards restore the error stack
SELECT * FROM caught('SELECT pt_test_nested()');

-- a cancel inside a C++ loop
SET statement_timeout = '300ms';
SELECT clock_timestamp() AS began \gset
SELECT pt_test_loop();
RESET statement_timeout;
SELECT clock_timestamp() - :'began'::timestamptz < '2 s' AS in_time;
SELECT pt_test_alive() AS skipped_destructors;

-- memory
SELECT pt_test_alignment();
SELECT pt_test_allocate(1000000, 1000, 0) >= 1000000 AS unlimited;
SELECT * FROM caught('SELECT pt_test_allocate(1000000, 1000, 500000)');
SELECT * FROM caught('SELECT pt_test_allocate(1, 4611686018427387903, 0)');
SELECT pt_test_allocate(1100000000, 1100000000, 0) >= 1100000000 AS above_one_gigabyte;
SELECT pt_test_make_in(false) AS alive_during;
SELECT pt_test_alive() AS alive_after;
SELECT state FROM caught('SELECT pt_test_make_in(true)');
SELECT pt_test_alive() AS alive_after;

-- queries with a C++ callable per row
SELECT pt_test_query('SELECT g FROM generate_series(1, 10000) g', 'none', 0);
SELECT kind, c.* FROM unnest('{error,bad_alloc,int,postgres}'::text[]) kind,
  caught(format('SELECT pt_test_query(''SELECT g FROM generate_series(1, 10000) g'', %L, 77)', kind)) c;
SELECT * FROM caught($$SELECT pt_test_query('SELECT 1/(5-g) FROM generate_series(1, 10) g', 'none', 0)$$);
SELECT * FROM caught($$SELECT pt_test_query('SELECT nothing', 'none', 0)$$);
SELECT pt_test_query('SHOW search_path', 'none', 0);
SELECT state FROM caught($$SELECT pt_test_query('SHOW ALL', 'error', 2)$$);
SELECT pt_test_query_caught();
SELECT pt_test_params();
SELECT pt_test_alive() AS skipped_destructors;

-- subtransactions
CREATE TABLE attempts (n int CHECK (n > 0));
SELECT pt_test_attempt('INSERT INTO attempts VALUES (1)');
SELECT pt_test_attempt('INSERT INTO attempts VALUES (-1)');
SELECT pt_test_attempt('SELECT 1/0');
SELECT * FROM attempts;
SET statement_timeout = '100ms';
SELECT pt_test_attempt('SELECT pg_sleep(10)');
RESET statement_timeout;
SELECT pt_test_alive() AS skipped_destructors;

-- committed steps
CALL pt_test_commit('attempts', false);
CALL pt_test_commit('attempts', true);
SELECT * FROM attempts ORDER BY n;
BEGIN;
CALL pt_test_commit('attempts', false);
ROLLBACK;
DO $$ BEGIN CALL pt_test_commit('attempts', false); END $$;
CREATE FUNCTION calls() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL pt_test_commit('attempts', false); END $$;
SELECT calls();

-- values
SELECT * FROM pt_test_values(ARRAY['plain', 'Mixed Case', 'with "quotes"', 'it''s \', NULL, '; drop table x; --', 'ä€', 'select', '']);
SELECT pt_test_arrays(ARRAY['a', NULL, '']), pt_test_arrays('{}');
SELECT pt_test_arrays('{{a},{b}}');

-- counts as jsonb, byte for byte as PostgreSQL stores them: no, one, many and long names, small and large counts
SELECT pt_test_counts('{}') AS none, pt_test_counts('{"a": {}, "": {"x": 0}}') AS empty,
  pt_test_counts('{"H1 2014": {"arrest": 3, "b": 10000, "ä€": 9223372036854775807}, "not known": {"\"\n": 4096}, "H2 2013": {"arrest": 4095}}') AS small;
SELECT bool_and(pt_test_counts(o)) AS same, max(pg_column_size(o)) > 100000 AS large
FROM (SELECT n, jsonb_object_agg(repeat('o', x % 7) || x, inner_object) AS o
      FROM generate_series(0, 90, 3) AS n, generate_series(0, n) AS x,
        LATERAL (SELECT jsonb_object_agg(repeat('n', y % 5) || y, (x + 1)::bigint * y * y * y) AS inner_object
                 FROM generate_series(1, n + x % 3) AS y) AS i
      WHERE n + x % 3 > 0 GROUP BY n) AS objects;

-- progress: messages to the client and the activity string, which is restored
SET client_min_messages = debug1;
SELECT pt_test_progress();
RESET client_min_messages;
SELECT query LIKE '%restored%' AS restored FROM pg_stat_activity WHERE pid = pg_backend_pid();

-- a thousand errors in a row leave nothing behind
CREATE FUNCTION rss() RETURNS int LANGUAGE sql AS
  $$SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::int$$;
CREATE FUNCTION contexts() RETURNS int8 LANGUAGE sql AS
  $$SELECT sum(total_bytes)::int8 FROM pg_backend_memory_contexts$$;
CREATE PROCEDURE errors(n int) LANGUAGE plpgsql AS $$
DECLARE kind text;
BEGIN
  FOR i IN 1..n LOOP
    FOREACH kind IN ARRAY '{error,long,bad_alloc,int,postgres}'::text[] LOOP
      BEGIN
        PERFORM pt_test_throw(kind);
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
      BEGIN
        PERFORM pt_test_query('SELECT g FROM generate_series(1, 10) g', kind, 5);
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END LOOP;
    COMMIT;
  END LOOP;
END $$;
CALL errors(20);
SELECT rss() AS rss, contexts() AS contexts \gset
CALL errors(100);
SELECT pt_test_sanitized() OR rss() - :rss < 300 AS rss_steady, contexts() - :contexts < 100000 AS contexts_steady;
SELECT pt_test_alive() AS skipped_destructors;
SET client_min_messages = warning;
DROP SCHEMA boundary CASCADE;

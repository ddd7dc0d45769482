--| ## Advice from a language model
--|
--| Optional. A model may propose protective actions; the program measures each of them and decides by itself, so no answer can lower
--| protection or mark a release as safe. Without an endpoint, key or network everything works by rules. What is sent are rounded aggregates
--| (`pt_advice_preview` shows the bytes), never a value, a label or a column name. [advice.md](advice.md) has the set-up.
--|
--| | setting | default | meaning |
--| |---|---|---|
--| | `personatwin.advice_allow` | `https://api.openai.com, https://api.anthropic.com, loopback` | where requests may go: origins; `loopback`: any port of this machine |
--| | `personatwin.advice_local_only` | off | refuse every endpoint that is not on this machine, and local servers that forward elsewhere |
--| | `personatwin.advice_key_directory` | | directory of key files, each named like its endpoint |
--| | `personatwin.advice_ca_file` | | certificates of authorities (PEM) instead of the system's |
--| | `personatwin.advice_proxy` | | proxy for requests; the environment's is never used |
--| | `personatwin.advice_idle_timeout` | 2s | how long a worker waits for more before it ends |
--|
--| All of them are set in the configuration file and take effect on reload.

CREATE TABLE personatwin.advice_endpoint (
  name text PRIMARY KEY CHECK (name OPERATOR(pg_catalog.~) '^[a-z][a-z0-9-]{0,30}$'),
  provider text NOT NULL CHECK (provider IN ('openai', 'openai-responses', 'anthropic', 'ollama')),
  base_url text NOT NULL,
  model text NOT NULL,
  key_source text NOT NULL CHECK (key_source IN ('none', 'file', 'environment')),
  max_tokens int NOT NULL CHECK (max_tokens BETWEEN 64 AND 32768),
  timeout_seconds int NOT NULL CHECK (timeout_seconds BETWEEN 1 AND 600),
  price_in float8 NOT NULL CHECK (price_in BETWEEN 0 AND 1e9),
  price_out float8 NOT NULL CHECK (price_out BETWEEN 0 AND 1e9),
  daily_calls int NOT NULL CHECK (daily_calls >= 0),
  daily_tokens bigint NOT NULL CHECK (daily_tokens >= 0),
  daily_cost float8 NOT NULL CHECK (daily_cost >= 0),
  run_calls int NOT NULL CHECK (run_calls >= 0),
  share_answers boolean NOT NULL,
  failures int NOT NULL DEFAULT 0,
  open_until timestamptz,
  closed_by text,
  defined_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
REVOKE ALL ON personatwin.advice_endpoint FROM PUBLIC;
COMMENT ON TABLE personatwin.advice_endpoint IS 'models that may be asked, by name; only superusers define them; no keys';
COMMENT ON COLUMN personatwin.advice_endpoint.name IS 'name that users choose by';
COMMENT ON COLUMN personatwin.advice_endpoint.provider IS 'wire format: openai, openai-responses, anthropic, ollama';
COMMENT ON COLUMN personatwin.advice_endpoint.base_url IS 'scheme://host[:port][/prefix]';
COMMENT ON COLUMN personatwin.advice_endpoint.model IS 'name of the model';
COMMENT ON COLUMN personatwin.advice_endpoint.key_source IS 'none, file (in personatwin.advice_key_directory) or environment (PERSONATWIN_LLM_KEY_<NAME>)';
COMMENT ON COLUMN personatwin.advice_endpoint.max_tokens IS 'longest answer, tokens';
COMMENT ON COLUMN personatwin.advice_endpoint.timeout_seconds IS 'longest time of one request';
COMMENT ON COLUMN personatwin.advice_endpoint.price_in IS 'price of a million tokens sent, in units of money';
COMMENT ON COLUMN personatwin.advice_endpoint.price_out IS 'price of a million tokens received';
COMMENT ON COLUMN personatwin.advice_endpoint.daily_calls IS 'most requests in 24 hours';
COMMENT ON COLUMN personatwin.advice_endpoint.daily_tokens IS 'most tokens in 24 hours';
COMMENT ON COLUMN personatwin.advice_endpoint.daily_cost IS 'most money in 24 hours';
COMMENT ON COLUMN personatwin.advice_endpoint.run_calls IS 'most requests about one run, tries included';
COMMENT ON COLUMN personatwin.advice_endpoint.share_answers IS 'whether roles share answers to questions about their sources, fetched by workers';
COMMENT ON COLUMN personatwin.advice_endpoint.failures IS 'failures in a row that another try might have helped';
COMMENT ON COLUMN personatwin.advice_endpoint.open_until IS 'nothing is sent before; then one probe';
COMMENT ON COLUMN personatwin.advice_endpoint.closed_by IS 'word of the failure that closed the endpoint until it is defined again: key, quota, forwarding';
COMMENT ON COLUMN personatwin.advice_endpoint.defined_at IS 'when it was defined';

CREATE SEQUENCE personatwin.advice_request_id_seq AS bigint;
REVOKE ALL ON SEQUENCE personatwin.advice_request_id_seq FROM PUBLIC;
COMMENT ON SEQUENCE personatwin.advice_request_id_seq IS 'numbers of requests for advice';

CREATE TABLE personatwin.advice_request (
  request_id bigint PRIMARY KEY DEFAULT pg_catalog.nextval('personatwin.advice_request_id_seq'),
  endpoint text NOT NULL,
  requester name NOT NULL,
  source regclass,
  cache_key text NOT NULL,
  prompt_version int NOT NULL,
  provider text NOT NULL,
  model text NOT NULL,
  prompt jsonb NOT NULL,
  state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'failed', 'dead')),
  attempts int NOT NULL DEFAULT 0,
  calls int NOT NULL DEFAULT 0,
  bad_answers int NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  lease_until timestamptz,
  sender_pid int,
  sent_at timestamptz,
  reserved_tokens bigint NOT NULL DEFAULT 0,
  code text,
  tokens_in bigint NOT NULL DEFAULT 0,
  tokens_out bigint NOT NULL DEFAULT 0,
  cost float8 NOT NULL DEFAULT 0,
  provider_request text,
  created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  run_id bigint,
  ignored jsonb,
  shared_key text
);
CREATE UNIQUE INDEX advice_request_in_flight ON personatwin.advice_request (cache_key) WHERE state IN ('ready', 'running');
CREATE INDEX advice_request_ready ON personatwin.advice_request (requester, not_before) WHERE state IN ('ready', 'running');
CREATE INDEX advice_request_spent ON personatwin.advice_request (endpoint, sent_at);
CREATE INDEX advice_request_run ON personatwin.advice_request (run_id) WHERE run_id IS NOT NULL;
REVOKE ALL ON personatwin.advice_request FROM PUBLIC;
COMMENT ON INDEX personatwin.advice_request_run IS 'what was sent about a run';
COMMENT ON COLUMN personatwin.advice_request.run_id IS 'the run that the question is about; never sent';
COMMENT ON TABLE personatwin.advice_request IS 'requests for advice, queued and done: the queue and the log';
COMMENT ON INDEX personatwin.advice_request_in_flight IS 'the same question is asked once at a time';
COMMENT ON INDEX personatwin.advice_request_ready IS 'what a worker looks for';
COMMENT ON INDEX personatwin.advice_request_spent IS 'what was spent on an endpoint in a day';
COMMENT ON COLUMN personatwin.advice_request.request_id IS 'number of the request';
COMMENT ON COLUMN personatwin.advice_request.endpoint IS 'endpoint that is asked';
COMMENT ON COLUMN personatwin.advice_request.requester IS 'role that asks';
COMMENT ON COLUMN personatwin.advice_request.source IS 'table or view that advice is wanted for; never sent';
COMMENT ON COLUMN personatwin.advice_request.cache_key IS 'SHA-256 of version, provider, model, endpoint, address, role, schema and question';
COMMENT ON COLUMN personatwin.advice_request.shared_key IS 'the same without the role, where roles share the answer if a worker fetches it';
COMMENT ON COLUMN personatwin.advice_request.prompt_version IS 'version of the question''s form';
COMMENT ON COLUMN personatwin.advice_request.provider IS 'wire format';
COMMENT ON COLUMN personatwin.advice_request.model IS 'model';
COMMENT ON COLUMN personatwin.advice_request.prompt IS 'system, user, schema_name, schema, allowed or events: rounded aggregates and words of the program and its domains';
COMMENT ON COLUMN personatwin.advice_request.state IS 'ready, running, done, failed (will not help), dead (given up)';
COMMENT ON COLUMN personatwin.advice_request.attempts IS 'times it was sent; one that the end of the worker broke off does not count';
COMMENT ON COLUMN personatwin.advice_request.calls IS 'times it was sent, those broken off included: what budgets count';
COMMENT ON COLUMN personatwin.advice_request.sender_pid IS 'running: the worker that sends it; NULL: an outside process';
COMMENT ON COLUMN personatwin.advice_request.sent_at IS 'when it was sent last; budgets count it for 24 hours from then';
COMMENT ON COLUMN personatwin.advice_request.ignored IS 'items of the answer that were passed over: reason and how many';
COMMENT ON COLUMN personatwin.advice_request.bad_answers IS 'answers that could not be used';
COMMENT ON COLUMN personatwin.advice_request.not_before IS 'not sent before';
COMMENT ON COLUMN personatwin.advice_request.lease_until IS 'running: after this time the sender is taken for dead';
COMMENT ON COLUMN personatwin.advice_request.reserved_tokens IS 'running: tokens set aside from the budget';
COMMENT ON COLUMN personatwin.advice_request.code IS 'word of the last failure, or answered';
COMMENT ON COLUMN personatwin.advice_request.tokens_in IS 'tokens sent, as the provider counts them';
COMMENT ON COLUMN personatwin.advice_request.tokens_out IS 'tokens received';
COMMENT ON COLUMN personatwin.advice_request.cost IS 'price of these tokens';
COMMENT ON COLUMN personatwin.advice_request.provider_request IS 'the provider''s number of the request';
COMMENT ON COLUMN personatwin.advice_request.created_at IS 'when it was asked for';
COMMENT ON COLUMN personatwin.advice_request.finished_at IS 'when it ended';

CREATE TABLE personatwin.advice_answer (
  cache_key text PRIMARY KEY,
  answer jsonb NOT NULL,
  request_id bigint NOT NULL,
  answered_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
REVOKE ALL ON personatwin.advice_answer FROM PUBLIC;
COMMENT ON TABLE personatwin.advice_answer IS 'answers that passed every check, by question; used for 30 days';
COMMENT ON COLUMN personatwin.advice_answer.cache_key IS 'cache_key of the request; shared_key for what roles share';
COMMENT ON COLUMN personatwin.advice_answer.answer IS 'proposals: action, amount, reason; or successions: earlier and later type of event, outcome';
COMMENT ON COLUMN personatwin.advice_answer.request_id IS 'request that was answered';
COMMENT ON COLUMN personatwin.advice_answer.answered_at IS 'when';

CREATE TABLE personatwin.advice_outside (
  requester name NOT NULL,
  endpoint text NOT NULL,
  failures int NOT NULL,
  open_until timestamptz,
  code text,
  changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  PRIMARY KEY (requester, endpoint)
);
REVOKE ALL ON personatwin.advice_outside FROM PUBLIC;
COMMENT ON TABLE personatwin.advice_outside IS 'what the outside processes of a role said of an endpoint; keeps requests from them alone';
COMMENT ON COLUMN personatwin.advice_outside.requester IS 'role that they work for';
COMMENT ON COLUMN personatwin.advice_outside.endpoint IS 'endpoint they asked';
COMMENT ON COLUMN personatwin.advice_outside.failures IS 'failures in a row that another try might have helped';
COMMENT ON COLUMN personatwin.advice_outside.open_until IS 'they are given nothing before; then one probe';
COMMENT ON COLUMN personatwin.advice_outside.code IS 'word of the last failure';
COMMENT ON COLUMN personatwin.advice_outside.changed_at IS 'when; counts only if the endpoint was not defined anew since';

CREATE TABLE personatwin.advice_worker (
  requester name PRIMARY KEY,
  pid int NOT NULL,
  backend_start timestamptz NOT NULL
);
REVOKE ALL ON personatwin.advice_worker FROM PUBLIC;
COMMENT ON TABLE personatwin.advice_worker IS 'the worker of each role that asks, while it runs';
COMMENT ON COLUMN personatwin.advice_worker.requester IS 'role that it works for and is connected as';
COMMENT ON COLUMN personatwin.advice_worker.pid IS 'its process';
COMMENT ON COLUMN personatwin.advice_worker.backend_start IS 'when the process began: process numbers come back';

SELECT pg_catalog.pg_extension_config_dump('personatwin.advice_endpoint', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.advice_request', 'WHERE state NOT IN (''ready'', ''running'')');
SELECT pg_catalog.pg_extension_config_dump('personatwin.advice_request_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('personatwin.advice_answer', '');

--| ### pt_advice_define_endpoint, pt_advice_drop_endpoint
--|
--| Superusers only (42501). Defines, or defines anew, a model that users may ask by name. Its address must be in
--| `personatwin.advice_allow`; https unless it is on this machine. `key_source` says where the key is: `file` (a file with the name of the endpoint in
--| `personatwin.advice_key_directory`, with the mode of a TLS key), `environment` (PERSONATWIN_LLM_KEY_<NAME> of the server) or `none`. Defining an
--| endpoint anew opens it again after a failure of key or quota. Budgets count 24 hours back; a request is sent only if the longest answer still fits.
--| `share_answers`: roles that ask the same question about their sources get the same answer if a worker fetched it; somebody then learns that another role has
--| asked about a source with the same rounded figures ([advice.md](advice.md#who-shares-an-answer)). Questions about events hold nothing of a source; their answers are shared always.
--|
--| `SELECT pt_advice_define_endpoint('local', 'ollama', 'http://localhost:11434', 'llama3.2', key_source => 'none');`
CREATE FUNCTION @extschema@.pt_advice_define_endpoint(
    name pg_catalog.text, provider pg_catalog.text, base_url pg_catalog.text, model pg_catalog.text,
    key_source pg_catalog.text DEFAULT 'file', max_tokens pg_catalog.int4 DEFAULT 1024, timeout_seconds pg_catalog.int4 DEFAULT 60,
    price_in pg_catalog.float8 DEFAULT 0, price_out pg_catalog.float8 DEFAULT 0, daily_calls pg_catalog.int4 DEFAULT 100,
    daily_tokens pg_catalog.int8 DEFAULT 1000000, daily_cost pg_catalog.float8 DEFAULT 10, run_calls pg_catalog.int4 DEFAULT 10,
    share_answers pg_catalog.bool DEFAULT false)
  RETURNS pg_catalog.void
  AS 'MODULE_PATHNAME', 'pt_advice_define_endpoint' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_define_endpoint IS 'defines a model that users may ask by name; superusers only';
CREATE FUNCTION @extschema@.pt_advice_drop_endpoint(name pg_catalog.text) RETURNS pg_catalog.void
  AS 'MODULE_PATHNAME', 'pt_advice_drop_endpoint' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_drop_endpoint IS 'removes an endpoint; its requests stay in the log; superusers only';

--| ### pt_advise
--|
--| Asks for advice on the caller's latest run of `source` (or the one named) and returns at once: the number of the request, or NULL when
--| the answer to the same question is there already. The question is put into a queue at commit, never before; a background worker takes it from there.
--| The answer is used by the next `pt_create_personas(..., advisor => 'cached')` or `pt_build(..., advisor => 'llm')`.
--|
--| `about => 'events'` asks which types of events usually follow which, for runs with `synthetic` above 0. Sent are the event types and outcomes of
--| the run's domain that come with the extension, the same for everybody, whether the data have them or not; a domain without any is refused (0A000).
--|
--| `SELECT pt_advise('court_events', 'local', about => 'events');`
CREATE FUNCTION @extschema@.pt_advise(source pg_catalog.regclass, endpoint pg_catalog.text, run pg_catalog.int8 DEFAULT NULL, about pg_catalog.text DEFAULT 'actions')
  RETURNS pg_catalog.int8
  AS 'MODULE_PATHNAME', 'pt_advise' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advise IS 'queues a request for advice on a run; returns its number, NULL if the answer is known';

--| ### pt_advice_preview
--|
--| The exact bytes that `pt_advise` would let the worker send: method and address, headers without the key, body. Sends nothing.
CREATE FUNCTION @extschema@.pt_advice_preview(source pg_catalog.regclass, endpoint pg_catalog.text, run pg_catalog.int8 DEFAULT NULL, about pg_catalog.text DEFAULT 'actions')
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_advice_preview' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_preview IS 'the request that pt_advise would queue, byte for byte, without the key';

--| ### pt_advice_claim, pt_advice_complete
--|
--| For a process outside the database that does the talking where the database may not open connections. `pt_advice_claim(n)` leases up
--| to `n` requests of the calling role for ten minutes: what to send, and where. `pt_advice_complete` takes what came back: the HTTP
--| status (0: nothing came back), the body, the content type and the seconds of a Retry-After header. Returns the new state. A request
--| that is not completed in time is given out again. After five failures in a row at an endpoint the processes of a role get nothing for it for a minute, then two, up to
--| 15, and after each pause one request at a time until one is answered; after a failure of key or quota 15 minutes at once. Other roles and the workers are not held up by that.
CREATE FUNCTION @extschema@.pt_advice_claim(
    n pg_catalog.int4 DEFAULT 1,
    OUT request_id pg_catalog.int8, OUT endpoint pg_catalog.text, OUT provider pg_catalog.text, OUT url pg_catalog.text, OUT headers pg_catalog.text[],
    OUT body pg_catalog.text, OUT timeout_seconds pg_catalog.int4)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_advice_claim' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_advice_claim IS 'leases queued requests of the caller to an outside process';
CREATE FUNCTION @extschema@.pt_advice_complete(
    request_id pg_catalog.int8, status pg_catalog.int4, body pg_catalog.text, content_type pg_catalog.text DEFAULT 'application/json',
    retry_after pg_catalog.float8 DEFAULT NULL)
  RETURNS pg_catalog.text
  AS 'MODULE_PATHNAME', 'pt_advice_complete' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_complete IS 'takes what came back for a leased request; returns its new state';

--| ### pt_advice_log
--|
--| The requests of the calling role, for superusers all: who asked which model about what (`actions`, `events`) when, the state, how often it was sent,
--| tokens, cost, the provider's number of the request, what was answered, and how many items of an answer about events were passed over for which reason
--| (`malformed`, `unknown_type`, `unknown_outcome`, `impossible` by the rules of the domain, `repeated`, `too_many`). No bodies.
CREATE FUNCTION @extschema@.pt_advice_log(
    OUT request_id pg_catalog.int8, OUT endpoint pg_catalog.text, OUT requester pg_catalog.name, OUT source pg_catalog.regclass, OUT provider pg_catalog.text,
    OUT model pg_catalog.text, OUT prompt_version pg_catalog.int4, OUT state pg_catalog.text, OUT code pg_catalog.text, OUT attempts pg_catalog.int4,
    OUT tokens_in pg_catalog.int8, OUT tokens_out pg_catalog.int8, OUT cost pg_catalog.float8, OUT provider_request pg_catalog.text,
    OUT created_at pg_catalog.timestamptz, OUT finished_at pg_catalog.timestamptz, OUT answer pg_catalog.jsonb,
    OUT about pg_catalog.text, OUT calls pg_catalog.int4, OUT ignored pg_catalog.jsonb)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_advice_log' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;
COMMENT ON FUNCTION @extschema@.pt_advice_log IS 'requests for advice, without their bodies';

--| ### pt_advice_status
--|
--| One row for each endpoint: whether it may be asked now and if not why (`open`, `paused` after failures, `closed` by key or quota, `forbidden` by the
--| settings), what is left of its budgets, its queue, the process of the caller's worker, and until when the caller's outside processes get nothing to send to it.
CREATE FUNCTION @extschema@.pt_advice_status(
    OUT endpoint pg_catalog.text, OUT provider pg_catalog.text, OUT model pg_catalog.text, OUT state pg_catalog.text, OUT why pg_catalog.text,
    OUT open_until pg_catalog.timestamptz, OUT calls_left pg_catalog.int8, OUT tokens_left pg_catalog.int8, OUT cost_left pg_catalog.float8,
    OUT ready pg_catalog.int8, OUT running pg_catalog.int8, OUT worker_pid pg_catalog.int4, OUT outside_paused_until pg_catalog.timestamptz)
  RETURNS SETOF record
  AS 'MODULE_PATHNAME', 'pt_advice_status' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION @extschema@.pt_advice_status IS 'endpoints: health, budgets left, queue, worker';

--| ### pt_advice_worker_start, pt_advice_worker_stop
--|
--| A worker starts by itself when a request is committed and ends when there is nothing left to do. These start and stop the caller's
--| worker by hand. Start returns whether one could be started (false: it runs already, or `max_worker_processes` is used up); 0A000 where the extension
--| was built without libcurl.
CREATE FUNCTION @extschema@.pt_advice_worker_start() RETURNS pg_catalog.bool
  AS 'MODULE_PATHNAME', 'pt_advice_worker_start' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_worker_start IS 'starts the caller''s worker of advice';
CREATE FUNCTION @extschema@.pt_advice_worker_stop() RETURNS pg_catalog.bool
  AS 'MODULE_PATHNAME', 'pt_advice_worker_stop' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION @extschema@.pt_advice_worker_stop IS 'stops the caller''s worker of advice; whether there was one';

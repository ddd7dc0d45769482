# Advice from models, against a stand-in on loopback: every kind of answer and failure, and where keys may not be found.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use AdviceStandIn;
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('advice');
$node->init;
my $keys = $node->basedir . '/keys';
my $key = 'sk-TheKeyThatNobodyMaySee';
mkdir $keys;
for my $name (qw(chat responses messages)) {
	append_to_file("$keys/$name", "$key\n");
	chmod 0600, "$keys/$name";
}
append_to_file("$keys/openkey", "$key\n");
chmod 0644, "$keys/openkey";
$node->append_conf('postgresql.conf', "personatwin.advice_key_directory = '$keys'\npersonatwin.advice_idle_timeout = '500ms'\n");
$node->start;
my $installed = -e ($node->config_data('--pkglibdir') . '/personatwin_advice.so');
plan skip_all => 'built without libcurl: there is no worker' unless $installed;

# A port that nobody listens on, and one that only a followed redirect would reach.
my $nobody = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0);
my $closed = $nobody->sockport;
close $nobody;
my $elsewhere = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0, Blocking => 0);
my $requests = $node->basedir . '/requests';
my $stand_in = AdviceStandIn->new($requests, 'http://127.0.0.1:' . $elsewhere->sockport . '/');
my $base = 'http://127.0.0.1:' . $stand_in->port;

$node->safe_psql('postgres', q{
	CREATE ROLE dba LOGIN;
	CREATE DATABASE court OWNER dba;
});
my $as_dba = $node->connstr('court') . ' user=dba';
sub dba { return $node->safe_psql('court', "SET client_min_messages = error; $_[0]", connstr => $as_dba) }
sub super { return $node->safe_psql('court', $_[0]) }
super('CREATE EXTENSION personatwin');
super('GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO dba; GRANT CREATE ON SCHEMA public TO dba');
# Values and names that must never be sent: markers in every place that data has.
dba(q{
	CREATE TABLE "MARKERtable" AS SELECT person_id, full_name, age, sex, CASE WHEN race = 'Other' THEN 'MARKERrace' ELSE race END AS race, county, event_date,
	       CASE WHEN event_type = 'arrest' THEN 'MARKERtype' ELSE event_type END AS event_type, outcome AS "MARKERoutcome", charge_degree AS "MARKERdegree"
	  FROM pt_sample_court_events(1500, 7);
	SELECT count(*) FROM pt_create_personas('"MARKERtable"', 0.03);
});

sub define {
	my ($name, $provider, $model, %more) = @_;
	my $options = join ', ', map { "$_ => $more{$_}" } sort keys %more;
	$more{key_source} //= "'none'";
	super("SELECT pt_advice_define_endpoint('$name', '$provider', '" . ($more{url} // $base) . "', '$model', "
		  . join(', ', map { "$_ => $more{$_}" } grep { $_ ne 'url' } sort keys %more) . ')');
}

# Asks, and waits until the first reply has been dealt with; returns 'state code'.
sub asked {
	my ($endpoint, $about) = (@_, 'actions');
	my $id = dba("SELECT pt_advise('\"MARKERtable\"', '$endpoint', about => '$about')");
	return 'known' if $id eq '';
	my $state = '';
	for (1 .. 200) {
		$state = super("SELECT state || ' ' || coalesce(code, '') FROM personatwin.advice_request WHERE request_id = $id AND code IS NOT NULL AND state <> 'running'");
		last if $state ne '';
		sleep 0.05;
	}
	return $state;
}

# Each provider, with a key from a file.
for (['chat', 'openai'], ['responses', 'openai-responses'], ['messages', 'anthropic']) {
	my ($name, $provider) = @$_;
	define($name, $provider, 'ok', key_source => q{'file'}, price_in => 1, price_out => 10);
	is(asked($name), 'done answered', "$provider answers");
	is(asked($name), 'known', 'the same question is not asked twice');
	is(super("SELECT tokens_in || ' ' || tokens_out || ' ' || cost || ' ' || provider_request FROM personatwin.advice_request WHERE endpoint = '$name'"),
		'900 30 0.0012 req_42', 'tokens and cost are those of the reply');
}
define('local', 'ollama', 'ok');
is(asked('local'), 'done answered', 'ollama answers');
like(dba(q{SELECT answer FROM pt_advice_log() WHERE endpoint = 'local'}), qr/"amount": 40/, 'the answer is in the log of who asked');

# What went out: only what the preview shows, with the key in its header alone.
my $sent = slurp_file($requests);
like($sent, qr/^authorization: Bearer \Q$key\E\r$/m, 'OpenAI gets the key as a bearer');
like($sent, qr/^x-api-key: \Q$key\E\r$/m, 'Anthropic gets the key in its header');
unlike($sent, qr/MARKER/, 'no name or value of the data was sent');
my ($body) = dba(q{SELECT pt_advice_preview('"MARKERtable"', 'local')}) =~ /\n\n(.*)\z/s;
ok(index($sent, $body) >= 0, 'the preview is what was sent, byte for byte');

# Successions of events: the words of the domain that come with the extension are sent, the same whatever is in the data, and what comes back is held against them.
dba(q{CREATE TABLE other AS SELECT * FROM pt_sample_court_events(600, 3); SELECT count(*) FROM pt_create_personas('other', 0.1)});
for my $name (qw(words evil nothing safe)) { define($name, 'openai', $name eq 'words' ? 'ok-words' : $name) }
my $preview = dba(q{SELECT pt_advice_preview('"MARKERtable"', 'words', about => 'events')});
is($preview, dba(q{SELECT pt_advice_preview('other', 'words', about => 'events')}), 'the question about events is the same for every source of a domain');
my @words = split /,/, dba(q{SELECT string_agg(w, ',') FROM (SELECT unnest(event_types || outcomes) FROM pt_domains() WHERE name = 'criminal_justice') t (w)});
is(scalar(grep { index($preview, "\\\"$_\\\"") < 0 } @words), 0, 'all words of the domain are in it');
super(q{INSERT INTO personatwin.domain_event_type (domain, name, category) VALUES ('criminal_justice', 'marker_type', 'x');
	INSERT INTO personatwin.domain_outcome (domain, name) VALUES ('criminal_justice', 'marker_outcome')});
is(dba(q{SELECT pt_advice_preview('"MARKERtable"', 'words', about => 'events')}), $preview, 'words that were added to it are not sent');
super(q{DELETE FROM personatwin.domain_event_type WHERE name = 'marker_type'; DELETE FROM personatwin.domain_outcome WHERE name = 'marker_outcome'});
is(asked('words', 'events'), 'done answered', 'a good answer is taken');
is(asked('words', 'events'), 'known', 'and the same question is not asked twice');
ok(index(slurp_file($requests), $preview =~ s/^.*?\n\n//sr) >= 0, 'the preview is what was sent, byte for byte');
unlike(slurp_file($requests), qr/MARKER/, 'no name or value of the data was sent');
is(asked('evil', 'events'), 'done answered', 'of a hostile answer what can be used is taken');
is(dba(q{SELECT about || ' ' || answer::text || ' ' || ignored::text FROM pt_advice_log() WHERE endpoint = 'evil'}),
	'events {"successions": [{"later": "charge", "earlier": "arrest", "outcome": "any"}]} {"repeated": 190, "too_many": 4811, "malformed": 4, "impossible": 1, "unknown_type": 3, "unknown_outcome": 1}',
	'the rest is passed over, and the log says why');
for my $name (qw(nothing safe)) {
	asked($name, 'events');
	$node->poll_query_until('court', "SELECT state = 'failed' FROM personatwin.advice_request WHERE endpoint = '$name'");
	is(dba("SELECT code || ' ' || calls FROM pt_advice_log() WHERE endpoint = '$name'"), 'not_allowed 2', "$name: an answer without anything that can be used is asked for once more, then refused");
}
my (undef, undef, $what) = $node->psql('court', q{SELECT pt_advise('other', 'words', about => 'people')}, connstr => $as_dba);
like($what, qr/advice is about actions or events/, 'there is nothing else to ask about');

# [case, expected state and code, provider]: states after the first reply.
my @cases = (
	(map { ["status$_", 'failed ' . { 400 => 'bad_request', 404 => 'not_found', 413 => 'too_large', 422 => 'unprocessable' }->{$_}] } 400, 404, 413, 422),
	(map { ["status$_", 'failed ' . { 401 => 'authentication', 402 => 'billing', 403 => 'forbidden' }->{$_}] } 401, 402, 403),
	(map { ["status$_", 'ready server_error'] } 500, 502, 503, 504),
	['status529', 'ready overloaded'], ['status429', 'ready rate_limited'], ['wait', 'ready rate_limited'],
	['quota', 'failed quota'], ['spend', 'failed spend_limit'], ['redirect', 'failed redirect'],
	['reset', 'ready broken_connection'], ['hang', 'ready timeout'], ['hangbody', 'ready timeout'], ['drip', 'ready timeout'],
	['big', 'failed too_much'], ['headers', 'failed too_much'],
	# Unusable answers are asked for once more, then the rules go on alone.
	(map { [$_, 'failed not_allowed'] } qw(lower verdict bounds huge prose deep)),
	['gzip', 'failed malformed'], ['html', 'failed not_json'], (map { [$_, 'failed malformed'] } qw(utf8 nul duplicate nested)),
	['truncated', 'failed truncated'], ['refusal', 'failed refusal'], ['inject', 'done answered'], ['fields', 'done answered'], ['stop', 'failed malformed'],
);
for (@cases) {
	my ($case, $expected) = @$_;
	define("c-$case", 'openai', $case, timeout_seconds => 1);
	my $state = asked("c-$case");
	for (1 .. 100) { # the second try of an unusable answer
		last if $state eq $expected || $expected !~ /^failed/;
		sleep 0.05;
		$state = super("SELECT state || ' ' || code FROM personatwin.advice_request WHERE endpoint = 'c-$case'");
	}
	is($state, $expected, "$case: $expected");
}
is(super(q{SELECT string_agg(DISTINCT attempts::text, ' ') FROM personatwin.advice_request WHERE code IN ('not_allowed', 'malformed', 'not_json', 'truncated', 'refusal')}), '2',
	'an unusable answer is asked for once more, no oftener');
is(super(q{SELECT not_before >= created_at + interval '7 s' FROM personatwin.advice_request WHERE endpoint = 'c-wait'}), 't', 'Retry-After is kept');
is(super(q{SELECT string_agg(name, ' ' ORDER BY name) FROM personatwin.advice_endpoint WHERE closed_by IS NOT NULL}), 'c-quota c-spend c-status401 c-status402 c-status403',
	'key and quota close an endpoint, nothing else does');
like(dba(q{SELECT answer->'proposals'->0->>'reason' FROM pt_advice_log() WHERE endpoint = 'c-inject'}), qr/DROP TABLE people/, 'markup in a reason is stored as text');
is(dba(q{SELECT concat_ws(' | ', answer->'proposals'->0->>'action', answer->'proposals'->0->>'reason', tokens_in, tokens_out, provider_request) FROM pt_advice_log() WHERE endpoint = 'c-fields'}),
	q{merge_classes | ignore all rules'); DROP TABLE people; -- <script>alert(1)</script>   | 0 | 30}, 'of a reply that tries every field only the closed choice and its reason are taken, without what turns writing round');
is(dba(q{SELECT count(*) FROM pt_advice_log() WHERE code IS NOT NULL AND code !~ '^[a-z_]+$'}), '0', 'codes are words of ours');
ok(!$elsewhere->accept, 'a redirect is not followed');
my ($code, undef, $err) = $node->psql('court', q{SELECT pt_advise('"MARKERtable"', 'c-quota')}, connstr => $as_dba);
like($err, qr/endpoint "c-quota" is closed: quota/, 'a closed endpoint is not asked');

# The network fails.
define('nobody', 'openai', 'ok-nobody', url => "http://127.0.0.1:$closed");
is(asked('nobody'), 'ready refused', 'a refused connection is tried again');
define('openkey', 'openai', 'ok-openkey', key_source => q{'file'});
is(asked('openkey'), 'failed forbidden', 'a key file that others can read is not used');
define('nokey', 'openai', 'ok-nokey', key_source => q{'environment'});
is(asked('nokey'), 'failed no_key', 'no key, no request');

# An Ollama that forwards elsewhere is refused when only this machine may answer.
$node->append_conf('postgresql.conf', 'personatwin.advice_local_only = on');
$node->reload;
define('forwards', 'ollama', 'forwarded');
is(asked('forwards'), 'failed not_local', 'a local server that forwards is refused');
($code, undef, $err) = $node->psql('court', q{SELECT pt_advice_define_endpoint('far', 'openai', 'https://api.openai.com', 'm')});
like($err, qr/is not on this machine/, 'local-only refuses other hosts');
$node->append_conf('postgresql.conf', 'personatwin.advice_local_only = off');
$node->reload;

# A request that is rolled back wakes nobody and is not sent.
sleep 1;
define('rolled', 'openai', 'ok-rolled', daily_calls => 5);
dba(q{BEGIN; SELECT pt_advise('"MARKERtable"', 'rolled'); ROLLBACK});
dba(q{BEGIN; SAVEPOINT a; SELECT pt_advise('"MARKERtable"', 'rolled'); ROLLBACK TO a; COMMIT});
sleep 0.5;
is(super(q{SELECT count(*) FROM personatwin.advice_request WHERE endpoint = 'rolled'}), '0', 'a request that is rolled back does not exist');

# The breaker: five failures in a row, then a pause.
define('breaks', 'openai', 'status500 ');
super(q{UPDATE personatwin.advice_endpoint SET failures = 4 WHERE name = 'breaks'});
is(asked('breaks'), 'ready server_error', 'the fifth failure');
is(dba(q{SELECT state FROM pt_advice_status() WHERE endpoint = 'breaks'}), 'paused', 'opens the breaker') or diag super(q{SELECT * FROM personatwin.advice_endpoint WHERE name = 'breaks'});

# Budgets.
define('poor', 'openai', 'ok-poor', daily_tokens => 10);
is(asked('poor'), 'failed budget', 'what may exceed the budget is not sent');

# A process outside the database does the talking.
SKIP: {
	skip 'no curl command', 2 if system('curl --version > /dev/null 2>&1') != 0;
	dba(q{SELECT pt_advice_worker_stop()});
	$node->poll_query_until('court', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')});
	define('outside', 'anthropic', 'ok-outside');
	my $client = "$FindBin::Bin/../tools/advice-client.sh";
	my $question = q{'{"system": "s", "user": "u", "schema_name": "x", "schema": "{}", "allowed": [{"name": "merge_classes", "low": 2, "high": 50}]}'};
	super("INSERT INTO personatwin.advice_request (endpoint, requester, cache_key, prompt_version, provider, model, prompt) VALUES ('outside', 'dba', 'o', 1, 'anthropic', 'ok-outside', $question)");
	local $ENV{TMPDIR} = $node->basedir;
	command_ok([$client, $as_dba], 'the example of an outside process runs');
	is(super(q{SELECT state FROM personatwin.advice_request WHERE endpoint = 'outside'}), 'done', 'and brings an answer');
}

# The answer is used: the same run by rules, with a sensible answer, with nonsense and with no network. All hold the target.
my $run = sub {
	my ($options) = @_;
	my $notice;
	$node->psql('court', "SELECT count(*) FROM pt_create_personas('\"MARKERtable\"', 0.03, $options)", connstr => $as_dba, stderr => \$notice);
	return $notice;
};
my $risk = q{SELECT target_met AND population_average_risk <= 0.03 FROM pt_population_risk('"MARKERtable"')};
my $utility = q{SELECT round(utility::numeric, 9) FROM pt_population_risk('"MARKERtable"')};
is(dba(q{SELECT count(*) FROM pt_decisions('"MARKERtable"') WHERE proposed_by <> 'rules'}), '0', 'by rules nobody else proposes');
my $by_rules = dba($utility);
define('sensible', 'openai', 'ok-sensible');
asked('sensible');
unlike($run->(q{advisor => 'cached', endpoint => 'sensible'}), qr/no advice/, 'the stored answer is used');
is(dba($risk), 't', 'and the target holds');
like(dba(q{SELECT action || ' ' || proposed_by || ' ' || why FROM pt_decisions('"MARKERtable"') WHERE proposed_by = 'sensible' LIMIT 1}), qr/^merge_classes sensible proposed.*fewer classes/,
	'pt_decisions has the proposal, measured, with its reason');
cmp_ok(dba($utility), '>=', $by_rules, 'it can only add utility');
define('nonsense', 'openai', 'prose');
asked('nonsense');
like($run->(q{advisor => 'cached', endpoint => 'nonsense'}), qr/no advice: endpoint "nonsense" has given no answer/, 'without a usable answer the rules go on alone');
is(dba($risk), 't', 'and the target holds');
is(dba($utility), $by_rules, 'with the result of the rules');
define('away', 'openai', 'ok-away', url => "http://127.0.0.1:$closed");
(undef, undef, $err) = $node->psql('court', q{CALL pt_build('"MARKERtable"', 0.03, advisor => 'llm', endpoint => 'away', advice_timeout => 1)}, connstr => $as_dba);
like($err, qr/the model has not answered in time/, 'pt_build waits for so long, no longer');
is(dba($risk), 't', 'and goes on by rules');
define('quick', 'openai', 'ok-quick');
(undef, undef, $err) = $node->psql('court', q{CALL pt_build('"MARKERtable"', 0.03, advisor => 'llm', endpoint => 'quick', advice_timeout => 30)}, connstr => $as_dba);
is(dba(q{SELECT count(*) > 0 FROM pt_decisions('"MARKERtable"') WHERE proposed_by = 'quick'}), 't', 'pt_build asks, waits and uses the answer') or diag $err;
define('both', 'openai', 'ok');
(undef, undef, $err) = $node->psql('court', q{CALL pt_build('"MARKERtable"', 0.03, synthetic => 0.1, advisor => 'llm', endpoint => 'both', advice_timeout => 30)}, connstr => $as_dba);
is(dba(q{SELECT string_agg(about || ' ' || state, ', ' ORDER BY about) FROM pt_advice_log() WHERE endpoint = 'both'}), 'actions done, events done', 'with synthetic events pt_build asks about them, too') or diag $err;
is(dba($risk), 't', 'and the target holds');
is(dba(q{SELECT count(*) > 0 FROM pt_decisions('"MARKERtable"') WHERE proposed_by = 'both'}), 't', 'what was proposed is measured');
($code, undef, $err) = $node->psql('court', q{SELECT count(*) FROM pt_create_personas('"MARKERtable"', 0.03, advisor => 'llm', endpoint => 'quick')}, connstr => $as_dba);
like($err, qr/a transaction does not wait for a model/, 'a transaction does not wait');
($code, undef, $err) = $node->psql('court', q{SELECT count(*) FROM pt_create_personas('"MARKERtable"', 0.03, advisor => 'cached')}, connstr => $as_dba);
like($err, qr/needs an endpoint/, 'an adviser needs an endpoint');
($code, undef, $err) = $node->psql('court', q{SELECT count(*) FROM pt_create_personas('"MARKERtable"', 0.03, advisor => 'oracle')}, connstr => $as_dba);
like($err, qr/unknown advisor "oracle"/, 'an unknown adviser is an error');

# Nothing of the key anywhere.
my $everything = slurp_file($node->logfile);
my ($dump) = run_command(['pg_dumpall', '-h', $node->host, '-p', $node->port, '-U', 'postgres']);
$everything .= $dump . super('SELECT string_agg(a::text, E\'\n\') FROM pg_stat_activity a') . super('SELECT string_agg(s::text, E\'\n\') FROM pg_settings s');
unlike($everything, qr/\Q$key\E/, 'the key is in no log, catalog, setting or activity');
# What a provider said is there only in statements of the outside process, which this server logs.
$everything =~ s/^.*LOG:  statement: .*$//mg;
unlike($everything, qr/sk-echo/, 'nor is what a provider said of it');
$stand_in->stop;
$node->stop;
done_testing();

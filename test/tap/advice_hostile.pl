# Roles, open transactions, environments and settings that want more of the queue of advice than is theirs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use AdviceStandIn;
use IO::Socket::INET;
use IPC::Run qw(start pump);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('advice_hostile');
my $elsewhere = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => 0, Blocking => 0);
my $trap = 'http://127.0.0.1:' . $elsewhere->sockport;
# What a server's environment may hold; none of it counts.
local @ENV{qw(http_proxy https_proxy HTTPS_PROXY ALL_PROXY all_proxy)} = ($trap) x 5;
local @ENV{qw(no_proxy NO_PROXY)} = ('*') x 2;
$node->init;
$node->append_conf('postgresql.conf', "personatwin.advice_idle_timeout = '500ms'\nlog_statement = none\n");
$node->start;
plan skip_all => 'built without libcurl: there is no worker' unless -e ($node->config_data('--pkglibdir') . '/personatwin_advice.so');
my $requests = $node->basedir . '/requests';
my $stand_in = AdviceStandIn->new($requests, "$trap/");
my $base = 'http://127.0.0.1:' . $stand_in->port;

my $odd = q{o'dd"; DROP TABLE x; --};
my $quoted = '"' . ($odd =~ s/"/""/gr) . '"';
$node->safe_psql('postgres', "CREATE ROLE alice LOGIN; CREATE ROLE mallory LOGIN; CREATE ROLE $quoted LOGIN; CREATE DATABASE court");
sub super { return $node->safe_psql('court', $_[0]) }
my %user = (alice => 'alice', mallory => 'mallory', odd => q{'} . ($odd =~ s/(['\\])/\\$1/gr) . q{'});
sub string_of { return $node->connstr('court') . " user=$user{$_[0]}" }
sub as { my ($who, $sql) = @_; return $node->safe_psql('court', "SET client_min_messages = error; $sql", connstr => string_of($who)) }
sub refused { my ($who, $sql) = @_; my (undef, undef, $err) = $node->psql('court', "\\set VERBOSITY verbose\n$sql", connstr => string_of($who)); return $err }
super('CREATE EXTENSION personatwin');
super("GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO alice, mallory, $quoted; GRANT CREATE ON SCHEMA public TO alice, mallory, $quoted");
my %source = (alice => 'a', mallory => 'm', odd => q{"t'; DROP TABLE y; --"});
for my $who (sort keys %source) {
	as($who, "CREATE TABLE $source{$who} AS SELECT * FROM pt_sample_court_events(1000, 3); SELECT count(*) FROM pt_create_personas('" . ($source{$who} =~ s/'/''/gr) . "', 0.05)");
}
sub define {
	my ($name, $model, %more) = @_;
	my $url = delete $more{url} // $base;
	my $provider = delete $more{provider} // 'openai';
	super("SELECT pt_advice_define_endpoint('$name', '$provider', '$url', '$model', key_source => 'none'" . join('', map { ", $_ => $more{$_}" } sort keys %more) . ')');
}
sub advise { my ($who, $endpoint, $about) = (@_, 'actions'); return "pt_advise('" . ($source{$who} =~ s/'/''/gr) . "', '$endpoint', about => '$about')" }
sub until_true { return $node->poll_query_until('court', $_[0]) }
sub state_of { return super("SELECT state || ' ' || coalesce(code, '') FROM personatwin.advice_request WHERE request_id = $_[0]") }
sub until_code { my ($id) = @_; until_true("SELECT code IS NOT NULL AND state <> 'running' FROM personatwin.advice_request WHERE request_id = $id"); return state_of($id) }
sub reply { my ($text, $usage) = @_; return q{jsonb_build_object('choices', jsonb_build_array(jsonb_build_object('finish_reason', 'stop', 'message', jsonb_build_object('content', } . "'$text'))), 'usage', '$usage'::jsonb)::text" }
my $forged = reply('{"successions":[{"earlier":"arrest","later":"charge","outcome":"any"}]}', '{"prompt_tokens":900000000,"completion_tokens":900000000}');

# Nobody reads or writes what is another's.
for my $table (qw(advice_request advice_answer advice_endpoint advice_outside advice_worker)) {
	like(refused('mallory', "SELECT * FROM personatwin.$table"), qr/42501/, "$table is read by no role");
	like(refused('mallory', "DELETE FROM personatwin.$table"), qr/42501/, "$table is written by no role");
	like(refused('mallory', "BEGIN; LOCK TABLE personatwin.$table IN SHARE MODE"), qr/42501/, "$table is locked by no role");
}
like(refused('mallory', q{SELECT pt_advise('a', 'x')}), qr/42501.*must be owner/, 'no question about what is another\'s');
like(refused('mallory', q{SELECT pt_advice_preview('a', 'x', about => 'events')}), qr/42501.*must be owner/, 'nor a look at it');
like(refused('mallory', q{SELECT pt_advice_define_endpoint('mine', 'openai', 'http://127.0.0.1:1', 'm')}), qr/42501.*for superusers/, 'no endpoint of his own');
like(refused('mallory', q{SELECT pt_advice_drop_endpoint('x')}), qr/42501.*for superusers/, 'none that he drops');

# An answer that somebody makes up is his own, and so is a request that he sits on: both may ask the same question.
define('shared', 'ok-shared', daily_tokens => 1000000);
my @claimed = split /\n/, as('mallory', 'BEGIN; SELECT ' . advise('mallory', 'shared', 'events') . '; SELECT request_id FROM pt_advice_claim(1); COMMIT');
is($claimed[0], $claimed[1], 'the request is leased to an outside process before a worker sees it');
is(as('mallory', "SELECT pt_advice_complete($claimed[0], 200, $forged)"), 'done', 'which makes an answer up');
is(as('mallory', 'SELECT coalesce(' . advise('mallory', 'shared', 'events') . ', 0)'), '0', 'he has an answer to his question');
my $id = as('alice', 'SELECT ' . advise('alice', 'shared', 'events'));
isnt($id, '', 'she has not');
is(until_code($id), 'done answered', 'hers is asked, and answered');
is(as('alice', q{SELECT count(*) FROM pt_advice_log()}), '1', 'the log shows her own request');
is(as('mallory', q{SELECT string_agg(DISTINCT requester::text, '') FROM pt_advice_log()}), 'mallory', 'and him his own');
cmp_ok(super(q{SELECT tokens_left FROM pt_advice_status() WHERE endpoint = 'shared'}), '>', 900000, 'tokens that he makes up are booked up to what was set aside');
@claimed = split /\n/, as('mallory', 'BEGIN; SELECT ' . advise('mallory', 'shared') . '; SELECT request_id FROM pt_advice_claim(1); COMMIT');
$id = as('alice', 'SELECT ' . advise('alice', 'shared'));
isnt($id, $claimed[0], 'a request that he sits on is not hers');
is(until_code($id), 'done answered', 'and does not keep hers back');
like(refused('alice', "SELECT pt_advice_complete($claimed[0], 200, '{}')"), qr/55000.*not running/, 'nobody completes the request of another');

# What a worker fetched is shared where the question holds nothing of a source; what an outside process says is its role's own.
my $hers = super("SELECT request_id FROM personatwin.advice_request WHERE requester = 'alice' AND endpoint = 'shared' AND prompt ? 'events'");
my $keys_of = 'SELECT count(*) FROM personatwin.advice_answer WHERE request_id =';
is(super("$keys_of $hers"), '2', 'the answer that her worker fetched is hers and everybody\'s');
is(super("$keys_of (SELECT min(request_id) FROM personatwin.advice_request WHERE requester = 'mallory' AND prompt ? 'events')"), '1', 'the one that was made up is his alone');
is(as('odd', 'SELECT coalesce(' . advise('odd', 'shared', 'events') . ', 0)'), '0', 'a third role need not ask about events again');
is(as('odd', 'SELECT count(*) FROM pt_advice_log()'), '0', 'and sees nothing of who did');
my $same = sub { my ($who) = @_; return as($who, 'SELECT ' . (advise($who, 'shared') =~ s/pt_advise/pt_advice_preview/r =~ s/, about.*/)/r)) };
is($same->('odd'), $same->('alice'), 'the same question about two sources');
$id = as('odd', 'SELECT ' . advise('odd', 'shared'));
isnt($id, '', 'is asked for each role: an answer would tell that another source has these figures');
is(until_code($id), 'done answered', 'and answered');
# Unless a superuser has the roles of an endpoint share.
define('pool', 'ok-pool', share_answers => 'true');
@claimed = split /\n/, as('mallory', 'BEGIN; SELECT ' . advise('mallory', 'pool') . '; SELECT request_id FROM pt_advice_claim(1); COMMIT');
is(as('mallory', "SELECT pt_advice_complete($claimed[0], 200, " . reply('{"proposals":[{"action":"merge_classes","amount":2,"reason":"made up"}]}', '{}') . ')'), 'done', 'one role makes an answer up');
$id = as('alice', 'SELECT ' . advise('alice', 'pool'));
is(until_code($id), 'done answered', 'the next one asks');
is(as('odd', 'SELECT coalesce(' . advise('odd', 'pool') . ', 0)'), '0', 'and shares the answer with the third');
is(super("SELECT string_agg(DISTINCT answer->'proposals'->0->>'reason', ' ') FROM personatwin.advice_answer WHERE request_id IN ($id, $claimed[0])"), 'fewer classes made up', 'both answers are kept');
like($node->safe_psql('court', 'SET client_min_messages = notice; SELECT count(*) FROM pt_create_personas(' . ("'" . ($source{odd} =~ s/'/''/gr) . "'") . q{, 0.05, advisor => 'cached', endpoint => 'pool'); SELECT DISTINCT why FROM pt_decisions(} . "'" . ($source{odd} =~ s/'/''/gr) . q{') WHERE proposed_by = 'pool'},
	connstr => string_of('odd')), qr/fewer classes/, 'a run of the third uses what the worker fetched');
super(q{SELECT pt_advice_define_endpoint('pool', 'openai', '} . $base . q{', 'ok-pool', key_source => 'none')});
isnt(as('odd', "SELECT coalesce(" . advise('odd', 'pool') . ', 0)'), '0', 'no longer when the endpoint says no');

# What an outside process says of the provider holds up outside processes of its own role, nobody else: not even its own worker.
define('out', 'ok-out');
@claimed = split /\n/, as('mallory', 'BEGIN; SELECT ' . advise('mallory', 'out') . '; SELECT request_id FROM pt_advice_claim(1); COMMIT');
is(as('mallory', qq{SELECT pt_advice_complete($claimed[1], 401, '{"error":{"code":"insufficient_quota"}}')}), 'failed', 'an outside process says that the key is wrong');
is(as('mallory', q{SELECT state || ' ' || (outside_paused_until > clock_timestamp()) FROM pt_advice_status() WHERE endpoint = 'out'}), 'open true', 'it gets no more; the endpoint stays open');
is(as('mallory', 'BEGIN; SELECT ' . advise('mallory', 'out') . ' > 0; SELECT count(*) FROM pt_advice_claim(1); COMMIT'), "t\n0", 'nothing is given out to it');
is(until_code(super(q{SELECT max(request_id) FROM personatwin.advice_request WHERE requester = 'mallory' AND endpoint = 'out'})), 'done answered', 'a worker of the same role goes on');
$id = as('alice', 'SELECT ' . advise('alice', 'out'));
is(until_code($id), 'done answered', 'and those of others');

# After a pause a worker, too, sends one request as a probe; the others go when it was answered.
define('probe', 'hang', timeout_seconds => 60);
super(q{UPDATE personatwin.advice_endpoint SET failures = 5, open_until = clock_timestamp() WHERE name = 'probe';
	INSERT INTO personatwin.advice_request (endpoint, requester, cache_key, prompt_version, provider, model, prompt)
	SELECT 'probe', 'alice', 'probe' || i, 1, 'openai', 'hang', '{"system": "s", "user": "u", "schema_name": "x", "schema": "{}", "allowed": []}' FROM generate_series(1, 3) i});
as('alice', 'SELECT pt_advice_worker_start()');
my $probing = q{SELECT count(*) FILTER (WHERE state = 'running') || ' ' || count(*) FILTER (WHERE state = 'ready') FROM personatwin.advice_request WHERE endpoint = 'probe'};
until_true(q{SELECT EXISTS (SELECT FROM personatwin.advice_request WHERE endpoint = 'probe' AND state = 'running')});
sleep 2.5;
is(super($probing), '1 2', 'one probe is under way, two requests wait for it');
super(q{UPDATE personatwin.advice_endpoint SET failures = 0, open_until = NULL WHERE name = 'probe'});
ok(until_true("SELECT ($probing) = '3 0'"), 'they go when the endpoint is well');
as('alice', 'SELECT pt_advice_worker_stop()');
until_true(q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')});
super(q{UPDATE personatwin.advice_request SET state = 'failed' WHERE endpoint = 'probe'});

# What a worker sends is completed by that worker, counted when it is broken off, and for a day from when it is sent.
define('capped', 'hang', daily_calls => 2, timeout_seconds => 60);
$id = as('alice', 'SELECT ' . advise('alice', 'capped'));
for my $call (1, 2) {
	until_true("SELECT state = 'running' FROM personatwin.advice_request WHERE request_id = $id");
	like(refused('alice', "SELECT pt_advice_complete($id, 200, $forged)"), qr/55000.*not running/, 'what a worker is sending is not completed from outside') if $call == 1;
	as('alice', 'SELECT pt_advice_worker_stop()');
	until_true(q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')});
	is(state_of($id), 'ready ', "call $call: broken off, the request is due again");
	is(as('alice', "SELECT calls || ' ' || attempts FROM pt_advice_log() WHERE request_id = $id"), "$call 0", "call $call: it counts as a call, not as a failure");
	as('alice', 'SELECT pt_advice_worker_start()');
}
is(until_code($id), 'failed budget', 'who stops his worker again and again gets no more calls than others');
super(q{UPDATE personatwin.advice_request SET created_at = created_at - interval '2 days' WHERE endpoint = 'capped'});
is(super(q{SELECT calls_left FROM pt_advice_status() WHERE endpoint = 'capped'}), '0', 'a request that waited for long is counted from when it was sent');

# A transaction that stays open with a claim in it holds nobody else up, and costs no CPU.
define('slow', 'ok-slow');
my ($in, $out, $err) = ("BEGIN; SELECT pt_advice_claim(1);\n\\echo held\n", '', '');
super(q{INSERT INTO personatwin.advice_request (endpoint, requester, cache_key, prompt_version, provider, model, prompt)
	VALUES ('slow', 'mallory', 'locked', 1, 'openai', 'ok-slow', '{"system": "s", "user": "u", "schema_name": "x", "schema": "{}", "allowed": []}')});
my $holder = start ['psql', '-XAtq', '-d', string_of('mallory')], '<', \$in, '>', \$out, '2>', \$err;
$holder->pump until $out =~ /held/ || $err ne '';
is($err, '', 'a claim is held open');
$id = as('alice', 'SELECT ' . advise('alice', 'slow'));
is(until_code($id), 'done answered', 'the worker of another role goes on');
is($node->safe_psql('court', "SET lock_timeout = '5s'; SELECT 'x' FROM pt_advice_define_endpoint('slow', 'openai', '$base', 'ok-slow', key_source => 'none')"), 'x', 'an endpoint can be defined');
SKIP: {
	skip 'no /proc here', 1 unless -r '/proc/self/stat';
	as('mallory', 'SELECT pt_advice_worker_start()');
	until_true(q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND usename = 'mallory')});
	my $pid = super(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND usename = 'mallory'});
	sleep 1;
	my $ticks = sub { my @f = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //sr; return $f[11] + $f[12] };
	my $before = $ticks->();
	sleep 3;
	my $used = $ticks->() - $before;
	note "CPU in 3 s beside a locked request: $used ticks of 10 ms";
	cmp_ok($used, '<=', 15, 'his own worker does not spin on what he holds');
	my $began = time;
	super("SELECT pg_terminate_backend($pid, 10000)");
	cmp_ok(time - $began, '<', 8, 'and ends when it is told to');
}
$in .= "ROLLBACK;\n\\q\n";
$holder->finish;
# A worker that waits for a lock can be ended: its own role holds the row.
define('held', 'hang', timeout_seconds => 60);
super(q{UPDATE personatwin.advice_request SET state = 'failed' WHERE requester = 'mallory' AND state IN ('ready', 'running')});

# A savepoint that is rolled back does not undo the wake of what was asked before it; a rollback wakes nobody.
until_true(q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')});
define("save$_", "ok-save$_") for 1 .. 3;
$id = (split /\n/, as('alice', 'BEGIN; SELECT ' . advise('alice', 'save1') . '; SAVEPOINT s; SELECT ' . advise('alice', 'save2') . '; ROLLBACK TO s; COMMIT'))[0];
is(until_code($id), 'done answered', 'what was asked before a savepoint is sent, though the savepoint is rolled back');
until_true(q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')});
my $workers = () = slurp_file($node->logfile) =~ /personatwin advice/g;
as('alice', 'BEGIN; SELECT ' . advise('alice', 'save3') . '; ROLLBACK');
sleep 0.5;
is(super(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'personatwin advice'}), '0', 'a request that is rolled back starts no worker');

# The same question is in flight once.
define('twice', 'hang', timeout_seconds => 60);
$id = as('alice', 'SELECT ' . advise('alice', 'twice'));
until_true("SELECT state = 'running' FROM personatwin.advice_request WHERE request_id = $id");
is(as('alice', 'SELECT ' . advise('alice', 'twice')), $id, 'the same question in flight is the same request');
as('alice', 'SELECT pt_advice_worker_stop()');
super(q{UPDATE personatwin.advice_request SET state = 'failed' WHERE endpoint = 'twice'});

# Odd names of roles and tables are names.
define('odd', 'ok-odd');
$id = as('odd', 'SELECT ' . advise('odd', 'odd'));
is(until_code($id), 'done answered', 'a role with an odd name is served');
is(super("SELECT requester = \$n\$$odd\$n\$ FROM personatwin.advice_request WHERE request_id = $id"), 't', 'under its name');
like(refused('alice', q{SELECT pt_advise('a', 'x''; DROP TABLE a; --')}), qr/42704.*there is no endpoint/, 'a name of an endpoint is looked up, no more');

# A role's settings change nothing in the worker: neither those of transactions nor ours.
$node->safe_psql('postgres', q{ALTER ROLE alice SET default_transaction_read_only = on; ALTER ROLE alice SET statement_timeout = '1ms'; ALTER ROLE alice SET default_transaction_isolation = 'serializable'});
define('settings', 'ok-settings');
$id = as('alice', 'SET default_transaction_read_only = off; SET statement_timeout = 0; BEGIN READ WRITE; SELECT ' . advise('alice', 'settings') . '; COMMIT');
is(until_code($id), 'done answered', 'settings that a role has for its sessions do not stop its worker');
$node->safe_psql('postgres', 'ALTER ROLE alice RESET ALL');
for my $setting ("advice_allow = '$trap'", 'advice_local_only = off', "advice_key_directory = '/tmp'", "advice_proxy = '$trap'") {
	like(refused('mallory', "ALTER ROLE mallory SET personatwin.$setting"), qr/ERROR:  (42501|55P02)/, "no role sets personatwin.$setting for its worker");
}
super(q{SELECT pt_advice_define_endpoint('far', 'openai', 'https://api.openai.com', 'm', key_source => 'none')});
$node->append_conf('postgresql.conf', 'personatwin.advice_local_only = on');
$node->reload;
{
	local $ENV{PGOPTIONS} = '-c personatwin.advice_local_only=off -c personatwin.advice_allow=https://api.openai.com';
	my (undef, $far) = $node->psql('court', 'SET client_min_messages = error; SELECT ' . advise('alice', 'far'), connstr => string_of('alice'));
	is($far eq '' ? 'refused' : until_code($far), $far eq '' ? 'refused' : 'failed forbidden', "a session's settings let no worker go elsewhere");
}

# Neither a proxy of the environment is used, nor what it exempts from the one that is configured.
ok(!$elsewhere->accept, 'nothing was sent to the proxy of the environment');
my $closed = do { my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0); $s->sockport };
$node->append_conf('postgresql.conf', "personatwin.advice_proxy = '$base'");
$node->reload;
define('proxied', 'ok-proxied', provider => 'ollama', url => "http://127.0.0.1:$closed");
$id = as('alice', 'SELECT ' . advise('alice', 'proxied'));
is(until_code($id), 'done answered', 'the configured proxy is used for everything');

# Statements that fail are there as whoever sent them wrote them.
unlike(slurp_file($node->logfile) =~ s/^.*STATEMENT:  .*(\n\t.*)*$//mgr, qr/You advise a program|successions|riskiest_groups/, 'no body of a request or reply is in the log of the server');
$stand_in->stop;
$node->stop;
done_testing();

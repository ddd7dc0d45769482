# The background worker of advice: crashes, drops, many requests, many workers, what it costs while it waits, TLS.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use AdviceStandIn;
use IO::Socket::INET;
use IPC::Run qw(start);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('advice_worker');
$node->init;
$node->append_conf('postgresql.conf', "personatwin.advice_idle_timeout = '60s'\nrestart_after_crash = on\nlog_statement = none\n");
$node->start;
plan skip_all => 'built without libcurl: there is no worker' unless -e ($node->config_data('--pkglibdir') . '/personatwin_advice.so');
my $stand_in = AdviceStandIn->new($node->basedir . '/requests', 'http://localhost:1/');
my $base = 'http://127.0.0.1:' . $stand_in->port;

sub sql { return $node->safe_psql($_[1] // 'postgres', $_[0]) }
sub prepare {
	my ($db) = @_;
	sql("CREATE DATABASE $db");
	sql('CREATE EXTENSION personatwin', $db);
	# Long time-outs: what hangs goes on hanging for this test.
	sql("SELECT pt_advice_define_endpoint('$_', 'openai', '$base', '$_', key_source => 'none', timeout_seconds => 30, daily_calls => 100000, daily_tokens => 1000000000)", $db)
	  for qw(hang ok);
}
# Queues n different questions as the queue's own function would, without a source for each.
sub queue {
	my ($db, $endpoint, $n) = @_;
	sql("INSERT INTO personatwin.advice_request (endpoint, requester, cache_key, prompt_version, provider, model, prompt)
		SELECT '$endpoint', current_user, '$endpoint' || i || random(), 1, 'openai', '$endpoint',
		       '{\"system\": \"s\", \"user\": \"u\", \"schema_name\": \"x\", \"schema\": \"{}\", \"allowed\": [{\"name\": \"merge_classes\", \"low\": 2, \"high\": 50}]}'
		  FROM generate_series(1, $n) i", $db);
}
sub start_worker { my ($db) = @_; return $node->poll_query_until($db, 'SELECT pt_advice_worker_start() OR EXISTS (SELECT FROM personatwin.advice_worker)') }
sub worker { my ($db) = @_; return sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND datname = '$db'") }
sub until_state {
	my ($db, $n, $state) = @_;
	return $node->poll_query_until($db, "SELECT count(*) = $n FROM personatwin.advice_request WHERE state = '$state'");
}
sub cpu_ticks { my ($pid) = @_; my @f = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //sr; return $f[11] + $f[12] }

# Twenty requests wait at once: no snapshot is held, no CPU is used, terminate is prompt.
prepare('court');
queue('court', 'hang', 20);
start_worker('court');
ok(until_state('court', 20, 'running'), 'twenty requests are under way at once');
my $pid = worker('court');
sleep 0.5;
is(sql("SELECT coalesce(backend_xmin::text, '') || coalesce(backend_xid::text, '') || coalesce(xact_start::text, '') FROM pg_stat_activity WHERE pid = $pid"), '',
	'while it waits the worker holds no snapshot and no transaction');
is(sql("SELECT count(*) FROM pg_locks WHERE pid = $pid"), '0', 'and no lock');
# VACUUM removes what was deleted while the requests are under way.
sql('CREATE TABLE dead AS SELECT generate_series(1, 1000) AS i; DELETE FROM dead', 'court');
my (undef, undef, $vacuumed) = $node->psql('court', 'VACUUM (VERBOSE) dead');
like($vacuumed, qr/tuples: 1000 removed, 0 remain, 0 are dead but not yet removable|found 1000 removable, 0 nonremovable/, 'VACUUM is not held back');
SKIP: {
	skip 'no /proc here', 1 unless -r "/proc/$pid/stat";
	my $before = cpu_ticks($pid);
	sleep 3;
	my $ticks = cpu_ticks($pid) - $before;
	note "CPU in 3 s of waiting: $ticks ticks of 10 ms";
	cmp_ok($ticks, '<=', 3, 'and hardly any CPU');
}
is(sql('SELECT pt_advice_worker_start()', 'court'), 'f', 'there is one worker a role');
my $began = time;
sql("SELECT pg_terminate_backend($pid, 5000)");
my $took = time - $began;
note sprintf 'ended %.2f s after SIGTERM', $took;
cmp_ok($took, '<', 2, 'terminate is prompt'); # advice_terminate.pl has the figures of each state
ok(until_state('court', 20, 'ready'), 'what was under way is due again');
is(sql('SELECT max(attempts) FROM personatwin.advice_request', 'court'), '0', 'and does not count as a try');

# Two databases work side by side; one is dropped while its worker is busy.
prepare('clinic');
queue('clinic', 'hang', 1);
start_worker('clinic');
until_state('clinic', 1, 'running');
queue('court', 'ok', 3);
start_worker('court');
ok(until_state('court', 3, 'done'), 'the other database is served meanwhile, though 20 requests of it hang');
my ($code, undef, $err) = $node->psql('postgres', 'DROP DATABASE clinic');
is($code, 0, 'a database is dropped while its worker is busy') or diag $err;

# The extension is dropped while the worker is busy.
prepare('school');
queue('school', 'hang', 1);
start_worker('school');
until_state('school', 1, 'running');
sql('DROP EXTENSION personatwin CASCADE', 'school');
sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND datname = 'school'");
ok($node->poll_query_until('postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND datname = 'school')}),
	'and the worker ends in peace');
unlike(slurp_file($node->logfile), qr/PANIC|FATAL.*personatwin/, 'without an error');

# A crash: the server recovers, the lease runs out, the request is sent again.
$pid = worker('court');
kill 'KILL', $pid;
sleep 0.01 while kill 0, $pid; # until the server knows
ok($node->poll_query_until('postgres', 'SELECT true'), 'the server comes back after kill -9 of a worker');
is(sql(q{SELECT count(*) FROM personatwin.advice_request WHERE state = 'running'}, 'court'), '20', 'requests that were under way are still leased');
sql(q{UPDATE personatwin.advice_request SET lease_until = clock_timestamp(), endpoint = 'ok', model = 'ok' WHERE state = 'running'}, 'court');
start_worker('court');
ok(until_state('court', 23, 'done'), 'and are answered when the lease is over');
is(sql(q{SELECT count(*) FROM personatwin.advice_request WHERE attempts = 2}, 'court'), '20', 'at the second try');

# A request that can't be sent at all does not stop the rest.
sql(q{UPDATE personatwin.advice_endpoint SET key_source = 'file' WHERE name = 'hang'}, 'court');
queue('court', 'hang', 1);
queue('court', 'ok', 1);
start_worker('court');
ok(until_state('court', 24, 'done'), 'a poisoned request does not stop the rest');
is(sql(q{SELECT string_agg(code, ' ') FROM personatwin.advice_request WHERE state = 'failed'}, 'court'), 'setup', 'and ends as failed');

# Many requests that are sent and answered (make soak: ten thousand), then ten thousand over the budget.
my $many = ($ENV{PT_CYCLES} // 20) >= 100 ? 10_000 : 500;
queue('court', 'ok', $many);
my $sending = time;
start_worker('court');
ok($node->poll_query_until('court', sprintf q{SELECT count(*) = %d FROM personatwin.advice_request WHERE state = 'done'}, 24 + $many), "$many requests are answered");
note sprintf '%d requests answered in %.1f s', $many, time - $sending;
is(sql(q{SELECT count(*) FROM personatwin.advice_request WHERE state = 'done' AND (calls < 1 OR cost <> 0)}, 'court'), '0', 'each is counted');
queue('court', 'ok', 10000);
$began = time;
sql(q{UPDATE personatwin.advice_endpoint SET daily_calls = 0 WHERE name = 'ok'}, 'court');
sql('SELECT pt_advice_worker_start()', 'court');
ok($node->poll_query_until('court', q{SELECT NOT EXISTS (SELECT FROM personatwin.advice_request WHERE state IN ('ready', 'running'))}), 'ten thousand requests are dealt with');
note sprintf '10,000 requests over the budget in %.1f s', time - $began;

# Starting and stopping, without leaks: of slots, open files or memory of the postmaster. PT_CYCLES sets how often (make soak: 100).
my $cycles = $ENV{PT_CYCLES} // 20;
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
sub cycle {
	$node->poll_query_until('court', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice')
		OR (SELECT bool_or(pt_advice_worker_stop()) IS NULL)});
	start_worker('court');
}
sub open_files { my ($of) = @_; my @all = glob "/proc/$of/fd/*"; return scalar @all }
sub kilobytes { my ($of) = @_; return slurp_file("/proc/$of/status") =~ /^RssAnon:\s+(\d+)/m ? $1 : 0 }
cycle() for 1 .. 5; # what the first ones leave for good
SKIP: {
	my $proc = -r "/proc/$postmaster/status";
	my ($files, $memory) = $proc ? (open_files($postmaster), kilobytes($postmaster)) : (0, 0);
	my $started = time;
	cycle() for 1 .. $cycles;
	note sprintf '%d cycles in %.1f s', $cycles, time - $started;
	skip 'no /proc here', 2 unless $proc;
	note "postmaster: $files open files and $memory kB before, " . open_files($postmaster) . ' and ' . kilobytes($postmaster) . ' kB after';
	is(open_files($postmaster), $files, "the postmaster has no more open files after $cycles starts and stops");
	cmp_ok(kilobytes($postmaster), '<=', $memory + 256, 'and not 256 kB more of memory');
}
is(sql(q{SELECT count(*) <= 1 FROM pg_stat_activity WHERE backend_type = 'personatwin advice'}, 'court'), 't', "after $cycles starts and stops there is one worker at most");

# TLS: a certificate that nobody vouches for, then one of an authority that the configuration names.
SKIP: {
	my $dir = $node->basedir;
	skip 'no openssl command', 2 if system("openssl version > $dir/openssl.out 2>&1") != 0;
	my $quiet = "> $dir/openssl.out 2>&1";
	system("openssl req -x509 -newkey rsa:2048 -nodes -keyout $dir/ca.key -out $dir/ca.pem -days 2 -subj /CN=testca $quiet") == 0 or die;
	system("openssl req -newkey rsa:2048 -nodes -keyout $dir/tls.key -out $dir/tls.csr -subj /CN=localhost $quiet") == 0 or die;
	append_to_file("$dir/san", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
	system("openssl x509 -req -in $dir/tls.csr -CA $dir/ca.pem -CAkey $dir/ca.key -CAcreateserial -days 2 -extfile $dir/san -out $dir/tls.pem $quiet") == 0 or die;
	my $answer = AdviceStandIn::wrapped('/v1/chat/completions', '{\"proposals\":[{\"action\":\"merge_classes\",\"amount\":40,\"reason\":\"x\"}]}');
	append_to_file("$dir/reply", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " . length($answer) . "\r\nConnection: close\r\n\r\n$answer");
	my @server = ('openssl', 's_server', '-cert', "$dir/tls.pem", '-key', "$dir/tls.key", '-quiet', '-accept');
	my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0);
	my $port = $free->sockport;
	close $free;
	# It gives its one reply to the first connection, so each try has a server of its own.
	my $serve = sub {
		my $tls = start [@server, "127.0.0.1:$port"], '<', "$dir/reply", '>', "$dir/tls.out", '2>', "$dir/tls.err";
		sleep 1;
		return $tls;
	};
	my $tls = $serve->();
	sql("SELECT pt_advice_define_endpoint('tls', 'openai', 'https://127.0.0.1:$port', 'tls', key_source => 'none', timeout_seconds => 5)", 'court');
	queue('court', 'tls', 1);
	start_worker('court');
	$node->poll_query_until('court', q{SELECT code IS NOT NULL FROM personatwin.advice_request WHERE endpoint = 'tls'});
	like(sql(q{SELECT code FROM personatwin.advice_request WHERE endpoint = 'tls'}, 'court'), qr/^tls_not_trusted$/, 'a certificate of nobody is not trusted');
	$tls->kill_kill;
	$tls = $serve->();
	$node->append_conf('postgresql.conf', "personatwin.advice_ca_file = '$dir/ca.pem'");
	$node->reload;
	queue('court', 'tls', 1);
	start_worker('court');
	ok($node->poll_query_until('court', q{SELECT EXISTS (SELECT FROM personatwin.advice_request WHERE endpoint = 'tls' AND state = 'done')}), 'one of a named authority is');
	$tls->kill_kill;
}

# Workers that the configuration starts.
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'personatwin_advice'\npersonatwin.advice_workers = 'court/" . sql('SELECT current_user') . "'");
$node->restart;
ok($node->poll_query_until('court', q{SELECT EXISTS (SELECT FROM personatwin.advice_worker w JOIN pg_stat_activity a USING (pid) WHERE a.backend_type = 'personatwin advice')}),
	'a worker of the configuration starts with the server');
$pid = worker('court');
kill 'TERM', $pid;
ok($node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'personatwin advice' AND pid <> $pid)"), 'and again after its end');
$stand_in->stop;
$node->stop;
done_testing();

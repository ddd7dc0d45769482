# kill -9 of the backend or of the whole server at random moments of publication and refresh: afterwards the old or the new version is in service, whole,
# nothing is left behind, and the next call works. CRASHES sets their number (`make soak`), SEED the moments.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $crashes = $ENV{CRASHES} // 10;
my $seed = $ENV{SEED} // int time;
srand($seed);
note "SEED=$seed";
my $node = start_server('crash', 'restart_after_crash = on', 'autovacuum = off');
my $release = 'safe.court_events';
$node->safe_psql('postgres', q{
	CREATE EXTENSION personatwin;
	CREATE TABLE pool AS SELECT person_id - 999999999999 AS person_id, age, sex, event_date, event_type, outcome FROM pt_sample_court_events(8000, 3);
	CREATE TABLE court_events AS SELECT * FROM pool WHERE person_id <= 2000;
	SELECT count(pt_set_role('court_events', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
	  ('event_type', 'event type'), ('outcome', 'outcome'), ('event_date', 'event time')) v(c, r);
	SELECT count(*) FROM pt_create_personas('court_events', 0.05, individual_limit => 0.1, as_of => '2024-01-01');
	SELECT version FROM pt_publish_release('court_events', 'safe');
});
my $next = 2000;

# Next month: newcomers, and people who leave.
sub change_source {
	my $to = $next + 100;
	$node->safe_psql('postgres', "INSERT INTO court_events SELECT * FROM pool WHERE person_id > $next AND person_id <= $to;
		DELETE FROM court_events WHERE person_id IN (SELECT person_id FROM court_events ORDER BY hashint8(person_id + $next) LIMIT 3)");
	$next = $to;
}

my %call = (
	refresh => q{SELECT * FROM pt_refresh_release('court_events')},
	# the run in service again, under its own name: a version of the same rows
	publish => q{SELECT * FROM pt_publish_release('court_events', 'safe')},
);

# A process that nobody has waited for yet is none.
sub running {
	my $stat = eval { slurp_file("/proc/$_[0]/stat") } // return 0;
	return $stat !~ /\) Z /;
}

sub wait_for_server {
	for (1 .. 600) {
		my ($status) = $node->psql('postgres', 'SELECT 1');
		return if defined $status && $status == 0;
		sleep 0.1;
	}
	die 'the server does not come back';
}

# What is in service: the version, if everything about it is whole; else what is wrong.
sub in_service {
	my @listed = rows($node, 'postgres', q{SELECT version, checksums->>'personas', checksums->>'events' FROM personatwin.release_version WHERE in_service});
	return @listed . ' versions in service' if @listed != 1;
	my ($version, @recorded) = @{ $listed[0] };
	my @about = rows($node, 'postgres', "SELECT version, checksums->'personas'->>'sha256', checksums->'personas'->>'sql', checksums->'events'->>'sha256', checksums->'events'->>'sql' FROM ${release}_about");
	return 'the views show another version' if @about != 1 || $about[0][0] != $version;
	my (undef, $sum1, $sql1, $sum2, $sql2) = @{ $about[0] };
	return 'the rows are not whole' if value($node, 'postgres', $sql1) ne $sum1 || value($node, 'postgres', $sql2) ne $sum2;
	return $version;
}

# Tables of the catalog without a row that knows them, and rows without their tables.
my $orphans = q{
	SELECT string_agg(what, ' ') FROM (
	  SELECT c.relname::text AS what FROM pg_class c WHERE c.relnamespace = 'personatwin'::regnamespace AND c.relkind = 'r' AND (
	    c.relname ~ '^run_[0-9]+_' AND NOT EXISTS (SELECT FROM personatwin.run r WHERE c.relname LIKE 'run\_' || r.run_id || '\_%')
	    OR c.relname ~ '^release_[0-9]+_v' AND NOT EXISTS (SELECT FROM personatwin.release_version v WHERE c.relname LIKE 'release\_' || v.release_id || '\_v' || v.tables || '\_%'))
	  UNION ALL SELECT 'run ' || r.run_id FROM personatwin.run r WHERE to_regclass('personatwin.run_' || r.run_id || '_persona') IS NULL
	  UNION ALL SELECT 'version ' || v.version FROM personatwin.release_version v, unnest(ARRAY['personas', 'events', 'about', 'groups', 'intervals', 'digests']) part
	    WHERE (v.tables IS NOT NULL OR v.in_service) AND to_regclass(format('personatwin.release_%s_v%s_%s', v.release_id, v.tables, part)) IS NULL
	  UNION ALL SELECT 'membership ' || m.run_id FROM personatwin.membership m CROSS JOIN LATERAL unnest(m.units) u(unit) WHERE NOT EXISTS (SELECT FROM personatwin.published_persona p WHERE p.unit = u.unit)
	) x};

# How long the calls take when nobody disturbs them.
my %duration;
change_source();
for my $what (qw(refresh publish)) {
	my $start = time;
	$node->safe_psql('postgres', $call{$what});
	$duration{$what} = time - $start;
}
note sprintf 'refresh takes %.2f s, publication %.2f s', @duration{qw(refresh publish)};

my (%ended, %old_or_new, @wrong);
for my $i (1 .. $crashes) {
	my $what = $i % 4 == 0 ? 'publish' : 'refresh';
	my $server = $i % 2;
	change_source() if $what eq 'refresh';
	my $before = in_service();
	my ($in, $out, $err) = ("SELECT pg_backend_pid();\n$call{$what};\n\\echo done\n", '', '');
	my $session = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err);
	$session->pump until $out =~ /^(\d+)\n/;
	my ($pid) = $out =~ /^(\d+)\n/;
	sleep rand(1.1 * $duration{$what});
	if ($server) {
		my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
		my @children = split ' ', `ps -o pid= --ppid $postmaster`;
		kill 'KILL', $postmaster, @children;
		eval { $session->finish };
		sleep 0.05 while grep { running($_) } $postmaster, @children;
		$node->{_pid} = undef;
		# where nobody waits for dead processes, their lock files would count
		unlink $node->data_dir . '/postmaster.pid', map { $node->host . '/.s.PGSQL.' . $node->port . $_ } '', '.lock';
		$node->start;
	} else {
		kill 'KILL', $pid;
		sleep 0.01 while kill 0, $pid; # until the server knows
		eval { $session->finish };
	}
	wait_for_server();
	$ended{ $out =~ /done/ ? 'after its end' : 'in the middle' }++;
	my $after = in_service();
	push @wrong, "$i ($what): $after" unless $after =~ /^\d+$/ && ($after == $before || $after == $before + 1);
	$old_or_new{ $after eq $before ? 'old' : 'new' }++;
	my $left = value($node, 'postgres', $orphans);
	push @wrong, "$i ($what): left behind: $left" if defined $left;
	# the next call works
	my $again = outcome($node, $call{$what});
	push @wrong, "$i ($what): the next call: $again->{state} $again->{err}" if $again->{state} ne '00000';
	my $then = in_service();
	push @wrong, "$i ($what): after the next call: $then" unless $then =~ /^\d+$/ && $then >= $after;
}
note 'killed ' . join(', ', map { "$_: $ended{$_}" } sort keys %ended) . '; in service afterwards: ' . join(', ', map { "$_: $old_or_new{$_}" } sort keys %old_or_new);
is(join("\n", @wrong), '', "$crashes kills: the old or the new version, whole; nothing left behind; the next call works");
cmp_ok($ended{'in the middle'} // 0, '>=', $crashes / 5, 'many of them in the middle of a call');
$node->stop;
done_testing();

# Roles set as labels survive dump and restore without any preload setting: plain text, custom format, two jobs.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('labels');
$node->init;
$node->start;
my $labels = q{SELECT objname || ' = ' || label FROM pg_seclabels WHERE provider = 'personatwin' ORDER BY 1};

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', q{
	CREATE EXTENSION personatwin;
	CREATE TABLE events (person int, "Äge; drop" int, charge text);
	INSERT INTO events SELECT g, g, 'x' FROM generate_series(1, 1000) g;
	SECURITY LABEL FOR personatwin ON COLUMN events.person IS 'person';
	SECURITY LABEL FOR personatwin ON COLUMN events."Äge; drop" IS 'quasi-identifier: age';
	SECURITY LABEL FOR personatwin ON COLUMN events.charge IS 'event type';
	CREATE VIEW some_events AS SELECT * FROM events;
	SECURITY LABEL FOR personatwin ON COLUMN some_events.person IS 'person';
});
my $before = $node->safe_psql('source', $labels);
is(scalar(split /\n/, $before), 4, 'four labels are set');

my $dir = PostgreSQL::Test::Utils::tempdir;
my @connection = ('-h', $node->host, '-p', $node->port);
for my $way ('plain', 'custom', 'jobs')
{
	my $target = "target_$way";
	$node->safe_psql('postgres', "CREATE DATABASE $target");
	if ($way eq 'plain')
	{
		command_ok([ 'pg_dump', @connection, '-f', "$dir/plain.sql", 'source' ], 'dump as text');
		command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', @connection, '-d', $target, '-f', "$dir/plain.sql" ], 'restore the text');
	}
	else
	{
		my @jobs = $way eq 'jobs' ? ('-j2') : ();
		my $format = $way eq 'jobs' ? 'directory' : 'custom';
		command_ok([ 'pg_dump', @connection, '-F', $format, '-f', "$dir/$way", @jobs, 'source' ], "dump as $format");
		command_ok([ 'pg_restore', '-e', @connection, @jobs, '-d', $target, "$dir/$way" ], "restore ($way)");
	}
	is($node->safe_psql($target, $labels), $before, "$way: labels are the same");
	is($node->safe_psql($target, 'SELECT count(*) FROM events'), '1000', "$way: rows are the same");
}

$node->stop;
done_testing();

# A release as reporting tools see it: through ODBC, JDBC, psycopg2 and R, whatever of them is installed. Tables and columns
# have comments, types are the expected ones, sums agree with psql, and the source is closed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Utils;
use Test::More;

# JDBC knows no Unix sockets: the loopback address, for the time of the test.
my $node = PostgreSQL::Test::Cluster->new('clients');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "fsync = off\nlisten_addresses = '127.0.0.1'");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION personatwin;
CREATE ROLE analyst LOGIN;
CREATE TABLE court_events AS SELECT * FROM pt_sample_court_events(2000);
SELECT count(*) FROM pt_create_personas('court_events', 0.05);
SELECT * FROM pt_publish_release('court_events', 'safe', reader => 'analyst');
SQL
my $people = value($node, 'postgres', 'SELECT sum(merged_from) FROM safe.court_events_personas');
my $port = $node->port;
my $clients = top() . '/test/clients';
my @views = map { "court_events_$_->[0]" } rows($node, 'postgres', "SELECT replace(relname, 'court_events_', '') FROM pg_class WHERE relnamespace = 'safe'::regnamespace AND relkind = 'v' ORDER BY relname");

sub program { my ($name) = @_; for (split /:/, $ENV{PATH}) { return "$_/$name" if -x "$_/$name"; } return undef; }
sub answers { my (@command) = @_; my ($out, $err) = ('', ''); IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(150)) or diag($err); return $out; }

SKIP: {
	my $java = program('java');
	my ($jar) = grep { -e } '/usr/share/java/postgresql.jar';
	skip 'no JDK with libpostgresql-jdbc-java', 8 unless program('javac') && $java && $jar;
	my $out = answers($java, '-cp', $jar, "$clients/Catalog.java", "jdbc:postgresql://127.0.0.1:$port/postgres", 'analyst', 'safe');
	for my $view (@views) { like($out, qr/^table \Q$view\E \| .*\w/m, "JDBC: $view has a comment"); }
	my @columns = $out =~ /^column (.*)$/mg;
	cmp_ok(scalar @columns, '>', 40, 'JDBC: columns are listed');
	is(join(', ', grep { /\| (null|)$/ } @columns), '', 'JDBC: each with a comment');
	my %class = $out =~ /^value (\S+) (\S+)$/mg;
	is_deeply(\%class, { persona_id => 'java.util.UUID', merged_from => 'java.lang.Integer', age_mean => 'java.lang.Double', gender => 'java.lang.String',
		event_types => 'org.postgresql.jdbc.PgArray', age_range => 'org.postgresql.util.PGobject' }, 'JDBC: values have the expected classes');
	like($out, qr/^begins java\.sql\.Date$/m, 'JDBC: a period begins on a date');
	like($out, qr/^people $people$/m, 'JDBC: all people');
	like($out, qr/^source 42501$/m, 'JDBC: the source is closed');
}

SKIP: {
	my $isql = program('isql');
	my ($driver) = glob '/usr/lib/*/odbc/psqlodbcw.so';
	skip 'no isql with odbc-postgresql', 4 unless $isql && $driver;
	my $dir = tempdir(CLEANUP => 1);
	local $ENV{ODBCSYSINI} = $dir;
	local $ENV{ODBCINI} = "$dir/odbc.ini";
	append_to_file("$dir/odbcinst.ini", "[pg]\nDriver=$driver\n");
	append_to_file("$dir/odbc.ini", "[release]\nDriver=pg\nServername=127.0.0.1\nPort=$port\nDatabase=postgres\nUsername=analyst\nReadOnly=Yes\nConnSettings=SET search_path = safe\n");
	my $ask = sub {
		my ($sql) = @_;
		my ($out, $err) = ('', '');
		IPC::Run::run([ $isql, '-b', '-v', '-d|', 'release' ], '<', \"$sql\n", '>', \$out, '2>', \$err, IPC::Run::timeout(60));
		return "$out$err";
	};
	like($ask->('SELECT sum(merged_from), count(DISTINCT persona_id) FROM safe.court_events_personas'), qr/^$people\|\d+/m, 'ODBC: all people');
	my $tables = $ask->('help');
	is(join(' ', grep { $tables !~ /\|\Q$_\E\|VIEW/ } @views), '', 'ODBC: the views are listed') or diag($tables);
	my $columns = $ask->('help court_events_personas');
	my %type = $columns =~ /^postgres\|safe\|court_events_personas\|(\w+)\|-?\d+\|(\w+)\|/mg;
	is_deeply([ map { $type{$_} } qw(persona_id merged_from age_range age_mean gender event_types outcome_distributions) ], [qw(uuid int4 int4range float8 text _text jsonb)],
		'ODBC: columns have the expected types') or diag($columns);
	like($ask->('SELECT * FROM public.court_events'), qr/permission denied/, 'ODBC: the source is closed');
}

SKIP: {
	my ($python) = grep { -x && system("$_ -c 'import psycopg2' 2>/dev/null") == 0 } '/usr/bin/python3', program('python3') // '/nowhere';
	skip 'no python3 with psycopg2', 4 unless $python;
	my $out = answers($python, "$clients/catalog.py", $node->connstr('postgres') . ' user=analyst');
	my %type = $out =~ /^value (\S+) (.+)$/mg;
	is_deeply(\%type, { persona_id => 'str', merged_from => 'int', age_range => 'NumericRange', age_mean => 'float', gender => 'str', event_types => 'list',
		outcome_distributions => 'dict', period => 'DateRange date', weight => 'int', risks => 'dict rules list' }, 'psycopg2: values have the expected types');
	like($out, qr/^people $people$/m, 'psycopg2: all people');
	like($out, qr/^source 42501$/m, 'psycopg2: the source is closed');
	unlike($out, qr/Traceback/, 'psycopg2: no surprise');
}

SKIP: {
	my $r = program('Rscript');
	skip 'no R with RPostgreSQL', 3 unless $r && system("$r -e 'library(RPostgreSQL)' >/dev/null 2>&1") == 0;
	my $out = answers($r, "$clients/catalog.R", $node->host, $port, 'analyst', 'postgres');
	my %class = $out =~ /^value (\S+) (\S+)/mg;
	is_deeply(\%class, { persona_id => 'character', merged_from => 'integer', age_from => 'integer', age_mean => 'numeric', gender => 'character',
		begins => 'Date', event_type => 'character', outcome => 'character', weight => 'numeric' }, 'R: columns have the expected classes');
	like($out, qr/^people $people\b/m, 'R: all people');
	my %rate = $out =~ /^rate (\S+) (\S+)/mg;
	my %truth = map { $_->[0] => $_->[1] } rows($node, 'postgres', q{SELECT gender, round(sum(weight) FILTER (WHERE outcome = 'convicted')::numeric / sum(weight), 6) FROM safe.court_events_events
		JOIN safe.court_events_personas USING (persona_id) WHERE event_type = 'charge' AND outcome IS NOT NULL GROUP BY 1});
	is_deeply(\%rate, \%truth, 'R: rates by gender are those of SQL');
}

# psql itself: every view and every column has its comment, and the main answers fit a page across where they are narrow.
is(value($node, 'postgres', q{SELECT string_agg(c.relname || '.' || a.attname, ', ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'safe'::regnamespace AND a.attnum > 0 AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)}), undef,
	'every view and column of a release has a comment');

$node->stop;
done_testing();

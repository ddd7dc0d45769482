# The demo from end to end on a running server: it publishes, shows the reader's view and writes a report that holds no
# identifier of the sample; CSV files of odd forms are loaded with conservative types; what can't work is refused clearly.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $tools = abs_path('test/tools');
my $dir = tempdir(CLEANUP => 1);
$ENV{TMPDIR} = $dir;
my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->start;
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');

sub slurp_html { return slurp_file("$dir/report.html"); }
sub write_file { my ($name, $text) = @_; open(my $f, '>:raw', "$dir/$name") or die $!; print $f $text; close $f; }
sub demo {
	my ($database, @arguments) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	local $ENV{TEST_SERVER} = join ',', $node->host, $node->port, $superuser, $database;
	local $ENV{REPORT} = "$dir/report.html";
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run(["$tools/demo.sh", @arguments], '<', \undef, '>', \$out, '2>', \$err);
	return ($ok, $out, $err);
}

# The sample, small and with a target it can hold.
{
	local $ENV{PEOPLE} = 2000;
	local $ENV{TARGET} = '0.05';
	my ($ok, $out, $err) = demo('tour');
	ok($ok, 'the demo ends well') or diag("$out\n$err");
	like($err, qr/permission denied for table court_events/, 'the reader is shown to be shut out of the source');
	my $html = slurp_html();
	like($html, qr/class="verdict (holds|reservations)"><p class="head">The target holds/, 'the report has the verdict');
	like($html, qr/Every setting that was tried/, 'and the ladder');
	my $open = slurp_file("$dir/report-public.html");
	like($open, qr/Public form/, 'the public form lies beside it');
	my $database_rows = $node->safe_psql('tour', 'SELECT DISTINCT unnest(ARRAY[full_name, ssn, email, phone, case_number, person_id::text, event_id::text]) FROM court_events');
	my @found = grep { index($html, $_) >= 0 } split /\n/, $database_rows;
	is("@found", '', 'the report holds no name, number or address of a person');
	my $views = $node->safe_psql('tour', join ' UNION ALL ', map { "SELECT v::text FROM safe.court_events_$_ v" } qw(personas events about groups intervals));
	@found = grep { index($views, $_) >= 0 } split /\n/, $database_rows;
	is("@found", '', 'nor do the published views');
	unlike($views, qr/(?<![\d.])[12]0000\d{8}(?!\d)/, 'nor any number like an id of the sample');
	@found = grep { index($open, $_) >= 0 } split /\n/, $database_rows;
	is("@found", '', 'nor does its public form');
	unlike("$html$open", qr/src=|href="[^#]|<script/, 'they need nothing from outside');
}

# Files of one's own: header with a byte order mark, quotes, repeated and empty names, gzip, CRLF; markup is escaped.
write_file('odd.csv', "\xEF\xBB\xBFid,\"Na\"\"me, <b>full</b>\",zip,when,\"\",at,bad,id,amount\r\n"
	. "1,\"a, b\",01234,2020-01-02,,2020-01-02 10:00,2023-02-30,9,1.50\r\n2,,55,2020-01-03,,2020-01-02T10:00:01.5,2023-02-01,9,2\r\n");
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGUSER => $superuser, PGDATABASE => 'postgres');
	command_ok(["$tools/load-csv.sh", "$dir/odd.csv", 'odd "table'], 'an odd file is loaded');
	is($node->safe_psql('postgres', q{SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), '|' ORDER BY attnum) FROM pg_attribute
		 WHERE attrelid = '"odd ""table"'::regclass AND attnum > 0}),
		'id bigint|Na"me, <b>full</b> text|zip text|when date|column_5 text|at timestamp without time zone|bad text|id_8 bigint|amount numeric',
		'names as in the header, types only where every value fits');
	write_file('short.csv', "a,b\n1\n");
	command_fails_like(["$tools/load-csv.sh", "$dir/short.csv", 'short'], qr/missing data for column "b"/, 'a row that is too short is an error');
	write_file('empty.csv', '');
	command_fails_like(["$tools/load-csv.sh", "$dir/empty.csv", 'empty'], qr/has no header line/, 'a file without a header is an error');
}

# People and events in two files, in either order; then two files that don't belong together.
$node->safe_psql('tour', qq{COPY (SELECT * FROM pt_sample_health_people(1500)) TO '$dir/people.csv' (FORMAT csv, HEADER)});
$node->safe_psql('tour', qq{COPY (SELECT * FROM pt_sample_health_encounters(1500)) TO '$dir/visits.csv' (FORMAT csv, HEADER)});
system_or_bail('gzip', "$dir/visits.csv");
{
	local $ENV{TARGET} = '0.05';
	my ($ok, $out, $err) = demo('twofiles', "$dir/visits.csv.gz,$dir/people.csv");
	ok($ok, 'two files') or diag("$out\n$err");
	like($out, qr/People: people, events: visits, joined by person_id/, 'which is which is found');
	like(slurp_html(), qr/class="verdict (holds|reservations)"/, 'published');
	($ok, $out, $err) = demo('strangers', "$dir/odd.csv,$dir/people.csv");
	ok(!$ok, 'two files without a common key are refused');
	like($err, qr/no column in common/, 'and the reason is said');
	($ok, $out, $err) = demo('nothing', "$dir/missing.csv");
	ok(!$ok, 'a missing file is refused');
}

# A target that can't be held: nothing is published, and the report says so.
{
	local $ENV{PEOPLE} = 60;
	my ($ok, $out, $err) = demo('toofew');
	ok(!$ok, 'a target out of reach ends with an error status');
	like(slurp_html(), qr/class="verdict fails"><p class="head">The target does not hold: not fit for release/, 'the report says so');
}

$node->stop;
done_testing();

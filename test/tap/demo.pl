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
	# What spreadsheets write: other separators, line ends and orders of day and month, decimal commas, names that are cut.
	my $types = sub {
		my ($name, $text) = @_;
		write_file("$name.csv", $text);
		command_ok(["$tools/load-csv.sh", "$dir/$name.csv", $name], "$name is loaded");
		return $node->safe_psql('postgres', "SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), '|' ORDER BY attnum) FROM pg_attribute
			 WHERE attrelid = '$name'::regclass AND attnum > 0");
	};
	is($types->('german', "id;Datum;Zeit;Betrag;\"x,y,z,\nw\"\r\n1;31.12.2022;1.2.2023 09:30;12,50;\r\n2;1.2.2022;28.02.2023 10:00;7;\r\n"),
		'id bigint|Datum date|Zeit timestamp without time zone|Betrag numeric|x,y,z, w text', 'semicolons, days first, decimal comma, a name of two lines');
	is($node->safe_psql('postgres', q{SELECT string_agg(format('%s %s %s', "Datum", "Zeit", "Betrag"), ', ' ORDER BY id) FROM german}),
		'2022-12-31 2023-02-01 09:30:00 12.50, 2022-02-01 2023-02-28 10:00:00 7', 'with the right values');
	is($types->('american', "id|on|by\r1|02/28/2023|1/2/2023\r2|1/2/2023|03/04/2023\r"), 'id bigint|on date|by date', 'bars, line ends of CR, months first in the whole file');
	is($node->safe_psql('postgres', 'SELECT string_agg("by"::text, \' \' ORDER BY id) FROM american'), '2023-01-02 2023-03-04', 'a date of an order that another column tells');
	is($types->('unclear', "a\tb\tc,d\n01/02/2023\t1.2.23\t1,5\n"), 'a text|b text|c,d text', 'dates that can be read in two ways stay text, decimal commas go with semicolons only');
	my $long = 'é' . 'x' x 61;
	is($types->('long', "${long}1,${long}2,$long\n1,2,3\n"), 'é' . 'x' x 54 . '_1 bigint|é' . 'x' x 54 . '_2 bigint|é' . 'x' x 61 . ' bigint', 'names too long for the server stay apart');
	write_file('latin.csv', "id,name\n1,M\xFCller\n");
	command_fails_like(["$tools/load-csv.sh", "$dir/latin.csv", 'latin'], qr/can't be read as UTF-8\. Convert it first: iconv -f WINDOWS-1252/, 'another encoding is refused with the way out');
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
	like($err, qr/KEY=a,b/, 'with what to do');
	($ok, $out, $err) = demo('nothing', "$dir/missing.csv");
	ok(!$ok, 'a missing file is refused');
	write_file('none.csv', "person_id,event_type\n");
	($ok, $out, $err) = demo('norows', "$dir/none.csv");
	ok(!$ok, 'a file without rows is refused');
	like($err, qr/has column names and no rows/, 'as such');

	# The key is named where its name says nothing, and where two files call it differently.
	$node->safe_psql('tour', qq{COPY (SELECT person_id AS k, age, sex, race FROM pt_sample_health_people(1500)) TO '$dir/folk.csv' (FORMAT csv, HEADER)});
	$node->safe_psql('tour', qq{COPY (SELECT person_id AS whose, event_type, event_date FROM pt_sample_health_encounters(1500)) TO '$dir/deeds.csv' (FORMAT csv, HEADER)});
	local $ENV{KEY} = 'whose,k';
	($ok, $out, $err) = demo('keyed', "$dir/deeds.csv,$dir/folk.csv");
	ok($ok, 'two files whose keys are named') or diag("$out\n$err");
	like($out, qr/People: folk, events: deeds, joined by k/, 'whatever their order');
	is($node->safe_psql('keyed', q{SELECT (SELECT people FROM pt_population_risk('deeds')) = (SELECT count(*) FROM folk)}), 't', 'everybody is counted once');
	$ENV{KEY} = 'nobody';
	($ok, $out, $err) = demo('unkeyed', "$dir/deeds.csv");
	like($err, qr/KEY: \S+deeds\.csv has no column nobody; it has whose, event_type, event_date/, 'a key that is not there is refused');
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

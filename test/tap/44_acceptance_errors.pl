# 200 errors in a row inside one connection: bad input, cancels, memory that runs out. The backend does not grow and goes on working.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' unless -r '/proc/self/status';
my $node = start_server('errors');
my $db = 'postgres';
$node->safe_psql($db, 'CREATE EXTENSION personatwin; CREATE SCHEMA safe');
$node->safe_psql($db, <<'SQL');
CREATE TABLE docket AS
SELECT 'person-' || lpad(g::text, 6, '0') AS person_id, 18 + g % 50 AS age, CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender,
       (ARRAY['White','Black','Hispanic'])[1 + g % 3] AS race, date '2020-01-01' + (g * 7 + k * 31) % 700 AS event_date,
       (ARRAY['arrest','charge','conviction'])[1 + (g + k) % 3] AS event_type, (ARRAY['guilty','dismissed'])[1 + (g * k) % 2] AS outcome
  FROM generate_series(1, 20000) g, generate_series(1, 1 + g % 4) k;
ANALYZE docket;
CREATE TABLE empty_docket (LIKE docket);
SQL
is(outcome($node, "SELECT count(*) FROM pt_create_personas('docket', 0.05)", db => $db)->{state}, '00000', 'a run to begin with');

# The kinds of error, as [what, statement, settings, SQLSTATE].
my @kind = (
    [ 'bad target', "SELECT * FROM pt_create_personas('docket', -1)", '', '22023' ],
    [ 'no table', "SELECT * FROM pt_create_personas('no_such_table', 0.05)", '', '42P01' ],
    [ 'no people table', "SELECT * FROM pt_create_personas('docket', 0.05, people => 'no_such_table')", '', '42P01' ],
    [ 'bad role', "SELECT pt_set_role('docket', 'age', 'king')", '', '22023' ],
    [ 'read-only', "SELECT * FROM pt_create_personas('docket', 0.05)", 'SET LOCAL transaction_read_only = on', '25006' ],
    [ 'cancel in a run', "SELECT count(*) FROM pt_create_personas('docket', 0.05)", 'SET LOCAL statement_timeout = 60', '57014' ],
    [ 'cancel early', "SELECT count(*) FROM pt_create_personas('docket', 0.05)", 'SET LOCAL statement_timeout = 12', '57014' ],
    [ 'out of memory', "SELECT count(*) FROM pt_create_personas('docket', 0.05)", "SET LOCAL personatwin.memory_limit = '1MB'", '53200' ],
    [ 'division by zero in the source', "SELECT count(*) FROM pt_create_personas('broken', 0.05)", '', '22012' ],
    [ 'no run', "SELECT * FROM pt_population_risk('empty_docket')", '', undef ],
);
$node->safe_psql($db, "CREATE VIEW broken AS SELECT person_id, age, gender, race, event_date, event_type, outcome FROM docket WHERE 1 / (20000 - substr(person_id, 8)::int) >= 0");
sub one { my ($k) = @_; return "BEGIN;\n$k->[2];\n$k->[1];\n\\echo state $k->[0]=:SQLSTATE\nROLLBACK;\n"; }
my $memory = "SELECT 'memory ' || substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\\s+(\\d+)');\n";
my $good = "SELECT 'good ' || (sum(merged_from) > 0) FROM pt_create_personas('docket', 0.05, dry_run => true);\n";
my $script = $good . $good;
$script .= one($_) for (@kind) x 3;                      # caches fill
$script .= "$memory";
$script .= one($kind[ $_ % @kind ]) for 0 .. 199;
$script .= $memory . $good;
my ($out, $err) = ('', '');
IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr($db) ], '<', \$script, '>', \$out, '2>', \$err);
my (%state, %wrong);
while ($out =~ /^state (.*)=(\w{5})$/mg) { $state{$1}{$2}++; }
for my $k (@kind) {
    my %got = %{ $state{ $k->[0] } // {} };
    note "$k->[0]: " . join(', ', map { "$_ x $got{$_}" } sort keys %got);
    ok(keys %got == 1 && !$got{'00000'} && (!defined $k->[3] || $got{ $k->[3] }), "$k->[0] is " . ($k->[3] // 'an error') . ' every time') or diag join(', ', map { "$_ x $got{$_}" } sort keys %got);
}
my @rss = $out =~ /^memory (\d+)$/mg;
is(scalar @rss, 2, 'the memory of the backend was read twice');
note sprintf('RssAnon of the backend before and after 200 errors: %d kB, %d kB', @rss) if @rss == 2;
cmp_ok(($rss[1] // 1e9) - ($rss[0] // 0), '<', 2048, '200 errors cost the backend less than 2 MB');
my @good = $out =~ /^good (\w+)$/mg;
is_deeply(\@good, [ ('true') x 3 ], 'the connection works before and after');
unlike($err, qr/server closed|terminat/, 'the connection was never lost');
$node->stop;
done_testing();

# 200 errors in a row inside one connection: bad input, cancels, memory that runs out. The backend does not grow and goes on working.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use List::Util qw(max);
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('errors');
my $db = 'postgres';
$node->safe_psql($db, <<'SQL');
CREATE EXTENSION personatwin;
CREATE SCHEMA safe;
CREATE FUNCTION heap() RETURNS int8 LANGUAGE c AS '$libdir/personatwin_test', 'pt_test_heap';
CREATE FUNCTION sanitized() RETURNS bool LANGUAGE c AS '$libdir/personatwin_test', 'pt_test_sanitized';
SQL
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
my $memory = "SELECT 'contexts ' || sum(total_bytes) FROM pg_backend_memory_contexts;\n"
           . "SELECT 'heap ' || heap();\n";
my $good = "SELECT 'good ' || (sum(merged_from) > 0) FROM pt_create_personas('docket', 0.05, dry_run => true);\n";
my $script = $good . $good;
$script .= one($_) for (@kind) x 3;                      # caches fill
$script .= join('', map { one($kind[ $_ % @kind ]) } 0 .. 199) . $memory for 1 .. 6;
$script .= $good;
my ($out, $err) = ('', '');
IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr($db) ], '<', \$script, '>', \$out, '2>', \$err);
my %state;
while ($out =~ /^state (.*)=(\w{5})$/mg) { $state{$1}{$2}++; }
for my $k (@kind) {
    my %got = %{ $state{ $k->[0] } // {} };
    note "$k->[0]: " . join(', ', map { "$_ x $got{$_}" } sort keys %got);
    ok(keys %got == 1 && !$got{'00000'} && (!defined $k->[3] || $got{ $k->[3] }), "$k->[0] is " . ($k->[3] // 'an error') . ' every time') or diag join(', ', map { "$_ x $got{$_}" } sort keys %got);
}
# Exact counts: the resident set moves by megabytes with what malloc keeps at the end of the heap, a leak does not hide in them.
my @heap = $out =~ /^heap (\d+)$/mg;
my @contexts = $out =~ /^contexts (\d+)$/mg;
is(scalar @heap, 6, 'the memory of the backend was read six times');
note "bytes that malloc handed out, after each 200 errors: @heap";
note "bytes of its memory contexts: @contexts";
SKIP: {
    skip 'the sanitizer has a malloc of its own', 1 if $node->safe_psql($db, 'SELECT sanitized()') eq 't';
    cmp_ok(max(@heap[ 3 .. 5 ]) - max(@heap[ 0 .. 2 ]), '<', 65536, '600 errors more cost the backend less than 64 kB');
}
cmp_ok(max(@contexts[ 3 .. 5 ]) - max(@contexts[ 0 .. 2 ]), '<', 65536, '... and its memory contexts less than 64 kB');
my @good = $out =~ /^good (\w+)$/mg;
is_deeply(\@good, [ ('true') x 3 ], 'the connection works before and after');
unlike($err, qr/server closed|terminat/, 'the connection was never lost');
$node->stop;
done_testing();

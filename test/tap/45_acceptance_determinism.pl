# Same input, options, seed and secret: the same published content, byte for byte, whatever the order of the rows, the number of
# workers, or whether people and events are one table or two. Another seed: other ids, the same guarantees.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('same', 'max_worker_processes = 8', 'max_parallel_workers = 8');
my $db = 'postgres';
$node->safe_psql($db, 'CREATE EXTENSION personatwin; CREATE SCHEMA safe');
my $real = data_dir();
if ($real) {
    load_compas($node, $db);
    # the same columns in both shapes
    $node->safe_psql($db, <<'SQL');
CREATE TABLE base_people AS SELECT person_id, sex, age, race, county_fips FROM court_people;
CREATE TABLE base_events AS SELECT person_id, event_ts, event_type, case_id, charge_degree, charge, outcome FROM court_events;
SQL
} else {
    note 'the COMPAS files are not here: made-up data instead';
    $node->safe_psql($db, <<'SQL');
CREATE TABLE base_people AS SELECT 'person-' || lpad(g::text, 6, '0') AS person_id, CASE WHEN random() < .8 THEN 'Male' ELSE 'Female' END AS sex, 18 + (random() * 50)::int AS age,
  (ARRAY['White','Black','Hispanic'])[1 + floor(random() * 3)::int] AS race, '12011' AS county_fips FROM generate_series(1, 8000) g;
CREATE TABLE base_events AS SELECT person_id, timestamp '2013-01-01' + random() * interval '700 days' AS event_ts, (ARRAY['offense','arrest','jail_in','jail_out'])[1 + floor(random() * 4)::int] AS event_type,
  'case-' || md5(random()::text) AS case_id, (ARRAY['F','M'])[1 + floor(random() * 2)::int] AS charge_degree, 'charge ' || floor(random() * 100) AS charge, (ARRAY['Low','Medium','High'])[1 + floor(random() * 3)::int] AS outcome
  FROM base_people, generate_series(1, 4);
SQL
}
$node->safe_psql($db, <<'SQL');
CREATE TABLE p1 AS SELECT * FROM base_people ORDER BY person_id; ALTER TABLE p1 ADD PRIMARY KEY (person_id);
CREATE TABLE e1 AS SELECT * FROM base_events ORDER BY person_id, event_ts; ALTER TABLE e1 ADD FOREIGN KEY (person_id) REFERENCES p1;
CREATE TABLE p2 AS SELECT * FROM base_people ORDER BY md5(person_id); ALTER TABLE p2 ADD PRIMARY KEY (person_id);
CREATE TABLE e2 AS SELECT * FROM base_events ORDER BY md5(person_id || event_ts::text || event_type); ALTER TABLE e2 ADD FOREIGN KEY (person_id) REFERENCES p2;
CREATE TABLE w1 AS SELECT person_id, sex, age, race, county_fips, event_ts, event_type, case_id, charge_degree, charge, outcome FROM base_people JOIN base_events USING (person_id) ORDER BY md5('w' || person_id || event_ts::text);
ANALYZE;
SQL

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = 'SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET force_parallel_mode = off;';
my $target = 0.01;
my @volatile = qw(published_at released_at created_at at time when version source);

# Publishes one run under one name and returns what the views show, then drops the release.
sub published {
    my ($name, $source, $seed, $settings) = @_;
    my $r = outcome($node, "SELECT count(*) FROM pt_create_personas('$source', $target, seed => $seed)", db => $db, before => $settings);
    is($r->{state}, '00000', "$name: a run") or diag $r->{err};
    $r = outcome($node, "SELECT * FROM pt_publish_release('$source', 'safe', name => 'same')", db => $db, before => $settings);
    is($r->{state}, '00000', "$name: published") or diag $r->{err};
    my $content = content($node, $db, 'safe.same', @volatile);
    my @ids = map { $_->[0] } $r->{state} eq '00000' ? rows($node, $db, 'SELECT persona_id FROM safe.same_personas') : ();
    my ($claim) = rows($node, $db, "SELECT population_average_risk, maximum_risk, target_met FROM pt_population_risk('$source')");
    $r = outcome($node, "SELECT * FROM pt_drop_release('$source')", db => $db);
    is($r->{state}, '00000', "$name: dropped") or diag $r->{err};
    return { content => $content, ids => \@ids, claim => $claim };
}

my $first = published('two tables, serial', 'e1', 42, $serial);
cmp_ok(scalar @{ $first->{ids} }, '>', 20, scalar(@{ $first->{ids} }) . ' personas');
for my $again ([ 'once more', 'e1', $serial ], [ 'parallel', 'e1', $parallel ], [ 'rows in another order', 'e2', $serial ], [ 'rows in another order, parallel', 'e2', $parallel ], [ 'one wide table', 'w1', $serial ], [ 'one wide table, parallel', 'w1', $parallel ]) {
    my ($name, $source, $settings) = @$again;
    my $next = published($name, $source, 42, $settings);
    for my $view (sort keys %{ $first->{content} }) {
        next if $view =~ /_about$/ && $source eq 'w1';    # says which table it comes from
        is_deeply($next->{content}{$view}, $first->{content}{$view}, "$name: $view is the same, rows and order");
    }
    is_deeply($next->{claim}, $first->{claim}, "$name: the same risks");
}
my $plan = join "\n", map { $_->[0] } rows($node, $db, "$parallel EXPLAIN SELECT person_id, event_ts FROM e1");
like($plan, qr/Gather/, 'the parallel settings do make parallel plans');

my $other = published('another seed', 'e1', 43, $serial);
my %old = map { $_ => 1 } @{ $first->{ids} };
is(scalar(grep { $old{$_} } @{ $other->{ids} }), 0, 'another seed: no id in common');
is($other->{claim}[2], $first->{claim}[2], 'another seed: the target is met or missed alike');
cmp_ok($other->{claim}[0], '<=', $target, 'another seed: average risk') if $first->{claim}[2] eq 't';
cmp_ok($other->{claim}[1], '<=', 0.10, 'another seed: maximum risk') if $first->{claim}[2] eq 't';
# another name: unlinkable ids
outcome($node, "SELECT count(*) FROM pt_create_personas('e1', $target, seed => 42)", db => $db);
my $r = outcome($node, "SELECT * FROM pt_publish_release('e1', 'safe', name => 'elsewhere')", db => $db);
is(scalar(grep { $old{ $_->[0] } } rows($node, $db, 'SELECT persona_id FROM safe.elsewhere_personas')), 0, 'another name of the release: no id in common') if $r->{state} eq '00000';
$node->stop;
done_testing();

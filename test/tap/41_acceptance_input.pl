# Bad and hostile input: each case ends with the expected rows or SQLSTATE, loses nothing, and leaves the connection alive.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('input');
my $db = 'postgres';
$node->safe_psql($db, 'CREATE EXTENSION personatwin; CREATE SCHEMA safe');

# A made-up docket: one row an event, people repeated. Arguments: name of the table, number of people, and expressions over g (person) and k (event) per column.
sub docket {
    my ($table, $people, %col) = @_;
    my %expr = (
        person_id => "'person-' || lpad(g::text, 6, '0')", age => '18 + g % 50', gender => "CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END",
        race => "(ARRAY['White','Black','Hispanic'])[1 + g % 3]", county => "(ARRAY['Adams','Brown','Clark'])[1 + g % 3]",
        event_date => "date '2020-01-01' + (g * 7 + k * 31) % 700", event_type => "(ARRAY['arrest','charge','conviction','probation_start'])[1 + (g + k) % 4]",
        outcome => "(ARRAY['guilty','dismissed','acquitted'])[1 + (g * k) % 3]", charge_degree => "(ARRAY['F','M'])[1 + (g + k) % 2]", %col);
    my @order = qw(person_id age gender race county event_date event_type outcome charge_degree);
    my @extra = grep { my $c = $_; !grep { $_ eq $c } @order } sort keys %expr;
    $node->safe_psql($db, "CREATE TABLE $table AS SELECT " . join(', ', map { "$expr{$_} AS " . ($_ =~ /^\w+$/ ? $_ : '"' . ($_ =~ s/"/""/gr) . '"') } @order, @extra)
          . " FROM generate_series(1, $people) g, generate_series(1, 1 + g % 4) k; ANALYZE $table");
}

# What the run left behind must be consistent: rows returned add up, sizes hold, target_met tells the truth.
sub create {
    my ($table, %opt) = @_;
    my $target = $opt{target} // 0.05;
    my $args = join '', map { ", $_" } @{ $opt{args} // [] };
    return outcome($node, "SELECT count(*), coalesce(sum(merged_from), 0), coalesce(min(merged_from), 0), coalesce(max(merged_from), 0) FROM pt_create_personas('$table', $target$args)", db => $db, %opt);
}

sub holds {
    my ($name, $r, $people) = @_;
    is($r->{state}, '00000', "$name: a run") or diag $r->{err};
    ok($r->{alive}, "$name: the connection lives");
    my ($n, $sum, $min, $max) = split /\|/, ($r->{out} || '0|0|0|0');
    chomp $max;
    ok($sum <= $people, "$name: no more people than there are ($sum of $people)");
    ok($n == 0 || ($min >= 5 && $max <= 50), "$name: personas of 5..50 people ($n of $min..$max)");
    return $sum;
}

# 30 people cannot have 1 %: the best level reached, a warning, no release
docket('thirty', 30);
my $r = create('thirty', target => 0.01);
holds('30 people', $r, 30);
like($r->{err}, qr/WARNING/, '30 people: a warning says that the target is not reached');
my ($met, $status) = @{ (rows($node, $db, "SELECT target_met, status FROM pt_population_risk('thirty')"))[0] };
is($met, 'f', '30 people: target_met is false');
isnt($status, 'SAFE_FOR_PUBLIC_RELEASE', '30 people: the status is no better than the level reached');
$r = outcome($node, "SELECT * FROM pt_publish_release('thirty', 'safe')", db => $db);
ok($r->{state} ne '00000' && $r->{alive}, "30 people: publication refused ($r->{state})");
is(value($node, $db, "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'safe'"), 0, '30 people: nothing was published');

# 1 person, no rows
docket('one', 1);
docket('nobody', 0);
for my $t (qw(one nobody)) {
    $r = create($t);
    ok($r->{state} =~ /^(00000|22|P0|0A|55|42)/ && $r->{alive}, "$t: a clear answer ($r->{state})");
    $r->{state} eq '00000' ? like($r->{out}, qr/^0\|0\|/, "$t: no persona") : like($r->{err}, qr/$t|people|rows|person/, "$t: the error says what is wrong");
    like($r->{err}, qr/WARNING|ERROR/, "$t: and it is said");
    $r = outcome($node, "SELECT * FROM pt_publish_release('$t', 'safe')", db => $db);
    ok($r->{state} ne '00000' && $r->{alive}, "$t: publication refused ($r->{state})");
}

# all identical, all unique
docket('same', 600, age => '40', gender => "'Male'", race => "'White'", county => "'Adams'", event_date => "date '2020-05-05'", event_type => "'arrest'", outcome => "'guilty'", charge_degree => "'F'");
holds('all identical', $r = create('same', target => 0.01), 600);
docket('distinct_all', 600, age => '18 + g % 83', race => "'race ' || g", county => "'county ' || g", event_date => "date '2000-01-01' + g * 5 + k", event_type => "'type ' || g", outcome => "'outcome ' || g * 10 + k");
my $sum = holds('all unique', $r = create('distinct_all', target => 0.2), 600);

# NULLs in each column in turn, in every column now and then, and in all of them at once
docket('nulls', 400, map { my ($c, $e) = @$_; $c => "CASE WHEN (g + " . length($c) . ") % 9 = 0 THEN NULL ELSE $e END" } ([ age => '18 + g % 50' ], [ gender => "CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END" ],
    [ race => "(ARRAY['White','Black','Hispanic'])[1 + g % 3]" ], [ county => "'Adams'" ], [ event_type => "'arrest'" ], [ event_date => "date '2020-01-01' + g" ], [ outcome => "'guilty'" ], [ charge_degree => "'F'" ]));
holds('NULLs', create('nulls'), 400);
docket('null_person', 400, person_id => "CASE WHEN g % 10 = 0 THEN NULL ELSE 'person-' || g END");
$sum = holds('events without a person', create('null_person'), 360);
for my $c (qw(age gender race county event_date event_type outcome charge_degree)) {
    my $type = $c eq 'age' ? 'int' : $c eq 'event_date' ? 'date' : 'text';
    docket("null_$c", 300, $c => "NULL::$type");
    $r = create("null_$c");
    ok($r->{state} =~ /^(00000|22|42)/ && $r->{alive}, "$c NULL everywhere: a clear answer ($r->{state})") or diag $r->{err};
}
$node->safe_psql($db, "CREATE TABLE all_null (person_id text, age int, gender text, race text, county text, event_date date, event_type text, outcome text); INSERT INTO all_null SELECT FROM generate_series(1, 100)");
$r = create('all_null');
ok($r->{state} =~ /^(00000|22|42)/ && $r->{alive}, "NULL everywhere: a clear answer ($r->{state})") or diag $r->{err};
ok($r->{state} ne '00000' || $r->{out} =~ /^0\|0\|/, 'NULL everywhere: no persona');

# ages that are none
docket('ages', 400, age => 'CASE WHEN g % 10 = 0 THEN -5 WHEN g % 10 = 1 THEN 200 WHEN g % 10 = 2 THEN NULL ELSE 18 + g % 50 END');
holds('ages -5, 200, NULL', create('ages'), 400);
is(value($node, $db, "SELECT count(*) FROM pt_create_personas('ages', 0.05) WHERE lower(age_range) < 0 OR upper(age_range) > 131"), 0, 'ages -5, 200: no range shows them');

# dates at the ends of time
docket('ends', 400, event_date => "CASE WHEN g % 20 = 0 THEN date 'infinity' WHEN g % 20 = 1 THEN date '-infinity' WHEN g % 20 = 2 THEN date '0044-03-15 BC' WHEN g % 20 = 3 THEN date '2999-01-01' WHEN g % 20 = 4 THEN NULL ELSE date '2020-01-01' + g END");
holds('dates infinity, BC, future', create('ends', target => 0.1), 400);
docket('stamps', 400, event_date => "CASE WHEN g % 20 = 0 THEN timestamptz 'infinity' WHEN g % 20 = 1 THEN timestamptz '-infinity' WHEN g % 20 = 2 THEN timestamptz '4713-01-01 BC' WHEN g % 20 = 3 THEN timestamptz '294276-01-01' ELSE timestamptz '2020-01-01' + g * interval '1 hour' END");
holds('timestamps infinity, BC, the last year', create('stamps', target => 0.1), 400);

# names
$node->safe_psql($db, 'CREATE SCHEMA "Größe Ünï"');
docket('"Größe Ünï"."Straße ""42"" Fälle"', 400);
$r = create('"Größe Ünï"."Straße ""42"" Fälle"');
holds('quoted, mixed-case, non-ASCII', $r, 400);
$r = outcome($node, q{SELECT count(*) FROM pt_publish_release('"Größe Ünï"."Straße ""42"" Fälle"', 'safe')}, db => $db);
is($r->{state}, '00000', 'quoted, mixed-case, non-ASCII: published') or diag $r->{err};
is(value($node, $db, q{SELECT sum(merged_from) > 0 FROM safe."Straße ""42"" Fälle_personas"}), 't', 'quoted, mixed-case, non-ASCII: the views can be read under their names');
is(outcome($node, q{SELECT count(*) FROM pt_drop_release('"Größe Ünï"."Straße ""42"" Fälle"')}, db => $db)->{state}, '00000', 'quoted, mixed-case, non-ASCII: dropped');
$node->safe_psql($db, 'CREATE TABLE x AS SELECT 1 AS kept');
docket('hostile', 400, '"; drop table x; --"' => "'v' || g % 3", q{'; drop table x; --} => 'g % 5', q{a"b'c\\d%I%s$1} => "'w' || g % 2");
for my $column ('"; drop table x; --"', q{'; drop table x; --}, q{a"b'c\\d%I%s$1}) {
    (my $quoted = $column) =~ s/'/''/g;
    is(outcome($node, "SELECT pt_set_role('hostile', '$quoted', 'detail')", db => $db)->{state}, '00000', "column $column: takes a role");
}
holds('hostile column names', $r = create('hostile', target => 0.3), 400);
$r = outcome($node, "SELECT count(*) FROM pt_publish_release('hostile', 'safe')", db => $db);
is($r->{state}, '00000', 'hostile column names: published') or diag $r->{err};
is(value($node, $db, 'SELECT kept FROM x'), 1, 'hostile column names: table x is still there');
is(outcome($node, "SELECT pt_set_role('thirty', 'age', 'quasi-identifier; drop table x')", db => $db)->{state}, '22023', 'a role that is none is refused');
is(outcome($node, "SELECT pt_set_role('thirty', 'no such column', 'detail')", db => $db)->{state}, '42703', 'a column that is none is refused');
is(outcome($node, "SELECT * FROM pt_create_personas('no_such_table', 0.01)", db => $db)->{state}, '42P01', 'a table that is none is refused');

# arguments out of range
for my $case ([ "'thirty', 0" ], [ "'thirty', -1" ], [ "'thirty', 'NaN'" ], [ "'thirty', 2" ], [ "'thirty', 0.05, min_size => 0" ], [ "'thirty', 0.05, min_size => 60" ], [ "'thirty', 0.05, max_size => 0" ],
    [ "'thirty', 0.05, attacker => 'martian'" ], [ "'thirty', 0.05, privacy_level => 'extreme'" ], [ "'thirty', 0.05, period => 'fortnight'" ], [ "'thirty', 0.05, individual_limit => 0" ], [ "'thirty', 0.05, cohesion => 'NaN'" ]) {
    $r = outcome($node, "SELECT * FROM pt_create_personas($case->[0])", db => $db);
    ok($r->{state} eq '22023' && $r->{alive}, "($case->[0]) is 22023") or diag "$r->{state} $r->{err}";
}
for my $null ('pt_create_personas(NULL, 0.01)', "pt_create_personas('thirty', NULL)", "pt_publish_release('thirty', NULL)", 'pt_publish_release(NULL, NULL)', 'pt_population_risk(NULL)', 'pt_persona_risks(NULL)', 'pt_decisions(NULL)',
    'pt_roles(NULL)', 'pt_detect_roles(NULL)', 'pt_drop_run(NULL)', 'pt_drop_release(NULL)', 'pt_explain_person(NULL, NULL)', 'pt_set_role(NULL, NULL, NULL)', 'pt_frontier(NULL, NULL)', 'pt_anonymize_table(NULL, NULL)') {
    $r = outcome($node, "SELECT * FROM $null", db => $db);
    ok($r->{state} =~ /^(00000|22|42)/ && $r->{state} ne '42883' && $r->{alive}, "$null: a clear answer ($r->{state})") or diag $r->{err};
}
$r = outcome($node, "SELECT * FROM pt_population_risk('pg_class')", db => $db);
ok($r->{state} ne '00000' && $r->{alive}, "a table without a run: $r->{state}");

# people and events as two tables with people who have no event and events whose person is not there
$node->safe_psql($db, <<'SQL');
CREATE TABLE folk AS SELECT 'p' || g AS person_id, 20 + g % 40 AS age, CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender FROM generate_series(1, 500) g;
CREATE TABLE doings AS SELECT 'p' || g AS person_id, date '2021-01-01' + g % 300 AS event_date, 'arrest' AS event_type, 'guilty' AS outcome FROM generate_series(101, 600) g;
SQL
$r = create('doings', args => [ "people => 'folk'" ], target => 0.1);
$sum = holds('people without events, events without people', $r, 500);
is($sum, 500, 'people without events are people') ;
$r = create('doings', args => [ "people => 'no_such'" ]);
is($r->{state}, '42P01', 'a table of people that is none is refused');

# what changed after the run
docket('moving', 400);
holds('before the change', create('moving'), 400);
$node->safe_psql($db, "DELETE FROM moving WHERE person_id = 'person-000001'");
$r = outcome($node, "SELECT * FROM pt_publish_release('moving', 'safe')", db => $db);
ok($r->{state} ne '00000' && $r->{err} =~ /chang/i && $r->{alive}, "a source that changed since the run is not published ($r->{state})") or diag $r->{err};
# the same values dealt otherwise are a change, rows in another order are none
docket('dealt', 400);
# other people than those published before: a copy of their table would be refused
$node->safe_psql($db, q{UPDATE dealt SET person_id = 'dealt-' || person_id});
create('dealt');
$node->safe_psql($db, "UPDATE dealt SET outcome = CASE outcome WHEN 'guilty' THEN 'dismissed' ELSE 'guilty' END WHERE ctid IN (SELECT min(ctid) FROM dealt WHERE outcome IN ('guilty', 'dismissed') GROUP BY outcome)");
is(outcome($node, "SELECT * FROM pt_publish_release('dealt', 'safe')", db => $db)->{state}, '55000', 'two outcomes exchanged: not published');
create('dealt');
$node->safe_psql($db, 'CREATE INDEX dealt_order ON dealt (event_date, person_id); CLUSTER dealt USING dealt_order');
is(outcome($node, "SELECT * FROM pt_publish_release('dealt', 'safe')", db => $db)->{state}, '00000', 'rows in another order: published');
docket('later', 400);
create('later');
$node->safe_psql($db, "ALTER TABLE later ADD COLUMN nickname text; UPDATE later SET nickname = 'nick-' || person_id");
$r = create('later');
holds('a column added later', $r, 400);
like($r->{err}, qr/nickname/, 'a column added later is reported');
is(outcome($node, "SELECT * FROM pt_publish_release('later', 'safe')", db => $db)->{state}, '00000', 'a column added later: published');
unlike(views_text($node, $db, 'safe'), qr/nick/, 'a column added later stays out');

# a table dropped by another connection between run and publication
docket('gone', 400);
create('gone');
$node->safe_psql($db, 'DROP TABLE gone');
is(outcome($node, "SELECT * FROM pt_publish_release('gone', 'safe')", db => $db)->{state}, '42P01', 'a source dropped after the run: publication is 42P01');

# a table dropped by another connection while pt_build, which commits on its way, is at work
docket('vanishing', 30000);
my ($in, $out, $err) = ("CALL pt_build('vanishing', 0.01);\n\\echo state :SQLSTATE\nSELECT 'still ' || 'alive';\n", '', '');
my $build = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr($db) ], '<', \$in, '>', \$out, '2>', \$err);
for (1 .. 200) {    # strike while it works
    last if value($node, $db, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CALL pt_build%' AND state = 'active'") > 0;
}
my $drop = outcome($node, 'DROP TABLE vanishing', db => $db);
$build->finish;
is($drop->{state}, '00000', 'pt_build: the other connection drops the table');
like($out, qr/^state (00000|42P01|55000|42704|XX)/m, 'pt_build: ends with a clear answer');
unlike($out, qr/^state XX/m, 'pt_build: not an internal error') or diag $err;
like($out, qr/still alive/, 'pt_build: the connection lives');
note 'pt_build: ' . join ' ', $out =~ /^(state .*)$/m;

# read-only transaction
docket('quiet', 400);
is(outcome($node, "SELECT * FROM pt_create_personas('quiet', 0.05)", db => $db, before => 'BEGIN READ ONLY;')->{state}, '25006', 'read-only: 25006');
$r = outcome($node, "SELECT count(*) > 0 FROM pt_create_personas('quiet', 0.05, dry_run => true)", db => $db, before => 'BEGIN READ ONLY;');
is($r->{state}, '00000', 'read-only: dry_run works') or diag $r->{err};
is(value($node, $db, "SELECT count(*) FROM pg_seclabels WHERE provider = 'personatwin' AND objname LIKE 'quiet%'"), 0, 'dry_run records no label');
is(value($node, $db, "SELECT count(*) FROM pt_runs() r WHERE to_jsonb(r) ->> 'source' LIKE '%quiet%'"), 0, 'dry_run stores no run');
create('quiet');
is(outcome($node, "SELECT * FROM pt_publish_release('quiet', 'safe')", db => $db, before => 'BEGIN READ ONLY;')->{state}, '25006', 'read-only: publication is 25006');

# statement_timeout in every phase: whenever it strikes, 57014, nothing left behind, and the next run is whole
docket('slow', 20000);
my $full = outcome($node, "SELECT count(*) FROM pt_create_personas('slow', 0.01)", db => $db);
is($full->{state}, '00000', 'timeout: a whole run') or diag $full->{err};
my $state_sql = "SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('personatwin', 'safe')) || ' ' || (SELECT count(*) FROM pt_runs())";
my $before = value($node, $db, $state_sql);
my ($cancelled, $whole, $wrong) = (0, 0, 0);
for (my $ms = 2; $ms < 20000; $ms = int($ms * 1.35) + 1) {
    $r = outcome($node, "SELECT count(*) FROM pt_create_personas('slow', 0.01)", db => $db, before => "BEGIN; SET LOCAL statement_timeout = $ms;");
    $wrong++ unless $r->{alive} && $r->{state} =~ /^(57014|00000)$/;
    $r->{state} eq '57014' ? $cancelled++ : $whole++;
    last if $r->{state} eq '00000';
}
note "timeouts: pt_create_personas cancelled at $cancelled points";
cmp_ok($cancelled, '>=', 5, 'timeout: pt_create_personas is cancelled at five points or more');
is($wrong, 0, 'timeout: always 57014 and the connection lives');
is(value($node, $db, $state_sql), $before, 'timeout: nothing is left behind');
($cancelled, $wrong) = (0, 0);
for (my $ms = 2; $ms < 20000; $ms = int($ms * 1.35) + 1) {
    $r = outcome($node, "SELECT * FROM pt_publish_release('slow', 'safe')", db => $db, before => "BEGIN; SET LOCAL statement_timeout = $ms;");
    $wrong++ unless $r->{alive} && $r->{state} =~ /^(57014|00000)$/;
    last if $r->{state} eq '00000';
    $cancelled++;
}
note "timeouts: pt_publish_release cancelled at $cancelled points";
cmp_ok($cancelled, '>=', 3, 'timeout: pt_publish_release is cancelled at three points or more');
is($wrong, 0, 'timeout: publication too ends with 57014 and the connection lives') or diag "$r->{state} $r->{err}";
is(value($node, $db, $state_sql), $before, 'timeout: nothing is left behind by publications');
is(outcome($node, "SELECT * FROM pt_publish_release('slow', 'safe')", db => $db)->{state}, '00000', 'timeout: the run can be published afterwards');

$node->stop;
done_testing();

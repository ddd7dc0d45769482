# Attackers x ladder on the COMPAS court data: for four targets, the risk that is claimed under each attacker against the one that an
# independent attack in SQL (test/tools/attack.sql) finds in the published views, and what the target costs. The table is the one in
# doc/privacy-model.md. Skipped, saying so, where the data is not there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the COMPAS files are not here (set PERSONATWIN_DATA to their folder)' unless data_dir();
my $node = start_server('ladder');
$node->safe_psql('postgres', 'CREATE DATABASE court');
load_compas($node, 'court');

my @attackers = (
    [ 'demographics', 'demographics' ], [ 'demographics+1', 'one_event' ], [ 'demographics+2', 'two_events' ],
    [ 'demographics+events', 'all_events' ], [ 'events', 'events' ]);
my %length = (month => 1, quarter => 2, 'half-year' => 3, year => 4);
my ($before, @table, $finest);
for my $target (0.05, 0.02, 0.01, 0.005) {
    # A second publication of the same people would be refused: each target has a database of its own.
    my $db = 'court_' . ($target * 1000);
    $node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE court");
    $node->safe_psql($db, "CREATE EXTENSION personatwin; SET client_min_messages = warning; SELECT count(*) FROM pt_create_personas('court_events', $target); SELECT release FROM pt_publish_release('court_events', 'safe')");
    my ($measured, $skipped) = attack($node, $db, few => 1,
        people => 'SELECT person_id AS person, * FROM (SELECT *, sex AS gender, race AS ethnicity, county_fips AS geography FROM court_people) p',
        events => 'SELECT e.person_id AS person, e.event_ts AS at, e.* FROM court_events e', release => 'safe.court_events');
    is_deeply($skipped, [], "$target: every published event column is attacked");
    my ($cost) = rows($node, $db, "SELECT classes, personas, suppressed, mean_age_width, period, utility, target_met, label_generalized FROM pt_population_risk('court_events')");
    my ($classes, $personas, $suppressed, $width, $period, $utility, $met, $relabelled) = @$cost;
    is($met, 't', "$target: the target is met");

    # predicted = measured, attacker by attacker
    my %risk;
    for (@attackers) {
        my ($attacker, $field) = @$_;
        my ($average, $maximum) = @{ (rows($node, $db, "SELECT ${field}_average, ${field}_maximum FROM pt_population_risk('court_events')"))[0] };
        my $m = $measured->{$attacker};
        $risk{$attacker} = [ $average, $m->{average} ];
        # Suppressed people give the attack of SQL others to choose from: its figure is a lower one then.
        my ($a, $b) = map { $_->[0] / $_->[1] - 1 } [ $m->{average}, $average ], [ $m->{maximum}, $maximum ];
        ok($suppressed ? $a <= 1e-9 && $b <= 1e-9 : abs($a) < 1e-9 && abs($b) < 1e-9, "$target: $attacker: predicted average $average and maximum $maximum are the measured ones")
            or diag "measured $m->{average} and $m->{maximum}";
    }
    cmp_ok($risk{'demographics+events'}[1], '<=', $target, "$target: the measured risk under the attacker of the target holds it");
    cmp_ok($measured->{'demographics+events'}{maximum}, '<=', 0.10, "$target: nobody is above the individual limit");
    cmp_ok($risk{$attackers[$_]->[0]}[1], '<=', $risk{$attackers[ $_ + 1 ]->[0]}[1] + 1e-12, "$target: who knows more finds more: $attackers[$_]->[0]") for 0 .. 2;

    # disparities: reoffence and share of felonies by sex and race, wherever the published labels hold the whole group
    my ($groups, $whole, $worst) = @{ (rows($node, $db, <<'SQL'))[0] };
WITH h AS (SELECT person_id, bool_or(event_type IN ('reoffense', 'violent_reoffense'))::int AS again, count(*) AS events, count(*) FILTER (WHERE charge_degree = 'F') AS felonies FROM court_events GROUP BY 1),
     s AS (SELECT sex AS gender, race AS ethnicity, count(*) AS n, avg(again)::float8 AS again, sum(felonies)::float8 / sum(events) AS felony FROM court_people JOIN h USING (person_id) GROUP BY 1, 2),
     p AS (SELECT gender, ethnicity, sum(merged_from) AS n, sum(merged_from * (recidivism_indicators ->> 'share')::float8) / sum(merged_from) AS again FROM safe.court_events_personas GROUP BY 1, 2),
     e AS (SELECT gender, ethnicity, sum(weight) FILTER (WHERE charge_degree = 'F')::float8 / sum(weight) AS felony FROM safe.court_events_personas JOIN safe.court_events_events USING (persona_id) GROUP BY 1, 2)
SELECT (SELECT count(*) FROM s), count(*), max(greatest(abs(p.again - s.again), abs(e.felony - s.felony))) FROM s JOIN p USING (gender, ethnicity, n) JOIN e USING (gender, ethnicity)
SQL
    my $degree = value($node, $db, "SELECT count(charge_degree) > 0 FROM safe.court_events_events");
    cmp_ok($worst, '<', 1e-9, "$target: reoffence and felony share of the $whole of $groups groups published whole are the source's");
    cmp_ok($whole, '>=', 8, "$target: most groups are published whole");

    # a stricter target costs more, never less
    $finest //= $utility;
    if ($before) {
        cmp_ok($utility, '<', $before->{utility}, "$target: costs utility");
        cmp_ok($width, '>=', $before->{width}, "$target: age ranges are no narrower");
        cmp_ok($length{$period}, '>=', $length{ $before->{period} }, "$target: periods are no shorter");
        cmp_ok($risk{$_->[0]}[1], '<', $before->{risk}{$_->[0]}[1], "$target: $_->[0] finds fewer") for @attackers;
    }
    cmp_ok($suppressed, '<=', 0.005 * 11757, "$target: at most 0.5 % suppressed");
    $before = { utility => $utility, width => $width, period => $period, risk => \%risk };
    push @table, [ $target, (map { sprintf '%.4f', $risk{$_->[0]}[1] } @attackers), $classes, $personas, $period, $degree eq 't' ? 'yes' : 'no', sprintf('%.1f', $width), $suppressed, $relabelled,
        "$whole of $groups", sprintf('%.3f', $finest - $utility) ];
}
# the last rung: synthetic events never cost utility, and say whether they pay
$node->safe_psql('court', 'CREATE EXTENSION personatwin');
for (rows($node, 'court', "SET client_min_messages = warning; SELECT w.target_risk, w.utility, s.utility FROM pt_frontier('court_events', '{0.02,0.01}') w JOIN pt_frontier('court_events', '{0.02,0.01}', synthetic => 0.1) s USING (target_risk)")) {
    cmp_ok($_->[2], '>=', $_->[1], "$_->[0]: with synthetic events allowed the utility is $_->[2], without $_->[1]");
}

note join ' | ', 'target', (map { $_->[0] } @attackers), 'classes', 'personas', 'period', 'charge degree', 'age width', 'suppressed', 'relabelled', 'groups whole', 'utility lost';
note join ' | ', @$_ for @table;
$node->stop;
done_testing();

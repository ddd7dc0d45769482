# Generated court and hospital data: nothing that names a person comes through, the attack holds, disparities are exact.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('generated');
my $db = 'postgres';
$node->safe_psql($db, 'CREATE EXTENSION personatwin');
$node->safe_psql($db, <<'SQL');
CREATE TABLE court AS SELECT * FROM pt_sample_court_events(6000, 7);
CREATE TABLE health AS SELECT * FROM pt_sample_health_events(6000, 7);
ANALYZE;
SQL

my %secret = (
    court => [qw(full_name ssn address phone email case_number judge_name prosecutor_name notes)],
    health => [qw(mrn full_name insurance_id address phone email provider_name notes)],
);
for my $source (qw(court health)) {
    my $schema = "safe_$source";
    $node->safe_psql($db, "CREATE SCHEMA $schema");
    my $r = outcome($node, "SELECT count(*) FROM pt_create_personas('$source', 0.02)", db => $db);
    is($r->{state}, '00000', "$source: personas") or diag $r->{err};
    $r = outcome($node, "SELECT * FROM pt_publish_release('$source', '$schema')", db => $db);
    is($r->{state}, '00000', "$source: published") or do { diag $r->{err}; next };
    my $text = views_text($node, $db, $schema);
    for my $c (@{ $secret{$source} }) {
        my ($tried, @found) = leaks($text, [ map { $_->[0] } rows($node, $db, "SELECT DISTINCT $c FROM $source WHERE $c IS NOT NULL") ]);
        cmp_ok($tried, '>', 0, "$source: $tried values of $c to look for");
        is(scalar @found, 0, "$source: none of them is in the release") or diag join ', ', splice(@found, 0, 5);
    }
    for my $c (qw(person_id event_id)) {
        my ($tried, @found) = leaks($text, [ map { $_->[0] } rows($node, $db, "SELECT DISTINCT $c FROM $source") ], numbers => 1, shortest => 13);
        cmp_ok($tried, '>', 5000, "$source: $tried numbers of $c from 10^12 up to look for");
        is(scalar @found, 0, "$source: none of them is in the release") or diag join ', ', splice(@found, 0, 5);
    }
    my ($claim) = rows($node, $db, "SELECT population_average_risk, maximum_risk, demographic_concentration_risk, event_pattern_concentration_risk FROM pt_population_risk('$source')");
    my ($attack, $skipped) = attack($node, $db, release => "$schema.$source",
        people => "SELECT DISTINCT ON (person_id) person_id::text AS person, x.* FROM (SELECT *, sex AS gender, race AS ethnicity, county AS geography FROM $source) x ORDER BY person_id",
        events => "SELECT person_id::text AS person, event_date AS at, x.* FROM $source x");
    my ($all, $released) = @{ (rows($node, $db, "SELECT (SELECT count(DISTINCT person_id) FROM $source), (SELECT sum(merged_from) FROM $schema.${source}_personas)"))[0] };
    for my $a (sort keys %$attack) {
        note sprintf('%s: attacker %-20s people %d unmatched %d surplus %d ambiguous %d average %.6f maximum %.6f', $source, $a, @{ $attack->{$a} }{qw(people unmatched surplus ambiguous average maximum)});
    }
    note "$source: $released of $all people; claims @$claim";
    is_deeply($skipped, [], "$source: every published event column is attacked");
    cmp_ok($attack->{'demographics+events'}{unmatched}, '<=', $all - $released, "$source: nobody but the suppressed is uncovered");
    cmp_ok($attack->{'demographics+events'}{average}, '<=', $claim->[0] + 1e-9, "$source: average not above the claim");
    cmp_ok($attack->{'demographics+events'}{maximum}, '<=', $claim->[1] + 1e-9, "$source: maximum not above the claim");
    cmp_ok($attack->{demographics}{average}, '<=', $claim->[2] + 1e-9, "$source: demographics not above the claim");
    cmp_ok($attack->{events}{average}, '<=', $claim->[3] + 1e-9, "$source: events not above the claim");
    # outcomes by race over events, where the label holds all of its people
    my $differ = value($node, $db, <<"SQL");
WITH p AS (SELECT ethnicity AS race, sum(merged_from) AS n FROM $schema.${source}_personas GROUP BY 1),
     s AS (SELECT race, count(DISTINCT person_id) AS n FROM $source GROUP BY 1),
     whole AS (SELECT race FROM p JOIN s USING (race, n)),
     a AS (SELECT ethnicity AS race, event_type, outcome, sum(weight)::bigint AS n FROM $schema.${source}_personas JOIN $schema.${source}_events USING (persona_id) GROUP BY 1, 2, 3),
     b AS (SELECT race, event_type, outcome, count(*) AS n FROM $source GROUP BY 1, 2, 3)
SELECT (SELECT count(*) FROM whole) || ' ' || (SELECT count(*) FROM (SELECT * FROM a WHERE race IN (TABLE whole)) a FULL JOIN (SELECT * FROM b WHERE race IN (TABLE whole)) b
   ON ROW(a.race, a.event_type, a.outcome)::text = ROW(b.race, b.event_type, b.outcome)::text WHERE a.n IS DISTINCT FROM b.n)
SQL
    my ($whole, $wrong) = split ' ', $differ;
    cmp_ok($whole, '>=', 3, "$source: $whole races are complete");
    is($wrong, 0, "$source: events by race, type and outcome equal the source's");
}
$node->stop;
done_testing();

# pt_attack on the COMPAS court data as the main job publishes it: nothing contradicts the claims, enumerated means are the claims, the
# independent SQL (test/tools/attack.sql) finds the same, and a release whose claims are half the truth is caught.
# Skipped, saying so, where the data is not there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the COMPAS files are not here (set PERSONATWIN_DATA to their folder)' unless data_dir();
my $node = start_server('attack');
my $db = 'court';
$node->safe_psql('postgres', "CREATE DATABASE $db");
$node->safe_psql($db, 'CREATE EXTENSION personatwin');
load_compas($node, $db);
$node->safe_psql($db, "SELECT count(*) FROM pt_create_personas('court_events', 0.01); SELECT release FROM pt_publish_release('court_events', 'safe')");

my %found = map { $_->[0] => $_ } rows($node, $db, "SELECT attack, attempts, successes, rate, low, persona_hit_rate, control_rate, residual_risk, claimed_risk, within_claim, exact_mean, exact_maximum, claimed_maximum FROM pt_attack('court_events')");
my @naming = ('demographics', 'demographics+1', 'demographics+2', 'demographics+events', 'events');
is(join(' ', sort grep { !/^inference/ } keys %found), join(' ', sort @naming, 'demographics+events+counts', 'linkability', 'singling-out-multivariate', 'singling-out-univariate'), 'every attack was made');
for my $attack (sort keys %found) {
    my $f = $found{$attack};
    note join ' ', map { $_ // '-' } @$f;
    cmp_ok($f->[1], '>', 0, "$attack: attempts");
    cmp_ok($f->[2], '<=', $f->[1], "$attack: successes");
    # who also knows when an event happened may infer more than is claimed (doc/privacy-measures.md says so)
    is($f->[9], 't', "$attack: within the claim") unless $attack =~ /^inference\+period|counts$/;
}
for my $attack (@naming) {
    my $f = $found{$attack};
    cmp_ok(abs($f->[10] / $f->[8] - 1), '<', 1e-9, "$attack: the enumerated mean is the claim");
    cmp_ok(abs($f->[11] / $f->[12] - 1), '<', 1e-9, "$attack: the enumerated maximum is the claim");
}
cmp_ok($found{'demographics+events'}[8], '<=', 0.01, 'the claim is at most 1 %');
# who weighs counts finds more than is claimed of anybody who does not (doc/privacy-model.md, "Limits that are known")
my $counts = $found{'demographics+events+counts'};
ok(!defined $counts->[8] && !defined $counts->[9], 'nothing is claimed for who weighs counts');
cmp_ok($counts->[10], '>', $found{'demographics+events'}[10], 'who weighs counts finds more people');
cmp_ok($counts->[10], '<', 1.5 * $found{'demographics+events'}[10], 'but not many more');
cmp_ok($counts->[11], '<=', 0.1, 'and nobody above the limit of an individual');

my ($independent) = attack($node, $db,
    people => 'SELECT person_id AS person, * FROM (SELECT *, sex AS gender, race AS ethnicity, county_fips AS geography FROM court_people) p',
    events => 'SELECT e.person_id AS person, e.event_ts AS at, e.* FROM court_events e', release => 'safe.court_events');
my $all = value($node, $db, 'SELECT count(*) = (SELECT sum(merged_from) FROM safe.court_events_personas) FROM court_people');
SKIP: {
    skip 'suppressed people: the independent attack has others to choose from', 6 if $all ne 't';
    for my $attack ('demographics', 'demographics+events', 'events') {
        cmp_ok(abs($found{$attack}[10] - $independent->{$attack}{average}), '<', 1e-9, "$attack: the independent SQL finds the same mean");
        cmp_ok(abs($found{$attack}[11] - $independent->{$attack}{maximum}), '<', 1e-9, "$attack: and the same maximum");
    }
}

# the same figures, halved in what the release says of itself
sub halve_claims {
    my ($where) = @_;
    $node->safe_psql($where, <<'SQL');
DO $$
DECLARE t regclass;
BEGIN
  SELECT format('personatwin.release_%s_v%s_about', release_id, version)::regclass INTO t FROM personatwin.release JOIN personatwin.release_version USING (release_id) WHERE in_service;
  EXECUTE format('UPDATE %s SET population_average_risk = population_average_risk / 2, risks = (SELECT jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = ''number'' AND key ~ ''_average$'' THEN to_jsonb(value::float8 / 2) ELSE value END) FROM jsonb_each(risks))', t);
END $$
SQL
    return;
}
halve_claims($db);
for my $f (rows($node, $db, "SELECT attack, within_claim, exact_mean / claimed_risk FROM pt_attack('court_events', 'event-matching', 100) WHERE claimed_risk IS NOT NULL")) {
    is($f->[1], 'f', "$f->[0]: half the truth is caught");
    cmp_ok(abs($f->[2] - 2), '<', 1e-9, "$f->[0]: it is half the truth");
}

# a release with noise, attacked by somebody who knows the noise
my $noisy = 'noisy_court';
$node->safe_psql('postgres', "CREATE DATABASE $noisy");
$node->safe_psql($noisy, 'CREATE EXTENSION personatwin');
load_compas($node, $noisy);
$node->safe_psql($noisy, "SELECT count(*) FROM pt_create_personas('court_events', 0.01, jitter => 20, outcome_noise => 0.1); SELECT release FROM pt_publish_release('court_events', 'safe')");
for my $f (rows($node, $noisy, "SELECT attack, exact_mean / claimed_risk, exact_maximum / claimed_maximum, within_claim, low <= exact_mean AND exact_mean <= high FROM pt_attack('court_events', 'event-matching', 20000, confidence => 0.99999)")) {
    note join ' ', map { $_ // '-' } @$f;
    next if $f->[0] =~ /counts$/;
    is($f->[3], 't', "$f->[0] with noise: within the claim");
    cmp_ok($f->[2], '<=', 1 + 1e-9, "$f->[0] with noise: the maximum is");
    is($f->[4], 't', "$f->[0] with noise: trying comes out as enumerating");
    if ($f->[0] eq 'demographics+events') {
        cmp_ok($f->[1], '>', 0.8, "$f->[0] with noise: the claim is not far off");
        cmp_ok($f->[1], '<', 0.999, "$f->[0] with noise: the noise does leave doubt");
    } else {
        cmp_ok(abs($f->[1] - 1), '<', 1e-9, "$f->[0] with noise: who is told it finds what is claimed");
    }
}
halve_claims($noisy);
is(value($node, $noisy, "SELECT string_agg(DISTINCT within_claim::text, ',') FROM pt_attack('court_events', 'event-matching', 100)"), 'false', 'half the truth is caught with noise, too');
$node->stop;
done_testing();

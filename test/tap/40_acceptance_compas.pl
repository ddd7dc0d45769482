# The main job on the COMPAS court data, as two tables and as one wide table, with no roles set by hand.
# Everything is judged from the source and the published views alone. Skipped, saying so, where the data is not there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

plan skip_all => 'the COMPAS files are not here (set PERSONATWIN_DATA to their folder)' unless data_dir();
my $node = start_server('compas');
my $db = 'court';
$node->safe_psql('postgres', "CREATE DATABASE $db");
$node->safe_psql($db, 'CREATE EXTENSION personatwin');
load_compas($node, $db);
$node->safe_psql($db, 'CREATE ROLE bi_reader LOGIN; CREATE SCHEMA safe; CREATE SCHEMA wide_safe');

# What an attacker knows, under the names of the published views. Both shapes hold the same people and events.
my $people = 'SELECT person_id AS person, * FROM (SELECT *, sex AS gender, race AS ethnicity, county_fips AS geography FROM court_people) p';
my $events = 'SELECT e.person_id AS person, e.event_ts AS at, e.* FROM court_events e';

sub near { my ($a, $b, $eps) = @_; return defined $a && defined $b && abs($a - $b) <= ($eps // 1e-9); }

for my $shape ([ 'court_events', 'safe', 'two tables' ], [ 'court_wide', 'wide_safe', 'one wide table' ]) {
    my ($source, $schema, $word) = @$shape;
    my $release = "$schema.$source";

    # the job
    my $start = time;
    my $run = outcome($node, "SELECT count(*), sum(merged_from) FROM pt_create_personas('$source', 0.01)", db => $db);
    my $made = time;
    is($run->{state}, '00000', "$word: pt_create_personas ends without error") or diag $run->{err};
    like($run->{err}, qr/NOTICE/, "$word: the first run lists the detected roles in a NOTICE");
    my $published = outcome($node, "SELECT * FROM pt_publish_release('$source', '$schema', reader => 'bi_reader')", db => $db);
    my $done = time;
    is($published->{state}, '00000', "$word: pt_publish_release ends without error") or do { diag $published->{err}; next };
    note sprintf('%s: pt_create_personas %.2f s, publication %.2f s', $word, $made - $start, $done - $made);

    # claims
    my ($claim) = rows($node, $db, "SELECT population_average_risk, maximum_risk, demographic_concentration_risk, event_pattern_concentration_risk, target_met, status FROM pt_population_risk('$source')");
    is($claim->[4], 't', "$word: target met");
    is($claim->[5], 'SAFE_FOR_PUBLIC_RELEASE', "$word: status");
    cmp_ok($claim->[0], '<=', 0.01, "$word: claimed average risk");
    cmp_ok($claim->[1], '<=', 0.10, "$word: claimed maximum risk");
    my $about = value($node, $db, "SELECT to_jsonb(a) - '{rules,risks,parameters,columns,checksums,how_to_analyse}'::text[] FROM ${release}_about a");
    note "$word: about: $about";

    # the attack, recomputed
    $start = time;
    my ($attack, $skipped, $sets) = attack($node, $db, people => $people, events => $events, release => $release);
    note sprintf('%s: attack recomputed in %.1f s', $word, time - $start);
    cmp_ok(time - $start, '<', 60, "$word: the recomputation takes less than a minute");
    for my $a (sort keys %$attack) {
        note sprintf('%s: attacker %-20s people %d unmatched %d surplus %d ambiguous %d average %.6f maximum %.6f', $word, $a, @{ $attack->{$a} }{qw(people unmatched surplus ambiguous average maximum)});
    }
    is_deeply($skipped, [], "$word: every published event column is one the source has and is attacked");
    my $all = value($node, $db, 'SELECT count(*) FROM court_people');
    my $released = value($node, $db, "SELECT sum(merged_from) FROM ${release}_personas");
    my $full = $attack->{'demographics+events'};
    cmp_ok($full->{unmatched}, '<=', $all - $released, "$word: nobody but the suppressed is uncovered");
    cmp_ok($full->{average}, '<=', $claim->[0] + 1e-9, "$word: recomputed average risk is not above the claim");
    cmp_ok($full->{maximum}, '<=', $claim->[1] + 1e-9, "$word: recomputed maximum risk is not above the claim");
    cmp_ok($full->{average}, '<=', 0.01, "$word: recomputed average risk is at most 1 %");
    cmp_ok($full->{maximum}, '<=', 0.10, "$word: recomputed maximum risk is at most 10 %");
    ok($released < $all || near($full->{average}, $claim->[0]), "$word: with nobody suppressed the claim is exact");
    ok($attack->{demographics}{average} <= $claim->[2] + 1e-9, "$word: attacker demographics: average not above the claim")
        or diag "$attack->{demographics}{average} against $claim->[2]";
    ok($attack->{events}{average} <= $claim->[3] + 1e-9, "$word: attacker events: average not above the claim")
        or diag "$attack->{events}{average} against $claim->[3]";

    # sizes, suppression, labels, ages, periods
    my ($shape_of) = rows($node, $db, <<"SQL");
SELECT count(*), min(merged_from), max(merged_from), count(DISTINCT class_id), sum(merged_from),
       sum(merged_from) FILTER (WHERE gender IN (SELECT sex FROM court_people))::float8 / sum(merged_from),
       sum(merged_from) FILTER (WHERE ethnicity IN (SELECT race FROM court_people))::float8 / sum(merged_from),
       sum(merged_from * (upper(age_range) - lower(age_range)))::float8 / sum(merged_from),
       count(*) FILTER (WHERE age_range IS NULL OR upper_inf(age_range) OR lower_inf(age_range)), count(DISTINCT persona_id)
  FROM ${release}_personas
SQL
    my ($n, $smallest, $largest, $classes, $people_released, $sex_exact, $race_exact, $age_width, $open_ages, $ids) = @$shape_of;
    note "$word: $n personas of $smallest..$largest people in $classes classes; released $people_released of $all; sex exact $sex_exact, race exact $race_exact, mean age width $age_width";
    cmp_ok($smallest, '>=', 5, "$word: no persona below 5 people");
    cmp_ok($largest, '<=', 50, "$word: no persona above 50 people");
    cmp_ok(($all - $people_released) / $all, '<=', 0.005, "$word: at most 0.5 % suppressed");
    cmp_ok($sex_exact, '>=', 0.999, "$word: sex exact for 99.9 %");
    cmp_ok($race_exact, '>=', 0.995, "$word: race exact for 99.5 %");
    cmp_ok($age_width, '<=', 6, "$word: mean age width at most 6 years");
    is($open_ages, 0, "$word: every age range is closed");
    is($ids, $n, "$word: persona ids are unique");
    my $widest = value($node, $db, "SELECT max(upper(period) - lower(period)) FROM ${release}_events");
    cmp_ok($widest, '<=', 184, "$word: periods are half-years or finer");
    my %column = map { $_->[0] => 1 } rows($node, $db, "SELECT attname FROM pg_attribute WHERE attrelid = '${release}_events'::regclass AND attnum > 0");
    ok($column{$_}, "$word: $_ is released") for qw(event_type outcome charge_degree period weight);
    for my $c (qw(event_type outcome charge_degree)) {
        my $differ = $column{$c} ? value($node, $db, <<"SQL") : 'no column';
SELECT count(*) FROM (SELECT coalesce($c, '(none)') AS v, sum(weight)::bigint AS n FROM ${release}_events GROUP BY 1) r
  FULL JOIN (SELECT coalesce($c, '(none)') AS v, count(*) AS n FROM court_events GROUP BY 1) s USING (v) WHERE r.n IS DISTINCT FROM s.n
SQL
        ok(defined $differ && ($people_released < $all || $differ eq '0'), "$word: $c is released as it is, every event counted") or diag "$differ values differ";
    }

    # cut points of the domain: a class crosses 18, 25 or 45 only where one side of it is small
    my @straddle = rows($node, $db, <<"SQL");
SELECT c.class_id, c.age_range, c.gender, c.ethnicity, cut, c.n,
       (SELECT count(*) FROM court_people p WHERE p.age >= lower(c.age_range) AND p.age < cut AND p.sex = c.gender AND p.race = ANY (regexp_split_to_array(c.ethnicity, ', | or '))) AS below,
       (SELECT count(*) FROM court_people p WHERE p.age < upper(c.age_range) AND p.age >= cut AND p.sex = c.gender AND p.race = ANY (regexp_split_to_array(c.ethnicity, ', | or '))) AS above
  FROM (SELECT class_id, age_range, gender, ethnicity, sum(merged_from) AS n FROM ${release}_personas GROUP BY 1, 2, 3, 4) c, (VALUES (18), (25), (45)) v (cut)
 WHERE lower(c.age_range) < cut AND upper(c.age_range) > cut
SQL
    note "$word: straddles a cut point: " . join(' | ', map { $_ // '' } @$_) for @straddle;
    is(scalar(grep { $_->[6] >= 50 && $_->[7] >= 50 } @straddle), 0, "$word: no class crosses 18, 25 or 45 with 50 people on either side");
    my $straddlers = 0;
    my %once;
    for (@straddle) { $straddlers += $_->[5] unless $once{ $_->[0] }++; }
    cmp_ok($straddlers, '<=', 0.04 * $all, "$word: at most 4 % of people are in a class that crosses one");

    # disparities: people with a reoffence, felony share of events, events a person, by published label pair; the pair's people are known
    # when the source has exactly as many under that label as the release says
    my @pair = rows($node, $db, <<"SQL");
WITH history AS (
    SELECT person_id, count(*) AS events, count(*) FILTER (WHERE charge_degree = 'F') AS felonies, bool_or(event_type IN ('reoffense', 'violent_reoffense')) AS again
      FROM court_events GROUP BY person_id),
covered AS (
    SELECT l.gender, l.ethnicity, h.*
      FROM (SELECT DISTINCT gender, ethnicity FROM ${release}_personas) l JOIN court_people p
        ON p.sex = ANY (regexp_split_to_array(l.gender, ', | or ')) AND p.race = ANY (regexp_split_to_array(l.ethnicity, ', | or '))
      JOIN history h USING (person_id)),
source AS (SELECT gender, ethnicity, count(*) AS n, avg(again::int) AS again, sum(felonies) / sum(events) AS felony, avg(events) AS events FROM covered GROUP BY 1, 2),
persona AS (
    SELECT gender, ethnicity, sum(merged_from) AS n, sum(merged_from * (recidivism_indicators ->> 'share')::float8) / sum(merged_from) AS again
      FROM ${release}_personas GROUP BY 1, 2),
event AS (
    SELECT gender, ethnicity, sum(weight)::numeric AS n, sum(weight) FILTER (WHERE charge_degree = 'F')::numeric / sum(weight) AS felony
      FROM ${release}_personas p JOIN ${release}_events e USING (persona_id) GROUP BY 1, 2)
SELECT p.gender, p.ethnicity, p.n, s.n, p.again, s.again, e.felony, s.felony, e.n / p.n, s.events,
       p.gender IN (SELECT sex FROM court_people) AND p.ethnicity IN (SELECT race FROM court_people) AND p.n = s.n AS complete
  FROM persona p JOIN event e USING (gender, ethnicity) JOIN source s USING (gender, ethnicity) ORDER BY 1, 2
SQL
    my ($complete, $compared) = (0, 0);
    for (@pair) {
        my ($gender, $ethnicity, $pn, $sn, $pa, $sa, $ef, $sf, $em, $sm, $whole) = @$_;
        $complete += $pn if $whole eq 't';
        next unless $pn == $sn;
        $compared += $pn;
        ok(near($pa, $sa) && near($ef, $sf) && near($em, $sm), "$word: $gender, $ethnicity ($pn): reoffence, felony share and events a person equal the source's")
            or diag "reoffence $pa against $sa, felony share $ef against $sf, events $em against $sm";
    }
    note "$word: complete cells hold $complete people, compared $compared of $all";
    cmp_ok($complete, '>=', 0.9 * $all, "$word: complete cells hold 90 % of people");
    for my $by ([ 'gender', 'sex' ], [ 'ethnicity', 'race' ]) {
        my ($label, $c) = @$by;
        for my $row (rows($node, $db, <<"SQL")) {
WITH r AS (SELECT $label AS v, sum(merged_from) AS n, sum(merged_from * (recidivism_indicators ->> 'share')::float8) / sum(merged_from) AS again FROM ${release}_personas GROUP BY 1),
     re AS (SELECT $label AS v, sum(weight)::numeric AS events, sum(weight) FILTER (WHERE charge_degree = 'F')::numeric / sum(weight) AS felony FROM ${release}_personas JOIN ${release}_events USING (persona_id) GROUP BY 1),
     h AS (SELECT person_id, bool_or(event_type IN ('reoffense', 'violent_reoffense')) AS again FROM court_events GROUP BY 1),
     s AS (SELECT $c AS v, count(*) AS n, avg(again::int) AS again FROM court_people JOIN h USING (person_id) GROUP BY 1),
     se AS (SELECT $c AS v, count(*) AS events, count(*) FILTER (WHERE e.charge_degree = 'F')::numeric / count(*) AS felony FROM court_people p JOIN court_events e USING (person_id) GROUP BY 1)
SELECT v, r.n = s.n, r.again, s.again, re.felony, se.felony, re.events / r.n, se.events::numeric / s.n FROM r JOIN re USING (v) JOIN s USING (v) JOIN se USING (v) ORDER BY 1
SQL
            my ($v, $same, $pa, $sa, $ef, $sf, $em, $sm) = @$row;
            note "$word: by $c: $v: reoffence $pa / $sa, felony share $ef / $sf, events $em / $sm" . ($same eq 't' ? '' : ' (label does not hold all of them)');
            ok(near($pa, $sa) && near($ef, $sf) && near($em, $sm), "$word: $v: reoffence, felony share and events a person equal the source's") if $same eq 't';
        }
    }

    # contract of the views
    is(value($node, $db, "SELECT count(*) FROM ${release}_events e LEFT JOIN ${release}_personas p USING (persona_id) WHERE p.persona_id IS NULL"), 0, "$word: every event belongs to a persona");
    is(value($node, $db, <<"SQL"), 0, "$word: what is of the class is constant in the class");
SELECT count(*) FROM (SELECT class_id FROM ${release}_personas GROUP BY class_id
 HAVING count(DISTINCT (age_range, age_mean, gender, ethnicity, geography, confidence_level)) > 1 OR count(DISTINCT recidivism_indicators) > 1) x
SQL
    is(value($node, $db, "SELECT count(*) FROM ${release}_personas p WHERE event_types IS DISTINCT FROM (SELECT array_agg(DISTINCT event_type ORDER BY event_type) FROM ${release}_events e WHERE e.persona_id = p.persona_id)"),
        0, "$word: event_types are those of the persona's events");
    is(value($node, $db, "SELECT count(*) FROM pg_attribute WHERE attrelid IN ('${release}_personas'::regclass, '${release}_events'::regclass) AND attname IN ('traceability_score', 'noise_level', 'merge_count', 'persona_key', 'persona_no')"),
        0, "$word: private columns are not published");
    is(value($node, $db, "SELECT count(*) FROM (SELECT persona_id, lag(persona_id) OVER () AS before FROM ${release}_personas) x WHERE persona_id < before"), 0, "$word: personas stand in the order of their ids");

    is(value($node, $db, <<"SQL"), 0, "$word: temporal_patterns and outcome_distributions are counts of the persona's own events");
WITH cell AS (SELECT persona_id, period_label, event_type, sum(weight) AS n FROM ${release}_events GROUP BY 1, 2, 3),
     label AS (SELECT persona_id, period_label, jsonb_object_agg(event_type, n) AS types FROM cell GROUP BY 1, 2),
     t AS (SELECT persona_id, jsonb_object_agg(period_label, types) AS j FROM label GROUP BY 1),
     ocell AS (SELECT persona_id, event_type, outcome, sum(weight) AS n FROM ${release}_events WHERE outcome IS NOT NULL GROUP BY 1, 2, 3),
     otype AS (SELECT persona_id, event_type, jsonb_object_agg(outcome, n) AS outcomes FROM ocell GROUP BY 1, 2),
     o AS (SELECT persona_id, jsonb_object_agg(event_type, outcomes) AS j FROM otype GROUP BY 1)
SELECT count(*) FROM ${release}_personas p LEFT JOIN t USING (persona_id) LEFT JOIN o USING (persona_id)
 WHERE p.temporal_patterns IS DISTINCT FROM t.j OR p.outcome_distributions IS DISTINCT FROM o.j
SQL
    is(value($node, $db, <<"SQL"), 0, "$word: recidivism_indicators count 0 or at least 5 people, with and without");
SELECT count(*) FROM ${release}_personas, LATERAL (SELECT (recidivism_indicators ->> 'people')::int AS n, (recidivism_indicators ->> 'with_reoffence')::int AS k) x
 WHERE n IS NULL OR k BETWEEN 1 AND 4 OR n - k BETWEEN 1 AND 4
SQL

    # what the owner is told of one person is what the attack finds
    my @odd;
    my @sample = map { $_->[0] } rows($node, $db, 'SELECT person_id FROM court_people ORDER BY md5(person_id) LIMIT 40');
    for my $person (@sample) {
        my ($risk, $people, $score) = @{ (rows($node, $db, "SELECT risk, class_people, traceability_score FROM pt_explain_person('$source', '$person')"))[0] };
        my ($d, $de) = @{ $sets->{$person} }{ 'demographics', 'demographics+events' };
        push @odd, "$person: risk $risk against 1/$de, class of $people against $d" unless near($risk, 1 / $de, 1e-6) && $people == $d && $risk <= $score + 1e-6;
    }
    is_deeply(\@odd, [], "$word: pt_explain_person agrees with the attack for 40 people");
    is(value($node, $db, "SELECT max(risk) FROM pt_persona_risks('$source')"), $claim->[1], "$word: pt_persona_risks has the maximum");
    is(value($node, $db, "SELECT count(*) FROM pt_persona_risks('$source')"), $n, "$word: and every persona");
    ok(value($node, $db, "SELECT bool_or(chosen) AND bool_and(why <> '') FROM pt_decisions('$source')") eq 't', "$word: pt_decisions says what was chosen, and why");

    # leaks
    my $text = views_text($node, $db, $schema);
    for my $column ([ 'court_people', 'person_id' ], [ 'court_events', 'case_id' ]) {
        my @values = map { $_->[0] } rows($node, $db, "SELECT DISTINCT $column->[1] FROM $column->[0]");
        my ($tried, @found) = leaks($text, \@values);
        cmp_ok($tried, '>', 10000, "$word: $tried values of $column->[1] to look for");
        is_deeply(\@found, [], "$word: none of them occurs in the published views");
    }
    my ($tried, @found) = leaks($text . ' ' . value($node, $db, 'SELECT person_id FROM court_people LIMIT 1'), [ map { $_->[0] } rows($node, $db, 'SELECT person_id FROM court_people') ]);
    is(scalar @found, 1, "$word: the scan finds one that is put there");
}
$node->stop;
done_testing();

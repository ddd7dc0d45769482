# Synthetic events through a release: the risk that is claimed is the one an independent attack in SQL finds in the views, no row tells
# which events they are, counts corrected with the published shares are the source's, and the ladder uses them only when they pay.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

# No worker: the test is the process that talks to the model.
my $node = start_server('synthetic', 'max_worker_processes = 0');
my $db = 'postgres';
# Histories without much order, which few personas hold whole: here invented events help more than coarser ones.
$node->safe_psql($db, <<'SQL');
CREATE EXTENSION personatwin;
CREATE FUNCTION pg_temp.r(i int, what text, n int) RETURNS int LANGUAGE sql AS $$ SELECT abs(('x' || substr(md5(i || what), 1, 7))::bit(28)::int) % n $$;
CREATE TABLE visits AS
  SELECT p AS person_id, 16 + pg_temp.r(p, 'age', 30) + pg_temp.r(p, 'more', 30) AS age, (ARRAY['F', 'M', 'M'])[1 + pg_temp.r(p, 'sex', 3)] AS sex,
         CASE WHEN pg_temp.r(p, 'race', 100) < 60 THEN 'White' ELSE 'Black' END AS race,
         date '2014-01-01' + pg_temp.r(p * 10 + e, 'day', 900) AS event_date, (ARRAY['arrest', 'citation', 'charge', 'plea'])[1 + pg_temp.r(p * 10 + e, 'type', 4)] AS event_type,
         (ARRAY['guilty', 'dismissed', NULL])[1 + pg_temp.r(p * 10 + e, 'outcome', 3)] AS outcome
    FROM generate_series(1, 1500) p CROSS JOIN generate_series(1, 6) e WHERE e <= 1 + pg_temp.r(p, 'events', 5);
SET client_min_messages = warning;
SELECT pt_set_role('visits', 'event_type', 'event type'), pt_set_role('visits', 'outcome', 'outcome');
SQL

# which targets they pay for, and that the same call takes the same path
my @frontier = rows($node, $db, <<'SQL');
SELECT w.target_risk, w.target_met, w.utility, s.target_met, s.utility FROM pt_frontier('visits', '{0.03,0.02,0.015,0.012,0.01}') w
  JOIN pt_frontier('visits', '{0.03,0.02,0.015,0.012,0.01}', synthetic => 0.1) s USING (target_risk) ORDER BY 1 DESC
SQL
my $target;
for (@frontier) {
    note join ' ', @$_;
    cmp_ok($_->[4], '>=', $_->[2], "$_->[0]: allowing synthetic events costs no utility") if $_->[1] eq $_->[3];
    ok($_->[1] eq 'f' || $_->[3] eq 't', "$_->[0]: nor the target");
    $target //= $_->[0] if $_->[3] eq 't' && ($_->[1] eq 'f' || $_->[4] > $_->[2]);
}
ok(defined $target, 'they pay for one of the targets') or do { $node->stop; done_testing(); exit };

$node->safe_psql($db, "SET client_min_messages = warning; SELECT count(*) FROM pt_create_personas('visits', $target, synthetic => 0.1)");
my $decisions = "SELECT md5(string_agg((to_jsonb(d) - 'run_id')::text, E'\\n' ORDER BY step)) FROM pt_decisions('visits') d";
my $path = value($node, $db, $decisions);
$node->safe_psql($db, "SET client_min_messages = warning; SELECT count(*) FROM pt_create_personas('visits', $target, synthetic => 0.1)");
is(value($node, $db, $decisions), $path, 'same input, same path');
my ($chosen) = rows($node, $db, "SELECT rung, action, setting, utility_after, holds, proposed_by FROM pt_decisions('visits') WHERE chosen");
note join ' | ', @$chosen;
is($chosen->[0], 4, 'the last rung is chosen');
is($chosen->[1], 'add_synthetic_events', 'under its name');
is(value($node, $db, "SELECT count(*) FROM pt_decisions('visits') WHERE holds AND NOT chosen AND utility_after > $chosen->[3]"), 0, 'nothing that holds has more utility');

# Successions that a model proposes: further places for the same events. They are measured and compete; whatever is chosen, all that follows
# (risk, balance, correction) is looked at in that release.
$node->safe_psql($db, q{SELECT pt_advice_define_endpoint('local', 'openai', 'http://127.0.0.1:9', 'm', key_source => 'none')});
my $id = value($node, $db, q{SET client_min_messages = error; SELECT pt_advise('visits', 'local', about => 'events')});
my @types = qw(arrest citation charge plea);
my $said = join ', ', map { my $a = $_; map { "jsonb_build_object('earlier', '$a', 'later', '$_', 'outcome', 'any')" } @types } @types;
is(value($node, $db, q{SELECT count(*) FROM pt_advice_claim(10)}), 1, "the question is given out");
is(value($node, $db, "SELECT pt_advice_complete($id, 200, jsonb_build_object('choices', jsonb_build_array(jsonb_build_object('finish_reason', 'stop', 'message',
    jsonb_build_object('content', jsonb_build_object('successions', jsonb_build_array($said))::text))))::text)"), 'done', 'an answer about events is stored');
my $advised = "SET client_min_messages = error; SELECT count(*) FROM pt_create_personas('visits', $target, synthetic => 0.1, advisor => 'cached', endpoint => 'local')";
$node->safe_psql($db, $advised);
my $advised_path = value($node, $db, $decisions);
my ($tried, $settings) = @{ (rows($node, $db, q{SELECT count(*), bool_and(setting ~ 'with proposed successions' AND rung = 4) FROM pt_decisions('visits') WHERE proposed_by = 'local'}))[0] };
cmp_ok($tried, '>', 0, "settings with proposed successions are measured ($tried)");
is($settings, 't', 'and say so');
my ($best) = rows($node, $db, q{SELECT utility_after, proposed_by, setting FROM pt_decisions('visits') WHERE chosen});
note join ' | ', @$best;
cmp_ok($best->[0], '>=', $chosen->[3], 'what the rules found competes: no utility is lost');
is(value($node, $db, q{SELECT target_met FROM pt_population_risk('visits')}), 't', 'the target holds');
$node->safe_psql($db, $advised);
is(value($node, $db, $decisions), $advised_path, 'the same stored answer, the same path');

$node->safe_psql($db, "SET client_min_messages = warning; CREATE ROLE reader LOGIN; CREATE SCHEMA safe; SELECT release FROM pt_publish_release('visits', 'safe', reader => 'reader')");
my ($about) = rows($node, $db, "SELECT synthetic_share, synthetic, how_to_analyse ~ 'synthetic' FROM safe.visits_about");
note "about: @$about";
cmp_ok($about->[0], '>', 0, 'the share is published');
cmp_ok($about->[0], '<=', 0.101, 'and within what was allowed');
is($about->[2], 't', 'how to correct is published');

# predicted = measured
my ($attack, $skipped) = attack($node, $db, few => 1, people => 'SELECT DISTINCT person_id AS person, age, sex AS gender, race AS ethnicity FROM visits',
    events => 'SELECT person_id AS person, event_date AS at, event_type, outcome FROM visits', release => 'safe.visits');
is_deeply($skipped, [], 'every published event column is attacked');
for ([ 'demographics', 'demographics' ], [ 'demographics+1', 'one_event' ], [ 'demographics+2', 'two_events' ], [ 'demographics+events', 'all_events' ], [ 'events', 'events' ]) {
    my ($attacker, $field) = @$_;
    my ($average, $maximum) = @{ (rows($node, $db, "SELECT ${field}_average, ${field}_maximum FROM pt_population_risk('visits')"))[0] };
    cmp_ok(abs($attack->{$attacker}{average} / $average - 1), '<', 1e-9, "$attacker: predicted average $average is the measured one");
    cmp_ok(abs($attack->{$attacker}{maximum} / $maximum - 1), '<', 1e-9, "$attacker: and the maximum");
}
cmp_ok($attack->{'demographics+events'}{average}, '<=', $target, 'the measured risk holds the target');
# without the synthetic events, which the private table tells, it would not: the table is right, and they are for something
my $run = value($node, $db, "SELECT run_id FROM pt_population_risk('visits')");
is(value($node, $db, "SELECT sum(weight) FROM safe.visits_events") - value($node, $db, "SELECT sum(weight) FROM personatwin.run_${run}_synthetic"), value($node, $db, 'SELECT count(*) FROM visits'),
    'published less synthetic events are those of the source');

# balance: the recipe of doc/analyst.md, and shares of outcomes, group by group
my @off = rows($node, $db, <<'SQL');
WITH r AS (SELECT p.gender, p.ethnicity, e.event_type, sum(e.weight) AS published, sum(e.weight) FILTER (WHERE e.outcome = 'guilty') AS guilty,
                  sum(e.weight) * (1 - coalesce((a.synthetic->'by_type'->>e.event_type)::float8, (a.synthetic->>'share')::float8, 0)) AS events
             FROM safe.visits_personas p JOIN safe.visits_events e USING (persona_id) CROSS JOIN safe.visits_about a GROUP BY 1, 2, 3, a.synthetic),
     s AS (SELECT sex AS gender, race AS ethnicity, event_type, count(*) AS n, count(*) FILTER (WHERE outcome = 'guilty') AS guilty FROM visits GROUP BY 1, 2, 3)
SELECT gender, ethnicity, event_type, n, published, events, abs(events - n) AS off, abs(r.guilty::float8 / published - s.guilty::float8 / n) * published AS share_off FROM s LEFT JOIN r USING (gender, ethnicity, event_type)
SQL
is(scalar @off, 16, '16 groups and types');
for (@off) {
    my ($gender, $race, $type, $n, $published, $events, $off, $share) = @$_;
    ok(defined $off && $off < 2.5, "$gender, $race, $type: $n events, published $published, corrected $events") or diag $off;
    cmp_ok($share, '<', 2, "$gender, $race, $type: the share of an outcome is off by less than two events");
}

# what the attacker must not have
is(value($node, $db, "SELECT count(*) FROM pg_attribute WHERE attrelid IN ('safe.visits_events'::regclass, 'safe.visits_personas'::regclass) AND attname ~ 'synth'"), 0, 'no column tells which they are');
is(value($node, $db, "SELECT count(DISTINCT generation_method) FROM safe.visits_personas"), 1, 'all personas are made alike');
like(outcome($node, "SELECT * FROM personatwin.run_${run}_synthetic", db => $db, user => 'reader')->{state}, qr/42501/, 'readers can not see the private table');
is(value($node, $db, "SELECT has_table_privilege('public', 'personatwin.run_${run}_synthetic', 'SELECT')"), 'f', 'nor can the public');

# A release that is there only because a model proposed where the events go: types that are rare and far apart, so that the fitted model gives hardly
# anybody one of them. The secret is a given one: what is chosen depends on who is dealt where. A first run tells by how much the proposal
# lowers the risk of one setting; a target in between can be held with it alone, and what is then published is attacked.
$node->safe_psql($db, q{CREATE DATABASE proposed});
$node->safe_psql('proposed', <<'SQL');
CREATE EXTENSION personatwin;
INSERT INTO personatwin.secret (key) VALUES (sha256('a test'));
CREATE FUNCTION pg_temp.r(i int, what text, n int) RETURNS int LANGUAGE sql AS $$ SELECT abs(('x' || substr(md5(i || what), 1, 7))::bit(28)::int) % n $$;
CREATE TABLE visits AS
  SELECT p AS person_id, 16 + pg_temp.r(p, 'age', 30) + pg_temp.r(p, 'more', 30) AS age, (ARRAY['F', 'M', 'M'])[1 + pg_temp.r(p, 'sex', 3)] AS sex,
         CASE WHEN pg_temp.r(p, 'race', 100) < 60 THEN 'White' ELSE 'Black' END AS race, date '2004-01-01' + pg_temp.r(p * 10 + e, 'day', 3000) AS event_date,
         CASE WHEN pg_temp.r(p * 10 + e, 'rare', 100) < 25 THEN (ARRAY['reoffense', 'offense', 'violent_reoffense', 'rejail_in', 'arraignment', 'custody_in'])[1 + pg_temp.r(p * 10 + e, 'which', 6)]
              ELSE (ARRAY['arrest', 'citation', 'charge', 'plea'])[1 + pg_temp.r(p * 10 + e, 'type', 4)] END AS event_type, NULL::text AS outcome
    FROM generate_series(1, 1500) p CROSS JOIN generate_series(1, 6) e WHERE e <= 1 + pg_temp.r(p, 'events', 5);
SET client_min_messages = error;
SELECT pt_set_role('visits', 'event_type', 'event type');
SELECT pt_advice_define_endpoint('local', 'openai', 'http://127.0.0.1:9', 'm', key_source => 'none');
SELECT count(*) FROM pt_create_personas('visits', 0.05);
SELECT pt_advise('visits', 'local', about => 'events');
SELECT pt_advice_complete(request_id, 200, jsonb_build_object('choices', jsonb_build_array(jsonb_build_object('finish_reason', 'stop', 'message',
    jsonb_build_object('content', jsonb_build_object('successions', (SELECT jsonb_agg(jsonb_build_object('earlier', a, 'later', b, 'outcome', 'any')) FROM unnest('{arrest,citation,charge,plea}'::text[]) a,
      unnest('{reoffense,offense,violent_reoffense,rejail_in,arraignment,custody_in}'::text[]) b))::text))))::text) FROM pt_advice_claim();
SQL
sub make_proposed { my ($at) = @_; return $node->safe_psql('proposed', "SET client_min_messages = error; SELECT count(*) FROM pt_create_personas('visits', $at, synthetic => 0.1, advisor => 'cached', endpoint => 'local')") }
make_proposed(0.012);
my @between = map { $_->[0] } rows($node, 'proposed', <<'SQL');
SELECT (r.average_after + l.average_after) / 2 FROM pt_decisions('visits') r JOIN pt_decisions('visits') l ON l.setting = r.setting || ' with proposed successions'
 WHERE r.proposed_by = 'rules' AND l.proposed_by = 'local' AND l.average_after < r.average_after ORDER BY l.utility_after, l.step
SQL
cmp_ok(scalar @between, '>', 0, 'proposed successions lower the risk of a setting');
my ($only, $by);
for my $at (@between) {
    make_proposed($at);
    ($by) = rows($node, 'proposed', q{SELECT proposed_by, action, setting, average_after FROM pt_decisions('visits') WHERE chosen});
    note "$at: ", join ' | ', @$by;
    $only = $at;
    last if $by->[0] eq 'local';
}
is($by->[0], 'local', 'a target that holds with them alone: the proposal is chosen');
like($by->[2], qr/with proposed successions$/, 'and says so');
$node->safe_psql('proposed', q{SET client_min_messages = warning; CREATE SCHEMA safe; SELECT release FROM pt_publish_release('visits', 'safe')});
my %claim = (demographics => 'demographics', 'demographics+1' => 'one_event', 'demographics+2' => 'two_events', 'demographics+events' => 'all_events', events => 'events');
my ($found) = attack($node, 'proposed', few => 1, people => 'SELECT DISTINCT person_id AS person, age, sex AS gender, race AS ethnicity FROM visits',
    events => 'SELECT person_id AS person, event_date AS at, event_type, outcome FROM visits', release => 'safe.visits');
my %tried = map { $_->[0] => $_ } rows($node, 'proposed', q{SELECT attack, exact_mean, exact_maximum, within_claim, claimed_risk FROM pt_attack('visits', attempts => 2000)});
for my $attacker (sort keys %claim) {
    my ($average, $maximum) = @{ (rows($node, 'proposed', "SELECT $claim{$attacker}_average, $claim{$attacker}_maximum FROM pt_population_risk('visits')"))[0] };
    cmp_ok(abs($found->{$attacker}{average} / $average - 1), '<', 1e-9, "proposed, $attacker: the average in the views is the predicted one, $average");
    cmp_ok(abs($found->{$attacker}{maximum} / $maximum - 1), '<', 1e-9, "proposed, $attacker: and the maximum");
    cmp_ok(abs($tried{$attacker}[1] / $average - 1), '<', 1e-9, "proposed, $attacker: pt_attack enumerates the same average");
    cmp_ok(abs($tried{$attacker}[2] / $maximum - 1), '<', 1e-9, "proposed, $attacker: and maximum");
}
is($tried{$_}[3], 't', "proposed, $_: within the claim") for sort keys %claim;
isnt($tried{$_}[3] // 'nothing to try', 'f', "proposed, $_: nothing contradicts the claim") for grep { !/^inference\+period/ } sort keys %tried;
cmp_ok($found->{'demographics+events'}{average}, '<=', $only, 'the target holds for whoever attacks what is published');

# what can't be done, and how it is said
my $refresh = outcome($node, "DELETE FROM visits WHERE person_id = 1; SELECT * FROM pt_refresh_release('visits')", db => $db);
is($refresh->{state}, '0A000', 'a release with synthetic events is not refreshed') or diag $refresh->{err};
is(outcome($node, "SELECT count(*) FROM pt_create_personas('visits', synthetic => 0.3)", db => $db)->{state}, '22023', 'a share above .25 is refused');
is(outcome($node, "SELECT count(*) FROM pt_create_personas('visits', synthetic => 'NaN')", db => $db)->{state}, '22023', 'and NaN');
$node->safe_psql($db, "SELECT pt_drop_release('visits'); SELECT pt_drop_run($run)");
is(value($node, $db, "SELECT to_regclass('personatwin.run_${run}_synthetic') IS NULL"), 't', 'the private table goes with its run');
$node->stop;
done_testing();

# Advice on the COMPAS court data, by a worker that asks a stand-in: the same run by rules, with a sensible answer, with nonsense and without a
# network. All hold the target; only the sensible answer changes anything, and what it changes is in pt_decisions. (A little more cohesion is what the rules
# leave over here; with some secrets it is too little to deal anybody elsewhere.) The release that the proposal led to is attacked like any other.
# Skipped, saying so, where the data or libcurl is not there.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin, "$FindBin::RealBin/../tools";
use Acceptance;
use AdviceStandIn;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'the COMPAS files are not here (set PERSONATWIN_DATA to their folder)' unless data_dir();
my $node = start_server('advice_compas');
unless (-e ($node->config_data('--pkglibdir') . '/personatwin_advice.so')) {
    $node->stop;
    plan skip_all => 'built without libcurl: there is no worker';
}
my $stand_in = AdviceStandIn->new($node->basedir . '/requests', 'http://localhost:1/');
my $nobody = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => 0);
my $closed = $nobody->sockport;
close $nobody;
my $db = 'court';
$node->safe_psql('postgres', "CREATE DATABASE $db");
$node->safe_psql($db, 'CREATE EXTENSION personatwin');
load_compas($node, $db);
my %port = (sensible => $stand_in->port, nonsense => $stand_in->port, nobody => $closed);
my %model = (sensible => 'cohesion', nonsense => 'prose', nobody => 'ok');
for my $endpoint (sort keys %port) {
    $node->safe_psql($db, "SELECT pt_advice_define_endpoint('$endpoint', 'openai', 'http://127.0.0.1:$port{$endpoint}', '$model{$endpoint}', key_source => 'none', timeout_seconds => 10)");
}

# Builds, and returns what the run reached and what it chose.
sub build {
    my ($options) = @_;
    my (undef, undef, $err) = $node->psql($db, "SET client_min_messages = notice; CALL pt_build('court_events', 0.01$options)");
    my ($run) = rows($node, $db, q{SELECT run_id, target_met, population_average_risk, maximum_risk, utility FROM pt_population_risk('court_events')});
    my $chosen = value($node, $db, q{SELECT string_agg(setting || ' by ' || proposed_by, '; ' ORDER BY step) FROM pt_decisions('court_events') WHERE chosen});
    my $proposals = value($node, $db, q{SELECT count(*) FROM pt_decisions('court_events') WHERE proposed_by <> 'rules'});
    my $personas = value($node, $db, "SELECT md5(string_agg(p::text, '' ORDER BY persona_no)) FROM personatwin.run_$run->[0]_persona p");
    note "$options: average $run->[2], maximum $run->[3], utility $run->[4], chosen $chosen, $proposals proposals";
    return { met => $run->[1], average => $run->[2], utility => $run->[4], chosen => $chosen, proposals => $proposals, personas => $personas, err => $err };
}

my $rules = build('');
my $sensible = build(q{, advisor => 'llm', endpoint => 'sensible', advice_timeout => 60});
$node->safe_psql($db, "SELECT release FROM pt_publish_release('court_events', 'safe')");
my %attacked = map { $_->[0] => $_ } rows($node, $db, "SELECT attack, exact_mean, exact_maximum, claimed_risk, claimed_maximum, within_claim FROM pt_attack('court_events', attempts => 2000)");
my ($independent) = attack($node, $db,
    people => 'SELECT person_id AS person, * FROM (SELECT *, sex AS gender, race AS ethnicity, county_fips AS geography FROM court_people) p',
    events => 'SELECT e.person_id AS person, e.event_ts AS at, e.* FROM court_events e', release => 'safe.court_events');
my $everybody = value($node, $db, 'SELECT count(*) = (SELECT sum(merged_from) FROM safe.court_events_personas) FROM court_people');
my $nonsense = build(q{, advisor => 'llm', endpoint => 'nonsense', advice_timeout => 60});
my $nobody_there = build(q{, advisor => 'llm', endpoint => 'nobody', advice_timeout => 2});
for (['rules', $rules], ['a sensible answer', $sensible], ['nonsense', $nonsense], ['no network', $nobody_there]) {
    is($_->[1]{met}, 't', "$_->[0]: the target holds");
    cmp_ok($_->[1]{average}, '<=', 0.01, "$_->[0]: at most 1 %");
}
cmp_ok($sensible->{proposals}, '>', 0, 'the sensible answer was measured');
like($sensible->{chosen}, qr/ by sensible$/, 'and used: the last choice is its proposal');
cmp_ok($sensible->{utility}, '>', $rules->{utility}, 'since it keeps more than the rules alone');
for (['nonsense', $nonsense], ['no network', $nobody_there]) {
    is($_->[1]{proposals}, '0', "$_->[0]: nothing was proposed");
    is($_->[1]{chosen}, $rules->{chosen}, "$_->[0]: the choice of the rules");
    is($_->[1]{personas}, $rules->{personas}, "$_->[0]: the same personas as by rules, to the byte");
    like($_->[1]{err}, qr/no advice/, "$_->[0]: and a notice says so");
}
is(value($node, $db, q{SELECT code FROM pt_advice_log() WHERE endpoint = 'nonsense'}), 'not_allowed', 'the log says what nonsense was');
like(value($node, $db, q{SELECT state || ' ' || code FROM pt_advice_log() WHERE endpoint = 'nobody'}), qr/^(ready|running|dead) /, 'and that nobody answered');
# What was published by the model's proposal: enumerated by pt_attack, and again by SQL on the views alone.
for my $attacker ('demographics', 'demographics+1', 'demographics+2', 'demographics+events', 'events') {
    my (undef, $mean, $maximum, $claimed, $claimed_maximum) = @{ $attacked{$attacker} };
    note "$attacker: $mean, claimed $claimed; at most $maximum, claimed $claimed_maximum";
    cmp_ok(abs($mean / $claimed - 1), '<', 1e-9, "proposed, $attacker: the enumerated average is the claim");
    cmp_ok(abs($maximum / $claimed_maximum - 1), '<', 1e-9, "proposed, $attacker: and the maximum");
    next unless exists $independent->{$attacker};
    SKIP: {
        skip 'suppressed people: the independent attack has others to choose from', 2 if $everybody ne 't';
        cmp_ok(abs($independent->{$attacker}{average} - $mean), '<', 1e-9, "proposed, $attacker: the independent SQL finds the same average");
        cmp_ok(abs($independent->{$attacker}{maximum} - $maximum), '<', 1e-9, "proposed, $attacker: and the same maximum");
    }
}
cmp_ok($attacked{'demographics+events'}[1], '<=', 0.01, 'at most 1 % on average for whoever attacks the release');
for (grep { !/^inference\+period|counts$/ } sort keys %attacked) { is($attacked{$_}[5], 't', "proposed, $_: within the claim") }
$stand_in->stop;
$node->stop;
done_testing();

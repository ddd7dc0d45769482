# Who may see what: column privileges, row security, and a reader who holds only the release.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('access');
my $db = 'agency';
# A database owner who is no superuser does everything: the extension is trusted.
$node->safe_psql('postgres', 'CREATE ROLE dba LOGIN; CREATE ROLE bi_reader LOGIN; CREATE ROLE clerk LOGIN; CREATE DATABASE agency OWNER dba');
my $r = outcome($node, 'CREATE EXTENSION personatwin', db => $db, user => 'dba');
is($r->{state}, '00000', 'a database owner who is no superuser installs the extension') or diag $r->{err};
my $seed = 91827364555;
$node->safe_psql($db, <<'SQL', extra_params => [ '-U', 'dba' ]);
CREATE SCHEMA private;
CREATE SCHEMA safe;
CREATE TABLE private.docket AS
SELECT 'docket-person-' || lpad(g::text, 6, '0') AS person_id, 'Surname' || md5(g::text) AS last_name, 18 + g % 50 AS age, CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender,
       (ARRAY['White','Black','Hispanic'])[1 + g % 3] AS race, date '2020-01-01' + (g * 7 + k * 31) % 700 AS event_date,
       (ARRAY['arrest','charge','conviction'])[1 + (g + k) % 3] AS event_type, (ARRAY['guilty','dismissed'])[1 + (g * k) % 2] AS outcome, 1000000000000 + g * 10 + k AS case_number
  FROM generate_series(1, 3000) g, generate_series(1, 1 + g % 4) k;
ANALYZE private.docket;
SQL
$r = outcome($node, "SELECT count(*) FROM pt_create_personas('private.docket', 0.05, seed => $seed)", db => $db, user => 'dba');
is($r->{state}, '00000', 'the owner makes personas') or diag $r->{err};
$r = outcome($node, "SELECT * FROM pt_publish_release('private.docket', 'safe', reader => 'bi_reader')", db => $db, user => 'dba');
is($r->{state}, '00000', 'the owner publishes') or diag $r->{err};

# the reader reads the release ...
for my $view (qw(personas events about groups intervals)) {
    $r = outcome($node, "SELECT count(*) > 0 FROM safe.docket_$view", db => $db, user => 'bi_reader');
    ok($r->{state} eq '00000' && $r->{out} =~ /^t/, "the reader reads _$view") or diag $r->{err};
}
# ... and nothing else: no table, view or sequence of the source or the catalog
my @relations = rows($node, $db, <<'SQL');
SELECT format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'm', 'S', 'p', 'f') AND n.nspname IN ('private', 'personatwin') ORDER BY 1
SQL
cmp_ok(scalar @relations, '>', 8, scalar(@relations) . ' relations to try');
my @open;
for (@relations) {
    my ($relation, $kind) = @$_;
    push @open, $relation if outcome($node, "SELECT * FROM $relation LIMIT 1", db => $db, user => 'bi_reader')->{state} ne '42501';
}
is_deeply(\@open, [], 'the reader can open none of them');
is(value($node, $db, <<'SQL'), 0, 'the reader holds no privilege on any of them, column by column');
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('private', 'personatwin') AND (CASE WHEN c.relkind IN ('r', 'v', 'm', 'p', 'f')
   THEN has_table_privilege('bi_reader', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege('bi_reader', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END)
SQL
is(value($node, $db, "SELECT has_schema_privilege('bi_reader', 'personatwin', 'USAGE') OR has_schema_privilege('bi_reader', 'private', 'USAGE')"), 'f', 'nor use of their schemas');
is(value($node, $db, "SELECT has_table_privilege('bi_reader', 'safe.docket_personas', 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')"), 'f', 'and can change nothing in the release');
# functions: the reader runs none that reads or writes private data
my @run = map { $_->[0] } rows($node, $db, <<'SQL');
SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'personatwin'
 WHERE has_function_privilege('bi_reader', p.oid, 'EXECUTE') ORDER BY 1
SQL
note "functions open to everybody: @run";
my %harmless = map { chomp; ($_ => 1) } grep { !/^#/ } split /^/, slurp_file(tool('open_to_public.txt'));
cmp_ok(scalar keys %harmless, '>', 100, scalar(keys %harmless) . ' functions are listed as harmless');
is_deeply([ grep { !/^(?:public\.)?(\w+)\(/ || !$harmless{$1} } @run ], [], 'only harmless functions are open to everybody');
is(value($node, $db, "SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'personatwin' WHERE p.prosecdef"), 0, 'no function is SECURITY DEFINER');
for my $call ("pt_create_personas('private.docket', 0.05)", "pt_create_personas('safe.docket_personas', 0.05)", "pt_population_risk('private.docket')", "pt_persona_risks('private.docket')", "pt_decisions('private.docket')", 'pt_runs()', 'pt_releases()',
    "pt_anonymize_table('private.docket', 'mine')", "pt_explain_person('private.docket', 'docket-person-000001')", "pt_roles('private.docket')", "pt_detect_roles('private.docket')", "pt_publish_release('private.docket', 'safe')", "pt_drop_release('private.docket')", "pt_frontier('private.docket', ARRAY[0.05])") {
    is(outcome($node, "SELECT * FROM $call", db => $db, user => 'bi_reader')->{state}, '42501', "the reader cannot call $call");
}
is(outcome($node, "CALL pt_build('private.docket', 0.05)", db => $db, user => 'bi_reader')->{state}, '42501', 'the reader cannot call pt_build');
# statistics, definitions, comments, dumps
is(value($node, $db, "SELECT count(*) FROM pg_stats WHERE schemaname IN ('private', 'personatwin')", user => 'bi_reader'), 0, 'pg_stats shows the reader nothing of them');
is(value($node, $db, "SELECT count(*) FROM pg_stats_ext WHERE schemaname IN ('private', 'personatwin')", user => 'bi_reader'), 0, 'nor do extended statistics');
for my $catalog (qw(pg_statistic pg_statistic_ext_data pg_authid)) {
    is(outcome($node, "SELECT * FROM $catalog LIMIT 1", db => $db, user => 'bi_reader')->{state}, '42501', "$catalog is closed");
}
unlike(join(' ', map { $_->[0] } rows($node, $db, "SELECT definition FROM pg_views WHERE schemaname = 'safe'", user => 'bi_reader')), qr/private|docket-person|seed/, 'the definitions of the views say nothing of the source');
unlike(join(' ', map { $_->[0] // '' } rows($node, $db, "SELECT description FROM pg_description UNION ALL SELECT label FROM pg_seclabels", user => 'bi_reader')), qr/docket-person|$seed/, 'comments and labels hold no value of the source');
my $secret = value($node, $db, "SELECT encode(key, 'hex') FROM personatwin.secret");
my ($dump, $err) = ('', '');
IPC::Run::run([ 'pg_dump', '-d', $node->connstr($db) . ' user=bi_reader' ], '>', \$dump, '2>', \$err);
ok($err =~ /permission denied/ && $dump !~ /docket-person|Surname|\Q$secret\E/, 'pg_dump as the reader is refused and holds nothing');
IPC::Run::run([ 'pg_dump', '-n', 'safe', '-d', $node->connstr($db) . ' user=bi_reader' ], '>', \$dump, '2>', \$err);
unlike($dump, qr/docket-person|Surname|\Q$secret\E|$seed/, 'nor does a dump of the release as the reader');
my $text = views_text($node, $db, 'safe');
unlike($text, qr/\Q$secret\E/, 'the secret is not in the release');
unlike($text, qr/$seed/, 'the seed is not in the release');
my @sentinels = map { $_->[0] } rows($node, $db, 'SELECT DISTINCT case_number FROM private.docket');
my ($tried, @found) = leaks($text, \@sentinels, numbers => 1);
cmp_ok($tried, '>', 3000, "$tried case numbers of 10^12 and up to look for");
is_deeply(\@found, [], 'none of them is in the release');
for my $c (qw(person_id last_name)) {
    ($tried, @found) = leaks($text, [ map { $_->[0] } rows($node, $db, "SELECT DISTINCT $c FROM private.docket") ]);
    is_deeply(\@found, [], "no $c ($tried) is in the release");
}
# a leaky view or function of the reader's own changes nothing
is(outcome($node, 'CREATE TEMP VIEW mine AS SELECT * FROM safe.docket_personas; SELECT count(*) FROM mine', db => $db, user => 'bi_reader')->{state}, '00000', 'the reader may build on the release');
is(outcome($node, "SET ROLE dba", db => $db, user => 'bi_reader')->{state}, '42501', 'the reader cannot become the owner');

# a role without SELECT on one column
$node->safe_psql($db, 'REVOKE SELECT ON private.docket FROM dba; GRANT SELECT (person_id, age, gender, race, event_date, event_type) ON private.docket TO dba', extra_params => [ '-U', 'dba' ]);
$r = outcome($node, "SELECT count(*) FROM pt_create_personas('private.docket', 0.05)", db => $db, user => 'dba');
ok($r->{state} eq '42501' && $r->{alive}, "no SELECT on a described column: $r->{state}") or diag $r->{err};
$r = outcome($node, "SELECT * FROM pt_publish_release('private.docket', 'safe')", db => $db, user => 'dba');
ok($r->{state} eq '42501' && $r->{alive}, "no SELECT on a described column: no publication either: $r->{state}") or diag $r->{err};
$node->safe_psql($db, 'GRANT SELECT ON private.docket TO dba', extra_params => [ '-U', 'dba' ]);

# a role that may read, but does not own
$node->safe_psql($db, 'GRANT USAGE ON SCHEMA private TO clerk; GRANT SELECT ON private.docket TO clerk; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO clerk', extra_params => [ '-U', 'dba' ]);
for my $call ("pt_population_risk('private.docket')", "pt_explain_person('private.docket', 'docket-person-000001')", "pt_persona_risks('private.docket')", "pt_publish_release('private.docket', 'public')", "pt_drop_release('private.docket')", "pt_set_role('private.docket', 'age', 'ignore')") {
    is(outcome($node, "SELECT * FROM $call", db => $db, user => 'clerk')->{state}, '42501', "someone who may read the source but does not own it cannot call $call");
}

# row security
$node->safe_psql($db, <<'SQL', extra_params => [ '-U', 'dba' ]);
CREATE TABLE private.guarded AS TABLE private.docket;
ALTER TABLE private.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE private.guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON private.guarded USING (age < 60);
SQL
$r = outcome($node, "SELECT count(*) FROM pt_create_personas('private.guarded', 0.05)", db => $db, user => 'dba');
ok($r->{state} eq '42501' && $r->{alive}, "row security hides rows: $r->{state}") or diag $r->{err};
like($r->{err}, qr/allow_row_security/, 'the error says how to allow it');
$r = outcome($node, "SELECT sum(merged_from) FROM pt_create_personas('private.guarded', 0.05, allow_row_security => true)", db => $db, user => 'dba');
is($r->{state}, '00000', 'row security allowed: a run') or diag $r->{err};
my $visible = value($node, $db, 'SELECT count(DISTINCT person_id) FROM private.guarded', user => 'dba');
cmp_ok(($r->{out} =~ /(\d+)/)[0] // 1e9, '<=', $visible, "row security allowed: only the $visible people the caller sees");
$r = outcome($node, "SELECT * FROM pt_publish_release('private.guarded', 'safe')", db => $db, user => 'dba');
is($r->{state}, '00000', 'row security allowed: published') or diag $r->{err};
like(join(' ', map { join ' ', map { $_ // '' } @$_ } rows($node, $db, 'SELECT to_jsonb(a)::text FROM safe.guarded_about a')), qr/row.security/i, 'row security allowed: recorded in _about') if $r->{state} eq '00000';
# ... the same behind a view, and on the table of people
$node->safe_psql($db, <<'SQL', extra_params => [ '-U', 'dba' ]);
CREATE VIEW private.window AS SELECT * FROM private.guarded;
CREATE TABLE private.folk AS SELECT DISTINCT person_id, age, gender, race FROM private.docket;
ALTER TABLE private.folk ADD PRIMARY KEY (person_id);
CREATE TABLE private.doings AS SELECT person_id, event_date, event_type, outcome FROM private.docket;
ALTER TABLE private.doings ADD FOREIGN KEY (person_id) REFERENCES private.folk;
ALTER TABLE private.folk ENABLE ROW LEVEL SECURITY;
ALTER TABLE private.folk FORCE ROW LEVEL SECURITY;
CREATE POLICY visible ON private.folk USING (age < 60);
SQL
for my $source ('private.window', 'private.doings') {
    is(outcome($node, "SELECT count(*) FROM pt_create_personas('$source', 0.05)", db => $db, user => 'dba')->{state}, '42501', "row security behind $source: 42501");
    $r = outcome($node, "SELECT sum(merged_from) FROM pt_create_personas('$source', 0.05, allow_row_security => true)", db => $db, user => 'dba');
    is($r->{out}, "$visible\n", "row security behind $source, allowed: the $visible people the caller sees") or diag $r->{err};
}
$node->stop;
done_testing();

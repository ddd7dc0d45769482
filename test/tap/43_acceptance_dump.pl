# Dump and restore, DROP EXTENSION, another schema, a trusted install: roles, runs and releases survive without preload.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('dump');
my $tmp = PostgreSQL::Test::Utils::tempdir();
my $docket = <<'SQL';
CREATE TABLE docket AS
SELECT 'person-' || lpad(g::text, 6, '0') AS person_id, 18 + g % 50 AS age, CASE WHEN g % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender,
       (ARRAY['White','Black','Hispanic'])[1 + g % 3] AS race, date '2020-01-01' + (g * 7 + k * 31) % 700 AS event_date,
       (ARRAY['arrest','charge','conviction'])[1 + (g + k) % 3] AS event_type, (ARRAY['guilty','dismissed'])[1 + (g * k) % 2] AS outcome, 'note ' || g AS remark
  FROM generate_series(1, 1500) g, generate_series(1, 1 + g % 4) k;
ANALYZE docket;
SQL

# the whole path as a database owner who is no superuser, in a schema of his choice
$node->safe_psql('postgres', 'CREATE ROLE dba LOGIN; CREATE ROLE bi_reader LOGIN; CREATE DATABASE origin OWNER dba');
my @dba = (db => 'origin', user => 'dba');
is(outcome($node, 'CREATE SCHEMA tools; CREATE EXTENSION personatwin SCHEMA tools', @dba)->{state}, '00000', 'trusted: the owner of a database installs, in another schema') or BAIL_OUT('no extension');
is(outcome($node, $docket . "SET search_path = public, tools; SELECT pt_set_role('docket', 'remark', 'ignore'); SELECT pt_set_role('docket', 'outcome', 'outcome')", @dba)->{state}, '00000', 'trusted: sets roles');
my $r = outcome($node, "SELECT count(*) FROM tools.pt_create_personas('docket', 0.05)", @dba);
is($r->{state}, '00000', 'trusted: makes personas, search_path without the extension') or diag $r->{err};
$r = outcome($node, "CREATE SCHEMA safe; SELECT * FROM tools.pt_publish_release('docket', 'safe', reader => 'bi_reader')", @dba);
is($r->{state}, '00000', 'trusted: publishes') or diag $r->{err};
is(outcome($node, 'SELECT count(*) FROM safe.docket_personas', db => 'origin', user => 'bi_reader')->{state}, '00000', 'trusted: the reader reads');

# Rows, not their order: COPY fills the gaps of pages, so a restored table may hold a short row further up.
sub same_rows { my ($content) = @_; return { map { $_ => $content->{$_}{sorted} } keys %$content }; }

# what must survive
my $labels = "SELECT objname, label FROM pg_seclabels WHERE provider = 'personatwin' ORDER BY 1, 2";
my $flat = sub { my ($db, $sql) = @_; return join "\n", map { join '|', map { $_ // '' } @$_ } rows($node, $db, $sql); };
my $runs = 'SELECT to_jsonb(r)::text FROM tools.pt_runs() r ORDER BY 1';
my $releases = 'SELECT to_jsonb(r)::text FROM tools.pt_releases() r ORDER BY 1';
my $audit = 'SELECT to_jsonb(r)::text FROM tools.pt_audit_log() r ORDER BY 1';
my %before = (audit => $flat->('origin', $audit), labels => $flat->('origin', $labels), runs => $flat->('origin', $runs), releases => $flat->('origin', $releases), content => content($node, 'origin', 'safe.docket'));
like($before{labels}, qr/quasi-identifier/, 'there are labels to keep');
isnt($before{runs}, '', 'there are runs to keep');
isnt($before{releases}, '', 'there are releases to keep');
like($before{audit}, qr/"action": "publish"/, 'there is an audit to keep');
my $secret = value($node, 'origin', "SELECT encode(key, 'hex') FROM personatwin.secret");
my $seed = value($node, 'origin', "SELECT to_jsonb(r) -> 'parameters' ->> 'seed' FROM tools.pt_runs() r LIMIT 1");

# A superuser dumps and restores: the catalog is closed to everybody else. He owns the extension there and works on.
for my $way ('plain', 'custom') {
    my $db = "copy_$way";
    $node->safe_psql('postgres', "CREATE DATABASE $db OWNER dba");
    my ($out, $err) = ('', '');
    if ($way eq 'plain') {
        $node->command_ok([ 'pg_dump', '-f', "$tmp/dump.sql", $node->connstr('origin') ], "$way: pg_dump");
        my $ok = IPC::Run::run([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($db), '-f', "$tmp/dump.sql" ], '>', \$out, '2>', \$err);
        ok($ok && $err !~ /ERROR/, "$way: psql restores without error") or diag $err;
    } else {
        $node->command_ok([ 'pg_dump', '-Fc', '-f', "$tmp/dump.fc", $node->connstr('origin') ], "$way: pg_dump -Fc");
        my $ok = IPC::Run::run([ 'pg_restore', '-j2', '--exit-on-error', '-d', $node->connstr($db), "$tmp/dump.fc" ], '>', \$out, '2>', \$err);
        ok($ok && $err !~ /error/i, "$way: pg_restore -j2 restores without error") or diag $err;
    }
    is($flat->($db, $labels), $before{labels}, "$way: the roles are kept");
    is($flat->($db, $runs), $before{runs}, "$way: the runs are kept");
    is($flat->($db, $releases), $before{releases}, "$way: the releases are kept");
    is($flat->($db, $audit), $before{audit}, "$way: the audit is kept");
    is(value($node, $db, "SELECT encode(key, 'hex') FROM personatwin.secret"), $secret, "$way: the secret is the old one");
    is(value($node, $db, 'SELECT count(*) FROM personatwin.secret'), 1, "$way: and the only one");
    is_deeply(same_rows(content($node, $db, 'safe.docket')), same_rows($before{content}), "$way: the views show the same rows");
    is(outcome($node, 'SELECT count(*) FROM safe.docket_events', db => $db, user => 'bi_reader')->{state}, '00000', "$way: the reader reads");
    is(outcome($node, 'SELECT * FROM personatwin.secret', db => $db, user => 'bi_reader')->{state}, '42501', "$way: and still not the secret");
    my @as = (db => $db);
    # what was known is still known, and work goes on
    $r = outcome($node, "SELECT persona_id IS NOT NULL FROM (SELECT to_jsonb(x) ->> 'persona_id' AS persona_id FROM tools.pt_explain_person('docket', 'person-000007') x) y", @as);
    is($r->{state}, '00000', "$way: a person can still be explained") or diag $r->{err};
    $r = outcome($node, "SELECT count(*) FROM tools.pt_population_risk('docket')", @as);
    is($r->{state}, '00000', "$way: the risk of the old run can be asked") or diag $r->{err};
    $r = outcome($node, "SELECT count(*) FROM tools.pt_create_personas('docket', 0.05" . (defined $seed ? ", seed => $seed" : '') . ')', @as);
    is($r->{state}, '00000', "$way: a new run") or diag $r->{err};
    $r = outcome($node, "SELECT * FROM tools.pt_publish_release('docket', 'safe', reader => 'bi_reader')", @as);
    is($r->{state}, '00000', "$way: a new publication") or diag $r->{err};
    is((content($node, $db, 'safe.docket')->{docket_personas} // {})->{stored}, $before{content}{docket_personas}{stored}, "$way: the same seed and secret give the same personas and ids");
    $r = outcome($node, "SELECT * FROM tools.pt_drop_release('docket')", @as);
    is($r->{state}, '00000', "$way: the restored release can be dropped") or diag $r->{err};
}

# DROP EXTENSION: refuses clearly, or leaves the published data readable
$r = outcome($node, 'DROP EXTENSION personatwin', @dba);
ok($r->{alive} && $r->{state} =~ /^(00000|2BP01)$/, "DROP EXTENSION: $r->{state}") or diag $r->{err};
if ($r->{state} eq '2BP01') {
    like($r->{err}, qr/safe|release/, 'DROP EXTENSION: the refusal names what stands in the way');
    is_deeply(content($node, 'origin', 'safe.docket'), $before{content}, 'DROP EXTENSION: the views are as they were');
} else {
    is_deeply(content($node, 'origin', 'safe.docket'), $before{content}, 'DROP EXTENSION: the published data are readable as they were');
    is(outcome($node, 'SELECT count(*) FROM safe.docket_personas', db => 'origin', user => 'bi_reader')->{state}, '00000', 'DROP EXTENSION: for the reader too');
    is(outcome($node, 'CREATE EXTENSION personatwin', @dba)->{state}, '00000', 'DROP EXTENSION: it can be created again');
}
$node->stop;
done_testing();

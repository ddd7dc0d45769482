# Domains and hierarchies that users added, and what is known of sources, survive dump and restore; shipped rows come
# back once, with the extension.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('describe');
$node->init;
$node->start;
my $state = q{
	SELECT 'domain', count(*)::text FROM personatwin.domain
	UNION ALL SELECT 'types', count(*)::text FROM personatwin.domain_event_type
	UNION ALL SELECT 'rules', count(*)::text FROM personatwin.event_rule
	UNION ALL SELECT 'hierarchy', format('%s %s %s %s %s', source, column_name, hierarchy, levels, attribute) FROM personatwin.hierarchy
	UNION ALL SELECT 'label', objname || ' = ' || label FROM pg_seclabels WHERE provider = 'personatwin'
	UNION ALL SELECT 'role', format('%s %s %s', "column", role, kind) FROM pt_describe('"odd Schema"."Loans"', dry_run => true)
	ORDER BY 1, 2};

$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', q{
	CREATE EXTENSION personatwin;
	CREATE SCHEMA "odd Schema";
	INSERT INTO personatwin.domain (name, title) VALUES ('lending', 'Lending');
	INSERT INTO personatwin.domain_event_type (domain, name, category)
	  VALUES ('lending', 'loan_application', 'loan'), ('lending', 'loan_approval', 'loan'), ('healthcare', 'yoga', 'outpatient');
	INSERT INTO personatwin.event_rule (domain, event_type, after_any_of) VALUES ('lending', 'loan_approval', '{loan_application}');
	CREATE TABLE "odd Schema"."Loans" (gone int, client_id int, town text, step text, day date);
	ALTER TABLE "odd Schema"."Loans" DROP COLUMN gone;
	INSERT INTO "odd Schema"."Loans"
	  SELECT g / 4, 'Town ' || g / 4 % 9, (ARRAY['loan application', 'loan approval'])[1 + g % 2], date '2020-01-01' + g
	    FROM generate_series(0, 399) g;
	CREATE TABLE towns AS SELECT 'Town ' || g AS town, 'State ' || g / 3 AS state FROM generate_series(0, 8) g;
	SELECT pt_set_hierarchy('"odd Schema"."Loans"', 'town', 'towns', '{town,state}');
	SELECT pt_describe('"odd Schema"."Loans"');
});
my $before = $node->safe_psql('source', $state);
like($before, qr/label\|"odd Schema"."Loans" = described: lending/, 'the source is described, in the domain of the user');
like($before, qr/role\|step event type/, 'with the event type known by its vocabulary');

my $dir = PostgreSQL::Test::Utils::tempdir;
my @connection = ('-h', $node->host, '-p', $node->port);
command_ok([ 'pg_dump', @connection, '-F', 'directory', '-f', "$dir/dump", 'source' ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE target');
command_ok([ 'pg_restore', '-e', @connection, '-j2', '-d', 'target', "$dir/dump" ], 'restore with two jobs');
is($node->safe_psql('target', $state), $before, 'everything is the same');

$node->stop;
done_testing();

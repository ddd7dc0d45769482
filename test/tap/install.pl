# Installing: as a plain database owner, in another schema, under a hostile search path; who may call what.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->start;

# The extension is trusted: the owner of a database, no superuser, installs it.
$node->safe_psql('postgres', q{
	CREATE ROLE dba LOGIN;
	CREATE ROLE reader LOGIN;
	CREATE ROLE officer LOGIN;
	CREATE DATABASE court OWNER dba;
});
my $as_dba = $node->connstr('court') . ' user=dba';
my $as_reader = $node->connstr('court') . ' user=reader';
$node->safe_psql('court', 'CREATE SCHEMA tools', connstr => $as_dba);
$node->safe_psql('court', 'CREATE EXTENSION personatwin SCHEMA tools', connstr => $as_dba);
is($node->safe_psql('court', 'SELECT tools.pt_version()', connstr => $as_dba), '1.1', 'a database owner installs into a schema of choice');

my $open = $node->safe_psql('court', q{
	SELECT string_agg(p.proname, ' ' ORDER BY p.proname)
	  FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid JOIN pg_proc p ON p.oid = d.objid
	 WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	   AND e.extname = 'personatwin' AND has_function_privilege('reader', p.oid, 'EXECUTE')
});
note "open to everybody: $open";
open my $list, '<', "$FindBin::RealBin/../tools/open_to_public.txt" or die $!;
my %harmless = map { chomp; ($_ => 1) } grep { !/^#/ } <$list>;
close $list;
is(join(' ', grep { !$harmless{$_} } split / /, $open), '', 'PUBLIC may call harmless functions only');
my %is_open = map { $_ => 1 } split / /, $open;
is(join(' ', grep { !$is_open{$_} } sort keys %harmless), '', 'and all of those that are listed as harmless');

is($node->safe_psql('court', q{
	SELECT count(*) FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid JOIN pg_proc p ON p.oid = d.objid
	 WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	   AND e.extname = 'personatwin' AND NOT has_function_privilege('dba', p.oid, 'EXECUTE')
}), '0', 'the installing role may call everything');

is($node->safe_psql('court', q{
	SELECT string_agg(c.relname, ' ')
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE n.nspname = 'personatwin' AND c.relkind IN ('r', 'v', 'S', 'm', 'p')
	   AND (has_schema_privilege('reader', n.oid, 'USAGE') OR CASE WHEN c.relkind = 'S'
	        THEN has_sequence_privilege('reader', c.oid, 'USAGE, SELECT, UPDATE')
	        ELSE has_table_privilege('reader', c.oid, 'SELECT, INSERT, UPDATE, DELETE') END)
}), '', 'a reader reaches nothing of the catalog');

# Objects that a hostile user prepared in the target schema must not be used by the installer.
$node->safe_psql('postgres', 'CREATE DATABASE trap OWNER dba');
$node->safe_psql('trap', q{
	CREATE SCHEMA tools;
	CREATE TABLE tools.log (what text);
	CREATE FUNCTION tools.eq(name, name) RETURNS bool LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO tools.log VALUES ('eq'); RETURN true; END $$;
	CREATE OPERATOR tools.= (leftarg = name, rightarg = name, function = tools.eq);
	CREATE FUNCTION tools.format(text, regprocedure) RETURNS text LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO tools.log VALUES ('format'); RETURN 'SELECT 1'; END $$;
	CREATE FUNCTION tools.format(text, text) RETURNS text LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO tools.log VALUES ('format'); RETURN 'SELECT 1'; END $$;
	CREATE FUNCTION tools.now() RETURNS timestamptz LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO tools.log VALUES ('now'); RETURN pg_catalog.now(); END $$;
	SET search_path = tools, public;
	CREATE EXTENSION personatwin SCHEMA tools;
}, connstr => $node->connstr('trap') . ' user=dba');
is($node->safe_psql('trap', 'SELECT count(*) FROM tools.log'), '0', 'nothing planted in the target schema ran');

# Drop and create again in one session; twice in two databases.
$node->safe_psql('court', 'DROP EXTENSION personatwin; CREATE EXTENSION personatwin; SELECT pt_version()', connstr => $as_dba);
is($node->safe_psql('court', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'personatwin'}), '1', 'dropped and created again');
my ($status, $out, $err) = $node->psql('court', 'CREATE EXTENSION personatwin', connstr => $as_reader);
isnt($status, 0, 'a second installation is refused');

$node->stop;
done_testing();

# ALTER EXTENSION personatwin UPDATE from every earlier version gives the catalog of a fresh installation.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $here = dirname(abs_path(__FILE__));
my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->start;

# Earlier installers are no part of the product: they are laid beside the present one for this test.
my $extensions = $node->config_data('--sharedir') . '/extension';
for my $installer (glob "$here/../upgrade/personatwin--*.sql") {
	copy($installer, $extensions) or die "can't copy $installer to $extensions: $!";
}

# Everything that belongs to the extension, in words that hold no oid.
my $catalog = q{
	SELECT pg_describe_object(d.classid, d.objid, 0) || E'\t' || CASE d.classid
	       WHEN 'pg_proc'::regclass THEN (SELECT concat_ws('|', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.prosrc, p.prokind, p.provolatile,
	            p.proparallel, p.proisstrict, p.procost, p.prorows, p.prosecdef, p.proacl::text, p.proconfig::text) FROM pg_proc p WHERE p.oid = d.objid)
	       WHEN 'pg_class'::regclass THEN (SELECT concat_ws('|', c.relkind, c.relacl::text, pg_get_viewdef(c.oid), (SELECT string_agg(concat_ws(' ', a.attname,
	            format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(def.adbin, def.adrelid), col_description(c.oid, a.attnum)), ', ' ORDER BY a.attnum)
	            FROM pg_attribute a LEFT JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
	            (SELECT string_agg(pg_get_constraintdef(k.oid), ', ' ORDER BY pg_get_constraintdef(k.oid)) FROM pg_constraint k WHERE k.conrelid = c.oid),
	            (SELECT string_agg(pg_get_indexdef(i.indexrelid), ', ' ORDER BY pg_get_indexdef(i.indexrelid)) FROM pg_index i WHERE i.indrelid = c.oid)) FROM pg_class c WHERE c.oid = d.objid)
	       WHEN 'pg_type'::regclass THEN (SELECT concat_ws('|', t.typtype, t.typlen, t.typalign, t.typstorage, t.typinput, t.typoutput, (SELECT string_agg(concat_ws(' ', a.attname,
	            format_type(a.atttypid, a.atttypmod), col_description(t.typrelid, a.attnum)), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0
	            AND NOT a.attisdropped)) FROM pg_type t WHERE t.oid = d.objid)
	       ELSE '' END || E'\t' || coalesce(obj_description(d.objid, d.classid::regclass::name), '')
	  FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
	 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'personatwin' ORDER BY 1};
# What the shipped rows of the catalog's tables say, and which tables a dump carries.
my $dumped = q{SELECT (SELECT string_agg(c::regclass::text || ' ' || w, E'\n' ORDER BY c::regclass::text) FROM unnest(extconfig, extcondition) u(c, w))
	FROM pg_extension WHERE extname = 'personatwin'};
my $tables = q{SELECT string_agg(c.oid::regclass::text, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = 'personatwin'::regnamespace AND c.relkind = 'r'
	AND c.relname NOT IN ('secret')};

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION personatwin');
for my $installer (sort glob "$here/../upgrade/personatwin--*.sql") {
	my ($version) = $installer =~ /personatwin--([0-9.]+)\.sql$/;
	my $db = "from_$version" =~ s/\W/_/gr;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, "CREATE EXTENSION personatwin VERSION '$version'");
	is($node->safe_psql($db, q{SELECT extversion FROM pg_extension WHERE extname = 'personatwin'}), $version, "version $version installs");
	$node->safe_psql($db, 'ALTER EXTENSION personatwin UPDATE');
	my ($updated, $new) = map { $node->safe_psql($_, $catalog) } $db, 'fresh';
	my %in_updated = map { $_ => 1 } split /\n/, $updated;
	my %in_new = map { $_ => 1 } split /\n/, $new;
	is(join("\n", grep { !$in_updated{$_} } sort keys %in_new), '', "the update from $version lacks nothing of a fresh installation");
	is(join("\n", grep { !$in_new{$_} } sort keys %in_updated), '', "the update from $version leaves nothing behind");
	is($node->safe_psql($db, $dumped), $node->safe_psql('fresh', $dumped), 'dumps carry the same tables');
	for my $table (split / /, $node->safe_psql('fresh', $tables)) {
		my $rows = "SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM $table t";
		is($node->safe_psql($db, $rows), $node->safe_psql('fresh', $rows), "the same rows in $table");
	}
}
$node->stop;
done_testing();

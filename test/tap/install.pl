# Installing: as a plain database owner, in another schema, under a hostile search path; who may call what.
use strict;
use warnings;
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
my %harmless = map { $_ => 1 } qw(pt_version pt_age_band pt_period pt_period_label pt_average pt_chi_square pt_compare pt_compare_means pt_correlation pt_glm pt_glm_summary pt_interval_overlap pt_life_table pt_log_rank pt_mantel_haenszel pt_power_t pt_power_two_proportions pt_rate pt_rate_ci pt_two_by_two);
# Class profiles and privacy aggregates: functions of their arguments alone.
$harmless{$_} = 1 for qw(
	pt_alpha pt_average_class_risk pt_average_class_size pt_average_risk pt_beta_likeness pt_class_count
	pt_class_profile_in pt_class_profile_out pt_class_profile_recv pt_class_profile_send pt_delta_disclosure pt_delta_disclosure_for
	pt_delta_presence pt_discernibility pt_enhanced_beta_likeness pt_entropy_l_diversity pt_k_anonymity pt_k_map
	pt_key pt_keyed pt_l_diversity pt_maximum_risk pt_normalized_class_size pt_ordered_t_closeness
	pt_profile pt_profile_agg pt_profile_alpha pt_profile_average_class_risk pt_profile_average_class_size pt_profile_average_risk
	pt_profile_beta_likeness pt_profile_classes pt_profile_combine pt_profile_count_key pt_profile_count_member pt_profile_count_ordered
	pt_profile_count_row pt_profile_count_sensitive pt_profile_count_value pt_profile_count_weight pt_profile_count_with pt_profile_count_with2
	pt_profile_delta_disclosure pt_profile_delta_natural pt_profile_delta_presence pt_profile_delta_with pt_profile_discernibility pt_profile_enhanced_beta_likeness
	pt_profile_entropy_l_diversity pt_profile_hierarchical_t_closeness pt_profile_journalist_risk pt_profile_k pt_profile_k_map pt_profile_l_diversity
	pt_profile_marketer_risk pt_profile_maximum_risk pt_profile_member_k_map pt_profile_member_presence pt_profile_merge pt_profile_normalized_class_size
	pt_profile_ordered_t_closeness pt_profile_pack pt_profile_recursive_l_diversity pt_profile_recursive_two pt_profile_recursive_with pt_profile_risk_distribution
	pt_profile_rows pt_profile_share_at_risk pt_profile_strict_delta_disclosure pt_profile_t_closeness pt_profile_uniqueness pt_profile_uniques
	pt_recursive_l_diversity pt_recursive_l_diversity_for pt_risk_distribution pt_strict_delta_disclosure pt_t_closeness pt_uniqueness
	pt_uniques pt_profile_count_columns pt_profile_wildcard_k pt_profile_wildcard_average_risk pt_profile_wildcard_uniqueness pt_k_anonymity_wildcard pt_average_risk_wildcard pt_uniqueness_wildcard pt_profile_count_path pt_profile_path_t_closeness pt_hierarchical_t_closeness);
is(join(' ', grep { !$harmless{$_} } split / /, $open), '', 'PUBLIC may call harmless functions only');

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

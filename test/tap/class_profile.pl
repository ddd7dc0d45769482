# Privacy aggregates against the numbers of other programs on their example tables, and, where Citus is there, aggregates that run on the
# workers of a distributed table.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('profile');
$node->init;
my $citus = -e $node->config_data('--sharedir') . '/extension/citus.control';
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'citus'") if $citus;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION personatwin');

my $oracles = ($ENV{PERSONATWIN_DATA} // '') . '/../oracles/pycanon';
SKIP: {
	skip 'the example tables of pyCANON are not here', 1 unless -r "$oracles/expected_small.json";
	my $json = slurp_file("$oracles/expected_small.json");
	$node->safe_psql('postgres', 'CREATE TABLE oracle (doc jsonb)');
	$node->safe_psql('postgres', "INSERT INTO oracle VALUES (\$json\$$json\$json\$)");
	my $tables = $node->safe_psql('postgres', q{SELECT t->>'file', t->>'sensitive', (SELECT string_agg(quote_ident(q), ',') FROM jsonb_array_elements_text(t->'quasi_identifiers') q)
		FROM oracle, jsonb_array_elements(doc->'tables') t});
	for (split /\n/, $tables) {
		my ($file, $sensitive, $columns) = split /\|/;
		open my $in, '<', "$oracles/$file" or die "$oracles/$file: $!";
		chomp(my $header = <$in>);
		my $table = $file =~ s/\.csv$//r;
		$node->safe_psql('postgres', "CREATE TABLE $table (" . join(', ', map { "\"$_\" text" } split /,/, $header) . ')');
		my $rows = join '', <$in>;
		$node->safe_psql('postgres', "COPY $table FROM STDIN WITH (FORMAT csv);\n$rows\\.\n");
		my $s = "\"$sensitive\"";
		# name in the oracle => how it is computed here
		my %figures = (
			rows => 'count(*)', classes => "pt_class_count($columns)", k => "pt_k_anonymity($columns)",
			avg_class => "pt_average_class_size($columns)", sample_uniques => "pt_uniques($columns)", prosecutor_max => "pt_maximum_risk($columns)",
			prosecutor_avg_record => "pt_average_risk($columns)", class_avg_risk => "pt_average_class_risk($columns)", records_at_risk_gt_0_2 => "pt_profile_share_at_risk(pt_profile($columns), 0.2)",
			alpha => "pt_alpha($s, $columns)", l_distinct => "pt_l_diversity($s, $columns)", l_entropy => "pt_entropy_l_diversity($s, $columns)", basic_beta => "pt_beta_likeness($s, $columns)",
			delta_ln => "pt_delta_disclosure($s, $columns)", delta_log2 => "pt_delta_disclosure_for(2, 0, $s, $columns)", t_equal => "pt_t_closeness($s, $columns)",
			t_ordered => "pt_ordered_t_closeness(rank, $columns)", discernibility => "pt_discernibility($columns)", AECS_over_k => "pt_normalized_class_size($columns)",
			recursive_c_min_exclusive_l2 => "pt_recursive_l_diversity($s, $columns)");
		my $source = "(SELECT *, dense_rank() OVER (ORDER BY $s COLLATE \"C\") AS rank FROM $table) x";
		for my $name (sort keys %figures) {
			my ($expected, $found) = split /\|/, $node->safe_psql('postgres', qq{SELECT t->>'$name', f FROM oracle, jsonb_array_elements(doc->'tables') t, (SELECT ($figures{$name})::float8 AS f FROM $source) y
				WHERE t->>'file' = '$file'});
			if (!defined $expected || $expected eq '') { # some class has fewer than l values
				ok(!defined $found || $found eq '', "$file: $name has no level");
				next;
			}
			my $error = abs($found - $expected) / (abs($expected) || 1);
			cmp_ok($error, '<', 1e-9, "$file: $name = $expected");
		}
		is($node->safe_psql('postgres', "SELECT pt_strict_delta_disclosure($s, $columns) FROM $table"), 'Infinity', "$file: strict delta");
		is($node->safe_psql('postgres', "SELECT pt_enhanced_beta_likeness($s, $columns) IS NULL FROM $table"), 't', "$file: no enhanced beta");
	}
}

# Granularity of a full-domain generalisation of adult, against evalgran.py (data folder, oracles/reference) on the same table.
SKIP: {
	my $data = $ENV{PERSONATWIN_DATA} // '';
	skip 'the adult data is not here', 1 unless -r "$data/adult_arx.csv.gz" && -r "$data/adult_arx_hierarchies.csv.gz";
	my %level = (sex => 0, age => 2, race => 1, marital_status => 1, education => 2, native_country => 1, workclass => 1, occupation => 1);
	my $names = join ',', sort keys %level;
	$node->safe_psql('postgres', 'CREATE TABLE hierarchies (attribute text, value text, level int, generalised text);
		CREATE TABLE adult (sex text, age int, race text, marital_status text, education text, native_country text, workclass text, occupation text, salary_class text)');
	for (['hierarchies', 'adult_arx_hierarchies'], ['adult', 'adult_arx']) {
		my ($table, $file) = @$_;
		my $rows = `gzip -dc $data/$file.csv.gz`;
		$node->safe_psql('postgres', "COPY $table FROM STDIN WITH (FORMAT csv, HEADER);\n$rows\\.\n");
	}
	my $columns = join ', ', map { "(SELECT generalised FROM hierarchies WHERE attribute = '$_' AND level = $level{$_} AND value = $_\::text) AS $_" } sort keys %level;
	$node->safe_psql('postgres', "CREATE INDEX ON hierarchies (attribute, level, value); CREATE TABLE generalised AS SELECT $columns FROM adult");
	$node->safe_psql('postgres', "SELECT pt_set_hierarchy('adult', '$_', 'hierarchies', attribute => '$_')") for sort keys %level;
	my $granularity = "pt_granularity('adult', 'generalised', '{$names}')";
	is($node->safe_psql('postgres', "SELECT round(quality::numeric, 6) FROM $granularity WHERE quasi_identifier = '(all)'"), '0.657987', 'granularity: each column normalised, then averaged');
	is($node->safe_psql('postgres', "SELECT round((1 - sum(loss * (1 - 1.0 / leaves)) / sum(1 - 1.0 / leaves))::numeric, 6) FROM $granularity WHERE quasi_identifier <> '(all)'"), '0.652155', 'granularity: averaged first, as ARX does');
	is($node->safe_psql('postgres', "SELECT string_agg(leaves || ' ' || round(loss::numeric, 6), ', ' ORDER BY quasi_identifier) FROM $granularity WHERE quasi_identifier <> '(all)'"),
		'100 0.090909, 16 0.366773, 7 0.433161, 41 0.272876, 14 0.286734, 5 1.000000, 2 0.000000, 8 0.285648', 'granularity of each column');
	my $own = $node->safe_psql('postgres', "SELECT granularity_quality FROM pt_anonymize_table('adult', 'adult_released', 5, '{$names}')");
	my $measured = $node->safe_psql('postgres', "SELECT quality FROM pt_granularity('adult', 'adult_released', '{$names}') WHERE quasi_identifier = '(all)'");
	cmp_ok(abs($own - $measured), '<', 1e-12, "granularity of the release of pt_anonymize_table: $measured");
}

SKIP: {
	skip 'Citus is not installed: that the aggregates run on its workers is not tested', 1 unless $citus;
	$node->safe_psql('postgres', q{
		CREATE EXTENSION citus;
		SELECT citus_set_coordinator_host('localhost', current_setting('port')::int);
		SELECT citus_set_node_property('localhost', current_setting('port')::int, 'shouldhaveshards', true);
		CREATE TABLE people (id int, age int, sex text, outcome int);
		INSERT INTO people SELECT i, i % 50, (ARRAY['f', 'm'])[1 + i % 2], i % 4 FROM generate_series(1, 10000) i;
		CREATE TABLE local_people AS SELECT * FROM people;
		SELECT create_distributed_table('people', 'id');
	});
	my $query = 'SELECT pt_profile_agg(pt_key(age, sex), outcome)::text FROM';
	like($node->safe_psql('postgres', "SET citus.explain_all_tasks = on; EXPLAIN (VERBOSE) $query people"), qr/worker_partial_agg/, 'the aggregate runs on the workers');
	is($node->safe_psql('postgres', "$query people"), $node->safe_psql('postgres', "$query local_people"), 'and gives the same profile');
}
$node->stop;
done_testing();

# COMPAS against the census of its county: the loader of doc/privacy-measures.md, exact figures recomputed in SQL, and estimates beside them.
# Skipped, saying so, where the data is not there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use Test::More;

plan skip_all => 'the COMPAS files or the census are not here (set PERSONATWIN_DATA to their folder)'
    unless data_dir() && -r data_dir() . '/population_florida_county_2014.csv.gz';
my $node = start_server('population_compas');
my $db = 'postgres';
$node->safe_psql($db, 'CREATE EXTENSION personatwin');
load_compas($node, $db);
my $file = data_dir() . '/population_florida_county_2014.csv.gz';
$node->safe_psql($db, "CREATE TABLE florida_2014 (county_fips text, county_name text, race text, origin text, sex text, age_lo int, age_hi int, population bigint);
    COPY florida_2014 FROM PROGRAM 'gzip -dc ''$file''' (FORMAT csv, HEADER);
    CREATE VIEW broward AS SELECT sex, age_lo, age_hi, population, CASE WHEN origin = 'Hispanic' THEN 'Hispanic' ELSE race END AS race FROM florida_2014 WHERE county_fips = '12011'");
is(value($node, $db, q{SELECT pt_register_population('broward', 'broward', '{"count": "population", "columns": {"sex": "sex", "age": {"low": "age_lo", "high": "age_hi"},
    "race": {"column": "race", "values": {"Caucasian": "White", "African-American": "Black", "Asian": "Other", "Native American": "Other"}}}}')}), '1866837', 'people of the county');

# One year of a band of five, in SQL.
my ($truth) = rows($node, $db, q{SELECT sum(1 / f), max(1 / f) FROM (SELECT (SELECT sum(population::float8 / (age_hi - age_lo + 1)) FROM broward b WHERE b.sex = p.sex
    AND p.age BETWEEN age_lo AND age_hi AND b.race = CASE p.race WHEN 'Caucasian' THEN 'White' WHEN 'African-American' THEN 'Black' WHEN 'Hispanic' THEN 'Hispanic' ELSE 'Other' END) AS f FROM court_people p) x});
my %found;
$found{"$_->[0] $_->[1]"} = $_ for rows($node, $db, q{SELECT estimator, measure, value, reidentifications FROM pt_population_estimates('court_people', '{sex,race,age}', population => 'broward')});
cmp_ok(abs($found{'population_marketer average_risk'}[3] / $truth->[0] - 1), '<', 1e-9, 'expected matches as counted in SQL');
cmp_ok(abs($found{'population_journalist maximum_risk'}[2] / $truth->[1] - 1), '<', 1e-9, 'largest risk as counted in SQL');
for my $name ('independence_poisson', 'two_way_log_linear', 'benedetti_franconi') {
    my $ratio = $found{"$name average_risk"}[3] / $truth->[0];
    ok($ratio > 0.5 && $ratio < 2, "$name is near the exact figure") or diag $ratio;
}
# The personas: far safer, nobody alone among fewer than 1,000.
$node->safe_psql($db, "SET client_min_messages = error; SELECT count(*) FROM pt_create_personas('court_events', 0.01)");
my ($risk) = rows($node, $db, q{SELECT external_linkage_risk, maximum_risk, smallest_cell, unknown_people, released FROM pt_register_risk('court_events', 'broward')});
cmp_ok($risk->[0], '<', $truth->[0] / 11757, 'personas: average below that of the source');
cmp_ok($risk->[1], '<', 0.001, 'personas: largest risk');
is($risk->[3], '0', 'personas: every cell is in the census');
is(value($node, $db, q{SELECT external_linkage_risk FROM pt_population_risk('court_events')}), $risk->[0], 'pt_population_risk shows it');

# The ladder with the register as attacker: what is claimed is what an independent count over the stored classes finds; the register needs less protection
# than one who knows that somebody is in the data.
$node->safe_psql($db, "SET client_min_messages = error; SELECT count(*) FROM pt_create_personas('court_events', 0.0002, attacker => 'register', population => 'broward')");
my ($run) = rows($node, $db, q{SELECT run_id, target_met, population_average_risk, maximum_risk, external_linkage_risk, external_linkage_maximum, demographics_average, all_events_average, utility FROM pt_population_risk('court_events')});
note join ' ', @$run;
is($run->[1], 't', 'the target holds against the register');
cmp_ok($run->[2], '<=', 0.0002, 'on average');
cmp_ok($run->[7], '>', 0.01, 'whoever knows that somebody is in finds more');
my ($count) = rows($node, $db, qq{SELECT sum(f / people) / sum(f), max(1 / people) FROM (SELECT f, (SELECT sum(b.population::float8 * (upper(o) - lower(o)) / (age_hi - age_lo + 1))
      FROM (SELECT *, int4range(age_lo, age_hi + 1) * c.age AS o FROM broward) b WHERE b.sex = c.gender AND NOT isempty(o) AND b.race IN (SELECT CASE r WHEN 'Caucasian' THEN 'White' WHEN 'African-American' THEN 'Black'
        WHEN 'Hispanic' THEN 'Hispanic' ELSE 'Other' END FROM regexp_split_to_table(c.ethnicity, ', | or ') r)) AS people
    FROM (SELECT class_no, sum(merged_from)::float8 AS f, min(age_range::text)::int4range AS age, min(gender) AS gender, min(ethnicity) AS ethnicity FROM personatwin.run_$run->[0]_persona GROUP BY 1) c) x});
cmp_ok(abs($run->[4] / $count->[0] - 1), '<', 1e-9, 'the average as counted in SQL');
cmp_ok(abs($run->[5] / $count->[1] - 1), '<', 1e-9, 'and the maximum');
done_testing();

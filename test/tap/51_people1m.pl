# A million people with a known profile (people1m of the shared oracles): classes, those of one and of two people, t-closeness and the other figures that are on record
# for it, by the function, by the aggregates, serial and parallel, and by GROUP BY. The table is made by its generator, which needs numpy; its checksum tells whether it is the table.
# Skipped, saying so, where the generator or numpy is not there, or another version of numpy makes another table.
use strict;
use warnings;
use Digest::MD5;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Utils;
use Test::More;

my $generator = ($ENV{PT_SHARED} // '') . '/oracles/reference/gen1m.py';
my $python = $ENV{PYTHON} // '/usr/bin/python3';
plan skip_all => 'the generator of people1m is not here (set PT_SHARED to the folder of the oracles)' unless -r $generator;
plan skip_all => "no numpy for $python, which the generator of people1m needs" if system("'$python' -c 'import numpy' > /dev/null 2>&1") != 0;
my $file = PostgreSQL::Test::Utils::tempdir() . '/people1m.csv';
my $facts = `'$python' '$generator' '$file'`;
plan skip_all => 'people1m could not be made' if $? != 0;
open my $csv, '<:raw', $file or die "$file: $!";
my $md5 = Digest::MD5->new->addfile($csv)->hexdigest;
plan skip_all => "this version of numpy makes another table than people1m ($md5)" if $md5 ne 'dd7651d5266197f89f37d6a7b8716767';

my $node = start_server('people1m', 'min_parallel_table_scan_size = 0', 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0');
my $db = 'postgres';
$node->safe_psql($db, qq{CREATE EXTENSION personatwin; CREATE TABLE people1m (id int, age int, gender text, ethnicity text, county text, outcome text)});
$node->safe_psql($db, "\\copy people1m FROM '$file' WITH (FORMAT csv, HEADER, DELIMITER ';')\nANALYZE people1m");
my $columns = 'age, gender, ethnicity, county';

# What is on record: exact counts, and t to the six digits it has (the table has a million rows, so that it is exact).
my ($profile) = rows($node, $db, "SELECT k, classes, uniques, largest_class, discernibility, round(share_at_risk * people), average_risk, average_class_risk, t_closeness, people FROM pt_risk_profile('people1m', '{age,gender,ethnicity,county}', '{outcome}')");
is("@$profile[0 .. 5]", '1 69632 16701 1117 155985584 71570', 'k, classes, uniques, largest class, discernibility and people in classes below 5 are those on record');
cmp_ok(abs($profile->[6] - 0.069632), '<', 1e-12, 'average risk');
cmp_ok(abs($profile->[7] - 0.394348), '<', 5e-7, 'average risk of classes');
cmp_ok(abs($profile->[8] - 0.943552), '<', 1e-9, 't-closeness of outcomes');
is($profile->[9], '1000000', 'of a million people');

# The aggregates, serial and parallel: the same; among them the number of classes of two.
for my $workers (0, 2) {
    my $set = "SET max_parallel_workers_per_gather = $workers;";
    my $plan = join "\n", map { $_->[0] } rows($node, $db, "$set EXPLAIN (COSTS off) SELECT pt_class_count($columns) FROM people1m");
    ($workers == 0 ? \&unlike : \&like)->($plan, qr/Gather/, "a plan with $workers workers");
    is(join(' ', map { $_->[0] } rows($node, $db, "$set SELECT unnest(ARRAY[pt_k_anonymity($columns), pt_class_count($columns), pt_uniques($columns)]) FROM people1m")), '1 69632 16701', "$workers workers: k, classes, uniques");
    is(join(' ', map { "@$_" } rows($node, $db, "$set SELECT (b).smallest, (b).classes, (b).people FROM (SELECT unnest(pt_risk_distribution($columns)) AS b FROM people1m) x WHERE (b).smallest <= 2")), '1 16701 16701 2 9027 18054',
        "$workers workers: classes of one and of two people");
    my $t = value($node, $db, "$set SELECT pt_t_closeness(outcome, $columns) FROM people1m");
    cmp_ok(abs($t - 0.943552), '<', 1e-9, "$workers workers: t-closeness");
}

# And PostgreSQL's own answer.
is(join(' ', @{ (rows($node, $db, "SELECT count(*), count(*) FILTER (WHERE n = 1), count(*) FILTER (WHERE n = 2), max(n), sum(n * n), sum(n) FILTER (WHERE n < 5) FROM (SELECT count(*) AS n FROM people1m GROUP BY $columns) c"))[0] }),
    '69632 16701 9027 1117 155985584 71570', 'GROUP BY says the same');
like($facts, qr/classes 69632 uniques 16701 rows in classes below 5 71570/, 'and so does the generator');
$node->stop;
done_testing();

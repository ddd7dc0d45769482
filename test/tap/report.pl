# The privacy report: it is one page that survives \copy, the same under all settings; its public form tells no small count and nothing of the source;
# hostile names are harmless; a real browser shows it at both widths, prints it, and axe finds nothing to complain about.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use Browser;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $node = start_server('report', "timezone = 'UTC'");
$node->safe_psql('postgres', 'CREATE EXTENSION personatwin');

sub report { my ($source, @arguments) = @_; return value($node, 'postgres', "SELECT pt_privacy_report('$source'" . join('', map { ", $_" } @arguments) . ')'); }
sub words { my ($html) = @_; $html =~ s/<style>.*?<\/style>//s; $html =~ s/<[^>]*>/ /g; $html =~ s/&#x2013;/-/g; $html =~ s/&#xa0;/ /g; return $html; }
sub publish {
	my ($source, $target, @options) = @_;
	$node->safe_psql('postgres', "SELECT count(*) FROM pt_create_personas('$source', $target" . join('', map { ", $_" } @options) . ")");
	return $node->safe_psql('postgres', "SELECT * FROM pt_publish_release('$source', 'safe')");
}

# ---------------------------------------------------------------- data: COMPAS where it is, an invented court otherwise
my $compas = data_dir();
if ($compas) {
	load_compas($node, 'postgres');
	publish('court_events', '0.01', "people => 'court_people'");
} else {
	$node->safe_psql('postgres', 'CREATE TABLE court_events AS SELECT * FROM pt_sample_court_events(3000)');
	publish('court_events', '0.05');
}
my $internal = report('court_events');
my $open = report('court_events', "'public'");

# ---------------------------------------------------------------- one page, the same always
$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', "\\copy (SELECT pt_privacy_report('court_events')) TO '$dir/report.html'" ], '\copy writes it');
is(slurp_file("$dir/report.html"), "$internal\n", 'and it survives the text format');
unlike($internal, qr/[^\x20-\x7e]/, 'ASCII in one line');
my $settings = "SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET extra_float_digits = -5; SET lc_numeric = 'C'; SET client_encoding = 'LATIN1'; SET bytea_output = 'escape';
  CREATE SCHEMA hostile; CREATE FUNCTION hostile.lower(text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
  CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textne); SET search_path = hostile, pg_catalog, public;";
is(value($node, 'postgres', "$settings SELECT public.pt_privacy_report('public.court_events')"), $internal, 'the same under other settings and a hostile search path');
is(report('court_events', "'public'"), $open, 'the public form, too');
for my $form ($internal, $open) {
	unlike($form, qr/<script|src=|href="[^#]|url\(|\@import/, 'needs nothing from outside');
	my %ids; $ids{$_}++ for $form =~ /\bid="([^"]*)"/g;
	is(join(' ', grep { $ids{$_} > 1 } sort keys %ids), '', 'ids are unique');
	is(join(' ', grep { !$ids{$_} } $form =~ /href="#([^"]*)"/g, map { split / / } $form =~ /aria-labelledby="([^"]*)"/g), '', 'and what is referred to exists');
}

# ---------------------------------------------------------------- figures are those of the functions
my ($average, $target_met) = @{ (rows($node, 'postgres', "SELECT population_average_risk, target_met FROM pt_population_risk('court_events')"))[0] };
my ($shown) = words($internal) =~ /on average \(([0-9.]+) %/;
cmp_ok($shown / 100, '>=', $average * (1 - 1e-9), 'the printed risk does not understate the measured one');
cmp_ok($shown / 100, '<=', $average * 1.01 + 1e-6, 'nor overstates it by a hundredth of itself');
my ($kept, $judged) = @{ (rows($node, 'postgres', "SELECT count(*) FILTER (WHERE preserved), count(preserved) FROM pt_disparities('court_events')"))[0] };
like(words($internal), qr/\b$kept of $judged\b/, 'as many differences are kept as pt_disparities says');
for my $view (qw(personas events)) {
	my ($sql) = $internal =~ /court_events_$view<\/h3><pre[^>]*>(.*?)<\/pre>/;
	$sql =~ s/&#39;/'/g; $sql =~ s/&quot;/"/g; $sql =~ s/&#92;/\\/g; $sql =~ s/&lt;/</g; $sql =~ s/&gt;/>/g; $sql =~ s/&amp;/&/g;
	like($internal, qr/\Q@{[ value($node, 'postgres', $sql) ]}\E/, "the printed SQL recomputes the printed checksum of $view");
}

# ---------------------------------------------------------------- the public form tells no small count
# People by every label that the views show, and what _about says: numbers of people that readers know.
my %known = map { $_->[0] => 1 } rows($node, 'postgres', <<'SQL');
SELECT sum(merged_from) FROM safe.court_events_personas GROUP BY GROUPING SETS ((), (gender), (ethnicity), (geography), (class_id))
UNION SELECT merged_from FROM safe.court_events_personas
UNION SELECT value::bigint FROM safe.court_events_about a, jsonb_each_text(a.suppression) WHERE value ~ '^[0-9]+$'
SQL
my $minimum = value($node, 'postgres', "SELECT (parameters->>'min_size')::int FROM safe.court_events_about");
sub people_of {
	my ($html) = @_;
	my $text = words($html);
	my @found = $text =~ /(?<!fewer than )(?<![\d.,])(\d[\d,]*)\s+people/g;
	while ($html =~ /<table>(.*?)<\/table>/gs) {
		my $table = $1;
		my @heads = map { words($_) } $table =~ /<th scope="col"[^>]*>(.*?)<\/th>/g;
		while ($table =~ /<tr>(<th scope="row".*?)<\/tr>/gs) {
			my @cells = map { words($_) } $1 =~ /<t[hd][^>]*>(.*?)<\/t[hd]>/g;
			for my $i (grep { $heads[$_] eq 'People' } 0 .. $#heads) { push @found, $cells[$i] unless $cells[$i] =~ /^fewer than/; }
		}
	}
	s/,//g for @found;
	return @found;
}
my @people = people_of($open);
cmp_ok(scalar @people, '>', 5, 'numbers of people are found in the public form');
is(join(' ', grep { $_ != 0 && $_ < $minimum } @people), '', 'none of them is small');
is(join(' ', grep { !$known{$_} && $_ != 100 && $_ != $minimum } @people), '', 'and every one is told by the views');
# Shares of people who reoffended, printed to three digits: neither they nor the others may be few.
my %size = map { ($_->[0] // 'unknown') => $_->[1] } rows($node, 'postgres', 'SELECT gender, sum(merged_from) FROM safe.court_events_personas GROUP BY 1 UNION ALL SELECT ethnicity, sum(merged_from) FROM safe.court_events_personas GROUP BY 1');
my $small = '';
while ($open =~ /<th scope="row">reoffence, (.*?) against (.*?)<\/th><td>.*?<\/td><td class="n">([\d.]+)&#xa0;% and ([\d.]+)&#xa0;%<\/td>/g) {
	for ([ $1, $3 ], [ $2, $4 ]) {
		my ($group, $percent) = @$_;
		next unless $size{$group};
		for my $count ($size{$group} * $percent / 100, $size{$group} * (1 - $percent / 100)) { $small .= " $group $percent" if $count < $minimum - 0.5 * $size{$group} / 1000; }
	}
}
is($small, '', 'no share tells of few people');
my @names = map { $_->[0] } rows($node, 'postgres', q{SELECT attname FROM pg_attribute a WHERE attrelid IN ('court_events'::regclass, coalesce(to_regclass('court_people'), 'court_events')) AND attnum > 0
  AND NOT EXISTS (SELECT FROM pg_attribute v WHERE v.attrelid IN ('safe.court_events_personas'::regclass, 'safe.court_events_events'::regclass) AND v.attname = a.attname)});
is(join(' ', grep { /_/ && $open =~ /\b\Q$_\E\b/ } @names), '', 'no column of the source that is not released');
unlike($open, qr/pt_create_personas|seed =|public\.court/, 'nor source, seed or calls');
my @identifiers = map { $_->[0] } rows($node, 'postgres', $compas ? 'SELECT DISTINCT case_id FROM court_events UNION SELECT person_id FROM court_people'
	: 'SELECT DISTINCT unnest(ARRAY[full_name, ssn, case_number]) FROM court_events');
my ($looked, @leaks) = leaks(words($internal) . words($open), \@identifiers);
cmp_ok($looked, '>', 100, 'identifiers are looked for');
is("@leaks", '', 'and none is in either form');
# Few people left out: the exact number is the owner's alone.
{
	$node->safe_psql('postgres', q{CREATE TABLE few AS SELECT * FROM pt_sample_court_events(800); UPDATE few SET race = 'Martian' WHERE person_id IN (SELECT person_id FROM few GROUP BY 1 ORDER BY 1 LIMIT 2)});
	publish('few', '0.2', "ethnicity_match => true");
	my @numbers = people_of(report('few', "'public'"));
	my $min = value($node, 'postgres', "SELECT (parameters->>'min_size')::int FROM safe.few_about");
	is(join(' ', grep { $_ != 0 && $_ < $min } @numbers), '', 'two people of a group of their own are not told apart');
	unlike(report('few', "'public'"), qr/(?<! or )Martian(?!,| or)/, 'nor their group named');
}

# ---------------------------------------------------------------- hostile names
{
	my $evil = q{</style><script>document.title="owned"</script><img src=x onerror=alert(1)>"'&};
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE "<script>alert(1)</script>" AS SELECT person_id, age, sex, CASE race WHEN 'Black' THEN \$x\$$evil\$x\$ WHEN 'White' THEN repeat('w', 5000) ELSE race END AS race,
  event_date, CASE event_type WHEN 'arrest' THEN \$x\$$evil\$x\$ WHEN 'charge' THEN repeat('c', 5000) ELSE event_type END AS event_type,
  CASE outcome WHEN 'convicted' THEN E'\\u202e\$x\$<b>' || repeat('o', 5000) ELSE outcome END AS outcome, charge_degree AS "<img src=x onerror=alert(2)>" FROM pt_sample_court_events(2000);
SQL
	my $name = '"<script>alert(1)</script>"';
	my $role = sub { $node->safe_psql('postgres', "SELECT pt_set_role('$name', \$x\$$_[0]\$x\$, '$_[1]')") };
	$role->('person_id', 'person'); $role->('age', 'quasi-identifier: age'); $role->('sex', 'quasi-identifier: gender'); $role->('race', 'quasi-identifier: ethnicity');
	$role->('event_date', 'event time'); $role->('event_type', 'event type'); $role->('outcome', 'outcome'); $role->('<img src=x onerror=alert(2)>', 'detail: category');
	publish($name, '0.05');
	for my $audience (qw(internal public)) {
		my $page = report($name, "'$audience'");
		unlike($page, qr/<script|<img|<b>|[^\x20-\x7e]/, "$audience: no markup of the data gets through");
		unlike($page, qr/(c{400}|w{400}|o{400})/, "$audience: long names are cut");
		SKIP: {
			skip 'Chromium is not installed', 2 unless chromium();
			my ($result, $console) = visit($page, 390, 'return page.title.slice(0,15)+" "+page.querySelectorAll("img,script").length+" "+(page.documentElement.scrollWidth<=view.innerWidth)');
			is($result, 'Privacy report: 0 true', "$audience: the browser shows it harmlessly and no wider than the window");
			is($console, '', "$audience: and logs nothing");
		}
	}
}

# ---------------------------------------------------------------- the browser
SKIP: {
	skip 'Chromium is not installed', 1 unless chromium();
	my ($axe, $why) = axe();
	my %pages = (internal => $internal, public => $open);
	for my $form (sort keys %pages) {
		open(my $f, '>', "$dir/$form.html") or die $!; print $f $pages{$form}; close $f;
		for my $width (390, 1280) {
			my ($result, $console) = visit($pages{$form}, $width, 'page.querySelectorAll("details").forEach(d=>d.open=true);const w=page.documentElement;'
				. 'return [view.innerWidth, w.scrollWidth<=view.innerWidth, page.querySelectorAll("h1").length, [...page.querySelectorAll("svg")].every(s=>s.getBoundingClientRect().height>40)].join(" ")');
			like($result, qr/^$width true 1 true$/, "$form form at $width pixels: fits the window, plots have a size");
			is($console, '', 'nothing on the console');
		}
		like(print_pdf("$dir/$form.html", "$dir/$form.pdf"), qr/bytes written/, "the $form form prints");
		like(slurp_file("$dir/$form.pdf"), qr/\A%PDF-/, 'to PDF');
		SKIP: {
			skip $why, 2 unless $axe;
			for my $dark (0, 1) {
				my ($found) = visit($pages{$form}, 1280, 'document.querySelectorAll("details").forEach(d=>d.open=true);const r=await axe.run(document,{resultTypes:["violations"]});'
					. 'return [matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light", r.passes.length>20, r.violations.map(v=>v.id+": "+v.nodes.map(n=>n.target.join(" ")).slice(0,3).join(", ")).join("; ")].join("|")',
					library => $axe, dark => $dark);
				is($found, ($dark ? 'dark' : 'light') . '|true|', "axe finds no violation in the $form form, " . ($dark ? 'dark' : 'light'));
			}
		}
	}
}

# ---------------------------------------------------------------- what can't be reported
my %wrong = (
	"pt_privacy_report(NULL)" => '22023', "pt_privacy_report('court_events', 'everybody')" => '22023', "pt_privacy_report('court_events', NULL)" => '22004',
	"pt_privacy_report('court_events', attempts => -1)" => '22023', "pt_privacy_report('court_events', schema => 'nowhere')" => '55000', "pt_privacy_report('court_events', run => 99999)" => '55000');
for my $call (sort keys %wrong) { is(outcome($node, "SELECT $call")->{state}, $wrong{$call}, "$call is refused"); }
$node->safe_psql('postgres', 'CREATE ROLE stranger LOGIN; GRANT EXECUTE ON FUNCTION pt_privacy_report TO stranger; GRANT SELECT ON court_events TO stranger');
is(outcome($node, "SELECT pt_privacy_report('court_events', 'public')", user => 'stranger')->{state}, '42501', 'a reader of the source who does not own it gets none');
$node->safe_psql('postgres', 'CREATE TABLE unpublished AS SELECT * FROM pt_sample_court_events(500)');
is(outcome($node, "SELECT pt_privacy_report('unpublished')")->{state}, '55000', 'nor is there one without a run');
$node->safe_psql('postgres', "SELECT count(*) FROM pt_create_personas('unpublished', 0.2)");
like(report('unpublished'), qr/nothing is published|not fit for release/, 'a run that is not published has an internal form');
is(outcome($node, "SELECT pt_privacy_report('unpublished', 'public')")->{state}, '55000', 'but no public one');
$node->safe_psql('postgres', $compas ? "DELETE FROM court_events WHERE event_id = (SELECT min(event_id) FROM court_events)" : "DELETE FROM court_events WHERE event_id = (SELECT min(event_id) FROM court_events)");
my $late = report('court_events');
like($late, qr/class="verdict reservations"/, 'a source that has changed since takes the good verdict away');
like(words($late), qr/The source has changed since the publication/, 'and the reason is said');
like(words(report('court_events', "'public'")), qr/Not everything could be measured/, 'in public without details');

$node->stop;
done_testing();

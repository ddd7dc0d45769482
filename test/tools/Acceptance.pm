# What the acceptance tests share: servers, the COMPAS data, the attack script, the leak scan, content of a release.
# Core Perl and PostgreSQL::Test only.
package Acceptance;
use strict;
use warnings;
use Exporter 'import';
use FindBin;
use Cwd 'abs_path';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
our @EXPORT = qw(top data_dir start_server load_compas outcome rows value attack views_text leaks content tool);

my $top = abs_path("$FindBin::RealBin/../..");

sub top { return $top; }
sub tool { return "$top/test/tools/$_[0]"; }

# Folder of the shared data (environment PERSONATWIN_DATA, set by env.sh), or undef.
sub data_dir {
    my $dir = $ENV{PERSONATWIN_DATA};
    return defined $dir && -r "$dir/compas_people.csv.gz" && -r "$dir/compas_events.csv.gz" ? abs_path($dir) : undef;
}

# A server of its own with the given settings.
sub start_server {
    my ($name, @settings) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
    $node->append_conf('postgresql.conf', join("\n", 'shared_buffers = 128MB', 'fsync = off', @settings, ''));
    $node->start;
    return $node;
}

sub load_compas {
    my ($node, $db) = @_;
    $node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'data=' . data_dir(), '-d', $node->connstr($db), '-f', tool('load_compas.sql') ],
        "COMPAS loads into $db");
    return;
}

# Runs one or more statements in one connection and says how the last one ended:
# { state => SQLSTATE, out => rows as text, err => messages, alive => whether the connection answered afterwards }.
# Options: db, user, before (statements run first, in the same connection).
sub outcome {
    my ($node, $sql, %opt) = @_;
    my $before = $opt{before} // '';
    my $connstr = $node->connstr($opt{db} // 'postgres') . ($opt{user} ? " user=$opt{user}" : '');
    my $script = "\\set VERBOSITY verbose\n$before\n\\echo >>>\n$sql\n;\n\\echo <<<:SQLSTATE:\nROLLBACK;\nSELECT 'still ' || 'alive';\n";
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-d', $connstr ], '<', \$script, '>', \$out, '2>', \$err);
    my ($text, $state) = $out =~ /^>>>\n(.*?)<<<(.{5}):$/ms;
    return { state => $state // 'none', out => $text // '', err => $err, alive => ($out =~ /^still alive$/m ? 1 : 0) };
}

# Rows of a query that must succeed, as arrays of text (NULL is undef).
sub rows {
    my ($node, $db, $sql, %opt) = @_;
    my $connstr = $node->connstr($db) . ($opt{user} ? " user=$opt{user}" : '');
    my ($out, $err) = ('', '');
    IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-F', "\x1f", '-R', "\x1e", '-P', 'null=\\N', '-v', 'ON_ERROR_STOP=1', '-d', $connstr ],
        '<', \$sql, '>', \$out, '2>', \$err) or die "query failed: $sql\n$err";
    $out =~ s/\n\z//;
    return map { [ map { $_ eq '\\N' ? undef : $_ } split(/\x1f/, $_, -1) ] } split(/\x1e/, $out);
}

sub value { my @r = rows(@_); return @r ? $r[0][0] : undef; }

# Runs attack.sql. Arguments: people and events (queries), release (schema.name); few => 1: the attackers who know one or two events, too.
# Returns { attacker => {people, unmatched, surplus, ambiguous, average, maximum} }, the list of columns not attacked, and
# { person => { attacker => size of the consistent set } }.
sub attack {
    my ($node, $db, %q) = @_;
    my ($out, $err) = ('', '');
    my $few = delete $q{few} ? "SELECT pg_temp.run_attack_few();\n" : '';
    my $tail = "COPY attack_result TO STDOUT;\n\\echo --\nCOPY (SELECT name FROM attack_column WHERE NOT attacked) TO STDOUT;\n"
      . "\\echo --\nCOPY (SELECT person, attacker, set_size FROM attack_person WHERE set_size IS NOT NULL) TO STDOUT;\n";
    my $script = "\\o /dev/null\n\\i " . tool('attack.sql') . "\nSELECT pg_temp.run_attack(:'people', :'events', :'release');\n$few\\o\n$tail";
    IPC::Run::run([ 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', (map { ('-v', "$_=$q{$_}") } qw(people events release)), '-d', $node->connstr($db) ],
        '<', \$script, '>', \$out, '2>', \$err) or die "attack failed: $err";
    my ($results, $skipped, $people) = split(/^--\n/m, $out, 3);
    my %result;
    for (split /\n/, $results) {
        my ($attacker, @f) = split /\t/;
        @{ $result{$attacker} }{qw(people unmatched surplus ambiguous average maximum)} = @f;
    }
    my %set;
    for (split /\n/, $people) {
        my ($person, $attacker, $size) = split /\t/;
        $set{$person}{$attacker} = $size;
    }
    return (\%result, [ split /\n/, $skipped ], \%set);
}

# Everything a reader of the release can see, as one text: names and distinct values, column by column, of every relation of the schema.
sub views_text {
    my ($node, $db, $schema) = @_;
    my $text = '';
    for my $column (rows($node, $db, <<"SQL")) {
SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname = '$schema' AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum
SQL
        my ($view, $name) = @$column;
        $text .= "$view $name\n" . join("\n", map { $_->[0] // '' } rows($node, $db, "SELECT DISTINCT $name\::text FROM $view")) . "\n";
    }
    return $text;
}

# Those of the given values that occur in the text: (number looked for, values found). Values shorter than $shortest (default 6) and,
# unless $numbers is set, plain numbers are left out.
sub leaks {
    my ($text, $values, %opt) = @_;
    my $shortest = $opt{shortest} // 6;
    my %seen;
    my @needles = grep { defined && length >= $shortest && ($opt{numbers} || !/^[-+]?[0-9]*\.?[0-9]+$/) && !$seen{$_}++ } @$values;
    # A hash of the first $shortest characters of each value says where in the text it is worth comparing whole values.
    my %by_start;
    push @{ $by_start{ substr($_, 0, $shortest) } }, $_ for @needles;
    my %found;
    for my $at (0 .. length($text) - $shortest) {
        my $candidates = $by_start{ substr($text, $at, $shortest) } or next;
        for (@$candidates) { $found{$_}++ if substr($text, $at, length) eq $_; }
    }
    return (scalar @needles, sort keys %found);
}

# Digest of each view of a release, rows in the order the view gives them and again sorted; the time in _about is left out.
sub content {
    my ($node, $db, $release, @volatile) = @_;
    my %digest;
    my ($schema, $name) = split /\./, $release;
    for my $row (rows($node, $db, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '$schema' AND c.relkind IN ('v', 'm', 'r') ORDER BY 1")) {
        my $view = $row->[0];
        my $json = 'to_jsonb(v)' . join('', map { " - '$_'" } @volatile);
        my ($stored, $sorted) = @{ (rows($node, $db,
            "SELECT md5(coalesce(string_agg(j, E'\\n'), '')), md5(coalesce(string_agg(j, E'\\n' ORDER BY j), '')) FROM (SELECT ($json)::text AS j FROM \"$schema\".\"$view\" v) x"))[0] };
        $digest{$view} = { stored => $stored, sorted => $sorted };
    }
    return \%digest;
}

1;

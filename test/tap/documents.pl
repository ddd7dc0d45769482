# The statements of README.md and doc/tutorial.md, run one after the other as a reader would: each works, or fails in the way that is
# shown, and its answer has the columns that are shown. Values are not compared: they depend on the secret of the installation.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use File::Temp ();
use PostgreSQL::Test::Utils;
use Test::More;

# The blocks of a document, as [statement, answer shown]. A blank line parts the two.
sub blocks {
    my ($text) = @_;
    return map { [ split /\n\n/, $_, 2 ] } $text =~ /^```\n(.*?)^```$/msg;
}

# Names of the columns of an answer in psql's aligned or expanded form.
sub columns {
    my ($answer) = @_;
    my @lines = split /\n/, $answer;
    if ($answer =~ /^-\[ RECORD/m) {
        my (%seen, @name);
        for (@lines) { push @name, $1 if /^(\w+) +\|/ && !$seen{$1}++; }
        return \@name;
    }
    for my $i (1 .. $#lines) {
        next unless $lines[$i] =~ /^-+(\+-+)*$/;
        return [ map { s/^\s+|\s+$//gr } split /\|/, $lines[ $i - 1 ] ];
    }
    return [];
}

sub first_error {
    my ($text) = @_;
    my ($error) = $text =~ /^(?:psql:\S+ )?(ERROR: .*?)(?:\.\.\.)?$/m;
    return $error && $error =~ s/\d+/N/gr;
}

for my $document ('README.md', 'doc/tutorial.md') {
    my $node = start_server($document =~ s/\W/_/gr);
    # On some installations the ladder ends elsewhere and leaves a column out that is shown: the secret is a given one.
    $node->safe_psql('postgres', q{CREATE EXTENSION personatwin; INSERT INTO personatwin.secret (key) VALUES (sha256('a reader'))});
    my @block = blocks(slurp_file(top() . "/$document"));
    cmp_ok(scalar @block, '>=', 16, "$document: blocks are found");
    my $there = File::Temp->newdir;
    for my $block (@block) {
        my ($statement, $shown) = ($block->[0], $block->[1] // '');
        my $name = "$document: " . substr($statement =~ s/\s+/ /gr, 0, 70);
        my $reader = $shown =~ /permission denied/ ? 'analyst' : '';
        my @psql = ('psql', '-X', '-P', 'pager=off', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') . ($reader ? " user=$reader" : ''));
        push @psql, '-x' if $shown =~ /^-\[ RECORD/m;
        my ($out, $err) = ('', '');
        my $script = $statement;
        my $worked = IPC::Run::run([ 'sh', '-c', 'cd "$0" && exec "$@"', "$there", @psql ], '<', \$script, '>', \$out, '2>', \$err);
        if (my $error = first_error($shown)) {
            like(first_error($err) // 'no error', qr/^\Q$error\E/, "$name fails as shown");
            next;
        }
        ok($worked, "$name works") or diag $err;
        is_deeply(columns($out), columns($shown), '... and has the columns that are shown') if @{ columns($shown) };
    }
    ok(-s "$there/report.html", "$document: the report is written");
    $node->stop;
}
done_testing();

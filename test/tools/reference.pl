#!/usr/bin/perl
# Writes doc/reference.md from the installer parts given as arguments, in order.
#
# What it reads:
#   --| text           Markdown. A block that begins with `## ` is a section; any other describes the objects created
#                      right after it, or, if it begins with `### name`, the next object of that name.
#   CREATE FUNCTION, PROCEDURE, AGGREGATE, TYPE, VIEW, TABLE, DOMAIN, CAST, OPERATOR
#   COMMENT ON ...     one-line summaries, and the meaning of columns and fields
use strict;
use warnings;

my (@items, %comment, %prose_of);    # items: [section => text] | [object => {kind, name, signature, columns, prose}]

# statement(\$sql): takes one statement, without its semicolon, off the front; undef at the end.
sub statement
{
	my ($sql) = @_;
	my $text = '';
	while (length $$sql)
	{
		if ($$sql =~ s/\A('(?:[^']|'')*'|"(?:[^"]|"")*")//s) { $text .= $1; }
		elsif ($$sql =~ s/\A(\$([A-Za-z_]*)\$.*?\$\2\$)//s) { $text .= $1; }
		elsif ($$sql =~ s/\A--[^\n]*\n?//) { $text .= ' '; }
		elsif ($$sql =~ s/\A\/\*.*?\*\///s) { $text .= ' '; }
		elsif ($$sql =~ s/\A;//) { return $text; }
		else { $$sql =~ s/\A(.[^'"\$;\/-]*)//s; $text .= $1; }
	}
	return $text =~ /\S/ ? $text : undef;
}

# The text as a user writes it: without the qualifications that only protect the installer.
sub plain
{
	my ($text) = @_;
	$text =~ s/\@extschema\@\.//g;
	$text =~ s/pg_catalog\.//g;
	$text =~ s/OPERATOR\(([^)]+)\)/$1/g;
	$text =~ s/\s+/ /g;
	$text =~ s/^ | $//g;
	$text =~ s/\( /(/g;
	$text =~ s/ \)/)/g;
	return $text;
}

# Parts of a list at the top level of parentheses and quotes.
sub split_list
{
	my ($text) = @_;
	my ($depth, @parts) = (0, '');
	while ($text =~ /\G('(?:[^']|'')*'|"(?:[^"]|"")*"|.)/gs)
	{
		my $token = $1;
		$depth++ if $token =~ /^[(\[]$/;
		$depth-- if $token =~ /^[)\]]$/;
		if ($token eq ',' && $depth == 0) { push @parts, ''; }
		else { $parts[-1] .= $token; }
	}
	return grep { length } map { s/^\s+|\s+$//gr } @parts;
}

# The parenthesised list that begins at the front of the text: (its inside, what follows).
sub parenthesised
{
	my ($text) = @_;
	my $depth = 0;
	my $inside = '';
	while ($text =~ /\G('(?:[^']|'')*'|"(?:[^"]|"")*"|.)/gs)
	{
		my $token = $1;
		$depth++ if $token eq '(';
		$depth-- if $token eq ')';
		return (substr($inside, 1), substr($text, pos $text)) if $depth == 0;
		$inside .= $token;
	}
	return ($inside, '');
}

sub wrapped_signature
{
	my ($head, $arguments, $tail) = @_;
	my @arguments = split_list($arguments);
	my $line = "$head(" . join(', ', @arguments) . ")$tail";
	return $line if length $line <= 110;
	return "$head(\n    " . join(",\n    ", @arguments) . ")$tail";
}

my $prose = '';

sub object
{
	my (%object) = @_;
	$object{prose} = $prose . (delete $prose_of{ $object{name} } // '');
	$prose = '';
	push @items, [ object => \%object ];
}

sub create
{
	my ($text) = @_;
	if ($text =~ /^CREATE (?:OR REPLACE )?(FUNCTION|PROCEDURE|AGGREGATE) ([^\s(]+) ?(\(.*)$/s)
	{
		my ($kind, $name, $rest) = (lc $1, $2, $3);
		my ($arguments, $tail) = parenthesised($rest);
		my $returns = '';
		if ($tail =~ /^ ?(RETURNS (?:SETOF )?)(.*)$/s)
		{
			my ($word, $type) = ($1, $2);
			if ($type =~ /^TABLE ?(\(.*)$/s)
			{
				my ($columns) = parenthesised($1);
				$returns = "\n  RETURNS TABLE (\n    " . join(",\n    ", split_list($columns)) . ')';
			}
			else
			{
				$type =~ s/ (?:AS|LANGUAGE|IMMUTABLE|STABLE|VOLATILE|STRICT|PARALLEL|RETURN|BEGIN|COST|ROWS|SUPPORT|SET|SECURITY|CALLED)\b.*$//s;
				$returns = " $word$type";
			}
		}
		object(kind => $kind, name => $name, signature => wrapped_signature($name, $arguments, $returns))
		  unless $returns =~ /RETURNS (?:event_)?trigger$/;
	}
	elsif ($text =~ /^CREATE TYPE (\S+) AS ENUM ?(\(.*)$/s)
	{
		object(kind => 'type', name => $1, signature => plain("$1: enum $2"));
	}
	elsif ($text =~ /^CREATE (?:UNLOGGED )?(TYPE|TABLE) ([^\s(]+) ?(?:AS )?(\(.*)$/s)
	{
		my ($kind, $name, $rest) = (lc $1, $2, $3);
		my ($inside) = parenthesised($rest);
		my @columns;
		for my $part (split_list($inside))
		{
			next if $part =~ /^(?:PRIMARY|UNIQUE|CHECK|FOREIGN|CONSTRAINT|EXCLUDE|LIKE)\b/;
			my ($column, $type) = $part =~ /^("(?:[^"]|"")*"|\S+) (.*)$/s or next;
			$type =~ s/ (?:PRIMARY KEY|NOT NULL|DEFAULT|CHECK|REFERENCES|UNIQUE|COLLATE|GENERATED)\b.*$//s;
			push @columns, [ $column, $type ];
		}
		object(kind => $kind, name => $name, columns => \@columns);
	}
	elsif ($text =~ /^CREATE (?:OR REPLACE )?(VIEW|DOMAIN) (\S+)/)
	{
		object(kind => lc $1, name => $2);
	}
}

for my $file (@ARGV)
{
	open my $in, '<:encoding(UTF-8)', $file or die "$file: $!\n";
	my $sql = do { local $/; <$in> };
	close $in;
	$sql =~ s/^\\.*$//mg;    # psql's guard against running the file by hand
	while (length $sql)
	{
		if ($sql =~ s/\A\s+//) { next; }
		if ($sql =~ s/\A((?:--\|[^\n]*(?:\n|\z))+)//)
		{
			my $block = $1 =~ s/^--\| ?//mgr;
			if ($block =~ /\A## /) { push @items, [ section => $block ]; }
			elsif ($block =~ s/\A### (\S+)\n+//) { $prose_of{$1} .= $block; }
			else { $prose .= $block; }
			next;
		}
		if ($sql =~ s/\A--[^\n]*(?:\n|\z)//) { next; }
		my $text = statement(\$sql);
		last unless defined $text;
		$text = plain($text);
		if ($text =~ /^COMMENT ON (FUNCTION|PROCEDURE|AGGREGATE|TYPE|TABLE|VIEW|DOMAIN|COLUMN) (.*?) IS ('(?:[^']|'')*'|E'.*')$/s)
		{
			my ($kind, $name, $what) = (lc $1, $2, $3);
			$what =~ s/^E?'|'$//g;
			$what =~ s/''/'/g;
			$what =~ s/</\\</g;
			$name =~ s/ ?\(.*$//s;
			push @{ $comment{"$kind $name"} }, $what;
		}
		elsif ($text =~ /^CREATE /) { create($text); }
	}
}

binmode STDOUT, ':encoding(UTF-8)';
print <<'END';
# Reference

Written by `make doc` from the comments of the installer parts in `sql/`; edit those.

END

die "no object for the text of: @{[sort keys %prose_of]}\n" if %prose_of;

# The comments of overloaded functions come in the order of their creation.
my %seen;
for my $item (@items)
{
	my ($kind, $object) = @$item;
	next if $kind eq 'section';
	my $key = "$object->{kind} $object->{name}";
	my $comments = $comment{$key} || [];
	$object->{comment} = $comments->[ $seen{$key}++ ] // $comments->[0] // '';
}

print "| function | what it does |\n|---|---|\n";
my %listed;
for my $object (sort { $a->{name} cmp $b->{name} } map { $_->[1] } grep { $_->[0] eq 'object' } @items)
{
	next unless $object->{kind} =~ /^(?:function|procedure|aggregate|view)$/ && $object->{name} =~ /^pt_/;
	next if $listed{ $object->{name} }++;
	(my $anchor = lc $object->{name}) =~ s/[^a-z0-9_-]//g;
	my $what = $object->{comment} =~ s/\|/\\|/gr;
	print "| [`$object->{name}`](#$anchor) | $what |\n";
}
print "\n";

my $last = '';
for my $item (@items)
{
	my ($kind, $object) = @$item;
	if ($kind eq 'section')
	{
		print "$object\n";
		$last = '';
		next;
	}
	my $name = $object->{name};
	print "### $name\n\n" unless $name eq $last;
	$last = $name;
	if ($object->{kind} eq 'function' || $object->{kind} eq 'procedure' || $object->{kind} eq 'aggregate')
	{
		my $call = $object->{kind} eq 'procedure' ? 'CALL ' : $object->{kind} eq 'aggregate' ? 'aggregate ' : '';
		print "```sql\n$call$object->{signature}\n```\n\n";
	}
	elsif ($object->{signature}) { print "`$object->{signature}`\n\n"; }
	else { print ucfirst($object->{kind}), " `$name`.\n\n"; }
	my $comment = ucfirst $object->{comment};
	print "$comment.\n\n" if length $comment;
	print "$object->{prose}\n" if length $object->{prose};
	if ($object->{columns} && @{ $object->{columns} })
	{
		print "| ", ($object->{kind} eq 'type' ? 'field' : 'column'), " | type | meaning |\n|---|---|---|\n";
		for my $column (@{ $object->{columns} })
		{
			my $what = ($comment{"column $name.$column->[0]"} || [''])->[0];
			$what =~ s/\|/\\|/g;
			print "| $column->[0] | $column->[1] | $what |\n";
		}
		print "\n";
	}
}

#!/usr/bin/perl
# Finds C++ types and templates that two files define under the same qualified name outside anonymous namespaces. Linked
# into one library the linker silently keeps one of each inline function: memory corruption, seen in no single file.
# Arguments: source files. Prints `name: file file`. Relies on the layout: namespaces and types open at column 0.
use strict;
use warnings;

my %files;
for my $file (@ARGV)
{
	open my $in, '<', $file or die "$file: $!\n";
	my @scopes;    # namespaces around the current line
	while (<$in>)
	{
		if (/^(?:inline )?namespace(?: ([A-Za-z_:0-9]+))? \{(.*)$/) { push @scopes, $1 // '(anonymous)' unless $2 =~ /\}/; }
		elsif (/^\}\s*\/\/ namespace/) { pop @scopes; }
		elsif (/^(?:struct|class|union|enum(?: class| struct)?) (?:alignas\([^)]*\) )?(?:\[\[[^\]]*\]\] )?([A-Za-z_0-9]+)\b(?!::)[^;]*$/ && !grep { $_ eq '(anonymous)' } @scopes)
		{
			$files{ join('::', @scopes, $1) }{$file} = 1;
		}
	}
	close $in;
}
for my $name (sort keys %files)
{
	my @where = sort keys %{ $files{$name} };
	print "$name: @where\n" if @where > 1;
}

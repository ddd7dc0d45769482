# A real Chromium for tests of pages, and axe-core for their accessibility; both optional.
package Browser;
use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Utils;
our @EXPORT = qw(chromium axe visit print_pdf screenshot);

# The program, or undef.
sub chromium {
	for my $dir (split /:/, $ENV{PATH}) {
		for my $name (qw(chromium chromium-browser google-chrome)) { return "$dir/$name" if -x "$dir/$name"; }
	}
	return undef;
}

# The text of axe-core, from the npm registry at a pinned version; undef and why where that can't be had.
my $axe_version = '4.10.3';
sub axe {
	my $dir = tempdir(CLEANUP => 1);
	my ($out, $err) = ('', '');
	my $ok = eval {
		local %ENV = (%ENV, HOME => $dir, TMPDIR => $dir);
		IPC::Run::run([ 'npm', 'pack', "axe-core\@$axe_version", '--silent', '--pack-destination', $dir ], '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(60));
	};
	return (undef, "npm can't fetch axe-core $axe_version") unless $ok && -e "$dir/axe-core-$axe_version.tgz";
	IPC::Run::run([ 'tar', '-xzOf', "$dir/axe-core-$axe_version.tgz", 'package/axe.min.js' ], '>', \$out) or return (undef, 'axe-core has another layout');
	return ($out, undef);
}

# Runs the browser without network on a page of this machine; (standard output, what it logged).
sub run_browser {
	my (@arguments) = @_;
	my $dir = tempdir(CLEANUP => 1);
	my ($out, $err) = ('', '');
	local %ENV = (%ENV, HOME => $dir, TMPDIR => $dir);
	IPC::Run::run([ chromium(), qw(--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --disable-component-update
		--disable-sync --no-first-run --hide-scrollbars --enable-logging=stderr --virtual-time-budget=20000),
		"--user-data-dir=$dir/profile", '--host-resolver-rules=MAP * ~NOTFOUND', @arguments ], '<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(170)) or return ('', "the browser failed: $err");
	return ($out, $err);
}

# Opens a page and runs a script on it, which finds it as `page` (document) and `view` (window). What the script returns (a text, or a promise of
# one) comes back, and what the console logged. By default the page stands unchanged in a frame of the given width, since the browser's own window
# has a least width; with library => script text it is the window's page, in the dark scheme if asked, and its own security policy is taken out.
sub visit {
	my ($page, $width, $script, %opt) = @_;
	my $dir = tempdir(CLEANUP => 1);
	my $library = $opt{library} // '';
	$library =~ s/<\/script/<\\\/script/g;
	my $find = $library ? 'const page=document,view=window;'
	  : 'const f=document.getElementById("frame");await new Promise(r=>{if(f.contentDocument.querySelector("footer"))r();else f.onload=r});const page=f.contentDocument,view=f.contentWindow;';
	my $probe = "<script>$library</script><script>(async()=>{let r;try{r=await(async()=>{$find$script})()}catch(e){r='failed: '+e}"
	  . "const p=document.createElement('pre');p.id='probe-result';p.textContent=r;document.body.appendChild(p)})()</script>";
	if ($library) {
		$page =~ s/<meta http-equiv="Content-Security-Policy"[^>]*>//;
		$page =~ s/<\/body>/$probe<\/body>/;
	} else {
		$page =~ s/&/&amp;/g;
		$page =~ s/"/&quot;/g;
		$page = qq{<!DOCTYPE html><meta charset="utf-8"><title>frame</title><iframe id="frame" style="width:${width}px;height:900px;border:0" srcdoc="$page"></iframe>$probe};
	}
	write_page("$dir/page.html", $page);
	my ($dom, $log) = run_browser("--window-size=1400,1000", ($opt{dark} ? '--blink-settings=preferredColorScheme=0' : ()), '--dump-dom', "file://$dir/page.html");
	my ($result) = $dom =~ /<pre id="probe-result">(.*?)<\/pre>/s;
	$result = 'nothing came back: ' . substr($log, 0, 500) unless defined $result;
	for ($result) { s/&lt;/</g; s/&gt;/>/g; s/&amp;/&/g; }
	return ($result, join "\n", grep { /CONSOLE/ } split /\n/, $log);
}

sub write_page { my ($file, $page) = @_; open(my $f, '>:raw', $file) or die $!; print $f $page; close $f; return; }

sub print_pdf { my ($page_file, $to) = @_; return (run_browser("--print-to-pdf=$to", '--no-pdf-header-footer', "file://$page_file"))[1]; }
sub screenshot { my ($page_file, $to, $width, $height) = @_; return (run_browser("--screenshot=$to", "--window-size=$width,$height", "file://$page_file"))[1]; }

1;

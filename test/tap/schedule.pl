# Refresh by the clock: pg_cron really runs it; who may schedule, as whom it runs, what is recorded when it fails.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../tools";
use Acceptance;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('schedule');
$node->init;
my $with_cron = -e $node->config_data('--pkglibdir') . '/pg_cron.so';
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'court'\ncron.host = '" . $node->host . "'\ntimezone = 'UTC'\n") if $with_cron;
$node->start;

$node->safe_psql('postgres', 'CREATE DATABASE court');
$node->safe_psql('court', q{
	CREATE ROLE keeper NOLOGIN;
	CREATE ROLE "o'wner; DROP" LOGIN IN ROLE keeper;
	CREATE ROLE other LOGIN IN ROLE keeper;
	CREATE ROLE stranger LOGIN;
	CREATE EXTENSION personatwin;
	GRANT USAGE, CREATE ON SCHEMA public TO keeper;
	GRANT CREATE ON DATABASE court TO keeper, "o'wner; DROP", other;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO keeper, stranger;
	CREATE TABLE pool AS SELECT person_id, age, sex, event_date, event_type FROM pt_sample_court_events(1600, 3);
	CREATE TABLE "Ev'ents; --" AS SELECT * FROM pool WHERE person_id <= 999999999999 + 1200;
	CREATE TABLE other_events AS TABLE "Ev'ents; --" WITH NO DATA;
	ALTER TABLE "Ev'ents; --" OWNER TO keeper;
	ALTER TABLE other_events OWNER TO keeper;
	SELECT count(pt_set_role('"Ev''ents; --"', c, r)) FROM (VALUES ('person_id', 'person'), ('sex', 'quasi-identifier: gender'), ('age', 'quasi-identifier: age'),
	  ('event_type', 'event type'), ('event_date', 'event time')) v(c, r);
});
my $owner = q{SET SESSION AUTHORIZATION "o'wner; DROP";};
my $name = q{"Ev'ents; --"};
my $source = q{'"Ev''ents; --"'};
$node->safe_psql('court', qq{$owner SELECT count(*) FROM pt_create_personas($source, 0.1, individual_limit => 0.1); SELECT version FROM pt_publish_release($source, 'Sa''fe; --')});

sub fails {
	my ($sql, $state, $words, $what, %opt) = @_;
	my $got = outcome($node, $sql, db => 'court', %opt);
	is($got->{state}, $state, $what);
	like($got->{err}, $words, "$what, in plain words");
}

sub scheduled { return value($node, 'court', "SELECT coalesce(($_[0])::text, '') FROM pt_releases() WHERE in_service AND name <> 'broken'"); }

# Without pg_cron in the database: what to do.
fails("SELECT pt_schedule_release($source, '0 3 * * *')", '0A000', qr/pg_cron is not installed in this database.*CREATE EXTENSION pg_cron.*pt_refresh_release/s, 'no pg_cron', before => $owner);
is(value($node, 'court', 'SELECT count(*) FROM personatwin.schedule'), '0', 'nothing is scheduled then');
is(outcome($node, "SELECT pt_schedule_release($source, '0 3 * * *')", db => 'court')->{state}, '0A000', 'a superuser is told the same');

SKIP: {
	skip 'pg_cron (package postgresql-15-cron) is not installed', 1 unless $with_cron;
	$node->safe_psql('court', 'CREATE EXTENSION pg_cron');

	# Who may, and what is taken.
	fails("SELECT pt_schedule_release($source, '* * * * *')", '42501', qr/may not use pg_cron.*GRANT USAGE ON SCHEMA cron TO "o'wner; DROP"/s, 'no right to use pg_cron', before => $owner);
	$node->safe_psql('court', q{GRANT USAGE ON SCHEMA cron TO "o'wner; DROP", other, keeper, stranger});
	fails("SELECT pt_schedule_release($source, '* * * * *')", '42501', qr/must be owner/, 'a stranger can not schedule', user => 'stranger');
	fails("SELECT pt_schedule_release($source, 'now; DROP TABLE pool')", '22023', qr/does not take the schedule.*'0 3 \* \* \*'/s, 'a schedule that pg_cron does not know', before => $owner);
	fails("SELECT pt_schedule_release($source, NULL)", '22004', qr/schedule must not be null/, 'no schedule', before => $owner);
	fails("SELECT pt_schedule_release($source, '* * * * *', schema => 'nowhere')", '55000', qr/no release .* in service under this schema/, 'no release there', before => $owner);
	fails("SELECT pt_schedule_release('other_events', '* * * * *')", '55000', qr/no release .* in service/, 'nothing published', before => $owner);
	fails("SELECT pt_schedule_release($source, '* * * * *')", '55000', qr/role keeper can't log in/, 'a role that can not log in', before => "$owner SET ROLE keeper;");
	fails("SELECT pt_unschedule_release($source)", '42704', qr/there is no such schedule/, 'nothing to unschedule', before => $owner);
	is(value($node, 'court', 'SELECT count(*) FROM cron.job') . value($node, 'court', 'SELECT count(*) FROM personatwin.schedule'), '00', 'what failed left no job and no schedule');

	# It runs, as who has scheduled it.
	$node->safe_psql('court', q{INSERT INTO "Ev'ents; --" SELECT * FROM pool WHERE person_id > 999999999999 + 1200});
	my $id = value($node, 'court', "$owner SELECT pt_schedule_release($source, '0 3 * * *')");
	is(value($node, 'court', "$owner SELECT pt_schedule_release($source, '* * * * *')"), $id, 'scheduling again replaces the schedule');
	is(value($node, 'court', 'SELECT username || schedule || command FROM cron.job'), "o'wner; DROP* * * * *CALL public.pt_run_schedule($id)", 'one job, of the role that scheduled, with no name in it but a number');
	fails("SELECT pt_schedule_release($source, '1 * * * *')", '42710', qr/has scheduled the releases/, 'another owner does not schedule the same', user => 'other');
	fails("SELECT pt_unschedule_release($source)", '42501', qr/is that of role "o'wner; DROP"/, 'nor ends it', user => 'other');
	fails("CALL pt_run_schedule($id)", '42704', qr/no schedule $id of yours/, 'nor runs it', user => 'other');
	fails("CALL pt_run_schedule($id)", '2D000', qr/can't run inside a transaction block/, 'not inside a transaction', before => "$owner BEGIN;");
	# another one that is going to fail at the same time
	$node->safe_psql('court', qq{$owner CREATE TABLE broken AS SELECT person_id + 1000000 AS person_id, age, event_type FROM $name;
		SELECT count(pt_set_role('broken', c, r)) FROM (VALUES ('person_id', 'person'), ('age', 'quasi-identifier: age'), ('event_type', 'event type')) v(c, r);
		SELECT count(*) FROM pt_create_personas('broken', 0.1, individual_limit => 0.1);
		SELECT version FROM pt_publish_release('broken', 'Sa''fe; --');
		SELECT pt_schedule_release('broken', '* * * * *');
		ALTER TABLE broken RENAME age TO years});
	$node->poll_query_until('court', 'SELECT max(version) = 2 FROM pt_releases()') or diag(value($node, 'court', 'SELECT array_agg(r::text) FROM cron.job_run_details r'));
	is(value($node, 'court', q{SELECT who || ' ' || action || ' ' || version FROM pt_audit_log() WHERE action = 'scheduled refresh' ORDER BY entry DESC LIMIT 1}), "o'wner; DROP scheduled refresh 2", 'pg_cron has refreshed, as that role');
	is(scheduled('schedule'), '* * * * *', 'the release says how it is scheduled');
	is(scheduled('refresh_failures::text || coalesce(refresh_error, $$$$)'), '0', 'and that nothing failed');
	isnt(scheduled('refreshed_at'), '', 'and when it was refreshed');

	ok($node->poll_query_until('court', q{SELECT EXISTS (SELECT FROM cron.job_run_details WHERE status = 'failed' AND return_message LIKE '%not those that are published%')}), 'pg_cron knows of the other, which has failed');
	like(value($node, 'court', q{SELECT refresh_error FROM pt_releases() WHERE name = 'broken'}), qr/^55000: the columns of .* are not those that are published/, 'so does its release');
	is(value($node, 'court', "$owner SELECT pt_unschedule_release('broken')"), '1', 'it is unscheduled');
	value($node, 'court', "$owner SELECT pt_schedule_release($source, '0 0 1 1 *')");

	# It fails: the version stays, the failure is recorded, the next run tries again.
	$node->safe_psql('court', q{ALTER TABLE "Ev'ents; --" RENAME age TO years});
	my $as_owner = { db => 'court', before => $owner };
	is(outcome($node, "CALL pt_run_schedule($id)", %$as_owner)->{state}, '55000', 'the columns have changed: the refresh fails');
	outcome($node, "CALL pt_run_schedule($id)", %$as_owner);
	is(scheduled('refresh_failures'), '2', 'failures are counted');
	like(scheduled('refresh_error'), qr/^55000: the columns of .* are not those that are published.*Hint/s, 'the release says why');
	like(value($node, 'court', q{SELECT result->>'error' FROM pt_audit_log() WHERE action = 'refresh failed' LIMIT 1}), qr/^55000/, 'so does the audit');
	is(scheduled('version'), '2', 'the version in service stays');
	$node->safe_psql('court', q{ALTER TABLE "Ev'ents; --" RENAME years TO age});
	is(outcome($node, "CALL pt_run_schedule($id)", %$as_owner)->{state}, '00000', 'mended, it runs again');
	is(scheduled('refresh_failures'), '0', 'and nothing is held against it');

	# A refresh that is cut off says so.
	$node->safe_psql('court', 'UPDATE personatwin.schedule SET started_at = now(), finished_at = NULL, pid = 1');
	like(scheduled('refresh_error'), qr/interrupted/, 'an interrupted refresh says so');
	is(outcome($node, "CALL pt_run_schedule($id)", db => 'court', before => "$owner SET statement_timeout = 1;")->{state}, '57014', 'a refresh that takes too long is cancelled');

	# The role loses the source; the source is dropped.
	$node->safe_psql('court', q{REVOKE keeper FROM "o'wner; DROP"; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA public TO "o'wner; DROP"});
	is(outcome($node, "CALL pt_run_schedule($id)", %$as_owner)->{state}, '42501', 'a role that lost the source refreshes no more');
	like(scheduled('refresh_error'), qr/must be owner/, 'as the release says');
	$node->safe_psql('court', q{GRANT keeper TO "o'wner; DROP"});
	my $gone = value($node, 'court', qq{SELECT $source\::regclass::oid});
	$node->safe_psql('court', q{DROP TABLE "Ev'ents; --"});
	fails("SELECT pt_refresh_release($gone\::regclass)", '42P01', qr/source of the release does not exist any more.*pt_drop_release\(NULL/s, 'a dropped source', before => $owner);
	is(outcome($node, "CALL pt_run_schedule($id)", %$as_owner)->{state}, '42P01', 'nor can its schedule run');
	like(scheduled('refresh_error'), qr/does not exist any more/, 'which the release says');
	is(value($node, 'court', q{SELECT count(*) > 0 FROM "Sa'fe; --"."Ev'ents; --_personas"}), 't', 'readers still read it');
	is(value($node, 'court', "$owner SELECT pt_unschedule_release(NULL)"), '1', 'the schedule of a dropped source can be ended');
	is(value($node, 'court', 'SELECT count(*) FROM cron.job') . value($node, 'court', 'SELECT count(*) FROM personatwin.schedule'), '00', 'the job is gone');
	is(value($node, 'court', q{SELECT string_agg(action, ' ' ORDER BY entry) FROM pt_audit_log() WHERE action IN ('schedule', 'unschedule') AND relation !~ 'broken'}), 'schedule schedule schedule unschedule', 'all in the audit');
}
$node->stop;
done_testing();

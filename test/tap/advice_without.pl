# Without the worker's library (an installation built without libcurl): advice says that it is not built in, an outside process can do the talking, and
# everything else works by rules.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('advice_without');
my $library = $node->config_data('--pkglibdir') . '/personatwin_advice.so';
# The tree belongs to these tests; its library is put back whatever happens.
my $hidden = -e $library && rename $library, "$library.away";
END { rename "$library.away", $library if $hidden }
ok(!-e $library, 'the worker is not installed');
$node->init;
$node->start;
sub sql { return $node->safe_psql('postgres', "SET client_min_messages = error; $_[0]") }
sub refused { my (undef, undef, $err) = $node->psql('postgres', $_[0]); return $err }

sql('CREATE EXTENSION personatwin; CREATE TABLE court AS SELECT * FROM pt_sample_court_events(1000, 3)');
cmp_ok(sql(q{SELECT count(*) FROM pt_create_personas('court', 0.05)}), '>', 0, 'personas are made by rules');
sql(q{SELECT pt_advice_define_endpoint('local', 'openai', 'http://localhost:1', 'm', key_source => 'none')});
like(refused('SELECT pt_advice_worker_start()'), qr/advice by a worker is not built in/, 'the worker says so');
like(sql(q{SELECT pt_advice_preview('court', 'local')}), qr{^POST http://localhost:1/}, 'a question can be looked at');
cmp_ok(sql(q{SELECT pt_advise('court', 'local')}), '>', 0, 'and queued');
my $answer = '{"choices":[{"message":{"content":"{\"proposals\":[{\"action\":\"sort_personas\",\"amount\":3,\"reason\":\"x\"}]}"},"finish_reason":"stop"}]}';
is(sql(qq{SELECT count(*) FROM pt_advice_claim(); SELECT pt_advice_complete(max(request_id), 200, \$a\$$answer\$a\$) FROM pt_advice_log()}), "1\ndone", 'an outside process can ask and answer');
cmp_ok(sql(q{SELECT count(*) FROM pt_create_personas('court', 0.05, advisor => 'cached', endpoint => 'local')}), '>', 0, 'and its answer can be used');
is(sql(q{SELECT count(*) FROM pt_decisions('court') WHERE proposed_by = 'local'}), '1', 'as one candidate more');
sql(q{SELECT pt_advice_define_endpoint('other', 'openai', 'http://localhost:1', 'm2', key_source => 'none')});
my ($code, undef, $err) = $node->psql('postgres', q{CALL pt_build('court', 0.05, advisor => 'llm', endpoint => 'other', advice_timeout => 1)});
is($code, 0, 'a build that asks for a model goes on by rules') or diag $err;
like($err, qr/no advice/, 'and says so');
is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'personatwin advice'}), '0', 'no worker was started');
$node->stop;
done_testing();

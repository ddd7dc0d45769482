// SQL functions for tests of publication with runs made by hand; never shipped.
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/release_rules.hpp"
#include "pg/release_run.hpp"
#include "pg/writer.hpp"

/// pt_test_fingerprint(source regclass, run int8) -> text: what the run's row must hold to be
/// publishable now.
PT_FUNCTION(pt_test_fingerprint) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PgHost host("pt_test_fingerprint");
  Secret const secret;
  StoredRun const run = load_run(args.oid(0, "source"), args.int8(1, "run"));
  return text_datum(present_fingerprint(host, secret, run));
}

/// pt_test_write(table regclass, rows int4) -> text: writes (int4, text) rows with TableWriter;
/// says which way it took.
PT_FUNCTION(pt_test_write) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int32_t const rows = args.int4(1, "rows");
  TableWriter writer(args.oid(0, "table"), TableWriter::Visibility::frozen);
  bool const direct = writer.direct();
  for (std::int32_t i = 1; i <= rows; ++i) {
    writer.set_int4(0, i);
    if (i % 7 != 0) writer.set_text(1, std::string(static_cast<std::size_t>(i % 100), 'x'));
    writer.end_row();
  }
  return text_datum(std::to_string(writer.finish()) + (direct ? " direct" : " by INSERT"));
}

// pt_create_personas and pt_frontier: sql/30-personas.sql.
#include <cmath>

#include "core/protect/protect.hpp"
#include "pg/advice_use.hpp"
#include "pg/audit.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/owner.hpp"
#include "pg/run.hpp"

extern "C" {
#include "access/xact.h"
}

namespace pt::pg {
namespace {

/// Rows of the result beyond 8 MB (or work_mem, if that is less) go to a temporary file: they come
/// while much memory is in use. Before the first row.
void keep_few_rows_in_memory(FunctionCallInfo fcinfo) {
  constexpr int kKilobytes = 8192;
  auto* const info = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  guarded([info] {
    MemoryContext const before = MemoryContextSwitchTo(info->econtext->ecxt_per_query_memory);
    tuplestore_end(info->setResult);
    info->setResult = tuplestore_begin_heap((info->allowedModes & SFRM_Materialize_Random) != 0,
                                            false, work_mem < kKilobytes ? work_mem : kKilobytes);
    MemoryContextSwitchTo(before);
  });
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_create_personas) {
  using namespace pt::pg;
  Args const args(fcinfo);
  CreateArguments const arguments = read_arguments(args, CallKind::create);
  Advisor const advisor = parse_advisor(arguments, /* may_wait */ false);
  if (!arguments.dry_run) refuse_read_only("pt_create_personas()");
  PgHost host("pt_create_personas");
  ResultSet out(fcinfo);
  keep_few_rows_in_memory(fcinfo);
  Secret const secret;
  Prepared prepared = prepare_source(host, secret, arguments);
  if (advisor != Advisor::rules) add_advice(arguments, prepared.population(), prepared.run);
  pt::protect::Protected const result = protect_source(host, secret, prepared);
  Finished finished{prepared, result, std::nullopt};
  ReturnTo const to{secret, out};
  if (arguments.dry_run)
    return_personas(host, finished, to);
  else
    finished.run_id = store_run(host, prepared, result, &to);
  audit_run(finished);
  warn_about(finished);
  return out.done();
}

PT_FUNCTION(pt_frontier) {
  using namespace pt::pg;
  Args const args(fcinfo);
  CreateArguments const arguments = read_arguments(args, CallKind::frontier);
  PgHost host("pt_frontier");
  ResultSet out(fcinfo);
  Secret const secret;
  Prepared prepared = prepare_source(host, secret, arguments);
  if (prepared.population().size() == 0) return out.done();
  for (const pt::protect::FrontierPoint& point :
       pt::protect::frontier(host, prepared.encoded->population, prepared.run.options,
                             run_randomness(secret, arguments.seed), arguments.targets)) {
    auto const finite = [](double value) {
      return std::isfinite(value) ? std::optional(value) : std::nullopt;
    };
    double const average = settled(point.average, point.target);
    double const maximum = settled(point.maximum, prepared.run.options.individual_limit);
    out.row({point.target, point.met, finite(average), finite(maximum), finite(point.utility),
             finite(point.mean_age_width), pt::model::period_name(point.period),
             static_cast<std::int32_t>(point.classes), static_cast<std::int32_t>(point.personas),
             static_cast<std::int64_t>(point.suppressed),
             status_word(average, maximum, point.personas)});
  }
  return out.done();
}

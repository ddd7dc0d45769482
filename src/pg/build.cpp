// pt_build: pt_create_personas in committed steps, with progress that other sessions see.
// sql/35-build.sql.
#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/protect/protect.hpp"
#include "pg/advice_use.hpp"
#include "pg/audit.hpp"
#include "pg/boundary.hpp"
#include "pg/commit.hpp"
#include "pg/datum.hpp"
#include "pg/forward.hpp"
#include "pg/host.hpp"
#include "pg/may_see.hpp"
#include "pg/owner.hpp"
#include "pg/run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/htup_details.h"
#include "access/xact.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"
}

namespace pt::pg {
namespace {

constexpr int kSteps = 4;

/// The row of personatwin.progress that belongs to this call. Every method runs in the current
/// transaction; what others see is what has been committed.
class Progress {
 public:
  explicit Progress(Oid source) {
    Params params;
    params.oid(source)
        .text(current_user_name())
        .int4(MyProcPid)
        .add(TIMESTAMPTZOID, TimestampTzGetDatum(MyStartTimestamp))
        .int4(kSteps);
    run_as_extension_owner([&] {
      Spi spi;
      // What an interrupted server or session has left behind.
      spi.execute(
          "UPDATE personatwin.progress p SET phase = 'failed', finished_at = clock_timestamp(), "
          "message = 'interrupted: the session is gone' WHERE finished_at IS NULL AND (pid = $1 OR "
          "NOT EXISTS "
          "(SELECT FROM pg_stat_get_activity(p.pid) a WHERE a.pid = p.pid AND a.backend_start = "
          "p.backend_start))",
          Params().int4(MyProcPid));
      spi.query(
          "INSERT INTO personatwin.progress (source, owner_name, pid, backend_start, steps) "
          "VALUES ($1::regclass, $2::name, $3, $4, $5) RETURNING build_id",
          params, Spi::ReadOnly::no, [&](const Row& row) { id_ = row.int8(0); });
    });
  }

  void enter(int step, std::string_view phase) const {
    update("step = $2, phase = $3", Params().int8(id_).int4(step).text(phase));
  }
  void finish(std::int64_t run) const {
    update("step = steps, phase = 'done', run_id = $2, finished_at = clock_timestamp()",
           Params().int8(id_).int8(run));
  }
  void fail(std::string_view message) const {
    update("phase = 'failed', message = $2, finished_at = clock_timestamp()",
           Params().int8(id_).text(message));
  }

 private:
  void update(const std::string& what, const Params& params) const {
    run_as_extension_owner([&] {
      Spi spi;
      spi.execute("UPDATE personatwin.progress SET " + what +
                      ", updated_at = clock_timestamp() WHERE build_id = $1",
                  params);
    });
  }
  std::int64_t id_ = 0;
};

/// Waits until a model has answered all requests, or for so many seconds. No snapshot is held
/// meanwhile, so nothing else is held up.
void wait_for_advice(Spi& spi, const std::vector<std::int64_t>& requests, std::int32_t seconds) {
  TimestampTz const end =
      TimestampTzPlusMilliseconds(GetCurrentTimestamp(), std::int64_t{seconds} * 1000);
  for (;;) {
    guarded([] { EnsurePortalSnapshotExists(); });
    bool const over = std::none_of(requests.begin(), requests.end(), [](std::int64_t request) {
      std::optional<std::string> const state = advice_state(request);
      return state == "ready" || state == "running";
    });
    spi.commit();
    if (over) break;
    if (GetCurrentTimestamp() >= end) {
      report(NOTICE, "no advice: the model has not answered in time", {},
             "The rules go on alone; the answer can be used by the next run.");
      break;
    }
    guarded([] {
      (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 100,
                      PG_WAIT_EXTENSION);
      ResetLatch(MyLatch);
    });
    poll_interrupts();
  }
  guarded([] { EnsurePortalSnapshotExists(); });
}

/// Holds the source until the next commit; 42P01 when it has been dropped since the last one.
void hold_source(Oid source, const std::string& name) {
  bool const exists = guarded([source] {
    LockRelationOid(source, AccessShareLock);
    return get_rel_relkind(source) != '\0';
  });
  if (!exists)
    throw Error(sqlstate::kUndefinedTable, name + " was dropped while pt_build was working on it",
                {}, "Nothing is stored.");
  require_source_owner(source);
}

std::int64_t build(FunctionCallInfo fcinfo, const CreateArguments& arguments) {
  Spi spi(fcinfo);  // its memory, which is current now, outlives commits
  PgHost host("pt_build", PortalContext);
  require_source_owner(arguments.spec.source);
  RunOptions const options = resolve_options(arguments);
  Advisor const advisor = parse_advisor(arguments, /* may_wait */ true);
  Secret const secret;
  Progress const progress(arguments.spec.source);

  std::optional<Prepared> prepared;
  std::vector<std::int64_t> requests;
  std::optional<protect::Protected> result;
  std::int64_t run = 0;
  // Each step is a subtransaction, so that its failure can be written down and committed.
  auto const step = [&](int number, std::string_view phase, const std::function<void()>& work) {
    progress.enter(number, phase);
    commit_and_go_on(spi);
    std::optional<Error> failure;
    try {
      failure = attempt(work);
    } catch (const Error& e) {
      failure = e;
    } catch (const std::exception& e) {
      progress.fail(e.what());
      commit_and_go_on(spi);
      throw;
    }
    if (!failure) return;
    progress.fail(failure->message());
    commit_and_go_on(spi);
    throw Error(*failure);
  };

  step(1, "describing", [&] {
    ReadScope const scope(arguments.spec.allow_row_security);
    prepared = describe_source(arguments);
    if (advisor == Advisor::llm) requests = ask_for_advice(arguments, prepared->description.domain);
  });
  commit_and_go_on(spi);  // the model can think while the source is read
  step(2, "reading", [&] {
    // The source may have changed since the last commit: look again, under a lock.
    hold_source(arguments.spec.source, prepared->description.source.sql_name);
    ReadScope const scope(arguments.spec.allow_row_security);
    CreateArguments again = arguments;
    again.dry_run = true;
    prepared = describe_source(again, Report::quiet);
    prepared->run = options;
    encode_source(host, secret, *prepared);
  });
  if (!requests.empty()) {
    progress.enter(2, "waiting for advice");
    commit_and_go_on(spi);
    wait_for_advice(spi, requests, arguments.advice_timeout);
  }
  if (advisor != Advisor::rules) add_advice(arguments, prepared->population(), prepared->run);
  step(3, "protecting", [&] { result.emplace(protect_source(host, secret, *prepared)); });
  step(4, "storing", [&] {
    Oid const source = arguments.spec.source;
    hold_source(source, prepared->description.source.sql_name);
    run = store_run(host, *prepared, *result, nullptr);
    audit_run({*prepared, *result, run});
    progress.finish(run);
  });
  commit_and_go_on(spi);
  warn_about({*prepared, *result, run});
  return run;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_build) {
  using namespace pt::pg;
  Args const args(fcinfo);
  CreateArguments const arguments = read_arguments(args, CallKind::build);
  if (!Spi::may_commit(fcinfo))
    throw pt::Error(
        "2D000",
        "pt_build commits between its steps and can't run inside a transaction block or a function",
        {}, "Call it on its own, or use pt_create_personas.");
  refuse_read_only("pt_build()");
  std::int64_t const run = build(fcinfo, arguments);
  return guarded([fcinfo, run] {
    TupleDesc descriptor = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
      elog(ERROR, "pt_build must have an INOUT parameter");
    Datum value = Int64GetDatum(run);
    bool null = false;
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), &value, &null));
  });
}

PT_FUNCTION(pt_builds) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  Params params;
  params.oid(GetUserId());
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(std::string("SELECT r.build_id, r.source, r.owner_name, r.pid, "
                          "CASE WHEN r.finished_at IS NULL AND s.pid IS NULL THEN 'failed' ELSE "
                          "r.phase END, r.step, r.steps, "
                          "CASE WHEN r.finished_at IS NULL THEN s.query END, r.started_at, "
                          "r.updated_at, r.finished_at, r.run_id, "
                          "CASE WHEN r.finished_at IS NULL AND s.pid IS NULL THEN 'interrupted: "
                          "the session is gone' "
                          "ELSE r.message END FROM personatwin.progress r LEFT JOIN pg_class c ON "
                          "c.oid = r.source "
                          "LEFT JOIN LATERAL pg_stat_get_activity(r.pid) s ON s.pid = r.pid "
                          "AND s.backend_start = r.backend_start WHERE ") +
                  kMaySeeRun + " ORDER BY r.build_id",
              params, Spi::ReadOnly::yes, [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}

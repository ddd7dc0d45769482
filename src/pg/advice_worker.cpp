#include "pg/advice_worker.hpp"

#include <string>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "postmaster/bgworker.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
}

#include <sys/stat.h>

namespace pt::pg {
namespace {

/// Who is to be woken when the transaction commits. InvalidOid: nobody.
struct Wake {
  Oid user = InvalidOid;
  std::int32_t pid = 0;
  SubTransactionId since = InvalidSubTransactionId;
};
Wake wake;
bool registered = false;

void describe_worker(BackgroundWorker& worker, Oid user) {
  worker = {};
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  worker.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
  strlcpy(worker.bgw_library_name, "personatwin_advice", sizeof worker.bgw_library_name);
  strlcpy(worker.bgw_function_name, "pt_advice_worker_main", sizeof worker.bgw_function_name);
  strlcpy(worker.bgw_name, "personatwin advice", sizeof worker.bgw_name);
  strlcpy(worker.bgw_type, "personatwin advice", sizeof worker.bgw_type);
  static_assert(sizeof user <= sizeof worker.bgw_extra);
  memcpy(worker.bgw_extra, &user, sizeof user);
}

/// Sets the latch of a process; false when it is gone. Never ereports.
bool set_latch_of(std::int32_t pid) {
  PGPROC* const process = pid == 0 ? nullptr : BackendPidGetProc(pid);
  if (process == nullptr) return false;
  SetLatch(&process->procLatch);
  return true;
}

/// Runs after the commit is final, when no error may be raised any more: registering a worker that
/// is well described takes a lock and a free slot, or none.
void at_end(XactEvent event, void* /*argument*/) {
  if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
    return;
  Wake const wanted = wake;
  wake = {};
  if (event != XACT_EVENT_COMMIT || !OidIsValid(wanted.user)) return;
  if (set_latch_of(wanted.pid)) return;
  BackgroundWorker worker;
  describe_worker(worker, wanted.user);
  RegisterDynamicBackgroundWorker(&worker, nullptr);
}

void at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent,
                           void* /*argument*/) {
  if (wake.since != mine) return;
  if (event == SUBXACT_EVENT_ABORT_SUB) wake = {};
  if (event == SUBXACT_EVENT_COMMIT_SUB) wake.since = parent;
}

}  // namespace

bool advice_worker_installed() {
  std::string const path = std::string(pkglib_path) + "/personatwin_advice" DLSUFFIX;
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

std::optional<std::int32_t> advice_worker_pid() {
  std::string const user = current_user_name();
  std::optional<std::int32_t> pid;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT w.pid FROM personatwin.advice_worker w, LATERAL pg_stat_get_activity(w.pid) a "
        "WHERE w.requester = $1::name AND a.pid = w.pid AND a.backend_start = w.backend_start",
        Params{}.text(user), Spi::ReadOnly::yes, [&](const Row& row) { pid = row.int4(0); });
  });
  return pid;
}

void wake_advice_worker_at_commit() {
  if (!advice_worker_installed()) return;
  if (!registered) {
    RegisterXactCallback(at_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
    registered = true;
  }
  // What an outer subtransaction wants done is done whatever becomes of this one.
  if (wake.user != GetUserId()) wake.since = GetCurrentSubTransactionId();
  wake.pid = advice_worker_pid().value_or(0);
  wake.user = GetUserId();
}

bool start_advice_worker() {
  if (!advice_worker_installed())
    throw not_supported("advice by a worker is not built in", {},
                        "Build with libcurl's headers installed, or let an outside process use "
                        "pt_advice_claim and pt_advice_complete.");
  if (std::optional<std::int32_t> const pid = advice_worker_pid(); pid && set_latch_of(*pid))
    return false;
  BackgroundWorker worker;
  describe_worker(worker, GetUserId());
  return guarded([&worker] { return RegisterDynamicBackgroundWorker(&worker, nullptr); });
}

}  // namespace pt::pg

// The worker's library. It brings libcurl along, so sessions never load it: background workers do,
// or the server at its start (shared_preload_libraries = 'personatwin_advice'), to run workers that
// stay.
#include <string>
#include <string_view>

#include "pg/compat.hpp"

extern "C" {
#include "postmaster/bgworker.h"

PG_MODULE_MAGIC;

// NOLINTNEXTLINE(bugprone-reserved-identifier): the server's name for it
PGDLLEXPORT void _PG_init(void);
}

namespace {

constexpr int kRestartSeconds = 5;
char* workers = nullptr;

/// Copies a name into 64 bytes; false when it does not fit.
bool copy_name(char* to, std::string_view name) {
  if (name.empty() || name.size() >= NAMEDATALEN) return false;
  name.copy(to, name.size());
  to[name.size()] = '\0';
  return true;
}

/// A worker for 'database/role' that the postmaster starts again when it ends.
bool register_worker(std::string_view entry) {
  std::size_t const slash = entry.find('/');
  BackgroundWorker worker = {};
  static_assert(sizeof worker.bgw_extra >= 2 * NAMEDATALEN);
  if (slash == std::string_view::npos || !copy_name(worker.bgw_extra, entry.substr(0, slash)) ||
      !copy_name(worker.bgw_extra + NAMEDATALEN, entry.substr(slash + 1)))
    return false;
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = kRestartSeconds;
  strlcpy(worker.bgw_library_name, "personatwin_advice", sizeof worker.bgw_library_name);
  strlcpy(worker.bgw_function_name, "pt_advice_worker_main", sizeof worker.bgw_function_name);
  strlcpy(worker.bgw_name, "personatwin advice", sizeof worker.bgw_name);
  strlcpy(worker.bgw_type, "personatwin advice", sizeof worker.bgw_type);
  RegisterBackgroundWorker(&worker);
  return true;
}

}  // namespace

void _PG_init(void) {
  if (!process_shared_preload_libraries_in_progress) return;
  DefineCustomStringVariable(
      "personatwin.advice_workers", "Workers of advice that stay: database/role, comma-separated.",
      nullptr, &workers, "", PGC_POSTMASTER, GUC_LIST_INPUT, nullptr, nullptr, nullptr);
  std::string_view list(workers);
  while (!list.empty()) {
    std::size_t const comma = list.find(',');
    std::string_view entry = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (entry.starts_with(' ')) entry.remove_prefix(1);
    while (entry.ends_with(' ')) entry.remove_suffix(1);
    if (!entry.empty() && !register_worker(entry))
      ereport(WARNING, (errmsg("personatwin.advice_workers: \"%.*s\" is not database/role",
                               static_cast<int>(entry.size()), entry.data())));
  }
}

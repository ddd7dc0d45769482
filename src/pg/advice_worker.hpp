// Starting, waking and stopping the background worker that asks models. The worker itself is a
// library of its own (src/advisor/worker), so that sessions never load libcurl.
#pragma once

#include <cstdint>
#include <optional>

namespace pt::pg {

/// Whether the worker's library is installed beside this one: it is built where libcurl is.
[[nodiscard]] bool advice_worker_installed();

/// When the current transaction commits: wakes the worker of the current user, or starts one. A
/// transaction that is rolled back wakes nobody. 0A000 when there is no worker's library: then an
/// outside process must be waited for, and nothing is done.
void wake_advice_worker_at_commit();

/// Starts a worker of the current user in this database now, or lets the one that runs look for
/// work. False when it runs already, or when no more worker processes are left. 0A000 when it is
/// not built in.
bool start_advice_worker();

/// Process of the current user's worker, if it runs.
[[nodiscard]] std::optional<std::int32_t> advice_worker_pid();

}  // namespace pt::pg

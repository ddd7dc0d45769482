// The background worker that asks models: claims requests in a short transaction, talks HTTP with
// no transaction open, stores what came back in another short one. It is connected as the role that
// asks, holds no snapshot and no lock while it waits, and ends on SIGTERM within a poll of the
// transfer (0.1 s).
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "advisor/secret_key.hpp"
#include "advisor/worker/transport.hpp"
#include "core/error.hpp"
#include "pg/advice_sending.hpp"
#include "pg/boundary.hpp"
#include "pg/guc.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "common/pg_prng.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

PGDLLEXPORT void pt_advice_worker_main(Datum argument);
}

namespace pt::advisor {
namespace {

using namespace pt::pg;

constexpr long kLongestWaitMs = 60'000;
constexpr long kRetryMs = 10'000;
constexpr int kPollMs = 200;  // signals end a wait at once
constexpr int kLookMs = 500;
/// Before another look at requests that are due and not given out: a transaction that is open has
/// locked them, or they wait for a probe.
constexpr int kLockedMs = 1'000;
constexpr std::size_t kMostAtOnce = 32;

volatile std::sig_atomic_t within_transaction = 0;

/// SIGTERM: the worker ends at the next look; a transaction, which may be waiting for a lock, is
/// cancelled.
void on_terminate(SIGNAL_ARGS) {
  int const saved = errno;
  ShutdownRequestPending = 1;
  if (within_transaction != 0) {
    QueryCancelPending = 1;
    InterruptPending = 1;
  }
  SetLatch(MyLatch);
  errno = saved;
}

/// Ends a transaction that has failed.
void roll_back() {
  Failure failure;
  describe_failure(failure);
  guarded([] {
    FlushErrorState();
    AbortCurrentTransaction();
  });
}

/// A transaction of its own: commits at the end of the scope unless an exception is on its way,
/// which is rolled back by the caller.
template <class F>
auto in_transaction(const char* activity, F&& f) {
  struct Within {
    Within() { within_transaction = 1; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;
    ~Within() { within_transaction = 0; }
  } const within;
  guarded([activity] {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    PushActiveSnapshot(GetTransactionSnapshot());
    pgstat_report_activity(STATE_RUNNING, activity);
  });
  auto result = f();
  guarded([] {
    PopActiveSnapshot();
    CommitTransactionCommand();
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
  });
  return result;
}

/// Whether somebody drops or renames this database right now: then the worker must go, for the
/// command waits only a few seconds for other sessions.
bool database_is_wanted() {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
  return guarded([&tag] {
    if (LockAcquire(&tag, AccessShareLock, true, true) == LOCKACQUIRE_NOT_AVAIL) return true;
    LockRelease(&tag, AccessShareLock, true);
    return false;
  });
}

/// Whether the catalog is there: the extension may be gone, or not be created yet.
bool has_catalog() {
  return in_transaction("looking for the catalog", [] {
    try {
      static_cast<void>(catalog_owner());
    } catch (const Error&) {
      return false;
    }
    return true;
  });
}

/// Sleeps until the latch is set or the time is over; whether it was set.
bool sleep(long milliseconds) {
  int const events = guarded([milliseconds] {
    int const got = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
                              milliseconds, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    return got;
  });
  poll_interrupts();
  return (events & WL_LATCH_SET) != 0;
}

class Worker {
 public:
  Worker(std::string requester, bool stays) : requester_(std::move(requester)), stays_(stays) {}

  /// Works until there is nothing left to do (one that was started by the server's configuration:
  /// never), until the extension is dropped, or until it is told to end.
  void run() {
    bool mine = false;
    try {
      mine = work();
    } catch (...) {
      if (!ShutdownRequestPending) throw;
      roll_back();
      mine = true;
    }
    QueryCancelPending = 0;
    if (!mine || leaving_ || !has_catalog()) return;  // leases run out, and are given out again
    for (std::int64_t const id : transfers_.under_way())
      settle(id, "state = 'ready', attempts = attempts - 1");
    in_transaction("leaving", [&] { return leave_place(); });
  }

 private:
  /// Until the end; false when there was no place for it.
  bool work() {
    while (stays_ && !ShutdownRequestPending && !has_catalog()) sleep(kRetryMs);
    if (ShutdownRequestPending || !has_catalog() ||
        !in_transaction("taking its place", [&] { return take_place(); }))
      return false;
    bool look = true;  // whether there may be something to claim
    while (!ShutdownRequestPending && !must_leave()) {
      reload();
      if (look && !has_catalog()) return false;
      if (look) claim();
      look = transfers_.under_way().empty() ? wait() : listen();
      if (!look && !stays_ && transfers_.under_way().empty()) break;
    }
    return true;
  }

  /// One worker per role and database; false when another one is at work.
  bool take_place() {
    bool taken = false;
    run_as_extension_owner([&] {
      Spi spi;
      taken =
          spi.execute(
              "INSERT INTO personatwin.advice_worker AS w (requester, pid, backend_start) SELECT "
              "$1::name, a.pid, a.backend_start FROM pg_stat_get_activity(pg_backend_pid()) a ON "
              "CONFLICT (requester) DO UPDATE SET pid = excluded.pid, backend_start = "
              "excluded.backend_start WHERE NOT EXISTS (SELECT FROM pg_stat_get_activity(w.pid) "
              "b WHERE b.pid = w.pid AND b.backend_start = w.backend_start)",
              Params{}.text(requester_)) > 0;
    });
    return taken;
  }

  bool leave_place() {
    run_as_extension_owner([&] {
      Spi spi;
      spi.execute(
          "DELETE FROM personatwin.advice_worker WHERE requester = $1::name AND pid = "
          "pg_backend_pid()",
          Params{}.text(requester_));
    });
    return true;
  }

  static void reload() {
    if (!ConfigReloadPending) return;
    ConfigReloadPending = false;
    guarded([] { ProcessConfigFile(PGC_SIGHUP); });
  }

  /// Waits on the latch until the next request is due, or for the idle time. False: time to go.
  bool wait() {
    std::optional<double> const due =
        in_transaction("looking for work", [&] { return next_advice(requester_); });
    if (due && *due <= 0) {
      if (locked_) sleep(kLockedMs);
      return true;
    }
    long const idle = advice_idle_timeout_ms();
    // What is due much later is left to the next worker, which whoever needs the answer starts.
    if (due && *due * 1000 > static_cast<double>(kLongestWaitMs)) return false;
    long const timeout = due ? static_cast<long>(*due * 1000) + 1 : stays_ ? kLongestWaitMs : idle;
    return sleep(timeout) || due.has_value();
  }

  /// Claims as many requests as there is room for, and begins them.
  void claim() {
    auto const room = static_cast<std::int32_t>(kMostAtOnce - transfers_.under_way().size());
    if (room <= 0) return;
    Claimed const claimed =
        in_transaction("claiming", [&] { return claim_advice(requester_, room, Sender::worker); });
    for (const AdviceJob& job : claimed.jobs) {
      std::optional<std::string> const failure = begin(job);
      if (failure) store(job.id, failed(*failure));
    }
    std::optional<double> const due =
        in_transaction("looking for work", [&] { return next_advice(requester_); });
    locked_ =
        due && *due <= 0 && claimed.jobs.size() + claimed.refused < static_cast<std::size_t>(room);
    next_ = due ? TimestampTzPlusMilliseconds(
                      GetCurrentTimestamp(),
                      locked_ ? kLockedMs : static_cast<TimestampTz>(*due * 1000))
                : DT_NOEND;
  }

  /// Goes on with the requests under way. True when there may be something to claim.
  bool listen() {
    std::vector<std::pair<std::int64_t, Reply>> const replies = transfers_.wait(kPollMs);
    for (const auto& [id, reply] : replies) store(id, reply);
    bool const woken = MyLatch->is_set;
    if (woken) ResetLatch(MyLatch);
    poll_interrupts();
    return woken || !replies.empty() || next_ <= GetCurrentTimestamp();
  }

  /// Takes what came back. An error in it ends that request, not the worker.
  void store(std::int64_t id, const Reply& reply) {
    try {
      double const uniform = pg_prng_double(&pg_global_prng_state);
      in_transaction("storing", [&] {
        return complete_advice(requester_, id, reply, uniform, Sender::worker);
      });
    } catch (...) {
      roll_back();
      report(LOG, std::string("personatwin: what came back for request ") + std::to_string(id) +
                      " could not be stored");
      if (has_catalog())
        settle(id, "state = 'failed', code = 'not_stored', finished_at = clock_timestamp()");
    }
  }

  /// Ends the lease of a request.
  void settle(std::int64_t id, const std::string& what) {
    in_transaction("settling a request", [&] {
      run_as_extension_owner([&] {
        Spi spi;
        spi.execute("UPDATE personatwin.advice_request SET " + what +
                        ", lease_until = NULL, reserved_tokens = 0 WHERE request_id = $1 AND "
                        "state = 'running' AND sender_pid = pg_backend_pid()",
                    Params{}.int8(id));
      });
      return true;
    });
  }

  /// Begins a request; no transaction is open from here on. What the configuration lacks is a
  /// failure of this request, so that one of them can't stop the rest: its word.
  std::optional<std::string> begin(const AdviceJob& job) {
    try {
      require_allowed(job.endpoint.address);
      SecretText key;
      if (job.endpoint.key_source == "file")
        key = read_key_file(advice_key_directory() + "/" + job.endpoint.name);
      else if (job.endpoint.key_source == "environment")
        key = key_from_environment(job.endpoint.name);
      if (key.empty() && job.endpoint.key_source != "none") return "no_key";
      Transfer transfer;
      transfer.address = job.endpoint.address;
      transfer.call = build_call(job.endpoint.provider, job.endpoint.model, job.prompt,
                                 job.endpoint.max_tokens);
      transfer.key_header = SecretText(key_header(job.endpoint.provider, key.view()));
      transfer.ca_file = advice_ca_file();
      transfer.proxy = advice_proxy();
      transfer.timeout_ms = job.endpoint.timeout_seconds * 1000L;
      transfers_.start(job.id, std::move(transfer));
    } catch (const Error& e) {  // the text names settings, never a key or what was to be sent
      report(LOG, "personatwin: a request for advice could not be sent: " + e.message());
      return e.sqlstate() == sqlstate::kInsufficientPrivilege ? "forbidden" : "setup";
    }
    return std::nullopt;
  }

  static Reply failed(const std::string& word) {
    Reply reply;
    reply.transport_error = word;
    return reply;
  }

  /// Looks every half second whether the database is about to be dropped.
  bool must_leave() {
    TimestampTz const now = GetCurrentTimestamp();
    if (!TimestampDifferenceExceeds(looked_, now, kLookMs)) return leaving_;
    looked_ = now;
    return leaving_ = database_is_wanted();
  }

  std::string requester_;
  bool stays_;
  Transfers transfers_;
  TimestampTz looked_ = 0;
  TimestampTz next_ = 0;  // when the next request is due
  bool leaving_ = false;
  bool locked_ = false;  // what is due can't be claimed now
};

/// Connects as the role and to the database that the worker is started for: by their oids in a
/// worker that a session starts, by their names in one that the configuration names. Returns the
/// name of the role.
std::string connect(Oid database) {
  const char* const extra = MyBgworkerEntry->bgw_extra;
  guarded([database, extra] {
    if (OidIsValid(database)) {
      Oid user = InvalidOid;
      memcpy(&user, extra, sizeof user);
      BackgroundWorkerInitializeConnectionByOid(database, user, 0);
    } else {
      BackgroundWorkerInitializeConnection(extra, extra + NAMEDATALEN, 0);
    }
    load_file("$libdir/personatwin", false);  // its settings
    // What the role has set for its sessions is not meant for this one, which waits for nobody
    // long.
    constexpr std::array<std::pair<const char*, const char*>, 5> kSettings{
        {{"lock_timeout", "10s"},
         {"statement_timeout", "0"},
         {"default_transaction_read_only", "off"},
         {"default_transaction_deferrable", "off"},
         {"default_transaction_isolation", "read committed"}}};
    for (const auto& [name, value] : kSettings)
      SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
  });
  std::string name;
  in_transaction("starting", [&] {
    name = current_user_name();
    return true;
  });
  return name;
}

}  // namespace
}  // namespace pt::advisor

void pt_advice_worker_main(Datum argument) {
  using namespace pt::pg;
  pqsignal(SIGTERM, pt::advisor::on_terminate);
  pqsignal(SIGHUP, SignalHandlerForConfigReload);
  BackgroundWorkerUnblockSignals();
  boundary([argument] {
    Oid const database = DatumGetObjectId(argument);
    pt::advisor::Worker worker(pt::advisor::connect(database), !OidIsValid(database));
    worker.run();
  });
  // The postmaster starts a worker of the configuration again only after a failure.
  if (!OidIsValid(DatumGetObjectId(argument))) proc_exit(1);
}

#include "pg/spi.hpp"

#include <exception>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "tcop/dest.h"
#include "utils/resowner.h"
}

namespace pt::pg {

namespace {

/// A DestReceiver that feeds a C++ callable. A C++ exception is kept, ends the query through the
/// executor's ordinary early stop and is rethrown by the caller; a PostgreSQL error goes on as one.
struct Receiver {
  DestReceiver base;  // first: PostgreSQL hands back a pointer to it
  const RowCallback* on_row;
  MemoryContext per_row;
  std::uint64_t rows;
  std::exception_ptr failure;
};

bool receive_slot(TupleTableSlot* slot, DestReceiver* self) {
  auto* const receiver = reinterpret_cast<Receiver*>(self);
  if (receiver->failure) return false;
  slot_getallattrs(slot);
  ErrorData* pg_error = nullptr;
  MemoryContext const before = MemoryContextSwitchTo(receiver->per_row);
  try {
    (*receiver->on_row)(Row(slot));
    ++receiver->rows;
  } catch (const PgError& e) {
    pg_error = e.edata;
  } catch (...) {
    receiver->failure = std::current_exception();
  }
  if (pg_error != nullptr)
    ReThrowError(pg_error);  // its data lives in per_row, which an abort frees
  MemoryContextSwitchTo(before);
  MemoryContextReset(receiver->per_row);
  return !receiver->failure;
}

void receiver_startup(DestReceiver* /*self*/, int /*operation*/, TupleDesc /*type*/) {}
void receiver_shutdown(DestReceiver* /*self*/) {}
void receiver_destroy(DestReceiver* /*self*/) {}

ParamListInfo make_params(const Params& params) {
  if (params.size() == 0) return nullptr;
  return guarded([&params] {
    int const n = static_cast<int>(params.size());
    ParamListInfo const list = makeParamList(n);
    for (int i = 0; i < n; ++i) {
      auto const at = static_cast<std::size_t>(i);
      list->params[i].value = params.values()[at];
      list->params[i].isnull = params.nulls()[at] == 'n';
      list->params[i].pflags = PARAM_FLAG_CONST;
      list->params[i].ptype = params.types()[at];
    }
    return list;
  });
}

/// Runs the statement and checks SPI's answer; negative codes become errors.
std::uint64_t run(const std::string& sql, const Params& params, Spi::ReadOnly read_only,
                  DestReceiver* dest) {
  SPIExecuteOptions options{};
  options.params = make_params(params);
  options.read_only = read_only == Spi::ReadOnly::yes;
  options.dest = dest;
  int const code =
      guarded([&sql, &options] { return SPI_execute_extended(sql.c_str(), &options); });
  if (code < 0)
    throw internal_error(
        "SPI_execute_extended failed: " + std::string(SPI_result_code_string(code)), sql);
  return SPI_processed;
}

}  // namespace

Params& Params::add(Oid type, Datum value, bool null) {
  types_.push_back(type);
  values_.push_back(value);
  nulls_.push_back(null ? 'n' : ' ');
  return *this;
}

Params& Params::text(std::string_view value) { return add(TEXTOID, text_datum(value)); }
Params& Params::optional_text(const std::optional<std::string>& value) {
  return value ? text(*value) : null(TEXTOID);
}
Params& Params::int4(std::int32_t value) { return add(INT4OID, Int32GetDatum(value)); }
Params& Params::int8(std::int64_t value) { return add(INT8OID, Int64GetDatum(value)); }
Params& Params::float8(double value) { return add(FLOAT8OID, Float8GetDatum(value)); }
Params& Params::boolean(bool value) { return add(BOOLOID, BoolGetDatum(value)); }
Params& Params::oid(Oid value) { return add(OIDOID, ObjectIdGetDatum(value)); }

std::string Row::text(int column) const {
  if (TupleDescAttr(slot_->tts_tupleDescriptor, column)->attlen != -1)
    throw wrong_state("a column that was a text is none any more", {},
                      "Try again when nobody changes the relations that are read.");
  return text_from_datum(value(column));
}

void require_types(const Row& row, std::span<const Oid> types, const std::string& relation) {
  bool same = static_cast<std::size_t>(row.columns()) == types.size();
  for (std::size_t c = 0; same && c < types.size(); ++c)
    same = row.type(static_cast<int>(c)) == types[c];
  if (!same)
    throw wrong_state("the columns of " + relation + " changed while it was being read", {},
                      "Try again when nobody changes them.");
}

std::optional<std::string> Row::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

Spi::Spi(bool nonatomic)
    : errors_before_(errors_taken()), exceptions_before_(std::uncaught_exceptions()) {
  int const code =
      guarded([nonatomic] { return SPI_connect_ext(nonatomic ? SPI_OPT_NONATOMIC : 0); });
  if (code != SPI_OK_CONNECT) throw internal_error("SPI_connect failed");
}

Spi::~Spi() {
  // While a PostgreSQL error passes, its copy may live in SPI's memory; the abort that must follow
  // cleans up.
  bool const unwinding = std::uncaught_exceptions() > exceptions_before_;
  if (!unwinding || errors_taken() == errors_before_) SPI_finish();
}

std::uint64_t Spi::execute(const std::string& sql, const Params& params, ReadOnly read_only) {
  std::uint64_t const rows = run(sql, params, read_only, nullptr);
  if (SPI_tuptable != nullptr) SPI_freetuptable(SPI_tuptable);
  return rows;
}

std::uint64_t Spi::query_rows(const std::string& sql, const Params& params, ReadOnly read_only,
                              RowCallback on_row) {
  // Not an OwnedContext: a PostgreSQL error raised by the callable lives here until the abort frees
  // it.
  MemoryContext const per_row = guarded([] {
    return AllocSetContextCreateInternal(CurrentMemoryContext, "personatwin row",
                                         ALLOCSET_DEFAULT_SIZES);
  });
  Receiver receiver{};
  receiver.base.receiveSlot = receive_slot;
  receiver.base.rStartup = receiver_startup;
  receiver.base.rShutdown = receiver_shutdown;
  receiver.base.rDestroy = receiver_destroy;
  receiver.base.mydest = DestNone;
  receiver.on_row = &on_row;
  receiver.per_row = per_row;
  run(sql, params, read_only, &receiver.base);
  MemoryContextDelete(per_row);
  if (receiver.failure) std::rethrow_exception(receiver.failure);
  return receiver.rows;
}

std::optional<std::string> Spi::value(const std::string& sql, const Params& params,
                                      ReadOnly read_only) {
  std::optional<std::string> result;
  bool first = true;
  auto keep_first = [&](const Row& row) {
    if (first && row.columns() > 0 && !row.is_null(0))
      result = output_text(row.value(0), row.type(0));
    first = false;
  };
  query_rows(sql, params, read_only, RowCallback(keep_first));
  return result;
}

bool Spi::may_commit(FunctionCallInfo fcinfo) noexcept {
  Node* const context = fcinfo->context;
  return context != nullptr && IsA(context, CallContext) &&
         !reinterpret_cast<CallContext*>(context)->atomic;
}

void Spi::commit() {
  guarded([] { SPI_commit(); });
}

namespace {

/// Rolls back at the end of the scope unless released.
class Subtransaction {
 public:
  Subtransaction() : context_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
    guarded([] { BeginInternalSubTransaction(nullptr); });
    MemoryContextSwitchTo(context_);
  }
  Subtransaction(const Subtransaction&) = delete;
  Subtransaction& operator=(const Subtransaction&) = delete;
  ~Subtransaction() {
    if (!open_) return;
    // As in PL/pgSQL's PG_CATCH block.
    MemoryContextSwitchTo(context_);
    RollbackAndReleaseCurrentSubTransaction();
    restore();
  }
  void release() {
    guarded([] { ReleaseCurrentSubTransaction(); });
    open_ = false;
    restore();
  }

 private:
  void restore() noexcept {
    MemoryContextSwitchTo(context_);
    CurrentResourceOwner = owner_;
  }
  MemoryContext context_;
  ResourceOwner owner_;
  bool open_ = true;
};

Error plain_error(const ErrorData& e) {
  auto text = [](const char* s) { return s == nullptr ? std::string() : std::string(s); };
  return {unpack_sql_state(e.sqlerrcode), text(e.message), text(e.detail), text(e.hint)};
}

}  // namespace

std::optional<Error> attempt(const std::function<void()>& f) {
  Subtransaction scope;
  try {
    f();
  } catch (const PgError& e) {
    Error error = plain_error(*e.edata);  // a copy, since the rollback may free the data
    if (e.edata->sqlerrcode == ERRCODE_QUERY_CANCELED) throw error;
    return error;
  }
  scope.release();
  return std::nullopt;
}

}  // namespace pt::pg

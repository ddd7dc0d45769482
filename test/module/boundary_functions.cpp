// SQL functions that exercise src/pg from a test; never shipped.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory_resource>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/jsonb_counts.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
}

extern "C" {
PG_MODULE_MAGIC;
}

namespace {

using namespace pt::pg;

int alive = 0;

/// Counts constructions minus destructions: what a longjmp skipped stays.
struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
};

[[noreturn]] void throw_kind(const std::string& kind) {
  Counted guard;
  if (kind == "error") throw pt::Error("22004", "the message", "the detail", "the hint");
  if (kind == "no_detail") throw pt::wrong_state("only a message");
  if (kind == "bad_state") throw pt::Error("no", "a SQLSTATE that is none");
  if (kind == "bad_alloc") throw std::bad_alloc();
  if (kind == "limit") throw MemoryLimitReached();
  if (kind == "invalid_argument") throw std::invalid_argument("an invalid argument");
  if (kind == "length_error") throw std::length_error("too long");
  if (kind == "runtime_error") throw std::runtime_error("a runtime error");
  if (kind == "int") throw 42;
  if (kind == "long") {
    std::string message;  // multibyte characters across the limit of 2047 bytes
    while (message.size() < 5000) message += "\xC3\xA4\xE2\x82\xAC";
    throw pt::data_error(message, message, message);
  }
  if (kind == "percent") throw pt::data_error("100 %s of %d", "%n", "%%");
  if (kind == "postgres")
    guarded([] {
      ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("from PostgreSQL"),
                      errdetail("its detail"), errhint("its hint")));
    });
  throw pt::internal_error("unknown kind");
}

/// Throws C++ exceptions through `depth` guards, each of which must restore the error stack on its
/// way.
void nest(int depth) {
  Counted guard;
  if (depth == 0) throw_kind("error");
  guarded([depth] { nest(depth - 1); });
}

}  // namespace

PT_FUNCTION(pt_test_throw) { throw_kind(Args(fcinfo).text(0, "kind")); }

PT_FUNCTION(pt_test_alive) { PG_RETURN_INT32(alive); }

PT_FUNCTION(pt_test_sanitized) {
#ifdef __SANITIZE_ADDRESS__
  PG_RETURN_BOOL(true);
#else
  PG_RETURN_BOOL(false);
#endif
}

/// Bytes that malloc has handed out to this process and not got back: unlike the resident set it
/// does not move with what malloc keeps for later.
PT_FUNCTION(pt_test_heap) {
  (void)fcinfo;
  struct mallinfo2 const heap = mallinfo2();
  PG_RETURN_INT64(static_cast<std::int64_t>(heap.uordblks + heap.hblkhd));
}

/// A C++ exception crosses nested guards and is caught; a PostgreSQL error after that must still
/// arrive.
PT_FUNCTION(pt_test_nested) {
  sigjmp_buf* const before = PG_exception_stack;
  bool caught = false;
  try {
    nest(5);
  } catch (const pt::Error& e) {
    caught = e.sqlstate() == "22004" && PG_exception_stack == before;
  }
  if (!caught) throw pt::internal_error("the exception was lost or the error stack is wrong");
  throw_kind("postgres");
}

/// Computes until cancelled.
PT_FUNCTION(pt_test_loop) {
  Counted guard;
  PgHost host("pt_test_loop");
  std::pmr::vector<double> values(1000, 1.0, host.memory());
  for (std::uint64_t i = 0;; ++i) {
    for (double& v : values) v = std::sqrt(v + 1.0);
    host.progress("looping", i, 0);
  }
}

/// Reports three phases; DEBUG1 messages and the activity string are visible to the client.
PT_FUNCTION(pt_test_progress) {
  std::string seen;
  {
    PgHost host("pt_test_progress");
    for (const char* phase : {"encode", "group", "assess"}) host.progress(phase, 1, 4);
    Spi spi;
    seen = spi.value(
                  "SELECT query FROM pg_catalog.pg_stat_activity WHERE pid = "
                  "pg_catalog.pg_backend_pid()")
               .value_or("nothing");
  }
  return text_datum(seen);
}

/// Allocates `bytes` in pieces of `piece` under a limit; returns the peak. What it leaves goes with
/// the context.
PT_FUNCTION(pt_test_allocate) {
  Args const args(fcinfo);
  ContextResource resource(CurrentMemoryContext, static_cast<std::size_t>(args.int8(2, "limit")));
  auto const piece = static_cast<std::size_t>(args.int8(1, "piece"));
  auto const bytes = static_cast<std::size_t>(args.int8(0, "bytes"));
  for (std::size_t done = 0; done < bytes; done += piece) {
    auto* const block = static_cast<char*>(resource.allocate(piece, 1));
    block[0] = block[piece - 1] = 'x';
  }
  PG_RETURN_INT64(static_cast<std::int64_t>(resource.peak()));
}

/// Blocks of all alignments: aligned, writable, freed.
PT_FUNCTION(pt_test_alignment) {
  ContextResource resource(CurrentMemoryContext);
  bool good = true;
  for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    for (std::size_t const size : std::array<std::size_t, 4>{1, 7, 64, 10000}) {
      void* const block = resource.allocate(size, alignment);
      good = good && reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
      std::fill_n(static_cast<char*>(block), size, 'x');
      resource.deallocate(block, size, alignment);
    }
  }
  PG_RETURN_BOOL(good && resource.allocated() == 0);
}

/// make_in: the destructor runs when the context goes, here with the statement.
PT_FUNCTION(pt_test_make_in) {
  make_in<Counted>(CurTransactionContext);
  if (Args(fcinfo).boolean(0, "fail")) throw_kind("error");
  PG_RETURN_INT32(alive);
}

/// Runs a query and throws `kind` at row `at` (0: never); returns the number of rows.
PT_FUNCTION(pt_test_query) {
  Args const args(fcinfo);
  Counted guard;
  std::string const kind = args.text(1, "kind");
  std::int64_t const at = args.int8(2, "at");
  std::int64_t rows = 0;
  Spi spi;
  spi.query(args.text(0, "sql"), Params{}, Spi::ReadOnly::no, [&](const Row& row) {
    Counted inner;
    if (output_text(row.value(0), row.type(0)).empty()) throw pt::internal_error("empty value");
    if (++rows == at) throw_kind(kind);
  });
  PG_RETURN_INT64(rows);
}

/// A C++ exception out of a query is caught, and the connection works on; no transaction abort was
/// needed.
PT_FUNCTION(pt_test_query_caught) {
  std::string caught;
  try {
    Spi spi;
    spi.query("SELECT g FROM pg_catalog.generate_series(1, 1000) g", [](const Row& row) {
      if (row.int4(0) == 500) throw pt::data_error("row 500");
    });
  } catch (const pt::Error& e) {
    caught = e.message();
  }
  Spi spi;
  return text_datum(caught + ", then " + spi.value("SELECT 'fine'").value_or("nothing"));
}

/// Parameters of every kind, read back.
PT_FUNCTION(pt_test_params) {
  Spi spi;
  std::string result;
  spi.query(
      "SELECT $1 || $2::pg_catalog.text || $3::pg_catalog.text || $4::pg_catalog.text || "
      "$5::pg_catalog.text, $6",
      Params{}.text("t ").int4(-4).int8(8).float8(0.5).boolean(true).null(INT4OID),
      Spi::ReadOnly::yes,
      [&](const Row& row) { result = row.text(0) + (row.is_null(1) ? " null" : " not null"); });
  return text_datum(result);
}

/// Runs SQL in a subtransaction and returns its SQLSTATE and message, or nothing.
PT_FUNCTION(pt_test_attempt) {
  std::string const sql = Args(fcinfo).text(0, "sql");
  Counted guard;
  Spi outer;
  auto const error = attempt([&sql] {
    Counted inner;
    Spi spi;
    spi.execute(sql);
  });
  std::string const after = outer.value("SELECT ' | still connected'").value_or(" | lost");
  return text_datum(
      (error ? error->sqlstate() + " " + error->message() + " / " + error->detail() : "success") +
      after);
}

/// quote_identifier, quote_literal and arrays there and back.
PT_FUNCTION(pt_test_values) {
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  for (const auto& element : text_array_elements(args.value(0, "array"), "array")) {
    if (!element) {
      out.row({nullptr, nullptr, nullptr});
      continue;
    }
    out.row({*element, quote_identifier(*element), quote_literal(*element)});
  }
  return out.done();
}

PT_FUNCTION(pt_test_arrays) {
  Args const args(fcinfo);
  auto const elements = text_array_elements(args.value(0, "array"), "array");
  return text_array(elements);
}

/// Whether JsonbCounts gives the bytes of a jsonb object of objects of counts; the outer objects
/// are handed over in the opposite order.
PT_FUNCTION(pt_test_counts) {
  Datum const given = Args(fcinfo).value(0, "object");
  Jsonb* const object = guarded([given] { return DatumGetJsonbP(given); });
  pt::protect::NestedCounts counts;
  JsonbIterator* it = guarded([object] { return JsonbIteratorInit(&object->root); });
  JsonbValue value;
  int depth = 0;
  std::string_view name;
  for (;;) {
    JsonbIteratorToken const token =
        guarded([&it, &value] { return JsonbIteratorNext(&it, &value, false); });
    if (token == WJB_DONE) break;
    if (token == WJB_BEGIN_OBJECT && ++depth == 2)
      counts.objects.push_back({name, counts.counts.size(), 0});
    if (token == WJB_END_OBJECT && depth-- == 2) counts.objects.back().end = counts.counts.size();
    if (token == WJB_KEY)
      name = {value.val.string.val, static_cast<std::size_t>(value.val.string.len)};
    if (token == WJB_VALUE) {
      Numeric const number = value.val.numeric;
      counts.counts.push_back({name, static_cast<std::uint64_t>(guarded([number] {
                                 return DatumGetInt64(
                                     DirectFunctionCall1(numeric_int8, NumericGetDatum(number)));
                               }))});
    }
  }
  std::reverse(counts.objects.begin(), counts.objects.end());
  Datum const made = JsonbCounts().datum(counts);
  PG_RETURN_BOOL(VARSIZE(object) == VARSIZE(DatumGetPointer(made)) &&
                 std::memcmp(object, DatumGetPointer(made), VARSIZE(object)) == 0);
}

/// CALL: commits between two inserts (nonatomic) and fails after the second if asked.
PT_FUNCTION(pt_test_commit) {
  Args const args(fcinfo);
  std::string const table = relation_name(args.oid(0, "table"));
  bool const fail = args.boolean(1, "fail");
  Spi spi(fcinfo);
  spi.execute("INSERT INTO " + table + " VALUES (1)");
  spi.commit();
  spi.execute("INSERT INTO " + table + " VALUES (2)");
  if (fail) throw_kind("error");
  PG_RETURN_VOID();
}

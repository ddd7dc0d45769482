// The border between C++ exceptions and PostgreSQL errors. Two functions carry it:
//
//   guarded(f)   calls PostgreSQL from C++: an ERROR (longjmp) inside f becomes a PgError
//   exception. boundary(f)  is called by PostgreSQL: every C++ exception leaving f becomes exactly
//   one ereport, after the catch
//                block has closed, so nothing leaks and SQLSTATE, message, detail and hint are
//                kept.
//
// Rules: a lambda given to guarded() has trivially destructible locals only; after a caught PgError
// either let it travel on to the boundary or run inside an internal subtransaction (locks and pins
// are released only by abort); destructors and callbacks called from C never call anything that can
// ereport. Everything in src/pg that can ereport goes through guarded().
#pragma once

#include <setjmp.h>

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>

#include "pg/compat.hpp"

namespace pt::pg {

/// A PostgreSQL ERROR travelling through C++ frames. The memory context current at the guard owns
/// the data.
struct PgError {
  ErrorData* edata;
};

/// Restores PostgreSQL's two error stacks on every way out of a scope, C++ exceptions included.
struct JumpTarget {
  sigjmp_buf* const jmp = PG_exception_stack;
  ErrorContextCallback* const callbacks = error_context_stack;
  JumpTarget() = default;
  JumpTarget(const JumpTarget&) = delete;
  JumpTarget& operator=(const JumpTarget&) = delete;
  ~JumpTarget() {
    PG_exception_stack = jmp;
    error_context_stack = callbacks;
  }
};

/// Takes the error in flight off PostgreSQL's error stack, copied into `context`. Throws
/// std::bad_alloc when even the copy finds no memory.
ErrorData* take_error(MemoryContext context);

/// Number of PostgreSQL errors this backend has turned into exceptions so far.
std::uint64_t errors_taken() noexcept;

/// Calls f, which may ereport; an ERROR becomes PgError. C++ exceptions thrown by f pass unchanged.
/// About 4 ns.
template <class F>
auto guarded(F&& f) -> std::invoke_result_t<F> {
  using Result = std::invoke_result_t<F>;
  static_assert(std::is_void_v<Result> || std::is_trivially_destructible_v<Result>,
                "a longjmp would skip the destructor of the result");
  MemoryContext const context = CurrentMemoryContext;
  {
    JumpTarget saved;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) == 0) {
      PG_exception_stack = &here;
      return f();
    }
  }
  throw PgError{take_error(context)};
}

/// An exception translated into plain data, ready for ereport when no C++ object is alive any more.
struct Failure {
  int code;
  char message[2048];
  char detail[4096];
  char hint[1024];
  ErrorData* pg;
};

/// Translates the exception in flight; call it inside a catch block. Allocates nothing; texts are
/// cut at character boundaries of the database encoding.
void describe_failure(Failure& failure) noexcept;

/// Raises the failure as a PostgreSQL ERROR; call it outside every catch block.
[[noreturn]] void raise(const Failure& failure);

/// Runs the body of a function that PostgreSQL calls; see above.
template <class F>
auto boundary(F&& body) -> std::invoke_result_t<F> {
  Failure failure;
  try {
    return body();
  } catch (...) {
    describe_failure(failure);
  }
  raise(failure);
}

/// Lets PostgreSQL act on a pending cancel, terminate, barrier and the like; throws PgError (57014
/// for a cancel).
inline void poll_interrupts() {
  if (unlikely(INTERRUPTS_PENDING_CONDITION())) guarded([] { ProcessInterrupts(); });
}

/// Sends a message below ERROR (NOTICE, WARNING, DEBUG1, LOG...) with optional detail and hint.
void report(int level, std::string_view message, std::string_view detail = {},
            std::string_view hint = {});

}  // namespace pt::pg

/// Defines an SQL-callable C++ function: `PT_FUNCTION(pt_thing) { ... PG_RETURN_INT32(1); }`. The
/// body may throw. Its exported symbol is `name`, which must begin with pt_.
#define PT_FUNCTION(name)                                                \
  extern "C" {                                                           \
  PG_FUNCTION_INFO_V1(name);                                             \
  }                                                                      \
  static Datum name##_impl(FunctionCallInfo fcinfo);                     \
  extern "C" Datum name(FunctionCallInfo fcinfo) {                       \
    return ::pt::pg::boundary([fcinfo] { return name##_impl(fcinfo); }); \
  }                                                                      \
  static Datum name##_impl([[maybe_unused]] FunctionCallInfo fcinfo)

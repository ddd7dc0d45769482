#include "pg/boundary.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "core/error.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace pt::pg {

namespace {

/// Copies a text, cut so that no multibyte character is split. Never allocates, never ereports.
template <std::size_t N>
void copy_clipped(char (&target)[N], std::string_view text) noexcept {
  std::size_t length = text.size();
  if (length >= N) {
    // pg_mbcliplen takes int; it looks at no more than the limit and the character that crosses it.
    constexpr int kLimit = static_cast<int>(N) - 1;
    int const visible = static_cast<int>(std::min<std::size_t>(length, N + 16));
    length = static_cast<std::size_t>(pg_mbcliplen(text.data(), visible, kLimit));
  }
  if (length > 0) std::memcpy(target, text.data(), length);  // an empty view may have no data
  target[length] = '\0';
}

int sqlstate_code(std::string_view state) noexcept {
  if (state.size() != 5) return ERRCODE_INTERNAL_ERROR;
  for (char const c : state)
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return ERRCODE_INTERNAL_ERROR;
  return MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
}

void set(Failure& failure, int code, std::string_view message, std::string_view detail = {},
         std::string_view hint = {}) noexcept {
  failure.code = code;
  copy_clipped(failure.message, message);
  copy_clipped(failure.detail, detail);
  copy_clipped(failure.hint, hint);
}

std::uint64_t taken = 0;

}  // namespace

std::uint64_t errors_taken() noexcept { return taken; }

ErrorData* take_error(MemoryContext context) {
  ++taken;
  MemoryContextSwitchTo(context);
  {
    JumpTarget saved;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) == 0) {
      PG_exception_stack = &here;
      ErrorData* const edata = CopyErrorData();
      FlushErrorState();
      return edata;
    }
  }
  MemoryContextSwitchTo(context);
  FlushErrorState();
  throw std::bad_alloc();
}

void describe_failure(Failure& failure) noexcept {
  failure.pg = nullptr;
  try {
    throw;
  } catch (const PgError& e) {
    failure.pg = e.edata;
  } catch (const Error& e) {
    set(failure, sqlstate_code(e.sqlstate()), e.message(), e.detail(), e.hint());
  } catch (const MemoryLimitReached& e) {
    set(failure, ERRCODE_OUT_OF_MEMORY, e.what(), {}, e.hint());
  } catch (const std::bad_alloc&) {
    set(failure, ERRCODE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::invalid_argument& e) {
    set(failure, ERRCODE_INVALID_PARAMETER_VALUE, e.what());
  } catch (const std::length_error& e) {
    set(failure, ERRCODE_PROGRAM_LIMIT_EXCEEDED, e.what());
  } catch (const std::exception& e) {
    set(failure, ERRCODE_INTERNAL_ERROR, e.what());
  } catch (...) {
    set(failure, ERRCODE_INTERNAL_ERROR, "unknown C++ exception");
  }
}

void raise(const Failure& failure) {
  if (failure.pg != nullptr) ReThrowError(failure.pg);
  ereport(ERROR, (errcode(failure.code), errmsg_internal("%s", failure.message),
                  failure.detail[0] != '\0' ? errdetail_internal("%s", failure.detail) : 0,
                  failure.hint[0] != '\0' ? errhint("%s", failure.hint) : 0));
  pg_unreachable();
}

void report(int level, std::string_view message, std::string_view detail, std::string_view hint) {
  // std::string for the final NUL; both live outside the guard.
  std::string const texts[] = {std::string(message), std::string(detail), std::string(hint)};
  guarded([&texts, level] {
    ereport(level, (errmsg_internal("%s", texts[0].c_str()),
                    texts[1].empty() ? 0 : errdetail_internal("%s", texts[1].c_str()),
                    texts[2].empty() ? 0 : errhint("%s", texts[2].c_str())));
  });
}

}  // namespace pt::pg

#include "pg/refusal.hpp"

#include <string_view>

namespace pt::pg {
namespace {

constexpr const char* kRead =
    "Grant SELECT on every column that is used; behind a view it is the owner of "
    "the view who needs it.";

/// PostgreSQL's function that raised it: the message may be in any language.
const char* hint_for(std::string_view raised_by, Recorded recorded) {
  if (raised_by == "check_enable_rls")
    return recorded == Recorded::yes
               ? "Run it as a role that sees every row, or with allow_row_security => true, which "
                 "is recorded with the run."
               : "Run it as a role that sees every row, or with allow_row_security => true.";
  return raised_by == "aclcheck_error" || raised_by == "aclcheck_error_col" ? kRead : nullptr;
}

}  // namespace

void explain_refusal(const PgError& error, Recorded recorded) {
  ErrorData* const e = error.edata;
  if (e->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE || e->hint != nullptr ||
      e->funcname == nullptr)
    return;
  const char* const hint = hint_for(e->funcname, recorded);
  if (hint == nullptr) return;
  guarded([e, hint] { e->hint = MemoryContextStrdup(e->assoc_context, hint); });
}

}  // namespace pt::pg

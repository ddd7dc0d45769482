// What PostgreSQL says when it refuses to let something be read, with a hint how to mend it.
#pragma once

#include <utility>

#include "pg/boundary.hpp"

namespace pt::pg {

/// Whether allow_row_security is recorded: with a run, but not by what measures or writes a table.
enum class Recorded : bool { no, yes };

/// Adds our hint to PostgreSQL's own refusals (42501), which no check beforehand can find, because
/// they may come from behind a view: rows that would be hidden by row security, and a right to read
/// that is missing. Errors of other kinds, and those with a hint, stay as they are.
void explain_refusal(const PgError& error, Recorded recorded);

/// What `read` returns; its refusals are explained.
template <class Read>
decltype(auto) explaining_refusals(Recorded recorded, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const PgError& error) {
    explain_refusal(error, recorded);
    throw;
  }
}

}  // namespace pt::pg

// Whether plain tables still hold what a run has read, told from their pages without decoding a
// row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/host.hpp"
#include "pg/describe.hpp"

namespace pt::pg {

/// The oldest transaction that may still change what the active snapshot does not see, as a 64-bit
/// number; to be asked before the first row is read.
std::uint64_t oldest_unfinished_transaction();

/// Where the relations of a source stand after they have been read under a snapshot that is still
/// held; `oldest` as it was before. Empty when this can't be told: a relation that is no permanent
/// heap table of its own, or has row security. The text means nothing outside its server.
///
/// It names the file, its pages and columns, the position of the write-ahead log and `oldest`. What
/// is visible of a page changes only by a log record behind that position or by a transaction that
/// was not finished then, whose number stands in the tuple: so a table is the same when file,
/// columns and number of pages are, no page was written behind that position and no tuple was made,
/// replaced or deleted by a transaction from `oldest` on.
std::string source_state(std::span<const Relation* const> relations, std::uint64_t oldest);

/// Whether every relation is provably as it was when source_state() answered `state`. False means
/// only that it has to be read again. Takes locks that are held to the end of the transaction;
/// looks at the header of every page and tuple, polls. False, too, without the right to read all
/// columns.
bool same_state(Host& host, std::span<const Relation* const> relations, const std::string& state);

}  // namespace pt::pg

// A run: what pt_create_personas and pt_build compute, what they keep of it in the catalog and what
// they return.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/protect/counts.hpp"
#include "core/protect/protect.hpp"
#include "pg/crypto.hpp"
#include "pg/encode.hpp"
#include "pg/options.hpp"
#include "pg/refresh_state.hpp"
#include "pg/register_cells.hpp"

namespace pt::pg {

/// The words for a level of risk (doc/privacy-model.md): SAFE_FOR_PUBLIC_RELEASE,
/// SAFE_FOR_RESEARCH, INTERNAL_USE_ONLY, UNSAFE; both bounds must hold: average .01, .05, .15 and
/// individual .10, .25, .50. NO_DATA when nothing is released.
std::string status_word(double average, double maximum, std::uint64_t released);
/// ACCEPTABLE (below .10), REVIEW_REQUIRED (to .25), HIGH (to .50), MUST_INCREASE_PROTECTION.
std::string individual_word(double risk);

/// The 16 bytes that stand for a person or persona in the tables of a run.
std::array<std::uint8_t, 16> key_bytes(const model::Hash128& hash);

/// A described, encoded source with its complete options.
struct Prepared {
  CreateArguments arguments;
  Description description;
  std::optional<Encoded> encoded;
  RunOptions run;
  protect::CountTables counts;  ///< tables of people, once protected and if the target was met
  std::shared_ptr<RegisterCells> register_cells;  ///< of the population named; also in the options
  [[nodiscard]] const model::Population& population() const { return encoded->population; }
};

/// Rights, locks (ACCESS SHARE until the end of the transaction), roles of columns. Raises 42501
/// unless the caller owns the source, 42P01 and 42809 when there is nothing to read. Records
/// detected roles as labels unless dry_run. Reports roles and leftovers.
enum class Report : bool { quiet, notices };
Prepared describe_source(const CreateArguments& arguments, Report report = Report::notices);
/// Reads and encodes the described source and completes the options; reports repairs.
void encode_source(Host& host, const Secret& secret, Prepared& prepared);
/// Options, then both of the above.
Prepared prepare_source(Host& host, const Secret& secret, const CreateArguments& arguments);
/// A mean of fractions that equals its bound may come out a rounding error above it, and the ladder
/// takes it as held: then the bound itself, so that whoever compares the two agrees.
double settled(double value, double bound);
/// Ranges that reach beyond the age from which on ages are pooled lose their upper end.
void open_top_ages(protect::Protected& result, std::int32_t top);
/// Runs the ladder; an empty source gives an empty result. The population's events are gone
/// afterwards.
protect::Protected protect_source(Host& host, const Secret& secret, Prepared& prepared);

/// A finished run before it is stored.
struct Finished {
  const Prepared& prepared;
  const protect::Protected& result;
  std::optional<std::int64_t> run_id;  ///< unset: dry run
};

/// All fields of pt_risk_metrics as JSON, named as there.
std::string metrics_json(const Finished& run);

/// Where the rows of pt_persona go.
struct ReturnTo {
  const Secret& secret;
  ResultSet& out;
};

/// Takes a number, creates the tables run_<id>_persona, _combo and _member and the rows of
/// personatwin.run and personatwin.decision, as the owner of the catalog; returns the personas on
/// the way, if told where. `continuation`: of a refresh, whose contents are keyed already. Answers
/// the number.
std::int64_t store_run(Host& host, const Prepared& prepared, const protect::Protected& result,
                       const ReturnTo* to, const Continuation* continuation = nullptr);

/// One row of pt_persona for each persona, by persona key.
void return_personas(Host& host, const Finished& run, const ReturnTo& to);

/// WARNING when nothing was found or the target was missed, saying what was reached and what would
/// help.
void warn_about(const Finished& run);

}  // namespace pt::pg

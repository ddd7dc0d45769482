// Gathering what a privacy report says (core/report/model.hpp). Texts are handed over in UTF-8.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/report/model.hpp"
#include "pg/in_service.hpp"
#include "pg/release_run.hpp"

namespace pt::pg {

/// What the catalog knows of the run, and of the release if there is one: figures, ladder, sizes,
/// groups, rules, checksums. The caller has checked that the source is the current user's.
void gather_run(const StoredRun& run, const std::optional<InService>& release,
                report::Report& report);

/// What is measured now, by the functions that an owner would call himself: disparities and attacks
/// on the release (attempts 0: no attacks), columns and their roles, the calls that make the run
/// again. Everything runs as the current user. What can't be measured because of the state of
/// source or release (55000, 0A000) becomes a remark; other errors pass.
void gather_measures(const StoredRun& run, const std::optional<InService>& release,
                     std::int64_t attempts, report::Report& report);

/// The verdict on utility that is stored with the release (pt_validate_release), if there is one,
/// and its research questions, asked as the current user (pt_research_questions). Errors as above.
void gather_utility(const StoredRun& run, const InService& release, report::Report& report);

/// Runs f in a subtransaction; an error that tells of the state of source or release (55000, 0A000)
/// becomes the remark "<what> could not be measured: ...", any other passes.
void unless_impossible(report::Report& report, const std::string& what,
                       const std::function<void()>& f);

/// A text of the database as UTF-8; of a database without an encoding as it is.
[[nodiscard]] std::string report_text(std::string text);

}  // namespace pt::pg

// The rules that a publication must keep, and the source it must still match.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "pg/crypto.hpp"
#include "pg/release_run.hpp"

namespace pt::pg {

/// A rule with what it requires and what was found, as texts for people.
struct Rule {
  std::string name;
  std::string required;
  std::string found;
  bool passed = false;
  std::string remedy;  ///< what would make it pass
};

/// Checks a run against the rules of a profile (a row of personatwin.profile), without one against
/// its own target, individual limit and minimum size. 42704 for an unknown profile, 0A000 for a
/// rule that this version does not know. As owner of the catalog.
[[nodiscard]] std::vector<Rule> check_rules(const StoredRun& run,
                                            const std::optional<std::string>& profile);

/// 55000 unless the run met its target and every rule passed; the detail lists what is required and
/// what was found.
void require_publishable(const StoredRun& run, const std::vector<Rule>& rules,
                         const std::optional<std::string>& profile);

/// The fingerprint that a run on this source would have now. Reads the source as the current user.
[[nodiscard]] std::string present_fingerprint(Host& host, const Secret& secret,
                                              const StoredRun& run);

/// 55000 unless the source is what the run has read. Reads the source as the current user.
void require_unchanged(Host& host, const Secret& secret, const StoredRun& run);

/// The rules as a JSON array of objects: rule, required, found, passed.
[[nodiscard]] std::string to_json(const std::vector<Rule>& rules);

}  // namespace pt::pg

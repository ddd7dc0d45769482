// Members of published personas, by keyed hash: kept, and laid over those of another version.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/model/prf.hpp"
#include "core/release/differencing.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// A persona of a version to be that was never published.
struct FreshPersona {
  struct Member {
    model::Hash128 key;
    std::uint64_t content;
  };
  std::vector<Member> members;
};

/// The personas of a version to be: units of published ones, or 0 and the members of new ones.
struct LaidOver {
  std::vector<std::int64_t> units;
  std::vector<FreshPersona> fresh;  ///< by persona, or empty
};

/// How the people of two sets of personas overlap, and whether they are the same people.
struct Comparison {
  std::vector<release::Overlap> overlaps;  ///< by earlier persona, later persona, changed
  std::uint64_t common = 0;                ///< people that both have
  std::uint64_t same_content = 0;          ///< of these: the same events, as shown or in the source
};

/// Lays a version to be over a published one (`earlier`: its units, ascending). Personas that both
/// have are left out. `comparable`: both show the same columns, so that what is shown of a person
/// can be compared, and not the events of the source alone. As owner of the catalog. 36 bytes for
/// each person of the earlier personas that are compared; O(people).
[[nodiscard]] Comparison lay_over(Host& host, std::span<const std::int64_t> earlier,
                                  const LaidOver& later, bool comparable);

/// Keeps the members of the personas of a run under new units, but for those whose unit is `known`
/// (by persona; 0 or too short: not known), and returns the units by persona. `table` is the run's
/// table of members. As owner of the catalog. 24 bytes a person.
[[nodiscard]] std::vector<std::int64_t> keep_members(Host& host, const std::string& table,
                                                     bool with_contents,
                                                     std::span<const std::int64_t> known);

/// int8[] from and to C++. In the current memory context.
[[nodiscard]] std::vector<std::int64_t> int8_elements(Datum array);
[[nodiscard]] Datum int8_array(std::span<const std::int64_t> values);

}  // namespace pt::pg

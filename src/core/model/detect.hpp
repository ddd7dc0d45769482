// Detection: the roles of a relation's columns from their names, types and statistics. It prefers
// to leave a column out: what isn't recognised has no role and is never released, and free text is
// never released on detection alone.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/detect_profile.hpp"
#include "core/model/domain.hpp"
#include "core/model/role.hpp"

namespace pt::model {

/// What the rows of a relation stand for.
enum class Content : std::uint8_t {
  any,     ///< unknown: events (perhaps with the person's attributes), or people
  events,  ///< events; the people have a relation of their own
  people   ///< people, one row or more each, without events
};

/// The role found for one column.
struct Verdict {
  ColumnRole role;
  double confidence = 0;  ///< 0..1; of the decision, also where no role is given
  std::string why;        ///< one sentence, no values of the data in it
};

struct DetectOptions {
  Content content = Content::any;
  const Domain* domain = nullptr;  ///< nullptr: none
  /// Roles set by hand, one a column; none = to be found. Empty: all to be found.
  std::vector<ColumnRole> fixed;
  /// Kinds of quasi-identifiers the people's relation has already; repeats are left out.
  std::vector<Kind> provided;
};

/// The column that tells people apart, or nothing. `fixed` as in DetectOptions. Needs no
/// constancy and no pairs in the profile, so a small sample serves.
[[nodiscard]] std::optional<std::size_t> find_person(const RelationProfile& relation,
                                                     Content content,
                                                     std::span<const ColumnRole> fixed);

/// Whether the data speak against relation.person: gender, ethnicity or birth differ between the
/// rows of most "people" (the key of a clerk, a household or a case is not that of the person).
[[nodiscard]] bool person_is_contradicted(const RelationProfile& relation);

/// Columns whose mutual dependence detection wants to know (RelationProfile::determines).
[[nodiscard]] std::vector<std::size_t> columns_to_watch(
    std::span<const std::pair<std::string, TypeClass>> columns);

/// Roles of all columns of the relation, one verdict a column. `relation.person` is taken as the
/// person. O(columns^2 x vocabulary).
[[nodiscard]] std::vector<Verdict> detect(const RelationProfile& relation,
                                          const DetectOptions& options);

/// The domain whose event types occur in a column of the relation; nullptr when there is none.
[[nodiscard]] const Domain* recognise_domain(std::span<const Domain> domains,
                                             const RelationProfile& relation);

/// The kind of a column whose role was given without one, from its name and type alone.
[[nodiscard]] Kind natural_kind(Role role, const std::string& name, TypeClass type);

/// Positions of geography columns from the smallest area to the largest, by their names.
[[nodiscard]] std::vector<std::size_t> order_areas(std::span<const std::string> names);

}  // namespace pt::model

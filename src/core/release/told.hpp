// What the counts of people of a first version tell beside the events of later ones
// (doc/release.md, Over time).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/population.hpp"
#include "core/protect/options.hpp"
#include "core/protect/released.hpp"
#include "core/release/refresh.hpp"
#include "core/release/vocabulary.hpp"

namespace pt::release {

/// How many people the events of each of some personas, or of those who left them, speak of.
struct Evidence {
  std::uint64_t people = 0;
  std::vector<std::uint32_t> events;  ///< by figure; last, those that surely mean reoffence
};

/// Numbers figures, and says which of them an event speaks of.
class Figures {
 public:
  /// `told`: of all counts; `vocabulary` numbers the combinations of events.
  Figures(const std::vector<Told>& told, const model::Population& population,
          const protect::Released& released, const protect::Options& options,
          const Vocabulary& vocabulary);

  [[nodiscard]] std::size_t size() const { return figures_.size(); }
  [[nodiscard]] std::uint32_t number(const Figure& figure) const;
  [[nodiscard]] Evidence nothing() const { return {0, std::vector<std::uint32_t>(size() + 1)}; }
  /// Adds events of a combination.
  void add(Evidence& evidence, std::uint64_t combo, std::uint32_t weight) const;
  /// Adds what a persona tells of a figure; `least`: the smallest number that may be told.
  void add(protect::EventBounds& bounds, std::uint32_t figure, const Evidence& evidence,
           std::uint64_t least) const;

 private:
  std::vector<Figure> figures_;                       // ascending
  std::vector<std::optional<std::uint32_t>> any_of_;  // by figure: the one of any event of its type
  std::vector<std::vector<std::uint32_t>> of_combo_;  // figures.size(): surely means reoffence
};

/// A redeal as a count sees it: what the personas told that went, and what those tell that came,
/// those who left taken as one more.
struct Retold {
  protect::EventBounds before = {}, after = {};
};

/// The count with the bounds that a reader of both versions has. Readers know the number of people
/// with such an event among those who went and among those who came and left to be the same, so the
/// narrower of both bounds holds. Exact bounds would follow who may have been where; these are at
/// least as narrow.
[[nodiscard]] Told retell(Told told, const Retold& change);

/// Whether no set of personas, of any version, that the events alone do not tell of fewer than
/// `least` people of is told of by the count: EventBounds::keeps.
[[nodiscard]] bool keeps(const Told& told, std::uint64_t least);

}  // namespace pt::release

// What each released person counts as in the published tables of people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/protect/protect.hpp"
#include "core/protect/released.hpp"

namespace pt::protect {

/// A question that divides people: each is in one category, 0 = in none. The facets of everybody
/// are: kReoffence (1: has an event that means reoffence), kLife (1: has the event that the life
/// table waits for; 2: seen, but without it), and from kFirstType on one for each event type (by
/// the outcome of the first event of that type; 1 where outcomes are not told apart).
struct Facet {
  std::string type;                   ///< event type, as released
  std::vector<std::string> outcomes;  ///< categories 1..; empty: there is category 1 alone
  std::uint32_t categories = 1;
};
/// The released column that is such a part of events, as an index into Released::columns().
std::optional<std::size_t> released_column(const model::Population& population,
                                           const Released& released, model::EventPart part);
/// Categories of the first outcome that are no outcome: those of few people, and none. Outcomes of
/// the source that have these names belong to them.
inline constexpr const char* kOtherOutcomes = "other outcomes";
inline constexpr const char* kOutcomeNotKnown = "not known";
/// Whether an event means reoffence, as far as readers see.
enum class Means : std::uint8_t { never, perhaps, always };
/// By released combination; `reoffence`: by combination of the population.
std::vector<Means> released_meanings(const model::Population& population, const Released& released,
                                     const std::vector<bool>& reoffence);

inline constexpr std::uint32_t kReoffence = 0, kLife = 1, kFirstType = 2;

/// Time from a person's first event on, in units of `unit` released periods.
struct LifeGrid {
  bool exists = false;     ///< times are released, and somebody has one
  bool reoffence = false;  ///< until the first later event that means reoffence; else any later one
  std::uint32_t unit = 1;  ///< released periods
  std::uint32_t units = 0;  ///< of the grid; what takes longer is in the last one
};

/// Reads people one by one. O(events) to construct.
class PersonFacts {
 public:
  PersonFacts(Host& host, const model::Population& population, const Options& options,
              const Protected& result);

  const std::vector<Facet>& facets() const { return facets_; }
  const LifeGrid& life() const { return life_; }
  /// Whether the vocabulary has a word for reoffence.
  bool reoffence() const { return has_reoffence_; }
  /// Gives up the rarest event types until there are this many facets.
  void keep(std::size_t facets) { facets_.resize(facets); }

  struct Person {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> in;  ///< facets and categories above 0
    std::uint32_t unit = 0;  ///< of the grid in which the event happens or the view ends
  };
  /// Facts of a released person; valid until the next call.
  const Person& of(std::uint32_t person);

  /// Facet and category of a released combination as it stands in a pooled event; nothing: none.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> of_combo(std::uint32_t released) const;
  /// Whether an event of a released combination may be the one that the life table waits for.
  bool may_end_life(std::uint32_t released) const {
    return !life_.reoffence || reoffence_released_[released] != Means::never;
  }
  /// Whether an event of a released combination means reoffence, as far as readers see.
  Means means_reoffence(std::uint32_t released) const { return reoffence_released_[released]; }

 private:
  struct First {
    std::uint32_t type, combo;
    std::uint64_t key;  // day, unknown ones last; then the outcome by its text, unknown last
  };
  struct Life {
    bool seen = false, event = false;
    std::int64_t periods = 0;
  };
  void read_vocabulary();
  void count_people(Host& host, const Protected& result);
  void make_facets(const std::vector<std::vector<std::uint64_t>>& people);
  void pool_outcomes(Facet& facet, std::uint32_t type, const std::vector<std::uint64_t>& people);
  void find_firsts(std::uint32_t person);
  Life life_of(std::uint32_t person) const;

  const model::Population& population_;
  const Options& options_;
  Released released_;
  model::Period period_;
  std::vector<Facet> facets_;
  LifeGrid life_;
  bool has_reoffence_ = false;
  std::vector<bool> reoffence_;            // by combination of the population
  std::vector<Means> reoffence_released_;  // by released combination
  std::vector<std::string> types_;
  std::vector<std::string> outcomes_;                    // ascending
  std::vector<std::optional<std::uint32_t>> type_of_;    // by released combination
  std::vector<std::uint32_t> outcome_of_;                // likewise; outcomes_.size(): not known
  std::vector<std::uint32_t> facet_of_;                  // by type; 0: none
  std::vector<std::vector<std::uint32_t>> category_of_;  // by type and outcome
  std::vector<std::int64_t> ordinal_;                    // by day index: number of its period
  std::int64_t last_ordinal_ = 0;
  std::vector<First> firsts_;
  Person person_;
};

}  // namespace pt::protect

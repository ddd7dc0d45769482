// The next version of a release: what is published keeps its people, what is new comes in whole
// personas (sticky membership; doc/release.md, Over time).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/protect/options.hpp"
#include "core/protect/protect.hpp"
#include "core/protect/tally.hpp"

namespace pt::release {

/// A persona of the version in service, as it is published.
struct KnownPersona {
  model::Hash128 key;
  std::uint32_t class_no = 0;
  std::int64_t unit = 0;                  ///< its fingerprint
  std::vector<protect::EventRow> events;  ///< combo: index into Known::combos
};

/// A person in a persona of the version in service.
struct KnownMember {
  model::Hash128 key;
  std::uint32_t persona = 0;
  std::uint64_t content = 0;  ///< keyed release::Contents, as published
  float risk = 0;
};

/// What a count of people counts: those with an event of a type, those whose first one ended so,
/// those with an event that means reoffence, or with one that a life table waits for.
struct Figure {
  enum class Kind : std::uint8_t { any, first_outcome, reoffence, life_reoffence, life_next };
  Kind kind = Kind::any;
  std::string type = {}, outcome = {};  ///< of any and first_outcome; the outcome of the latter
  friend auto operator<=>(const Figure&, const Figure&) = default;
};

/// A count of people of the first version, and what the events of all versions say about it.
struct Told {
  Figure figure = {};
  std::vector<std::uint32_t> classes = {};  ///< in which these people may be, ascending
  std::uint64_t n = 0;
  protect::EventBounds bounds = {};
  bool narrowed = false;  ///< the bounds may be narrower than what follows
};

/// A persona that was published and is out of service with all its people.
struct Withdrawn {
  model::Hash128 key;
  std::uint32_t class_no = 0;
  bool suspended = false;  ///< only because the target did not hold with it: may return as it was
  std::vector<model::Hash128> members;     ///< those who left included
  std::vector<std::uint32_t> events = {};  ///< Evidence::events, as last published
};

/// The version in service. Class numbers are indexes into `classes`.
struct Known {
  std::vector<std::vector<std::optional<std::string>>> combos;
  std::vector<protect::ClassRow> classes;
  std::vector<KnownPersona> personas;
  std::vector<KnownMember> members;  ///< ascending by key
  std::vector<Withdrawn> withdrawn;
  std::vector<Told> told;  ///< empty: no counts beside the events
  bool first = false;      ///< a first version: the bounds of `told` are not known yet
};

/// Why somebody is in no persona.
enum class Absence : std::uint8_t { none, waiting, no_class, withdrawn, expunged, suspended };
/// In words, for the owner.
const char* why(Absence absence);

/// People and personas of a refresh; people unless it says otherwise.
struct RefreshCounts {
  std::uint64_t kept = 0;                ///< personas published as they were
  std::uint64_t entered = 0;             ///< newcomers published now
  std::uint64_t opened = 0;              ///< of them, those in classes that are new
  std::uint64_t waiting = 0;             ///< newcomers who do not fill a persona yet
  std::uint64_t without_class = 0;       ///< newcomers who fit no class and do not fill a new one
  std::uint64_t changed = 0;             ///< people whose new events are published now
  std::uint64_t changes_waiting = 0;     ///< people whose new events wait
  std::uint64_t left = 0;                ///< people of personas in service who are gone or expunged
  std::uint64_t personas_withdrawn = 0;  ///< personas, because of them
  std::uint64_t withdrawn = 0;           ///< people out of service because somebody left
  std::uint64_t redealt = 0;             ///< people back in service in new personas
  std::uint64_t suspended = 0;           ///< people out of service because the target did not hold
  std::uint64_t returned = 0;            ///< suspended people back in service
};

/// One persona of a version to be: a unit that was published, or people with their contents.
struct Placement {
  std::int64_t unit = 0;
  std::vector<std::pair<model::Hash128, std::uint64_t>> members;
};

/// Lays a version to be over everything that was published: nothing when every difference holds
/// nobody or enough people, else the placements that take part in one that does not.
using DifferenceCheck =
    std::function<std::optional<std::vector<std::uint32_t>>(std::span<const Placement>)>;

struct RefreshInput {
  const Known& known;
  protect::Setting setting;                  ///< what is released of events, as before
  std::span<const model::Hash128> expunged;  ///< ascending
  const model::Prf& content_key;             ///< keys contents, and the ids of new personas
  std::string salt;                          ///< differs from refresh to refresh
  DifferenceCheck check;
  bool at_any_cost = false;  ///< take out of service as many as the target needs
};

struct Refreshed {
  explicit Refreshed(std::pmr::memory_resource* memory) : result(memory) {}
  protect::Protected result;        ///< contents are keyed
  std::vector<std::int64_t> units;  ///< of each persona of the result; 0: new
  /// Of each class of the result, then of each dead class: its number in Known, if it has one.
  std::vector<std::optional<std::uint32_t>> origin;
  std::vector<protect::ClassRow> dead_classes;  ///< without personas, but with withdrawn ones;
                                                ///< numbered after those of the result
  std::vector<Withdrawn> withdrawn;
  std::vector<Told> told;        ///< classes as in `withdrawn`
  std::vector<Absence> absence;  ///< of each person of the population
  RefreshCounts counts;
  bool changed = false;  ///< the version differs from the one in service; if not, counts and
                         ///< absences alone are valid
};

/// Makes the next version of `known` from the present population.
///
/// Membership of a persona never changes. Its events are replaced by the present ones when at least
/// `min_size` of its members have other ones, else they stay. A persona that a member has left is
/// withdrawn. Its other members return when withdrawn personas of their class, or of several
/// classes of their cell, have lost at least `min_size` people together, dealt anew, unless that
/// would tell of a few people beside the counts of the first version. Newcomers who
/// fit a class enter when they fill personas of that class by themselves. Class figures stay those
/// of the founding members. Newcomers whom no class fits found classes of their own, all at once,
/// when they fill personas of these. Additions that the check refuses wait. If the target does not
/// hold, new classes wait, then newcomers, those above the target and with the highest mean risk
/// first; then whole classes are suspended, likewise: decisions of the result, whose utility is not
/// defined (no setting is tried). 55000 when nobody would be left, or more than a quarter of the
/// people would have to go to hold the target. Deterministic. O(events) to compare contents and
/// measure everybody.
Refreshed refresh(Host& host, const model::Population& population, const protect::Options& options,
                  const RefreshInput& input);

}  // namespace pt::release

#include "core/attack/disclosure.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace pt::attack {
namespace {

using risk::PersonaEvents;

constexpr std::uint64_t kTriesPerAttempt = 50;

/// Something published of a persona: an attribute (by its number) or an item.
struct Thing {
  bool is_attribute;
  std::uint64_t number;
};

/// What a predicate asks for.
struct Predicate {
  std::vector<std::size_t> attributes;
  std::vector<std::uint64_t> items;  // ascending
};

/// `count` different things of a persona; nothing if it has fewer.
std::optional<Predicate> choose(const Release& release, std::uint32_t persona, std::uint64_t count,
                                Random& random) {
  const auto items = release.items_of(persona);
  const std::uint64_t all = release.width + items.size();
  if (all < count) return std::nullopt;
  std::vector<std::uint64_t> chosen;
  while (chosen.size() < count) {
    const std::uint64_t thing = random.below(all);
    if (std::find(chosen.begin(), chosen.end(), thing) == chosen.end()) chosen.push_back(thing);
  }
  std::sort(chosen.begin(), chosen.end());
  Predicate out;
  for (const std::uint64_t thing : chosen) {
    if (thing < release.width)
      out.attributes.push_back(thing);
    else
      out.items.push_back(items[thing - release.width].code);
  }
  return out;
}

/// Whether no persona but this one fits the predicate.
bool is_unique(const Release& release, const Identification& who, std::uint32_t persona,
               const Predicate& predicate, std::vector<std::uint32_t>& found) {
  who.candidates(predicate.items, Identification::kAnyCell, found);
  return std::none_of(found.begin(), found.end(), [&](std::uint32_t p) {
    return p != persona && std::all_of(predicate.attributes.begin(), predicate.attributes.end(),
                                       [&](std::size_t a) {
                                         return release.attributes[p * release.width + a] ==
                                                release.attributes[persona * release.width + a];
                                       });
  });
}

bool happened(const Release& release, std::uint32_t person, std::span<const std::uint64_t> items) {
  const auto history = release.histories.of(person);
  return std::includes(history.begin(), history.end(), items.begin(), items.end());
}

/// Votes for the values of a secret, by code.
class Votes {
 public:
  explicit Votes(const Secret& secret) : secret_(secret) {}
  void add(std::uint64_t item, std::int64_t weight) { votes_[secret_.value[item]] += weight; }
  [[nodiscard]] std::optional<std::uint32_t> winner() const {
    std::optional<std::uint32_t> best;
    std::int64_t most = 0;
    for (const auto& [value, weight] : votes_) {
      if (weight <= most) continue;
      most = weight;
      best = value;
    }
    return best;
  }

 private:
  const Secret& secret_;
  std::map<std::uint32_t, std::int64_t> votes_;
};

/// Guesses the secret of an event.
class Guesser {
 public:
  Guesser(const Release& release, const Identification& who, const Secret& secret,
          bool knows_period)
      : release_(release), who_(who), secret_(secret), knows_period_(knows_period) {}

  /// `without`: the person whose events are taken out first.
  std::optional<std::uint32_t> guess(std::uint32_t cell, std::uint64_t item,
                                     std::optional<std::uint32_t> without) const {
    for (const auto& [like, where] :
         {std::pair{&release_.moment, cell}, std::pair{&release_.type, cell},
          std::pair{&release_.type, Identification::kAnyCell}}) {
      if (like == &release_.moment && !knows_period_) continue;
      Votes votes(secret_);
      for (const std::uint32_t p : who_.personas_of_cell(where))
        for (const PersonaEvents& e : release_.items_of(p))
          if ((*like)[e.code] == (*like)[item]) votes.add(e.code, e.count);
      if (without)
        for (const std::uint64_t own : release_.histories.of(*without))
          if ((*like)[own] == (*like)[item]) votes.add(own, -1);
      if (const auto value = votes.winner()) return value;
    }
    return std::nullopt;
  }

 private:
  const Release& release_;
  const Identification& who_;
  const Secret& secret_;
  bool knows_period_;
};

}  // namespace

Tried single_out(Host& host, const Release& release, const Identification& who,
                 std::uint32_t things, std::uint64_t attempts, Random& random) {
  Tried out;
  if (release.people() == 0) return out;
  std::vector<std::uint32_t> found;
  for (std::uint64_t tries = 0; out.attempts < attempts && tries < attempts * kTriesPerAttempt;
       ++tries) {
    host.progress("singling out", out.attempts, attempts);
    const std::uint32_t persona = release.persona_of[random.below(release.people())];
    const auto predicate =
        choose(release, persona, things == 1 ? 1 : 2 + random.below(things - 1), random);
    if (!predicate || !is_unique(release, who, persona, *predicate, found)) continue;
    ++out.attempts;
    std::uint64_t fitting = 0, last = 0;
    for (const std::uint32_t i : who.members(persona)) {
      if (!happened(release, i, predicate->items)) continue;
      ++fitting;
      last = i;
    }
    const std::uint64_t named = random.below(release.size[persona]);
    if (fitting != 1) continue;
    ++out.persona_hits;
    out.successes += named == who.rank(last);
  }
  return out;
}

Tried link(Host& host, const Release& release, const Identification& who, std::uint64_t attempts,
           Random& random) {
  Tried out;
  if (release.people() == 0) return out;
  std::vector<std::uint32_t> found;
  const auto by_events = [&](std::size_t person) {
    who.candidates(release.histories.of(person), Identification::kAnyCell, found);
    return who.draw(found.empty() ? who.personas_of_cell(Identification::kAnyCell) : found, random);
  };
  for (; out.attempts < attempts; ++out.attempts) {
    host.progress("linking", out.attempts, attempts);
    const std::size_t person = random.below(release.people());
    const std::uint32_t own = release.persona_of[person];
    const std::uint32_t first = who.draw(who.personas_of_cell(release.cell[own]), random);
    const std::uint64_t member = random.below(release.size[first]);
    const bool right = first == own && member == who.rank(person);
    const bool together = by_events(person) == first;
    out.persona_hits += together && first == own;
    out.successes += together && right;
    if (release.people() < 2) continue;
    std::size_t other = random.below(release.people() - 1);
    other += other >= person;
    ++out.control_attempts;
    out.control_successes += by_events(other) == first && right;
  }
  return out;
}

Tried infer(Host& host, const Release& release, const Identification& who, const Secret& secret,
            bool knows_period, std::uint64_t attempts, Random& random) {
  Tried out;
  std::vector<std::uint32_t> targets;
  for (std::uint32_t i = 0; i < release.people(); ++i)
    if (!release.histories.of(i).empty()) targets.push_back(i);
  if (targets.empty()) return out;
  const Guesser guesser(release, who, secret, knows_period);
  for (; out.attempts < attempts; ++out.attempts) {
    host.progress("inferring", out.attempts, attempts);
    const std::uint32_t person = targets[random.below(targets.size())];
    const auto history = release.histories.of(person);
    const std::uint64_t item = history[random.below(history.size())];
    const std::uint32_t cell = release.cell[release.persona_of[person]];
    const auto is_right = [&](std::optional<std::uint32_t> value) {
      return value && *value == secret.value[item];
    };
    out.successes += is_right(guesser.guess(cell, item, std::nullopt));
    ++out.control_attempts;
    out.control_successes += is_right(guesser.guess(cell, item, person));
  }
  return out;
}

}  // namespace pt::attack

#include "core/attack/disclosure.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>

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

/// How many events have each value of a secret, by code.
using Tally = std::map<std::uint32_t, std::int64_t>;

/// What a guess can rest on, from the closest to the widest: events of the type in the period among
/// the people of the cell, events of the type among them, events of the type anywhere.
enum Ground : std::size_t { kMoment, kType, kTypeAnywhere, kGrounds };

/// Guesses the secret of an event by the most frequent value (ties: the first) among events like
/// it. O(items) to make, then O(values + events of the person taken out) a guess.
class Guesser {
 public:
  Guesser(Host& host, const Release& release, const Secret& secret)
      : release_(release), secret_(secret) {
    for (std::uint32_t p = 0; p < release.personas(); ++p) {
      host.poll();
      for (const PersonaEvents& e : release.items_of(p))
        for (std::size_t g = kMoment; g < kGrounds; ++g)
          tallies_[g][key(g, release.cell[p], e.code)][secret.value[e.code]] += e.count;
    }
  }

  /// On this ground or, where nothing is left there, a wider one. `without`: the person whose
  /// events are taken out first.
  std::optional<std::uint32_t> guess(std::size_t ground, std::uint32_t cell, std::uint64_t item,
                                     std::optional<std::uint32_t> without) const {
    for (; ground < kGrounds; ++ground) {
      const auto found = tallies_[ground].find(key(ground, cell, item));
      if (found == tallies_[ground].end()) continue;
      Tally own;
      if (without)
        for (const std::uint64_t e : release_.histories.of(*without))
          if (key(ground, cell, e) == key(ground, cell, item)) ++own[secret_.value[e]];
      std::optional<std::uint32_t> best;
      std::int64_t most = 0;
      for (const auto& [value, all] : found->second) {
        const auto mine = own.find(value);
        const std::int64_t n = all - (mine == own.end() ? 0 : mine->second);
        if (n <= most) continue;
        most = n;
        best = value;
      }
      if (best) return best;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::uint64_t key(std::size_t ground, std::uint32_t cell,
                                  std::uint64_t item) const {
    const std::uint64_t like = ground == kMoment ? release_.moment[item] : release_.type[item];
    return like << 32 | (ground == kTypeAnywhere ? 0 : cell);
  }

  const Release& release_;
  const Secret& secret_;
  std::array<std::unordered_map<std::uint64_t, Tally>, kGrounds> tallies_;
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

Tried infer(Host& host, const Release& release, const Secret& secret, bool knows_period,
            std::uint64_t attempts, Random& random) {
  Tried out;
  std::vector<std::uint32_t> targets;
  for (std::uint32_t i = 0; i < release.people(); ++i)
    if (!release.histories.of(i).empty()) targets.push_back(i);
  if (targets.empty()) return out;
  const Guesser guesser(host, release, secret);
  const std::size_t closest = knows_period ? kMoment : kType;
  std::array<std::uint64_t, kGrounds> without{};
  for (; out.attempts < attempts; ++out.attempts) {
    host.progress("inferring", out.attempts, attempts);
    const std::uint32_t person = targets[random.below(targets.size())];
    const auto history = release.histories.of(person);
    const std::uint64_t item = history[random.below(history.size())];
    const std::uint32_t cell = release.cell[release.persona_of[person]];
    const auto is_right = [&](std::optional<std::uint32_t> value) {
      return value && *value == secret.value[item];
    };
    out.successes += is_right(guesser.guess(closest, cell, item, std::nullopt));
    ++out.control_attempts;
    for (std::size_t g = closest; g < kGrounds; ++g)
      without[g] += is_right(guesser.guess(g, cell, item, person));
  }
  out.control_successes = *std::max_element(without.begin(), without.end());
  return out;
}

}  // namespace pt::attack

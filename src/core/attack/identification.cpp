#include "core/attack/identification.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pt::attack {

using risk::Cover;
using risk::Histories;
using risk::PersonaEvents;

void Release::arrange() {
  std::sort(items.begin(), items.end(), [](const PersonaEvents& a, const PersonaEvents& b) {
    return a.persona != b.persona ? a.persona < b.persona : a.code < b.code;
  });
  std::size_t kept = 0;
  for (const PersonaEvents& e : items) {
    if (kept > 0 && items[kept - 1].persona == e.persona && items[kept - 1].code == e.code)
      items[kept - 1].count += e.count;
    else
      items[kept++] = e;
  }
  items.resize(kept);
  item_first.assign(personas() + 1, 0);
  for (const PersonaEvents& e : items) ++item_first[e.persona + 1];
  std::partial_sum(item_first.begin(), item_first.end(), item_first.begin());
}

Identification::Identification(Host& host, const Release& release)
    : host_(host),
      release_(release),
      first_(host.memory()),
      postings_(host.memory()),
      members_(release.personas()),
      rank_(host.memory()) {
  first_.assign(release.moment.size() + 1, 0);
  for (const PersonaEvents& e : release.items) ++first_[e.code + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  postings_.resize(release.items.size());
  std::pmr::vector<std::size_t> next(first_.begin(), first_.end(), host.memory());
  for (const PersonaEvents& e : release.items) postings_[next[e.code]++] = {e.persona, e.count};
  host.poll();
  for (std::uint32_t p = 0; p < release.personas(); ++p) {
    everywhere_.push_back(p);
    if (release.cell[p] >= personas_.size()) personas_.resize(release.cell[p] + 1);
    personas_[release.cell[p]].push_back(p);
  }
  rank_.resize(release.people());
  for (std::uint32_t i = 0; i < release.people(); ++i) {
    rank_[i] = static_cast<std::uint32_t>(members_[release.persona_of[i]].size());
    members_[release.persona_of[i]].push_back(i);
  }
  host.poll();
}

std::span<const Identification::Posting> Identification::postings(std::uint64_t item) const {
  return {postings_.data() + first_[item], postings_.data() + first_[item + 1]};
}

bool Identification::holds(std::uint32_t persona, std::span<const std::uint64_t> known) const {
  const auto items = release_.items_of(persona);
  for (std::size_t i = 0; i < known.size();) {
    std::size_t end = i;
    while (end < known.size() && known[end] == known[i]) ++end;
    const auto it =
        std::lower_bound(items.begin(), items.end(), known[i],
                         [](const PersonaEvents& e, std::uint64_t code) { return e.code < code; });
    if (it == items.end() || it->code != known[i] || it->count < end - i) return false;
    i = end;
  }
  return true;
}

void Identification::candidates(std::span<const std::uint64_t> known, std::uint32_t cell,
                                std::vector<std::uint32_t>& out) const {
  out.clear();
  const auto& within = personas_of_cell(cell);
  std::size_t rarest = 0;
  for (std::size_t i = 1; i < known.size(); ++i)
    if (postings(known[i]).size() < postings(known[rarest]).size()) rarest = i;
  if (known.empty() || postings(known[rarest]).size() > within.size()) {
    for (const std::uint32_t p : within)
      if (holds(p, known)) out.push_back(p);
    return;
  }
  for (const Posting& posting : postings(known[rarest]))
    if ((cell == kAnyCell || release_.cell[posting.persona] == cell) &&
        holds(posting.persona, known))
      out.push_back(posting.persona);
}

std::uint64_t Identification::people_of(std::span<const std::uint32_t> personas) const {
  std::uint64_t people = 0;
  for (const std::uint32_t p : personas) people += release_.size[p];
  return people;
}

std::uint32_t Identification::draw(std::span<const std::uint32_t> personas, Random& random) const {
  std::uint64_t at = random.below(people_of(personas));
  for (const std::uint32_t p : personas) {
    if (at < release_.size[p]) return p;
    at -= release_.size[p];
  }
  return personas.back();
}

/// Candidates under the choice of one or two events that leaves the fewest people.
void Identification::reveal_most(Knowledge knowledge, std::size_t person,
                                 std::vector<std::uint32_t>& out) const {
  const auto history = release_.histories.of(person);
  const std::uint32_t cell = release_.cell[release_.persona_of[person]];
  if (history.empty()) {
    candidates(history, cell, out);
    return;
  }
  const bool pairs = knowledge == Knowledge::two_events && history.size() > 1;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint32_t> found;
  const auto attempt = [&](std::span<const std::uint64_t> known) {
    host_.poll();
    candidates(known, cell, found);
    const std::uint64_t people = people_of(found);
    if (people >= least) return;
    least = people;
    out = found;
  };
  for (std::size_t a = 0; a < history.size(); ++a) {
    if (!pairs) {
      if (a == 0 || history[a] != history[a - 1]) attempt(history.subspan(a, 1));
      continue;
    }
    for (std::size_t b = a + 1; b < history.size(); ++b) {
      const std::uint64_t pair[2] = {history[a], history[b]};
      if (b == a + 1 || history[b] != history[b - 1]) attempt(pair);
    }
  }
}

/// The consistent personas of the person's cell that are likeliest by their counts; all of the cell
/// where none is consistent.
void Identification::likeliest(std::size_t person, std::vector<std::uint32_t>& out) const {
  const auto known = release_.histories.of(person);
  const std::uint32_t cell = release_.cell[release_.persona_of[person]];
  candidates(known, cell, out);
  if (out.empty()) {
    out = personas_of_cell(cell);
    return;
  }
  double highest = -std::numeric_limits<double>::infinity();
  std::size_t kept = 0;
  for (const std::uint32_t p : out) {
    host_.poll();
    const auto items = release_.items_of(p);
    const double people = release_.size[p];
    double likelihood = 0;  // its logarithm
    for (std::size_t i = 0, rank = 0; i < known.size(); ++i) {
      rank = i > 0 && known[i] == known[i - 1] ? rank + 1 : 0;
      const auto it = std::lower_bound(
          items.begin(), items.end(), known[i],
          [](const PersonaEvents& e, std::uint64_t code) { return e.code < code; });
      likelihood += std::log((it->count - static_cast<double>(rank)) / people);
    }
    if (likelihood > highest) kept = 0;
    highest = std::max(highest, likelihood);
    if (likelihood == highest) out[kept++] = p;
  }
  out.resize(kept);
}

Tried Identification::simulate(Knowledge knowledge, std::uint64_t attempts, Random& random) {
  Tried out;
  if (release_.people() == 0) return out;
  std::vector<std::uint32_t> found;
  for (; out.attempts < attempts; ++out.attempts) {
    host_.progress("attacking", out.attempts, attempts);
    const std::size_t person = random.below(release_.people());
    const std::uint32_t own = release_.persona_of[person];
    const std::uint32_t cell = knowledge == Knowledge::events ? kAnyCell : release_.cell[own];
    switch (knowledge) {
      case Knowledge::demographics:
        found = personas_of_cell(cell);
        break;
      case Knowledge::one_event:
      case Knowledge::two_events:
        reveal_most(knowledge, person, found);
        break;
      case Knowledge::all_events:
      case Knowledge::events:
        candidates(release_.histories.of(person), cell, found);
        break;
      case Knowledge::counts:
        likeliest(person, found);
        break;
    }
    const std::uint32_t persona = draw(found.empty() ? personas_of_cell(cell) : found, random);
    const std::uint64_t member = random.below(release_.size[persona]);
    out.persona_hits += persona == own;
    out.successes += persona == own && member == rank_[person];
  }
  return out;
}

/// Adds the risks of the people of some personas, the only ones the attacker chooses from.
void Identification::exact_in(std::span<const std::uint32_t> personas, Knowledge knowledge,
                              Exact& sum) {
  std::vector<std::uint32_t> size, people, own;
  std::pmr::vector<PersonaEvents> pooled(host_.memory());
  Histories histories(host_.memory());
  histories.first.push_back(0);
  std::uint64_t all = 0;
  for (const std::uint32_t p : personas) {
    const auto local = static_cast<std::uint32_t>(size.size());
    size.push_back(release_.size[p]);
    all += release_.size[p];
    for (const PersonaEvents& e : release_.items_of(p)) pooled.push_back({e.code, local, e.count});
    for (const std::uint32_t i : members_[p]) {
      const auto history = release_.histories.of(i);
      histories.codes.insert(histories.codes.end(), history.begin(), history.end());
      histories.first.push_back(histories.codes.size());
      people.push_back(i);
    }
  }
  if (people.empty()) return;
  std::vector<std::uint64_t> consistent(people.size(), all);
  if (knowledge != Knowledge::demographics) {
    risk::merge_equal(pooled);
    host_.poll();
    Cover cover(host_, pooled, size);
    if (knowledge == Knowledge::one_event || knowledge == Knowledge::two_events)
      cover.any_events(knowledge == Knowledge::one_event ? 1 : 2, histories, consistent);
    else
      cover.all_events(histories, consistent);
  }
  const bool all_known = knowledge == Knowledge::all_events || knowledge == Knowledge::events;
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const std::uint32_t persona = release_.persona_of[people[i]];
    bool misled = false;  // what is known leads past the person's own persona
    if (knowledge != Knowledge::demographics && !holds(persona, histories.of(i))) {
      if (!all_known) {
        reveal_most(knowledge, people[i], found);
        consistent[i] = people_of(found);
      }
      misled = all_known || std::find(found.begin(), found.end(), persona) == found.end();
    }
    double chance = 0;
    if (consistent[i] == 0)
      chance = 1 / static_cast<double>(all);  // falls back on the whole cell
    else if (!misled)
      chance = 1 / static_cast<double>(consistent[i]);
    sum.mean += chance;
    sum.maximum = std::max(sum.maximum, chance);
  }
}

Exact Identification::exact_by_counts() {
  Exact sum;
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < release_.people(); ++i) {
    host_.progress("enumerating", i, release_.people());
    likeliest(i, found);
    const bool right = std::binary_search(found.begin(), found.end(), release_.persona_of[i]);
    const double chance = right ? 1 / static_cast<double>(people_of(found)) : 0;
    sum.mean += chance;
    sum.maximum = std::max(sum.maximum, chance);
  }
  sum.mean /= static_cast<double>(release_.people());
  return sum;
}

Exact Identification::exact(Knowledge knowledge) {
  Exact sum;
  if (release_.people() == 0) return sum;
  if (knowledge == Knowledge::counts) return exact_by_counts();
  if (knowledge == Knowledge::events) {
    exact_in(everywhere_, knowledge, sum);
  } else {
    for (std::size_t c = 0; c < personas_.size(); ++c) {
      host_.progress("enumerating", c, personas_.size());
      exact_in(personas_[c], knowledge, sum);
    }
  }
  sum.mean /= static_cast<double>(release_.people());
  return sum;
}

}  // namespace pt::attack

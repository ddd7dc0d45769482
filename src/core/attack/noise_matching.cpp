#include "core/attack/noise_matching.hpp"

#include <algorithm>

namespace pt::attack {

using risk::PersonaEvents;

NoiseMatching::NoiseMatching(Host& host, const Release& release, const Identification& who,
                             noise::Posterior& posterior, std::span<const std::uint32_t> person_of,
                             std::span<const std::uint64_t> code_of)
    : host_(host),
      release_(release),
      who_(who),
      posterior_(posterior),
      person_of_(person_of),
      code_of_(code_of),
      place_(release.personas()) {
  std::vector<std::uint32_t> next;
  for (std::uint32_t p = 0; p < release.personas(); ++p) {
    if (release.cell[p] >= next.size()) next.resize(release.cell[p] + 1, 0);
    place_[p] = next[release.cell[p]]++;
  }
}

/// Shows the posterior what the personas of a cell hold.
void NoiseMatching::enter(std::uint32_t cell) {
  if (cell == entered_) return;
  pooled_.clear();
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t p : who_.personas_of_cell(cell)) {
    sizes.push_back(release_.size[p]);
    for (const PersonaEvents& e : release_.items_of(p))
      if (code_of_[e.code] != kNotNumbered)
        pooled_.push_back({code_of_[e.code], place_[p], e.count});
  }
  std::sort(pooled_.begin(), pooled_.end(), [](const PersonaEvents& a, const PersonaEvents& b) {
    return a.code != b.code ? a.code < b.code : a.persona < b.persona;
  });
  posterior_.set_class(pooled_, sizes);
  entered_ = cell;
}

Exact NoiseMatching::exact() {
  Exact sum;
  best_guess_ = 0;
  if (release_.people() == 0) return sum;
  std::uint32_t done = 0;
  for (std::uint32_t first = 0; first < release_.personas(); ++first) {
    if (place_[first] != 0) continue;  // once a cell
    const auto& personas = who_.personas_of_cell(release_.cell[first]);
    const auto all = static_cast<double>(who_.people_of(personas));
    enter(release_.cell[first]);
    for (const std::uint32_t p : personas) {
      host_.progress("enumerating", done++, release_.personas());
      for (const std::uint32_t i : who_.members(p)) {
        const noise::Posterior::Belief b = posterior_.believe(person_of_[i], place_[p]);
        const double weight = release_.size[p] * b.own + b.others;
        const double chance = weight > 0 ? b.own / weight : 1 / all;
        sum.mean += chance;
        sum.maximum = std::max(sum.maximum, chance);
        if (b.own == b.highest) best_guess_ += 1 / static_cast<double>(b.likeliest);
      }
    }
  }
  sum.mean /= static_cast<double>(release_.people());
  best_guess_ /= static_cast<double>(release_.people());
  return sum;
}

Tried NoiseMatching::simulate(std::uint64_t attempts, Random& random) {
  Tried out;
  if (release_.people() == 0) return out;
  // All people to be attacked are drawn first and visited class by class.
  std::pmr::vector<std::uint32_t> targets(host_.memory());
  for (std::uint64_t i = 0; i < attempts; ++i)
    targets.push_back(static_cast<std::uint32_t>(random.below(release_.people())));
  std::sort(targets.begin(), targets.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::uint32_t x = release_.cell[release_.persona_of[a]];
    const std::uint32_t y = release_.cell[release_.persona_of[b]];
    return x != y ? x < y : a < b;
  });
  const std::function<std::uint64_t()> bits = [&random] { return random.next(); };
  std::vector<std::uint64_t> codes;
  for (const std::uint32_t person : targets) {
    host_.progress("attacking", out.attempts++, attempts);
    const std::uint32_t own = release_.persona_of[person];
    enter(release_.cell[own]);
    const auto& choice = who_.personas_of_cell(release_.cell[own]);
    std::uint32_t persona = who_.draw(choice, random);
    for (std::uint32_t k = 1; k < kMostDraws; ++k) {
      host_.poll();
      if (posterior_.perturb(person_of_[person], bits, codes) &&
          posterior_.holds(place_[persona], codes))
        break;
      persona = who_.draw(choice, random);
    }
    const std::uint64_t member = random.below(release_.size[persona]);
    out.persona_hits += persona == own;
    out.successes += persona == own && member == who_.rank(person);
  }
  return out;
}

}  // namespace pt::attack

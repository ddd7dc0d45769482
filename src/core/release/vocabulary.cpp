#include "core/release/vocabulary.hpp"

#include <algorithm>
#include <map>

namespace pt::release {

Vocabulary::Vocabulary(const Known& known, const protect::Released& released)
    : starts_(released.period_starts()), rows_(known.combos), released_combos_(released.combos()) {
  for (const KnownPersona& persona : known.personas)
    for (std::size_t i = 0; i < persona.events.size(); ++i)
      if (i == 0 || persona.events[i].period_start != persona.events[i - 1].period_start)
        starts_.push_back(persona.events[i].period_start);
  std::sort(starts_.begin(), starts_.end());
  starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
  for (const std::int32_t start : released.period_starts()) period_.push_back(place(start));

  std::map<std::vector<std::optional<std::string>>, std::uint32_t> seen;
  for (std::uint32_t i = 0; i < rows_.size(); ++i) seen.emplace(rows_[i], i);
  for (std::uint32_t i = 0; i < released_combos_ && !released.period_starts().empty(); ++i) {
    std::vector<std::optional<std::string>> row;
    for (std::size_t c = 0; c < released.columns().size(); ++c) row.push_back(released.value(i, c));
    const auto [it, fresh] = seen.emplace(std::move(row), static_cast<std::uint32_t>(rows_.size()));
    if (fresh) rows_.push_back(it->first);
    combo_.push_back(it->second);
  }
  combos_ = std::max<std::uint64_t>(rows_.size(), 1);
}

std::uint64_t Vocabulary::place(std::int32_t start) const {
  return static_cast<std::uint64_t>(std::lower_bound(starts_.begin(), starts_.end(), start) -
                                    starts_.begin());
}

void Vocabulary::published(const KnownPersona& persona, std::vector<std::uint64_t>& codes) const {
  codes.clear();
  std::uint64_t first = 0;  // code of the first combination in the period
  for (std::size_t i = 0; i < persona.events.size(); ++i) {
    const protect::EventRow& e = persona.events[i];
    if (i == 0 || e.period_start != persona.events[i - 1].period_start)
      first = place(e.period_start) * combos_;
    codes.push_back(first + e.combo);
  }
}

}  // namespace pt::release

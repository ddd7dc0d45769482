#include "core/release/told.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"

namespace pt::release {

using protect::EventBounds;
using protect::Means;
using Kind = Figure::Kind;

namespace {

/// Of each combination of the vocabulary: what the source says now; of those that it has no more:
/// perhaps.
std::vector<Means> meanings(const model::Population& population, const protect::Released& released,
                            const protect::Options& options, const Vocabulary& vocabulary) {
  std::vector<Means> out(vocabulary.combos().size(), Means::perhaps);
  if (released.period_starts().empty()) return out;
  const auto reoffence = protect::reoffence_combinations(population, options.vocabulary);
  const std::vector<Means> now = protect::released_meanings(
      population, released, reoffence.value_or(std::vector<bool>(population.n_combos, false)));
  for (std::uint32_t i = 0; i < released.combos(); ++i) out[vocabulary.combo(i)] = now[i];
  return out;
}

}  // namespace

Figures::Figures(const std::vector<Told>& told, const model::Population& population,
                 const protect::Released& released, const protect::Options& options,
                 const Vocabulary& vocabulary) {
  for (const Told& t : told) figures_.push_back(t.figure);
  std::sort(figures_.begin(), figures_.end());
  figures_.erase(std::unique(figures_.begin(), figures_.end()), figures_.end());
  std::map<Figure, std::uint32_t> numbers;
  for (std::uint32_t f = 0; f < figures_.size(); ++f) numbers.emplace(figures_[f], f);
  const auto find = [&](const Figure& figure) -> std::optional<std::uint32_t> {
    const auto at = numbers.find(figure);
    return at == numbers.end() ? std::nullopt : std::optional(at->second);
  };
  for (const Figure& figure : figures_)
    any_of_.push_back(figure.kind == Kind::first_outcome ? find({Kind::any, figure.type})
                                                         : std::nullopt);
  const auto type = protect::released_column(population, released, model::EventPart::type);
  const auto outcome = protect::released_column(population, released, model::EventPart::outcome);
  const auto means = meanings(population, released, options, vocabulary);
  for (std::size_t i = 0; i < vocabulary.combos().size(); ++i) {
    const auto& values = vocabulary.combos()[i];
    std::vector<std::uint32_t>& of = of_combo_.emplace_back();
    const auto add = [&of](std::optional<std::uint32_t> figure) {
      if (figure) of.push_back(*figure);
    };
    add(find({Kind::life_next}));
    if (means[i] != Means::never) add(find({Kind::reoffence}));
    if (means[i] != Means::never) add(find({Kind::life_reoffence}));
    if (means[i] == Means::always) of.push_back(static_cast<std::uint32_t>(size()));
    if (!type || !values[*type]) continue;
    add(find({Kind::any, *values[*type]}));
    const std::string ended =
        outcome && values[*outcome] ? *values[*outcome] : protect::kOutcomeNotKnown;
    const auto own = find({Kind::first_outcome, *values[*type], ended});
    add(own ? own : find({Kind::first_outcome, *values[*type], protect::kOtherOutcomes}));
  }
}

std::uint32_t Figures::number(const Figure& figure) const {
  const auto at = std::lower_bound(figures_.begin(), figures_.end(), figure);
  if (at == figures_.end() || *at != figure) throw internal_error("a count has no figure");
  return static_cast<std::uint32_t>(at - figures_.begin());
}

void Figures::add(Evidence& evidence, std::uint64_t combo, std::uint32_t weight) const {
  for (const std::uint32_t figure : of_combo_[combo]) evidence.events[figure] += weight;
}

void Figures::add(EventBounds& bounds, std::uint32_t figure, const Evidence& evidence,
                  std::uint64_t least) const {
  const std::uint32_t events = evidence.events[figure];
  const std::uint64_t high = std::min<std::uint64_t>(events, evidence.people);
  std::uint64_t low = 0;
  switch (figures_[figure].kind) {
    case Kind::any:
      if (events == 0) return;
      low = 1;
      break;
    case Kind::first_outcome: {
      // those of a type of which no count is shown are not told apart from the others
      const std::uint32_t all = any_of_[figure] ? evidence.events[*any_of_[figure]] : 0;
      if (any_of_[figure] && all == 0) return;
      low = events > 0 && events == all ? 1 : 0;
      break;
    }
    case Kind::reoffence:
      if (events == 0) return;
      low = evidence.events.back() > 0 ? 1 : 0;
      break;
    case Kind::life_reoffence:
    case Kind::life_next:
      break;
  }
  EventBounds own;
  own.add(evidence.people, low, high, least);
  if (evidence.people - low < least && high < evidence.people) {
    // Some have no such event, and fewer than `least`: the events alone say so.
    own.gap = std::numeric_limits<std::uint64_t>::max();
    own.small_gap = false;
  }
  bounds.add(own);
}

Told retell(Told told, const Retold& change) {
  EventBounds& b = told.bounds;
  const auto excess = [](std::uint64_t x, std::uint64_t y) { return x > y ? x - y : 0; };
  const std::uint64_t less = excess(change.before.high, change.after.high);
  b.high -= std::min(b.high, less);
  told.narrowed = told.narrowed || less > 0;
  b.low += excess(change.after.low, change.before.low);
  b.gap = std::min(b.gap, change.after.gap);
  b.small_gap = b.small_gap || change.after.small_gap;
  b.open = b.open || change.after.open;
  return told;
}

bool keeps(const Told& told, std::uint64_t least) {
  if (!told.bounds.keeps(told.n, least)) return false;
  // As many people as events allow are a case of their own, but bounds that are narrower than what
  // is known do not say that it is this one.
  if (!told.narrowed || told.bounds.high != told.n) return true;
  EventBounds bounds = told.bounds;
  ++bounds.high;
  return bounds.keeps(told.n, least);
}

}  // namespace pt::release

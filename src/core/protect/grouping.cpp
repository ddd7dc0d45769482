#include "core/protect/grouping.hpp"

#include <algorithm>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cmath>

namespace pt::protect {

using model::Code;
using model::EventPart;
using model::EventWord;
using model::kMissing;

namespace {

/// People whose events fit into the cache together, and events in a line of it.
constexpr std::size_t kFetched = 4096, kWordsPerLine = 8;

/// A class is split only if both halves still hold this many people: enough that classes alone stay
/// well below the target, whatever events add.
std::uint32_t smallest_class(const Options& options, std::uint32_t smallest_persona) {
  if (options.attacker == Attacker::with_register)
    return smallest_persona;  // others are cover, too
  const double wanted = std::ceil(0.5 / options.target_risk);
  return std::max(smallest_persona, static_cast<std::uint32_t>(
                                        std::min(wanted, static_cast<double>(options.max_size))));
}

/// Sorts codes from..end.
void insert_in_order(std::pmr::vector<std::uint64_t>& codes, std::uint64_t from) {
  constexpr std::size_t kShort = 32;
  if (codes.size() - from > kShort) {
    std::sort(codes.begin() + static_cast<std::ptrdiff_t>(from), codes.end());
    return;
  }
  for (std::size_t i = from + 1; i < codes.size(); ++i) {
    const std::uint64_t code = codes[i];
    std::size_t at = i;
    for (; at > from && codes[at - 1] > code; --at) codes[at] = codes[at - 1];
    codes[at] = code;
  }
}

}  // namespace

Grouping::Grouping(Host& host, const model::Population& population, const Options& options,
                   const noise::Mechanism* mechanism)
    : host_(host),
      population_(population),
      options_(options),
      mechanism_(mechanism),
      by_tuple_(host.memory()) {
  smallest_ = std::max(options.min_size,
                       static_cast<std::uint32_t>(std::ceil(1 / options.individual_limit - 1e-9)));
  index_people();
  for (const auto& column : population.sensitive) {
    sensitive_.emplace_back(host.memory());
    sensitive_.back().assign(column.begin(), column.end());
  }
  add_outcome_sets();
  add_spreads();
}

void Grouping::index_people() {
  people_per_tuple_.assign(population_.n_tuples, 0);
  for (const std::uint32_t t : population_.tuple) ++people_per_tuple_[t];
  first_of_tuple_.assign(population_.n_tuples + 1, 0);
  for (std::size_t t = 0; t < population_.n_tuples; ++t)
    first_of_tuple_[t + 1] = first_of_tuple_[t] + people_per_tuple_[t];
  std::vector<std::uint32_t> next(first_of_tuple_.begin(), first_of_tuple_.end() - 1);
  by_tuple_.resize(population_.size());
  for (std::uint32_t p = 0; p < population_.size(); ++p)
    by_tuple_[next[population_.tuple[p]]++] = p;
}

void Grouping::add_outcome_sets() {
  const auto outcome =
      std::find(population_.event_parts.begin(), population_.event_parts.end(), EventPart::outcome);
  if (outcome == population_.event_parts.end()) return;
  const auto column = static_cast<std::size_t>(outcome - population_.event_parts.begin());
  std::map<std::vector<Code>, Code> sets;  // numbered in order of people: canonical
  std::pmr::vector<Code> codes(population_.size(), 0, host_.memory());
  std::vector<Code> values;
  for (std::uint32_t p = 0; p < population_.size(); ++p) {
    if ((p & 0xFFFF) == 0) host_.poll();
    values.clear();
    for (const std::uint64_t w : population_.events_of(p)) {
      const Code v = population_.event_value(EventWord::combo(w), column);
      if (v != kMissing) values.push_back(v);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    codes[p] = sets.try_emplace(values, static_cast<Code>(sets.size())).first->second;
  }
  sensitive_.push_back(std::move(codes));
}

Grown& Grouping::entry(const Setting& setting) {
  const std::uint32_t cell_people = std::max(setting.cell_people, smallest_);
  const std::uint32_t place_people = std::max(setting.place_people, cell_people);
  const auto [found, fresh] =
      grown_.try_emplace({setting.geography_level, place_people, setting.place_total, cell_people});
  Grown& g = found->second;
  if (!fresh) return g;
  g.cells =
      group::make_cells(population_, people_per_tuple_,
                        {cell_people, place_people, setting.geography_level, options_.gender_match,
                         options_.ethnicity_match, setting.place_total});
  for (const std::uint32_t t : g.cells.suppressed) g.suppressed += people_per_tuple_[t];
  return g;
}

/// Spread of each sensitive attribute over the people of each tuple.
void Grouping::add_spreads() {
  for (const auto& column : sensitive_) {
    std::map<Code, std::uint64_t> people;
    for (const Code v : column) ++people[v];
    const auto common = std::max_element(people.begin(), people.end(), [](auto& a, auto& b) {
                          return a.second < b.second;
                        })->first;
    std::vector<group::Spread> tuples(population_.n_tuples);
    for (std::uint32_t p = 0; p < population_.size(); ++p)
      tuples[population_.tuple[p]].add({column[p], column[p], 1, column[p] == common ? 1U : 0U});
    spreads_.push_back(std::move(tuples));
  }
}

const synth::HistoryModel& Grouping::histories() {
  constexpr std::uint32_t kLeafPeople = 20;
  if (!histories_)
    histories_ = std::make_unique<synth::HistoryModel>(host_, population_, options_.rules,
                                                       std::max(kLeafPeople, options_.min_size));
  return *histories_;
}

const Grown& Grouping::grown(const Setting& setting) {
  Grown& g = entry(setting);
  if (g.tree) return g;
  group::ClassRules rules;
  rules.min_people = smallest_class(options_, smallest_);
  // Who names columns to preserve has an analysis in mind, which needs its age groups, too. For
  // everybody else small classes cost more of the events than they are worth.
  rules.min_people_at_cut = options_.preserve.empty() ? rules.min_people : smallest_;
  rules.age_tolerance = options_.age_tolerance;
  rules.cut_points = options_.cut_points;
  rules.most_of_a_persona = options_.max_size;
  rules.sensitive = spreads_;
  // More classes than this break the target on demographics alone.
  if (options_.attacker != Attacker::with_register)
    rules.max_classes = static_cast<std::uint32_t>(std::min(
        1e9, std::max(1.0, std::floor(options_.target_risk *
                                      static_cast<double>(population_.size() - g.suppressed)))));
  g.tree =
      std::make_unique<group::ClassTree>(host_, population_, people_per_tuple_, g.cells, rules);
  return g;
}

void Grouping::keep_only(const Setting& setting) {
  const Grown* kept = &grown(setting);
  for (auto& [key, g] : grown_)
    if (&g != kept) g.tree.reset();
}

group::PersonaRules Grouping::persona_rules(const Setting& setting) const {
  return {smallest_, std::max(options_.max_size, setting.persona_size), setting.persona_size,
          setting.cohesion};
}

std::vector<std::uint32_t> Grouping::people_of(const group::ClassTree::Class& c) const {
  std::vector<std::uint32_t> people;
  people.reserve(c.people);
  for (const std::uint32_t t : c.tuples)
    people.insert(people.end(), by_tuple_.begin() + first_of_tuple_[t],
                  by_tuple_.begin() + first_of_tuple_[t + 1]);
  boost::sort::pdqsort_branchless(people.begin(), people.end());
  // Whoever asks reads their events next, which lie far apart: have them fetched side by side.
  const std::size_t fetched = population_.words.empty() ? 0 : std::min(people.size(), kFetched);
  for (std::size_t i = 0; i < fetched; ++i) __builtin_prefetch(&population_.first[people[i]]);
  for (std::size_t i = 0; i < fetched; ++i) {
    const std::uint64_t* const events = population_.words.data() + population_.first[people[i]];
    __builtin_prefetch(events);
    __builtin_prefetch(events + kWordsPerLine);
    for (const auto& column : sensitive_) __builtin_prefetch(&column[people[i]]);
  }
  return people;
}

ClassLabels labels_of(const model::Population& population, const Grown& grown,
                      const group::ClassTree::Class& c) {
  const group::Cell& cell = grown.cells.cells[c.cell];
  const auto known = group::find_protected(population);
  ClassLabels out{cell.gender, cell.ethnicity, cell.geography, {}, {}, {}};
  if (known.gender && !grown.cells.matches_gender) out.gender = grown.tree->label(c, *known.gender);
  if (known.ethnicity && !grown.cells.matches_ethnicity)
    out.ethnicity = grown.tree->label(c, *known.ethnicity);
  if (const auto range = grown.tree->age_range(c)) {
    out.age_low = range->first;
    out.age_high = range->second;
  }
  for (std::size_t a = 0; a < population.width(); ++a)
    if (known.gender != a && known.ethnicity != a && known.geography != a && known.age != a)
      out.others.push_back(grown.tree->label(c, a));
  return out;
}

void Grouping::deal_class(const Setting& setting, const Released& released,
                          std::span<const std::uint32_t> people,
                          const std::function<void(const DealtClass&)>& visit) {
  risk::Histories histories(host_.memory()), patterns(host_.memory());
  histories.first.reserve(people.size() + 1);
  patterns.first.reserve(people.size() + 1);
  for (risk::Histories* h : {&histories, &patterns}) h->first.push_back(0);
  std::size_t events = 0;
  for (const std::uint32_t p : people) events += population_.events_of(p).size();
  for (risk::Histories* h : {&histories, &patterns}) h->codes.reserve(events);
  for (const std::uint32_t p : people) {
    for (const std::uint64_t w : population_.events_of(p)) {
      histories.codes.push_back(released.code(w));
      patterns.codes.push_back(released.pattern(w));
    }
    for (risk::Histories* h : {&histories, &patterns}) {
      // Nearly in order already: events of a person come by day.
      insert_in_order(h->codes, h->first.back());
      h->first.push_back(h->codes.size());
    }
  }
  const group::PersonaRules rules = persona_rules(setting);
  DealtClass dealt{people, &histories, group::deal(patterns, rules),
                   group::persona_count(static_cast<std::uint32_t>(people.size()), rules)};
  std::vector<std::uint32_t> values(people.size());
  for (const auto& column : sensitive_) {
    for (std::size_t i = 0; i < people.size(); ++i) values[i] = column[people[i]];
    group::mend_homogeneous(dealt.persona, dealt.personas, values);
  }
  visit(dealt);
}

}  // namespace pt::protect

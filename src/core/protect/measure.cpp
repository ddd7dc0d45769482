#include "core/protect/measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/protect/posterior.hpp"
#include "core/protect/synthetic.hpp"

namespace pt::protect {
namespace {

using model::Period;

// Weights of the loss; they sum to 1. Dates and ages carry most of what research needs here, and a
// suppressed or relabelled person costs more than any coarsening.
constexpr double kDemographics = 0.30;
constexpr double kTime = 0.22;
constexpr double kColumns = 0.18;
constexpr double kGeography = 0.13;
constexpr double kLabels = 0.13;
constexpr double kPersonas = 0.04;

/// Beside the others, for event types and outcomes: hardly a question can do without them, while
/// details are what a few are about.
constexpr double kSubjects = 0.20;

/// Beside the others, for comparisons between places: one that is shown for a part of its people
/// can't be compared, so it says little more than none.
constexpr double kComparisons = 0.10;

/// So many times its share does a synthetic event cost of what the events tell (time and columns).
constexpr double kSyntheticScale = 2;

/// One person in this many relabelled or suppressed costs half of the label loss.
constexpr double kLabelScale = 20;

/// A sample holds at least this many classes, if there are as many.
constexpr std::uint64_t kFewestClasses = 16;

double period_loss(Period period) {
  switch (period) {
    case Period::day:
      return 0;
    case Period::week:
      return 0.1;
    case Period::month:
      return 0.2;
    case Period::quarter:
      return 0.35;
    case Period::half_year:
      return 0.5;
    case Period::year:
      return 0.75;
    case Period::none:
      return 1;
  }
  return 1;
}

double column_loss(const model::Population& population, const Options& options,
                   const Setting& setting) {
  double loss = 0, weights = 0;
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    const model::Attribute& column = population.event_columns[c];
    const bool kept = population.event_parts[c] != model::EventPart::detail ||
                      options.wants(column.name) || options.preserves(column.name);
    const double weight = kept ? 2 : 1;
    weights += weight;
    const std::uint32_t level = c < setting.column_level.size() ? setting.column_level[c] : 0;
    loss += weight * level / levels_of(column);
  }
  return weights > 0 ? loss / weights : 0;
}

/// How far up event type and outcome are released, without regard to details.
double subject_loss(const model::Population& population, const Setting& setting) {
  double loss = 0, subjects = 0;
  for (std::size_t c = 0; c < population.event_width(); ++c) {
    const model::EventPart part = population.event_parts[c];
    if (part != model::EventPart::type && part != model::EventPart::outcome) continue;
    subjects += 1;
    if (c < setting.column_level.size())
      loss += static_cast<double>(setting.column_level[c]) / levels_of(population.event_columns[c]);
  }
  return subjects > 0 ? loss / subjects : 0;
}

/// Mean over people of how far up the hierarchy their place is released; 1 = not shown.
double geography_loss(const model::Population& population, const Grown& grown) {
  const auto place = group::find_protected(population).geography;
  if (!place) return 0;
  const auto most = static_cast<double>(population.attributes[*place].hierarchy.levels.size() + 1);
  double loss = 0;
  for (const group::Cell& cell : grown.cells.cells)
    loss += static_cast<double>(cell.people) * cell.place_level / most;
  return loss / static_cast<double>(population.size());
}

/// Steep like that of labels: share of people whose place is not shown at the level of the setting.
/// 0 where the source has no two places.
double comparison_loss(const model::Population& population, const Setting& setting,
                       const Grown& grown) {
  const auto place = group::find_protected(population).geography;
  if (!place || population.attributes[*place].labels.size() < 2) return 0;
  std::uint64_t hidden = 0;
  for (const group::Cell& cell : grown.cells.cells)
    if (cell.place_level > setting.geography_level ||
        setting.geography_level > population.attributes[*place].hierarchy.levels.size())
      hidden += cell.people;
  return std::min(
      1.0, kLabelScale * static_cast<double>(hidden) / static_cast<double>(population.size()));
}

double label_loss(const model::Population& population, const Grown& grown) {
  std::uint64_t relabelled = grown.suppressed;
  for (const group::Cell& cell : grown.cells.cells)
    if (cell.relabelled) relabelled += cell.people;
  const double share = static_cast<double>(relabelled) / static_cast<double>(population.size());
  // Steep at first, never flat: relabelling everybody is worse than relabelling a tenth.
  return (std::min(1.0, kLabelScale * share) + share) / 2;
}

}  // namespace

double demographic_loss(const Options& options, const group::ClassTree::Cost& cost) {
  const double preferred = 2 * options.age_tolerance;
  const double beyond = preferred > 0 ? std::max(0.0, cost.age_width - preferred) / preferred : 0;
  return std::min(1.0, cost.loss / 4) * 0.8 + std::min(1.0, beyond) * 0.2;
}

ClassRisk measure_class(Host& host, Grouping& grouping, const Setting& setting,
                        const Released& released, std::vector<std::uint32_t> members,
                        std::size_t most, noise::Posterior* posterior,
                        const std::function<void(std::pmr::vector<risk::PersonaEvents>&)>& add) {
  const auto all = static_cast<double>(members.size());
  if (members.size() > most) members.resize(most);
  const auto seen = static_cast<double>(members.size());
  ClassRisk risk;
  grouping.deal_class(setting, released, members, [&](const DealtClass& dealt) {
    auto pooled = risk::pool(host, *dealt.histories, dealt.persona);
    if (add) add(pooled);
    const auto sizes = dealt.sizes();
    risk.people = members.size();
    if (posterior != nullptr) {
      posterior->set_class(pooled, sizes);
      for (std::size_t i = 0; i < members.size(); ++i) {
        const auto own = static_cast<double>(sizes[dealt.persona[i]]);
        const noise::Posterior::Belief b = posterior->believe(members[i], dealt.persona[i]);
        const double scale = seen > own ? (all - own) / (seen - own) : 1;
        const double r = b.highest / (own * b.own + scale * b.others);
        risk.sum += r;
        risk.maximum = std::max(risk.maximum, r);
      }
      return;
    }
    std::vector<std::uint64_t> consistent(members.size());
    risk::Cover(host, pooled, sizes).all_events(*dealt.histories, consistent);
    for (std::size_t i = 0; i < consistent.size(); ++i) {
      const auto own = static_cast<double>(sizes[dealt.persona[i]]);
      const auto others = static_cast<double>(consistent[i]) - own;
      const double scale = seen > own ? (all - own) / (seen - own) : 1;
      const double r = 1 / (own + others * scale);
      risk.sum += r;
      risk.maximum = std::max(risk.maximum, r);
    }
  });
  return risk;
}

namespace {

/// The attacker who knows all events and no demographics sees the personas of all classes.
Measured measure_events(Host& host, Grouping& grouping, const Setting& setting,
                        const Released& released,
                        const std::vector<group::ClassTree::Class>& classes) {
  risk::Histories histories(host.memory());
  histories.first.push_back(0);
  std::vector<std::uint32_t> persona;
  std::vector<std::uint32_t> sizes;
  for (const auto& c : classes) {
    host.poll();
    grouping.deal_class(setting, released, grouping.people_of(c), [&](const DealtClass& dealt) {
      const auto base = static_cast<std::uint32_t>(sizes.size());
      for (std::size_t i = 0; i < dealt.people.size(); ++i) {
        const auto h = dealt.histories->of(i);
        histories.codes.insert(histories.codes.end(), h.begin(), h.end());
        histories.first.push_back(histories.codes.size());
        persona.push_back(base + dealt.persona[i]);
      }
      for (const std::uint32_t size : dealt.sizes()) sizes.push_back(size);
    });
  }
  const auto pooled = risk::pool(host, histories, persona);
  std::vector<std::uint64_t> consistent(histories.people());
  risk::Cover(host, pooled, sizes).all_events(histories, consistent);
  Measured m{0, 0};
  for (const std::uint64_t n : consistent) {
    const double r = 1 / static_cast<double>(n);
    m.average += r / static_cast<double>(consistent.size());
    m.maximum = std::max(m.maximum, r);
  }
  return m;
}

/// The attacker with a register chooses among its people in the released cell.
Measured measure_register(Host& host, const model::Population& population, PopulationCount& counts,
                          const Grown& grown, const std::vector<group::ClassTree::Class>& classes) {
  Measured m{0, 0};
  double people = 0;
  for (const auto& c : classes) {
    host.poll();
    const double risk = register_risk(c.people, counts.people(labels_of(population, grown, c)));
    m.average += static_cast<double>(c.people) * risk;
    m.maximum = std::max(m.maximum, risk);
    people += static_cast<double>(c.people);
  }
  m.average /= people;
  return m;
}

}  // namespace

void ClassRisks::start(const Setting& setting) {
  Setting same = setting;
  if (setting_) same.classes = setting_->classes;
  if (setting_) same.undone = setting_->undone;
  if (setting_ == same) return;
  setting_ = setting;
  known_.clear();
}

Measured measure(Host& host, const model::Population& population, const Options& options,
                 Grouping& grouping, const Setting& setting, const model::Prf& randomness,
                 std::uint64_t most_people, ClassRisks* known) {
  const Grown& grown = grouping.grown(setting);
  auto classes = grown.tree->prune(setting.classes, setting.undone);
  const std::uint64_t released_people = population.size() - grown.suppressed;
  if (released_people == 0) return {};
  if (options.attacker == Attacker::demographics) {
    Measured m{static_cast<double>(classes.size()) / static_cast<double>(released_people), 0};
    for (const auto& c : classes)
      m.maximum = std::max(m.maximum, 1.0 / static_cast<double>(c.people));
    return m;
  }
  if (options.attacker == Attacker::with_register)
    return measure_register(host, population, *options.register_of, grown, classes);
  const Released released(population, setting);
  if (options.attacker == Attacker::events)
    return measure_events(host, grouping, setting, released, classes);

  // Synthetic events are balanced over whole cells, so a sample would have others.
  const bool sample = most_people < released_people && setting.synthetic <= 0;
  std::size_t most_of_a_class = std::numeric_limits<std::size_t>::max();
  if (sample) {
    const model::Prf draw = randomness.derive("sample of classes");
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t c = 0; c < classes.size(); ++c)
      order.emplace_back(draw.at(classes[c].tuples.front()), c);
    std::sort(order.begin(), order.end());
    std::vector<group::ClassTree::Class> drawn;
    for (const auto& [lot, c] : order) drawn.push_back(classes[c]);
    classes = std::move(drawn);
    most_of_a_class = std::max<std::size_t>(most_people / kFewestClasses, 10 * options.max_size);
  }
  std::optional<noise::Posterior> posterior;
  if (grouping.mechanism() != nullptr)
    posterior.emplace(host, population, *grouping.mechanism(), released, setting.period);
  std::optional<SyntheticEvents> synthetic;
  if (setting.synthetic > 0)
    synthetic.emplace(host, population, options, grouping, setting, released, randomness);
  if (known != nullptr) known->start(setting);
  Measured m{0, 0, sample};
  std::uint64_t measured = 0;
  double people = 0;
  for (std::size_t number = 0; number < classes.size(); ++number) {
    host.poll();
    if (sample && measured >= most_people) break;
    const auto& c = classes[number];
    std::function<void(std::pmr::vector<risk::PersonaEvents>&)> add;
    if (synthetic) add = [&](auto& pooled) { synthetic->add_to(number, pooled); };
    const auto measured_anew = [&] {
      return measure_class(host, grouping, setting, released, grouping.people_of(c),
                           most_of_a_class, posterior ? &*posterior : nullptr, add);
    };
    // Noise and synthetic events are not of the class alone.
    const bool by_itself = known != nullptr && sample && !posterior && !synthetic;
    const ClassRisk risk = by_itself ? known->of(c, measured_anew) : measured_anew();
    measured += risk.people;
    const auto weight = static_cast<double>(c.people);
    m.average += weight * risk.sum / static_cast<double>(risk.people);
    people += weight;
    m.maximum = std::max(m.maximum, risk.maximum);
  }
  m.average /= people;
  return m;
}

double base_loss(const model::Population& population, const Options& options, Grouping& grouping,
                 const Setting& setting) {
  const bool events = population.event_width() > 0;
  const Grown& grown = grouping.cells(setting);
  return (events ? kTime * period_loss(setting.period) : 0) +
         (events ? kColumns * column_loss(population, options, setting) +
                       kSubjects * subject_loss(population, setting)
                 : 0) +
         kGeography * geography_loss(population, grown) +
         kComparisons * comparison_loss(population, setting, grown) +
         kLabels * label_loss(population, grown);
}

double utility(const model::Population& population, const Options& options, Grouping& grouping,
               const Setting& setting) {
  const Grown& grown = grouping.grown(setting);
  const double least = grouping.smallest_persona();
  const double size_loss = options.max_size > least
                               ? std::log(std::max(1.0, setting.persona_size / least)) /
                                     std::log(options.max_size / least)
                               : 0;
  const double persona_loss = 0.5 * (1 - setting.cohesion) + 0.5 * std::min(1.0, size_loss);
  const auto cost = grown.tree->cost(setting.classes, setting.undone);
  const double loss = base_loss(population, options, grouping, setting) +
                      kDemographics * demographic_loss(options, cost) + kPersonas * persona_loss +
                      (kTime + kColumns) * std::min(1.0, kSyntheticScale * setting.synthetic);
  return std::max(0.0, 1 - loss);
}

}  // namespace pt::protect

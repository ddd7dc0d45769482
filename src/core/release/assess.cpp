#include "core/release/assess.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "core/group/cells.hpp"
#include "core/protect/register_attacker.hpp"
#include "core/release/content.hpp"

namespace pt::release {
namespace {

using protect::Attacker;
using protect::ClassRow;
using protect::PersonaRow;
using protect::Protected;
using risk::RiskSum;

constexpr double kHighRisk = 0.25;
constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();

/// The events among `codes` that are shown (ascending), as often as they are.
std::vector<std::uint64_t> keep_shown(std::span<const risk::PersonaEvents> shown,
                                      std::span<const std::uint64_t> codes) {
  std::vector<std::uint64_t> kept;
  std::size_t at = 0;
  std::uint32_t used = 0;
  for (const std::uint64_t code : codes) {
    while (at < shown.size() && shown[at].code < code) {
      ++at;
      used = 0;
    }
    if (at < shown.size() && shown[at].code == code && used < shown[at].count) {
      kept.push_back(code);
      ++used;
    }
  }
  return kept;
}

}  // namespace

Assessment::Assessment(Host& host, const AssessmentInput& input)
    : host_(host),
      in_(input),
      vocabulary_(input.known, input.released),
      histories_(host.memory()),
      risk_(host.memory()),
      pooled_(host.memory()) {
  risk_.assign(in_.population.size(), 0.0F);
  changed_.assign(in_.population.size(), false);
  read_histories();
}

void Assessment::read_histories() {
  const model::Population& population = in_.population;
  histories_.codes.reserve(population.words.size());
  histories_.first.reserve(population.size() + std::size_t{1});
  histories_.first.push_back(0);
  for (std::uint32_t p = 0; p < population.size(); ++p) {
    if ((p & 0x3FFF) == 0) host_.progress("reading histories", p, population.size());
    for (const std::uint64_t w : population.events_of(p))
      histories_.codes.push_back(vocabulary_.present(in_.released.code(w)));
    std::sort(histories_.codes.begin() + static_cast<std::ptrdiff_t>(histories_.first.back()),
              histories_.codes.end());
    histories_.first.push_back(histories_.codes.size());
    changed_[p] =
        in_.member[p] != nullptr && !show_the_same(in_.member[p]->content, in_.content[p]);
  }
}

bool Assessment::waits(const Item& item, std::uint32_t person) const {
  return item.known != nullptr && changed_[person];
}

double Assessment::at_least_before(const Item& item, std::uint32_t person, double risk) const {
  if (!waits(item, person)) return risk;
  // Kept as a float, which may lie above a limit that the risk itself is at: one of n people.
  return std::max(risk, 1.0 / std::max(1.0, std::round(1.0 / in_.member[person]->risk)));
}

void Assessment::show(const Item& item, std::vector<risk::PersonaEvents>& events) {
  events.clear();
  if (item.known != nullptr) {
    vocabulary_.published(*item.known, codes_);
    for (std::size_t i = 0; i < codes_.size(); ++i)
      events.push_back({codes_[i], 0, item.known->events[i].weight});
  } else {
    for (const std::uint32_t person : item.people)
      for (const std::uint64_t code : history(person)) events.push_back({code, 0, 1});
  }
  const auto by_code = [](const risk::PersonaEvents& a, const risk::PersonaEvents& b) {
    return a.code < b.code;
  };
  if (!std::is_sorted(events.begin(), events.end(), by_code))
    std::sort(events.begin(), events.end(), by_code);
  std::size_t kept = 0;
  for (const risk::PersonaEvents& e : events) {
    if (kept > 0 && events[kept - 1].code == e.code)
      events[kept - 1].count += e.count;
    else
      events[kept++] = e;
  }
  events.resize(kept);
}

void Assessment::measure(std::span<const ClassRow> classes, std::span<const Item> items) {
  rows_ = classes;
  items_ = items;
  std::vector<std::vector<std::uint32_t>> members(classes.size());
  for (std::uint32_t i = 0; i < items.size(); ++i) members[items[i].class_no].push_back(i);
  classes_.resize(classes.size());
  item_risk_.resize(items.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    host_.progress("measuring classes", c, classes.size());
    MeasuredClass& known = classes_[c];
    std::vector<std::pair<model::Hash128, bool>> personas;
    for (const std::uint32_t i : members[c])
      personas.emplace_back(items[i].key, items[i].known != nullptr);
    if (personas != known.items) {
      known = MeasuredClass{};
      if (!personas.empty()) measure_class(classes[c], members[c], known);
      known.items = std::move(personas);
    }
    for (std::size_t q = 0; q < members[c].size(); ++q)
      item_risk_[members[c][q]] = known.highest[q];
  }
  if (in_.options.attacker == Attacker::events) {
    pool_everything();
    measure_events();
  }
  settle();
}

void Assessment::measure_class(const ClassRow& row, std::span<const std::uint32_t> items,
                               MeasuredClass& out) {
  std::vector<std::uint32_t> sizes;
  std::vector<std::span<const std::uint64_t>> known;
  std::deque<std::vector<std::uint64_t>> reduced;  // histories of those who wait
  std::vector<risk::PersonaEvents> events;
  risk::PackedEvents pooled(host_.memory());
  for (std::uint32_t q = 0; q < items.size(); ++q) {
    const Item& item = items_[items[q]];
    show(item, shown_);
    for (risk::PersonaEvents& e : shown_) e.persona = q;
    events.insert(events.end(), shown_.begin(), shown_.end());
    sizes.push_back(static_cast<std::uint32_t>(item.people.size()));
    out.people += sizes.back();
    for (const std::uint32_t person : item.people) {
      if (waits(item, person)) {
        reduced.push_back(keep_shown(shown_, history(person)));
        known.emplace_back(reduced.back());
      } else {
        known.push_back(history(person));
      }
    }
  }
  pooled.start(vocabulary_.size(), items.size(), events.size());
  for (const risk::PersonaEvents& e : events) pooled.add(e);
  pooled.sort_by_code();
  std::vector<risk::Cover::Consistent> consistent(known.size());
  risk::Cover(host_, pooled, sizes).consistent(known, consistent);

  const double alone = 1.0 / static_cast<double>(out.people);
  out.alone.add(alone, out.people);
  if (in_.options.register_of) {
    ClassRow present = row;
    present.people = out.people;
    out.by_register.add(
        protect::register_risk(out.people, in_.options.register_of->people(present)), out.people);
  }
  measure_members(items, consistent, out);
}

void Assessment::measure_members(std::span<const std::uint32_t> items,
                                 std::span<const risk::Cover::Consistent> consistent,
                                 MeasuredClass& out) {
  const Attacker attacker = in_.options.attacker;
  double sum = 0;
  std::size_t i = 0;
  for (const std::uint32_t number : items) {
    const Item& item = items_[number];
    double highest = 0;
    for (const std::uint32_t person : item.people) {
      const risk::Cover::Consistent& n = consistent[i++];
      out.one_event.add(1.0 / static_cast<double>(n.one));
      out.two_events.add(1.0 / static_cast<double>(n.two));
      double risk = 1.0 / static_cast<double>(n.all);
      if (attacker == Attacker::demographics_and_events) risk = at_least_before(item, person, risk);
      out.all_events.add(risk);
      if (attacker == Attacker::demographics) risk = out.alone.maximum;
      if (attacker == Attacker::with_register) risk = out.by_register.maximum;
      risk_[person] = static_cast<float>(risk);
      highest = std::max(highest, risk);
      sum += risk;
    }
    out.highest.push_back(highest);
  }
  out.mean = sum / static_cast<double>(out.people);
}

void Assessment::pool_everything() {
  std::vector<std::uint32_t> order(items_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return items_[a].key < items_[b].key; });
  number_.resize(items_.size());
  for (std::uint32_t p = 0; p < order.size(); ++p) number_[order[p]] = p;
  pooled_.start(vocabulary_.size(), std::max<std::uint64_t>(items_.size(), 1),
                in_.population.words.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if ((i & 0xFF) == 0) host_.poll();
    show(items_[i], shown_);
    for (risk::PersonaEvents& e : shown_) {
      e.persona = number_[i];
      pooled_.add(e);
    }
  }
}

void Assessment::measure_events() {
  pooled_.sort_by_code();
  std::vector<std::uint32_t> sizes(items_.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i)
    sizes[number_[i]] = static_cast<std::uint32_t>(items_[i].people.size());
  risk::Cover cover(host_, pooled_, sizes);
  risk::EventLookup lookup(cover);
  const bool chosen = in_.options.attacker == Attacker::events;
  events_ = {};
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    if ((i & 0xFF) == 0) host_.progress("measuring events", i, items_.size());
    shown_.clear();
    double highest = 0;
    for (const std::uint32_t person : item.people) {
      const bool waiting = waits(item, person);
      if (waiting && shown_.empty()) show(item, shown_);
      double risk = 1.0 / static_cast<double>(
                              waiting ? lookup.people_with(keep_shown(shown_, history(person)))
                                      : lookup.people_with(history(person)));
      if (chosen) {
        risk = at_least_before(item, person, risk);
        risk_[person] = static_cast<float>(risk);
        highest = std::max(highest, risk);
      }
      events_.add(risk);
    }
    if (chosen) item_risk_[i] = highest;
  }
}

void Assessment::settle() {
  RiskSum chosen;
  released_people_ = 0;
  for (const MeasuredClass& c : classes_) {
    released_people_ += c.people;
    chosen.add(in_.options.attacker == Attacker::demographics    ? c.alone
               : in_.options.attacker == Attacker::with_register ? c.by_register
                                                                 : c.all_events);
  }
  if (in_.options.attacker == Attacker::events) chosen = events_;
  average_ = chosen.average();
  maximum_ = chosen.highest();
}

std::vector<double> Assessment::highest_risks() const {
  std::vector<double> highest(classes_.size(), 0);
  for (std::size_t i = 0; i < items_.size(); ++i)
    highest[items_[i].class_no] = std::max(highest[items_[i].class_no], item_risk_[i]);
  return highest;
}

Protected Assessment::result(std::vector<std::uint32_t>& item_of_persona) {
  if (in_.options.attacker != Attacker::events) {
    pool_everything();
    measure_events();
  }
  item_of_persona.resize(items_.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i) item_of_persona[number_[i]] = i;
  Protected out(host_.memory());
  name_columns(out);
  out.classes.assign(rows_.begin(), rows_.end());
  for (std::size_t c = 0; c < classes_.size(); ++c) out.classes[c].people = classes_[c].people;
  place_personas(out, item_of_persona);
  pooled_.sort_by_persona();
  std::uint64_t at = 0;
  for (std::uint32_t p = 0; p < out.personas.size(); ++p) {
    out.personas[p].event_begin = at;
    while (at < pooled_.size() && pooled_[at].persona == p) ++at;
    out.personas[p].event_end = at;
  }
  out.pooled = std::move(pooled_);
  write_risks(out);
  write_figures(out);
  return out;
}

void Assessment::name_columns(Protected& out) const {
  const model::Population& population = in_.population;
  out.setting = in_.setting;
  out.period_starts = vocabulary_.period_starts();
  out.combos = vocabulary_.combos();
  for (const std::uint32_t c : in_.released.columns()) {
    out.column_names.push_back(population.event_columns[c].name);
    out.column_of.push_back(c);
  }
  const auto known = group::find_protected(population);
  for (std::size_t a = 0; a < population.width(); ++a)
    if (known.gender != a && known.ethnicity != a && known.geography != a && known.age != a)
      out.other_names.push_back(population.attributes[a].name);
}

void Assessment::place_personas(Protected& out,
                                std::span<const std::uint32_t> item_of_persona) const {
  out.persona_of.assign(in_.population.size(), Protected::kSuppressed);
  out.risk.assign(in_.population.size(), 0.0F);
  out.content.assign(in_.population.size(), 0);
  for (std::uint32_t p = 0; p < item_of_persona.size(); ++p) {
    const Item& item = items_[item_of_persona[p]];
    PersonaRow row{};
    row.key = item.key;
    row.class_no = item.class_no;
    row.people = static_cast<std::uint32_t>(item.people.size());
    row.risk = item_risk_[item_of_persona[p]];
    if (row.risk > kHighRisk) ++out.high_risk_personas;
    out.personas.push_back(row);
    for (const std::uint32_t person : item.people) {
      out.persona_of[person] = p;
      out.risk[person] = risk_[person];
      out.content[person] = waits(item, person) ? in_.member[person]->content : in_.content[person];
    }
  }
}

void Assessment::write_risks(Protected& out) const {
  RiskSum one, two, all, alone, by_register;
  for (const MeasuredClass& c : classes_) {
    one.add(c.one_event);
    two.add(c.two_events);
    all.add(c.all_events);
    alone.add(c.alone);
    by_register.add(c.by_register);
  }
  const bool events = in_.population.event_width() > 0;
  const auto average = [&](const RiskSum& s) { return events ? s.average() : kNotDefined; };
  const auto highest = [&](const RiskSum& s) { return events ? s.highest() : kNotDefined; };
  out.risks = {alone.average(),  alone.highest(),  average(one),          highest(one),
               average(two),     highest(two),     average(all),          highest(all),
               average(events_), highest(events_), by_register.average(), by_register.highest()};
  out.average = average_;
  out.maximum = maximum_;
}

void Assessment::write_figures(Protected& out) const {
  out.released = released_people_;
  out.suppressed = in_.population.size() - out.released;
  out.utility = kNotDefined;  // measured by the ladder, which does not run here
  double width = 0;
  std::uint64_t with_age = 0;
  for (const ClassRow& row : out.classes) {
    if (row.generalized_label) out.label_generalized += row.people;
    if (!row.age_low || !row.age_high) continue;
    width += static_cast<double>(row.people) * (*row.age_high - *row.age_low);
    with_age += row.people;
  }
  out.mean_age_width = with_age > 0 ? width / static_cast<double>(with_age) : kNotDefined;
}

}  // namespace pt::release

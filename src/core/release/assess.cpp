#include "core/release/assess.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/group/cells.hpp"
#include "core/protect/released.hpp"
#include "core/risk/cover.hpp"

namespace pt::release {
namespace {

using protect::ClassRow;
using protect::PersonaRow;
using protect::Protected;

constexpr double kHighRisk = 0.25;
constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();

struct Sums {
  double sum = 0, maximum = 0;
  std::uint64_t people = 0;
  void add(double risk, std::uint64_t times = 1) {
    sum += risk * static_cast<double>(times);
    maximum = std::max(maximum, risk);
    people += times;
  }
  double average() const { return people > 0 ? sum / static_cast<double>(people) : kNotDefined; }
  double highest() const { return people > 0 ? maximum : kNotDefined; }
};

/// Codes that published and present events share.
class Vocabulary {
 public:
  Vocabulary(const Known& known, const protect::Released& released, Protected& out)
      : released_combos_(released.combos()) {
    std::vector<std::int32_t>& starts = out.period_starts;
    starts = released.period_starts();
    for (const KnownPersona& persona : known.personas)
      for (const protect::EventRow& e : persona.events) starts.push_back(e.period_start);
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    for (const std::int32_t start : released.period_starts())
      period_.push_back(place(starts, start));

    out.combos = known.combos;
    std::map<std::vector<std::optional<std::string>>, std::uint32_t> seen;
    for (std::uint32_t i = 0; i < out.combos.size(); ++i) seen.emplace(out.combos[i], i);
    for (std::uint32_t i = 0; i < released_combos_ && !released.period_starts().empty(); ++i) {
      std::vector<std::optional<std::string>> row;
      for (std::size_t c = 0; c < released.columns().size(); ++c)
        row.push_back(released.value(i, c));
      const auto [it, fresh] =
          seen.emplace(std::move(row), static_cast<std::uint32_t>(out.combos.size()));
      if (fresh) out.combos.push_back(it->first);
      combo_.push_back(it->second);
    }
    combos_ = std::max<std::uint64_t>(out.combos.size(), 1);
    starts_ = &starts;
  }

  std::uint64_t present(std::uint64_t code) const {
    return period_[code / released_combos_] * combos_ + combo_[code % released_combos_];
  }
  std::uint64_t published(const protect::EventRow& e) const {
    return place(*starts_, e.period_start) * combos_ + e.combo;
  }

 private:
  static std::uint64_t place(const std::vector<std::int32_t>& starts, std::int32_t start) {
    return static_cast<std::uint64_t>(std::lower_bound(starts.begin(), starts.end(), start) -
                                      starts.begin());
  }
  std::uint64_t released_combos_, combos_ = 1;
  std::vector<std::uint64_t> period_;
  std::vector<std::uint32_t> combo_;
  const std::vector<std::int32_t>* starts_ = nullptr;
};

class Assessment {
 public:
  Assessment(Host& host, const Version& version)
      : host_(host),
        v_(version),
        released_(version.population, version.setting),
        out_(host.memory()),
        vocabulary_(version.known, released_, out_) {}

  Protected run(std::vector<double>& mean_risk, std::vector<std::uint32_t>& item_of_persona) {
    name_columns();
    order_personas(item_of_persona);
    out_.classes.assign(v_.classes.begin(), v_.classes.end());
    for (ClassRow& row : out_.classes) row.people = 0;
    for (const Item& item : v_.items)
      out_.classes[item.class_no].people += static_cast<std::uint32_t>(item.people.size());
    out_.pooled.start(std::max<std::uint64_t>(out_.period_starts.size(), 1) *
                          std::max<std::uint64_t>(out_.combos.size(), 1),
                      std::max<std::uint64_t>(v_.items.size(), 1), v_.population.words.size());
    assess_classes(mean_risk);
    assess_events();
    place_events();
    finish_figures();
    return std::move(out_);
  }

 private:
  void name_columns() {
    const model::Population& population = v_.population;
    out_.setting = v_.setting;
    for (const std::uint32_t c : released_.columns()) {
      out_.column_names.push_back(population.event_columns[c].name);
      out_.column_of.push_back(c);
    }
    const auto known = group::find_protected(population);
    for (std::size_t a = 0; a < population.width(); ++a)
      if (known.gender != a && known.ethnicity != a && known.geography != a && known.age != a)
        out_.other_names.push_back(population.attributes[a].name);
  }

  void order_personas(std::vector<std::uint32_t>& item_of_persona) {
    item_of_persona.resize(v_.items.size());
    std::iota(item_of_persona.begin(), item_of_persona.end(), 0u);
    std::sort(item_of_persona.begin(), item_of_persona.end(),
              [&](std::uint32_t a, std::uint32_t b) { return v_.items[a].key < v_.items[b].key; });
    persona_of_item_.resize(v_.items.size());
    out_.persona_of.assign(v_.population.size(), Protected::kSuppressed);
    out_.risk.assign(v_.population.size(), 0.0F);
    out_.content.assign(v_.population.size(), 0);
    for (std::uint32_t p = 0; p < item_of_persona.size(); ++p) {
      const Item& item = v_.items[item_of_persona[p]];
      persona_of_item_[item_of_persona[p]] = p;
      PersonaRow row{};
      row.key = item.key;
      row.class_no = item.class_no;
      row.people = static_cast<std::uint32_t>(item.people.size());
      out_.personas.push_back(row);
      for (const std::uint32_t person : item.people) {
        out_.persona_of[person] = p;
        out_.content[person] =
            waits(item, person) ? v_.member[person]->content : v_.content[person];
      }
    }
  }

  /// Whether the persona still shows events of this person that are not the present ones.
  bool waits(const Item& item, std::uint32_t person) const {
    return item.known != nullptr && v_.member[person] != nullptr &&
           v_.member[person]->content != v_.content[person];
  }

  /// Present events in the shared codes, ascending.
  void history(std::uint32_t person, std::vector<std::uint64_t>& codes) const {
    codes.clear();
    for (const std::uint64_t w : v_.population.events_of(person))
      codes.push_back(vocabulary_.present(released_.code(w)));
    std::sort(codes.begin(), codes.end());
  }

  /// What the persona shows, ascending by code.
  std::vector<risk::PersonaEvents> events_of(const Item& item, std::uint32_t number) const {
    std::vector<risk::PersonaEvents> events;
    if (item.known != nullptr) {
      for (const protect::EventRow& e : item.known->events)
        events.push_back({vocabulary_.published(e), number, e.weight});
    } else {
      std::vector<std::uint64_t> codes;
      for (const std::uint32_t person : item.people) {
        history(person, codes);
        for (const std::uint64_t code : codes) events.push_back({code, number, 1});
      }
    }
    std::sort(events.begin(), events.end(),
              [](const auto& a, const auto& b) { return a.code < b.code; });
    std::size_t kept = 0;
    for (const risk::PersonaEvents& e : events) {
      if (kept > 0 && events[kept - 1].code == e.code)
        events[kept - 1].count += e.count;
      else
        events[kept++] = e;
    }
    events.resize(kept);
    return events;
  }

  /// The events among `codes` that the persona shows, as often as it does.
  static void keep_shown(const std::vector<risk::PersonaEvents>& shown,
                         std::vector<std::uint64_t>& codes) {
    std::size_t kept = 0, at = 0;
    std::uint32_t used = 0;
    for (const std::uint64_t code : codes) {
      while (at < shown.size() && shown[at].code < code) {
        ++at;
        used = 0;
      }
      if (at < shown.size() && shown[at].code == code && used < shown[at].count) {
        codes[kept++] = code;
        ++used;
      }
    }
    codes.resize(kept);
  }

  void assess_classes(std::vector<double>& mean_risk) {
    std::vector<std::vector<std::uint32_t>> items(v_.classes.size());
    for (std::uint32_t i = 0; i < v_.items.size(); ++i) items[v_.items[i].class_no].push_back(i);
    mean_risk.assign(v_.classes.size(), 0);
    for (std::uint32_t c = 0; c < items.size(); ++c) {
      host_.progress("measuring classes", c, items.size());
      if (!items[c].empty()) mean_risk[c] = assess_class(items[c], out_.classes[c]);
    }
  }

  double assess_class(const std::vector<std::uint32_t>& items, const ClassRow& row) {
    risk::Histories histories(host_.memory());
    histories.first.push_back(0);
    std::pmr::vector<risk::PersonaEvents> pooled(host_.memory());
    std::vector<std::uint32_t> sizes, people;
    std::vector<std::uint64_t> codes;
    for (std::uint32_t q = 0; q < items.size(); ++q) {
      const Item& item = v_.items[items[q]];
      const auto events = events_of(item, q);
      for (risk::PersonaEvents e : events) {
        pooled.push_back(e);
        e.persona = persona_of_item_[items[q]];
        out_.pooled.add(e);
      }
      sizes.push_back(static_cast<std::uint32_t>(item.people.size()));
      for (const std::uint32_t person : item.people) {
        history(person, codes);
        if (waits(item, person)) keep_shown(events, codes);
        people.push_back(person);
        histories.codes.insert(histories.codes.end(), codes.begin(), codes.end());
        histories.first.push_back(histories.codes.size());
      }
    }
    risk::merge_equal(pooled);
    risk::Cover cover(host_, pooled, sizes);
    std::vector<std::uint64_t> consistent(people.size());
    const auto add_all = [&](Sums& sums) {
      for (const std::uint64_t n : consistent) sums.add(1.0 / static_cast<double>(n));
    };
    cover.any_events(1, histories, consistent);
    add_all(one_event_);
    cover.any_events(2, histories, consistent);
    add_all(two_events_);
    cover.all_events(histories, consistent);
    double sum = 0;
    const double alone = 1.0 / static_cast<double>(row.people);
    double by_register = kNotDefined;
    if (v_.options.register_of) {
      by_register = protect::register_risk(row.people, v_.options.register_of->people(row));
      register_.add(by_register, row.people);
    }
    std::size_t i = 0;
    for (const std::uint32_t number : items) {
      const Item& item = v_.items[number];
      for (const std::uint32_t person : item.people) {
        double risk = 1.0 / static_cast<double>(consistent[i++]);
        if (waits(item, person) &&
            v_.options.attacker == protect::Attacker::demographics_and_events)
          risk = std::max(risk, static_cast<double>(v_.member[person]->risk));
        all_events_.add(risk);
        demographics_.add(alone);
        if (v_.options.attacker == protect::Attacker::demographics) risk = alone;
        if (v_.options.attacker == protect::Attacker::with_register) risk = by_register;
        set_risk(person, persona_of_item_[number], risk);
        sum += risk;
      }
    }
    return sum / static_cast<double>(people.size());
  }

  void set_risk(std::uint32_t person, std::uint32_t persona, double risk) {
    out_.risk[person] = static_cast<float>(risk);
    out_.personas[persona].risk = std::max(out_.personas[persona].risk, risk);
  }

  /// The attacker who knows all events and no demographics.
  void assess_events() {
    out_.pooled.sort_by_code();
    std::vector<std::uint32_t> sizes;
    for (const PersonaRow& p : out_.personas) sizes.push_back(p.people);
    risk::Cover cover(host_, out_.pooled, sizes);
    risk::EventLookup lookup(cover);
    const bool chosen = v_.options.attacker == protect::Attacker::events;
    if (chosen)
      for (PersonaRow& p : out_.personas) p.risk = 0;
    std::vector<std::uint64_t> codes;
    for (std::uint32_t i = 0; i < v_.items.size(); ++i) {
      const Item& item = v_.items[i];
      if ((i & 0xFF) == 0) host_.progress("measuring events", i, v_.items.size());
      std::vector<risk::PersonaEvents> shown;
      for (const std::uint32_t person : item.people) {
        history(person, codes);
        if (waits(item, person)) {
          if (shown.empty()) shown = events_of(item, 0);
          keep_shown(shown, codes);
        }
        double risk = 1.0 / static_cast<double>(lookup.people_with(codes));
        if (chosen && waits(item, person))
          risk = std::max(risk, static_cast<double>(v_.member[person]->risk));
        events_.add(risk);
        if (chosen) set_risk(person, persona_of_item_[i], risk);
      }
    }
  }

  void place_events() {
    out_.pooled.sort_by_persona();
    std::uint64_t at = 0;
    for (std::uint32_t p = 0; p < out_.personas.size(); ++p) {
      out_.personas[p].event_begin = at;
      while (at < out_.pooled.size() && out_.pooled[at].persona == p) ++at;
      out_.personas[p].event_end = at;
    }
  }

  void finish_figures() {
    const bool events = v_.population.event_width() > 0;
    const auto average = [&](const Sums& s) { return events ? s.average() : kNotDefined; };
    const auto highest = [&](const Sums& s) { return events ? s.highest() : kNotDefined; };
    out_.risks = {demographics_.average(), demographics_.highest(), average(one_event_),
                  highest(one_event_),     average(two_events_),    highest(two_events_),
                  average(all_events_),    highest(all_events_),    average(events_),
                  highest(events_),        register_.average(),     register_.highest()};
    const Sums& chosen = v_.options.attacker == protect::Attacker::demographics    ? demographics_
                         : v_.options.attacker == protect::Attacker::events        ? events_
                         : v_.options.attacker == protect::Attacker::with_register ? register_
                                                                                   : all_events_;
    out_.average = chosen.average();
    out_.maximum = chosen.highest();
    out_.released = demographics_.people;
    out_.suppressed = v_.population.size() - out_.released;
    out_.utility = kNotDefined;  // measured by the ladder, which does not run here
    double width = 0;
    std::uint64_t with_age = 0;
    for (const ClassRow& row : out_.classes) {
      if (row.generalized_label) out_.label_generalized += row.people;
      if (!row.age_low || !row.age_high) continue;
      width += static_cast<double>(row.people) * (*row.age_high - *row.age_low);
      with_age += row.people;
    }
    out_.mean_age_width = with_age > 0 ? width / static_cast<double>(with_age) : kNotDefined;
    for (const PersonaRow& p : out_.personas)
      if (p.risk > kHighRisk) ++out_.high_risk_personas;
  }

  Host& host_;
  const Version& v_;
  protect::Released released_;
  Protected out_;
  Vocabulary vocabulary_;
  std::vector<std::uint32_t> persona_of_item_;
  Sums demographics_, one_event_, two_events_, all_events_, events_, register_;
};

}  // namespace

Protected assess(Host& host, const Version& version, std::vector<double>& mean_risk,
                 std::vector<std::uint32_t>& item_of_persona) {
  return Assessment(host, version).run(mean_risk, item_of_persona);
}

}  // namespace pt::release

#include "core/release/refresh.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>

#include "core/error.hpp"
#include "core/group/personas.hpp"
#include "core/protect/grouping.hpp"
#include "core/protect/measure.hpp"
#include "core/release/assess.hpp"
#include "core/release/content.hpp"
#include "core/release/newcomers.hpp"
#include "core/release/placing.hpp"

namespace pt::release {
namespace {

using model::Hash128;
using protect::ClassRow;

constexpr std::uint32_t kNobody = 0xFFFFFFFFu;

/// Personas that come into the version together or wait together.
struct Addition {
  enum class Kind : std::uint8_t { changes, redeal, return_, entry, opening };
  Kind kind = Kind::entry;
  std::vector<Item> items;
  std::vector<std::uint32_t> pool;  ///< redeal and return_: indexes into withdrawn_
  std::uint32_t persona = kNobody;  ///< changes: the persona
  bool on = true;

  std::uint64_t people() const {
    std::uint64_t n = 0;
    for (const Item& item : items) n += item.people.size();
    return n;
  }
};

struct HashOf {
  std::size_t operator()(const Hash128& key) const noexcept {
    return static_cast<std::size_t>(key.lo);
  }
};

class Refresher {
 public:
  Refresher(Host& host, const model::Population& population, const protect::Options& options,
            const RefreshInput& input)
      : host_(host),
        population_(population),
        options_(options),
        input_(input),
        known_(input.known),
        setting_(deal_setting(options, input.setting)),
        released_(population, setting_),
        grouping_(host, population, options),
        classes_(input.known.classes),
        out_(host.memory()) {}

  Refreshed run() {
    read_contents();
    join();
    sort_personas();
    deal_anew();
    return_suspended();
    let_enter();
    found_classes();
    settle_differences();
    if (untouched()) {
      // The version in service, measured when it was made, and nobody in it has changed since.
      gather(items_, from_);
      count_people();
    } else {
      hold_target();
      write_down();
    }
    return std::move(out_);
  }

 private:
  static protect::Setting deal_setting(const protect::Options& options, protect::Setting setting) {
    setting.persona_size = options.max_size;
    setting.cohesion = 0;  // mixed, so that what comes back can't be told by where it was
    return setting;
  }

  bool is_expunged(const Hash128& key) const {
    return std::binary_search(input_.expunged.begin(), input_.expunged.end(), key);
  }

  void read_contents() {
    const Contents contents(released_);
    std::vector<std::uint64_t> codes;
    content_.resize(population_.size());
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      if ((p & 0x3FFF) == 0) host_.progress("comparing events", p, population_.size());
      codes.clear();
      for (const std::uint64_t w : population_.events_of(p)) codes.push_back(released_.code(w));
      content_[p] = input_.content_key.at(contents.of(codes));
    }
  }

  /// People of the population and of the version in service, both by key.
  void join() {
    member_.assign(population_.size(), nullptr);
    present_.resize(known_.personas.size());
    lost_.assign(known_.personas.size(), 0);
    members_.resize(known_.personas.size());
    std::uint32_t p = 0;
    for (const KnownMember& m : known_.members) {
      members_[m.persona].push_back(m.key);
      while (p < population_.size() && population_.key[p] < m.key) ++p;
      const bool here = p < population_.size() && population_.key[p] == m.key;
      if (here && !is_expunged(m.key)) {
        member_[p] = &m;
        present_[m.persona].push_back(p);
      } else {
        ++lost_[m.persona];
        ++out_.counts.left;
      }
    }
    withdrawn_ = known_.withdrawn;
    out_.absence.assign(population_.size(), Absence::none);
  }

  void sort_personas() {
    for (std::uint32_t k = 0; k < known_.personas.size(); ++k) {
      const KnownPersona& persona = known_.personas[k];
      if (lost_[k] > 0) {
        withdrawn_.push_back({persona.key, persona.class_no, false, members_[k]});
        ++out_.counts.personas_withdrawn;
        continue;
      }
      std::uint64_t changed = 0;
      for (const std::uint32_t p : present_[k])
        if (content_[p] != member_[p]->content) ++changed;
      kept_.push_back(k);
      changed_.push_back(changed);
      if (changed < options_.min_size) continue;
      Addition addition;
      addition.kind = Addition::Kind::changes;
      addition.persona = k;
      addition.items.push_back({persona.key, persona.class_no, nullptr, 0, present_[k]});
      additions_.push_back(std::move(addition));
    }
    index_withdrawn();
  }

  /// Who of the withdrawn personas is still there.
  void index_withdrawn() {
    std::unordered_map<Hash128, std::uint32_t, HashOf> where;
    for (std::uint32_t w = 0; w < withdrawn_.size(); ++w)
      for (const Hash128& key : withdrawn_[w].members) where.emplace(key, w);
    pool_people_.resize(withdrawn_.size());
    in_pool_.assign(population_.size(), kNobody);
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      const auto found = where.find(population_.key[p]);
      if (found == where.end() || is_expunged(population_.key[p])) continue;
      in_pool_[p] = found->second;
      pool_people_[found->second].push_back(p);
    }
  }

  std::uint64_t lost_of(std::uint32_t w) const {
    return withdrawn_[w].members.size() - pool_people_[w].size();
  }

  /// Withdrawn personas of a class are dealt anew when they have lost enough people, those of other
  /// classes together with others of their cell, neighbours in age first.
  void deal_anew() {
    using Cell = std::tuple<std::optional<std::string>, std::optional<std::string>,
                            std::optional<std::string>>;
    std::map<Cell, std::map<std::pair<std::int32_t, std::uint32_t>, std::vector<std::uint32_t>>>
        cells;
    for (std::uint32_t w = 0; w < withdrawn_.size(); ++w) {
      if (withdrawn_[w].suspended && lost_of(w) == 0) continue;
      withdrawn_[w].suspended = false;
      const std::uint32_t c = withdrawn_[w].class_no;
      const ClassRow& row = classes_[c];
      cells[{row.gender, row.ethnicity, row.geography}][{row.age_low.value_or(-1), c}].push_back(w);
    }
    for (const auto& [cell, classes] : cells) {
      std::vector<std::uint32_t> gathered;
      for (const auto& [order, pool] : classes) {
        if (try_redeal(pool)) continue;
        gathered.insert(gathered.end(), pool.begin(), pool.end());
        if (try_redeal(gathered)) gathered.clear();
      }
    }
  }

  bool try_redeal(const std::vector<std::uint32_t>& pool) {
    std::uint64_t lost = 0;
    std::vector<std::uint32_t> people;
    std::vector<std::uint32_t> classes;
    for (const std::uint32_t w : pool) {
      lost += lost_of(w);
      people.insert(people.end(), pool_people_[w].begin(), pool_people_[w].end());
      classes.push_back(withdrawn_[w].class_no);
    }
    if (lost < options_.min_size || people.size() < grouping_.smallest_persona()) return false;
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    std::uint32_t class_no = classes.front();
    if (classes.size() > 1) {
      std::vector<const ClassRow*> rows;
      for (const std::uint32_t c : classes) rows.push_back(&classes_[c]);
      ClassRow united = unite(rows);
      class_no = static_cast<std::uint32_t>(classes_.size());
      classes_.push_back(std::move(united));
    }
    Addition addition;
    addition.kind = Addition::Kind::redeal;
    addition.pool = pool;
    if (deal(people, class_no, addition)) additions_.push_back(std::move(addition));
    return true;
  }

  /// Deals people into personas of a class; false when one of them would be homogeneous.
  bool deal(std::vector<std::uint32_t>& people, std::uint32_t class_no, Addition& addition) {
    std::sort(people.begin(), people.end());
    bool diverse = true;
    grouping_.deal_class(setting_, released_, people, [&](const protect::DealtClass& dealt) {
      std::vector<bool> homogeneous(dealt.personas, false);
      std::vector<std::uint32_t> values(people.size());
      for (const auto& column : grouping_.sensitive()) {
        for (std::size_t i = 0; i < people.size(); ++i) values[i] = column[people[i]];
        group::mark_homogeneous(dealt.persona, values, homogeneous);
      }
      diverse = std::find(homogeneous.begin(), homogeneous.end(), true) == homogeneous.end();
      std::vector<Item> items(dealt.personas);
      for (std::size_t i = 0; i < people.size(); ++i)
        items[dealt.persona[i]].people.push_back(people[i]);
      for (Item& item : items) {
        item.class_no = class_no;
        item.key = new_key(item.people.front());
        addition.items.push_back(std::move(item));
      }
    });
    return diverse;
  }

  /// Ids of new personas: never those of an earlier persona with the same smallest member.
  Hash128 new_key(std::uint32_t person) const {
    const Hash128& key = population_.key[person];
    return input_.content_key.hash(input_.salt + " " + std::to_string(key.hi) + " " +
                                   std::to_string(key.lo));
  }

  void return_suspended() {
    for (std::uint32_t w = 0; w < withdrawn_.size(); ++w) {
      if (!withdrawn_[w].suspended) continue;
      Addition addition;
      addition.kind = Addition::Kind::return_;
      addition.pool = {w};
      addition.items.push_back(
          {withdrawn_[w].key, withdrawn_[w].class_no, nullptr, 0, pool_people_[w]});
      additions_.push_back(std::move(addition));
    }
  }

  void let_enter() {
    ClassFinder finder(population_, known_.classes);
    std::map<std::uint32_t, std::vector<std::uint32_t>> newcomers;
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      if (member_[p] != nullptr || in_pool_[p] != kNobody || is_expunged(population_.key[p]))
        continue;
      const auto class_no = finder.find(population_.tuple[p]);
      out_.absence[p] = class_no ? Absence::waiting : Absence::no_class;
      if (class_no) newcomers[*class_no].push_back(p);
    }
    for (auto& [class_no, people] : newcomers) {
      if (people.size() < grouping_.smallest_persona()) continue;
      Addition addition;
      if (deal(people, class_no, addition)) additions_.push_back(std::move(addition));
    }
  }

  /// Newcomers whom no class fits found new ones, of about as many people as those in service have.
  void found_classes() {
    std::vector<std::uint32_t> people;
    for (std::uint32_t p = 0; p < population_.size(); ++p)
      if (out_.absence[p] == Absence::no_class) people.push_back(p);
    // Nothing is shown of fewer people than the version in service shows it of.
    protect::Setting setting = setting_;
    setting.place_people = std::numeric_limits<std::uint32_t>::max();
    for (const ClassRow& row : known_.classes)
      if (row.geography) setting.place_people = std::min(setting.place_people, row.people);
    const double usual = static_cast<double>(known_.members.size()) /
                         static_cast<double>(std::max<std::size_t>(known_.classes.size(), 1));
    for (NewClass& c : open_classes(host_, population_, options_, setting, people, usual)) {
      if (c.people.size() < grouping_.smallest_persona()) continue;
      Addition addition;
      addition.kind = Addition::Kind::opening;
      const auto class_no = static_cast<std::uint32_t>(classes_.size());
      if (!deal(c.people, class_no, addition)) continue;
      classes_.push_back(std::move(c.row));
      additions_.push_back(std::move(addition));
    }
  }

  // --------------------------------------------------------------------------------------------

  /// The personas of the version with the additions that are on; `from[i]`: the addition of item i.
  void gather(std::vector<Item>& items, std::vector<std::uint32_t>& from) const {
    items.clear();
    from.clear();
    std::set<std::uint32_t> replaced;
    for (const Addition& a : additions_)
      if (a.on && a.kind == Addition::Kind::changes) replaced.insert(a.persona);
    for (const std::uint32_t k : kept_) {
      if (replaced.count(k) > 0 || suspended_.count(k) > 0) continue;
      const KnownPersona& persona = known_.personas[k];
      items.push_back({persona.key, persona.class_no, &persona, persona.unit, present_[k]});
      from.push_back(kNobody);
    }
    for (std::uint32_t a = 0; a < additions_.size(); ++a) {
      if (!additions_[a].on) continue;
      for (const Item& item : additions_[a].items) {
        items.push_back(item);
        from.push_back(a);
      }
    }
  }

  /// Additions that would give people away wait.
  void settle_differences() {
    std::vector<Item> items;
    std::vector<std::uint32_t> from;
    for (;;) {
      gather(items, from);
      std::vector<Placement> placements;
      for (const Item& item : items) {
        Placement& placement = placements.emplace_back();
        placement.unit = item.unit;
        if (item.unit != 0) continue;
        for (const std::uint32_t p : item.people)
          placement.members.emplace_back(population_.key[p], content_[p]);
      }
      const auto blamed = input_.check(placements);
      if (!blamed) return;
      bool any = false;
      for (const std::uint32_t i : *blamed) {
        if (from[i] == kNobody) continue;
        any = any || additions_[from[i]].on;
        additions_[from[i]].on = false;
      }
      if (any) continue;
      for (Addition& a : additions_) {
        any = any || a.on;
        a.on = false;
      }
      if (!any) throw internal_error("withdrawing personas alone breaks the differencing rule");
    }
  }

  void hold_target() {
    constexpr double kMostSuspended = 0.25;
    constexpr int kRounds = 3;
    measure("refresh", "everything that the differencing rule lets in");
    for (int round = 0; round < kRounds && !holds() && hold_back(Addition::Kind::opening); ++round)
      measure("hold_back_classes", "new classes wait that the target does not hold with");
    for (int round = 0; round < kRounds && !holds() && hold_back(Addition::Kind::entry); ++round)
      measure("hold_back_newcomers", "newcomers wait that the target does not hold with");
    while (!holds()) {
      suspend_classes();
      settle_differences();
      measure("suspend_classes", "the classes with the highest mean risk are out of service");
    }
    if (!out_.result.decisions.empty()) out_.result.decisions.back().chosen = true;
    std::uint64_t suspended = 0;
    for (const std::uint32_t k : suspended_) suspended += present_[k].size();
    out_.counts.suspended = suspended;
    if (static_cast<double>(suspended) >
            kMostSuspended * static_cast<double>(known_.members.size()) &&
        !input_.at_any_cost)
      throw wrong_state(
          "the target no longer holds",
          "To hold it " + std::to_string(suspended) + " of " +
              std::to_string(known_.members.size()) +
              " published people would have to be taken out of service.",
          "The version in service stays. Publish a coarser version: make a new run with larger "
          "personas or a higher target, as far as the differencing rule allows it; pt_expunge() "
          "takes people out whatever it costs.");
  }

  /// Additions of a kind wait, those with the highest mean risk first, until the rest should hold
  /// the target; those below the target never, since without them the mean is higher. False when
  /// none is left that does harm. Of the version measured last.
  bool hold_back(Addition::Kind kind) {
    struct Harm {
      Addition* addition;
      double sum = 0, highest = 0, people = 0;
    };
    std::vector<Harm> harms;
    for (Addition& a : additions_) {
      if (a.kind != kind || !a.on) continue;
      Harm harm{&a};
      for (const Item& item : a.items)
        for (const std::uint32_t p : item.people) {
          const auto risk = static_cast<double>(out_.result.risk[p]);
          harm.sum += risk;
          harm.highest = std::max(harm.highest, risk);
          ++harm.people;
        }
      harms.push_back(harm);
    }
    std::stable_sort(harms.begin(), harms.end(), [](const Harm& a, const Harm& b) {
      return a.sum * b.people > b.sum * a.people;
    });
    auto people = static_cast<double>(out_.result.released);
    double sum = out_.result.average * people;
    bool any = false;
    for (const Harm& harm : harms) {
      const bool needed =
          sum > options_.target_risk * people && harm.sum > options_.target_risk * harm.people;
      if (!needed && harm.highest <= options_.individual_limit * (1 + 1e-6)) continue;
      harm.addition->on = false;
      any = true;
      sum -= harm.sum;
      people -= harm.people;
    }
    if (any) settle_differences();
    return any;
  }

  bool holds() const {
    return items_.empty() ||
           protect::Measured{out_.result.average, out_.result.maximum}.holds(options_);
  }

  /// Measures the version with the additions that are on, and writes the step down.
  void measure(std::string action, std::string why) {
    constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();
    std::vector<protect::Decision> decisions = std::move(out_.result.decisions);
    const double average = out_.result.average, maximum = out_.result.maximum;
    gather(items_, from_);
    const Version version{population_, options_, setting_, known_,
                          classes_,    items_,   content_, member_};
    out_.result = assess(host_, version, mean_risk_, order_);
    const bool first = decisions.empty();
    protect::Decision d{};
    d.step = static_cast<std::uint32_t>(decisions.size());
    d.action = std::move(action);
    d.setting = "as in the version in service";
    d.average_before = first ? kNotDefined : average;
    d.maximum_before = first ? kNotDefined : maximum;
    d.average_after = out_.result.average;
    d.maximum_after = out_.result.maximum;
    d.utility_before = d.utility_after = kNotDefined;
    d.holds = holds();
    d.why = std::move(why);
    decisions.push_back(std::move(d));
    out_.result.decisions = std::move(decisions);
  }

  /// Takes the classes with the highest mean risk out until the rest should hold.
  void suspend_classes() {
    std::vector<std::uint32_t> worst(classes_.size());
    std::iota(worst.begin(), worst.end(), 0u);
    std::stable_sort(worst.begin(), worst.end(), [&](std::uint32_t a, std::uint32_t b) {
      return mean_risk_[a] > mean_risk_[b];
    });
    std::vector<double> highest(classes_.size(), 0);
    double sum = 0;
    std::uint64_t people = 0;
    for (const auto& persona : out_.result.personas)
      highest[persona.class_no] = std::max(highest[persona.class_no], persona.risk);
    for (std::uint32_t c = 0; c < classes_.size(); ++c) {
      sum += mean_risk_[c] * out_.result.classes[c].people;
      people += out_.result.classes[c].people;
    }
    std::set<std::uint32_t> out;
    const auto take = [&](std::uint32_t c) {
      if (out_.result.classes[c].people == 0 || !out.insert(c).second) return;
      sum -= mean_risk_[c] * out_.result.classes[c].people;
      people -= out_.result.classes[c].people;
    };
    for (std::uint32_t c = 0; c < classes_.size(); ++c)
      if (highest[c] > options_.individual_limit * (1 + 1e-12)) take(c);
    for (const std::uint32_t c : worst) {
      if (!out.empty() &&
          (people == 0 || sum <= options_.target_risk * static_cast<double>(people)))
        break;
      take(c);
    }
    for (const std::uint32_t k : kept_)
      if (out.count(known_.personas[k].class_no) > 0) suspended_.insert(k);
    for (Addition& a : additions_)
      for (const Item& item : a.items)
        if (out.count(item.class_no) > 0) a.on = false;
  }

  // --------------------------------------------------------------------------------------------

  /// Whether the version in service stays, and shows everybody in it as the source does.
  bool untouched() const {
    return out_.counts.personas_withdrawn == 0 &&
           std::none_of(additions_.begin(), additions_.end(),
                        [](const Addition& a) { return a.on; }) &&
           std::all_of(changed_.begin(), changed_.end(), [](std::uint64_t n) { return n == 0; });
  }

  void write_down() {
    RefreshCounts& n = out_.counts;
    pool_used_.assign(withdrawn_.size(), false);
    for (const Addition& a : additions_) {
      if (!a.on) continue;
      out_.changed = true;
      for (const std::uint32_t w : a.pool) pool_used_[w] = true;
      for (const Item& item : a.items)
        for (const std::uint32_t p : item.people) out_.absence[p] = Absence::none;
      if (a.kind == Addition::Kind::redeal) n.redealt += a.people();
      if (a.kind == Addition::Kind::return_) n.returned += a.people();
      if (a.kind == Addition::Kind::opening) n.opened += a.people();
      if (a.kind == Addition::Kind::entry || a.kind == Addition::Kind::opening)
        n.entered += a.people();
    }
    out_.changed = out_.changed || n.personas_withdrawn > 0 || !suspended_.empty();
    count_changes();
    for (std::uint32_t w = 0; w < withdrawn_.size(); ++w)
      if (!pool_used_[w]) out_.withdrawn.push_back(withdrawn_[w]);
    for (const std::uint32_t k : suspended_) {
      const KnownPersona& persona = known_.personas[k];
      out_.withdrawn.push_back({persona.key, persona.class_no, true, members_[k]});
      for (const std::uint32_t p : present_[k]) out_.absence[p] = Absence::suspended;
    }
    for (const std::uint32_t i : order_) out_.units.push_back(items_[i].unit);
    count_people();
    number_classes();
  }

  /// Why people are absent, and how many.
  void count_people() {
    RefreshCounts& n = out_.counts;
    pool_used_.resize(withdrawn_.size(), false);
    for (std::uint32_t p = 0; p < population_.size(); ++p) {
      if (is_expunged(population_.key[p])) out_.absence[p] = Absence::expunged;
      if (in_pool_[p] != kNobody && !pool_used_[in_pool_[p]]) {
        const bool suspended = withdrawn_[in_pool_[p]].suspended;
        out_.absence[p] = suspended ? Absence::suspended : Absence::withdrawn;
        ++(suspended ? n.suspended : n.withdrawn);
      }
      if (out_.absence[p] == Absence::waiting) ++n.waiting;
      if (out_.absence[p] == Absence::no_class) ++n.without_class;
    }
    for (const Item& item : items_)
      if (item.unit != 0) ++n.kept;
  }

  void count_changes() {
    std::set<std::uint32_t> shown;
    for (const Addition& a : additions_)
      if (a.on && a.kind == Addition::Kind::changes) shown.insert(a.persona);
    for (std::size_t i = 0; i < kept_.size(); ++i) {
      if (suspended_.count(kept_[i]) > 0) continue;
      (shown.count(kept_[i]) > 0 ? out_.counts.changed : out_.counts.changes_waiting) +=
          changed_[i];
    }
  }

  /// Classes with people first, then those that withdrawn personas still need.
  void number_classes() {
    std::vector<bool> needed(classes_.size(), false);
    for (const Withdrawn& w : out_.withdrawn) needed[w.class_no] = true;
    std::vector<std::uint32_t> number(classes_.size(), kNobody);
    std::vector<ClassRow> live;
    std::vector<std::uint32_t> dead;
    const auto origin = [&](std::uint32_t c) {
      return c < known_.classes.size() ? std::optional(c) : std::nullopt;
    };
    for (std::uint32_t c = 0; c < classes_.size(); ++c) {
      if (out_.result.classes.empty() || out_.result.classes[c].people == 0) {
        if (needed[c]) dead.push_back(c);
        continue;
      }
      number[c] = static_cast<std::uint32_t>(live.size());
      live.push_back(out_.result.classes[c]);
      out_.origin.push_back(origin(c));
    }
    for (const std::uint32_t c : dead) {
      number[c] = static_cast<std::uint32_t>(live.size() + out_.dead_classes.size());
      out_.dead_classes.push_back(classes_[c]);
      out_.origin.push_back(origin(c));
    }
    out_.result.classes = std::move(live);
    for (auto& persona : out_.result.personas) persona.class_no = number[persona.class_no];
    for (Withdrawn& w : out_.withdrawn) w.class_no = number[w.class_no];
    out_.result.target_met = out_.result.released > 0 && holds();
  }

  Host& host_;
  const model::Population& population_;
  const protect::Options& options_;
  const RefreshInput& input_;
  const Known& known_;
  protect::Setting setting_;
  protect::Released released_;
  protect::Grouping grouping_;
  std::vector<ClassRow> classes_;  // of Known, then united ones
  std::vector<std::uint64_t> content_;
  std::vector<const KnownMember*> member_;           // by person
  std::vector<std::vector<std::uint32_t>> present_;  // by known persona: people who are there
  std::vector<std::vector<Hash128>> members_;        // by known persona: everybody
  std::vector<std::uint64_t> lost_;                  // by known persona
  std::vector<std::uint32_t> kept_;                  // known personas without a loss
  std::vector<std::uint64_t> changed_;               // of each of them: people with other events
  std::set<std::uint32_t> suspended_;                // known personas
  std::vector<Withdrawn> withdrawn_;
  std::vector<std::vector<std::uint32_t>> pool_people_;  // by withdrawn persona
  std::vector<bool> pool_used_;         // by withdrawn persona: it is in an addition
  std::vector<std::uint32_t> in_pool_;  // by person: withdrawn persona
  std::vector<Addition> additions_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> from_, order_;
  std::vector<double> mean_risk_;
  Refreshed out_;
};

}  // namespace

const char* why(Absence absence) {
  switch (absence) {
    case Absence::none:
      break;
    case Absence::waiting:
      return "waiting: newcomers enter when they fill a persona";
    case Absence::no_class:
      return "waiting: no published class has these demographics";
    case Absence::withdrawn:
      return "withdrawn: somebody left the persona";
    case Absence::expunged:
      return "expunged";
    case Absence::suspended:
      return "suspended: the target does not hold with the class";
  }
  return "suppressed: no class could hold this person within the limits";
}

Refreshed refresh(Host& host, const model::Population& population, const protect::Options& options,
                  const RefreshInput& input) {
  const auto require_people = [](std::uint64_t people) {
    if (people == 0)
      throw wrong_state("nobody would be left in the next version",
                        "Every persona would be out of service.",
                        "The version in service stays; pt_drop_release() takes the whole release "
                        "out of service.");
  };
  require_people(population.size());
  Refreshed next = Refresher(host, population, options, input).run();
  if (next.changed) require_people(next.result.released);
  return next;
}

}  // namespace pt::release

#include "core/protect/ladder.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string_view>

#include "core/protect/proposed.hpp"
#include "core/protect/rungs.hpp"
#include "core/protect/setting_text.hpp"
#include "core/protect/targeted.hpp"

namespace pt::protect {
namespace {

using model::Population;

constexpr double kCohesions[] = {1.0, 0.5, 0.25};
/// A search of the rungs ends after this many measurements; what holds by then is refined already.
constexpr std::size_t kMostMeasurements = 80;
/// Settings tried with synthetic events, and the smallest part of the allowed share tried.
constexpr std::size_t kMostSynthetic = 12;
constexpr double kLeastOfShare = 0.125;
/// Rungs on which classes are joined one by one, and how far above the target the least that such a
/// rung was measured to have may be: from further away joining costs more than a coarser rung.
constexpr std::size_t kMostTargeted = 8;
constexpr double kMissedByLittle = 1.6;
/// Ages wider than preferred are taken when they gain this much utility elsewhere.
constexpr double kWorthOfPreferredAges = 0.01;
/// Bisection ends when the budget of classes is known to this share.
constexpr double kBudgetPrecision = 0.04;

class Ladder {
 public:
  Ladder(Host& host, const Population& population, const Options& options, Grouping& grouping,
         const model::Prf& randomness, double margin, std::uint64_t scout_people)
      : host_(host),
        population_(population),
        options_(options),
        grouping_(grouping),
        randomness_(randomness),
        margin_(margin),
        scout_people_(scout_people) {}

  Found run(const std::optional<Setting>& only) {
    rungs_ = only ? only_rung(*only) : make_rungs(population_, options_, grouping_, column_path());
    const Setting start = with_classes(rungs_.settings.front(), kAllClasses);
    try_setting(start, 0, "start", "the finest setting asked for");
    search();
    return finish();
  }

 private:
  static constexpr std::uint32_t kAllClasses = std::numeric_limits<std::uint32_t>::max();

  double cohesion() const { return options_.cohesion.value_or(0); }

  Rungs only_rung(Setting s) const {
    s.cohesion = cohesion();
    s.undone.clear();
    return {{s}, s, 1};
  }

  const ColumnPath& column_path() {
    if (path_.empty()) path_ = protect::column_path(population_, options_);
    return path_;
  }

  Setting with_classes(Setting s, std::uint32_t classes) {
    const auto& tree = *grouping_.grown(s).tree;
    s.classes = std::clamp(classes, tree.forced(), tree.most());
    return s;
  }

  /// Measures a setting, logs the decision and keeps it when it is the best that holds.
  Measured try_setting(const Setting& s, std::uint32_t rung, std::string action, std::string why) {
    // Joining has measured everybody of these classes: so is its result.
    const std::uint64_t most =
        s.undone.empty() ? scout_people_ : std::numeric_limits<std::uint64_t>::max();
    const Measured m =
        measure(host_, population_, options_, grouping_, s, randomness_, most, &known_);
    Decision d;
    d.step = static_cast<std::uint32_t>(decisions_.size());
    d.rung = rung;
    d.action = std::move(action);
    d.setting = describe(population_, s);
    d.why = std::move(why) + (m.sampled ? " (estimated on a sample)" : "");
    d.average_after = m.average;
    d.maximum_after = m.maximum;
    d.utility_after = utility(population_, options_, grouping_, s);
    const bool first = decisions_.empty();
    d.average_before = first ? m.average : decisions_.back().average_after;
    d.maximum_before = first ? m.maximum : decisions_.back().maximum_after;
    d.utility_before = first ? d.utility_after : decisions_.back().utility_after;
    d.holds = m.holds(options_, margin_);
    d.chosen = false;
    d.proposed_by = proposed_by_;
    if (d.holds && (!best_ || d.utility_after > best_->utility))
      best_ = Candidate{s, m, d.utility_after, d.step};
    if (!lowest_ || m.average < lowest_->measured.average)
      lowest_ = Candidate{s, m, d.utility_after, d.step};
    if (!d.holds && s.synthetic <= 0 && s.undone.empty()) too_many_.push_back({s, m.average});
    decisions_.push_back(std::move(d));
    host_.progress("adjust", decisions_.size(), 0);
    return m;
  }

  static bool coarser_or_equal(const Setting& a, const Setting& b) {
    const bool places = a.geography_level == b.geography_level
                            ? a.place_people >= b.place_people && a.place_total >= b.place_total
                            : a.geography_level > b.geography_level;
    if (a.period < b.period || !places || a.cell_people < b.cell_people) return false;
    for (std::size_t c = 0; c < a.column_level.size(); ++c)
      if (a.column_level[c] < b.column_level[c]) return false;
    return true;
  }

  std::string action_for(const Setting& s) const {
    if (s.cell_people > grouping_.smallest_persona()) return "generalize_labels";
    if (!last_rung_) return "merge_classes";
    if (coarser_or_equal(*last_rung_, s)) return "restore_detail";
    if (s.geography_level != last_rung_->geography_level ||
        s.place_total != last_rung_->place_total)
      return "generalize_geography";
    if (s.period != last_rung_->period) return "coarsen_period";
    if (s.column_level != last_rung_->column_level) return "coarsen_columns";
    return "merge_classes";
  }

  /// No setting of a rung has more utility than this. Needs no tree.
  double bound(const Setting& rung) {
    return 1 - base_loss(population_, options_, grouping_, rung);
  }

  /// The highest utility a rung can reach: with as many classes as the target allows, and fewer
  /// than have failed already at this rung or a coarser one.
  double promise(const Setting& rung) {
    std::uint32_t most = kAllClasses;
    for (const Miss& miss : too_many_)
      if (coarser_or_equal(miss.setting, rung)) most = std::min(most, miss.setting.classes - 1);
    Setting s = with_classes(rung, most);
    s.cohesion = options_.cohesion.value_or(1);
    return utility(population_, options_, grouping_, s);
  }

  void search() {
    // First with the columns to preserve whole, then whatever it costs.
    if (const auto whole = coarsest_that_preserves()) search(*whole, true);
    if (!best_) search(rungs_.coarsest, false);
    if (!best_) relabel();
    if (best_) cohere();
    if (options_.targeted) join_risky();
    if (options_.synthetic > 0) synthesize();
    for (const Proposal& proposal : options_.proposals) consider(proposal);
  }

  /// The rungs, those alone that leave the columns to preserve as they are when `whole`; `coarsest`
  /// of them tells whether a search is worth while.
  void search(const Setting& coarsest, bool whole) {
    // First within the preferred width of age ranges, then without that preference: wider ages may
    // keep so much more of the events that they are worth it.
    search(coarsest, whole, true);
    if (!best_) return search(coarsest, whole, false);
    const Candidate within = *best_;
    best_->utility += kWorthOfPreferredAges;
    search(coarsest, whole, false);
    if (best_->step == within.step) best_ = within;
  }

  void search(const Setting& coarsest, bool whole, bool preferred) {
    if (decisions_.front().holds || try_rung(coarsest, preferred)) halve(preferred, whole);
  }

  bool preserves(const Setting& s) {
    const std::vector<std::uint32_t>& finest = column_path().front();
    for (std::size_t c = 0; c < s.column_level.size(); ++c)
      if (s.column_level[c] > finest[c] && options_.preserves(population_.event_columns[c].name))
        return false;
    return true;
  }

  /// Nothing when no column is to be preserved.
  std::optional<Setting> coarsest_that_preserves() {
    if (options_.preserve.empty() || rungs_.first_relabelled >= rungs_.settings.size())
      return std::nullopt;
    Setting s = rungs_.coarsest;
    for (const auto& levels : column_path()) {
      Setting candidate = rungs_.coarsest;
      candidate.column_level = levels;
      if (preserves(candidate)) s = std::move(candidate);
    }
    if (!preserves(s)) return std::nullopt;
    return s;
  }

  /// Tries the middle one of the rungs that can still win. One that fails rules out all finer ones,
  /// one that holds rules out all that promise less; so few of many rungs are measured.
  void halve(bool preferred, bool whole) {
    std::vector<std::size_t> open(rungs_.first_relabelled);
    std::iota(open.begin(), open.end(), std::size_t{0});
    std::vector<Setting> failed;
    const std::size_t most = decisions_.size() + kMostMeasurements;
    while (decisions_.size() < most) {
      std::erase_if(open, [&](std::size_t i) {
        const Setting& rung = rungs_.settings[i];
        return (whole && !preserves(rung)) ||
               std::any_of(failed.begin(), failed.end(),
                           [&](const Setting& f) { return coarser_or_equal(f, rung); }) ||
               (best_ && (bound(rung) <= best_->utility || promise(rung) <= best_->utility));
      });
      if (open.empty()) return;
      const auto middle = open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2);
      const Setting rung = rungs_.settings[*middle];
      open.erase(middle);
      if (!try_rung(rung, preferred)) failed.push_back(rung);
    }
  }

  /// Small protected cells share labels: more and more of them, until it holds.
  void relabel() {
    for (std::size_t i = rungs_.first_relabelled; i < rungs_.settings.size() && !best_; ++i)
      try_rung(rungs_.settings[i], false);
  }

  /// As much cohesion as the best setting bears.
  void cohere() {
    if (options_.cohesion) return;
    Setting s = best_->setting;
    for (const double c : kCohesions) {
      s.cohesion = c;
      if (try_setting(s, 1, "sort_personas", "similar histories together while the target holds")
              .holds(options_, margin_))
        return;
    }
  }

  /// Rungs that missed the target by little, those that promise most first, with the classes joined
  /// that have most of the risk. Only where that has more utility than the best so far.
  void join_risky() {
    if (options_.attacker != Attacker::demographics_and_events &&
        options_.attacker != Attacker::demographics)
      return;
    std::vector<Miss> nearest;  // of each rung
    for (const Miss& miss : too_many_) {
      if (miss.setting.cohesion > cohesion() ||
          miss.average > kMissedByLittle * options_.target_risk)
        continue;
      const auto same = std::find_if(nearest.begin(), nearest.end(), [&](const Miss& n) {
        Setting s = n.setting;
        s.classes = miss.setting.classes;
        return s == miss.setting;
      });
      if (same == nearest.end())
        nearest.push_back(miss);
      else if (miss.average < same->average)
        *same = miss;
    }
    std::stable_sort(nearest.begin(), nearest.end(), [&](const Miss& a, const Miss& b) {
      return worth(a.setting) > worth(b.setting);
    });
    std::size_t tried = 0;
    for (const Miss& miss : nearest) {
      Setting s = with_classes(miss.setting, kAllClasses);
      if (best_ && utility(population_, options_, grouping_, s) <= best_->utility) continue;
      if (tried++ == kMostTargeted) return;
      const auto undone = splits_to_undo(host_, population_, options_, grouping_, s);
      if (!undone) continue;
      s.undone = *undone;
      if (!best_ || worth(s) > best_->utility)
        try_setting(s, 1, "join_risky_classes",
                    "a setting that missed, with the classes joined that have most of the risk");
    }
  }

  /// Utility, less what wider ages have to be worth where the best so far has the preferred ones.
  double worth(const Setting& s) {
    const double preferred = 2 * options_.age_tolerance;
    const auto wide = [&](const Setting& x) {
      return grouping_.grown(x).tree->cost(x.classes, x.undone).age_width > preferred;
    };
    const double less = best_ && wide(s) && !wide(best_->setting) ? kWorthOfPreferredAges : 0;
    return utility(population_, options_, grouping_, s) - less;
  }

  /// The last rung: settings that missed the target, those that promise most first, with synthetic
  /// events; as few as the target bears. Only where that has more utility than the best without.
  void synthesize() {
    if (options_.attacker != Attacker::demographics_and_events || population_.event_width() == 0)
      return;
    std::vector<std::pair<double, Setting>> missed;
    for (const auto& [setting, average] : too_many_)
      missed.emplace_back(-utility(population_, options_, grouping_, setting), setting);
    std::stable_sort(missed.begin(), missed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    synthesize(missed, "a setting that missed, with synthetic events");
    if (options_.successions.empty()) return;
    for (auto& [loss, s] : missed) s.successions = true;
    proposed_by_ = options_.successions_by;
    synthesize(missed, "proposed: a setting that missed, with synthetic events in " +
                           std::to_string(options_.successions.size()) + " more successions");
    proposed_by_ = "rules";
  }

  void synthesize(std::vector<std::pair<double, Setting>> missed, const std::string& why) {
    std::size_t measured = 0;
    for (auto& [loss, s] : missed) {
      for (double share = options_.synthetic; share >= kLeastOfShare * options_.synthetic;
           share /= 2) {
        s.synthetic = share;
        if (best_ && utility(population_, options_, grouping_, s) <= best_->utility) continue;
        if (measured++ == kMostSynthetic) return;
        if (!try_setting(s, 4, "add_synthetic_events", why).holds(options_, margin_)) break;
      }
    }
  }

  /// Measures a proposal like every other candidate: the best setting so far with the action
  /// applied; where that holds, with as many classes as the target allows then.
  void consider(const Proposal& proposal) {
    const Setting base = best_ ? best_->setting : lowest_->setting;
    proposed_by_ = proposal.proposed_by;
    const std::string action(word(proposal.action));
    if (const std::optional<Setting> s = setting_of(proposal, base)) {
      const bool holds = try_setting(*s, rung_of(action), action, "proposed: " + proposal.reason)
                             .holds(options_, margin_);
      if (holds && proposal.action != Action::merge_classes &&
          proposal.action != Action::sort_personas)
        refine(*s, grouping_.grown(*s).tree->most());
    } else {
      Decision d = decisions_.back();
      d.step = static_cast<std::uint32_t>(decisions_.size());
      d.rung = rung_of(action);
      d.action = action;
      d.average_before = d.average_after;
      d.maximum_before = d.maximum_after;
      d.utility_before = d.utility_after;
      d.holds = d.chosen = false;
      d.why = "proposed, but not possible from the best setting: " + proposal.reason;
      d.proposed_by = proposed_by_;
      decisions_.push_back(std::move(d));
    }
    proposed_by_ = "rules";
  }

  /// The setting that a proposal leads to, with classes that its tree has; nothing when that
  /// changes nothing.
  std::optional<Setting> setting_of(const Proposal& proposal, Setting base) {
    base.undone.clear();  // they are splits of these classes alone
    std::optional<Setting> s = proposed(proposal, base, population_, options_, column_path());
    if (!s) return std::nullopt;
    s = with_classes(*s, s->classes);
    if (*s == base) return std::nullopt;
    return s;
  }

  static std::uint32_t rung_of(std::string_view action) {
    if (action == "coarsen_period" || action == "coarsen_columns" || action == "restore_detail")
      return 2;
    return action == "merge_classes" || action == "sort_personas" ? 1 : 3;
  }

  bool try_rung(const Setting& rung, bool preferred) {
    const auto& tree = *grouping_.grown(rung).tree;
    const std::uint32_t least =
        preferred ? tree.budget_for_age_width(2 * options_.age_tolerance) : tree.forced();
    const std::string width =
        preferred ? " within the preferred age width" : ", whatever their ages";
    // Small classes at cut points are given up only where the target needs it.
    for (const std::uint32_t classes : {std::max(least, tree.wished()), least}) {
      Setting s = with_classes(rung, classes);
      const std::string action = action_for(s);
      const bool holds =
          try_setting(s, rung_of(action), action,
                      (classes == least ? "fewest classes" : "fewest that keep cut points") + width)
              .holds(options_, margin_);
      last_rung_ = rung;
      if (holds) {
        refine(s, tree.most());
        return true;
      }
      if (classes == least) break;
    }
    return false;
  }

  /// `s` holds: looks for the largest number of classes that still does.
  void refine(Setting s, std::uint32_t most) {
    if (try_setting(with_classes(s, most), 1, "separate_classes",
                    "as many classes as the target allows")
            .holds(options_, margin_))
      return;
    std::uint32_t good = s.classes, bad = most;
    while (bad - good > std::max(1.0, kBudgetPrecision * good)) {
      s.classes = good + (bad - good) / 2;
      const Measured m =
          try_setting(s, 1, "separate_classes", "finer demographics while the target holds");
      (m.holds(options_, margin_) ? good : bad) = s.classes;
    }
  }

  Found finish() {
    Found found;
    const Candidate& chosen = best_ ? *best_ : *lowest_;
    found.holds = best_.has_value();
    found.setting = chosen.setting;
    found.measured = chosen.measured;
    found.utility = chosen.utility;
    decisions_[chosen.step].chosen = true;
    found.decisions = std::move(decisions_);
    return found;
  }

  /// A setting that failed.
  struct Miss {
    Setting setting;
    double average;
  };
  struct Candidate {
    Setting setting;
    Measured measured;
    double utility;
    std::uint32_t step;
  };

  Host& host_;
  const Population& population_;
  const Options& options_;
  Grouping& grouping_;
  const model::Prf& randomness_;
  double margin_;
  std::uint64_t scout_people_;
  Rungs rungs_;
  ColumnPath path_;  // see column_path
  std::vector<Decision> decisions_;
  std::string proposed_by_ = "rules";
  std::optional<Candidate> best_, lowest_;
  std::optional<Setting> last_rung_;
  std::vector<Miss> too_many_;  // rungs with their classes
  ClassRisks known_;
};

}  // namespace

Found climb(Host& host, const Population& population, const Options& options, Grouping& grouping,
            const model::Prf& randomness, double margin, const std::optional<Setting>& only,
            std::uint64_t scout_people) {
  return Ladder(host, population, options, grouping, randomness, margin, scout_people).run(only);
}

}  // namespace pt::protect

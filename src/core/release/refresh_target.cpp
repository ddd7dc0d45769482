#include <algorithm>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "core/protect/measure.hpp"
#include "core/release/refresher.hpp"

namespace pt::release {

void Refresher::gather(std::vector<Item>& items, std::vector<std::uint32_t>& from) const {
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

void Refresher::settle_differences() {
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

void Refresher::hold_target() {
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
  decisions_.back().chosen = true;
  std::uint64_t suspended = 0;
  for (const std::uint32_t k : suspended_) suspended += present_[k].size();
  out_.counts.suspended = suspended;
  if (static_cast<double>(suspended) >
          kMostSuspended * static_cast<double>(known_.members.size()) &&
      !input_.at_any_cost)
    throw wrong_state(
        "the target no longer holds",
        "To hold it " + std::to_string(suspended) + " of " + std::to_string(known_.members.size()) +
            " published people would have to be taken out of service.",
        "The version in service stays. Publish a coarser version: make a new run with larger "
        "personas or a higher target, as far as the differencing rule allows it; pt_expunge() "
        "takes people out whatever it costs.");
}

bool Refresher::hold_back(Addition::Kind kind) {
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
        const auto risk = assessment_->risk(p);
        harm.sum += risk;
        harm.highest = std::max(harm.highest, risk);
        ++harm.people;
      }
    harms.push_back(harm);
  }
  std::stable_sort(harms.begin(), harms.end(), [](const Harm& a, const Harm& b) {
    return a.sum * b.people > b.sum * a.people;
  });
  auto people = static_cast<double>(assessment_->released());
  double sum = assessment_->average() * people;
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

bool Refresher::holds() const {
  return items_.empty() ||
         protect::Measured{assessment_->average(), assessment_->maximum()}.holds(options_);
}

void Refresher::measure(std::string action, std::string why) {
  constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();
  protect::Decision d{};
  d.step = static_cast<std::uint32_t>(decisions_.size());
  d.action = std::move(action);
  d.setting = "as in the version in service";
  d.average_before = assessment_ ? assessment_->average() : kNotDefined;
  d.maximum_before = assessment_ ? assessment_->maximum() : kNotDefined;
  if (!assessment_)
    assessment_.emplace(host_, AssessmentInput{population_, options_, setting_, released_, known_,
                                               content_, member_});
  gather(items_, from_);
  assessment_->measure(classes_, items_);
  d.average_after = assessment_->average();
  d.maximum_after = assessment_->maximum();
  d.utility_before = d.utility_after = kNotDefined;
  d.holds = holds();
  d.why = std::move(why);
  decisions_.push_back(std::move(d));
}

void Refresher::suspend_classes() {
  std::vector<std::uint32_t> worst(classes_.size());
  std::iota(worst.begin(), worst.end(), 0u);
  std::stable_sort(worst.begin(), worst.end(), [&](std::uint32_t a, std::uint32_t b) {
    return assessment_->mean_risk(a) > assessment_->mean_risk(b);
  });
  std::vector<double> const highest = assessment_->highest_risks();
  double sum = 0;
  std::uint64_t people = 0;
  for (std::uint32_t c = 0; c < classes_.size(); ++c) {
    sum += assessment_->mean_risk(c) * assessment_->people(c);
    people += assessment_->people(c);
  }
  std::set<std::uint32_t> out;
  const auto take = [&](std::uint32_t c) {
    if (assessment_->people(c) == 0 || !out.insert(c).second) return;
    sum -= assessment_->mean_risk(c) * assessment_->people(c);
    people -= assessment_->people(c);
  };
  for (std::uint32_t c = 0; c < classes_.size(); ++c)
    if (highest[c] > options_.individual_limit * (1 + 1e-12)) take(c);
  for (const std::uint32_t c : worst) {
    if (!out.empty() && (people == 0 || sum <= options_.target_risk * static_cast<double>(people)))
      break;
    take(c);
  }
  for (const std::uint32_t k : kept_)
    if (out.count(known_.personas[k].class_no) > 0) suspended_.insert(k);
  for (Addition& a : additions_)
    for (const Item& item : a.items)
      if (out.count(item.class_no) > 0) a.on = false;
}

}  // namespace pt::release

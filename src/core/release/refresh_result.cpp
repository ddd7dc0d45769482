#include <algorithm>

#include "core/release/refresher.hpp"

namespace pt::release {

using protect::ClassRow;

void Refresher::write_down() {
  out_.result = assessment_->result(order_);
  out_.result.decisions = std::move(decisions_);
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
    out_.withdrawn.push_back({persona.key, persona.class_no, true, members_[k],
                              evidence_of(persona, members_[k].size()).events});
    for (const std::uint32_t p : present_[k]) out_.absence[p] = Absence::suspended;
  }
  for (const std::uint32_t i : order_) out_.units.push_back(items_[i].unit);
  count_people();
  number_classes();
}

void Refresher::count_people() {
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

void Refresher::count_changes() {
  std::set<std::uint32_t> shown;
  for (const Addition& a : additions_)
    if (a.on && a.kind == Addition::Kind::changes) shown.insert(a.persona);
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (suspended_.count(kept_[i]) > 0) continue;
    (shown.count(kept_[i]) > 0 ? out_.counts.changed : out_.counts.changes_waiting) += changed_[i];
  }
}

void Refresher::number_classes() {
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
  out_.told = told_now();
  for (Told& told : out_.told) {
    std::vector<std::uint32_t> there;
    for (const std::uint32_t c : told.classes)
      if (number[c] != kNobody) there.push_back(number[c]);
    std::sort(there.begin(), there.end());
    told.classes = std::move(there);
  }
  out_.result.target_met = out_.result.released > 0 && holds();
}

}  // namespace pt::release

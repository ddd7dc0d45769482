#include <algorithm>

#include "core/error.hpp"
#include "core/release/refresher.hpp"

namespace pt::release {

using protect::EventBounds;

void Refresher::read_told() {
  if (known_.told.empty()) return;
  words_.emplace(known_, released_);
  figures_.emplace(known_.told, population_, released_, options_, *words_);
  told_ = known_.told;
  if (known_.first) {
    std::vector<std::vector<Evidence>> of_class(known_.classes.size());
    for (std::size_t k = 0; k < known_.personas.size(); ++k)
      of_class[known_.personas[k].class_no].push_back(
          evidence_of(known_.personas[k], members_[k].size()));
    for (Told& told : told_) {
      const std::uint32_t figure = figures_->number(told.figure);
      for (const std::uint32_t c : told.classes)
        for (const Evidence& e : of_class[c])
          figures_->add(told.bounds, figure, e, options_.min_size);
    }
  }
  telling_ = told_;
}

Evidence Refresher::evidence_of(const KnownPersona& persona, std::uint64_t people) const {
  if (!figures_) return {};
  Evidence out = figures_->nothing();
  out.people = people;
  for (const protect::EventRow& e : persona.events) figures_->add(out, e.combo, e.weight);
  return out;
}

Evidence Refresher::evidence_of(const Withdrawn& persona) const {
  if (persona.events.size() != figures_->size() + 1)
    throw internal_error("a withdrawn persona does not say what its events told");
  return {persona.members.size(), persona.events};
}

std::vector<Evidence> Refresher::evidence_of(const Addition& redeal) const {
  Evidence gone = figures_->nothing();
  for (const std::uint32_t w : redeal.pool) {
    const Evidence e = evidence_of(withdrawn_[w]);
    gone.people += e.people;
    for (std::size_t f = 0; f < e.events.size(); ++f) gone.events[f] += e.events[f];
  }
  std::vector<Evidence> out;
  for (const Item& item : redeal.items) {
    Evidence& e = out.emplace_back(figures_->nothing());
    e.people = item.people.size();
    for (const std::uint32_t p : item.people)
      for (const std::uint64_t w : population_.events_of(p))
        figures_->add(e, words_->combo_of(words_->present(released_.code(w))), 1);
    gone.people -= e.people;
    for (std::size_t f = 0; f < e.events.size(); ++f)
      gone.events[f] -= std::min(gone.events[f], e.events[f]);
  }
  out.push_back(std::move(gone));
  return out;
}

bool Refresher::tells_no_more(Addition& redeal, const std::vector<std::uint32_t>& classes) {
  if (telling_.empty()) return true;
  const std::uint64_t least = options_.min_size;
  const std::uint32_t now = redeal.items.front().class_no;
  std::vector<Evidence> before;
  for (const std::uint32_t w : redeal.pool) before.push_back(evidence_of(withdrawn_[w]));
  const std::vector<Evidence> after = evidence_of(redeal);
  std::vector<Told> next = telling_;
  std::vector<std::pair<std::uint32_t, Retold>> retold;
  for (std::uint32_t t = 0; t < next.size(); ++t) {
    Told& told = next[t];
    const auto counted = [&](std::uint32_t c) {
      return std::binary_search(told.classes.begin(), told.classes.end(), c);
    };
    if (std::none_of(classes.begin(), classes.end(), counted)) continue;
    told.narrowed = told.narrowed || !std::all_of(classes.begin(), classes.end(), counted);
    if (!counted(now)) told.classes.push_back(now);  // the highest number so far
    const std::uint32_t figure = figures_->number(told.figure);
    Retold change;
    for (const Evidence& e : before) figures_->add(change.before, figure, e, least);
    for (const Evidence& e : after) figures_->add(change.after, figure, e, least);
    told = retell(std::move(told), change);
    if (!keeps(told, least)) return false;
    retold.emplace_back(t, change);
  }
  redeal.retold = std::move(retold);
  telling_ = std::move(next);
  return true;
}

std::vector<Told> Refresher::told_now() const {
  std::vector<Told> out = told_;
  for (std::size_t t = 0; t < out.size(); ++t) {
    out[t].classes = telling_[t].classes;
    out[t].narrowed = telling_[t].narrowed;
  }
  for (const Addition& a : additions_)
    if (a.on)
      for (const auto& [t, change] : a.retold) out[t] = retell(std::move(out[t]), change);
  return out;
}

}  // namespace pt::release

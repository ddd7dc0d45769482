#include "core/release/refresh.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "core/error.hpp"
#include "core/release/content.hpp"
#include "core/release/refresher.hpp"

namespace pt::release {

using model::Hash128;

namespace {

struct HashOf {
  std::size_t operator()(const Hash128& key) const noexcept {
    return static_cast<std::size_t>(key.lo);
  }
};

}  // namespace

Refresher::Refresher(Host& host, const model::Population& population,
                     const protect::Options& options, const RefreshInput& input)
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

Refreshed Refresher::run() {
  read_contents();
  join();
  require_same_keys();
  read_told();
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

protect::Setting Refresher::deal_setting(const protect::Options& options,
                                         protect::Setting setting) {
  setting.persona_size = options.max_size;
  setting.cohesion = 0;  // mixed, so that what comes back can't be told by where it was
  return setting;
}

bool Refresher::is_expunged(const Hash128& key) const {
  return std::binary_search(input_.expunged.begin(), input_.expunged.end(), key);
}

void Refresher::read_contents() {
  const Contents contents(population_, released_);
  content_.resize(population_.size());
  for (std::uint32_t p = 0; p < population_.size(); ++p) {
    if ((p & 0x3FFF) == 0) host_.progress("comparing events", p, population_.size());
    content_[p] = keyed_content(input_.content_key, contents.of(population_.events_of(p)));
  }
}

void Refresher::join() {
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

void Refresher::require_same_keys() const {
  if (2 * out_.counts.left < known_.members.size()) return;
  // Contents of one person each: two lists, ascending, each with what occurs once in it.
  const auto once = [](std::vector<std::uint64_t>& contents) {
    std::sort(contents.begin(), contents.end());
    std::vector<std::uint64_t> out;
    for (std::size_t i = 0, next = 0; i < contents.size(); i = next) {
      while (next < contents.size() && contents[next] == contents[i]) ++next;
      if (next - i == 1 && contents[i] != 0) out.push_back(contents[i]);
    }
    contents = std::move(out);
  };
  std::vector<std::uint64_t> gone, fresh, both;
  for (const KnownMember& m : known_.members) {
    host_.poll();
    if (!std::binary_search(population_.key.begin(), population_.key.end(), m.key))
      gone.push_back(m.content);
  }
  for (std::uint32_t p = 0; p < population_.size(); ++p)
    if (member_[p] == nullptr) fresh.push_back(content_[p]);
  once(gone);
  once(fresh);
  std::set_intersection(gone.begin(), gone.end(), fresh.begin(), fresh.end(),
                        std::back_inserter(both));
  if (2 * both.size() < known_.members.size()) return;
  throw wrong_state(
      "the people of the version in service have other keys now",
      std::to_string(both.size()) + " of " + std::to_string(known_.members.size()) +
          " published people are gone, and new ones have just their events: grouped anew, the two "
          "versions together would tell of few people.",
      "Give people the keys that they had: the text of the person column counts, so '7' and '07' "
      "are two people.");
}

void Refresher::sort_personas() {
  for (std::uint32_t k = 0; k < known_.personas.size(); ++k) {
    const KnownPersona& persona = known_.personas[k];
    if (lost_[k] > 0) {
      withdrawn_.push_back({persona.key, persona.class_no, false, members_[k],
                            evidence_of(persona, members_[k].size()).events});
      ++out_.counts.personas_withdrawn;
      continue;
    }
    std::uint64_t changed = 0;
    for (const std::uint32_t p : present_[k])
      if (!show_the_same(content_[p], member_[p]->content)) ++changed;
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

void Refresher::index_withdrawn() {
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

std::uint64_t Refresher::lost_of(std::uint32_t w) const {
  return withdrawn_[w].members.size() - pool_people_[w].size();
}

bool Refresher::untouched() const {
  return out_.counts.personas_withdrawn == 0 &&
         std::none_of(additions_.begin(), additions_.end(),
                      [](const Addition& a) { return a.on; }) &&
         std::all_of(changed_.begin(), changed_.end(), [](std::uint64_t n) { return n == 0; });
}

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

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "core/group/personas.hpp"
#include "core/release/newcomers.hpp"
#include "core/release/placing.hpp"
#include "core/release/refresher.hpp"

namespace pt::release {

using model::Hash128;
using protect::ClassRow;

void Refresher::deal_anew() {
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

bool Refresher::try_redeal(const std::vector<std::uint32_t>& pool) {
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
  if (!deal(people, class_no, addition)) return true;
  if (!tells_no_more(addition, classes)) return false;
  additions_.push_back(std::move(addition));
  return true;
}

bool Refresher::deal(std::vector<std::uint32_t>& people, std::uint32_t class_no,
                     Addition& addition) {
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

Hash128 Refresher::new_key(std::uint32_t person) const {
  const Hash128& key = population_.key[person];
  return input_.content_key.hash(input_.salt + " " + std::to_string(key.hi) + " " +
                                 std::to_string(key.lo));
}

void Refresher::return_suspended() {
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

void Refresher::let_enter() {
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

void Refresher::found_classes() {
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

}  // namespace pt::release

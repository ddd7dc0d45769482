// How a refresh makes the next version, step by step: the state that refresh.cpp,
// refresh_additions.cpp, refresh_told.cpp, refresh_target.cpp and refresh_result.cpp work on.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/protect/grouping.hpp"
#include "core/protect/released.hpp"
#include "core/release/assess.hpp"
#include "core/release/refresh.hpp"
#include "core/release/told.hpp"

namespace pt::release {

inline constexpr std::uint32_t kNobody = 0xFFFFFFFFu;

/// Personas that come into the version together or wait together.
struct Addition {
  enum class Kind : std::uint8_t { changes, redeal, return_, entry, opening };
  Kind kind = Kind::entry;
  std::vector<Item> items;
  std::vector<std::uint32_t> pool;  ///< redeal and return_: indexes into withdrawn_
  std::uint32_t persona = kNobody;  ///< changes: the persona
  bool on = true;
  std::vector<std::pair<std::uint32_t, Retold>> retold;  ///< redeal: counts that see it

  std::uint64_t people() const {
    std::uint64_t n = 0;
    for (const Item& item : items) n += item.people.size();
    return n;
  }
};

/// One refresh: see refresh(). Lives as long as the call.
class Refresher {
 public:
  Refresher(Host& host, const model::Population& population, const protect::Options& options,
            const RefreshInput& input);

  Refreshed run();

 private:
  // refresh.cpp: what is known and what has changed
  static protect::Setting deal_setting(const protect::Options& options, protect::Setting setting);
  bool is_expunged(const model::Hash128& key) const;
  void read_contents();
  /// People of the population and of the version in service, both by key.
  void join();
  /// 55000 when at least half of the people of the version in service seem to be there under other
  /// keys: they are gone, and newcomers have the events that they alone had. O(n log n), nothing
  /// unless half have left.
  void require_same_keys() const;
  void sort_personas();
  /// Who of the withdrawn personas is still there.
  void index_withdrawn();
  std::uint64_t lost_of(std::uint32_t w) const;
  /// Whether the version in service stays, and shows everybody in it as the source does.
  bool untouched() const;

  // refresh_additions.cpp: what may come into the version
  /// Withdrawn personas of a class are dealt anew when they have lost enough people, those of other
  /// classes together with others of their cell, neighbours in age first.
  void deal_anew();
  bool try_redeal(const std::vector<std::uint32_t>& pool);
  /// Deals people into personas of a class; false when one of them would be homogeneous.
  bool deal(std::vector<std::uint32_t>& people, std::uint32_t class_no, Addition& addition);
  /// Ids of new personas: never those of an earlier persona with the same smallest member.
  model::Hash128 new_key(std::uint32_t person) const;
  void return_suspended();
  void let_enter();
  /// Newcomers whom no class fits found new ones, of about as many people as those in service have.
  void found_classes();

  // refresh_told.cpp: what counts of the first version tell
  void read_told();
  Evidence evidence_of(const KnownPersona& persona, std::uint64_t people) const;
  Evidence evidence_of(const Withdrawn& persona) const;
  /// Of the personas that are to come, then of those who left.
  std::vector<Evidence> evidence_of(const Addition& redeal) const;
  /// Whether no count tells of a few people once these personas are shown; notes what it tells.
  bool tells_no_more(Addition& redeal, const std::vector<std::uint32_t>& classes);
  /// The counts with the redeals that are on.
  std::vector<Told> told_now() const;

  // refresh_target.cpp: what does come in
  /// The personas of the version with the additions that are on; `from[i]`: the addition of item i.
  void gather(std::vector<Item>& items, std::vector<std::uint32_t>& from) const;
  /// Additions that would give people away wait.
  void settle_differences();
  void hold_target();
  /// Additions of a kind wait, those with the highest mean risk first, until the rest should hold
  /// the target; those below the target never, since without them the mean is higher. False when
  /// none is left that does harm. Of the version measured last.
  bool hold_back(Addition::Kind kind);
  bool holds() const;
  /// Measures the version with the additions that are on, and writes the step down.
  void measure(std::string action, std::string why);
  /// Takes the classes with the highest mean risk out until the rest should hold.
  void suspend_classes();

  // refresh_result.cpp
  void write_down();
  /// Why people are absent, and how many.
  void count_people();
  void count_changes();
  /// Classes with people first, then those that withdrawn personas still need.
  void number_classes();

  Host& host_;
  const model::Population& population_;
  const protect::Options& options_;
  const RefreshInput& input_;
  const Known& known_;
  protect::Setting setting_;
  protect::Released released_;
  protect::Grouping grouping_;
  std::vector<protect::ClassRow> classes_;  // of Known, then united ones
  std::vector<std::uint64_t> content_;
  std::vector<const KnownMember*> member_;            // by person
  std::vector<std::vector<std::uint32_t>> present_;   // by known persona: people who are there
  std::vector<std::vector<model::Hash128>> members_;  // by known persona: everybody
  std::vector<std::uint64_t> lost_;                   // by known persona
  std::vector<std::uint32_t> kept_;                   // known personas without a loss
  std::vector<std::uint64_t> changed_;                // of each of them: people with other events
  std::set<std::uint32_t> suspended_;                 // known personas
  std::vector<Withdrawn> withdrawn_;
  std::vector<std::vector<std::uint32_t>> pool_people_;  // by withdrawn persona
  std::vector<bool> pool_used_;         // by withdrawn persona: it is in an addition
  std::vector<std::uint32_t> in_pool_;  // by person: withdrawn persona
  std::vector<Addition> additions_;
  std::vector<Told> told_, telling_;  // of the version in service; with all redeals
  std::optional<Vocabulary> words_;   // if there are counts, as figures_
  std::optional<Figures> figures_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> from_;       // of each item: its addition, kNobody: none
  std::vector<std::uint32_t> order_;      // of each persona of the result: its item
  std::optional<Assessment> assessment_;  // once something has to be measured
  std::vector<protect::Decision> decisions_;
  Refreshed out_;
};

}  // namespace pt::release

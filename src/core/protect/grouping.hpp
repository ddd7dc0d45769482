#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/group/cells.hpp"
#include "core/group/classes.hpp"
#include "core/group/personas.hpp"
#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/protect/options.hpp"
#include "core/protect/protect.hpp"
#include "core/protect/released.hpp"
#include "core/risk/cover.hpp"
#include "core/synth/history_model.hpp"

namespace pt::protect {

/// The protected cells of a setting, and the class tree inside them, grown when first needed.
struct Grown {
  group::Cells cells;
  std::unique_ptr<group::ClassTree> tree;
  std::uint64_t suppressed = 0;  ///< people
};

/// What is released of a class.
ClassLabels labels_of(const model::Population& population, const Grown& grown,
                      const group::ClassTree::Class& c);

/// One class at one setting, dealt into personas.
struct DealtClass {
  std::span<const std::uint32_t> people;  ///< ascending person numbers
  const risk::Histories* histories;       ///< released events of each, ascending codes
  std::vector<std::uint32_t> persona;     ///< of each, 0..personas-1
  std::uint32_t personas;

  std::vector<std::uint32_t> sizes() const {
    std::vector<std::uint32_t> people_in(personas, 0);
    for (const std::uint32_t p : persona) ++people_in[p];
    return people_in;
  }
};

/// Groups a population at any setting. Holds what does not depend on the setting: people by tuple,
/// sensitive codes, trees already grown. Memory: 4 bytes a person, and 4 for each sensitive
/// attribute.
class Grouping {
 public:
  /// `mechanism`: how events were perturbed, nullptr when they were not; must outlive this.
  Grouping(Host& host, const model::Population& population, const Options& options,
           const noise::Mechanism* mechanism = nullptr);

  /// Cells for the setting's geography level, least place and least cell.
  const Grown& cells(const Setting& setting) { return entry(setting); }
  /// Likewise, with the tree.
  const Grown& grown(const Setting& setting);
  /// Gives back the memory of all trees but that of `setting`.
  void keep_only(const Setting& setting);
  const noise::Mechanism* mechanism() const { return mechanism_; }
  /// A persona never has fewer people: min_size, and 1 / individual_limit.
  std::uint32_t smallest_persona() const { return smallest_; }
  group::PersonaRules persona_rules(const Setting& setting) const;

  /// People of a class, ascending.
  std::vector<std::uint32_t> people_of(const group::ClassTree::Class& c) const;

  /// Deals one class and hands it to `visit`; the spans live for the call.
  void deal_class(const Setting& setting, const Released& released,
                  std::span<const std::uint32_t> people,
                  const std::function<void(const DealtClass&)>& visit);

  /// Codes of sensitive attributes by person: sensitive columns, then the set of a person's
  /// outcomes.
  const std::vector<std::pmr::vector<model::Code>>& sensitive() const { return sensitive_; }

  /// The model of event histories, fitted when first needed.
  const synth::HistoryModel& histories();

 private:
  Grown& entry(const Setting& setting);
  void add_spreads();
  void index_people();
  void add_outcome_sets();

  Host& host_;
  const model::Population& population_;
  const Options& options_;
  const noise::Mechanism* mechanism_;
  std::uint32_t smallest_;
  std::vector<std::uint32_t> people_per_tuple_;
  std::pmr::vector<std::uint32_t> by_tuple_;  // people, grouped by tuple
  std::vector<std::uint32_t> first_of_tuple_;
  std::map<std::array<std::uint32_t, 4>, Grown> grown_;  // by level, place people and total, cell
  std::vector<std::pmr::vector<model::Code>> sensitive_;
  std::unique_ptr<synth::HistoryModel> histories_;
  std::vector<std::vector<group::Spread>> spreads_;  // of each sensitive attribute, by tuple
};

}  // namespace pt::protect

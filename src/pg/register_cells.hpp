// The attacker `register` in a run: a population table asked how many people fit what is released
// of a class.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/model/attribute.hpp"
#include "core/protect/protect.hpp"
#include "core/risk/estimators_table.hpp"
#include "pg/encode.hpp"
#include "pg/population_table.hpp"

namespace pt::pg {

/// A person attribute that is released.
struct ReleasedAttribute {
  enum class Part : std::uint8_t { age, gender, ethnicity, geography, other };

  std::string column;         ///< of the source
  Part part = Part::other;    ///< where protect::ClassLabels has it
  std::size_t other = 0;      ///< Part::other: place among the others
  model::Attribute values{};  ///< what its labels stand for; not used of ages

  /// What is released of a class; not for ages.
  [[nodiscard]] const std::optional<std::string>& label(const protect::ClassLabels& labels) const;
  /// The same for every part: equal where the same is released.
  [[nodiscard]] std::vector<std::optional<std::string>> key(
      const protect::ClassLabels& labels) const;
};

/// The attributes of an encoded source.
[[nodiscard]] std::vector<ReleasedAttribute> released_attributes(const Encoded& encoded);

/// A population table that counts the people in released cells. What it does not know of the
/// attributes does not count.
class RegisterCells final : public protect::PopulationCount {
 public:
  /// Reads the table as the caller. `top_age`: age from which on all are released as one. 22023
  /// when the mapping names no attribute, or ages without bounds; errors of LoadedPopulation.
  RegisterCells(const PopulationTable& table, std::vector<ReleasedAttribute> attributes,
                std::optional<std::int32_t> top_age, Host& host);

  /// O(log cells) for labels asked before.
  double people(const protect::ClassLabels& labels) override;

  [[nodiscard]] double total() const { return population_.people().total(); }
  /// Names of attributes that the register knows, and of the others.
  [[nodiscard]] std::vector<std::string> mapped() const;
  [[nodiscard]] const std::vector<std::string>& unmapped() const { return unmapped_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  [[nodiscard]] risk::Allowed allowed(std::size_t at, const protect::ClassLabels& labels) const;

  std::string name_;
  std::vector<std::string> unmapped_;
  std::vector<ReleasedAttribute> attributes_;  // those mapped
  std::optional<std::int32_t> top_age_;
  LoadedPopulation population_;
  std::map<std::vector<std::optional<std::string>>, double> known_;  // answers
};

/// What a register says of the classes of a run.
struct RegisterFigures {
  double average = 0, maximum = 0;  ///< over released people, see protect::register_risk
  double smallest = 0;  ///< people in the smallest cell that the register knows; 0: none
  risk::RegisterRisk counts;
  std::string note;  ///< in words: which register, what it does not know
};
[[nodiscard]] RegisterFigures register_figures(RegisterCells& cells,
                                               std::span<const protect::ClassRow> classes);

}  // namespace pt::pg

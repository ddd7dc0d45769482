// The one scan of pt_risk_profile: equivalence classes, their people and the values of their
// sensitive attributes.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/risk/profile.hpp"
#include "core/risk/tuple_counts.hpp"
#include "pg/crypto.hpp"
#include "pg/risk_plan.hpp"
#include "pg/risk_sensitive.hpp"
#include "pg/risk_weights.hpp"

namespace pt::pg {

/// Counts the people of a table by class and by class and sensitive value. No figure depends on the
/// order of its rows.
class RiskScan {
 public:
  /// `plan` must live as long as the scan.
  RiskScan(const RiskPlan& plan, Host& host);

  /// Reads the table; once. A WARNING when rows of one person have different weights. O(rows).
  void read();

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t rows_without_person() const { return rows_without_person_; }
  [[nodiscard]] std::uint64_t people() const {
    return persons_ ? persons_->dictionary().size() : rows_;
  }
  [[nodiscard]] std::uint64_t people_in_several() const { return people_.people_at_several(); }
  /// People of each class.
  [[nodiscard]] std::span<const std::uint64_t> sizes() const { return people_.counts(); }
  [[nodiscard]] bool has_weights() const { return weight_.has_value(); }
  /// Weight of each class, empty without weights.
  [[nodiscard]] std::vector<double> weights() const;

  /// The sensitive attributes and, if there are several, all of them jointly, which come last.
  [[nodiscard]] std::size_t attributes() const { return tallies_.size(); }
  /// Nothing for the joint values.
  [[nodiscard]] const SensitiveColumn* attribute(std::size_t i) const {
    return i < sensitive_.size() ? sensitive_[i].get() : nullptr;
  }
  /// People by class and value; the values' codes are the ranks() of the attribute.
  [[nodiscard]] risk::ClassHistogram histogram(std::size_t attribute) const;

  /// People of each class that the shares of its values would give if the quasi-identifiers were
  /// independent: n times the product over them of the share of the value.
  [[nodiscard]] std::vector<double> independent_sizes() const;

 private:
  /// Distinct people by class and value of one sensitive attribute (or of all of them jointly).
  struct ValueTally {
    ValueTally(std::uint64_t seed, Host& host) : pairs(2, seed, host), people(host) {}
    risk::TupleNumbers pairs;  // class, code
    risk::PeopleTally people;
  };

  /// Rows that were read and wait to be counted together: the tables are larger than the
  /// processor's caches, and many lookups at a time wait less.
  struct Batch {
    static constexpr std::size_t kMost = 256;
    std::size_t rows = 0;
    std::vector<model::Code> codes;   // of the quasi-identifiers, row by row
    std::vector<model::Code> values;  // of the sensitive attributes, row by row
    std::vector<std::uint32_t> person;
    std::vector<double> weight;
    std::vector<std::uint32_t> classes, joint, items;  // while counting
    std::vector<model::Code> pairs;                    // likewise

    void clear();
  };

  static model::Prf::Key secret_key();
  void add(const ScanRow& row);
  void flush();
  void count_classes();
  void weigh_people();
  template <class F>
  void count_values(ValueTally& tally, F&& value_of);
  [[nodiscard]] std::vector<std::int64_t> joint_ranks() const;

  const RiskPlan& plan_;
  Host& host_;
  model::Prf prf_;
  std::uint64_t seed_;
  std::vector<const Column*> columns_;
  std::vector<std::unique_ptr<ValueInterner>> quasi_identifiers_;
  std::vector<std::unique_ptr<SensitiveColumn>> sensitive_;
  std::unique_ptr<ValueInterner> persons_;
  std::optional<WeightColumn> weight_;
  std::size_t person_at_ = 0;
  std::size_t weight_at_ = 0;
  risk::TupleNumbers classes_;
  risk::PeopleTally people_;
  risk::TupleNumbers joint_;
  std::vector<std::unique_ptr<ValueTally>> tallies_;
  std::pmr::vector<risk::ExactSum> weights_;
  PersonWeights person_weights_;
  Batch batch_;
  std::uint64_t rows_ = 0;
  std::uint64_t rows_without_person_ = 0;
};

}  // namespace pt::pg

#include "pg/risk_scan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "pg/encode.hpp"

namespace pt::pg {

using model::Code;
using model::kMissing;
using risk::ClassHistogram;

RiskScan::RiskScan(const RiskPlan& plan, Host& host)
    : plan_(plan),
      host_(host),
      prf_(secret_key()),
      seed_(prf_.at(0)),
      classes_(plan.quasi_identifiers.size(), seed_, host),
      people_(host),
      joint_(std::max<std::size_t>(plan.sensitive.size(), 1), seed_, host),
      weights_(host.memory()),
      person_weights_(host) {
  for (const Column* const column : plan.quasi_identifiers) {
    columns_.push_back(column);
    quasi_identifiers_.push_back(
        std::make_unique<ValueInterner>(column->type, column->collation, prf_, host));
  }
  for (const Column* const column : plan.sensitive) {
    columns_.push_back(column);
    sensitive_.push_back(std::make_unique<SensitiveColumn>(plan.source.oid, *column, prf_, host));
  }
  const std::size_t tallies = sensitive_.size() > 1 ? sensitive_.size() + 1 : sensitive_.size();
  for (std::size_t i = 0; i < tallies; ++i)
    tallies_.push_back(std::make_unique<ValueTally>(seed_, host));
  if (plan.person != nullptr) {
    person_at_ = columns_.size();
    columns_.push_back(plan.person);
    persons_ =
        std::make_unique<ValueInterner>(plan.person->type, plan.person->collation, prf_, host);
  }
  if (plan.weight != nullptr) {
    weight_at_ = columns_.size();
    columns_.push_back(plan.weight);
    weight_.emplace(*plan.weight);
  }
}

void RiskScan::read() {
  scan_table(plan_.source, columns_, [this](const ScanRow& row) { add(row); });
  flush();
  if (persons_ && weight_) weigh_people();
}

std::vector<double> RiskScan::weights() const {
  std::vector<double> out;
  for (const risk::ExactSum& sum : weights_) out.push_back(sum.value());
  return out;
}

std::vector<double> RiskScan::independent_sizes() const {
  const auto sizes = people_.counts();
  const std::size_t width = quasi_identifiers_.size();
  std::vector<std::vector<double>> share(width);  // the last of each: missing
  double n = 0;
  for (std::size_t j = 0; j < width; ++j)
    share[j].assign(quasi_identifiers_[j]->dictionary().size() + 1, 0);
  const auto at = [&share](std::size_t j, Code code) -> double& {
    return code == kMissing ? share[j].back() : share[j][code];
  };
  for (std::uint32_t c = 0; c < sizes.size(); ++c) {
    n += static_cast<double>(sizes[c]);
    for (std::size_t j = 0; j < width; ++j) at(j, classes_[c][j]) += static_cast<double>(sizes[c]);
  }
  std::vector<double> mean(sizes.size(), n);
  for (std::uint32_t c = 0; c < sizes.size(); ++c)
    for (std::size_t j = 0; j < width; ++j) mean[c] *= at(j, classes_[c][j]) / n;
  return mean;
}

ClassHistogram RiskScan::histogram(std::size_t attribute) const {
  ClassHistogram out(host_.memory());
  out.size.assign(people_.counts().begin(), people_.counts().end());
  const ValueTally& tally = *tallies_[attribute];
  const std::vector<std::int64_t> code =
      attribute < sensitive_.size() ? sensitive_[attribute]->ranks() : joint_ranks();
  std::pmr::vector<risk::Cell> cells(host_.memory());
  cells.reserve(tally.pairs.size());
  for (std::uint32_t pair = 0; pair < tally.pairs.size(); ++pair) {
    const auto of = tally.pairs[pair];
    cells.push_back({of[0], of[1] == kMissing ? ClassHistogram::kNull : code[of[1]],
                     tally.people.counts()[pair]});
  }
  set_counts(cells, out, host_);
  return out;
}

void RiskScan::Batch::clear() {
  rows = 0;
  codes.clear();
  values.clear();
  person.clear();
  weight.clear();
}

model::Prf::Key RiskScan::secret_key() {
  const Secret secret;
  return secret.derive_key("risk profile: dictionaries");
}

void RiskScan::add(const ScanRow& row) {
  constexpr std::size_t kProgressEvery = 1 << 16;
  if (rows_++ % kProgressEvery == 0) host_.progress("reading", rows_, 0);
  if (persons_) {
    if (row.is_null(person_at_)) {
      ++rows_without_person_;
      return;
    }
    batch_.person.push_back(persons_->code(row.value(person_at_)));
  }
  std::size_t at = 0;
  for (const auto& column : quasi_identifiers_) {
    batch_.codes.push_back(row.is_null(at) ? kMissing : column->code(row.value(at)));
    ++at;
  }
  for (std::size_t i = 0; i < sensitive_.size(); ++i)
    batch_.values.push_back(sensitive_[i]->code(row, at + i));
  if (weight_) batch_.weight.push_back(weight_->of(row, weight_at_));
  if (++batch_.rows == Batch::kMost) flush();
}

/// Counts the rows of the batch.
void RiskScan::flush() {
  const std::size_t n = batch_.rows;
  batch_.classes.resize(n);
  classes_.number(batch_.codes, batch_.classes);
  count_classes();
  const std::size_t attributes = sensitive_.size();
  for (std::size_t a = 0; a < attributes; ++a)
    count_values(*tallies_[a], [this, a, attributes](std::size_t i) {
      return batch_.values[i * attributes + a];
    });
  if (tallies_.size() > attributes) {
    batch_.joint.resize(n);
    joint_.number(batch_.values, batch_.joint);
    count_values(*tallies_.back(), [this](std::size_t i) { return batch_.joint[i]; });
  }
  batch_.clear();
}

/// Counts the people of the batch in their classes, and their weights.
void RiskScan::count_classes() {
  if (!persons_) people_.count(batch_.classes);
  for (std::size_t i = 0; i < batch_.rows && (persons_ || weight_); ++i) {
    const std::uint32_t c = batch_.classes[i];
    if (persons_) people_.count(c, batch_.person[i]);
    if (!weight_) continue;
    if (persons_) {
      person_weights_.note(batch_.person[i], batch_.weight[i]);
      continue;
    }
    if (c >= weights_.size()) weights_.resize(std::size_t{c} + 1);
    weights_[c].add(batch_.weight[i]);
  }
}

/// Adds the weights of the people up, by class.
void RiskScan::weigh_people() {
  constexpr std::size_t kPollEvery = 1 << 16;
  weights_.resize(people_.counts().size());
  std::size_t done = 0;
  people_.for_each([&](std::uint32_t c, std::uint32_t person) {
    if (done++ % kPollEvery == 0) host_.poll();
    weights_[c].add(person_weights_.of(person));
  });
  person_weights_.report_contradictions();
}

template <class F>
void RiskScan::count_values(ValueTally& tally, F&& value_of) {
  batch_.pairs.clear();
  for (std::size_t i = 0; i < batch_.rows; ++i) {
    batch_.pairs.push_back(batch_.classes[i]);
    batch_.pairs.push_back(value_of(i));
  }
  batch_.items.resize(batch_.rows);
  tally.pairs.number(batch_.pairs, batch_.items);
  if (!persons_) tally.people.count(batch_.items);
  for (std::size_t i = 0; i < batch_.rows && persons_; ++i)
    tally.people.count(batch_.items[i], batch_.person[i]);
}

/// Combinations in the order of the ranks of their parts, so that no figure depends on the order of
/// rows.
std::vector<std::int64_t> RiskScan::joint_ranks() const {
  std::vector<std::vector<std::int64_t>> parts;
  for (const auto& column : sensitive_) parts.push_back(column->ranks());
  const auto rank_of = [&parts](std::size_t part, Code code) {
    return code == kMissing ? ClassHistogram::kNull : parts[part][code];
  };
  std::vector<std::uint32_t> by(joint_.size());
  std::iota(by.begin(), by.end(), 0U);
  std::sort(by.begin(), by.end(), [&](std::uint32_t a, std::uint32_t b) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::int64_t x = rank_of(i, joint_[a][i]);
      const std::int64_t y = rank_of(i, joint_[b][i]);
      if (x != y) return x < y;
    }
    return false;
  });
  std::vector<std::int64_t> rank(by.size());
  for (std::size_t i = 0; i < by.size(); ++i) rank[by[i]] = static_cast<std::int64_t>(i);
  return rank;
}

}  // namespace pt::pg

#include "core/utility/propensity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/error.hpp"
#include "core/stats/glm.hpp"
#include "core/stats/mean.hpp"

namespace pt::utility {
namespace {

using Side = JointTable::Side;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMaxCoefficients = 500;

/// Distinct rows of the model: values of the columns, all rows and those of the release.
struct Patterns {
  std::size_t stride = 0;
  std::vector<double> values;  ///< as DesignBlock wants them; the response is set by label()
  std::vector<double> total, release;
  [[nodiscard]] std::size_t size() const { return total.size(); }
};

Patterns patterns_of(const JointTable& table) {
  Patterns p;
  std::size_t const width = table.columns().size();
  p.stride = stats::kFirstColumn + width;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    double const r = std::round(table.weight(i, Side::release));
    double const n = r + std::round(table.weight(i, Side::source));
    if (!(n > 0)) continue;
    std::vector<double> row(p.stride);
    bool complete = true;
    for (std::size_t c = 0; c < width; ++c) {
      const JointColumn& column = table.columns()[c];
      std::uint32_t const code = table.code(i, c);
      complete = complete && !(column.number && code == kMissing);
      if (!complete) break;
      row[stats::kFirstColumn + c] = column.number      ? column.values[code]
                                     : code == kMissing ? static_cast<double>(column.size())
                                                        : static_cast<double>(code);
    }
    if (!complete) continue;
    p.values.insert(p.values.end(), row.begin(), row.end());
    p.total.push_back(n);
    p.release.push_back(r);
  }
  return p;
}

/// Patterns with the share of rows that carry the label of the release as response.
class LabelledRows final : public stats::DesignRows {
 public:
  explicit LabelledRows(Patterns& patterns) : p_(patterns) {
    for (double const n : p_.total) squares_.push_back(n * n);
  }
  void label(const std::vector<double>& release) {
    for (std::size_t i = 0; i < p_.size(); ++i)
      p_.values[i * p_.stride + stats::kResponse] = release[i] / p_.total[i];
  }
  void scan(const std::function<void(const stats::DesignBlock&)>& take) override {
    for (std::size_t i = 0; i < p_.size(); i += kBlockRows) {
      std::size_t const n = std::min(kBlockRows, p_.size() - i);
      take({n, p_.stride, p_.values.data() + i * p_.stride, p_.total.data() + i,
            squares_.data() + i, p_.total.data() + i});
    }
  }

 private:
  Patterns& p_;
  std::vector<double> squares_;
};

stats::GlmModel model_of(const JointTable& table, const Patterns& p) {
  stats::GlmModel m;
  m.family = stats::Family::logistic;
  m.penalty = stats::Penalty::ridge;
  m.ridge = 1;
  m.coefficients.push_back({"(intercept)", "", {}});
  for (std::size_t c = 0; c < table.columns().size(); ++c) {
    const JointColumn& column = table.columns()[c];
    std::size_t const at = stats::kFirstColumn + c;
    if (column.number) {
      m.coefficients.push_back({column.name, "", {{at, -1}}});
      continue;
    }
    std::vector<bool> present(column.size() + 1);
    for (std::size_t i = 0; i < p.size(); ++i)
      present[static_cast<std::size_t>(p.values[i * p.stride + at])] = true;
    bool reference = true;
    for (std::size_t level = 0; level < present.size(); ++level) {
      if (!present[level]) continue;
      if (!reference)
        m.coefficients.push_back(
            {column.name + "=" + std::to_string(level), "", {{at, static_cast<int>(level)}}});
      reference = false;
    }
  }
  if (m.coefficients.size() > kMaxCoefficients)
    throw program_limit("the propensity model has more than " + std::to_string(kMaxCoefficients) +
                        " coefficients");
  return m;
}

/// Mean of (p - c)^2 after a fit to the labels.
double pmse(const stats::GlmModel& model, const Patterns& p, LabelledRows& rows, double c,
            Host& host) {
  stats::GlmFit const fit = stats::fit_glm(model, rows, rows, host);
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double* const row = p.values.data() + i * p.stride;
    double eta = 0;
    for (std::size_t j = 0; j < model.coefficients.size(); ++j) {
      if (std::isnan(fit.terms[j].estimate)) continue;
      double x = 1;
      for (const auto& part : model.coefficients[j].parts)
        x *= part.level < 0 ? row[part.column] : (row[part.column] == part.level ? 1 : 0);
      eta += x * fit.terms[j].estimate;
    }
    double const difference = 1 / (1 + std::exp(-eta)) - c;
    sum += p.total[i] * difference * difference;
    n += p.total[i];
  }
  return sum / n;
}

/// As many labels as before, dealt to the rows at random: each row in turn is drawn with the chance
/// of the labels that are left among the rows that are left.
std::vector<double> deal(const Patterns& p, double labels, const model::Prf& random, Host& host) {
  double left = 0;
  for (double const n : p.total) left += n;
  std::vector<double> release(p.size());
  std::uint64_t counter = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (double n = p.total[i]; n > 0; --n, --left) {
      if (counter % 65536 == 0) host.poll();
      double const u = static_cast<double>(random.at(counter++) >> 11) * 0x1p-53;
      if (u * left < labels) {
        ++release[i];
        --labels;
      }
    }
  }
  return release;
}

}  // namespace

Propensity propensity(const JointTable& table, int permutations, const model::Prf& randomness,
                      Host& host) {
  Propensity result{0, 0, 0, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN};
  Patterns p = patterns_of(table);
  for (std::size_t i = 0; i < p.size(); ++i) {
    result.release_n += p.release[i];
    result.source_n += p.total[i] - p.release[i];
  }
  if (!(result.release_n > 0) || !(result.source_n > 0)) return result;
  stats::GlmModel model = model_of(table, p);
  result.coefficients = model.coefficients.size();
  double const c = result.release_n / (result.release_n + result.source_n);
  model.mean_response = c;
  LabelledRows rows(p);
  rows.label(p.release);
  result.pmse = pmse(model, p, rows, c, host);
  stats::Moments null;
  int as_large = 0;
  for (int i = 0; i < permutations; ++i) {
    host.progress("permuting labels", static_cast<std::uint64_t>(i),
                  static_cast<std::uint64_t>(permutations));
    rows.label(
        deal(p, result.release_n, randomness.derive("permutation " + std::to_string(i)), host));
    double const at_random = pmse(model, p, rows, c, host);
    null.add(at_random);
    if (at_random >= result.pmse) ++as_large;
  }
  if (permutations < 1) return result;
  result.null_mean = null.mean;
  result.null_sd = std::sqrt(null.variance());
  if (null.mean > 0) result.ratio = result.pmse / null.mean;
  if (result.null_sd > 0) result.standardized = (result.pmse - null.mean) / result.null_sd;
  result.p_value = (as_large + 1.0) / (permutations + 1.0);
  return result;
}

}  // namespace pt::utility

#include "core/risk/estimators_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/risk/estimators.hpp"
#include "core/risk/estimators_loglinear.hpp"
#include "core/risk/estimators_record.hpp"

namespace pt::risk {
namespace {

using model::Code;
using model::kMissing;

constexpr const char* kNoFraction =
    "it needs to know how large the population is: a sampling fraction, weights or a population";
constexpr std::size_t kPollEvery = 4096;

class Comparison {
 public:
  Comparison(Host& host, const SampleDesign& sample)
      : host_(host), sample_(sample), sizes_(count_sizes(sample.tuples.people)) {
    if (sample.fraction && (!(*sample.fraction > 0) || !(*sample.fraction <= 1)))
      throw invalid_parameter("the sampling fraction must be above 0 and at most 1", {},
                              "It is people in the sample / people in the population.");
    people_ = static_cast<double>(sizes_.people);
  }

  std::vector<EstimateRow> run() {
    poisson("independence_poisson", independence_means(host_, sample_.tuples), true, {});
    two_way();
    naive();
    benedetti_franconi();
    uniqueness();
    exact();
    return std::move(rows_);
  }

 private:
  EstimateRow& add(const char* estimator, const char* measure, std::string why = {}) {
    EstimateRow& row = rows_.emplace_back();
    row.estimator = estimator;
    row.measure = measure;
    row.why = std::move(why);
    return row;
  }

  void average(EstimateRow& row, double reidentifications) const {
    row.converged = true;
    row.reidentifications = reidentifications;
    row.value = reidentifications / people_;
  }

  /// Three lines of a Poisson model with these means; with `why` not empty and no means, no values.
  void poisson(const char* name, std::span<const double> mean, bool converged,
               const std::string& why) {
    std::string reason = why;
    if (people_ == 0)
      reason = "the sample is empty";
    else if (!sample_.fraction)
      reason = kNoFraction;
    const bool any = people_ > 0 && sample_.fraction && !mean.empty() && converged;
    PoissonSums sums;
    if (any) sums = poisson_sums(host_, sample_.tuples.people, mean, *sample_.fraction);
    EstimateRow& first = add(name, "average_risk", reason);
    if (any) average(first, sums.reidentifications);
    const auto singles = static_cast<double>(sizes_.with_size(1));
    EstimateRow& tau1 = add(name, "sample_uniques", reason);
    if (any) {
      tau1.converged = true;
      tau1.uniques = sums.unique;
      tau1.reidentifications = sums.matches;
      if (singles > 0)
        tau1.value = sums.unique / singles;
      else
        tau1.why = "nobody is unique in the sample";
    }
  }

  void two_way() {
    const TwoWayFit fit = fit_two_way(host_, sample_.tuples);
    poisson("two_way_log_linear", fit.mean, fit.converged, fit.why);
    if (!fit.mean.empty()) rows_.back().parameters = {{"iterations", fit.iterations}};
  }

  void naive() {
    EstimateRow& row = add("naive", "average_risk");
    if (people_ == 0)
      row.why = "the sample is empty";
    else
      average(row, static_cast<double>(sizes_.classes));
  }

  [[nodiscard]] std::vector<double> individual_risks() const {
    std::vector<double> weights(sample_.tuples.size(), 0.0);
    for (std::size_t p = 0; p < sample_.tuple_of_person.size(); ++p)
      weights[sample_.tuple_of_person[p]] +=
          sample_.weight.empty() ? 1 / *sample_.fraction : sample_.weight[p];
    std::vector<double> risk(sample_.tuples.size(), 0.0);
    for (std::size_t t = 0; t < risk.size(); ++t) {
      if (t % kPollEvery == 0) host_.poll();
      if (sample_.tuples.people[t] > 0)
        risk[t] = individual_risk(sample_.tuples.people[t], weights[t]);
    }
    return risk;
  }

  void benedetti_franconi() {
    const bool known = people_ > 0 && (sample_.fraction || !sample_.weight.empty());
    const char* const why = people_ == 0 ? "the sample is empty" : known ? "" : kNoFraction;
    EstimateRow& row = add("benedetti_franconi", "average_risk", why);
    std::vector<double> risk;
    if (known) {
      risk = individual_risks();
      double sum = 0;
      for (std::size_t t = 0; t < risk.size(); ++t) sum += sample_.tuples.people[t] * risk[t];
      average(row, sum);
    }
    EstimateRow& household = add("benedetti_franconi_household", "average_risk", why);
    if (sample_.household.empty()) {
      household.why = "no column of households is named";
    } else if (known) {
      average(household, household_sum(risk));
    }
  }

  /// Sum over people of 1 - product over the members of their household of (1 - r).
  [[nodiscard]] double household_sum(const std::vector<double>& risk) const {
    Code most = 0;
    for (const Code h : sample_.household)
      if (h != kMissing) most = std::max(most, h);
    std::vector<double> safe(std::size_t{most} + 1, 1.0), members(std::size_t{most} + 1, 0.0);
    double sum = 0;
    for (std::size_t p = 0; p < sample_.household.size(); ++p) {
      if (p % kPollEvery == 0) host_.poll();
      const double r = risk[sample_.tuple_of_person[p]];
      const Code h = sample_.household[p];
      if (h == kMissing) {
        sum += r;
        continue;
      }
      safe[h] *= 1 - r;
      ++members[h];
    }
    for (std::size_t h = 0; h < safe.size(); ++h) sum += members[h] * (1 - safe[h]);
    return sum;
  }

  void unique_row(const char* name, const Estimate& estimate, double population,
                  std::vector<std::pair<std::string, double>> parameters) {
    EstimateRow& row = add(name, "population_uniques", estimate.why);
    row.converged = estimate.converged();
    if (!estimate.value) return;
    row.uniques = estimate.value;
    row.value = *estimate.value / population;
    row.parameters = std::move(parameters);
  }

  void uniqueness() {
    if (!sample_.fraction || people_ == 0) {
      for (const char* name : {"dankar", "pitman", "zayatz", "snb"})
        add(name, "population_uniques", people_ == 0 ? "the sample is empty" : kNoFraction);
      return;
    }
    const double population = std::max(people_, people_ / *sample_.fraction);
    const PitmanEstimate p = pitman(host_, sizes_, population);
    const ZayatzEstimate z = zayatz(host_, sizes_, population);
    const SnbEstimate s = shifted_negative_binomial(host_, sizes_, population);
    const DankarEstimate d = dankar(sizes_, population, p, z, s);
    unique_row("dankar", d.uniques, population, {});
    if (d.uniques.value) rows_.back().why = "takes " + d.model;
    unique_row("pitman", p.uniques, population, {{"theta", p.theta}, {"alpha", p.alpha}});
    unique_row("zayatz", z.uniques, population, {{"conditional", z.conditional}});
    unique_row("snb", s.uniques, population, {{"a", s.a}, {"b", s.b}, {"classes", s.classes}});
  }

  void exact() {
    static constexpr const char* kNone = "no population table is named";
    if (sample_.population.empty() || people_ == 0) {
      const char* const why = people_ == 0 ? "the sample is empty" : kNone;
      add("population_marketer", "average_risk", why);
      add("population_journalist", "average_risk", why);
      add("population_journalist", "maximum_risk", why);
      return;
    }
    const RegisterRisk r = register_risk(sample_.tuples.people, sample_.population);
    std::string why;
    if (r.unknown_people > 0)
      why = std::to_string(r.unknown_people) + " people in " + std::to_string(r.unknown_classes) +
            " classes are in cells where the population table has nobody; they are left out";
    if (r.short_people > 0)
      why += std::string(why.empty() ? "" : "; ") + std::to_string(r.short_people) +
             " people are in " + std::to_string(r.short_classes) +
             " classes larger than the population table says their cell is";
    EstimateRow& marketer = add("population_marketer", "average_risk", why);
    const bool known = r.people > 0;
    if (known) {
      marketer.converged = true;
      marketer.reidentifications = r.reidentifications;
      marketer.value = r.average;
    }
    EstimateRow& journalist = add("population_journalist", "average_risk", why);
    journalist.converged = known;
    if (known) journalist.value = r.journalist_average;
    EstimateRow& most = add("population_journalist", "maximum_risk", why);
    most.converged = known;
    if (known) most.value = r.maximum;
  }

  Host& host_;
  const SampleDesign& sample_;
  ClassSizes sizes_;
  double people_ = 0;
  std::vector<EstimateRow> rows_;
};

}  // namespace

RegisterRisk register_risk(std::span<const std::uint32_t> people,
                           std::span<const double> population) {
  RegisterRisk out;
  double in_population = 0, classes = 0;
  for (std::size_t j = 0; j < people.size(); ++j) {
    if (people[j] == 0) continue;
    const double f = people[j], all = population[j];
    if (!(all > 0)) {
      out.unknown_people += people[j];
      ++out.unknown_classes;
      continue;
    }
    if (all < f) {
      out.short_people += people[j];
      ++out.short_classes;
    }
    const double risk = std::min(1.0, 1 / all);
    out.people += people[j];
    out.reidentifications += f * risk;
    out.maximum = std::max(out.maximum, risk);
    out.least = out.least == 0 ? all : std::min(out.least, all);
    in_population += all;
    ++classes;
  }
  if (out.people == 0) return out;
  out.average = out.reidentifications / static_cast<double>(out.people);
  out.journalist_average = std::max(out.average, std::min(1.0, classes / in_population));
  return out;
}

std::vector<EstimateRow> compare_estimators(Host& host, const SampleDesign& sample) {
  return Comparison(host, sample).run();
}

}  // namespace pt::risk

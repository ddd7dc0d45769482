// Life tables: Kaplan-Meier, actuarial estimates and the log-rank test from rows of counts.
#pragma once

#include <span>
#include <vector>

namespace pt::stats {

/// One interval: how many entered it, had the event in it and were censored in it.
struct LifeRow {
  double at_risk = 0, events = 0, censored = 0;
};

struct SurvivalRow {
  double at_risk;    ///< people at risk that the hazard is taken of
  double hazard;     ///< events / at risk
  double survival;   ///< share without event at the end of the interval
  double se;         ///< Greenwood's (1926)
  double low, high;  ///< log-log interval (Kalbfleisch and Prentice 1980), inside 0..1
};

/// Survival after each interval, in order. `actuarial`: those censored in an interval count half
/// (at risk - censored / 2), for intervals wide enough that censoring happens throughout; otherwise
/// they count whole, as in Kaplan and Meier (1958), where censoring follows the events.
[[nodiscard]] std::vector<SurvivalRow> life_table(std::span<const LifeRow> rows, bool actuarial,
                                                  double z);

struct LogRank {
  double chi_square;
  double df;
  double p_value;
  std::vector<double> observed, expected;  ///< events per group
};
/// Mantel's (1966) test that groups have the same hazard. `rows[g][i]` is group g in interval i;
/// all groups have the same intervals.
[[nodiscard]] LogRank log_rank(std::span<const std::vector<LifeRow>> groups, bool actuarial);

}  // namespace pt::stats

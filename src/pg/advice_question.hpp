// The question about a run: its figures, rounded, and the actions that may be proposed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pg/advice_queue.hpp"

namespace pt::pg {

/// What is told of a run: sizes, risks and costs over everybody, never a value, a label or a name
/// of the data. The fields are those of personatwin.run.
struct Situation {
  std::string domain;  ///< empty: none
  std::int64_t people = 0, events = 0, personas = 0, classes = 0, suppressed = 0;
  double target = 0, limit = 0;     ///< average and individual risk that are wanted
  double average = 0, maximum = 0;  ///< that are reached
  double age_width = 0;             ///< years
  std::int64_t high_risk_personas = 0;
  std::int64_t event_columns = 0, person_columns = 0;
  std::int64_t run = 0;  ///< never sent
  /// The personas with the highest risk, highest first.
  struct Risky {
    std::int64_t people = 0, class_people = 0, events = 0;
    double risk = 0;
    double age_width = 0;  ///< years; 0 where no ages are shown
  };
  std::vector<Risky> riskiest;
};

/// The question about a situation. Equal rounded figures give equal bytes.
[[nodiscard]] Question make_question(const Situation& situation);

/// The situation of a stored run of the source: the named one, or the caller's newest. 42501 unless
/// the caller owns the source, 55000 when there is no run.
[[nodiscard]] Situation load_situation(Oid source, std::optional<std::int64_t> run);

}  // namespace pt::pg

// Fitting a generalized linear model to the rows of a relation or query, for pt_glm and for what
// compares models.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/stats/glm.hpp"
#include "pg/glm_rows.hpp"

namespace pt::pg {

/// The value of a word; 22023 with the list of the known ones.
template <class T>
[[nodiscard]] T word_argument(const std::string& word, const char* what,
                              std::initializer_list<std::pair<const char*, T>> known) {
  std::string names;
  for (const auto& [name, value] : known) {
    if (word == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw invalid_parameter(std::string("unknown ") + what + " \"" + word + "\"", {},
                          "Known: " + names + ".");
}

[[nodiscard]] stats::Family family_argument(const std::string& word);

/// What the arguments say together: 22023 for an exposure or trials that the family does not have.
/// Completes the model from formula and weight kind.
void check_request(GlmRequest& request);

/// A fit, and what there is to say about it.
struct GlmFitted {
  stats::GlmFit fit;
  std::uint64_t missing = 0, weightless = 0;  ///< rows that did not count
  std::string note;
  /// Reference level of each column of the formula, and of the other levels the one with the
  /// largest weight (ties: first in byte order); empty for numbers.
  std::vector<std::string> references, seconds;
};

/// Reads the rows as the current user and fits. Errors of RelationRows and fit_glm.
[[nodiscard]] GlmFitted fit_relation(GlmRequest& request, PgHost& host);

/// A coefficient as it is shown. NaN: does not exist.
struct GlmRow {
  std::string term, reference;
  double estimate = 0, se = 0, statistic = 0, p_value = 0, low = 0, high = 0;
  std::string note;
};
[[nodiscard]] std::vector<GlmRow> glm_rows(const GlmRequest& request, const GlmFitted& fitted);

}  // namespace pt::pg

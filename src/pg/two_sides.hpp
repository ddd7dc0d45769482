// The source of a run and its release side by side, as SQL: what a comparison of the two reads.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pg/describe.hpp"
#include "pg/plan.hpp"
#include "pg/release_run.hpp"
#include "pg/release_views.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// The protected attributes, in the order of utility::Attribute.
inline constexpr std::array<Kind, 3> kProtectedKinds{Kind::gender, Kind::ethnicity,
                                                     Kind::geography};
inline constexpr std::array<const char*, 3> kProtectedNames{"gender", "ethnicity", "geography"};

/// A column that both have. `source` and `released` are SQL over the aliases that the texts of
/// TwoSides use: s (event), p (person), e (released event), and p (persona).
struct SideColumn {
  std::string name;      ///< in the source
  std::string source;    ///< SQL there
  std::string released;  ///< SQL in the release; empty: nothing to compare
  std::string withheld;  ///< then why
  bool number = false;   ///< a number in the source, whose means and correlations say something
  model::EventPart part = model::EventPart::detail;  ///< of columns of events
};

/// A protected attribute; of a geography the level whose values the release shows.
struct ProtectedColumn {
  std::string name;                              ///< in the source; empty: not there
  std::string source = "NULL::pg_catalog.text";  ///< SQL over p
  bool in_source = false, in_release = false;    ///< the release shows values of the source
};

/// A name of our own in queries: it begins with a digit, so no column of a formula is called so.
inline constexpr const char* kPersonKey = "0 person";

/// A value as a number or as text, whatever its type.
[[nodiscard]] std::string cast_value(const std::string& sql, bool number);

/// Reads as the caller, who owns the source. Everything quoted.
class TwoSides {
 public:
  TwoSides(const StoredRun& run, const ReleaseName& name);

  [[nodiscard]] const Description& description() const { return description_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const StoredRun& run() const { return run_; }
  [[nodiscard]] bool has_events() const { return description_.shape != Shape::people_only; }
  /// Columns of events with an outcome or a detail: released ones first, in the order of the views.
  [[nodiscard]] const std::vector<SideColumn>& columns() const { return columns_; }
  /// Further attributes of people (income band, ...), in the order of the views.
  [[nodiscard]] std::vector<SideColumn> attributes() const;
  /// Age in years at the day the run refers to: a number, NULL where unknown. Its name is empty
  /// when the source has none that SQL can compute.
  [[nodiscard]] SideColumn age() const;
  /// Event type over s, text or the source's own type; NULL when it is not released.
  [[nodiscard]] const std::string& event_type() const { return event_type_; }
  [[nodiscard]] bool event_type_released() const { return type_released_; }
  /// Time of the event over s as a date; empty: there is none.
  [[nodiscard]] std::string event_date() const;
  /// First day of the period of an event, in days since 2000-01-01: a number. Its name is empty
  /// when times are not released.
  [[nodiscard]] SideColumn period() const;

  /// Condition over s that an event means reoffence in the run's domain; empty: the data have none.
  /// Reads the distinct types and outcomes; inside a ReadScope.
  [[nodiscard]] const std::string& reoffence_condition() const;

  /// FROM and WHERE of people (alias p), of events with their person (s, p).
  [[nodiscard]] std::string person_source() const;
  [[nodiscard]] std::string joined_source() const;
  /// The same people, one row each (a subquery to be given an alias): the person as text under the
  /// name kPersonKey, then the columns; of several rows of a person the most frequent label and the
  /// largest number. `columns`: name, SQL over p, whether it is a number.
  struct PersonValue {
    std::string name, sql;
    bool number = false;
  };
  [[nodiscard]] std::string person_rows(std::span<const PersonValue> columns) const;
  /// The person over p.
  [[nodiscard]] std::string person_key() const;
  /// The view that counts people with events, as SQL; empty: the release has none.
  [[nodiscard]] std::string groups_view() const;
  /// FROM of personas (alias p), of released events with their persona (e, p).
  [[nodiscard]] std::string personas() const { return name_.view_sql(0) + " p"; }
  [[nodiscard]] std::string events() const { return name_.view_sql(1) + " e"; }
  [[nodiscard]] std::string released_events() const {
    return name_.view_sql(1) + " e JOIN " + name_.view_sql(0) + " p USING (persona_id)";
  }

  /// 42501 when row security hides rows of the source; inside a ReadScope.
  void require_readable() const;
  /// Reads which values both have; inside a ReadScope.
  [[nodiscard]] const std::array<ProtectedColumn, 3>& protected_columns() const;

 private:
  void find_columns();
  void add_unreleased();
  [[nodiscard]] std::string find_reoffence() const;
  [[nodiscard]] std::array<ProtectedColumn, 3> find_protected() const;

  const StoredRun& run_;
  ReleaseName name_;
  Description description_;
  Plan plan_;
  std::string event_type_ = "NULL::pg_catalog.text";
  bool type_released_ = false;
  std::vector<SideColumn> columns_;
  mutable std::optional<std::array<ProtectedColumn, 3>> protected_;
  mutable std::optional<std::string> reoffence_;
};

/// A value as the release writes it: text without the padding of char(n); nothing for NULL.
[[nodiscard]] std::optional<std::string> cell_text(const Row& row, int column);

}  // namespace pt::pg

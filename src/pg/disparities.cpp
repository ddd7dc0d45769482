// pt_disparities: sql/84-disparities.sql. Source and release are counted by SQL as the caller, who
// owns the source; the core compares the counts.
#include "pg/disparities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/opened_release.hpp"
#include "pg/release_run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

using utility::Counts;
using utility::Measure;

/// Categories of more released values than this are not compared one by one.
constexpr std::size_t kMaxValues = 30;

utility::Labels labels_of(const Row& row) {
  utility::Labels labels;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i)
    labels[static_cast<std::size_t>(i)] = cell_text(row, i).value_or("");
  return labels;
}

Measure measure_of(const SideColumn& c) {
  if (c.number) return Measure::number;
  return c.part == model::EventPart::outcome ? Measure::outcome : Measure::category;
}

/// Counts the source and the release of one run.
class Counter {
 public:
  Counter(const TwoSides& sides, PgHost& host)
      : sides_(sides), host_(host), compared_(sides_.columns()) {
    // Events by type are counted through the first column; it must be one that both have.
    if (compared_.empty() || compared_.front().released.empty()) {
      SideColumn none;
      none.source = none.released = "NULL::pg_catalog.text";
      none.part = model::EventPart::outcome;
      compared_.insert(compared_.begin(), none);
    }
  }

  /// The release first: it decides which level of the geography is compared.
  void count(Counts& source, Counts& release) {
    release_people(release);
    std::array<ProtectedColumn, 3> const& attributes = sides_.protected_columns();
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      attributes_[i] = attributes[i].source;
      source.has[i] = attributes[i].in_source;
      release.has[i] = attributes[i].in_release;
    }
    source_people(source);
    for (std::size_t c = 0; sides_.has_events() && c < compared_.size(); ++c) {
      host_.progress("counting events", c, compared_.size());
      source.columns.push_back(source_events(compared_[c]));
      release.columns.push_back(release_events(compared_[c]));
      if (measure_of(compared_[c]) == Measure::category &&
          values(source.columns.back()) > kMaxValues) {
        report(NOTICE, "values of column \"" + compared_[c].name +
                           "\" are not compared one by one: there are more than " +
                           std::to_string(kMaxValues));
        source.columns.pop_back();
        release.columns.pop_back();
      }
    }
    reoffence(source);
    if (sides_.has_events() && sides_.event_type_released()) people_with(source, release);
  }

 private:
  static std::size_t values(const utility::ColumnCounts& column) {
    std::set<std::string> distinct;
    for (const auto& e : column.events)
      if (e.value) distinct.insert(*e.value);
    return distinct.size();
  }

  [[nodiscard]] std::string attributes_sql() const {
    std::string sql;
    for (const std::string& a : attributes_) sql += a + ", ";
    return sql;
  }

  void source_people(Counts& source) {
    Spi spi;
    spi.query("SELECT " + attributes_sql() + "pg_catalog.count(DISTINCT " + sides_.person_key() +
                  ")::pg_catalog.float8 FROM " + sides_.person_source() + " GROUP BY 1, 2, 3",
              [&](const Row& row) {
                source.people.push_back({labels_of(row), row.float8(3), row.float8(3), 0});
              });
  }

  utility::ColumnCounts source_events(const SideColumn& c) {
    return read("SELECT " + attributes_sql() + sides_.event_type() + ", " + c.source +
                    ", pg_catalog.count(*)::pg_catalog.float8 FROM " + sides_.joined_source() +
                    " GROUP BY 1, 2, 3, 4, 5",
                c);
  }

  utility::ColumnCounts release_events(const SideColumn& c) {
    if (c.released.empty()) return {c.name, measure_of(c), {}, c.withheld};
    return read("SELECT p.gender, p.ethnicity, p.geography, e.event_type, " + c.released +
                    ", pg_catalog.sum(e.weight)::pg_catalog.float8 FROM " +
                    sides_.released_events() + " GROUP BY 1, 2, 3, 4, 5",
                c);
  }

  utility::ColumnCounts read(const std::string& sql, const SideColumn& c) {
    utility::ColumnCounts result{c.name, measure_of(c), {}, {}};
    // As personas name it in event_types; without a type no comparison says so, but is of all
    // events.
    const char* const unknown_type = sides_.event_type_released() ? "not known" : "";
    Spi spi;
    spi.query(sql, [&](const Row& row) {
      result.events.push_back({labels_of(row), cell_text(row, 3).value_or(unknown_type),
                               cell_text(row, 4), row.float8(5)});
    });
    return result;
  }

  void release_people(Counts& release) {
    Spi spi;
    spi.query(
        "SELECT gender, ethnicity, geography, pg_catalog.sum(merged_from)::pg_catalog.float8, "
        "coalesce(pg_catalog.sum(merged_from) FILTER (WHERE recidivism_indicators->>'share' IS NOT "
        "NULL), "
        "0)::pg_catalog.float8, coalesce(pg_catalog.sum(merged_from * "
        "(recidivism_indicators->>'share')"
        "::pg_catalog.float8), 0) FROM " +
            sides_.personas() + " GROUP BY 1, 2, 3",
        [&](const Row& row) {
          release.people.push_back({labels_of(row), row.float8(3), row.float8(4),
                                    std::round(row.float8(5) * 1e6) / 1e6});
          release.has_reoffence = release.has_reoffence || row.float8(4) > 0;
        });
  }

  /// People of the source with an event that means reoffence in the run's domain.
  void reoffence(Counts& source) {
    const std::string& condition = sides_.reoffence_condition();
    if (condition.empty()) return;
    source.has_reoffence = true;
    Spi spi;
    spi.query("SELECT " + attributes_sql() + "pg_catalog.count(DISTINCT " + sides_.person_key() +
                  ")::pg_catalog.float8 FROM " + sides_.joined_source() + " AND " + condition +
                  " GROUP BY 1, 2, 3",
              [&](const Row& row) {
                utility::Labels const labels = labels_of(row);
                for (auto& p : source.people)
                  if (p.labels == labels) p.reoffended = row.float8(3);
              });
  }

  /// People who have an event of a type: of the release its view _groups counts them.
  void people_with(Counts& source, Counts& release) {
    Spi spi;
    std::map<utility::Labels, double> people;
    for (const auto& p : source.people) people[p.labels] += p.people;
    spi.query(
        "SELECT " + attributes_sql() + sides_.event_type() + ", pg_catalog.count(DISTINCT " +
            sides_.person_key() + ")::pg_catalog.float8 FROM " + sides_.joined_source() +
            " GROUP BY 1, 2, 3, 4",
        [&](const Row& row) {
          if (row.is_null(3)) return;
          source.people_with.push_back({labels_of(row), *cell_text(row, 3), 0, row.float8(4)});
        });
    std::set<std::string> types;
    std::set<std::pair<std::string, utility::Labels>> seen;
    for (auto& p : source.people_with) {
      p.people = people[p.labels];
      types.insert(p.event_type);
      seen.insert({p.event_type, p.labels});
    }
    // Groups in which nobody has such an event count, too.
    for (const std::string& type : types)
      for (const auto& [labels, n] : people)
        if (!seen.contains({type, labels})) source.people_with.push_back({labels, type, n, 0});
    std::string const view = sides_.groups_view();
    if (view.empty()) {
      release.no_people_with = "the release does not count people with events";
      return;
    }
    spi.query(
        "SELECT gender, ethnicity, geography, event_type, "
        "pg_catalog.sum(n_people)::pg_catalog.float8, "
        "sum(n)::pg_catalog.float8 FROM " +
            view + " WHERE measure OPERATOR(pg_catalog.=) 'any' GROUP BY 1, 2, 3, 4",
        [&](const Row& row) {
          if (!row.is_null(3) && !row.is_null(4) && !row.is_null(5))
            release.people_with.push_back(
                {labels_of(row), row.text(3), row.float8(4), row.float8(5)});
        });
    // Beside events a type is missing where the counts would tell of too few people.
    release.no_people_with = "the release does not count people with such events";
  }

  const TwoSides& sides_;
  PgHost& host_;
  std::vector<SideColumn> compared_;
  std::array<std::string, utility::kAttributes> attributes_;
};

using Cell = ResultSet::Cell;

Cell effect_cell(Oid type, const std::optional<utility::Effect>& e) {
  if (!e) return {};
  auto number = [](double x) { return std::isfinite(x) ? Cell(x) : Cell(); };
  std::vector<Cell> cells{number(e->n1),           number(e->n0),
                          number(e->value1),       number(e->value0),
                          number(e->effect.value), number(e->effect.se),
                          number(e->effect.low),   number(e->effect.high),
                          number(e->p_value),      e->test.empty() ? Cell() : Cell(e->test)};
  for (const stats::Estimate* const x : {&e->difference, &e->ratio, &e->odds_ratio}) {
    cells.push_back(number(x->value));
    cells.push_back(number(x->low));
    cells.push_back(number(x->high));
  }
  cells.push_back(number(e->standardized));
  cells.push_back(number(e->adjusted.value));
  cells.push_back(number(e->adjusted.low));
  cells.push_back(number(e->adjusted.high));
  cells.push_back(number(e->rank_p_value));
  return Cell::datum(composite_datum(type, cells));
}

}  // namespace

MeasuredDisparities measure_disparities(const TwoSides& sides,
                                        const utility::DisparityOptions& options, PgHost& host) {
  MeasuredDisparities measured;
  Counter(sides, host).count(measured.source, measured.release);
  measured.rows = utility::disparities(measured.source, measured.release, options, host);
  return measured;
}

}  // namespace pt::pg

PT_FUNCTION(pt_disparities) {
  using namespace pt::pg;
  Args const args(fcinfo);
  if (args.is_null(0))
    throw pt::invalid_parameter("source must not be NULL", {}, "Name a table or view.");
  Oid const source = args.oid(0, "source");
  pt::utility::DisparityOptions options;
  options.required_preservation = share_argument(args, 3, "required_preservation", .9);
  options.significance = share_argument(args, 4, "significance", .05);
  options.confidence = share_argument(args, 5, "confidence", .95);
  ResultSet out(fcinfo);
  PgHost host("pt_disparities");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(1), args.optional_text(2)});
  TwoSides const sides(opened.run, opened.found.name);
  ReadScope const scope(opened.run.allow_row_security);
  sides.require_readable();
  std::vector<pt::utility::Disparity> const all = measure_disparities(sides, options, host).rows;
  if (all.empty())
    report(NOTICE, "there is nothing to compare in " + relation_name(source), {},
           "Disparities need a gender, an ethnicity or a geography with two groups, and events or "
           "outcomes.");
  Oid const effect = TupleDescAttr(out.descriptor(), 16)->atttypid;
  auto word = [](const std::string& s) { return s.empty() ? Cell() : Cell(s); };
  for (const pt::utility::Disparity& d : all) {
    Cell const preserved = opened.changed || !d.preserved ? Cell() : Cell(*d.preserved);
    std::string const why = opened.changed ? kSourceChanged : d.why;
    auto number = [](double x) { return std::isfinite(x) ? Cell(x) : Cell(); };
    out.row({kProtectedNames[static_cast<std::size_t>(d.attribute)], d.measure, word(d.event_type),
             word(d.column), word(d.value), word(d.compared), word(d.reference), d.scale,
             number(d.source->effect.value), d.release ? number(d.release->effect.value) : Cell(),
             number(d.effect_preservation), d.significance_preserved, d.sign_preserved,
             number(d.interval_overlap), preserved, word(why), effect_cell(effect, d.source),
             effect_cell(effect, d.release)});
  }
  return out.done();
}

// pt_disparities: sql/84-disparities.sql. Source and release are counted by SQL as the caller, who
// owns the source; the core compares the counts.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/utility/disparity.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/domains.hpp"
#include "pg/encode.hpp"
#include "pg/host.hpp"
#include "pg/in_service.hpp"
#include "pg/owner.hpp"
#include "pg/plan.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_rules.hpp"
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
constexpr std::array<model::Kind, utility::kAttributes> kKinds{
    model::Kind::gender, model::Kind::ethnicity, model::Kind::geography};
constexpr std::array<const char*, utility::kAttributes> kNames{"gender", "ethnicity", "geography"};

/// A value as the release writes it; nothing for NULL.
std::optional<std::string> cell_text(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  std::string text = output_text(row.value(column), row.type(column));
  if (row.type(column) == BPCHAROID)
    while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

utility::Labels labels_of(const Row& row) {
  utility::Labels labels;
  for (int i = 0; i < static_cast<int>(labels.size()); ++i)
    labels[static_cast<std::size_t>(i)] = cell_text(row, i).value_or("");
  return labels;
}

/// A column of events that both have.
struct Compared {
  std::string source;    ///< SQL in the source
  std::string released;  ///< SQL in the view; empty: nothing to compare, and why
  std::string withheld;
  std::string name;
  Measure measure = Measure::outcome;
};

bool is_number(Oid type) {
  return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
         type == FLOAT8OID || type == NUMERICOID;
}

/// Counts the source and the release of one run.
class Counter {
 public:
  Counter(const StoredRun& run, const ReleaseName& name, PgHost& host)
      : run_(run), name_(name), host_(host) {
    DescribeOptions options;
    options.source = run.source;
    options.people = run.people;
    options.person_key = run.person_key;
    options.domain = run.domain;
    options.record = false;
    options.quiet = true;
    description_ = describe(options);
    plan_ = make_plan(description_);
    find_columns();
  }

  /// The release first: it decides which level of the geography is compared.
  void count(Counts& source, Counts& release) {
    release_people(release);
    ReadScope const scope(run_.allow_row_security);
    if (!run_.allow_row_security) {
      require_all_rows(description_.source.oid);
      if (description_.people) require_all_rows(description_.people->oid);
    }
    choose_attributes(source, release);
    source_people(source);
    for (std::size_t c = 0; c < compared_.size(); ++c) {
      host_.progress("counting events", c, compared_.size());
      source.columns.push_back(source_events(compared_[c]));
      release.columns.push_back(release_events(compared_[c]));
      if (compared_[c].measure == Measure::category && values(source.columns.back()) > kMaxValues) {
        report(NOTICE, "values of column \"" + compared_[c].name +
                           "\" are not compared one by one: there are more than " +
                           std::to_string(kMaxValues));
        source.columns.pop_back();
        release.columns.pop_back();
      }
    }
    reoffence(source);
  }

 private:
  static std::size_t values(const utility::ColumnCounts& column) {
    std::set<std::string> distinct;
    for (const auto& e : column.events)
      if (e.value) distinct.insert(*e.value);
    return distinct.size();
  }

  [[nodiscard]] bool has_events() const { return description_.shape != Shape::people_only; }

  /// Columns of events that the run has released, with their names there.
  void find_columns() {
    if (!has_events()) return;
    std::vector<PublishedColumn> const published = event_columns(run_);
    bool type_released = false;
    for (const EventColumn& column : run_.event_columns)
      if (column.role == EventRole::event_type) {
        event_type_ = "s." + quote_identifier(column.name);
        type_released = true;
      }
    if (!type_released) event_type_ = "NULL::pg_catalog.text";
    for (const PublishedColumn& p : published) {
      if (p.from < 0) continue;
      const EventColumn& column = run_.event_columns[static_cast<std::size_t>(p.from)];
      if (column.role != EventRole::outcome && column.role != EventRole::detail) continue;
      const Column* const described = description_.source.find(column.name);
      if (described == nullptr) continue;
      Compared c;
      c.name = column.name;
      c.source = "s." + quote_identifier(column.name);
      c.released = "e." + quote_identifier(p.name);
      bool const number = is_number(described->type) && (column.role == EventRole::detail ||
                                                         described->kind == model::Kind::number);
      c.measure = number                              ? Measure::number
                  : column.role == EventRole::outcome ? Measure::outcome
                                                      : Measure::category;
      // Ranges have no mean: for means the release has nothing to show.
      if (number && !is_number(p.type)) {
        c.released.clear();
        c.withheld = "the column is released as ranges";
      }
      compared_.push_back(c);
    }
    add_unreleased();
    // Events by type are counted through the first column; it must be one that both have.
    if (compared_.empty() || compared_.front().released.empty())
      compared_.insert(compared_.begin(), {"NULL::pg_catalog.text", "NULL::pg_catalog.text", "", "",
                                           Measure::outcome});
  }

  /// Outcomes and details of the source that the run has not released.
  void add_unreleased() {
    for (const EncodedColumn& e : plan_.events) {
      if (e.part != model::EventPart::outcome && e.part != model::EventPart::detail) continue;
      if (std::any_of(compared_.begin(), compared_.end(),
                      [&](const Compared& c) { return c.name == e.column.name; }))
        continue;
      Compared c;
      c.name = e.column.name;
      c.source = "s." + quote_identifier(c.name);
      c.withheld = "the column is not released";
      bool const number = is_number(e.column.type) && (e.part == model::EventPart::detail ||
                                                       e.column.kind == model::Kind::number);
      c.measure = number                                ? Measure::number
                  : e.part == model::EventPart::outcome ? Measure::outcome
                                                        : Measure::category;
      compared_.push_back(c);
    }
  }

  [[nodiscard]] std::string person_source() const {
    return Plan::person_relation(description_).sql_name + " p WHERE p." +
           quote_identifier(description_.people ? description_.people_person_column
                                                : description_.person_column) +
           " IS NOT NULL";
  }

  /// Events with the person's attributes under the alias p.
  [[nodiscard]] std::string joined_source() const {
    std::string const person = quote_identifier(description_.person_column);
    if (!description_.people)
      return description_.source.sql_name + " s, LATERAL (SELECT s.*) p WHERE s." + person +
             " IS NOT NULL";
    std::string const key = quote_identifier(description_.people_person_column);
    return description_.source.sql_name + " s JOIN " + description_.people->sql_name + " p ON (p." +
           key + ")::pg_catalog.text OPERATOR(pg_catalog.=) (s." + person +
           ")::pg_catalog.text WHERE true";
  }

  [[nodiscard]] std::string attributes_sql() const {
    std::string sql;
    for (const std::string& a : attributes_) sql += a + ", ";
    return sql;
  }

  /// The columns of the attributes; of the geography the level whose values the release shows.
  void choose_attributes(Counts& source, Counts& release) {
    for (std::size_t i = 0; i < utility::kAttributes; ++i) {
      std::set<std::string> shown;
      for (const auto& p : release.people)
        if (!p.labels[i].empty()) shown.insert(p.labels[i]);
      std::vector<Column> candidates;
      for (const Column& column : plan_.people)
        if (column.kind == kKinds[i]) candidates.push_back(column);
      if (kKinds[i] == model::Kind::geography && !candidates.empty())
        candidates.insert(candidates.end(), plan_.coarser_geography.begin(),
                          plan_.coarser_geography.end());
      attributes_[i] = "NULL::pg_catalog.text";
      release.has[i] = false;
      std::size_t most = 0;
      for (const Column& column : candidates) {
        std::string const sql = "p." + quote_identifier(column.name);
        std::size_t found = 0;
        Spi spi;
        spi.query("SELECT DISTINCT " + sql + " FROM " + person_source(), [&](const Row& row) {
          std::optional<std::string> const text = cell_text(row, 0);
          if (text && shown.contains(*text)) ++found;
        });
        if (!source.has[i] || found > most) attributes_[i] = sql;
        source.has[i] = true;
        release.has[i] = release.has[i] || found > 0;
        most = std::max(most, found);
      }
    }
  }

  void source_people(Counts& source) {
    Spi spi;
    spi.query("SELECT " + attributes_sql() + "count(DISTINCT " + person_key() +
                  ")::pg_catalog.float8 FROM " + person_source() + " GROUP BY 1, 2, 3",
              [&](const Row& row) {
                source.people.push_back({labels_of(row), row.float8(3), row.float8(3), 0});
              });
  }

  [[nodiscard]] std::string person_key() const {
    return "p." + quote_identifier(description_.people ? description_.people_person_column
                                                       : description_.person_column);
  }

  utility::ColumnCounts source_events(const Compared& c) {
    return read("SELECT " + attributes_sql() + event_type_ + ", " + c.source +
                    ", count(*)::pg_catalog.float8 FROM " + joined_source() +
                    " GROUP BY 1, 2, 3, 4, 5",
                c);
  }

  utility::ColumnCounts release_events(const Compared& c) {
    if (c.released.empty()) return {c.name, c.measure, {}, c.withheld};
    return read("SELECT p.gender, p.ethnicity, p.geography, e.event_type, " + c.released +
                    ", sum(e.weight)::pg_catalog.float8 FROM " + name_.view_sql(1) + " e JOIN " +
                    name_.view_sql(0) + " p USING (persona_id) GROUP BY 1, 2, 3, 4, 5",
                c);
  }

  utility::ColumnCounts read(const std::string& sql, const Compared& c) {
    utility::ColumnCounts result{c.name, c.measure, {}, {}};
    Spi spi;
    spi.query(sql, [&](const Row& row) {
      result.events.push_back(
          {labels_of(row), cell_text(row, 3).value_or(""), cell_text(row, 4), row.float8(5)});
    });
    return result;
  }

  void release_people(Counts& release) {
    Spi spi;
    spi.query(
        "SELECT gender, ethnicity, geography, sum(merged_from)::pg_catalog.float8, "
        "coalesce(sum(merged_from) FILTER (WHERE recidivism_indicators->>'share' IS NOT NULL), "
        "0)::pg_catalog.float8, coalesce(sum(merged_from * (recidivism_indicators->>'share')"
        "::pg_catalog.float8), 0) FROM " +
            name_.view_sql(0) + " GROUP BY 1, 2, 3",
        [&](const Row& row) {
          release.people.push_back({labels_of(row), row.float8(3), row.float8(4),
                                    std::round(row.float8(5) * 1e6) / 1e6});
          release.has_reoffence = release.has_reoffence || row.float8(4) > 0;
        });
  }

  /// People of the source with an event that means reoffence in the run's domain.
  void reoffence(Counts& source) {
    if (!has_events() || description_.domain == "custom") return;
    model::Domain const domain = load_domain(description_.domain);
    std::set<std::string> types, outcomes;
    std::string outcome_sql;
    for (std::size_t c = 0; c < source.columns.size(); ++c) {
      for (const auto& e : source.columns[c].events) {
        if (domain.is_reoffence(e.event_type, "")) types.insert(e.event_type);
        if (source.columns[c].measure == Measure::outcome && e.value &&
            domain.is_reoffence("", *e.value)) {
          outcomes.insert(*e.value);
          outcome_sql = "s." + quote_identifier(source.columns[c].column);
        }
      }
    }
    if (types.empty() && outcomes.empty()) return;
    source.has_reoffence = true;
    std::vector<std::string> const type_list(types.begin(), types.end()),
        outcome_list(outcomes.begin(), outcomes.end());
    Params params;
    params.add(TEXTARRAYOID, text_array(type_list)).add(TEXTARRAYOID, text_array(outcome_list));
    std::string const condition =
        "((" + event_type_ + ")::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)" +
        (outcome_sql.empty()
             ? std::string()
             : " OR (" + outcome_sql + ")::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2)") +
        " OR $2 IS NULL)";
    Spi spi;
    spi.query("SELECT " + attributes_sql() + "count(DISTINCT " + person_key() +
                  ")::pg_catalog.float8 FROM " + joined_source() + " AND " + condition +
                  " GROUP BY 1, 2, 3",
              params, Spi::ReadOnly::yes, [&](const Row& row) {
                utility::Labels const labels = labels_of(row);
                for (auto& p : source.people)
                  if (p.labels == labels) p.reoffended = row.float8(3);
              });
  }

  const StoredRun& run_;
  const ReleaseName& name_;
  PgHost& host_;
  Description description_;
  Plan plan_;
  std::array<std::string, utility::kAttributes> attributes_;
  std::string event_type_ = "NULL::pg_catalog.text";
  std::vector<Compared> compared_;
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

double share_argument(const Args& args, int i, const char* name, double otherwise) {
  double const value = args.optional_float8(i).value_or(otherwise);
  if (!(value > 0 && value <= 1))
    throw invalid_parameter(std::string(name) + " must lie above 0 and be at most 1");
  return value;
}

}  // namespace
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
  require_source_owner(source);
  InService const found = find_release(source, {args.optional_text(1), args.optional_text(2)});
  ResultSet out(fcinfo);
  PgHost host("pt_disparities");
  StoredRun const run = load_run(source, found.run);
  bool const changed = present_fingerprint(host, Secret(), run) != run.fingerprint;
  Counts in_source, in_release;
  Counter(run, found.name, host).count(in_source, in_release);
  std::vector<pt::utility::Disparity> const all =
      pt::utility::disparities(in_source, in_release, options, host);
  if (changed)
    report(
        WARNING,
        relation_name(source) + " has changed since version " + std::to_string(found.version) +
            " of " + found.name.text() + " was published",
        "The figures compare the release with the source as it is now, so there are no verdicts.",
        "Make a new run and publish it.");
  if (all.empty())
    report(NOTICE, "there is nothing to compare in " + relation_name(source), {},
           "Disparities need a gender, an ethnicity or a geography with two groups, and events or "
           "outcomes.");
  Oid const effect = TupleDescAttr(out.descriptor(), 16)->atttypid;
  auto word = [](const std::string& s) { return s.empty() ? Cell() : Cell(s); };
  for (const pt::utility::Disparity& d : all) {
    Cell const preserved = changed || !d.preserved ? Cell() : Cell(*d.preserved);
    std::string const why = changed ? "the source has changed since the publication" : d.why;
    auto number = [](double x) { return std::isfinite(x) ? Cell(x) : Cell(); };
    out.row({kNames[static_cast<std::size_t>(d.attribute)], d.measure, word(d.event_type),
             word(d.column), word(d.value), word(d.compared), word(d.reference), d.scale,
             number(d.source->effect.value), d.release ? number(d.release->effect.value) : Cell(),
             number(d.effect_preservation), d.significance_preserved, d.sign_preserved,
             number(d.interval_overlap), preserved, word(why), effect_cell(effect, d.source),
             effect_cell(effect, d.release)});
  }
  return out.done();
}

#include "pg/model_rows.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/text/json.hpp"
#include "pg/datum.hpp"
#include "pg/domains.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

/// Names of our own in the queries; no formula can hold them, since they begin with a digit and
/// would have to be quoted by somebody who wants an error.
constexpr const char* kWeight = "0 weight";
constexpr const char* kPeople = "0 people";

/// A column that a formula may name.
struct Offered {
  std::vector<std::string> names;
  std::string source, release;  ///< SQL; an empty release: not released
  std::string withheld;         ///< then why
  bool number = false;
  bool of_event = false;
  bool computed = false;  ///< about people, from their events
};

Oid type_of(const Offered& o) { return o.number ? Oid{FLOAT8OID} : Oid{TEXTOID}; }

/// Label of the group between cut points that an age belongs to.
std::string age_group(const std::string& age, const std::vector<double>& cuts) {
  std::string sql = "CASE";
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    std::string const low = i > 0 ? text::json_number(cuts[i - 1]) : "";
    std::string const label =
        i == 0 ? "under " + text::json_number(cuts[i]) : low + "-" + text::json_number(cuts[i] - 1);
    sql += " WHEN " + age + " OPERATOR(pg_catalog.<) " + text::json_number(cuts[i]) + " THEN '" +
           label + "'";
  }
  return sql + " WHEN " + age + " IS NOT NULL THEN '" + text::json_number(cuts.back()) +
         " and over' END";
}

/// The columns that formulas may use.
class Columns {
 public:
  explicit Columns(const TwoSides& sides) : sides_(sides) {
    offer_people();
    if (sides_.has_events()) offer_events();
  }

  const Offered& find(const std::string& name) const {
    std::string known;
    for (const Offered& o : offered_)
      for (const std::string& n : o.names) {
        if (n == name) return o;
        known += (known.empty() ? "" : ", ") + quote_identifier(n);
      }
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" can't be compared in source and release",
                "There are: " + known + ".",
                "For columns of your own make a view of the source and one of the release, and "
                "compare them with pt_compare_fits.");
  }

  [[nodiscard]] const std::vector<Offered>& all() const { return offered_; }

 private:
  void offer(Offered column) {
    if (column.names.size() == 2 && column.names[0] == column.names[1]) column.names.pop_back();
    std::erase_if(column.names, [&](const std::string& name) {
      return std::any_of(offered_.begin(), offered_.end(), [&](const Offered& o) {
        return std::find(o.names.begin(), o.names.end(), name) != o.names.end();
      });
    });
    if (!column.names.empty()) offered_.push_back(std::move(column));
  }

  void offer_people() {
    std::array<ProtectedColumn, 3> const& attributes = sides_.protected_columns();
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const ProtectedColumn& a = attributes[i];
      if (!a.in_source) continue;
      std::string const release = a.in_release ? std::string("p.") + kProtectedNames[i] : "";
      offer({{kProtectedNames[i], a.name}, a.source, release, "The attribute is not released."});
    }
    if (SideColumn const age = sides_.age(); !age.name.empty()) {
      offer({{"age", age.name}, age.source, age.released, {}, true});
      std::string const& domain = sides_.description().domain;
      std::vector<double> const cuts =
          domain == "custom" ? std::vector<double>() : load_domain(domain).age_cut_points;
      if (!cuts.empty())
        offer({{"age_group"}, age_group(age.source, cuts), age_group(age.released, cuts), {}});
    }
    for (const SideColumn& c : sides_.attributes())
      offer({{c.name}, c.source, c.released, c.withheld, c.number});
    offer({{"reoffended"}, {}, {}, {}, true, false, true});
    offer({{"events"}, {}, {}, {}, true, false, true});
  }

  void offer_events() {
    offer({{"event_type"},
           sides_.event_type(),
           sides_.event_type_released() ? "e.event_type" : "",
           "Event types are not released.",
           false,
           true});
    for (const SideColumn& c : sides_.columns()) {
      Offered o{{c.name}, c.source, c.released, c.withheld, c.number, true};
      if (c.part == model::EventPart::outcome && c.released == "e.outcome")
        o.names.emplace_back("outcome");
      offer(o);
    }
    std::string const date = sides_.event_date();
    if (!date.empty())
      offer({{"year"},
             "pg_catalog.date_part('year', " + date + ")",
             sides_.run().period == model::Period::none
                 ? ""
                 : "pg_catalog.date_part('year', pg_catalog.lower(e.period))",
             "Times are not released.",
             true,
             true});
  }

  const TwoSides& sides_;
  std::vector<Offered> offered_;
};

class Builder {
 public:
  Builder(const TwoSides& sides, const stats::Formula& formula, const ModelRows& rows)
      : sides_(sides), columns_(sides), formula_(formula), rows_(rows) {
    if (!formula.trials.empty())
      throw invalid_parameter("a response of events / trials can't be compared here", {},
                              "Take pt_compare_fits with two relations of your own.");
    use(formula.response);
    for (const stats::FormulaColumn& c : formula.columns) use(c.name);
    if (!rows.filter_column.empty()) use(rows.filter_column);
  }

  ModelSides build() {
    bool const about_people = formula_.response == "reoffended" || formula_.response == "events";
    bool const of_event =
        std::any_of(used_.begin(), used_.end(), [](const Offered* c) { return c->of_event; });
    if (about_people && of_event)
      throw invalid_parameter(
          "the model mixes people and events",
          "Response " + formula_.response + " is about people, but a column of events is used.");
    ModelSides result;
    result.people = about_people || (!of_event && rows_.event_types.empty());
    if (result.people) {
      people(result);
    } else {
      events(result);
    }
    for (const Offered* const column : used_)
      if (column->release.empty() && !column->computed)
        result.withheld = "column \"" + column->names.front() + "\": " + column->withheld;
    if (!rows_.event_types.empty() && !sides_.event_type_released())
      result.withheld = "event types are not released";
    return result;
  }

 private:
  void use(const std::string& name) {
    const Offered* const column = &find(name);
    if (std::find(used_.begin(), used_.end(), column) == used_.end()) used_.push_back(column);
  }
  [[nodiscard]] const Offered& find(const std::string& name) const { return columns_.find(name); }

  /// The response with the wanted values as true, or as it is.
  [[nodiscard]] std::string response(const std::string& sql, bool number) const {
    if (rows_.success.empty()) return cast_value(sql, number);
    return one_of(cast_value(sql, false), rows_.success);
  }

  /// Adds the select list of the formula's columns, under every name the formula uses.
  std::string select_list(SideQuery& side, bool source) const {
    std::string list;
    auto const add = [&](const std::string& name) {
      const Offered& o = find(name);
      if (std::any_of(side.columns.begin(), side.columns.end(),
                      [&](const QueryColumn& c) { return c.name == name; }))
        return;
      const std::string& sql = source ? o.source : o.release;
      bool const is_response = name == formula_.response;
      bool const truth = is_response && !rows_.success.empty();
      std::string const value = is_response ? response(sql, o.number) : cast_value(sql, o.number);
      list += value + " AS " + quote_identifier(name) + ", ";
      side.columns.push_back({name, truth ? BOOLOID : type_of(o)});
    };
    add(formula_.response);
    for (const stats::FormulaColumn& c : formula_.columns) add(c.name);
    return list;
  }

  /// Condition that a value is one of those listed.
  [[nodiscard]] static std::string one_of(const std::string& sql,
                                          const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values)
      list += (list.empty() ? "" : ", ") + quote_literal(value);
    return "(" + cast_value(sql, false) + " OPERATOR(pg_catalog.=) ANY (ARRAY[" + list +
           "]::pg_catalog.text[]))";
  }

  [[nodiscard]] std::string type_condition(const std::string& sql) const {
    return rows_.event_types.empty() ? "true" : one_of(sql, rows_.event_types);
  }

  [[nodiscard]] std::string filter(bool source) const {
    if (rows_.filter_column.empty()) return {};
    const Offered& o = find(rows_.filter_column);
    return " AND " + one_of(source ? o.source : o.release, rows_.filter_values);
  }

  void events(ModelSides& result) const {
    SideQuery &s = result.source, &r = result.release;
    s.from = "(SELECT " + select_list(s, true) + "(" + sides_.person_key() +
             ")::pg_catalog.text AS \"" + kPersonKey + "\" FROM " + sides_.joined_source() +
             " AND " + type_condition(sides_.event_type()) + filter(true) + ") r";
    r.from = "(SELECT " + select_list(r, false) + "e.weight::pg_catalog.float8 AS \"" + kWeight +
             "\", persona_id::pg_catalog.text AS \"" + kPersonKey + "\" FROM " +
             sides_.released_events() + " WHERE " + type_condition("e.event_type") + filter(false) +
             ") r";
    s.columns.push_back({kPersonKey, TEXTOID});
    r.columns.push_back({kWeight, FLOAT8OID});
    r.columns.push_back({kPersonKey, TEXTOID});
    r.weights = kWeight;
    s.cluster = r.cluster = kPersonKey;
  }

  /// One row a person: of several rows of a person the most frequent label and the largest number.
  void people(ModelSides& result) const {
    if (!rows_.filter_column.empty()) throw invalid_parameter("a filter is for models of events");
    SideQuery &s = result.source, &r = result.release;
    bool const counts = formula_.response == "events";
    std::vector<TwoSides::PersonValue> inner;
    std::string outer, release;
    for (const stats::FormulaColumn& c : formula_.columns) {
      const Offered& o = find(c.name);
      std::string const name = quote_identifier(c.name);
      inner.push_back({c.name, o.source, o.number});
      outer += "g." + name + ", ";
      release += cast_value(o.release, o.number) + " AS " + name + ", ";
      for (SideQuery* const side : {&s, &r}) side->columns.push_back({c.name, type_of(o)});
    }
    std::string join, value, released;
    own_response(inner, join, value, released);
    std::string const name = quote_identifier(formula_.response);
    bool const truth = value.starts_with("(n.");
    s.from = "(SELECT " + outer + value + " AS " + name + ", 1::pg_catalog.float8 AS \"" + kPeople +
             "\" FROM " + sides_.person_rows(inner) + " g" + join + ") r";
    r.from = "(SELECT " + release + released + " AS " + name +
             ", p.merged_from::pg_catalog.float8 AS \"" + kPeople + "\" FROM " +
             released_from(counts) + ") r";
    bool const is_true = truth || !rows_.success.empty();
    Oid const type = type_of(find(formula_.response));
    s.columns.push_back({formula_.response, is_true ? BOOLOID : type});
    r.columns.push_back({formula_.response, !rows_.success.empty() ? BOOLOID
                                            : truth                ? FLOAT8OID
                                                                   : type});
    for (SideQuery* const side : {&s, &r}) side->columns.push_back({kPeople, FLOAT8OID});
    if (counts)
      s.exposure = r.exposure = kPeople;
    else
      r.weights = kPeople;
  }

  [[nodiscard]] std::string released_from(bool counts) const {
    if (!counts) return sides_.personas();
    return sides_.personas() +
           " LEFT JOIN LATERAL (SELECT pg_catalog.sum(e.weight)::pg_catalog.float8 AS n FROM " +
           sides_.events() + " WHERE e.persona_id OPERATOR(pg_catalog.=) p.persona_id AND " +
           type_condition("e.event_type") + ") n ON true";
  }

  /// The response of a model about people: where it comes from and what it is on both sides.
  void own_response(std::vector<TwoSides::PersonValue>& inner, std::string& join,
                    std::string& value, std::string& released) const {
    std::string const person = "(s." + quote_identifier(sides_.description().person_column) +
                               ")::pg_catalog.text AS \"" + kPersonKey + "\"";
    std::string const by_person = " n ON n.\"" + std::string(kPersonKey) +
                                  "\" OPERATOR(pg_catalog.=) g.\"" + kPersonKey + "\"";
    const std::string& events = sides_.description().source.sql_name;
    if (formula_.response == "reoffended") {
      const std::string& condition = sides_.reoffence_condition();
      if (condition.empty())
        throw wrong_state("no event of the source means reoffence",
                          "The domain is " + sides_.description().domain + ".");
      join = " LEFT JOIN (SELECT DISTINCT " + person + " FROM " + events + " s WHERE " + condition +
             ")" + by_person;
      value = "(n.\"" + std::string(kPersonKey) + "\" IS NOT NULL)";
      released = "(p.recidivism_indicators OPERATOR(pg_catalog.->>) 'share')::pg_catalog.float8";
    } else if (formula_.response == "events") {
      join = " LEFT JOIN (SELECT " + person +
             ", pg_catalog.count(*)::pg_catalog.float8 AS n FROM " + events + " s WHERE " +
             type_condition(sides_.event_type()) + " GROUP BY 1)" + by_person;
      value = "coalesce(n.n, 0::pg_catalog.float8)";
      released = value;
    } else {
      const Offered& o = find(formula_.response);
      inner.push_back({"0 response", o.source, o.number});
      value = response("g.\"0 response\"", o.number);
      released = response(o.release, o.number);
    }
  }

  const TwoSides& sides_;
  Columns columns_;
  const stats::Formula& formula_;
  const ModelRows& rows_;
  std::vector<const Offered*> used_;
};

}  // namespace

std::vector<std::string> model_columns(const TwoSides& sides) {
  std::vector<std::string> names;
  Columns const columns(sides);
  for (const Offered& o : columns.all()) names.insert(names.end(), o.names.begin(), o.names.end());
  return names;
}

std::string source_text(const TwoSides& sides, const std::string& column) {
  Columns const columns(sides);
  const Offered& o = columns.find(column);
  return o.computed ? std::string() : cast_value(o.source, false);
}

ModelSides model_sides(const TwoSides& sides, const stats::Formula& formula,
                       const ModelRows& rows) {
  return Builder(sides, formula, rows).build();
}

}  // namespace pt::pg

#include "pg/coded_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "pg/anonymize_columns.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/describe.hpp"
#include "pg/describe_relation.hpp"
#include "pg/labels.hpp"
#include "pg/refusal.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using model::Code;
using model::kMissing;

const Column& require_column(const Relation& source, const std::string& name, const char* what) {
  const Column* const column = source.find(name);
  if (column == nullptr)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of " + source.sql_name + " does not exist",
                "It is named in " + std::string(what) + ".");
  return *column;
}

/// The relation; its columns have roles only where those are needed.
Relation describe_table(const CodedOptions& options) {
  if (!options.quasi_identifiers) {
    DescribeOptions how;
    how.source = options.source;
    how.person_key = options.person_key;
    how.table_only = true;
    how.record = false;
    how.quiet = true;
    return describe(how).source;
  }
  Relation relation = load_relation(options.source);
  for (const auto& [name, label] : read_labels(options.source).columns)
    for (Column& column : relation.columns)
      if (column.name == name) column.role = label.role.role;
  return relation;
}

std::vector<const Column*> find_quasi_identifiers(const Relation& source,
                                                  const CodedOptions& options) {
  std::vector<const Column*> out;
  if (!options.quasi_identifiers) {
    for (const Column& column : source.columns)
      if (column.role == Role::quasi_identifier) out.push_back(&column);
  } else {
    std::set<std::string> seen;
    for (const std::string& name : *options.quasi_identifiers) {
      out.push_back(&require_column(source, name, options.argument));
      if (!seen.insert(name).second)
        throw Error("42701", "column \"" + name + "\" is given twice",
                    "It is named in " + std::string(options.argument) + ".");
    }
    if (out.empty())
      throw invalid_parameter(std::string(options.argument) + " must not be empty", {},
                              "Name at least one column.");
  }
  if (out.empty())
    throw invalid_parameter(source.sql_name + " has no quasi-identifiers",
                            "Risk is that of columns which an attacker may know.",
                            "Name them in quasi_identifiers, or label them with pt_set_role.");
  return out;
}

/// How a column is read: SQL text, the type it gives, and the form of its values.
struct Read {
  std::string expression;
  Oid type;
  Oid base;
  Encoder::Form form;
};

Read read_of(const Column& column) {
  const Oid type = column.type;
  const Oid base = guarded([type] { return getBaseType(type); });
  const Encoder::Form form = form_of(base);
  const std::string name = quote_identifier(column.name);
  if (form != Encoder::Form::text) return {name, type, base, form};
  switch (base) {  // equal numbers have equal texts
    case NUMERICOID:
      return {"pg_catalog.trim_scale(" + name + ")::pg_catalog.text", TEXTOID, base, form};
    case FLOAT4OID:
    case FLOAT8OID: {
      const std::string number = base == FLOAT4OID ? "pg_catalog.float4" : "pg_catalog.float8";
      return {"(" + name + "::" + number + " OPERATOR(pg_catalog.+) '0'::" + number +
                  ")::pg_catalog.text",
              TEXTOID, base, form};
    }
    default:
      return {text_expression(column), TEXTOID, base, form};
  }
}

/// Gives codes the order of the values and returns the values' texts.
std::vector<std::string> settle(Encoder& encoder, Oid base) {
  std::vector<Code> order(encoder.distinct());
  std::iota(order.begin(), order.end(), 0u);
  if (encoder.form() == Encoder::Form::text)
    std::sort(order.begin(), order.end(),
              [&](Code a, Code b) { return encoder.text(a) < encoder.text(b); });
  else
    std::sort(order.begin(), order.end(),
              [&](Code a, Code b) { return encoder.number(a) < encoder.number(b); });
  std::vector<Code> new_code(order.size());
  std::vector<std::string> labels;
  labels.reserve(order.size());
  for (Code rank = 0; rank < order.size(); ++rank) {
    new_code[order[rank]] = rank;
    labels.push_back(value_text(encoder, base, order[rank]));
  }
  encoder.renumber(new_code);
  return labels;
}

class TableReader {
 public:
  TableReader(const CodedOptions& options, Host& host)
      : options_(options), host_(host), source_(describe_table(options)), weight_(host.memory()) {
    const Secret secret;
    const model::Prf prf(secret.derive_key("coded table: dictionaries"));
    const auto add = [&](const Column& column) {
      reads_.push_back(read_of(column));
      encoders_.emplace_back(reads_.back().form, prf, host);
    };
    const auto columns = find_quasi_identifiers(source_, options);
    encoders_.reserve(columns.size() + 2);
    for (const Column* const column : columns) {
      names_.push_back(column->name);
      add(*column);
    }
    if (const Column* const person = find_person()) {
      person_ = encoders_.size();
      add(*person);
    }
    if (!options.household.empty()) {
      household_ = encoders_.size();
      add(require_column(source_, options.household, "household"));
    }
    if (!options.weight.empty()) add_weight(require_column(source_, options.weight, "weight"));
  }

  CodedTable run() {
    read();
    CodedTable out(host_.memory());
    out.sql_name = source_.sql_name;
    out.rows = rows_;
    std::vector<std::span<const Code>> columns;
    for (std::size_t i = 0; i < encoders_.size(); ++i) {
      std::vector<std::string> labels = settle(encoders_[i], reads_[i].base);
      if (i < names_.size()) {
        out.columns.push_back({names_[i], std::move(labels)});
        columns.push_back(encoders_[i].codes());
      } else if (person_ == i) {
        out.key_labels = std::move(labels);
      }
    }
    out.tuples = group::collect_tuples(
        columns, rows_, person_ ? encoders_[*person_].codes() : std::span<const Code>(), host_);
    find_people(out);
    if (options_.keep_rows) {
      if (person_) {
        const std::span<const Code> person = encoders_[*person_].codes();
        out.person_of_row.assign(person.begin(), person.end());
      }
    } else {
      out.tuples.tuple_of_row.clear();
      out.tuples.tuple_of_row.shrink_to_fit();
    }
    return out;
  }

 private:
  [[nodiscard]] const Column* find_person() const {
    if (options_.person_key.empty()) return source_.find(Role::person);
    return &require_column(source_, options_.person_key, "person_key");
  }

  void add_weight(const Column& column) {
    const model::TypeClass type = class_of(column.type);
    if (type != model::TypeClass::integer && type != model::TypeClass::real)
      throw Error(sqlstate::kDatatypeMismatch,
                  "column \"" + column.name + "\" of " + source_.sql_name + " is not a number",
                  "It is named in weight.");
    weight_expression_ = quote_identifier(column.name) + "::pg_catalog.float8";
  }

  void read() {
    std::string list;
    std::vector<Oid> types;
    for (const Read& column : reads_) {
      list += (list.empty() ? "" : ", ") + column.expression;
      types.push_back(column.type);
    }
    const int weight_at = static_cast<int>(reads_.size());
    if (!weight_expression_.empty()) {
      list += ", " + weight_expression_;
      types.push_back(FLOAT8OID);
    }
    SettingsScope settings;
    settings.set("datestyle", "ISO, YMD");
    settings.set("extra_float_digits", "1");
    if (!options_.allow_row_security) settings.set("row_security", "off");  // hidden rows: 42501
    constexpr std::size_t kProgressEvery = 16384;
    Spi spi;
    explaining_refusals(Recorded::no, [&] {
      spi.query("SELECT " + list + " FROM " + source_.sql_name, [&](const Row& row) {
        if (rows_ == 0) require_types(row, types, source_.sql_name);
        if (rows_++ % kProgressEvery == 0) host_.progress("reading", rows_, 0);
        for (std::size_t i = 0; i < encoders_.size(); ++i)
          encoders_[i].add(row, static_cast<int>(i));
        if (!weight_expression_.empty())
          weight_.push_back(row.is_null(weight_at) ? std::numeric_limits<double>::quiet_NaN()
                                                   : row.float8(weight_at));
      });
    });
    check_weights();
  }

  void check_weights() const {
    const auto bad = std::count_if(weight_.begin(), weight_.end(),
                                   [](double w) { return !std::isfinite(w) || !(w > 0); });
    if (bad > 0)
      throw data_error("column \"" + options_.weight + "\" of " + source_.sql_name +
                           " holds values that are no sampling weights",
                       std::to_string(bad) + " rows are NULL, not finite, zero or negative there.",
                       "A weight is the number of people of the population that a row stands for.");
  }

  /// One entry a person, in the order of the keys; without a key, of the rows' tuples.
  void find_people(CodedTable& out) const {
    constexpr std::uint32_t kNobody = 0xFFFFFFFFu;
    const auto& tuple_of_row = out.tuples.tuple_of_row;
    const std::span<const Code> household =
        household_ ? encoders_[*household_].codes() : std::span<const Code>();
    if (!person_) {
      out.tuple_of_person.assign(tuple_of_row.begin(), tuple_of_row.end());
      out.weight = weight_;
      out.household.assign(household.begin(), household.end());
      return;
    }
    const std::span<const Code> person = encoders_[*person_].codes();
    const std::size_t people = out.key_labels.size();
    out.tuple_of_person.assign(people, kNobody);
    if (!weight_.empty()) out.weight.assign(people, 0.0);
    if (household_) out.household.assign(people, kMissing);
    out.key.resize(people);
    std::iota(out.key.begin(), out.key.end(), 0u);
    for (std::size_t row = 0; row < person.size(); ++row) {
      const Code p = person[row];
      if (p == kMissing) {
        ++out.rows_without_person;
        continue;
      }
      const bool first = out.tuple_of_person[p] == kNobody;
      out.tuple_of_person[p] = std::min(out.tuple_of_person[p], tuple_of_row[row]);
      if (!weight_.empty()) set(out.weight[p], weight_[row], first, options_.weight);
      if (household_) set(out.household[p], household[row], first, options_.household);
    }
  }

  template <class T>
  void set(T& of_person, T value, bool first, const std::string& column) const {
    if (!first && of_person != value)
      throw data_error(
          "rows of one person disagree in column \"" + column + "\" of " + source_.sql_name, {},
          "It must have one value for each person.");
    of_person = value;
  }

  const CodedOptions& options_;
  Host& host_;
  Relation source_;
  std::vector<std::string> names_;
  std::vector<Read> reads_;
  std::vector<Encoder> encoders_;  // quasi-identifiers, then person, then household
  std::optional<std::size_t> person_, household_;
  std::string weight_expression_;
  std::pmr::vector<double> weight_;
  std::size_t rows_ = 0;
};

}  // namespace

std::vector<std::string> CodedTable::names() const {
  std::vector<std::string> out;
  for (const CodedColumn& column : columns) out.push_back(column.name);
  return out;
}

double CodedTable::weights() const { return std::accumulate(weight.begin(), weight.end(), 0.0); }

CodedTable read_coded_table(const CodedOptions& options, Host& host) {
  return TableReader(options, host).run();
}

std::optional<std::vector<std::string>> optional_names(FunctionCallInfo fcinfo, int at,
                                                       const char* what) {
  const Args args(fcinfo);
  if (args.is_null(at)) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& name : text_array_elements(args.value(at, what), what)) {
    if (!name) throw Error(sqlstate::kNullValueNotAllowed, std::string(what) + " holds a NULL");
    names.push_back(*name);
  }
  return names;
}

}  // namespace pt::pg

#include "pg/glm_rows.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/text/json.hpp"
#include "pg/datum.hpp"
#include "pg/guc.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using stats::Family;
using stats::GlmModel;

constexpr std::size_t kMaxLevels = 500;
/// Rows are kept in memory up to this, if the memory limit is not lower; others are read again for
/// every iteration.
constexpr std::size_t kDesignBudget = std::size_t{160} << 20;
/// Up to this many distinct rows they are sorted, so that the order of the relation can't matter.
constexpr std::size_t kSortedRows = 200000;

std::string column_text(const std::string& name) { return "column \"" + name + "\""; }

/// 42703 when there is no such column.
Oid type_of(const GlmRequest& request, const std::string& column) {
  std::string known;
  for (const QueryColumn& c : request.columns) {
    if (c.name == column) return c.type;
    known += (known.empty() ? "There are: " : ", ") + c.name;
  }
  Oid type = InvalidOid;
  if (request.columns.empty()) {
    AttrNumber const attnum = guarded([&] { return get_attnum(request.relation, column.c_str()); });
    if (attnum > 0) type = guarded([&] { return get_atttype(request.relation, attnum); });
  }
  if (type == InvalidOid)
    throw Error(sqlstate::kUndefinedColumn,
                column_text(column) + " does not exist in " + request.name,
                known.empty() ? known : known + ".",
                "Names with capital letters or signs stand in double quotes in a formula.");
  return type;
}

model::Prf::Key dictionary_key() {
  model::Prf::Key key{};
  guarded([&key] {
    if (!pg_strong_random(key.data(), key.size())) elog(ERROR, "no random bytes");
  });
  return key;
}

}  // namespace

RelationRows::RelationRows(GlmRequest& request, PgHost& host)
    : request_(request), host_(host), prf_(dictionary_key()) {
  open_columns();
}

std::unique_ptr<stats::DesignBuffer> RelationRows::read() {
  std::size_t budget = kDesignBudget;
  if (memory_limit_kb() > 0)
    budget = std::min(budget, static_cast<std::size_t>(memory_limit_kb()) * 1024 / 4);
  auto buffer = std::make_unique<stats::DesignBuffer>(host_, stride(), budget);
  double sum = 0, total = 0, least = INFINITY, most = -INFINITY;
  each_row([&] {
    note_levels();
    buffer->add(values_, weight_);
    double const y = values_[stats::kResponse];
    sum += weight_ * y;
    total += weight_;
    least = std::min(least, y);
    most = std::max(most, y);
    add_constants(y);
  });
  if (total == 0)
    throw data_error("there is no row to fit", std::to_string(missing_) +
                                                   " rows have NULL in a column of the model, " +
                                                   std::to_string(weightless_) + " have weight 0.");
  if (least == most)
    throw data_error("the response \"" + request_.formula.response +
                         "\" has one value only: there is nothing to explain",
                     "Every row that counts has " + text::json_number(least) + ".");
  request_.model.mean_response = sum / total;
  if (request_.cluster.empty()) {
    request_.model.clusters = 0;
  } else {
    request_.model.clusters = static_cast<std::uint32_t>(cluster_->dictionary->size());
  }
  sort_levels();
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (columns_[c].factor()) buffer->remap(stats::kFirstColumn + c, columns_[c].sorted);
  if (buffer->complete() && buffer->rows() <= kSortedRows) buffer->sort();
  ready_ = true;
  return buffer;
}

void RelationRows::scan(const std::function<void(const stats::DesignBlock&)>& take) {
  std::vector<double> values, weight, squares;
  std::vector<double> const ones(kBlockRows, 1);
  auto flush = [&] {
    if (weight.empty()) return;
    take({weight.size(), stride(), values.data(), weight.data(), squares.data(), ones.data()});
    values.clear();
    weight.clear();
    squares.clear();
  };
  each_row([&] {
    values.insert(values.end(), values_.begin(), values_.end());
    weight.push_back(weight_);
    squares.push_back(weight_ * weight_);
    if (weight.size() == kBlockRows) flush();
  });
  flush();
}

GlmColumn RelationRows::open(const std::string& column, bool factor) {
  GlmColumn s;
  s.column = column;
  Oid const type = type_of(request_, column);
  s.sql = quote_identifier(column);
  s.type = type;
  Oid const base = Layout(type).type;
  switch (base) {
    case INT2OID:
      s.read = GlmRead::int2;
      break;
    case INT4OID:
      s.read = GlmRead::int4;
      break;
    case INT8OID:
      s.read = GlmRead::int8;
      break;
    case FLOAT4OID:
      s.read = GlmRead::float4;
      break;
    case FLOAT8OID:
      s.read = GlmRead::float8;
      break;
    case BOOLOID:
      s.read = GlmRead::boolean;
      break;
    case NUMERICOID:
      s.read = GlmRead::float8;
      s.sql = "(" + s.sql + ")::pg_catalog.float8";
      s.type = FLOAT8OID;
      break;
    default:
      s.read = GlmRead::level;
  }
  if (factor) {
    if (base == NUMERICOID) {
      s.sql = "(" + quote_identifier(column) + ")::pg_catalog.text";
      s.type = TEXTOID;
    }
    s.read = GlmRead::level;
  }
  if (s.factor()) {
    s.dictionary.emplace(prf_, host_.memory());
  }
  return s;
}

GlmColumn RelationRows::open_number(const std::string& column, const char* what) {
  GlmColumn s = open(column, false);
  if (s.factor())
    throw Error(sqlstate::kDatatypeMismatch,
                column_text(column) + " can't be the " + std::string(what),
                "Its type is " + type_name(s.type) + ".",
                "It must be a number or boolean; a view can convert it, for example with "
                "(outcome = 'convicted') AS convicted.");
  return s;
}

void RelationRows::open_columns() {
  for (const stats::FormulaColumn& c : request_.formula.columns)
    columns_.push_back(open(c.name, c.factor));
  for (GlmColumn& s : columns_)  // only now their places in memory are final
    if (s.factor()) s.interner.emplace(*s.dictionary, s.type);
  response_ = open_number(request_.formula.response, "response");
  if (!request_.formula.trials.empty())
    trials_ = open_number(request_.formula.trials, "number of trials");
  if (!request_.exposure.empty()) exposure_ = open_number(request_.exposure, "exposure");
  if (!request_.weights.empty()) weights_ = open_number(request_.weights, "weight");
  if (!request_.cluster.empty()) {
    cluster_ = open(request_.cluster, true);
    cluster_->interner.emplace(*cluster_->dictionary, cluster_->type);
  }
  std::string list = response_.sql;
  types_.push_back(response_.type);
  auto add = [&](const GlmColumn& s) {
    list += ", " + s.sql;
    types_.push_back(s.type);
  };
  for (const GlmColumn& s : columns_) add(s);
  for (const auto* const s : {&trials_, &exposure_, &weights_, &cluster_})
    if (*s) add(**s);
  sql_ = "SELECT " + list + " FROM " + request_.from;
  values_.resize(stride());
}

Error RelationRows::changed() const {
  return wrong_state("the rows of " + request_.name + " changed while they were read", {},
                     "Give a table, or a view whose functions are stable.");
}

/// The value, not NULL, as a number. 22000 for NaN and infinity.
double RelationRows::number(const Row& row, int at, GlmColumn& s) const {
  Datum const value = row.value(at);
  double x = 0;
  switch (s.read) {
    case GlmRead::int2:
      return DatumGetInt16(value);
    case GlmRead::int4:
      return DatumGetInt32(value);
    case GlmRead::int8:
      return static_cast<double>(DatumGetInt64(value));
    case GlmRead::boolean:
      return DatumGetBool(value) ? 1 : 0;
    case GlmRead::float4:
      x = DatumGetFloat4(value);
      break;
    case GlmRead::float8:
      x = DatumGetFloat8(value);
      break;
    case GlmRead::level: {
      model::Code const code = s.interner->code({value, false});
      if (s.sorted.empty()) return code;
      if (code >= s.sorted.size()) throw changed();
      return s.sorted[code];
    }
  }
  if (!std::isfinite(x))
    throw data_error(column_text(s.column) + " holds NaN or infinity", {},
                     "Leave such rows out, for example with a view.");
  return x + 0.0;  // -0 becomes 0
}

/// Reads the rows that count and calls f after values_ and weight_ are set.
void RelationRows::each_row(const std::function<void()>& f) {
  bool first = true;
  missing_ = weightless_ = 0;
  std::uint64_t rows = 0;
  Spi spi;
  spi.query(sql_, {}, Spi::ReadOnly::yes, [&](const Row& row) {
    if (first) require_types(row, types_, request_.name);
    first = false;
    if (++rows % 65536 == 0) host_.progress("reading rows", rows, 0);
    if (take(row)) f();
  });
}

/// False for rows that do not count.
bool RelationRows::take(const Row& row) {
  for (int c = 0; c < row.columns(); ++c)
    if (row.is_null(c)) {
      ++missing_;
      return false;
    }
  int at = 0;
  double y = number(row, at++, response_);
  for (std::size_t c = 0; c < columns_.size(); ++c)
    values_[stats::kFirstColumn + c] = number(row, at++, columns_[c]);
  trials_of_row_ = 1;
  if (trials_) {
    trials_of_row_ = number(row, at++, *trials_);
    if (trials_of_row_ < 0 || y < 0 || y > trials_of_row_)
      throw data_error("a row has " + text::json_number(y) + " events of " +
                       text::json_number(trials_of_row_) + " trials");
    y = trials_of_row_ > 0 ? y / trials_of_row_ : 0;
  }
  double offset = 0;
  if (exposure_) {
    double const exposure = number(row, at++, *exposure_);
    if (!(exposure >= 0))
      throw data_error(column_text(request_.exposure) + " holds a negative exposure");
    if (exposure == 0) {
      if (y > 0) throw data_error("a row has events but an exposure of 0");
      ++weightless_;
      return false;
    }
    offset = std::log(exposure);
    request_.model.has_offset = true;
  }
  frequency_ = 1;
  if (weights_) {
    frequency_ = number(row, at++, *weights_);
    if (frequency_ < 0)
      throw data_error(column_text(request_.weights) + " holds a negative weight", {},
                       "Weights are numbers of at least 0.");
  }
  weight_ = frequency_ * trials_of_row_;
  if (weight_ == 0) {
    ++weightless_;
    return false;
  }
  if (!stats::valid_response(request_.model.family, y))
    throw data_error(
        "the response \"" + request_.formula.response + "\" holds " + text::json_number(y), {},
        request_.model.family == Family::poisson
            ? "The family poisson needs numbers of at least 0."
            : "The families logistic and cloglog need booleans, 0 and 1, shares, or "
              "events / trials.");
  values_[stats::kResponse] = y;
  values_[stats::kOffset] = offset;
  values_[stats::kCluster] = cluster_ ? number(row, at++, *cluster_) : 0;
  if (ready_ && cluster_ && values_[stats::kCluster] >= request_.model.clusters) throw changed();
  return true;
}

void RelationRows::note_levels() {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    GlmColumn& s = columns_[c];
    if (!s.factor()) continue;
    auto const code = static_cast<std::size_t>(values_[stats::kFirstColumn + c]);
    if (code >= s.counts.size()) {
      if (code >= kMaxLevels)
        throw program_limit(column_text(s.column) + " has more than " + std::to_string(kMaxLevels) +
                                " distinct values",
                            {}, "Group its values with a view, or use a number.");
      s.counts.resize(code + 1);
    }
    s.counts[code] += weight_;
  }
}

/// What the likelihood has besides the coefficients.
void RelationRows::add_constants(double y) {
  GlmModel& m = request_.model;
  switch (m.family) {
    case Family::linear:
      m.sum_log_weights += std::log(weight_);
      break;
    case Family::poisson:
      m.log_likelihood_constant -= weight_ * stats::log_gamma(y + 1);
      break;
    case Family::logistic:
    case Family::cloglog:
      if (trials_)
        m.log_likelihood_constant +=
            frequency_ * stats::log_choose(trials_of_row_, y * trials_of_row_);
      else if (y > 0 && y < 1)
        m.log_likelihood_constant += stats::log_choose(weight_, y * weight_);
      break;
  }
}

/// Levels in the order of their bytes; the reference is the named or the most frequent one.
void RelationRows::sort_levels() {
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    GlmColumn& s = columns_[c];
    if (!s.factor()) continue;
    ValueDecoder const decoder(s.type);
    std::vector<std::pair<std::string, std::size_t>> labels;
    // A value seen only in rows that do not count may follow those that do, or stand between.
    for (std::size_t code = 0; code < s.dictionary->size(); ++code)
      labels.emplace_back(decoder.text((*s.dictionary)[static_cast<model::Code>(code)]), code);
    s.counts.resize(labels.size());
    std::sort(labels.begin(), labels.end());
    s.sorted.resize(labels.size());
    std::optional<std::string> const& wanted = request_.formula.columns[c].reference;
    double most = -1;
    bool found = false;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto& [label, code] = labels[i];
      s.sorted[code] = static_cast<std::uint32_t>(i);
      double const count = s.counts[code];
      if (wanted ? label == *wanted && count > 0 : count > most) {
        s.reference = label;
        most = count;
        found = true;
      }
      s.labels.push_back(label);
      s.present.push_back(count > 0);
    }
    if (!found)
      throw invalid_parameter(column_text(s.column) + " has no value '" + wanted.value_or("") +
                                  "' in the rows that count",
                              {}, "The reference level must be one of its values.");
  }
}

}  // namespace pt::pg

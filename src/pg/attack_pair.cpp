// pt_attack_pair: attacks on any pair of tables (sql/69-attack.sql).
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/attack/pair.hpp"
#include "core/error.hpp"
#include "core/model/dictionary.hpp"
#include "pg/attack_rows.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/host.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using attack::Measure;
using attack::PairTried;
using attack::Random;
using attack::SharedColumn;
using attack::Tables;
using model::Code;
using model::kMissing;

struct PairColumn {
  std::string name;
  Oid type = InvalidOid;
};

std::vector<PairColumn> columns_of(Oid relation) {
  std::vector<PairColumn> columns;
  Spi spi;
  spi.query(
      "SELECT attname::pg_catalog.text, atttypid FROM pg_catalog.pg_attribute WHERE attrelid "
      "OPERATOR(pg_catalog.=) $1 AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped ORDER BY "
      "attnum",
      Params{}.oid(relation), Spi::ReadOnly::yes, [&](const Row& row) {
        columns.push_back({row.text(0), row.oid(1)});
      });
  return columns;
}

/// How a type is read: as what, and through which SQL expression over %c.
struct Reading {
  Measure measure;
  std::string expression;
};

Reading reading_of(Oid type, const std::string& column) {
  const auto epoch = [](const std::string& value) {
    return "pg_catalog.date_part('epoch', " + value +
           ") OPERATOR(pg_catalog./) 86400::pg_catalog.float8";
  };
  const auto middle = [&](const std::string& low, const std::string& high, const char* step) {
    return "(" + low + " OPERATOR(pg_catalog.+) " + high + " OPERATOR(pg_catalog.-) " + step +
           "::pg_catalog.float8) OPERATOR(pg_catalog./) 2::pg_catalog.float8";
  };
  const std::string lower = "pg_catalog.lower(" + column + ")";
  const std::string upper = "pg_catalog.upper(" + column + ")";
  const std::string real = "::pg_catalog.float8";
  switch (guarded([type] { return getBaseType(type); })) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return {Measure::number, column + real};
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return {Measure::time, epoch(column)};
    case INT4RANGEOID:
    case INT8RANGEOID:
      return {Measure::number, middle(lower + real, upper + real, "1")};
    case NUMRANGEOID:
      return {Measure::number, middle(lower + real, upper + real, "0")};
    case DATERANGEOID:
      return {Measure::time, middle(epoch(lower), epoch(upper), "1")};
    case TSRANGEOID:
    case TSTZRANGEOID:
      return {Measure::time, middle(epoch(lower), epoch(upper), "0")};
    default:
      return {Measure::category, column + "::pg_catalog.text"};
  }
}

const PairColumn* find_column(const std::vector<PairColumn>& columns, const std::string& name) {
  const auto it = std::find_if(columns.begin(), columns.end(),
                               [&](const PairColumn& c) { return c.name == name; });
  return it == columns.end() ? nullptr : &*it;
}

struct PairArguments {
  std::array<Oid, 3> relations{};  // original, released, control or InvalidOid
  std::string kind;
  std::uint64_t attempts = 0;
  std::optional<std::vector<std::string>> columns, left;
  std::optional<std::string> secret;
  std::int32_t neighbors = 1, things = 3;
  double tolerance = 0.05, confidence = 0.95;
  std::optional<double> claimed;
};

/// Names of the columns that are compared.
std::vector<std::string> shared_names(const PairArguments& args,
                                      const std::array<std::vector<PairColumn>, 3>& present) {
  std::vector<std::string> names;
  if (args.columns) {
    names = *args.columns;
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
      throw Error("42701", "a column is named twice in columns");
  } else {
    for (const PairColumn& column : present[0])
      if (find_column(present[1], column.name) != nullptr) names.push_back(column.name);
  }
  for (const std::string& name : names)
    for (std::size_t part = 0; part < 3; ++part)
      if (OidIsValid(args.relations[part]) && find_column(present[part], name) == nullptr)
        throw Error(sqlstate::kUndefinedColumn,
                    relation_name(args.relations[part]) + " has no column " + name, {},
                    "Name the columns that all tables have with columns => '{...}'.");
  if (!names.empty()) return names;
  throw invalid_parameter("the tables share no column", {},
                          "Give equal columns equal names, for instance in a view.");
}

class TableReader {
 public:
  TableReader(Host& host, const PairArguments& args) : host_(host), args_(args) {
    for (std::size_t part = 0; part < 3; ++part)
      if (OidIsValid(args.relations[part])) present_[part] = columns_of(args.relations[part]);
    tables_.has_control = OidIsValid(args.relations[2]);
    plan();
  }

  Tables read() {
    Secret const secret;
    const model::Prf prf(secret.derive_key("attack"));
    for (std::size_t c = 0; c < tables_.columns.size(); ++c) {
      std::pmr::vector<double> const none(host_.memory());
      numbers_.push_back(
          {{{none, host_.memory()}, {none, host_.memory()}, {none, host_.memory()}}});
      texts_.emplace_back(prf, host_.memory());
    }
    for (std::size_t part = 0; part < 3; ++part)
      if (OidIsValid(args_.relations[part])) read_part(part);
    for (std::size_t c = 0; c < tables_.columns.size(); ++c) {
      host_.poll();
      if (tables_.columns[c].measure == Measure::category)
        sort_texts(c);
      else
        code_numbers(c);
    }
    if (not_finite_ > 0)
      report(NOTICE, std::to_string(not_finite_) +
                         " values that are NaN or infinite are treated as missing");
    return std::move(tables_);
  }

 private:
  void plan() {
    for (const std::string& name : shared_names(args_, present_)) {
      SharedColumn column{
          name,
          Measure::category,
          {},
          {std::pmr::vector<Code>(host_.memory()), std::pmr::vector<Code>(host_.memory()),
           std::pmr::vector<Code>(host_.memory())}};
      std::optional<Measure> measure;
      std::array<std::string, 3> types;
      for (std::size_t part = 0; part < 3; ++part) {
        if (!OidIsValid(args_.relations[part])) continue;
        const PairColumn* const found = find_column(present_[part], name);
        const Reading reading = reading_of(found->type, quote_identifier(name));
        if (measure && *measure != reading.measure)
          throw Error(sqlstate::kDatatypeMismatch,
                      "column " + name + " can't be compared between the tables",
                      "It is " + type_name(present_type(0, name)) + " in " +
                          relation_name(args_.relations[0]) + " and " + type_name(found->type) +
                          " in " + relation_name(args_.relations[part]) + ".",
                      "Cast it in a view, or leave it out with columns => '{...}'.");
        measure = reading.measure;
        select_[part] += (select_[part].empty() ? "" : ", ") + reading.expression;
      }
      column.measure = *measure;
      tables_.columns.push_back(std::move(column));
    }
  }

  Oid present_type(std::size_t part, const std::string& name) const {
    return find_column(present_[part], name)->type;
  }

  void read_part(std::size_t part) {
    const std::string relation = relation_name(args_.relations[part]);
    std::size_t& rows = tables_.rows[part];
    Spi spi;
    spi.query("SELECT " + select_[part] + " FROM " + relation, {}, Spi::ReadOnly::yes,
              [&](const Row& row) {
                if (rows++ % 16384 == 0) host_.progress("reading " + relation, rows, 0);
                for (std::size_t c = 0; c < tables_.columns.size(); ++c) add(part, c, row);
              });
    if (rows == 0)
      throw data_error(relation + " has no rows", {}, "An attack needs people to attack.");
    if (rows > 0xFFFFFFFEu) throw program_limit(relation + " has more than 4 billion rows");
  }

  void add(std::size_t part, std::size_t c, const Row& row) {
    const int at = static_cast<int>(c);
    if (tables_.columns[c].measure == Measure::category) {
      tables_.columns[c].codes[part].push_back(
          row.is_null(at) ? kMissing : texts_[c].intern(text_view(row.value(at))));
      return;
    }
    double value = row.is_null(at) ? std::nan("") : row.float8(at);
    if (!std::isfinite(value)) {
      not_finite_ += !row.is_null(at);
      value = std::nan("");
    }
    numbers_[c][part].push_back(value == 0 ? 0 : value);  // -0 is 0
  }

  /// Codes in the order of the texts' bytes.
  void sort_texts(std::size_t c) {
    std::vector<Code> order(texts_[c].size());
    std::iota(order.begin(), order.end(), Code{0});
    std::sort(order.begin(), order.end(),
              [&](Code a, Code b) { return texts_[c][a] < texts_[c][b]; });
    std::vector<Code> code(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) code[order[i]] = static_cast<Code>(i);
    for (auto& part : tables_.columns[c].codes)
      for (Code& value : part)
        if (value != kMissing) value = code[value];
  }

  void code_numbers(std::size_t c) {
    std::vector<double>& values = tables_.columns[c].value;
    for (const auto& part : numbers_[c])
      for (const double value : part)
        if (!std::isnan(value)) values.push_back(value);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (std::size_t part = 0; part < 3; ++part) {
      auto& codes = tables_.columns[c].codes[part];
      codes.reserve(numbers_[c][part].size());
      for (const double value : numbers_[c][part])
        codes.push_back(
            std::isnan(value)
                ? kMissing
                : static_cast<Code>(std::lower_bound(values.begin(), values.end(), value) -
                                    values.begin()));
      std::pmr::vector<double>(host_.memory()).swap(numbers_[c][part]);
    }
  }

  Host& host_;
  const PairArguments& args_;
  std::array<std::vector<PairColumn>, 3> present_;
  std::array<std::string, 3> select_;
  Tables tables_;
  std::vector<std::array<std::pmr::vector<double>, 3>> numbers_;
  std::vector<model::Dictionary> texts_;
  std::uint64_t not_finite_ = 0;
};

std::size_t position(const Tables& tables, const std::string& name, const char* argument) {
  for (std::size_t c = 0; c < tables.columns.size(); ++c)
    if (tables.columns[c].name == name) return c;
  throw Error(sqlstate::kUndefinedColumn,
              "column " + name + " of " + argument + " is not one that the tables share");
}

class PairAttacks {
 public:
  PairAttacks(Host& host, const Tables& tables, const PairArguments& args, const model::Prf& prf,
              ResultSet& out)
      : host_(host), tables_(tables), args_(args), prf_(prf), out_(out) {}

  void univariate() {
    Random random(prf_.derive("singling-out-univariate"));
    send("singling-out-univariate",
         attack::single_out_univariate(host_, tables_, args_.attempts, random));
  }

  void multivariate() {
    Random random(prf_.derive("singling-out-multivariate"));
    send("singling-out-multivariate",
         attack::single_out_multivariate(host_, tables_, static_cast<std::size_t>(args_.things),
                                         args_.attempts, random));
  }

  /// Halves: those named and the others; by default the first half of the columns and the rest.
  void link() {
    std::vector<std::size_t> left, right;
    if (args_.left) {
      for (const std::string& name : *args_.left)
        left.push_back(position(tables_, name, "left_columns"));
    } else {
      left.resize(tables_.columns.size() / 2);
      std::iota(left.begin(), left.end(), std::size_t{0});
    }
    for (std::size_t c = 0; c < tables_.columns.size(); ++c)
      if (std::find(left.begin(), left.end(), c) == left.end()) right.push_back(c);
    if (left.empty() || right.empty())
      throw invalid_parameter("linkability needs columns on both sides", {},
                              "Name some of the shared columns, and not all, with left_columns.");
    Random random(prf_.derive("linkability"));
    send("linkability",
         attack::link(host_, tables_, left, right, static_cast<std::size_t>(args_.neighbors),
                      args_.attempts, random));
  }

  void infer() {
    const std::size_t secret = position(tables_, *args_.secret, "secret");
    std::vector<std::size_t> known;
    for (std::size_t c = 0; c < tables_.columns.size(); ++c)
      if (c != secret) known.push_back(c);
    if (known.empty()) throw invalid_parameter("inference needs a column besides the secret one");
    const std::string name = "inference: " + *args_.secret;
    Random random(prf_.derive(name));
    send(name,
         attack::infer(host_, tables_, secret, known, args_.tolerance, args_.attempts, random));
  }

  void tell_members() {
    Random random(prf_.derive("membership"));
    send("membership", attack::tell_members(host_, tables_, args_.attempts, random));
  }

 private:
  void send(const std::string& name, const PairTried& tried) {
    AttackRow row;
    row.attack = name;
    row.attempts = tried.attempts;
    row.successes = tried.successes;
    row.judged_by_residual = tables_.has_control;
    row.claimed_risk = args_.claimed;
    if (tried.control_attempts > 0) {
      row.control_rate = static_cast<double>(tried.control_successes) /
                         static_cast<double>(tried.control_attempts);
      row.control = attack::wilson(static_cast<double>(tried.control_successes),
                                   static_cast<double>(tried.control_attempts), args_.confidence);
    }
    if (tried.baseline_attempts > 0)
      row.baseline_rate = static_cast<double>(tried.baseline_successes) /
                          static_cast<double>(tried.baseline_attempts);
    if (tried.attempts < args_.attempts)
      row.note =
          std::to_string(args_.attempts) + " attempts asked for: " +
          (name.starts_with("singling") ? "predicates that fit one released row alone are too rare"
                                        : "there are no more people");
    send_row(row, args_.confidence, out_);
  }

  Host& host_;
  const Tables& tables_;
  const PairArguments& args_;
  model::Prf prf_;
  ResultSet& out_;
};

constexpr std::array<std::string_view, 7> kPairKinds{"all",
                                                     "singling-out",
                                                     "singling-out-univariate",
                                                     "singling-out-multivariate",
                                                     "linkability",
                                                     "inference",
                                                     "membership"};

void check_pair(const PairArguments& args) {
  check_attempts(static_cast<std::int64_t>(args.attempts), args.confidence);
  if (std::find(kPairKinds.begin(), kPairKinds.end(), args.kind) == kPairKinds.end())
    throw invalid_parameter("there is no attack of kind \"" + args.kind + "\" on a pair of tables",
                            "Kinds: all, singling-out, singling-out-univariate, "
                            "singling-out-multivariate, linkability, inference, membership.");
  if (args.kind == "inference" && !args.secret)
    throw Error(sqlstate::kNullValueNotAllowed, "inference needs a column to guess", {},
                "Name it with secret => '...'.");
  if (args.kind == "membership" && !OidIsValid(args.relations[2]))
    throw Error(sqlstate::kNullValueNotAllowed,
                "membership can't be attacked without a control group", {},
                "Name people of whom nothing was released with control => '...'.");
  if (args.neighbors < 1 || args.things < 1)
    throw invalid_parameter("neighbors and predicate_columns must be at least 1");
  if (!(args.tolerance >= 0 && std::isfinite(args.tolerance)))
    throw invalid_parameter("tolerance must be a finite number of at least 0");
  if (args.claimed && !(*args.claimed >= 0 && *args.claimed <= 1))
    throw invalid_parameter("claimed_risk must lie between 0 and 1");
}

void attack_pair(PairAttacks& attacks, const PairArguments& args) {
  const bool all = args.kind == "all";
  if (all || args.kind == "singling-out" || args.kind == "singling-out-univariate")
    attacks.univariate();
  if (all || args.kind == "singling-out" || args.kind == "singling-out-multivariate")
    attacks.multivariate();
  if (all || args.kind == "linkability") attacks.link();
  if (args.kind == "inference" || (all && args.secret)) attacks.infer();
  if (args.kind == "membership" || (all && OidIsValid(args.relations[2]))) attacks.tell_members();
  if (all && !args.secret)
    report(NOTICE, "inference is left out: no secret column is named", {},
           "Name the column to guess with secret => '...'.");
  if (all && !OidIsValid(args.relations[2]))
    report(NOTICE,
           "there is no control group: membership is left out, and no residual risk is known", {},
           "Name people of whom nothing was released with control => '...'.");
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_attack_pair) {
  using namespace pt::pg;
  Args const args(fcinfo);
  PairArguments pair;
  pair.relations = {args.oid(0, "original"), args.oid(1, "released"),
                    args.optional_oid(3).value_or(InvalidOid)};
  pair.kind = args.text(2, "kind");
  std::int64_t const attempts = args.int8(4, "attempts");
  std::int64_t const seed = args.int8(5, "seed");
  pair.columns = optional_names(fcinfo, 6, "columns");
  pair.secret = args.optional_text(7);
  pair.left = optional_names(fcinfo, 8, "left_columns");
  pair.neighbors = args.int4(9, "neighbors");
  pair.things = args.int4(10, "predicate_columns");
  pair.tolerance = args.float8(11, "tolerance");
  pair.claimed = args.optional_float8(12);
  pair.confidence = args.float8(13, "confidence");
  pair.attempts = static_cast<std::uint64_t>(attempts);
  check_pair(pair);
  ResultSet out(fcinfo);
  PgHost host("pt_attack_pair");
  ReadScope const scope(false);
  const pt::attack::Tables tables = TableReader(host, pair).read();
  PairAttacks attacks(host, tables, pair, attack_randomness(seed), out);
  attack_pair(attacks, pair);
  return out.done();
}

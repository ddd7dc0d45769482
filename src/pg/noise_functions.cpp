// Noise and generalisation of single values: sql/72-noise.sql.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/model/hierarchy_table.hpp"
#include "core/model/period.hpp"
#include "core/noise/jitter.hpp"
#include "core/noise/location.hpp"
#include "core/noise/numbers.hpp"
#include "core/noise/pram.hpp"
#include "pg/boundary.hpp"
#include "pg/composite.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/encode.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/date.h"
}

namespace pt::pg {
namespace {

/// Randomness of a value function, and the key of one value in the form that draws are made for.
class Draw {
 public:
  Draw(std::string_view purpose, const std::string& key, std::int64_t seed)
      : prf_(run_randomness(Secret(), seed).derive("value").derive(purpose)),
        key_(prf_.hash(key)) {}
  [[nodiscard]] const model::Prf& prf() const { return prf_; }
  [[nodiscard]] const model::Hash128& key() const { return key_; }
  [[nodiscard]] std::uint64_t bits(std::uint64_t n) const { return prf_.at(key_.lo ^ n); }

 private:
  model::Prf prf_;
  model::Hash128 key_;
};

std::vector<double> shares_of(const Args& args, int position, const char* name) {
  std::vector<double> out;
  for (auto const& element : float8_array_elements(args.value(position, name), name)) {
    if (!element) throw invalid_parameter(std::string(name) + " must not hold NULL");
    out.push_back(*element);
  }
  return out;
}

struct Dates {
  std::vector<std::int32_t> days;
  std::vector<bool> null;
};

Dates dates_of(Datum array) {
  Dates out;
  Datum* values = nullptr;
  bool* nulls = nullptr;
  int count = 0;
  guarded([&] {
    ArrayType* const a = DatumGetArrayTypeP(array);
    if (ARR_NDIM(a) > 1)
      ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
              errmsg("dates must have one dimension"));
    deconstruct_array(a, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &values, &nulls, &count);
  });
  for (int i = 0; i < count; ++i) {
    out.null.push_back(nulls[i]);
    out.days.push_back(nulls[i] ? 0 : DatumGetDateADT(values[i]));
  }
  return out;
}

Datum date_array(const Dates& dates) {
  std::vector<Datum> values;
  std::vector<char> nulls;
  for (std::size_t i = 0; i < dates.days.size(); ++i) {
    values.push_back(DateADTGetDatum(dates.days[i]));
    nulls.push_back(dates.null[i] ? 1 : 0);
  }
  static_assert(sizeof(bool) == sizeof(char));
  Datum* const data = values.data();
  bool* const flags = reinterpret_cast<bool*>(nulls.data());
  int size = static_cast<int>(values.size());
  return guarded([data, flags, size]() mutable {
    int lower = 1;
    ArrayType* const array = size == 0 ? construct_empty_array(DATEOID)
                                       : construct_md_array(data, flags, 1, &size, &lower, DATEOID,
                                                            sizeof(DateADT), true, TYPALIGN_INT);
    return PointerGetDatum(array);
  });
}

/// SELECT of the node of $1 at a level of a hierarchy table.
std::string node_query(const Relation& relation, std::int32_t level) {
  bool const long_form = relation.find("value") != nullptr && relation.find("level") != nullptr &&
                         relation.find("generalised") != nullptr;
  if (long_form)
    return "SELECT " + text_expression(*relation.find("generalised")) + " FROM " +
           relation.sql_name + " WHERE " + text_expression(*relation.find("value")) + " = $1 AND " +
           quote_identifier("level") + " = " + std::to_string(level) +
           " ORDER BY 1 NULLS LAST LIMIT 1";
  if (static_cast<std::size_t>(level) >= relation.columns.size())
    throw invalid_parameter(
        "level " + std::to_string(level) + " is beyond the last level of " + relation.sql_name,
        "It has " + std::to_string(relation.columns.size() - 1) + " levels above the values.");
  return "SELECT " + text_expression(relation.columns[static_cast<std::size_t>(level)]) + " FROM " +
         relation.sql_name + " WHERE " + text_expression(relation.columns[0]) +
         " = $1 ORDER BY 1 NULLS LAST LIMIT 1";
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_jitter) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Dates dates = dates_of(args.value(0, "dates"));
  std::int32_t const days = args.int4(1, "days");
  std::string const key = args.text(2, "key");
  if (days < 0 || days > 366)
    throw pt::invalid_parameter("days must be between 0 and 366",
                                "It is " + std::to_string(days) + ".");
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < dates.days.size(); ++i)
    if (!dates.null[i] && !DATE_NOT_FINITE(dates.days[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return dates.days[a] < dates.days[b]; });
  std::vector<std::int32_t> sorted, moved(order.size());
  for (std::size_t const i : order) sorted.push_back(dates.days[i]);
  Draw const draw("jitter", key, args.optional_int8(3).value_or(0));
  pt::noise::JitterRule const rule{static_cast<std::uint32_t>(days), pt::model::kFirstDate,
                                   pt::model::kLastDate};
  pt::noise::jitter(rule, draw.prf(), draw.key(), sorted, moved);
  for (std::size_t i = 0; i < order.size(); ++i) dates.days[order[i]] = moved[i];
  return date_array(dates);
}

PT_FUNCTION(pt_pram) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::vector<std::string> alternatives;
  for (auto const& element : text_array_elements(args.value(1, "alternatives"), "alternatives")) {
    if (!element) throw pt::invalid_parameter("alternatives must not hold NULL");
    alternatives.push_back(*element);
  }
  pt::noise::Pram const pram(shares_of(args, 2, "shares"), args.float8(3, "noise"));
  if (pram.size() != alternatives.size())
    throw pt::invalid_parameter("alternatives and shares must have as many elements");
  std::string const key = args.text(4, "key");
  if (args.is_null(0)) PG_RETURN_NULL();
  std::string const value = args.text(0, "value");
  auto const from = std::find(alternatives.begin(), alternatives.end(), value);
  if (from == alternatives.end())
    throw pt::invalid_parameter("value is not one of the alternatives", {},
                                "List every value that the data have.");
  Draw const draw("pram", key, args.optional_int8(5).value_or(0));
  std::size_t const to =
      pram.draw(static_cast<std::size_t>(from - alternatives.begin()), draw.bits(0), draw.bits(1));
  return text_datum(alternatives[to]);
}

PT_FUNCTION(pt_perturb) {
  using namespace pt::pg;
  Args const args(fcinfo);
  double const share = args.float8(1, "share");
  std::string const key = args.text(2, "key");
  double const lowest = args.float8(3, "lowest");
  double const highest = args.float8(4, "highest");
  if (!(share >= 0 && share <= 1)) throw pt::invalid_parameter("share must be between 0 and 1");
  if (args.is_null(0)) PG_RETURN_NULL();
  double const value = args.float8(0, "value");
  if (!std::isfinite(value) || !(value >= lowest && value <= highest))
    throw pt::invalid_parameter("value must be finite and between lowest and highest");
  Draw const draw("perturb", key, args.optional_int8(5).value_or(0));
  PG_RETURN_FLOAT8(pt::noise::perturb(value, share, lowest, highest, draw.bits(0)));
}

PT_FUNCTION(pt_pram_correct) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::vector<double> observed = shares_of(args, 0, "observed");
  pt::noise::Pram const pram(shares_of(args, 1, "shares"), args.float8(2, "noise"));
  double const sum = std::accumulate(observed.begin(), observed.end(), 0.0);
  if (!(sum > 0 && std::isfinite(sum)) ||
      std::any_of(observed.begin(), observed.end(), [](double x) { return !(x >= 0); }))
    throw pt::invalid_parameter("observed must be finite, not negative and not all 0");
  for (double& x : observed) x /= sum;
  std::vector<double> const corrected = pram.corrected(observed);
  return float8_array(corrected);
}

PT_FUNCTION(pt_pram_band) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const with = args.int8(0, "events_with");
  std::int64_t const total = args.int8(1, "total");
  if (with < 0 || total < 1 || with > total)
    throw pt::invalid_parameter("total must be at least 1 and not below events_with");
  pt::noise::Band const band = pt::noise::pram_band(
      static_cast<std::uint64_t>(with), static_cast<std::uint64_t>(total), args.float8(2, "share"),
      args.float8(3, "noise"), args.float8(4, "confidence"));
  ResultSet::Cell const cells[] = {band.estimate, band.low, band.high};
  return composite_result(fcinfo, cells);
}

PT_FUNCTION(pt_generalize_address) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::string const word = args.text(1, "level");
  auto const level = pt::noise::parse_address_level(word);
  if (!level)
    throw pt::invalid_parameter("unknown level of an address: \"" + word + "\"", {},
                                "Use address, street, zip, city, county, state or country.");
  auto const out = pt::noise::generalize_address(args.text(0, "address"), *level);
  if (!out) PG_RETURN_NULL();
  return text_datum(*out);
}

PT_FUNCTION(pt_generalize) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::string const value = args.text(0, "value");
  pt::pg::Relation const relation = load_relation(args.oid(1, "hierarchy"));
  std::int32_t const level = args.int4(2, "level");
  if (level < 0) throw pt::invalid_parameter("level must not be negative");
  if (level == 0) return text_datum(value);
  std::optional<std::string> node;
  {  // the result must be made in the memory of the caller
    Spi spi;
    spi.query(node_query(relation, level), Params{}.text(value), Spi::ReadOnly::yes,
              [&](const Row& row) {
                if (!row.is_null(0)) node = row.text(0);
              });
  }
  return text_datum(node && !node->empty() ? *node : pt::model::kNotShown);
}

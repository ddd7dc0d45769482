// Figures of a pt_class_profile (sql/62-class-profile.sql), which are the final functions of the
// privacy aggregates too.
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/risk/disclosure.hpp"
#include "core/risk/identity.hpp"
#include "core/risk/wildcard.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/profile.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace pt::pg {
namespace {

using risk::ClassHistogram;
using risk::ClassProfile;
using risk::DisclosureFigures;
using risk::IdentityFigures;

Datum result(FunctionCallInfo fcinfo, std::optional<double> value) {
  if (!value) PG_RETURN_NULL();
  PG_RETURN_FLOAT8(*value);
}

std::vector<risk::SizeCount> sizes_of(const ClassProfile& profile, Host& host) {
  return risk::size_distribution(profile.histogram(host).size);
}

/// Calls f with the figures of the argument's classes; NULL for a profile of nobody.
template <class F>
Datum identity(FunctionCallInfo fcinfo, F&& f) {
  PgHost host("class profile");
  const auto sizes = sizes_of(profile_from_datum(fcinfo->args[0].value), host);
  if (sizes.empty()) PG_RETURN_NULL();
  return f(risk::identity_figures(sizes));
}

ClassHistogram histogram_with_sensitive(Datum value, Host& host) {
  const ClassProfile profile = profile_from_datum(value);
  if (!profile.shape().sensitive)
    throw invalid_parameter("the class profile has no sensitive attribute", {},
                            "Make it with pt_profile_agg(key, sensitive code).");
  return profile.histogram(host);
}

template <class F>
Datum disclosure(FunctionCallInfo fcinfo, F&& f, unsigned l = 2) {
  PgHost host("class profile");
  const ClassHistogram histogram = histogram_with_sensitive(fcinfo->args[0].value, host);
  if (histogram.classes() == 0) PG_RETURN_NULL();
  return f(risk::disclosure_figures(histogram, l, host));
}

unsigned checked_l(double l) {
  if (!(l >= 1) || l > 1e6 || l != std::floor(l))
    throw invalid_parameter("l must be a whole number from 1 to 1,000,000");
  return static_cast<unsigned>(l);
}

/// delta in logarithms to the base; infinite under the strict definition where a value is absent.
double delta_of(const DisclosureFigures& figures, double base, bool strict) {
  if (!(base > 1) || !std::isfinite(base))
    throw invalid_parameter("the base of delta-disclosure must be a number above 1");
  if (strict && figures.some_value_absent) return std::numeric_limits<double>::infinity();
  return figures.delta / std::log(base);
}

double parameter_of(FunctionCallInfo fcinfo, std::size_t index) {
  const auto value = profile_from_datum(fcinfo->args[0].value).parameter(index);
  if (!value)
    throw invalid_parameter("the class profile lacks the parameter of an aggregate", {},
                            "This is the final function of an aggregate; call the function of a "
                            "class profile that takes the parameter as an argument.");
  return *value;
}

/// Figures against the population: F from a second profile, else from the weights.
template <class F>
Datum population(FunctionCallInfo fcinfo, F&& f) {
  PgHost host("class profile");
  const ClassProfile sample = profile_from_datum(fcinfo->args[0].value);
  const ClassHistogram histogram = sample.histogram(host);
  if (histogram.classes() == 0) PG_RETURN_NULL();
  if (fcinfo->nargs > 1) {
    if (fcinfo->args[1].isnull) PG_RETURN_NULL();
    const auto people =
        sample.population_of_classes(profile_from_datum(fcinfo->args[1].value), host);
    return f(risk::population_figures(histogram.size, people));
  }
  if (histogram.weight.empty())
    throw invalid_parameter(
        "the class profile has no weights", "Without them the population is unknown.",
        "Make it with pt_profile_agg(key, sensitive code, weight), or give the profile of a "
        "population as second argument.");
  return f(risk::population_figures(histogram.size, histogram.weight));
}

/// Classes of a population whose rows say whether they are in the sample: those with a member.
struct MemberClasses {
  std::vector<std::uint64_t> sample;
  std::vector<double> population;
  double least = std::numeric_limits<double>::infinity();  // f / F over all classes
  double greatest = 0;
};

MemberClasses member_classes(const ClassHistogram& histogram) {
  MemberClasses out;
  for (std::size_t c = 0; c < histogram.classes(); ++c) {
    std::uint64_t members = 0;
    for (const risk::ValueCount& cell : histogram.of(c))
      if (histogram.values[cell.value] == 1) members = cell.count;
    const double share = static_cast<double>(members) / static_cast<double>(histogram.size[c]);
    out.least = std::min(out.least, share);
    out.greatest = std::max(out.greatest, share);
    if (members == 0) continue;
    out.sample.push_back(members);
    out.population.push_back(static_cast<double>(histogram.size[c]));
  }
  return out;
}

Datum float8_pair(double a, double b) {
  const double values[] = {a, b};
  return float8_array(values);
}

/// The rows of a distribution: low, high, classes, people, share of classes, share of people.
struct BucketRow {
  Datum values[8];
  bool nulls[8] = {};
};

std::vector<BucketRow> bucket_rows(std::span<const risk::SizeCount> sizes) {
  const IdentityFigures figures = risk::identity_figures(sizes);
  std::vector<BucketRow> out;
  for (const risk::RiskBucket& bucket : risk::risk_distribution(sizes)) {
    BucketRow row{};
    const auto as_int = [](std::uint64_t v) { return Int64GetDatum(static_cast<std::int64_t>(v)); };
    const auto share = [](std::uint64_t part, std::uint64_t whole) {
      return Float8GetDatum(static_cast<double>(part) / static_cast<double>(whole));
    };
    row.values[0] = as_int(bucket.low);
    row.values[1] = as_int(bucket.high);
    row.nulls[1] = bucket.high == 0;
    row.values[2] = Float8GetDatum(1 / static_cast<double>(bucket.low));
    row.values[3] = Float8GetDatum(bucket.high == 0 ? 0 : 1 / static_cast<double>(bucket.high));
    row.values[4] = as_int(bucket.classes);
    row.values[5] = as_int(bucket.people);
    row.values[6] = share(bucket.classes, figures.classes);
    row.values[7] = share(bucket.people, figures.people);
    out.push_back(row);
  }
  return out;
}

/// Levels of a hierarchy over the values of a histogram from an array of arrays: one row a value,
/// the code first, then its nodes from fine to coarse.
std::vector<std::vector<std::uint32_t>> levels_from(Datum array, const ClassHistogram& histogram) {
  ArrayType* const table = guarded([array] { return DatumGetArrayTypeP(array); });
  if (ARR_NDIM(table) != 2 || ARR_DIMS(table)[1] < 2 || ARR_ELEMTYPE(table) != INT8OID ||
      ARR_HASNULL(table))
    throw invalid_parameter(
        "the hierarchy must be a table of bigint without NULLs",
        "One row a sensitive value: its code, then the numbers of its nodes, finest first.",
        "For example '{{1,10},{2,10},{3,20}}': 1 and 2 lie under 10, 3 lies under 20.");
  const auto* const cell = reinterpret_cast<const std::int64_t*>(ARR_DATA_PTR(table));
  const auto rows = static_cast<std::size_t>(ARR_DIMS(table)[0]);
  const auto width = static_cast<std::size_t>(ARR_DIMS(table)[1]);
  std::map<std::int64_t, const std::int64_t*> row_of;
  for (std::size_t i = 0; i < rows; ++i)
    if (!row_of.emplace(cell[i * width], cell + i * width).second)
      throw invalid_parameter("the hierarchy has two rows for the code " +
                              std::to_string(cell[i * width]));
  std::vector<std::vector<std::uint32_t>> levels(width - 1);
  std::vector<std::map<std::int64_t, std::uint32_t>> numbers(width - 1);
  for (const std::int64_t code : histogram.values) {
    const auto row = row_of.find(code);
    if (row == row_of.end())
      throw invalid_parameter(
          code == ClassHistogram::kNull
              ? "the hierarchy has no row for the missing sensitive value"
              : "the hierarchy has no row for the sensitive code " + std::to_string(code),
          {}, "The missing value has the code 9223372036854775807.");
    for (std::size_t h = 0; h + 1 < width; ++h) {
      auto& known = numbers[h];
      const auto next = static_cast<std::uint32_t>(known.size());
      levels[h].push_back(known.emplace(row->second[h + 1], next).first->second);
    }
  }
  return levels;
}

/// Levels of the hierarchy that the entries of a profile carry in their columns, over the values of
/// its histogram. 22000 when a value has two paths.
std::vector<std::vector<std::uint32_t>> levels_of_paths(const ClassProfile& profile,
                                                        const ClassHistogram& histogram) {
  const std::size_t depth = profile.shape().columns;
  std::map<std::int64_t, std::vector<std::uint64_t>> path_of;
  std::map<std::uint64_t, std::int64_t> code_of;
  profile.for_each([&](const risk::ProfileEntry& entry) {
    path_of.try_emplace(entry.code, entry.columns.begin(), entry.columns.end());
    if (code_of.emplace(entry.columns[0], entry.code).first->second != entry.code)
      throw data_error("the hierarchy of the sensitive values does not nest",
                       "A value has two different paths.");
  });
  std::vector<std::vector<std::uint32_t>> levels(depth - 1);
  for (std::size_t h = 0; h + 1 < depth; ++h) {
    std::map<std::uint64_t, std::uint32_t> numbers;
    for (const std::int64_t code : histogram.values) {
      const auto next = static_cast<std::uint32_t>(numbers.size());
      levels[h].push_back(numbers.emplace(path_of.at(code)[h + 1], next).first->second);
    }
  }
  return levels;
}

}  // namespace
}  // namespace pt::pg

using namespace pt::pg;

namespace {
Datum int8_result(std::uint64_t value) { return Int64GetDatum(static_cast<std::int64_t>(value)); }
}  // namespace

PT_FUNCTION(pt_profile_rows) {
  return int8_result(profile_from_datum(fcinfo->args[0].value).rows());
}
PT_FUNCTION(pt_profile_k) {
  return identity(fcinfo, [](const auto& f) { return int8_result(f.k); });
}
PT_FUNCTION(pt_profile_classes) {
  return identity(fcinfo, [](const auto& f) { return int8_result(f.classes); });
}
PT_FUNCTION(pt_profile_uniques) {
  return identity(fcinfo, [](const auto& f) { return int8_result(f.uniques); });
}
PT_FUNCTION(pt_profile_uniqueness) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.uniqueness); });
}
PT_FUNCTION(pt_profile_average_risk) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.average_risk); });
}
PT_FUNCTION(pt_profile_average_class_risk) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.class_average); });
}
PT_FUNCTION(pt_profile_maximum_risk) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.maximum_risk); });
}
PT_FUNCTION(pt_profile_average_class_size) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.average_size); });
}
PT_FUNCTION(pt_profile_normalized_class_size) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.normalized_average_size); });
}
PT_FUNCTION(pt_profile_discernibility) {
  return identity(fcinfo, [](const auto& f) { return Float8GetDatum(f.discernibility); });
}

PT_FUNCTION(pt_profile_share_at_risk) {
  PgHost host("class profile");
  const double threshold = Args(fcinfo).float8(1, "threshold");
  if (!(threshold >= 0 && threshold <= 1))
    throw pt::invalid_parameter("the threshold must be a risk from 0 to 1");
  const auto sizes = sizes_of(profile_from_datum(fcinfo->args[0].value), host);
  return result(fcinfo, pt::risk::share_above(sizes, threshold));
}

PT_FUNCTION(pt_profile_risk_distribution) {
  PgHost host("class profile");
  const auto sizes = sizes_of(profile_from_datum(fcinfo->args[0].value), host);
  if (sizes.empty()) PG_RETURN_NULL();
  const Oid array = guarded([fcinfo] { return get_fn_expr_rettype(fcinfo->flinfo); });
  const Oid type = guarded([array] { return get_element_type(array); });
  TupleDesc const descriptor = guarded([type] { return lookup_rowtype_tupdesc_copy(type, -1); });
  std::vector<Datum> elements;
  for (BucketRow& row : bucket_rows(sizes))
    elements.push_back(guarded([&row, descriptor] {
      return HeapTupleGetDatum(heap_form_tuple(descriptor, row.values, row.nulls));
    }));
  Datum* const data = elements.data();
  const int count = static_cast<int>(elements.size());
  return guarded([data, count, type] {
    return PointerGetDatum(construct_array(data, count, type, -1, false, TYPALIGN_DOUBLE));
  });
}

PT_FUNCTION(pt_profile_l_diversity) {
  return disclosure(fcinfo, [](const auto& f) { return int8_result(f.distinct_l); });
}
PT_FUNCTION(pt_profile_entropy_l_diversity) {
  return disclosure(fcinfo, [](const auto& f) { return Float8GetDatum(f.entropy_l); });
}
PT_FUNCTION(pt_profile_recursive_l_diversity) {
  const unsigned l = fcinfo->nargs > 1 ? checked_l(Args(fcinfo).int4(1, "l")) : 2;
  return disclosure(
      fcinfo, [fcinfo](const auto& f) { return result(fcinfo, f.recursive_c); }, l);
}
PT_FUNCTION(pt_profile_recursive_with) {
  return disclosure(
      fcinfo, [fcinfo](const auto& f) { return result(fcinfo, f.recursive_c); },
      checked_l(parameter_of(fcinfo, 0)));
}
PT_FUNCTION(pt_profile_alpha) {
  return disclosure(fcinfo, [](const auto& f) { return Float8GetDatum(f.alpha); });
}
PT_FUNCTION(pt_profile_t_closeness) {
  return disclosure(fcinfo, [](const auto& f) { return Float8GetDatum(f.t_equal); });
}
PT_FUNCTION(pt_profile_ordered_t_closeness) {
  return disclosure(fcinfo, [](const auto& f) { return Float8GetDatum(f.t_ordered); });
}
PT_FUNCTION(pt_profile_hierarchical_t_closeness) {
  PgHost host("class profile");
  const auto histogram = histogram_with_sensitive(fcinfo->args[0].value, host);
  if (histogram.classes() == 0) PG_RETURN_NULL();
  const auto levels = levels_from(fcinfo->args[1].value, histogram);
  return Float8GetDatum(pt::risk::hierarchical_t_closeness(histogram, levels, host));
}
PT_FUNCTION(pt_profile_delta_disclosure) {
  const bool has = fcinfo->nargs > 1;
  const double base = has ? Args(fcinfo).float8(1, "base") : std::exp(1.0);
  const bool strict = has && Args(fcinfo).boolean(2, "strict");
  return disclosure(fcinfo, [&](const auto& f) {
    return Float8GetDatum(has ? delta_of(f, base, strict) : f.delta);
  });
}
PT_FUNCTION(pt_profile_strict_delta_disclosure) {
  return disclosure(fcinfo, [](const auto& f) {
    return Float8GetDatum(f.some_value_absent ? std::numeric_limits<double>::infinity() : f.delta);
  });
}
PT_FUNCTION(pt_profile_delta_with) {
  const double base = parameter_of(fcinfo, 0);
  const bool strict = parameter_of(fcinfo, 1) != 0;
  return disclosure(fcinfo,
                    [&](const auto& f) { return Float8GetDatum(delta_of(f, base, strict)); });
}
PT_FUNCTION(pt_profile_beta_likeness) {
  return disclosure(fcinfo, [](const auto& f) { return Float8GetDatum(f.beta); });
}
PT_FUNCTION(pt_profile_enhanced_beta_likeness) {
  return disclosure(fcinfo, [fcinfo](const auto& f) { return result(fcinfo, f.enhanced_beta); });
}

PT_FUNCTION(pt_profile_k_map) {
  return population(fcinfo, [](const auto& f) { return Float8GetDatum(f.smallest); });
}
PT_FUNCTION(pt_profile_journalist_risk) {
  return population(fcinfo, [](const auto& f) { return Float8GetDatum(f.average_risk); });
}
PT_FUNCTION(pt_profile_marketer_risk) {
  return population(fcinfo, [](const auto& f) { return Float8GetDatum(f.marketer_risk); });
}
PT_FUNCTION(pt_profile_delta_presence) {
  PgHost host("class profile");
  const auto sample = profile_from_datum(fcinfo->args[0].value);
  const auto population = profile_from_datum(fcinfo->args[1].value);
  const auto histogram = sample.histogram(host);
  const auto all = population.histogram(host).classes();
  if (all == 0 && histogram.classes() == 0) PG_RETURN_NULL();
  const auto figures =
      pt::risk::population_figures(histogram.size, sample.population_of_classes(population, host));
  // Classes of the population that nobody of the sample is in have the share 0.
  return float8_pair(all > histogram.classes() ? 0 : figures.least_presence,
                     figures.greatest_presence);
}
PT_FUNCTION(pt_profile_member_k_map) {
  PgHost host("class profile");
  const auto classes = member_classes(histogram_with_sensitive(fcinfo->args[0].value, host));
  if (classes.sample.empty()) PG_RETURN_NULL();
  return int8_result(static_cast<std::uint64_t>(
      pt::risk::population_figures(classes.sample, classes.population).smallest));
}
PT_FUNCTION(pt_profile_member_presence) {
  PgHost host("class profile");
  const auto histogram = histogram_with_sensitive(fcinfo->args[0].value, host);
  if (histogram.classes() == 0) PG_RETURN_NULL();
  const auto classes = member_classes(histogram);
  return float8_pair(classes.least, classes.greatest);
}

namespace {
pt::risk::WildcardFigures wildcard(FunctionCallInfo fcinfo) {
  PgHost host("class profile");
  const auto profile = profile_from_datum(fcinfo->args[0].value);
  if (profile.shape().columns == 0)
    throw pt::invalid_parameter("the class profile does not tell its columns apart", {},
                                "Only the aggregates with wildcards make profiles that do.");
  return pt::risk::wildcard_figures(profile, host);
}
}  // namespace

PT_FUNCTION(pt_profile_wildcard_k) {
  const auto f = wildcard(fcinfo);
  if (f.rows == 0) PG_RETURN_NULL();
  return int8_result(f.k);
}
PT_FUNCTION(pt_profile_wildcard_average_risk) {
  const auto f = wildcard(fcinfo);
  if (f.rows == 0) PG_RETURN_NULL();
  return Float8GetDatum(f.average_risk);
}
PT_FUNCTION(pt_profile_wildcard_uniqueness) {
  const auto f = wildcard(fcinfo);
  if (f.rows == 0) PG_RETURN_NULL();
  return Float8GetDatum(f.uniqueness);
}

PT_FUNCTION(pt_profile_path_t_closeness) {
  PgHost host("class profile");
  const auto profile = profile_from_datum(fcinfo->args[0].value);
  if (!profile.shape().sensitive || profile.shape().columns < 2)
    throw pt::invalid_parameter("the class profile has no paths of sensitive values", {},
                                "Only pt_hierarchical_t_closeness makes profiles that do.");
  const auto histogram = profile.histogram(host);
  if (histogram.classes() == 0) PG_RETURN_NULL();
  const auto levels = levels_of_paths(profile, histogram);
  return Float8GetDatum(pt::risk::hierarchical_t_closeness(histogram, levels, host));
}

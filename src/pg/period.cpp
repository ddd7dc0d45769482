#include "pg/period.hpp"

#include <string>

#include "core/error.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/date.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
}

namespace pt::pg {
namespace {

RangeBound bound(Datum value, bool lower, bool inclusive) {
  RangeBound result{};
  result.val = value;
  result.infinite = false;
  result.inclusive = inclusive;
  result.lower = lower;
  return result;
}

Datum range_datum(Oid type, Datum lower, Datum upper, bool upper_inclusive) {
  return guarded([=] {
    TypeCacheEntry* const cache = lookup_type_cache(type, TYPECACHE_RANGE_INFO);
    RangeBound first = bound(lower, true, true);
    RangeBound last = bound(upper, false, upper_inclusive);
    return RangeTypePGetDatum(compat_make_range(cache, &first, &last));
  });
}

model::Period period_argument(const std::string& word) {
  auto const level = model::parse_period(word);
  if (!level || *level == model::Period::none)
    throw invalid_parameter("unknown length of a period: \"" + word + "\"", {},
                            "Use day, week, month, quarter, half-year or year.");
  return *level;
}

}  // namespace

Datum period_datum(std::int32_t day, model::Period level) {
  Datum const start = DateADTGetDatum(model::period_start(day, level));
  bool const finite = day != model::kDateInfinity && day != model::kDateNegativeInfinity;
  return range_datum(DATERANGEOID, start, DateADTGetDatum(model::period_end(day, level)), !finite);
}

Datum int4range_datum(std::int32_t lower, std::int32_t upper) {
  return range_datum(INT4RANGEOID, Int32GetDatum(lower), Int32GetDatum(upper), false);
}

}  // namespace pt::pg

PT_FUNCTION(pt_period) {
  pt::pg::Args const args(fcinfo);
  std::int32_t const day = DatumGetDateADT(args.value(0, "at"));
  return pt::pg::period_datum(day, pt::pg::period_argument(args.text(1, "length")));
}

PT_FUNCTION(pt_period_label) {
  pt::pg::Args const args(fcinfo);
  std::int32_t const day = DatumGetDateADT(args.value(0, "at"));
  return pt::pg::text_datum(
      pt::model::period_label(day, pt::pg::period_argument(args.text(1, "length"))));
}

PT_FUNCTION(pt_age_band) {
  pt::pg::Args const args(fcinfo);
  std::int64_t const age = args.int4(0, "age");
  std::int64_t const width = args.int4(1, "width");
  if (width < 1) throw pt::invalid_parameter("width of an age band must be at least 1");
  std::int64_t const lower = (age >= 0 ? age / width : -((-age + width - 1) / width)) * width;
  if (lower < INT32_MIN || lower + width > INT32_MAX)
    throw pt::Error(pt::sqlstate::kNumericValueOutOfRange, "age band out of range");
  return pt::pg::int4range_datum(static_cast<std::int32_t>(lower),
                                 static_cast<std::int32_t>(lower + width));
}

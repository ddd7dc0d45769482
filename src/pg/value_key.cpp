#include "pg/value_key.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "core/risk/histogram.hpp"
#include "pg/datum.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type_d.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace pt::pg {
namespace {

constexpr std::uint32_t kNullLength = 0xFFFFFFFFu;

bool is_deterministic(Oid collation) {
  return guarded([collation] { return get_collation_isdeterministic(collation); });
}

std::string_view payload(Datum value) {
  auto* pointer = reinterpret_cast<char*>(DatumGetPointer(value));
  if (VARATT_IS_COMPRESSED(pointer) || VARATT_IS_EXTERNAL(pointer))
    pointer = guarded([pointer] {
      return reinterpret_cast<char*>(pg_detoast_datum_packed(reinterpret_cast<varlena*>(pointer)));
    });
  return {VARDATA_ANY(pointer), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(pointer))};
}

/// The number behind a finite or infinite double such that the order is kept; NaN is the largest,
/// as in PostgreSQL.
std::int64_t order_of(double value) {
  if (std::isnan(value)) return risk::ClassHistogram::kNull - 1;
  if (value == 0) value = 0;  // -0
  const auto bits = std::bit_cast<std::int64_t>(value);
  return bits >= 0 ? bits : std::numeric_limits<std::int64_t>::min() - bits;
}

double double_of_numeric(Datum value) {
  const char* const text = guarded([value] { return numeric_normalize(DatumGetNumeric(value)); });
  std::string_view digits(text);
  if (digits.find_first_of("Nn") == std::string_view::npos) {  // not NaN, not infinity
    std::size_t significant = 0;
    const auto first = digits.find_first_of("123456789");
    if (first != std::string_view::npos) {
      const auto last = digits.find_last_of("123456789");
      for (std::size_t i = first; i <= last; ++i)
        if (digits[i] != '.') ++significant;
    }
    if (significant > 15)
      throw Error(sqlstate::kNumericValueOutOfRange,
                  "a sensitive value has more than 15 significant digits",
                  "Values are ordered as double precision.", "Round the values.");
  }
  return guarded(
      [value] { return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value)); });
}

}  // namespace

ValueKey::ValueKey(Oid type, Oid collation) : collation_(collation) {
  const Oid base = guarded([type] { return getBaseType(type); });
  switch (base) {
    case BOOLOID:
    case CHAROID:
      form_ = Form::int8;
      return;
    case INT2OID:
      form_ = Form::int16;
      return;
    case INT4OID:
    case DATEOID:
    case OIDOID:
    case XIDOID:
      form_ = Form::int32;
      return;
    case INT8OID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
    case TIMEOID:
    case CASHOID:
    case XID8OID:
    case LSNOID:
      form_ = Form::int64;
      return;
    case INTERVALOID:
      form_ = Form::interval;
      return;
    case TIMETZOID:
      form_ = Form::timetz;
      return;
    case FLOAT4OID:
      form_ = Form::float4;
      return;
    case FLOAT8OID:
      form_ = Form::float8;
      return;
    case NUMERICOID:
      form_ = Form::numeric;
      return;
    case BYTEAOID:
    case INETOID:
    case CIDROID:
      form_ = Form::varlena;
      return;
    case UUIDOID:
      form_ = Form::fixed;
      length_ = 16;
      return;
    case MACADDROID:
    case TIDOID:
      form_ = Form::fixed;
      length_ = 6;
      return;
    case MACADDR8OID:
      form_ = Form::fixed;
      length_ = 8;
      return;
    case NAMEOID:
      form_ = Form::name;
      return;
    case UNKNOWNOID:  // literals
      form_ = Form::name;
      return;
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
      if (!OidIsValid(collation))
        throw Error("42P22", "could not determine which collation tells equal texts",
                    "The arguments have different collations.",
                    "Use the COLLATE clause on the arguments, or pt_risk_profile, which knows the "
                    "columns.");
      if (is_deterministic(collation)) {
        form_ = base == BPCHAROID ? Form::padded : Form::varlena;
        return;
      }
      break;
    default:
      break;
  }
  if (guarded([base] { return get_typtype(base); }) == TYPTYPE_ENUM) {
    form_ = Form::int32;
    return;
  }
  parts_ = ValueParts::of(base, collation);
  if (parts_ != nullptr)
    form_ = Form::parts;
  else
    use_hash_function(base);
}

void ValueKey::use_hash_function(Oid type) {
  TypeCacheEntry* const entry =
      guarded([type] { return lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO); });
  if (!OidIsValid(entry->hash_extended_proc_finfo.fn_oid))
    throw Error("42883", "type " + type_name(type) + " has no hash function",
                "Values of this type can't be put into equivalence classes.",
                "Cast the column to a type that has one, for example text.");
  hash_ = &entry->hash_extended_proc_finfo;
  form_ = Form::hashed;
}

std::string_view ValueKey::number_bytes(std::int64_t number) {
  words_[0] = static_cast<std::uint64_t>(number);
  return {reinterpret_cast<const char*>(words_), sizeof words_[0]};
}

std::string_view ValueKey::bytes(Datum value) {
  switch (form_) {
    case Form::int8:
      return number_bytes(DatumGetChar(value));
    case Form::int16:
      return number_bytes(DatumGetInt16(value));
    case Form::int32:
      return number_bytes(DatumGetInt32(value));
    case Form::int64:
      return number_bytes(DatumGetInt64(value));
    case Form::float4:
      return number_bytes(order_of(DatumGetFloat4(value)));
    case Form::float8:
      return number_bytes(order_of(DatumGetFloat8(value)));
    case Form::varlena:
      return payload(value);
    case Form::padded: {
      std::string_view text = payload(value);
      while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
      return text;
    }
    case Form::fixed:
      return {reinterpret_cast<const char*>(DatumGetPointer(value)),
              static_cast<std::size_t>(length_)};
    case Form::name:
      return reinterpret_cast<const char*>(DatumGetPointer(value));
    case Form::numeric:
      return guarded([value] { return numeric_normalize(DatumGetNumeric(value)); });
    case Form::interval: {  // months of 30 days, as in comparisons
      const Interval& i = *DatumGetIntervalP(value);
      __extension__ using Wide = __int128;
      const Wide length =
          Wide{i.time} + (Wide{i.month} * DAYS_PER_MONTH + Wide{i.day}) * USECS_PER_DAY;
      words_[0] = static_cast<std::uint64_t>(length);
      words_[1] = static_cast<std::uint64_t>(length >> 64);
      return {reinterpret_cast<const char*>(words_), sizeof words_};
    }
    case Form::timetz: {
      const TimeTzADT& t = *DatumGetTimeTzADTP(value);
      words_[0] = static_cast<std::uint64_t>(t.time);
      words_[1] = static_cast<std::uint64_t>(t.zone);
      return {reinterpret_cast<const char*>(words_), sizeof words_};
    }
    case Form::parts:
      return parts_->bytes(value);
    case Form::hashed:
      break;
  }
  for (std::uint64_t i = 0; i < 2; ++i)
    words_[i] = guarded([this, value, i] {
      return DatumGetUInt64(FunctionCall2Coll(hash_, collation_, value,
                                              UInt64GetDatum(0x9E3779B97F4A7C15u * (i + 1))));
    });
  return {reinterpret_cast<const char*>(words_), sizeof words_};
}

OrderKey::OrderKey(Oid type) : type_(guarded([type] { return getBaseType(type); })) {
  switch (type_) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return;
    default:
      is_enum_ = guarded([this] { return get_typtype(type_); }) == TYPTYPE_ENUM;
  }
  if (!is_enum_)
    throw Error(sqlstate::kDatatypeMismatch,
                "values of type " + type_name(type) +
                    " have no order that distances can be "
                    "measured in",
                "Ordered are numbers, dates, timestamps, booleans and enums.",
                "Give the rank of the value: array_position(ARRAY['low', 'middle', 'high'], "
                "value), or dense_rank(); or call pt_risk_profile.");
}

std::int64_t OrderKey::code(Datum value) const {
  switch (type_) {
    case BOOLOID:
      return DatumGetBool(value) ? 1 : 0;
    case INT2OID:
      return DatumGetInt16(value);
    case INT4OID:
    case DATEOID:
      return DatumGetInt32(value);
    case INT8OID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID: {
      const std::int64_t number = DatumGetInt64(value);
      return number == risk::ClassHistogram::kNull ? number - 1 : number;
    }
    case FLOAT4OID:
      return order_of(DatumGetFloat4(value));
    case FLOAT8OID:
      return order_of(DatumGetFloat8(value));
    case NUMERICOID:
      return order_of(double_of_numeric(value));
    default:
      break;
  }
  return order_of(guarded([value] {
    HeapTuple const tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(DatumGetObjectId(value)));
    if (!HeapTupleIsValid(tuple))
      ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("invalid enum value")));
    const float order = reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumsortorder;
    ReleaseSysCache(tuple);
    return static_cast<double>(order);
  }));
}

void TupleBytes::add_null() {
  bytes_.append(reinterpret_cast<const char*>(&kNullLength), sizeof kNullLength);
}

void TupleBytes::add(std::string_view value) {
  const auto length = static_cast<std::uint32_t>(value.size());  // a value is below 1 GB
  bytes_.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes_.append(value);
}

namespace {

bool is_collatable(Oid type) {
  return guarded([type] { return OidIsValid(get_typcollation(type)); });
}

/// The collations of the arguments from `first` on.
std::vector<Oid> argument_collations(FunctionCallInfo fcinfo, int first,
                                     const std::vector<Oid>& types) {
  std::vector<Oid> out(types.size(), PG_GET_COLLATION());
  const Aggref* const aggregate = guarded([fcinfo] { return AggGetAggref(fcinfo); });
  Node* const call = fcinfo->flinfo->fn_expr;
  if (aggregate != nullptr) {
    // The state is no argument of the aggregate.
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = guarded([aggregate, first, i] {
        auto* const entry =
            static_cast<TargetEntry*>(list_nth(aggregate->args, static_cast<int>(i) + first - 1));
        return exprCollation(reinterpret_cast<Node*>(entry->expr));
      });
  } else if (AggCheckCallContext(fcinfo, nullptr) != 0) {
    std::size_t collatable = 0;
    for (const Oid type : types) collatable += is_collatable(type) ? 1 : 0;
    if (collatable > 1 && OidIsValid(out[0]) && !is_deterministic(out[0]))
      throw not_supported("a window over several texts with a nondeterministic collation",
                          "A window aggregate can't tell which of the texts has it.",
                          "Use the aggregate with GROUP BY.");
  } else if (call != nullptr && IsA(call, FuncExpr)) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = guarded([call, first, i] {
        return exprCollation(static_cast<Node*>(
            list_nth(reinterpret_cast<FuncExpr*>(call)->args, static_cast<int>(i) + first)));
      });
  }
  return out;
}

}  // namespace

TupleReader::TupleReader(FunctionCallInfo fcinfo, int first) : first_(first) {
  for (int i = first; i < fcinfo->nargs; ++i) {
    const Oid type = guarded([fcinfo, i] { return get_fn_expr_argtype(fcinfo->flinfo, i); });
    if (!OidIsValid(type)) throw internal_error("the type of an argument is unknown");
    types_.push_back(type);
  }
  const std::vector<Oid> collations = argument_collations(fcinfo, first, types_);
  for (std::size_t i = 0; i < types_.size(); ++i) columns_.emplace_back(types_[i], collations[i]);
}

TupleReader& TupleReader::of(FunctionCallInfo fcinfo, int first) {
  if (fcinfo->flinfo->fn_extra == nullptr)
    fcinfo->flinfo->fn_extra = make_in<TupleReader>(fcinfo->flinfo->fn_mcxt, fcinfo, first);
  return *static_cast<TupleReader*>(fcinfo->flinfo->fn_extra);
}

std::string_view TupleReader::tuple(FunctionCallInfo fcinfo) {
  bytes_.clear();
  for (int i = first_ + skipped_; i < fcinfo->nargs; ++i) {
    if (fcinfo->args[i].isnull)
      bytes_.add_null();
    else
      bytes_.add(columns_[static_cast<std::size_t>(i - first_)].bytes(fcinfo->args[i].value));
  }
  return bytes_.view();
}

const OrderKey& TupleReader::order() {
  if (!order_) order_.emplace(types_[0]);
  return *order_;
}

namespace {

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  memcpy(&word, from, sizeof word);
  return word;
}

/// The first and last bytes of a text, overlapping; all of it up to 16 bytes.
struct Ends {
  explicit Ends(std::string_view bytes) {
    const std::size_t n = bytes.size();
    const char* const p = bytes.data();
    if (n >= 8) {
      head = load<std::uint64_t>(p);
      tail = load<std::uint64_t>(p + n - 8);
    } else if (n >= 4) {
      head = load<std::uint32_t>(p) | load<std::uint32_t>(p + n - 4) << 32;
    } else if (n > 0) {
      head = load<std::uint8_t>(p) | load<std::uint8_t>(p + n / 2) << 8 |
             load<std::uint8_t>(p + n - 1) << 16;
    }
  }
  std::uint64_t head = 0, tail = 0;
};

}  // namespace

model::Code ValueInterner::code(Datum value) {
  constexpr std::size_t kWhole = 16;
  const std::string_view bytes = key_.bytes(value);
  const Ends ends(bytes);
  std::uint64_t mix = (ends.head ^ bytes.size()) * 0x9E3779B97F4A7C15u;
  mix ^= (ends.tail ^ mix >> 32) * 0xC2B2AE3D27D4EB4Fu;
  Slot& slot = cache_[(mix >> 40) % cache_.size()];
  const bool same = slot.code != model::kMissing && slot.head == ends.head &&
                    slot.tail == ends.tail && slot.size == bytes.size();
  if (same && (bytes.size() <= kWhole || dictionary_[slot.code] == bytes)) return slot.code;
  slot = {ends.head, ends.tail, bytes.size(), dictionary_.intern(bytes)};
  return slot.code;
}

const model::Prf& public_key_prf() {
  static const model::Prf prf(model::Prf::Key{'p', 'e', 'r', 's', 'o', 'n', 'a', 't', 'w', 'i', 'n',
                                              ' ', 'k', 'e', 'y', '1'});
  return prf;
}

std::int64_t code_of_bytes(std::string_view bytes) {
  const auto code = static_cast<std::int64_t>(public_key_prf().hash(bytes).lo);
  return code == risk::ClassHistogram::kNull ? 0 : code;
}

}  // namespace pt::pg

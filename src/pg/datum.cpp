#include "pg/datum.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/error.hpp"

extern "C" {
#include "access/tupdesc.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"
}

namespace pt::pg {

namespace {

/// Takes a palloc'd C string over as std::string.
std::string take_cstring(char* text) {
  std::string result(text);
  pfree(text);
  return result;
}

/// Names and types are kept and compared as text: while one lives, how they are quoted does not
/// depend on a setting of the session.
class PlainQuotes {
 public:
  PlainQuotes() : before_(std::exchange(quote_all_identifiers, false)) {}
  PlainQuotes(const PlainQuotes&) = delete;
  PlainQuotes& operator=(const PlainQuotes&) = delete;
  ~PlainQuotes() { quote_all_identifiers = before_; }

 private:
  bool before_;
};

[[noreturn]] void null_argument(std::string_view name) {
  throw Error(sqlstate::kNullValueNotAllowed,
              "argument " + std::string(name) + " must not be null");
}

Datum build_array(Datum* values, bool* nulls, std::size_t count, Oid type, int length,
                  bool by_value, char align) {
  return guarded([=] {
    int dims[1] = {static_cast<int>(count)};
    int lower[1] = {1};
    if (count == 0) return PointerGetDatum(construct_empty_array(type));
    return PointerGetDatum(
        construct_md_array(values, nulls, 1, dims, lower, type, length, by_value, align));
  });
}

struct Elements {
  Datum* values;
  bool* nulls;
  int count;
};

/// Takes a one-dimensional array apart; memory of the current context.
Elements array_elements(Datum array, std::string_view what) {
  ArrayType* const parts = guarded([array] { return DatumGetArrayTypeP(array); });
  if (ARR_NDIM(parts) > 1)
    throw invalid_parameter(std::string(what) + " must be a one-dimensional array");
  return guarded([parts] {
    int16 length = 0;
    bool by_value = false;
    char align = 0;
    Elements e{};
    get_typlenbyvalalign(ARR_ELEMTYPE(parts), &length, &by_value, &align);
    deconstruct_array(parts, ARR_ELEMTYPE(parts), length, by_value, align, &e.values, &e.nulls,
                      &e.count);
    return e;
  });
}

}  // namespace

std::string_view text_view(Datum value) {
  text* const t = guarded([value] { return DatumGetTextPP(value); });
  return {VARDATA_ANY(t), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(t))};
}

std::string text_from_datum(Datum value) {
  text* const t = guarded([value] { return DatumGetTextPP(value); });
  std::string result(VARDATA_ANY(t), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(t)));
  if (static_cast<void*>(t) != DatumGetPointer(value)) pfree(t);
  return result;
}

Datum text_datum(std::string_view value) {
  if (value.size() > MaxAllocSize - VARHDRSZ) throw program_limit("text value too long");
  return guarded([value] {
    return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
  });
}

Datum cstring_datum(std::string_view value) {
  return guarded([value] { return CStringGetDatum(pnstrdup(value.data(), value.size())); });
}

Datum name_datum(std::string_view value) {
  return guarded([value] {
    return DirectFunctionCall1(namein, CStringGetDatum(pnstrdup(value.data(), value.size())));
  });
}

std::string output_text(Datum value, Oid type) {
  return take_cstring(guarded([value, type] {
    Oid function = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(type, &function, &varlena);
    return OidOutputFunctionCall(function, value);
  }));
}

Datum input_datum(const std::string& text, Oid type) {
  return guarded([&text, type] {
    Oid function = InvalidOid;
    Oid parameter = InvalidOid;
    getTypeInputInfo(type, &function, &parameter);
    char* const copy = pstrdup(text.c_str());
    return OidInputFunctionCall(function, copy, parameter, -1);
  });
}

Datum jsonb_datum(const std::string& json) {
  return guarded([&json] {
    char* const copy = pstrdup(json.c_str());
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(copy));
  });
}

std::string quote_identifier(std::string_view name) {
  std::string const terminated(name);
  PlainQuotes const plain;
  return guarded([&terminated] { return ::quote_identifier(terminated.c_str()); });
}

std::string quote_literal(std::string_view value) {
  std::string const terminated(value);
  return take_cstring(guarded([&terminated] { return quote_literal_cstr(terminated.c_str()); }));
}

std::string qualified_name(std::string_view schema, std::string_view name) {
  return quote_identifier(schema) + "." + quote_identifier(name);
}

std::string relation_name(Oid relation) {
  struct Names {
    char* schema;
    char* name;
  };
  Names const names = guarded([relation] {
    Names n{nullptr, get_rel_name(relation)};
    if (n.name != nullptr) n.schema = get_namespace_name(get_rel_namespace(relation));
    return n;
  });
  if (names.name == nullptr || names.schema == nullptr)
    throw Error(sqlstate::kUndefinedTable,
                "relation with OID " + std::to_string(relation) + " does not exist");
  return qualified_name(take_cstring(names.schema), take_cstring(names.name));
}

std::string type_name(Oid type, std::int32_t typmod) {
  PlainQuotes const plain;
  return take_cstring(guarded([type, typmod] {
    bits16 const flags = static_cast<bits16>(FORMAT_TYPE_FORCE_QUALIFY |
                                             (typmod >= 0 ? FORMAT_TYPE_TYPEMOD_GIVEN : 0));
    return format_type_extended(type, typmod, flags);
  }));
}

Datum text_array(std::span<const std::string> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  for (const auto& v : values) datums.push_back(text_datum(v));
  return build_array(datums.data(), nullptr, datums.size(), TEXTOID, -1, false, TYPALIGN_INT);
}

Datum text_array(std::span<const std::optional<std::string>> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  auto const nulls = std::make_unique<bool[]>(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    nulls[i] = !values[i];
    datums.push_back(values[i] ? text_datum(*values[i]) : Datum{0});
  }
  return build_array(datums.data(), nulls.get(), datums.size(), TEXTOID, -1, false, TYPALIGN_INT);
}

Datum int4_array(std::span<const std::int32_t> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  for (std::int32_t const v : values) datums.push_back(Int32GetDatum(v));
  return build_array(datums.data(), nullptr, datums.size(), INT4OID, 4, true, TYPALIGN_INT);
}

Datum int4_array(std::span<const std::optional<std::int32_t>> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  auto const nulls = std::make_unique<bool[]>(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    nulls[i] = !values[i];
    datums.push_back(Int32GetDatum(values[i].value_or(0)));
  }
  return build_array(datums.data(), nulls.get(), datums.size(), INT4OID, 4, true, TYPALIGN_INT);
}

Datum uuid_array(std::span<const std::array<std::uint8_t, 16>> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  for (const auto& v : values) datums.push_back(PointerGetDatum(v.data()));
  return build_array(datums.data(), nullptr, datums.size(), UUIDOID, 16, false, TYPALIGN_CHAR);
}

std::array<std::uint8_t, 16> uuid_bytes(Datum value) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(static_cast<const std::uint8_t*>(DatumGetUUIDP(value)->data), bytes.size(),
              bytes.begin());
  return bytes;
}

Datum float8_array(std::span<const double> values) {
  std::vector<Datum> datums;
  datums.reserve(values.size());
  for (double const v : values) datums.push_back(Float8GetDatum(v));
  return build_array(datums.data(), nullptr, datums.size(), FLOAT8OID, 8, FLOAT8PASSBYVAL,
                     TYPALIGN_DOUBLE);
}

std::vector<std::optional<std::string>> text_array_elements(Datum array, std::string_view what) {
  ArrayType* const parts = guarded([array] { return DatumGetArrayTypeP(array); });
  Oid const type = ARR_ELEMTYPE(parts);
  Elements const elements = array_elements(PointerGetDatum(parts), what);
  std::vector<std::optional<std::string>> result;
  result.reserve(static_cast<std::size_t>(elements.count));
  for (int i = 0; i < elements.count; ++i) {
    if (elements.nulls[i])
      result.emplace_back();
    else
      result.emplace_back(output_text(elements.values[i], type));
  }
  return result;
}

std::vector<std::optional<double>> float8_array_elements(Datum array, std::string_view what) {
  ArrayType* const parts = guarded([array] { return DatumGetArrayTypeP(array); });
  if (ARR_ELEMTYPE(parts) != FLOAT8OID)
    throw Error(sqlstate::kDatatypeMismatch,
                std::string(what) + " must be an array of double precision");
  Elements const elements = array_elements(PointerGetDatum(parts), what);
  std::vector<std::optional<double>> result;
  result.reserve(static_cast<std::size_t>(elements.count));
  for (int i = 0; i < elements.count; ++i) {
    if (elements.nulls[i])
      result.emplace_back();
    else
      result.emplace_back(DatumGetFloat8(elements.values[i]));
  }
  return result;
}

Datum Args::value(int i, std::string_view name) const {
  if (is_null(i)) null_argument(name);
  return fcinfo_->args[i].value;
}

std::string Args::text(int i, std::string_view name) const {
  return text_from_datum(value(i, name));
}
Oid Args::oid(int i, std::string_view name) const { return DatumGetObjectId(value(i, name)); }
std::int32_t Args::int4(int i, std::string_view name) const {
  return DatumGetInt32(value(i, name));
}
std::int64_t Args::int8(int i, std::string_view name) const {
  return DatumGetInt64(value(i, name));
}
double Args::float8(int i, std::string_view name) const { return DatumGetFloat8(value(i, name)); }
bool Args::boolean(int i, std::string_view name) const { return DatumGetBool(value(i, name)); }

std::optional<std::string> Args::optional_text(int i) const {
  if (is_null(i)) return std::nullopt;
  return text(i, {});
}
std::optional<Oid> Args::optional_oid(int i) const {
  if (is_null(i)) return std::nullopt;
  return oid(i, {});
}
std::optional<std::int32_t> Args::optional_int4(int i) const {
  if (is_null(i)) return std::nullopt;
  return int4(i, {});
}
std::optional<std::int64_t> Args::optional_int8(int i) const {
  if (is_null(i)) return std::nullopt;
  return int8(i, {});
}
std::optional<double> Args::optional_float8(int i) const {
  if (is_null(i)) return std::nullopt;
  return float8(i, {});
}
std::optional<bool> Args::optional_boolean(int i) const {
  if (is_null(i)) return std::nullopt;
  return boolean(i, {});
}

ResultSet::ResultSet(FunctionCallInfo fcinfo) {
  guarded([fcinfo] { InitMaterializedSRF(fcinfo, 0); });
  info_ = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
}

void ResultSet::row(std::span<const Cell> cells) {
  if (cells.size() != static_cast<std::size_t>(info_->setDesc->natts))
    throw internal_error("result row has " + std::to_string(cells.size()) +
                         " columns, its type has " + std::to_string(info_->setDesc->natts));
  std::vector<Datum> values;
  values.reserve(cells.size());
  auto const nulls = std::make_unique<bool[]>(cells.size() + 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    values.push_back(cells[i].value);
    nulls[i] = cells[i].null;
  }
  Datum* const v = values.data();
  bool* const n = nulls.get();
  guarded([this, v, n] { tuplestore_putvalues(info_->setResult, info_->setDesc, v, n); });
}

}  // namespace pt::pg

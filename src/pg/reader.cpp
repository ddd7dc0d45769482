#include "pg/reader.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "core/model/period.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/date.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

namespace pt::pg {
namespace {

bool is_text_type(Oid type) { return type == TEXTOID || type == VARCHAROID || type == BPCHAROID; }

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A cheap mix of length and bytes for the cache; the dictionary decides in the end.
std::uint64_t mix_bytes(std::string_view bytes) noexcept {
  std::uint64_t head = 0, tail = 0;
  std::size_t const n = bytes.size();
  if (n >= 8) {
    std::memcpy(&head, bytes.data(), 8);
    std::memcpy(&tail, bytes.data() + n - 8, 8);
  } else {
    std::memcpy(&head, bytes.data(), n);
  }
  std::uint64_t x = (head ^ (n * 0x9E3779B97F4A7C15u)) * 0xFF51AFD7ED558CCDu;
  x ^= (tail + (x >> 32)) * 0xC4CEB9FE1A85EC53u;
  return x ^ (x >> 29);
}

std::int32_t day_of_timestamp(Timestamp time) noexcept {
  if (TIMESTAMP_NOT_FINITE(time)) return model::kNoDay;
  std::int64_t day = time / USECS_PER_DAY;
  if (time % USECS_PER_DAY < 0) --day;
  return static_cast<std::int32_t>(day);
}

std::int32_t day_of_date(DateADT date) noexcept {
  return DATE_NOT_FINITE(date) ? model::kNoDay : date;
}

}  // namespace

std::string_view stored_bytes(Datum value, const Layout& layout) {
  auto* pointer = reinterpret_cast<char*>(DatumGetPointer(value));
  if (layout.length > 0) return {pointer, static_cast<std::size_t>(layout.length)};
  if (layout.length == -2) return {pointer, std::strlen(pointer)};
  if (VARATT_IS_COMPRESSED(pointer) || VARATT_IS_EXTERNAL(pointer))
    pointer = guarded([pointer] {
      return reinterpret_cast<char*>(pg_detoast_datum_packed(reinterpret_cast<varlena*>(pointer)));
    });
  return {VARDATA_ANY(pointer), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(pointer))};
}

Layout::Layout(Oid declared_type)
    : type(guarded([declared_type] { return getBaseType(declared_type); })) {
  guarded([this] { get_typlenbyval(type, &length, &by_value); });
}

model::Code ColumnInterner::code(const Value& value) {
  if (value.null) return model::kMissing;
  std::string_view const bytes = bytes_of(value.datum, layout_);
  std::uint64_t const mix = mix_bytes(bytes);
  Slot& slot = cache_[mix % cache_.size()];
  if (slot.code != model::kMissing && slot.mix == mix && (*dictionary_)[slot.code] == bytes)
    return slot.code;
  slot = {mix, dictionary_->intern(bytes)};
  return slot.code;
}

ValueDecoder::ValueDecoder(Oid type) : layout_(type), is_text_(is_text_type(layout_.type)) {
  guarded([this] {
    bool varlena = false;
    getTypeOutputInfo(layout_.type, &output_, &varlena);
  });
}

Datum ValueDecoder::datum(std::string_view stored) const {
  if (layout_.by_value) {
    Datum value = 0;
    std::memcpy(&value, stored.data(), sizeof value);
    return value;
  }
  std::size_t const header = layout_.length == -1 ? VARHDRSZ : 0;
  std::size_t const total = header + stored.size() + (layout_.length == -2 ? 1 : 0);
  char* const copy = guarded([total] { return static_cast<char*>(palloc0(total)); });
  std::memcpy(copy + header, stored.data(), stored.size());
  if (layout_.length == -1) SET_VARSIZE(copy, total);
  return PointerGetDatum(copy);
}

std::string ValueDecoder::text(std::string_view stored) const {
  if (is_text_) return std::string(layout_.type == BPCHAROID ? without_padding(stored) : stored);
  Datum const value = datum(stored);
  char* const text = guarded([this, value] { return OidOutputFunctionCall(output_, value); });
  std::string result(text);
  pfree(text);
  if (!layout_.by_value) pfree(DatumGetPointer(value));
  return result;
}

std::optional<std::int32_t> ValueDecoder::day(std::string_view stored) const {
  if (is_text_) return parse_iso_day(stored);
  Datum value = 0;
  if (layout_.by_value) std::memcpy(&value, stored.data(), sizeof value);
  std::int32_t day = model::kNoDay;
  if (layout_.type == DATEOID) day = day_of_date(DatumGetDateADT(value));
  if (layout_.type == TIMESTAMPOID || layout_.type == TIMESTAMPTZOID)
    day = day_of_timestamp(DatumGetTimestamp(value));
  if (day == model::kNoDay) return std::nullopt;
  return day;
}

std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  text = without_padding(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int32_t> parse_iso_day(std::string_view text) {
  std::array<int, 3> part{};
  std::size_t at = 0;
  constexpr std::array<std::size_t, 3> kDigits = {4, 2, 2};
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (i > 0 && (at >= text.size() || text[at++] != '-')) return std::nullopt;
    if (at + kDigits[i] > text.size()) return std::nullopt;
    const char* const begin = text.data() + at;
    auto const [end, error] = std::from_chars(begin, begin + kDigits[i], part[i]);
    if (error != std::errc{} || end != begin + kDigits[i] || part[i] < 0) return std::nullopt;
    at += kDigits[i];
  }
  if (at < text.size() && text[at] != 'T' && text[at] != ' ') return std::nullopt;
  model::Civil const date{part[0], part[1], part[2]};
  if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1) return std::nullopt;
  auto const day = static_cast<std::int32_t>(model::day_from_civil(date));
  model::Civil const back = model::civil_from_day(day);  // refuses 30 February
  if (back.month != date.month || back.day != date.day) return std::nullopt;
  return day;
}

bool is_citext(Oid type) {
  if (!OidIsValid(type)) return false;
  Oid const base = Layout(type).type;
  if (base < FirstNormalObjectId) return false;
  return guarded([base] {
    Oid const extension = getExtensionOfObject(TypeRelationId, base);
    return OidIsValid(extension) && extension == get_extension_oid("citext", true);
  });
}

KeyReader::KeyReader(Oid type, Oid collation, Oid other)
    : type_(Layout(type).type),
      form_(Form::other),
      ignores_case_(is_citext(type) || (is_text_type(type_) && is_citext(other))) {
  if (OidIsValid(collation) &&
      !guarded([collation] { return get_collation_isdeterministic(collation); }))
    throw not_supported(
        "the key of people has a nondeterministic collation",
        "Under it texts that differ are equal, so that keys can't be told apart by what they are.",
        "Use a view in which equal keys are the same text, such as lower(key) COLLATE \"C\".");
  switch (type_) {
    case INT2OID:
      form_ = Form::int2;
      break;
    case INT4OID:
      form_ = Form::int4;
      break;
    case INT8OID:
      form_ = Form::int8;
      break;
    case TEXTOID:
    case VARCHAROID:
      form_ = Form::text;
      break;
    case BPCHAROID:
      form_ = Form::padded;
      break;
    case NUMERICOID:
      form_ = Form::numeric;
      break;
    default:
      break;
  }
}

std::string_view KeyReader::cased(std::string_view text) {
  if (!ignores_case_) return text;
  char* const lower =
      guarded([text] { return str_tolower(text.data(), text.size(), DEFAULT_COLLATION_OID); });
  std::string result(lower);  // text may be text_
  pfree(lower);
  return text_ = std::move(result);
}

std::string_view KeyReader::key(Datum value) {
  if (form_ == Form::int2 || form_ == Form::int4 || form_ == Form::int8) previous_ = value;
  std::int64_t number = 0;
  switch (form_) {
    case Form::int2:
      number = DatumGetInt16(value);
      break;
    case Form::int4:
      number = DatumGetInt32(value);
      break;
    case Form::int8:
      number = DatumGetInt64(value);
      break;
    case Form::text:
      return cased(text_view(value));
    case Form::padded:
      return cased(without_padding(text_view(value)));
    case Form::numeric: {
      char* const text = guarded([value] { return numeric_normalize(DatumGetNumeric(value)); });
      text_ = text;
      pfree(text);
      return text_;
    }
    case Form::other:
      text_ = output_text(value, type_);
      return cased(text_);
  }
  char* const end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr;
  return {digits_.data(), static_cast<std::size_t>(end - digits_.data())};
}

DayReader::DayReader(Oid type, std::string_view column) : type_(Layout(type).type) {
  if (type_ == DATEOID || type_ == TIMESTAMPOID || type_ == TIMESTAMPTZOID || is_text_type(type_))
    return;
  throw Error(sqlstate::kDatatypeMismatch,
              "column \"" + std::string(column) + "\" can't be the event time",
              "Its type is " + type_name(type) + ".",
              "The event time is a date, a timestamp or a text with ISO dates; a view can convert "
              "other types.");
}

std::int32_t DayReader::day(const Value& value) {
  if (value.null) return model::kNoDay;
  if (type_ == DATEOID) return day_of_date(DatumGetDateADT(value.datum));
  if (type_ == TIMESTAMPOID || type_ == TIMESTAMPTZOID)
    return day_of_timestamp(DatumGetTimestamp(value.datum));
  return parse_iso_day(text_view(value.datum)).value_or(model::kNoDay);
}

std::optional<double> WeightReader::weight(const Value& value, std::uint64_t& bad) {
  if (value.null) return std::nullopt;
  std::optional<double> number;
  if (type_ == FLOAT8OID)
    number = DatumGetFloat8(value.datum);
  else
    number = parse_number(decoder_.text(bytes_of(value.datum, layout_)));
  if (number && std::isfinite(*number) && *number > 0 && *number < 1e12) return number;
  ++bad;
  return std::nullopt;
}

}  // namespace pt::pg

#include "pg/anonymize_columns.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "core/error.hpp"
#include "pg/datum.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

namespace pt::pg {
namespace {

using model::Code;
using model::kMissing;

Oid range_of(Oid base_type) {
  switch (base_type) {
    case INT2OID:
    case INT4OID:
      return INT4RANGEOID;
    case INT8OID:
      return INT8RANGEOID;
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
      return NUMRANGEOID;
    case DATEOID:
      return DATERANGEOID;
    case TIMESTAMPOID:
      return TSRANGEOID;
    case TIMESTAMPTZOID:
      return TSTZRANGEOID;
    default:
      return InvalidOid;
  }
}

bool is_text(Oid base_type) { return base_type == TEXTOID || base_type == VARCHAROID; }

/// Whether the value after this one does not exist in the type, so that a range that includes it
/// has no upper bound to name.
bool is_last(Oid base_type, std::int64_t number) {
  switch (base_type) {
    case INT4OID:
      return number == PG_INT32_MAX;
    case INT8OID:
      return number == PG_INT64_MAX;
    case DATEOID:
      return number + 1 >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE;
    default:
      return false;
  }
}

}  // namespace

Encoder::Form form_of(Oid base_type) {
  switch (base_type) {
    case INT2OID:
      return Encoder::Form::int16;
    case INT4OID:
    case DATEOID:
      return Encoder::Form::int32;
    case INT8OID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return Encoder::Form::int64;
    default:
      return Encoder::Form::text;
  }
}

Encoder::Encoder(Form form, const model::Prf& prf, Host& host)
    : form_(form), dictionary_(prf, host.memory()), codes_(host.memory()) {}

Code Encoder::intern(std::string_view bytes) {
  if (bytes.size() > sizeof(std::uint64_t)) return dictionary_.intern(bytes);
  std::uint64_t word = 0;
  if (!bytes.empty()) memcpy(&word, bytes.data(), bytes.size());
  Recent& recent = recent_[(word * 0x9E3779B97F4A7C15u + bytes.size()) >> 54];
  if (recent.bytes != word || recent.size != bytes.size())
    recent = {word, static_cast<std::uint32_t>(bytes.size()), dictionary_.intern(bytes)};
  return recent.code;
}

void Encoder::add(const Row& row, int at) {
  if (row.is_null(at)) {
    codes_.push_back(kMissing);
    return;
  }
  const Datum value = row.value(at);
  if (form_ == Form::text) {
    codes_.push_back(intern(text_view(value)));
    return;
  }
  const std::int64_t number = form_ == Form::int16   ? DatumGetInt16(value)
                              : form_ == Form::int32 ? DatumGetInt32(value)
                                                     : DatumGetInt64(value);
  codes_.push_back(intern({reinterpret_cast<const char*>(&number), sizeof number}));
}

void Encoder::renumber(std::span<const Code> new_code) {
  for (Code& code : codes_)
    if (code != kMissing) code = new_code[code];
}

std::int64_t Encoder::number(Code arrival) const {
  std::int64_t number = 0;
  memcpy(&number, dictionary_[arrival].data(), sizeof number);
  return number;
}

std::string value_text(const Encoder& encoder, Oid base_type, Code arrival) {
  switch (base_type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return std::to_string(encoder.number(arrival));
    case DATEOID:
      return output_text(DateADTGetDatum(static_cast<DateADT>(encoder.number(arrival))), base_type);
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return output_text(Int64GetDatum(encoder.number(arrival)), base_type);
    default:
      return std::string(encoder.text(arrival));
  }
}

QuasiIdentifier::QuasiIdentifier(Oid relation, std::string name, Oid type, const model::Prf& prf,
                                 Host& host)
    : relation_(relation),
      type_(guarded([type] { return getBaseType(type); })),
      encoder_(form_of(type_), prf, host),
      known_(load_known_hierarchy(relation, name)) {
  attribute_.name = std::move(name);
  if (known_) return;
  range_type_ = range_of(type_);
  if (range_type_ != InvalidOid) attribute_.scale = model::Scale::ordered;
}

std::string QuasiIdentifier::expression() const {
  const std::string column = quote_identifier(attribute_.name);
  return encoder_.form() != Encoder::Form::text || is_text(type_) ? column
                                                                  : column + "::pg_catalog.text";
}

Oid QuasiIdentifier::released_type() const {
  return range_type_ == InvalidOid ? TEXTOID : range_type_;
}

std::optional<double> QuasiIdentifier::finite_value(Code arrival) const {
  double value = 0;
  if (encoder_.form() == Encoder::Form::text) {
    value = std::strtod(std::string(encoder_.text(arrival)).c_str(), nullptr);
    // A numeric beyond the range of a double is finite all the same.
    if (std::isinf(value) && encoder_.text(arrival).find("nfinity") == std::string_view::npos)
      value = std::copysign(std::numeric_limits<double>::max(), value);
  } else {
    const std::int64_t number = encoder_.number(arrival);
    value = static_cast<double>(number);
    if (type_ == DATEOID && DATE_NOT_FINITE(number)) return std::nullopt;
    if ((type_ == TIMESTAMPOID || type_ == TIMESTAMPTZOID) && TIMESTAMP_NOT_FINITE(number))
      return std::nullopt;
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Exact order of two values whose doubles are equal.
bool QuasiIdentifier::is_less(Code a, Code b) const {
  if (encoder_.form() != Encoder::Form::text) return encoder_.number(a) < encoder_.number(b);
  const Datum x = input_datum(std::string(encoder_.text(a)), NUMERICOID);
  const Datum y = input_datum(std::string(encoder_.text(b)), NUMERICOID);
  return guarded([x, y] { return DatumGetBool(DirectFunctionCall2(numeric_lt, x, y)); });
}

void QuasiIdentifier::finish() {
  if (range_type_ == InvalidOid)
    finish_labels();
  else
    finish_ranges();
}

void QuasiIdentifier::finish_labels() {
  std::vector<std::string> text(encoder_.distinct());
  for (Code code = 0; code < text.size(); ++code) text[code] = value_text(code);
  auto& labels = attribute_.labels;
  if (known_) labels = known_->labels;
  const auto known = static_cast<std::ptrdiff_t>(labels.size());
  for (const std::string& value : text)
    if (!std::binary_search(labels.begin(), labels.begin() + known, value)) labels.push_back(value);
  std::sort(labels.begin(), labels.end());
  if (known_ && std::ssize(labels) == known) {
    attribute_.hierarchy = std::move(known_->hierarchy);
  } else if (known_) {
    LoadedHierarchy loaded = load_hierarchy(relation_, attribute_.name, labels).value();
    attribute_.hierarchy = std::move(loaded.hierarchy);
    not_in_hierarchy_ = loaded.not_shown;
  }
  std::vector<Code> new_code(text.size());
  for (Code code = 0; code < text.size(); ++code)
    new_code[code] = static_cast<Code>(std::lower_bound(labels.begin(), labels.end(), text[code]) -
                                       labels.begin());
  encoder_.renumber(new_code);
  // A value that reads '*' must not look like one that is withheld.
  while (std::binary_search(labels.begin(), labels.end(), everything_))
    everything_ = "(" + everything_ + ")";
}

void QuasiIdentifier::finish_ranges() {
  struct Entry {
    double value;
    Code arrival;
  };
  std::vector<Entry> entries;
  std::vector<Code> new_code(encoder_.distinct(), kMissing);
  for (Code code = 0; code < new_code.size(); ++code) {
    if (const auto value = finite_value(code))
      entries.push_back({*value, code});
    else
      ++not_finite_;
  }
  std::sort(entries.begin(), entries.end(), [this](const Entry& a, const Entry& b) {
    return a.value != b.value ? a.value < b.value : is_less(a.arrival, b.arrival);
  });
  for (const Entry& entry : entries) {
    if (attribute_.values.empty() || attribute_.values.back() < entry.value) {
      attribute_.values.push_back(entry.value);
      attribute_.labels.push_back(value_text(entry.arrival));
      highest_.emplace_back();
    }
    const bool last =
        encoder_.form() != Encoder::Form::text && is_last(type_, encoder_.number(entry.arrival));
    highest_.back() = last ? "" : value_text(entry.arrival);
    new_code[entry.arrival] = static_cast<Code>(attribute_.values.size() - 1);
  }
  encoder_.renumber(new_code);
}

std::string QuasiIdentifier::label(const group::RecodedCell& cell) const {
  if (cell.level == group::RecodedCell::kEverything) return everything_;
  if (cell.level == 0) return attribute_.labels[cell.low];
  return attribute_.hierarchy.levels[cell.level - 1U].labels[cell.low];
}

std::string QuasiIdentifier::range(const group::RecodedCell& cell) const {
  if (cell.level == group::RecodedCell::kEverything) return "(,)";
  const std::string& high = highest_[cell.high];
  return "[\"" + attribute_.labels[cell.low] + (high.empty() ? "\",)" : "\",\"" + high + "\"]");
}

QuasiIdentifier::Value QuasiIdentifier::release(const group::RecodedCell& cell) {
  const auto [at, fresh] = released_.try_emplace({cell.level, cell.low, cell.high});
  if (fresh && cell.low != kMissing)
    at->second = {
        range_type_ == InvalidOid ? text_datum(label(cell)) : input_datum(range(cell), range_type_),
        false};
  return at->second;
}

void KeptRows::add(const Row& row, int first) {
  TupleTableSlot* const slot = row.slot();
  auto* const tuple = guarded([this, slot, first] {
    return compat_form_minimal_tuple(descriptor_, slot->tts_values + first,
                                     slot->tts_isnull + first);
  });
  const std::size_t words = (tuple->t_len + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  if (used_ + words > (chunks_.empty() ? 0 : chunks_.back().size())) {
    chunks_.emplace_back(std::max(words, kChunkWords));
    used_ = 0;
  }
  std::uint64_t* const place = chunks_.back().data() + used_;
  memcpy(place, tuple, tuple->t_len);
  used_ += words;
  rows_.push_back(reinterpret_cast<MinimalTuple>(place));
  hashes_.push_back(hash_bytes_extended(reinterpret_cast<const unsigned char*>(tuple),
                                        static_cast<int>(tuple->t_len), 0));
}

}  // namespace pt::pg

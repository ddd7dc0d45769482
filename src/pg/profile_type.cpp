// The SQL type pt_class_profile, its key and its typed aggregates (sql/62-class-profile.sql).
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/memory.hpp"
#include "pg/profile.hpp"
#include "pg/value_key.hpp"

extern "C" {
#include "libpq/pqformat.h"
#include "utils/uuid.h"
}

namespace pt::pg {

using risk::ClassProfile;
using risk::ProfileEntry;
using risk::ProfileShape;

ClassProfile profile_from_datum(Datum value) {
  auto* block = reinterpret_cast<varlena*>(DatumGetPointer(value));
  if (VARATT_IS_EXTENDED(block)) block = guarded([block] { return pg_detoast_datum(block); });
  return {block, VARSIZE(block)};
}

Datum profile_datum(const ClassProfile& profile) {
  SET_VARSIZE(profile.block(), profile.bytes());
  return PointerGetDatum(profile.block());
}

ClassProfile state_of(FunctionCallInfo fcinfo, const ProfileShape& shape, DatumMemory& memory) {
  if (fcinfo->args[0].isnull) return ClassProfile::make(shape, memory);
  ClassProfile state = profile_from_datum(fcinfo->args[0].value);
  if (!(state.shape() == shape))
    throw invalid_parameter("the class profile has another kind of content",
                            "It was made with other arguments.");
  if (state.is_live() && AggCheckCallContext(fcinfo, nullptr) != 0) return state;
  PgHost host("class profile");
  return state.unpack(memory, host);
}

namespace {

Datum key_datum(const model::Hash128& key) {
  auto* const uuid = static_cast<pg_uuid_t*>(guarded([] { return palloc(sizeof(pg_uuid_t)); }));
  for (int i = 0; i < 8; ++i) {
    uuid->data[i] = static_cast<unsigned char>(key.hi >> (8 * (7 - i)));
    uuid->data[8 + i] = static_cast<unsigned char>(key.lo >> (8 * (7 - i)));
  }
  return UUIDPGetDatum(uuid);
}

model::Hash128 key_of(Datum value) {
  const unsigned char* const data = DatumGetUUIDP(value)->data;
  model::Hash128 key;
  for (int i = 0; i < 8; ++i) {
    key.hi = key.hi << 8 | data[i];
    key.lo = key.lo << 8 | data[8 + i];
  }
  return key;
}

model::Prf prf_of_secret(Datum secret) {
  const std::string_view bytes = text_view(secret);
  if (bytes.size() < 16)
    throw invalid_parameter("the secret of pt_keyed is too short",
                            "It has " + std::to_string(bytes.size()) + " bytes; 16 are needed.",
                            "Use gen_random_bytes or a passphrase of 16 characters or more.");
  return public_key_prf().derive(bytes);
}

double checked_weight(FunctionCallInfo fcinfo, int at) {
  if (fcinfo->args[at].isnull)
    throw Error(sqlstate::kNullValueNotAllowed, "a weight is NULL", {},
                "Leave such rows out with FILTER (WHERE weight IS NOT NULL), or give them one.");
  const double weight = DatumGetFloat8(fcinfo->args[at].value);
  if (!risk::ExactSum::takes(weight))
    throw invalid_parameter("a weight is not a number from 1e-12 to below 1e12",
                            "It is " + std::to_string(weight) + ".",
                            "A sampling weight is the number of people that a row stands for.");
  return weight;
}

std::int64_t checked_code(FunctionCallInfo fcinfo, int at) {
  if (fcinfo->args[at].isnull) return risk::ClassHistogram::kNull;
  const std::int64_t code = DatumGetInt64(fcinfo->args[at].value);
  if (code == risk::ClassHistogram::kNull)
    throw Error(sqlstate::kNumericValueOutOfRange,
                "the largest bigint can't be the code of a sensitive value",
                "It stands for a missing value.");
  return code;
}

/// One row of pt_profile_agg.
Datum count_row(FunctionCallInfo fcinfo, const ProfileShape& shape) {
  if (fcinfo->args[1].isnull)
    throw Error(sqlstate::kNullValueNotAllowed, "the key of a row is NULL", {},
                "pt_key(columns) is never NULL, whatever the columns are.");
  ProfileEntry entry;
  entry.key = key_of(fcinfo->args[1].value);
  entry.count = 1;
  if (shape.sensitive) entry.code = checked_code(fcinfo, 2);
  if (shape.weight) entry.weight.add(checked_weight(fcinfo, 3));
  DatumMemory memory(fcinfo->args[0].isnull ? nullptr : DatumGetPointer(fcinfo->args[0].value));
  ClassProfile state = state_of(fcinfo, shape, memory);
  state.add(entry, memory);
  return profile_datum(state);
}

ClassProfile packed(const ClassProfile& profile, DatumMemory& memory, Host& host) {
  return profile.is_live() ? profile.pack(memory, host) : profile;
}

std::string encoded(Datum value) {
  PgHost host("class profile");
  DatumMemory memory;
  return packed(profile_from_datum(value), memory, host).encode(host);
}

}  // namespace
}  // namespace pt::pg

using namespace pt::pg;

PT_FUNCTION(pt_key) {
  return key_datum(public_key_prf().hash(TupleReader::of(fcinfo, 0).tuple(fcinfo)));
}

PT_FUNCTION(pt_keyed) {
  if (fcinfo->args[0].isnull)
    throw pt::Error(pt::sqlstate::kNullValueNotAllowed, "the secret of pt_keyed is NULL");
  const pt::model::Prf prf = prf_of_secret(fcinfo->args[0].value);
  return key_datum(prf.hash(TupleReader::of(fcinfo, 1).tuple(fcinfo)));
}

PT_FUNCTION(pt_profile_count_key) { return count_row(fcinfo, {false, false, 0}); }
PT_FUNCTION(pt_profile_count_value) { return count_row(fcinfo, {true, false, 0}); }
PT_FUNCTION(pt_profile_count_weight) { return count_row(fcinfo, {true, true, 0}); }

PT_FUNCTION(pt_profile_combine) {
  if (fcinfo->args[1].isnull) {
    if (fcinfo->args[0].isnull) PG_RETURN_NULL();
    return fcinfo->args[0].value;
  }
  if (fcinfo->args[0].isnull) {
    // Whoever keeps the state copies it; it must not be toasted then.
    return profile_datum(profile_from_datum(fcinfo->args[1].value));
  }
  PgHost host("class profile");
  const auto other = profile_from_datum(fcinfo->args[1].value);
  DatumMemory memory(DatumGetPointer(fcinfo->args[0].value));
  auto state = state_of(fcinfo, profile_from_datum(fcinfo->args[0].value).shape(), memory);
  state.merge(other, memory, host);
  return profile_datum(state);
}

PT_FUNCTION(pt_profile_pack) {
  PgHost host("class profile");
  DatumMemory memory;
  return profile_datum(packed(profile_from_datum(fcinfo->args[0].value), memory, host));
}

PT_FUNCTION(pt_class_profile_in) {
  const std::string_view digits = PG_GETARG_CSTRING(0);
  if (!digits.starts_with("\\x"))
    throw pt::Error("22P02", "invalid input syntax for type pt_class_profile", {},
                    "It is written as hexadecimal digits after \\x.");
  const Datum bytes =
      guarded([digits] { return DirectFunctionCall1(byteain, CStringGetDatum(digits.data())); });
  DatumMemory memory;
  return profile_datum(pt::risk::ClassProfile::decode(text_view(bytes), memory));
}

PT_FUNCTION(pt_class_profile_out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::string bytes = encoded(fcinfo->args[0].value);
  if (bytes.size() >= (MaxAllocSize - 3) / 2)
    throw pt::program_limit("the class profile is too large to be written as text", {},
                            "Use the binary format (COPY ... WITH (FORMAT binary)).");
  char* const out = guarded([&bytes] { return static_cast<char*>(palloc(bytes.size() * 2 + 3)); });
  char* to = out;
  *to++ = '\\';
  *to++ = 'x';
  for (const char c : bytes) {
    *to++ = kDigits[static_cast<unsigned char>(c) >> 4];
    *to++ = kDigits[static_cast<unsigned char>(c) & 15];
  }
  *to = 0;
  PG_RETURN_CSTRING(out);
}

PT_FUNCTION(pt_class_profile_recv) {
  auto* const buffer = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
  const auto length = static_cast<std::size_t>(buffer->len - buffer->cursor);
  const char* const bytes =
      guarded([buffer] { return pq_getmsgbytes(buffer, buffer->len - buffer->cursor); });
  DatumMemory memory;
  return profile_datum(pt::risk::ClassProfile::decode({bytes, length}, memory));
}

PT_FUNCTION(pt_class_profile_send) {
  const std::string bytes = encoded(fcinfo->args[0].value);
  return text_datum(bytes);  // bytea and text are stored alike
}

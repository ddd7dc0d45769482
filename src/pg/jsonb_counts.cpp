#include "pg/jsonb_counts.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "utils/jsonb.h"
#include "utils/numeric.h"
}

namespace pt::pg {
namespace {

using protect::NestedCounts;

constexpr std::size_t kKept = 4096;  // counts below this are made into a numeric once

std::string numeric_bytes(std::uint64_t count) {
  Numeric const value =
      guarded([count] { return int64_to_numeric(static_cast<std::int64_t>(count)); });
  std::string bytes(reinterpret_cast<const char*>(value), VARSIZE_ANY(value));
  pfree(value);
  return bytes;
}

/// The order of names in a jsonb object.
bool stored_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

void JsonbCounts::align() { bytes_.resize(INTALIGN(bytes_.size()), '\0'); }

JsonbCounts::Open JsonbCounts::open(std::size_t pairs) {
  if (pairs > JB_CMASK / 2) throw program_limit("too many names for a jsonb object");
  align();
  auto const count = static_cast<std::uint32_t>(pairs);
  std::uint32_t const header = count | JB_FOBJECT;
  bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
  Open const object{bytes_.size() - sizeof header, bytes_.size(), count};
  bytes_.resize(bytes_.size() + 2 * pairs * sizeof(JEntry));
  return object;
}

/// Describes what has been written from `begin` on: its length or, now and then, where it ends.
void JsonbCounts::entry(Open& object, std::uint32_t type, std::size_t begin) {
  std::size_t const size = bytes_.size() - begin;
  if (object.length + size > JENTRY_OFFLENMASK)
    throw program_limit("the events of a persona are too many for a jsonb value");
  object.length += static_cast<std::uint32_t>(size);
  JEntry const entry = object.next % JB_OFFSET_STRIDE == 0
                           ? type | object.length | JENTRY_HAS_OFF
                           : type | static_cast<std::uint32_t>(size);
  std::memcpy(bytes_.data() + object.entries + object.next++ * sizeof entry, &entry, sizeof entry);
}

void JsonbCounts::name(Open& object, std::string_view name) {
  std::size_t const begin = bytes_.size();
  bytes_ += name;
  entry(object, JENTRY_ISSTRING, begin);
}

void JsonbCounts::number(Open& object, std::uint64_t count) {
  std::size_t const begin = bytes_.size();
  align();
  if (count >= kKept) {
    bytes_ += numeric_bytes(count);
  } else {
    if (numbers_.size() <= count) numbers_.resize(count + 1);
    if (numbers_[count].empty()) numbers_[count] = numeric_bytes(count);
    bytes_ += numbers_[count];
  }
  entry(object, JENTRY_ISNUMERIC, begin);
}

void JsonbCounts::inner(Open& outer, const NestedCounts& counts,
                        const NestedCounts::Object& object) {
  std::size_t const begin = bytes_.size();
  Open written = open(object.end - object.begin);
  for (std::size_t i = object.begin; i < object.end; ++i) name(written, counts.counts[i].name);
  for (std::size_t i = object.begin; i < object.end; ++i) number(written, counts.counts[i].count);
  entry(outer, JENTRY_ISCONTAINER, begin);
}

Datum JsonbCounts::datum(const NestedCounts& counts) {
  order_.resize(counts.objects.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return stored_before(counts.objects[a].name, counts.objects[b].name);
  });
  bytes_.assign(VARHDRSZ, '\0');
  Open object = open(counts.objects.size());
  for (std::uint32_t const i : order_) name(object, counts.objects[i].name);
  for (std::uint32_t const i : order_) inner(object, counts, counts.objects[i]);
  void* const value = allocate_in(CurrentMemoryContext, bytes_.size());
  std::memcpy(value, bytes_.data(), bytes_.size());
  SET_VARSIZE(value, bytes_.size());
  return PointerGetDatum(value);
}

}  // namespace pt::pg

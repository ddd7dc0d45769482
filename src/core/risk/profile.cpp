#include "core/risk/profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "core/error.hpp"

namespace pt::risk {
namespace {

using model::Hash128;

constexpr std::uint32_t kMagic = 0x31435450;  // "PTC1"
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kSensitive = 1;
constexpr std::uint8_t kWeight = 2;
constexpr std::size_t kPollEvery = 1 << 16;
constexpr std::uint64_t kFirstSlots = 8;

enum class Form : std::uint8_t { live = 1, packed = 2 };

/// The front of a block.
struct Header {
  std::uint32_t host;  // not ours
  std::uint32_t magic;
  std::uint8_t version;
  Form form;
  std::uint8_t flags;
  std::uint8_t parameters_set;  // one bit a parameter
  std::uint16_t columns;
  std::uint16_t zero;
  std::uint64_t slots;  // live: a power of two; packed: the number of entries
  std::uint64_t used;
  std::uint64_t rows;
  double parameters[2];
  std::uint64_t reserved;
};
static_assert(sizeof(Header) == 64 && alignof(Header) == 8);

/// Words of an entry: key (2), count, then code, weight (2) and columns as the shape has them.
struct Layout {
  explicit Layout(const Header& h)
      : code(3),
        weight(code + ((h.flags & kSensitive) != 0 ? 1 : 0)),
        columns(weight + ((h.flags & kWeight) != 0 ? 2 : 0)),
        words(columns + h.columns) {}
  std::size_t code, weight, columns, words;
};

Header& header_of(void* block) { return *static_cast<Header*>(block); }
std::uint64_t* words_of(void* block) {
  return reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(block) + sizeof(Header));
}

/// Bytes of a block, or nothing when it would not fit an address.
std::optional<std::size_t> block_bytes(std::uint64_t slots, std::size_t words) {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(slots, std::uint64_t{words} * sizeof(std::uint64_t), &bytes) ||
      __builtin_add_overflow(bytes, sizeof(Header), &bytes))
    return std::nullopt;
  return bytes;
}

std::uint64_t place_of(const Hash128& key, std::int64_t code) {
  // Keys may be any uuid, so they are mixed again (the finish of splitmix64).
  std::uint64_t z = key.lo ^ (key.hi * 0x9E3779B97F4A7C15u) ^
                    (static_cast<std::uint64_t>(code) * 0xD6E8FEB86659FD93u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Error corrupt(std::string why) {
  return data_error("invalid value of type pt_class_profile", std::move(why),
                    "Its bytes were damaged or did not come from this type.");
}

Error too_large(std::size_t limit) {
  return program_limit(
      "a class profile would exceed " + std::to_string(limit >> 20) + " MB",
      "It holds one entry for each equivalence class (and sensitive value).",
      "Count the classes in SQL instead, which can spill to disk: SELECT min(n), count(*), "
      "sum(n), count(*) FILTER (WHERE n = 1) FROM (SELECT count(*) AS n FROM t GROUP BY <the "
      "quasi-identifiers>) c; or call pt_risk_profile, or profile parts of the table.");
}

void write_header(void* block, const ProfileShape& shape, Form form, std::uint64_t slots) {
  Header& h = header_of(block);
  const std::uint32_t host = h.host;
  std::memset(block, 0, sizeof(Header));
  h.host = host;
  h.magic = kMagic;
  h.version = kVersion;
  h.form = form;
  h.flags =
      static_cast<std::uint8_t>((shape.sensitive ? kSensitive : 0) | (shape.weight ? kWeight : 0));
  h.columns = shape.columns;
  h.slots = slots;
}

/// A new block without entries.
void* new_block(const ProfileShape& shape, Form form, std::uint64_t slots, ProfileMemory& memory) {
  Header probe{};
  void* const front = &probe;
  write_header(front, shape, form, slots);
  const auto bytes = block_bytes(slots, Layout(probe).words);
  if (!bytes || *bytes > memory.limit()) throw too_large(memory.limit());
  void* const block = memory.allocate(*bytes);
  header_of(block).host = 0;
  write_header(block, shape, form, slots);
  std::memset(words_of(block), 0, *bytes - sizeof(Header));
  return block;
}

}  // namespace

void ExactSum::add_wide(Wide value) {
  Wide sum = 0;
  if (__builtin_add_overflow(value_, value, &sum))
    throw Error(sqlstate::kNumericValueOutOfRange, "a sum of weights is out of range",
                "The weights of a class add up to 2^64 or more.",
                "A sampling weight is the number of people that a row stands for.");
  value_ = sum;
}

void ExactSum::add(double weight) {
  int exponent = 0;
  const double fraction = std::frexp(weight, &exponent);  // in [1/2, 1)
  const auto mantissa = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
  const int shift = 64 + exponent - 53;
  if (shift >= 0)
    add_wide(Wide{mantissa} << shift);
  else if (shift > -54)
    add_wide(((mantissa >> (-shift - 1)) + 1) >> 1);  // below 2^-11: rounded to 2^-64
}

double ExactSum::value() const noexcept {
  return std::ldexp(static_cast<double>(low()), -64) + static_cast<double>(high());
}

ClassProfile::ClassProfile(void* block, std::size_t bytes) : block_(block) {
  if (bytes < sizeof(Header)) throw corrupt("It is too short.");
  const Header& h = header_of(block);
  if (h.magic != kMagic || h.version != kVersion) throw corrupt("It has no known version.");
  if (h.form != Form::live && h.form != Form::packed) throw corrupt("It has no known form.");
  if ((h.flags & ~(kSensitive | kWeight)) != 0) throw corrupt("It has unknown flags.");
  const auto expected = block_bytes(h.slots, Layout(h).words);
  if (!expected || *expected != bytes) throw corrupt("Its length does not fit its entries.");
  const bool fits =
      h.form == Form::packed ? h.used == h.slots : std::has_single_bit(h.slots) && h.used < h.slots;
  if (!fits) throw corrupt("It does not hold the entries it claims.");
}

ClassProfile ClassProfile::make(const ProfileShape& shape, ProfileMemory& memory) {
  return ClassProfile(new_block(shape, Form::live, kFirstSlots, memory));
}

std::size_t ClassProfile::bytes() const noexcept {
  const Header& h = header_of(block_);
  return sizeof(Header) + h.slots * Layout(h).words * sizeof(std::uint64_t);
}

ProfileShape ClassProfile::shape() const noexcept {
  const Header& h = header_of(block_);
  return {(h.flags & kSensitive) != 0, (h.flags & kWeight) != 0, h.columns};
}

bool ClassProfile::is_live() const noexcept { return header_of(block_).form == Form::live; }
std::uint64_t ClassProfile::entries() const noexcept { return header_of(block_).used; }
std::uint64_t ClassProfile::rows() const noexcept { return header_of(block_).rows; }
std::uint64_t ClassProfile::slots() const noexcept { return header_of(block_).slots; }

void ClassProfile::set_parameter(std::size_t index, double value) {
  Header& h = header_of(block_);
  const auto bit = static_cast<std::uint8_t>(1U << index);
  if ((h.parameters_set & bit) != 0 && h.parameters[index] != value)
    throw invalid_parameter("an argument that must be the same for all rows differs between rows");
  h.parameters_set = static_cast<std::uint8_t>(h.parameters_set | bit);
  h.parameters[index] = value;
}

std::optional<double> ClassProfile::parameter(std::size_t index) const noexcept {
  const Header& h = header_of(block_);
  if ((h.parameters_set & (1U << index)) == 0) return std::nullopt;
  return h.parameters[index];
}

std::optional<ProfileEntry> ClassProfile::at(std::uint64_t slot) const noexcept {
  const Header& h = header_of(block_);
  const Layout layout(h);
  const std::uint64_t* const w = words_of(block_) + slot * layout.words;
  if (w[2] == 0) return std::nullopt;
  ProfileEntry entry;
  entry.key = {w[0], w[1]};
  entry.count = w[2];
  if ((h.flags & kSensitive) != 0) entry.code = static_cast<std::int64_t>(w[layout.code]);
  if ((h.flags & kWeight) != 0)
    entry.weight = ExactSum::from(w[layout.weight], w[layout.weight + 1]);
  entry.columns = {w + layout.columns, h.columns};
  return entry;
}

void ClassProfile::insert(const ProfileEntry& entry) {
  Header& h = header_of(block_);
  const Layout layout(h);
  const bool sensitive = (h.flags & kSensitive) != 0;
  const std::int64_t code = sensitive ? entry.code : 0;
  const std::uint64_t mask = h.slots - 1;
  std::uint64_t slot = place_of(entry.key, code) & mask;
  std::uint64_t* w = nullptr;
  for (std::uint64_t tries = 0;; slot = (slot + 1) & mask) {
    w = words_of(block_) + slot * layout.words;
    if (w[2] == 0 || (w[0] == entry.key.hi && w[1] == entry.key.lo &&
                      (!sensitive || static_cast<std::int64_t>(w[layout.code]) == code)))
      break;
    if (++tries > mask) throw corrupt("It has no free place.");
  }
  if (entry.count > kMostRows - h.rows)
    throw Error(sqlstate::kNumericValueOutOfRange, "a class profile counts too many rows");
  if (w[2] == 0) {
    w[0] = entry.key.hi;
    w[1] = entry.key.lo;
    if (sensitive) w[layout.code] = static_cast<std::uint64_t>(code);
    std::copy(entry.columns.begin(), entry.columns.end(), w + layout.columns);
    ++h.used;
  }
  w[2] += entry.count;
  h.rows += entry.count;
  if ((h.flags & kWeight) != 0) {
    ExactSum sum = ExactSum::from(w[layout.weight], w[layout.weight + 1]);
    sum.add(entry.weight);
    w[layout.weight] = sum.low();
    w[layout.weight + 1] = sum.high();
  }
}

void ClassProfile::grow(ProfileMemory& memory) {
  const Header& h = header_of(block_);
  const auto bytes = block_bytes(h.slots * 2, Layout(h).words);
  if (!bytes || *bytes > memory.limit()) {
    if (h.used + 1 <= h.slots / 8 * 7) return;  // slower, but there is room yet
    throw too_large(memory.limit());
  }
  ClassProfile bigger(new_block(shape(), Form::live, h.slots * 2, memory));
  Header& to = header_of(bigger.block_);
  to.parameters_set = h.parameters_set;
  std::copy(std::begin(h.parameters), std::end(h.parameters), std::begin(to.parameters));
  std::uint64_t done = 0;
  for_each([&](const ProfileEntry& entry) {
    if (++done % kPollEvery == 0) memory.poll();
    bigger.insert(entry);
  });
  void* const old = block_;
  block_ = bigger.block_;
  memory.release(old);
}

void ClassProfile::add(const ProfileEntry& entry, ProfileMemory& memory) {
  const Header& h = header_of(block_);
  if ((h.used + 1) * 4 > h.slots * 3) grow(memory);
  insert(entry);
}

void ClassProfile::merge(const ClassProfile& other, ProfileMemory& memory, Host& host) {
  if (!(shape() == other.shape()))
    throw invalid_parameter("class profiles of different kinds can't be merged",
                            "They must both have, or both lack, a sensitive attribute and weights.",
                            "Make them with the same arguments of pt_profile_agg.");
  for (std::size_t i = 0; i < 2; ++i)
    if (const auto value = other.parameter(i)) set_parameter(i, *value);
  std::uint64_t done = 0;
  other.for_each([&](const ProfileEntry& entry) {
    if (done++ % kPollEvery == 0) host.poll();
    add(entry, memory);
  });
}

ClassProfile ClassProfile::pack(ProfileMemory& memory, Host& host) const {
  std::pmr::vector<std::uint64_t> order(host.memory());
  order.reserve(entries());
  for (std::uint64_t slot = 0; slot < slots(); ++slot)
    if (at(slot)) {
      order.push_back(slot);
      if (order.size() % kPollEvery == 0) host.poll();
    }
  const Layout layout(header_of(block_));
  const std::uint64_t* const from = words_of(block_);
  const bool sensitive = shape().sensitive;
  std::uint64_t compared = 0;
  std::sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
    if (++compared % kPollEvery == 0) host.poll();
    const std::uint64_t* const x = from + a * layout.words;
    const std::uint64_t* const y = from + b * layout.words;
    if (x[0] != y[0]) return x[0] < y[0];
    if (x[1] != y[1]) return x[1] < y[1];
    return sensitive &&
           static_cast<std::int64_t>(x[layout.code]) < static_cast<std::int64_t>(y[layout.code]);
  });
  ClassProfile out = packed_block(shape(), order.size(), rows(), memory);
  std::uint64_t* to = words_of(out.block_);
  for (const std::uint64_t slot : order) {
    if (++compared % kPollEvery == 0) host.poll();
    std::copy_n(from + slot * layout.words, layout.words, to);
    to += layout.words;
  }
  return out;
}

ClassProfile ClassProfile::unpack(ProfileMemory& memory, Host& host) const {
  std::uint64_t wanted = kFirstSlots;
  while (entries() * 4 > wanted * 3) wanted *= 2;
  ClassProfile out(new_block(shape(), Form::live, wanted, memory));
  out.merge(*this, memory, host);
  return out;
}

ClassProfile ClassProfile::packed_block(const ProfileShape& shape, std::uint64_t entries,
                                        std::uint64_t rows, ProfileMemory& memory) {
  ClassProfile out(new_block(shape, Form::packed, entries, memory));
  header_of(out.block_).used = entries;
  header_of(out.block_).rows = rows;
  return out;
}

void ClassProfile::put_packed(std::uint64_t index, const ProfileEntry& entry) noexcept {
  const Header& h = header_of(block_);
  const Layout layout(h);
  std::uint64_t* const w = words_of(block_) + index * layout.words;
  w[0] = entry.key.hi;
  w[1] = entry.key.lo;
  w[2] = entry.count;
  if ((h.flags & kSensitive) != 0) w[layout.code] = static_cast<std::uint64_t>(entry.code);
  if ((h.flags & kWeight) != 0) {
    w[layout.weight] = entry.weight.low();
    w[layout.weight + 1] = entry.weight.high();
  }
  std::copy(entry.columns.begin(), entry.columns.end(), w + layout.columns);
}

}  // namespace pt::risk

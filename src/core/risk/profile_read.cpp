// What is read from a class profile, and its transport format.
#include <algorithm>
#include <bit>
#include <cstring>

#include "core/error.hpp"
#include "core/risk/profile.hpp"

namespace pt::risk {
namespace {

using model::Hash128;

constexpr std::size_t kPollEvery = 1 << 16;
constexpr std::uint32_t kFree = 0xFFFFFFFFu;

/// Numbers keys 0, 1, 2, ... in order of arrival.
class KeyNumbers {
 public:
  KeyNumbers(std::size_t most, Host& host)
      : slots_(std::bit_ceil(most * 2 + 2), kFree, host.memory()), keys_(host.memory()) {
    if (most >= kFree) throw program_limit("a class profile has more than 2^32 - 2 entries");
  }

  std::uint32_t number(const Hash128& key) {
    std::uint32_t& slot = find(key);
    if (slot == kFree) {
      slot = static_cast<std::uint32_t>(keys_.size());
      keys_.push_back(key);
    }
    return slot;
  }
  [[nodiscard]] std::uint32_t lookup(const Hash128& key) { return find(key); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  std::uint32_t& find(const Hash128& key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = (key.lo ^ (key.hi * 0x9E3779B97F4A7C15u)) * 0xD6E8FEB86659FD93u >> 20 & mask;
    while (slots_[i] != kFree && keys_[slots_[i]] != key) i = (i + 1) & mask;
    return slots_[i];
  }

  std::pmr::vector<std::uint32_t> slots_;
  std::pmr::vector<Hash128> keys_;
};

}  // namespace

/// The classes of a profile: their number for each entry, in the order of for_each.
struct ClassProfile::Classes {
  explicit Classes(Host& host) : of_entry(host.memory()) {}
  std::pmr::vector<std::uint32_t> of_entry;
  std::size_t count = 0;
};

ClassProfile::Classes ClassProfile::number_classes(Host& host) const {
  Classes out(host);
  out.of_entry.reserve(entries());
  if (!shape().sensitive) {  // every entry is a class
    if (entries() >= kFree) throw program_limit("a class profile has more than 2^32 - 2 entries");
    for_each([&out](const ProfileEntry&) {
      out.of_entry.push_back(static_cast<std::uint32_t>(out.count++));
    });
    return out;
  }
  KeyNumbers numbers(entries(), host);
  for_each([&](const ProfileEntry& entry) {
    if (out.of_entry.size() % kPollEvery == 0) host.poll();
    out.of_entry.push_back(numbers.number(entry.key));
  });
  out.count = numbers.size();
  return out;
}

ClassHistogram ClassProfile::histogram(Host& host) const {
  const Classes classes = number_classes(host);
  ClassHistogram out(host.memory());
  out.size.assign(classes.count, 0);
  const bool weighted = shape().weight;
  const bool sensitive = shape().sensitive;
  std::pmr::vector<ExactSum> weight(weighted ? classes.count : 0, host.memory());
  std::pmr::vector<Cell> cells(host.memory());
  if (sensitive) cells.reserve(classes.of_entry.size());
  std::size_t i = 0;
  for_each([&](const ProfileEntry& entry) {
    const std::uint32_t c = classes.of_entry[i++];
    // Blocks from outside are checked by decode(); a damaged one may still hold any number.
    if (__builtin_add_overflow(out.size[c], entry.count, &out.size[c]))
      throw data_error("invalid value of type pt_class_profile", "Its counts are too large.");
    if (weighted) weight[c].add(entry.weight);
    if (sensitive) cells.push_back({c, entry.code, entry.count});
  });
  for (const ExactSum& sum : weight) out.weight.push_back(sum.value());
  if (sensitive) set_counts(cells, out, host);
  return out;
}

std::pmr::vector<double> ClassProfile::population_of_classes(const ClassProfile& population,
                                                             Host& host) const {
  KeyNumbers numbers(population.entries(), host);
  std::pmr::vector<std::uint64_t> people(host.memory());
  population.for_each([&](const ProfileEntry& entry) {
    const std::uint32_t number = numbers.number(entry.key);
    if (number == people.size()) people.push_back(0);
    if (__builtin_add_overflow(people[number], entry.count, &people[number]))
      throw data_error("invalid value of type pt_class_profile", "Its counts are too large.");
  });
  const Classes classes = number_classes(host);
  std::pmr::vector<double> out(classes.count, 0, host.memory());
  std::pmr::vector<std::uint64_t> size(classes.count, 0, host.memory());
  std::pmr::vector<std::uint64_t> known(classes.count, 0, host.memory());
  std::size_t i = 0;
  for_each([&](const ProfileEntry& entry) {
    const std::uint32_t c = classes.of_entry[i++];
    size[c] += entry.count;
    const std::uint32_t number = numbers.lookup(entry.key);
    if (number != kFree) known[c] = people[number];
  });
  std::uint64_t wrong = 0;
  for (std::size_t c = 0; c < classes.count; ++c) {
    if (known[c] < size[c]) ++wrong;
    out[c] = static_cast<double>(known[c]);
  }
  if (wrong > 0)
    throw invalid_parameter(
        "the population has fewer people than the sample in " + std::to_string(wrong) + " of " +
            std::to_string(classes.count) + " classes",
        "A sample can't hold more people of a class than its population.",
        "Check that both profiles were made from the same quasi-identifiers in the same order, "
        "with the same key.");
  return out;
}

// ---- transport format: magic, version, flags, columns, entries, rows, entries; little-endian, but
// keys in the order of a uuid's bytes

namespace {

constexpr std::string_view kWireMagic = "PTCP";
constexpr std::uint8_t kWireVersion = 1;
constexpr std::size_t kWireHeader = 24;

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}
void put_big_endian(std::string& out, std::uint64_t value) {
  for (int i = 7; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}
std::uint64_t get(const char* from, int bytes) {
  std::uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | static_cast<std::uint8_t>(from[i]);
  return value;
}
std::uint64_t get_big_endian(const char* from) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(from[i]);
  return value;
}

std::size_t wire_entry(const ProfileShape& shape) {
  return 24 + (shape.sensitive ? 8U : 0U) + (shape.weight ? 16U : 0U) + 8U * shape.columns;
}

Error bad_wire(std::string why) {
  return {"22P03", "invalid class profile", std::move(why),
          "Only what the type pt_class_profile wrote can be read."};
}

/// Entries of a transport format that was checked to be long enough.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : at_(bytes.data() + kWireHeader) {}

  ProfileEntry next(const ProfileShape& shape, std::vector<std::uint64_t>& columns) {
    ProfileEntry entry;
    entry.key = {get_big_endian(at_), get_big_endian(at_ + 8)};
    entry.count = get(at_ + 16, 8);
    at_ += 24;
    if (shape.sensitive) {
      entry.code = static_cast<std::int64_t>(get(at_, 8));
      at_ += 8;
    }
    if (shape.weight) {
      entry.weight = ExactSum::from(get(at_, 8), get(at_ + 8, 8));
      at_ += 16;
    }
    columns.clear();
    for (unsigned i = 0; i < shape.columns; ++i, at_ += 8) columns.push_back(get(at_, 8));
    entry.columns = columns;
    return entry;
  }

 private:
  const char* at_;
};

ProfileShape wire_shape(std::string_view bytes) {
  if (bytes.size() < kWireHeader) throw bad_wire("It is too short.");
  if (!bytes.starts_with(kWireMagic)) throw bad_wire("It does not begin like one.");
  const auto version = static_cast<std::uint8_t>(bytes[4]);
  if (version != kWireVersion)
    throw bad_wire("Its version is " + std::to_string(version) + "; known is 1.");
  const auto flags = static_cast<std::uint8_t>(bytes[5]);
  if (flags > 3) throw bad_wire("It has unknown flags.");
  return {(flags & 1) != 0, (flags & 2) != 0, static_cast<std::uint16_t>(get(bytes.data() + 6, 2))};
}

}  // namespace

std::string ClassProfile::encode(Host& host) const {
  if (is_live()) throw internal_error("encode() wants the packed form");
  const ProfileShape s = shape();
  std::string out;
  out.reserve(kWireHeader + entries() * wire_entry(s));
  out += kWireMagic;
  put(out, kWireVersion, 1);
  put(out, (s.sensitive ? 1U : 0U) | (s.weight ? 2U : 0U), 1);
  put(out, s.columns, 2);
  put(out, entries(), 8);
  put(out, rows(), 8);
  std::uint64_t done = 0;
  for_each([&](const ProfileEntry& entry) {
    if (done++ % kPollEvery == 0) host.poll();
    put_big_endian(out, entry.key.hi);
    put_big_endian(out, entry.key.lo);
    put(out, entry.count, 8);
    if (s.sensitive) put(out, static_cast<std::uint64_t>(entry.code), 8);
    if (s.weight) {
      put(out, entry.weight.low(), 8);
      put(out, entry.weight.high(), 8);
    }
    for (const std::uint64_t hash : entry.columns) put(out, hash, 8);
  });
  return out;
}

ClassProfile ClassProfile::decode(std::string_view bytes, ProfileMemory& memory) {
  const ProfileShape shape = wire_shape(bytes);
  const std::uint64_t count = get(bytes.data() + 8, 8);
  const std::uint64_t rows = get(bytes.data() + 16, 8);
  const std::size_t body = bytes.size() - kWireHeader;
  if (count != body / wire_entry(shape) || body % wire_entry(shape) != 0)
    throw bad_wire("Its length does not fit its entries.");

  // What encode() writes is ascending, so it is the packed form as it stands.
  ClassProfile out = packed_block(shape, count, rows, memory);
  WireReader reader(bytes);
  std::vector<std::uint64_t> columns;
  ProfileEntry last;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % kPollEvery == 0) memory.poll();
    const ProfileEntry entry = reader.next(shape, columns);
    const bool ascending =
        i == 0 || last.key < entry.key || (last.key == entry.key && last.code < entry.code);
    if (!ascending) throw bad_wire("Its entries are not in ascending order.");
    if (entry.count == 0 || __builtin_add_overflow(sum, entry.count, &sum))
      throw bad_wire("Its counts are not possible.");
    if (shape.weight && entry.weight.value() <= 0) throw bad_wire("A weight is not positive.");
    out.put_packed(i, entry);
    last = entry;
    last.columns = {};
  }
  if (sum != rows || rows > kMostRows) throw bad_wire("Its counts don't add up to its rows.");
  return out;
}

}  // namespace pt::risk

#include "pg/row_memo.hpp"

#include <cstring>

namespace pt::pg {
namespace {

constexpr std::size_t kFirstEntries = 1024;
constexpr std::size_t kProbes = 16;  // whoever makes values collide on purpose gains nothing
/// After this many rows at least a quarter must have been known.
constexpr std::uint64_t kTrial = 1U << 15;
/// Lengths below kLong are one byte of a key, others kLong and four bytes; NULL is kNull.
constexpr std::size_t kLong = 0xFE;
constexpr char kNull = static_cast<char>(0xFF);

std::uint64_t word_at(const char* from) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// Spreads keys over the table; equality is decided by their bytes. Two chains, because each waits
/// for its multiplications only.
std::uint64_t mix(std::string_view key) noexcept {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t a = key.size() * 0x9E3779B97F4A7C15U, b = 0xD6E8FEB86659FD93U;
  std::size_t i = 0;
  for (; i + 2 * kWord <= key.size(); i += 2 * kWord) {
    a = (a ^ word_at(key.data() + i)) * 0xFF51AFD7ED558CCDU;
    b = (b ^ word_at(key.data() + i + kWord)) * 0xC4CEB9FE1A85EC53U;
    a ^= a >> 32;
    b ^= b >> 32;
  }
  if (i + kWord <= key.size()) {
    a = (a ^ word_at(key.data() + i)) * 0xFF51AFD7ED558CCDU;
    i += kWord;
  }
  std::uint64_t last = 0;
  if (i < key.size())
    std::memcpy(&last, key.data() + i, key.size() - i);  // an empty key has no bytes
  const std::uint64_t h = (a ^ (a >> 32) ^ (b << 1) ^ last) * 0xC4CEB9FE1A85EC53U;
  return h ^ (h >> 29);
}

/// Copies sizeof(Word) to twice as many bytes; the two words overlap.
template <class Word>
void copy_words(std::string_view from, char* to) noexcept {
  Word first, last;
  const std::size_t behind = from.size() - sizeof(Word);
  std::memcpy(&first, from.data(), sizeof first);
  std::memcpy(&last, from.data() + behind, sizeof last);
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + behind, &last, sizeof last);
}

/// memcpy for what is nearly always a few bytes, without the call.
inline void copy(std::string_view from, char* to) noexcept {
  const std::size_t n = from.size();
  if (n > 2 * sizeof(std::uint64_t)) {
    std::memcpy(to, from.data(), n);
  } else if (n >= sizeof(std::uint64_t)) {
    copy_words<std::uint64_t>(from, to);
  } else if (n >= sizeof(std::uint32_t)) {
    copy_words<std::uint32_t>(from, to);
  } else if (n >= sizeof(std::uint16_t)) {
    copy_words<std::uint16_t>(from, to);
  } else if (n == 1) {
    *to = from.front();
  }
}

}  // namespace

void RowMemo::spell(const ScanRow& row) {
  constexpr std::size_t kMostOfLength = 1 + sizeof(std::uint32_t);
  std::size_t size = 0;
  for (const Tracked& column : columns_) {
    if (size + kMostOfLength > spelt_.size()) spelt_.resize(2 * (size + kMostOfLength));
    Value const value = value_at(row, column.position);
    if (value.null) {
      spelt_[size++] = kNull;
      continue;
    }
    std::string_view const bytes = bytes_of(value.datum, column.layout);
    if (bytes.size() < kLong) {
      spelt_[size++] = static_cast<char>(bytes.size());
    } else {
      auto const length = static_cast<std::uint32_t>(bytes.size());
      spelt_[size++] = static_cast<char>(kLong);
      std::memcpy(spelt_.data() + size, &length, sizeof length);
      size += sizeof length;
    }
    if (size + bytes.size() > spelt_.size()) spelt_.resize(2 * (size + bytes.size()));
    copy(bytes, spelt_.data() + size);
    size += bytes.size();
  }
  key_ = {spelt_.data(), size};
}

std::uint32_t RowMemo::find(const ScanRow& row) {
  place_ = entries_.size();
  if (given_up_) return kUnknown;
  spell(row);
  hash_ = mix(key_);
  if (++asked_ == kTrial && found_ < kTrial / 4) given_up_ = true;
  if (entries_.empty()) entries_.resize(kFirstEntries);
  std::size_t const mask = entries_.size() - 1;
  std::size_t i = hash_ & mask;
  for (std::size_t probe = 0; probe < kProbes; ++probe, i = (i + 1) & mask) {
    const Entry& entry = entries_[i];
    if (entry.number == kUnknown) {
      place_ = i;
      return kUnknown;
    }
    if (entry.hash == hash_ && std::string_view(bytes_.data() + entry.begin, entry.size) == key_) {
      ++found_;
      return entry.number;
    }
  }
  place_ = entries_.size();
  return kUnknown;
}

std::uint32_t RowMemo::remember() {
  if (place_ >= entries_.size() || used_ >= kMost || bytes_.size() + key_.size() > kMostBytes)
    return kUnknown;
  auto const begin = static_cast<std::uint32_t>(bytes_.size());
  bytes_.insert(bytes_.end(), key_.begin(), key_.end());
  std::uint32_t const number = used_++;
  entries_[place_] = {hash_, begin, static_cast<std::uint32_t>(key_.size()), number};
  if (std::size_t{used_} * 2 > entries_.size()) grow();
  return number;
}

void RowMemo::grow() {
  std::vector<Entry> bigger(entries_.size() * 2);
  std::size_t const mask = bigger.size() - 1;
  for (const Entry& entry : entries_) {
    if (entry.number == kUnknown) continue;
    std::size_t i = entry.hash & mask;
    while (bigger[i].number != kUnknown) i = (i + 1) & mask;
    bigger[i] = entry;
  }
  entries_ = std::move(bigger);
}

}  // namespace pt::pg

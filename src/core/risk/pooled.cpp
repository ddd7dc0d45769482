#include "core/risk/pooled.hpp"

#include <algorithm>
#include <bit>

#include "core/error.hpp"
#include "core/sort_words.hpp"

namespace pt::risk {
namespace {

bool by_code(const PersonaEvents& a, const PersonaEvents& b) {
  return a.code != b.code ? a.code < b.code : a.persona < b.persona;
}

/// Bits that numbers below n need.
int bits_below(std::uint64_t n) { return n < 2 ? 1 : static_cast<int>(std::bit_width(n - 1)); }

}  // namespace

void merge_equal(std::pmr::vector<PersonaEvents>& events) {
  std::sort(events.begin(), events.end(), by_code);
  std::size_t kept = 0;
  for (const PersonaEvents& e : events) {
    if (kept > 0 && events[kept - 1].code == e.code && events[kept - 1].persona == e.persona)
      events[kept - 1].count += e.count;
    else
      events[kept++] = e;
  }
  events.resize(kept);
}

std::pmr::vector<PersonaEvents> pool(Host& host, const Histories& histories,
                                     std::span<const std::uint32_t> persona) {
  std::uint64_t most_code = 0;
  std::uint32_t most_persona = 0;
  for (const std::uint64_t code : histories.codes) most_code = std::max(most_code, code);
  for (const std::uint32_t p : persona) most_persona = std::max(most_persona, p);
  const int persona_bits = bits_below(std::uint64_t{most_persona} + 1);
  std::pmr::vector<PersonaEvents> events(host.memory());
  if (std::bit_width(most_code) + persona_bits > 64) {  // no code of a population is so large
    for (std::size_t i = 0; i < histories.people(); ++i)
      for (const std::uint64_t code : histories.of(i)) events.push_back({code, persona[i], 1});
    merge_equal(events);
    return events;
  }
  std::pmr::vector<std::uint64_t> pairs(host.memory());
  pairs.reserve(histories.codes.size());
  for (std::size_t i = 0; i < histories.people(); ++i)
    for (const std::uint64_t code : histories.of(i))
      pairs.push_back(code << persona_bits | persona[i]);
  sort_words(pairs);
  host.poll();
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    distinct += i == 0 || pairs[i] != pairs[i - 1] ? 1 : 0;
  events.reserve(distinct);
  const std::uint64_t mask = (std::uint64_t{1} << persona_bits) - 1;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0 && pairs[i] == pairs[i - 1])
      ++events.back().count;
    else
      events.push_back({pairs[i] >> persona_bits, static_cast<std::uint32_t>(pairs[i] & mask), 1});
  }
  return events;
}

void PackedEvents::start(std::uint64_t codes, std::uint64_t personas, std::uint64_t elements) {
  code_bits_ = bits_below(codes);
  persona_bits_ = bits_below(personas);
  if (code_bits_ + persona_bits_ > 63)
    throw internal_error("more events and personas than fit into a word");
  count_bits_ = std::min(31, 64 - code_bits_ - persona_bits_);
  by_code_ = true;
  words_.clear();
  large_.clear();
  words_.reserve(elements);
}

void PackedEvents::add(const PersonaEvents& e) {
  const bool fits = e.count <= mask(count_bits_);
  words_.push_back(word(e.code, e.persona, fits ? e.count - 1 : mask(count_bits_)));
  if (!fits) large_.push_back(e);
}

std::uint32_t PackedEvents::large_count(std::uint64_t code, std::uint32_t persona) const {
  return std::lower_bound(large_.begin(), large_.end(), PersonaEvents{code, persona, 0}, by_code)
      ->count;
}

void PackedEvents::order_by(bool code) {
  std::sort(large_.begin(), large_.end(), by_code);
  if (code != by_code_) {
    const int minor = by_code_ ? persona_bits_ : code_bits_;
    const int major = by_code_ ? code_bits_ : persona_bits_;
    for (std::uint64_t& w : words_) {
      const std::uint64_t pair = w >> count_bits_;
      w = ((pair & mask(minor)) << major | pair >> minor) << count_bits_ | (w & mask(count_bits_));
    }
    by_code_ = code;
  }
  sort_words(words_);
}

void PackedEvents::sort_by_code() { order_by(true); }
void PackedEvents::sort_by_persona() { order_by(false); }

void PackedEvents::renumber(std::span<const std::uint32_t> place) {
  for (std::uint64_t& w : words_) {
    const std::uint64_t pair = w >> count_bits_;
    const std::uint64_t code = by_code_ ? pair >> persona_bits_ : pair & mask(code_bits_);
    const std::uint64_t persona = by_code_ ? pair & mask(persona_bits_) : pair >> code_bits_;
    w = word(code, place[persona], w & mask(count_bits_));
  }
  for (PersonaEvents& e : large_) e.persona = place[e.persona];
  std::sort(large_.begin(), large_.end(), by_code);
}

}  // namespace pt::risk

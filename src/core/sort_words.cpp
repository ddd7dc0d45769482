#include "core/sort_words.hpp"

#include <array>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cstddef>

namespace pt {
namespace {

constexpr std::size_t kCompared = 512;  // up to here comparing is as fast
constexpr int kDigit = 8;               // bits
constexpr std::size_t kValues = std::size_t{1} << kDigit;

/// Sorts by the bits below `bits`; those above are equal.
void sort_below(std::span<std::uint64_t> words, int bits) {
  if (words.size() <= kCompared || bits <= 0) {
    boost::sort::pdqsort_branchless(words.begin(), words.end());
    return;
  }
  const int shift = std::max(0, bits - kDigit);
  const auto digit = [shift](std::uint64_t word) {
    return static_cast<std::size_t>(word >> shift) & (kValues - 1);
  };
  std::array<std::size_t, kValues> next{}, end{};
  for (const std::uint64_t word : words) ++end[digit(word)];
  std::size_t at = 0;
  for (std::size_t v = 0; v < kValues; ++v) {
    next[v] = at;
    at += end[v];
    end[v] = at;
  }
  for (std::size_t v = 0; v < kValues; ++v)
    while (next[v] < end[v]) {
      // Each word is carried on to where it belongs until one comes that belongs here.
      std::uint64_t word = words[next[v]];
      for (std::size_t d = digit(word); d != v; d = digit(word)) std::swap(word, words[next[d]++]);
      words[next[v]++] = word;
    }
  std::size_t begin = 0;
  for (std::size_t v = 0; v < kValues; ++v) {
    if (end[v] - begin > 1) sort_below(words.subspan(begin, end[v] - begin), shift);
    begin = end[v];
  }
}

}  // namespace

void sort_words(std::span<std::uint64_t> words) {
  std::uint64_t differing = 0;  // bits in which not all words agree
  for (const std::uint64_t word : words) differing |= word ^ words.front();
  sort_below(words, static_cast<int>(std::bit_width(differing)));
}

}  // namespace pt

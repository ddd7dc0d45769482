#include "core/text/utf8.hpp"

namespace pt::text {

std::size_t sequence_length(std::string_view text) noexcept {
  auto const at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = at(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  std::size_t const length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  unsigned const low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned const high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((at(i) & 0xC0U) != 0x80) return 0;
  return length;
}

std::u32string code_points(std::string_view text) {
  constexpr unsigned kFirstBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::u32string points;
  while (!text.empty()) {
    std::size_t const length = sequence_length(text);
    if (length == 0) {
      points += U'\uFFFD';
      text.remove_prefix(1);
      continue;
    }
    auto point = static_cast<char32_t>(static_cast<unsigned char>(text[0]) & kFirstBits[length]);
    for (std::size_t i = 1; i < length; ++i)
      point = (point << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    points += point;
    text.remove_prefix(length);
  }
  return points;
}

}  // namespace pt::text

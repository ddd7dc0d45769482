#include "core/report/html.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "core/error.hpp"
#include "core/text/utf8.hpp"

namespace pt::report {
namespace {

/// Controls, and marks that are invisible or change the direction of what follows.
bool is_unsafe(char32_t c) noexcept {
  if (c == U'\n' || c == U'\t') return false;
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || (c >= 0xFFF0 && c <= 0xFFFB) || c == 0xFEFF ||
         (c & 0xFFFEU) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF) || (c >= 0xE0000 && c <= 0xE0FFF);
}

/// The reference that stands for an ASCII character which means something in markup, or which the
/// text format of COPY would change; empty for others.
std::string_view reference(char32_t c) noexcept {
  switch (c) {
    case U'&':
      return "&amp;";
    case U'<':
      return "&lt;";
    case U'>':
      return "&gt;";
    case U'"':
      return "&quot;";
    case U'\'':
      return "&#39;";
    case U'\n':
      return "&#10;";
    case U'\t':
      return "&#9;";
    case U'\\':
      return "&#92;";
    default:
      return {};
  }
}

void append(std::string& out, char32_t c) {
  if (is_unsafe(c)) c = U'\uFFFD';
  std::string_view const known = reference(c);
  if (!known.empty()) {
    out += known;
  } else if (c < 0x80) {
    out += static_cast<char>(c);
  } else {
    std::array<char, 12> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   static_cast<std::uint32_t>(c), 16)
                         .ptr;
    out += "&#x";
    out.append(digits.data(), end);
    out += ';';
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::u32string const points = text::code_points(text);
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool const before_percent = points[i] == U' ' && i + 1 < points.size() && points[i + 1] == U'%';
    append(out, before_percent ? U'\u00A0' : points[i]);
  }
  return out;
}

namespace {

struct Cut {
  std::size_t characters;  ///< of the whole text
  std::string_view front;  ///< its first `longest` ones
};

Cut cut_at(std::string_view text, std::size_t longest) {
  std::size_t characters = 0, bytes = text.size();
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == longest) bytes = at;
    std::size_t const length = text::sequence_length(text.substr(at));
    at += length == 0 ? 1 : length;
  }
  return {characters, text.substr(0, bytes)};
}

}  // namespace

std::string shorten(std::string_view text, std::size_t longest) {
  Cut const cut = cut_at(text, longest);
  if (cut.characters <= longest) return std::string(text);
  return std::string(cut.front) + "... (" + std::to_string(cut.characters) + " characters)";
}

std::string fit(std::string_view text, std::size_t longest) {
  if (cut_at(text, longest).characters <= longest) return std::string(text);
  return std::string(cut_at(text, longest - 1).front) + "\u2026";
}

void Html::start(std::string_view tag, const Attributes& attributes) {
  out_ += '<';
  out_ += tag;
  for (const Attribute& attribute : attributes) {
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"";
    out_ += escape(attribute.value);
    out_ += '"';
  }
}

Html& Html::open(std::string_view tag, const Attributes& attributes) {
  start(tag, attributes);
  out_ += '>';
  open_.emplace_back(tag);
  return *this;
}

Html& Html::close() {
  if (open_.empty()) throw internal_error("the report closes an element that is not open");
  out_ += "</" + open_.back() + ">";
  open_.pop_back();
  return *this;
}

Html& Html::text(std::string_view text) {
  out_ += escape(text);
  return *this;
}

Html& Html::element(std::string_view tag, std::string_view text, const Attributes& attributes) {
  return open(tag, attributes).text(text).close();
}

Html& Html::leaf(std::string_view tag, const Attributes& attributes, bool slash) {
  start(tag, attributes);
  out_ += slash ? "/>" : ">";
  return *this;
}

Html& Html::markup(std::string_view constant) {
  for (char const c : constant) out_ += c == '\n' ? ' ' : c;
  return *this;
}

std::string Html::finish() && {
  if (!open_.empty()) throw internal_error("the report leaves an element open", open_.back());
  return std::move(out_);
}

}  // namespace pt::report

// Writing HTML that can't be broken by what it says. Every text and attribute is escaped, elements
// are closed in order, and the result is ASCII: whatever else there is becomes a character
// reference, so that the file reads the same under every declared or guessed encoding. It has no
// line break, tab or backslash either, so that COPY in text format writes it as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pt::report {

/// `text` (UTF-8, broken bytes allowed) as markup: & < > " ' \\, line breaks, tabs and all beyond
/// ASCII as references.
/// Control characters and those that turn the direction of writing around become U+FFFD: a name
/// must not be able to rearrange the page. No line breaks between a number and its %. O(length).
[[nodiscard]] std::string escape(std::string_view text);

/// At most `longest` characters of a name from the data; of a longer one the beginning and how long
/// it is: "abc... (5000 characters)".
[[nodiscard]] std::string shorten(std::string_view text, std::size_t longest = 80);

/// The same for labels in drawings, where the whole stands elsewhere: the beginning and an
/// ellipsis, together at most `longest` (> 0) characters.
[[nodiscard]] std::string fit(std::string_view text, std::size_t longest);

struct Attribute {
  std::string_view name;
  std::string value;
};

/// A document under construction.
class Html {
 public:
  using Attributes = std::vector<Attribute>;

  Html& open(std::string_view tag, const Attributes& attributes = {});
  Html& close();
  Html& text(std::string_view text);
  /// An element with nothing but text in it.
  Html& element(std::string_view tag, std::string_view text, const Attributes& attributes = {});
  /// An element without content: of HTML `<meta ...>`, of SVG (slash) `<circle .../>`.
  Html& leaf(std::string_view tag, const Attributes& attributes, bool slash = false);
  /// Constant markup of our own, with spaces for its line breaks; never anything that comes from
  /// the data.
  Html& markup(std::string_view constant);
  /// A number for ids, 1, 2, ...
  [[nodiscard]] int next_id() noexcept { return ++ids_; }
  /// The document. XX000 when an element is open still.
  [[nodiscard]] std::string finish() &&;

 private:
  void start(std::string_view tag, const Attributes& attributes);
  std::string out_;
  std::vector<std::string> open_;
  int ids_ = 0;
};

}  // namespace pt::report

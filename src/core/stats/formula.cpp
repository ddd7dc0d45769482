#include "core/stats/formula.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pt::stats {
namespace {

constexpr std::string_view kSyntaxError = "42601";
constexpr std::size_t kLongestName = 63;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Formula parse() {
    Formula f;
    f.response = name();
    if (take('/')) f.trials = name();
    expect('~');
    bool minus = false;
    do {
      term(f, minus);
      minus = false;
    } while (take('+') || (minus = take('-')));
    if (skip(); at_ != text_.size()) fail("nothing more, '+' or '-'");
    check_products(f);
    return f;
  }

 private:
  void skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(std::string("'") + c + "'");
  }
  [[noreturn]] void fail(const std::string& expected) const {
    std::string const rest(text_.substr(at_));
    throw Error(kSyntaxError, "the formula can't be read",
                "Expected " + expected + (rest.empty() ? " at its end." : " at: " + rest),
                "Write for example: outcome ~ age + factor(ethnicity, 'White') + age:gender. Other "
                "names than plain ones stand in double quotes.");
  }

  static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80u) != 0;
  }
  static bool digit(char c) { return c >= '0' && c <= '9'; }

  /// A quoted string or name with doubled quotes inside.
  std::string quoted(char quote) {
    std::string result;
    for (;;) {
      if (at_ >= text_.size()) fail(std::string("a closing ") + quote);
      char const c = text_[at_++];
      if (c == quote) {
        if (at_ >= text_.size() || text_[at_] != quote) return result;
        ++at_;
      }
      result += c;
    }
  }

  std::string name() {
    skip();
    std::string result;
    if (take('"')) {
      result = quoted('"');
    } else {
      if (at_ >= text_.size() || !letter(text_[at_])) fail("a column name");
      while (at_ < text_.size() && (letter(text_[at_]) || digit(text_[at_]) || text_[at_] == '$')) {
        char const c = text_[at_++];
        result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      }
    }
    if (result.empty() || result.size() > kLongestName) fail("a column name of 1 to 63 bytes");
    return result;
  }

  int column(Formula& f) {
    FormulaColumn c;
    c.name = name();
    if (c.name == "factor" && take('(')) {
      c = {name(), true, std::nullopt};
      if (take(',')) {
        expect('\'');
        c.reference = quoted('\'');
      }
      expect(')');
    }
    for (std::size_t i = 0; i < f.columns.size(); ++i) {
      FormulaColumn& known = f.columns[i];
      if (known.name != c.name) continue;
      if (c.factor) known.factor = true;
      if (c.reference) known.reference = c.reference;
      return static_cast<int>(i);
    }
    f.columns.push_back(c);
    return static_cast<int>(f.columns.size()) - 1;
  }

  static void add(Formula& f, std::vector<int> term) {
    std::sort(term.begin(), term.end());
    term.erase(std::unique(term.begin(), term.end()), term.end());
    if (std::find(f.terms.begin(), f.terms.end(), term) == f.terms.end())
      f.terms.push_back(std::move(term));
  }

  void term(Formula& f, bool minus) {
    skip();
    if (at_ < text_.size() && (text_[at_] == '0' || text_[at_] == '1')) {
      bool const one = text_[at_++] == '1';
      f.intercept = one != minus;
      return;
    }
    if (minus) fail("1 after '-'");
    std::vector<int> columns{column(f)};
    bool crossed = false;
    for (;;) {
      if (take('*')) {
        crossed = true;
      } else if (!take(':')) {
        break;
      }
      columns.push_back(column(f));
    }
    if (columns.size() > 8) fail("at most eight columns in a product");
    if (!crossed) {
      add(f, columns);
      return;
    }
    // every subset: first the columns, then their products
    for (std::size_t size = 1; size <= columns.size(); ++size)
      for (unsigned mask = 1; mask < 1u << columns.size(); ++mask) {
        std::vector<int> subset;
        for (std::size_t i = 0; i < columns.size(); ++i)
          if ((mask >> i & 1u) != 0) subset.push_back(columns[i]);
        if (subset.size() == size) add(f, subset);
      }
  }

  static void check_products(const Formula& f) {
    for (const auto& product : f.terms)
      for (int const c : product)
        if (std::find(f.terms.begin(), f.terms.end(), std::vector<int>{c}) == f.terms.end())
          throw invalid_parameter("a product needs its columns as terms of their own: \"" +
                                      f.columns[static_cast<std::size_t>(c)].name + "\" is none",
                                  {}, "Write a*b, or a + b + a:b.");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Formula parse_formula(std::string_view text) { return Parser(text).parse(); }

}  // namespace pt::stats

// Tables of a report: a caption, headers for columns and rows, and a frame that scrolls by itself
// on a narrow screen and can be reached with the keyboard.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/report/html.hpp"

namespace pt::report {

enum class Tone : std::uint8_t { plain, good, bad, doubtful };

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
  // NOLINTBEGIN(google-explicit-constructor): cells are written as plain values in row({...})
  Cell(std::string words, Tone t = Tone::plain) : text(std::move(words)), tone(t) {}
  Cell(const char* words, Tone t = Tone::plain) : text(words), tone(t) {}
  // NOLINTEND(google-explicit-constructor)
};

/// "yes" or "no" in their colours, with a sign that does not rest on colour; "not judged" for none.
[[nodiscard]] Cell verdict_cell(std::optional<bool> good, std::string_view yes = "yes",
                                std::string_view no = "no");

class Table {
 public:
  explicit Table(std::string caption) : caption_(std::move(caption)) {}
  Table& column(std::string head, bool numeric = false);
  /// As many cells as there are columns; the first one heads the row.
  Table& row(std::vector<Cell> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// XX000 when a row does not have as many cells as there are columns.
  void write(Html& html) const;
  /// The same, folded away behind `summary`.
  void write_folded(Html& html, std::string_view summary) const;

 private:
  struct Head {
    std::string text;
    bool numeric;
  };
  std::string caption_;
  std::vector<Head> heads_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace pt::report

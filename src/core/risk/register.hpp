// A register of the population: counts of people by the attributes that an attacker's list of
// people (census, voters, customers) has. The exact answer to "how many people fit this released
// cell".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/model/attribute.hpp"
#include "core/model/code.hpp"

namespace pt::risk {

/// Half-open, in years or other units: low <= x < high. An infinite `high` is an open band.
struct Band {
  friend bool operator==(const Band&, const Band&) = default;
  double low = 0, high = 0;
};

/// What a released cell says of one column of the register.
struct Allowed {
  bool everything = false;          ///< nothing is said
  std::vector<model::Code> values;  ///< columns of values: those that fit; empty: none is known
  Band band;                        ///< columns of bands
};

/// Counts of people by columns of values and columns of bands. A band that a question cuts counts
/// in proportion (people spread evenly over it); an open band counts whole, for the register knows
/// no more of these people.
class Register {
 public:
  /// `is_band[c]` says which columns hold bands. At least one column.
  explicit Register(std::vector<bool> is_band);

  /// The code of a value of column c, new if unseen.
  model::Code intern(std::size_t c, const std::string& value);
  /// The code of a value; kMissing when the register has no such value.
  [[nodiscard]] model::Code find(std::size_t c, const std::string& value) const;

  /// Adds people of one cell: a code or kMissing for each column of values, in order of the
  /// columns, then a band for each column of bands. `people` is finite and not negative.
  void add(std::span<const model::Code> values, std::span<const Band> bands, double people);

  [[nodiscard]] double total() const { return total_; }
  [[nodiscard]] std::size_t columns() const { return is_band_.size(); }
  [[nodiscard]] bool is_band(std::size_t c) const { return is_band_[c]; }

  /// People who fit; one element of `wanted` a column. People without a value fit only where
  /// nothing is said. O(combinations of the values wanted x log cells), at most O(cells).
  [[nodiscard]] double people(std::span<const Allowed> wanted) const;

 private:
  struct Cell {
    std::vector<Band> bands;
    double people;
  };
  using Key = std::vector<model::Code>;
  using Cells = std::map<Key, std::vector<Cell>>;

  [[nodiscard]] double people_in(const std::vector<Cell>& cells,
                                 std::span<const Allowed> wanted) const;
  double product(std::span<const std::vector<model::Code>> choices, Key& key,
                 std::span<const Allowed> wanted) const;

  std::vector<bool> is_band_;
  std::vector<std::map<std::string, model::Code>> codes_;  // by column; unused for bands
  Cells cells_;
  double total_ = 0;
};

/// The years that a value of an ordered column stands for: '27' is [27, 28), '[25,30)' and
/// '[25,29]' are themselves, '(,)' and open ends are infinite. Nothing when the text is neither.
std::optional<Band> parse_band(const std::string& text);

/// The values of an attribute that a released label stands for: the value itself, a node of its
/// hierarchy, a list ('A, B or C'). `everything` is set for a missing label and for 'not shown'.
/// Neither values nor everything: the label is not understood.
struct LabelValues {
  bool everything = false;
  std::vector<std::string> values;
};
LabelValues values_under(const model::Attribute& attribute,
                         const std::optional<std::string>& label);

}  // namespace pt::risk

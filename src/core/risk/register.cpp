#include "core/risk/register.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace pt::risk {
namespace {

using model::Code;
using model::kMissing;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// Share of a band that a question takes.
double overlap(const Band& band, const Band& wanted) {
  const double low = std::max(band.low, wanted.low), high = std::min(band.high, wanted.high);
  if (!(low < high)) return 0;
  if (std::isinf(band.low) || std::isinf(band.high)) return 1;
  return (high - low) / (band.high - band.low);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

/// Splits 'A, B or C' into values of the attribute, whatever commas the values hold.
bool split_list(const model::Attribute& attribute, std::string_view rest,
                std::vector<std::string>& out) {
  for (const std::string& value : attribute.labels) {
    if (!rest.starts_with(value)) continue;
    const std::string_view after = rest.substr(value.size());
    out.push_back(value);
    if (after.empty()) return true;
    for (const std::string_view separator : {", ", " or "})
      if (after.starts_with(separator) &&
          split_list(attribute, after.substr(separator.size()), out))
        return true;
    out.pop_back();
  }
  return false;
}

}  // namespace

Register::Register(std::vector<bool> is_band)
    : is_band_(std::move(is_band)), codes_(is_band_.size()) {
  if (is_band_.empty()) throw internal_error("a register has at least one column");
}

Code Register::intern(std::size_t c, const std::string& value) {
  return codes_[c].emplace(value, static_cast<Code>(codes_[c].size())).first->second;
}

Code Register::find(std::size_t c, const std::string& value) const {
  const auto at = codes_[c].find(value);
  return at == codes_[c].end() ? kMissing : at->second;
}

void Register::add(std::span<const Code> values, std::span<const Band> bands, double people) {
  total_ += people;
  if (people == 0) return;
  auto& cells = cells_[Key(values.begin(), values.end())];
  for (Cell& cell : cells)
    if (std::equal(bands.begin(), bands.end(), cell.bands.begin())) {
      cell.people += people;
      return;
    }
  cells.push_back({{bands.begin(), bands.end()}, people});
}

double Register::people_in(const std::vector<Cell>& cells, std::span<const Allowed> wanted) const {
  double sum = 0;
  for (const Cell& cell : cells) {
    double share = 1;
    std::size_t band = 0;
    for (std::size_t c = 0; c < is_band_.size(); ++c)
      if (is_band_[c]) {
        if (!wanted[c].everything) share *= overlap(cell.bands[band], wanted[c].band);
        ++band;
      }
    sum += cell.people * share;
  }
  return sum;
}

double Register::product(std::span<const std::vector<Code>> choices, Key& key,
                         std::span<const Allowed> wanted) const {
  if (key.size() == choices.size()) {
    const auto at = cells_.find(key);
    return at == cells_.end() ? 0 : people_in(at->second, wanted);
  }
  double sum = 0;
  for (const Code code : choices[key.size()]) {
    key.push_back(code);
    sum += product(choices, key, wanted);
    key.pop_back();
  }
  return sum;
}

double Register::people(std::span<const Allowed> wanted) const {
  std::vector<std::vector<Code>> choices;
  double combinations = 1;
  for (std::size_t c = 0; c < is_band_.size(); ++c) {
    if (is_band_[c]) continue;
    std::vector<Code>& list = choices.emplace_back();
    if (wanted[c].everything) {
      for (Code code = 0; code < codes_[c].size(); ++code) list.push_back(code);
      list.push_back(kMissing);
    } else {
      list = wanted[c].values;
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
    combinations *= static_cast<double>(list.size());
  }
  if (combinations <= static_cast<double>(cells_.size())) {
    Key key;
    return product(choices, key, wanted);
  }
  double sum = 0;
  for (const auto& [key, cells] : cells_) {
    bool fits = true;
    for (std::size_t i = 0; i < key.size() && fits; ++i)
      fits = std::binary_search(choices[i].begin(), choices[i].end(), key[i]);
    if (fits) sum += people_in(cells, wanted);
  }
  return sum;
}

std::optional<Band> parse_band(const std::string& text) {
  if (const auto number = parse_number(text))
    return Band{std::floor(*number), std::floor(*number) + 1};
  constexpr std::string_view kTo = " to ";  // both ends included
  if (const std::size_t to = text.find(kTo); to != std::string::npos) {
    const auto low = parse_number(std::string_view(text).substr(0, to));
    const auto high = parse_number(std::string_view(text).substr(to + kTo.size()));
    if (!low || !high) return std::nullopt;
    return Band{std::floor(*low), std::floor(*high) + 1};
  }
  const std::size_t comma = text.find(',');
  if (text.size() < 3 || comma == std::string::npos) return std::nullopt;
  const char first = text.front(), last = text.back();
  if ((first != '[' && first != '(') || (last != ']' && last != ')')) return std::nullopt;
  const auto bound = [&](std::size_t from, std::size_t to, double open) -> std::optional<double> {
    if (from == to) return open;
    return parse_number(std::string_view(text).substr(from, to - from));
  };
  const auto low = bound(1, comma, -kInfinite);
  const auto high = bound(comma + 1, text.size() - 1, kInfinite);
  if (!low || !high) return std::nullopt;
  return Band{first == '(' ? *low + 1 : *low, last == ']' ? *high + 1 : *high};
}

LabelValues values_under(const model::Attribute& attribute,
                         const std::optional<std::string>& label) {
  LabelValues out;
  if (!label) {
    out.everything = true;
    return out;
  }
  const auto& labels = attribute.labels;
  if (std::find(labels.begin(), labels.end(), *label) != labels.end()) {
    out.values.push_back(*label);
    return out;
  }
  for (const model::Level& level : attribute.hierarchy.levels) {
    const auto node = std::find(level.labels.begin(), level.labels.end(), *label);
    if (node == level.labels.end()) continue;
    const auto wanted = static_cast<Code>(node - level.labels.begin());
    for (Code code = 0; code < labels.size(); ++code)
      if (level.node_of_leaf[code] == wanted) out.values.push_back(labels[code]);
    return out;
  }
  constexpr std::string_view kUnlike = " (generalized)";  // added where it would equal a value
  std::string_view inner = *label;
  while (inner.ends_with(kUnlike)) inner.remove_suffix(kUnlike.size());
  if (inner == "not shown" || inner.ends_with("not known"))
    out.everything = true;
  else
    split_list(attribute, inner, out.values);
  return out;
}

}  // namespace pt::risk

#include "core/noise/location.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "core/model/domain.hpp"
#include "core/model/hierarchy_table.hpp"

namespace pt::noise {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool has_digit(std::string_view s) { return std::any_of(s.begin(), s.end(), is_digit); }

std::string_view trim(std::string_view s) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!s.empty() && blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && blank(s.back())) s.remove_suffix(1);
  return s;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

bool is_country(std::string_view s) {
  const std::string term = model::normal_term(s);
  return term == "usa" || term == "us" || term == "u_s_a" || term == "united_states" ||
         term == "united_states_of_america" || term == "canada" || term == "mexico";
}

/// 'FL', 'Florida', 'FL 33101', 'FL 33101-1234' -> state and ZIP.
bool read_state(std::string_view s, Address& out) {
  const auto space = s.rfind(' ');
  const std::string_view last = space == std::string_view::npos ? s : s.substr(space + 1);
  if (has_digit(last)) {
    const std::string_view zip = last.substr(0, 5);
    const bool plain = last.size() == 5 || (last.size() == 10 && last[5] == '-');
    if (!plain || space == std::string_view::npos || !std::all_of(zip.begin(), zip.end(), is_digit))
      return false;
    if (last.size() == 10 && !std::all_of(last.begin() + 6, last.end(), is_digit)) return false;
    out.zip = zip;
    s = trim(s.substr(0, space));
  }
  if (s.empty() || has_digit(s)) return false;
  out.state = s;
  return true;
}

/// '123 Main St Apt 4' -> '123 ... Apt 4' and 'Main St'; 'PO Box 12' -> all of it is the number.
void read_street(std::string_view s, Address& out) {
  const std::string term = model::normal_term(s);
  if (term.starts_with("po_box") || term.starts_with("p_o_box")) {
    out.number = s;
    return;
  }
  const auto space = s.find(' ');
  const std::string_view first = s.substr(0, space);
  // '12', '12A' and '12-14' are house numbers, '5th' is the name of a street.
  const auto letters = std::count_if(first.begin(), first.end(),
                                     [](char c) { return !is_digit(c) && c != '-' && c != '/'; });
  if (!first.empty() && is_digit(first.front()) && letters <= 1) {
    out.number = first;
    s = space == std::string_view::npos ? std::string_view() : trim(s.substr(space + 1));
  }
  // A unit: everything from the word that announces it.
  std::size_t at = 0;
  while (at < s.size()) {
    const auto end = std::min(s.find(' ', at), s.size());
    const std::string word = model::normal_term(s.substr(at, end - at));
    if (s[at] == '#' || word == "apt" || word == "apartment" || word == "unit" || word == "suite" ||
        word == "ste" || word == "floor" || word == "room") {
      out.number += (out.number.empty() ? "" : " ") + std::string(s.substr(at));
      s = trim(s.substr(0, at));
      break;
    }
    at = end + 1;
  }
  out.street = s;
}

}  // namespace

std::optional<AddressLevel> parse_address_level(std::string_view word) {
  const auto* const found = std::find(kAddressLevels.begin(), kAddressLevels.end(), word);
  if (found == kAddressLevels.end()) return std::nullopt;
  return static_cast<AddressLevel>(found - kAddressLevels.begin());
}

std::optional<Address> parse_address(std::string_view text) {
  std::vector<std::string_view> parts = split(text);
  if (std::any_of(parts.begin(), parts.end(), [](auto p) { return p.empty(); }))
    return std::nullopt;
  Address out;
  if (is_country(parts.back())) {
    out.country = parts.back();
    parts.pop_back();
  }
  if (parts.size() < 2 || !read_state(parts.back(), out)) return std::nullopt;
  parts.pop_back();
  if (parts.size() > 1 && model::normal_term(parts.back()).ends_with("_county") &&
      !has_digit(parts.back())) {
    out.county = parts.back();
    parts.pop_back();
  }
  if (has_digit(parts.back())) return std::nullopt;  // the city is missing
  out.city = parts.back();
  parts.pop_back();
  if (parts.size() > 2) return std::nullopt;
  if (!parts.empty()) {
    read_street(parts.front(), out);
    if (parts.size() == 2) {  // '12 Main St, Apt 4'
      if (!has_digit(parts.back())) return std::nullopt;
      out.number += (out.number.empty() ? "" : " ") + std::string(parts.back());
    }
    if (has_digit(out.street) && out.number.empty()) return std::nullopt;
  }
  return out;
}

std::optional<std::string> generalize_address(std::string_view text, AddressLevel level) {
  const auto parsed = parse_address(text);
  if (!parsed) return std::nullopt;
  if (level == AddressLevel::address) return std::string(trim(text));
  const Address& a = *parsed;
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : ", ") + part;
  };
  if (level <= AddressLevel::street) add(a.street);
  if (level <= AddressLevel::city) add(a.city);
  if (level <= AddressLevel::county) add(a.county);
  if (level <= AddressLevel::state) add(a.state);
  if (level <= AddressLevel::zip && !a.zip.empty()) out += " " + a.zip;
  add(a.country);
  if (out.empty()) return std::nullopt;
  return out;
}

std::optional<model::Hierarchy> address_hierarchy(std::span<const std::string> labels) {
  std::size_t numbered = 0;
  for (const std::string& label : labels) {
    const auto parsed = parse_address(label);
    if (parsed && !parsed->number.empty()) ++numbered;
  }
  if (numbered == 0 || 2 * numbered < labels.size()) return std::nullopt;
  model::Hierarchy hierarchy;
  std::size_t finer = labels.size() + 1;
  for (const AddressLevel at : {AddressLevel::street, AddressLevel::zip, AddressLevel::city,
                                AddressLevel::county, AddressLevel::state}) {
    model::Level level;
    std::map<std::string, model::Code> nodes;
    for (const std::string& label : labels) {
      const std::string node = generalize_address(label, at).value_or(model::kNotShown);
      const auto [it, fresh] = nodes.emplace(node, static_cast<model::Code>(nodes.size()));
      if (fresh) level.labels.push_back(node);
      level.node_of_leaf.push_back(it->second);
    }
    // The first level is kept in any case: it is the finest that may be released.
    if (level.labels.size() < finer || hierarchy.levels.empty())
      hierarchy.levels.push_back(std::move(level));
    finer = hierarchy.levels.back().labels.size();
  }
  return hierarchy;
}

}  // namespace pt::noise

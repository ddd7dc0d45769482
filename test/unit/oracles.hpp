#pragma once

// Tables of the shared data and oracles for tests.

#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/group/recode_tuples.hpp"
#include "core/host.hpp"
#include "core/model/code.hpp"
#include "shared.hpp"

namespace pt::test {

/// Columns by name; quotes are removed, fields hold no commas.
using TextTable = std::map<std::string, std::vector<std::string>>;

inline TextTable read_text_table(const std::filesystem::path& path) {
  const bool packed = path.extension() == ".gz";
  const std::string command = (packed ? "gzip -dc '" : "cat '") + path.string() + "'";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("can't read " + path.string());
  std::string text;
  char buffer[65536];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("can't read " + path.string());
  std::istringstream lines(text);
  std::string line;
  std::vector<std::string> names;
  TextTable table;
  while (std::getline(lines, line)) {
    std::erase(line, '"');
    std::erase(line, '\r');
    std::istringstream fields(line + ",");
    std::string field;
    for (std::size_t i = 0; std::getline(fields, field, ','); ++i) {
      if (names.size() <= i && table.empty())
        names.push_back(field);
      else if (i < names.size())
        table[names[i]].push_back(field);
    }
    if (table.empty())
      for (const std::string& name : names) table[name];
  }
  return table;
}

/// Codes of a text column in order of appearance; an empty field is missing.
inline std::vector<model::Code> code_column(const std::vector<std::string>& column) {
  std::map<std::string, model::Code> seen;
  std::vector<model::Code> codes;
  for (const std::string& value : column)
    codes.push_back(value.empty()
                        ? model::kMissing
                        : seen.emplace(value, static_cast<model::Code>(seen.size())).first->second);
  return codes;
}

/// Distinct tuples of columns of codes, every row a person.
inline group::TupleTable tuples_of(Host& host,
                                   const std::vector<std::vector<model::Code>>& columns) {
  const std::vector<std::span<const model::Code>> spans(columns.begin(), columns.end());
  return group::collect_tuples(spans, columns.front().size(), {}, host);
}

inline group::TupleTable tuples_of(Host& host, const TextTable& table,
                                   const std::vector<std::string>& names) {
  std::vector<std::vector<model::Code>> columns;
  for (const std::string& name : names) columns.push_back(code_column(table.at(name)));
  return tuples_of(host, columns);
}

}  // namespace pt::test

#pragma once

// COMPAS people and events for tests on real data.

#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/model/period.hpp"
#include "core/model/population.hpp"
#include "shared.hpp"

namespace pt::test {

/// Fields of a comma-separated line; quotes as in RFC 4180.
inline std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

/// Rows of a gzipped CSV as column name -> value.
inline std::vector<std::map<std::string, std::string>> read_csv(const std::filesystem::path& path) {
  const std::string command = "gzip -dc '" + path.string() + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("can't run gzip");
  std::string text;
  char buffer[65536];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("can't read " + path.string());
  std::vector<std::map<std::string, std::string>> rows;
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const auto fields = split_csv(text.substr(at, end - at));
    at = end + 1;
    if (names.empty()) {
      names = fields;
      continue;
    }
    std::map<std::string, std::string> row;
    for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i) row[names[i]] = fields[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::int32_t parse_day(const std::string& iso) {
  return static_cast<std::int32_t>(model::day_from_civil(
      {std::stoi(iso.substr(0, 4)), std::stoi(iso.substr(5, 2)), std::stoi(iso.substr(8, 2))}));
}

/// Encodes COMPAS: sex, race, age of people; event type, outcome, charge degree of events.
inline model::Population load_compas(Host& host, const model::Prf& secret) {
  using namespace model;
  Schema schema;
  schema.people = {{"sex", Meaning::gender, Scale::nominal, Reconcile::most_frequent},
                   {"race", Meaning::ethnicity, Scale::nominal, Reconcile::most_frequent},
                   {"age", Meaning::age, Scale::ordered, Reconcile::largest}};
  schema.events = {{"event_type", EventPart::type},
                   {"outcome", EventPart::outcome},
                   {"charge_degree", EventPart::detail}};
  PopulationBuilder builder(host, secret, schema, {12'000, 60'000, false});
  const auto code = [](Dictionary& d, const std::string& v) {
    return v.empty() ? kMissing : d.intern(v);
  };
  for (const auto& row : read_csv(*shared_file("data/compas_people.csv.gz"))) {
    const Code codes[] = {code(builder.person_dictionary(0), row.at("sex")),
                          code(builder.person_dictionary(1), row.at("race")),
                          code(builder.person_dictionary(2), row.at("age"))};
    builder.describe(builder.person(row.at("person_id")), codes, {}, std::nullopt);
  }
  for (const auto& row : read_csv(*shared_file("data/compas_events.csv.gz"))) {
    const Code codes[] = {code(builder.event_dictionary(0), row.at("event_type")),
                          code(builder.event_dictionary(1), row.at("outcome")),
                          code(builder.event_dictionary(2), row.at("charge_degree"))};
    builder.event(*builder.known_person(row.at("person_id")), parse_day(row.at("event_ts")), codes);
  }
  const auto decode = [](const Dictionary& d, bool number) {
    Decoded out;
    for (Code c = 0; c < d.size(); ++c) {
      out.labels.emplace_back(std::string(d[c]));
      if (number) out.values.push_back(std::stod(*out.labels.back()));
    }
    return out;
  };
  std::vector<Decoded> people, events;
  for (std::size_t i = 0; i < 3; ++i) {
    people.push_back(decode(builder.person_dictionary(i), i == 2));
    events.push_back(decode(builder.event_dictionary(i), false));
  }
  return builder.finish(people, events);
}

}  // namespace pt::test

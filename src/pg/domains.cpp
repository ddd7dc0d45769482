#include "pg/domains.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

using ByName = std::map<std::string, model::Domain>;

/// The domain of a row (first column); nullptr for rows of a domain that isn't there.
model::Domain* domain_of(const Row& row, ByName& domains) {
  const auto found = domains.find(row.text(0));
  return found == domains.end() ? nullptr : &found->second;
}

std::vector<std::string> strings(const Row& row, int column) {
  std::vector<std::string> out;
  for (const auto& element : text_array_elements(row.value(column), "array"))
    if (element) out.push_back(*element);
  return out;
}

void read_heads(Spi& spi, ByName& domains) {
  spi.query("SELECT name, title, period, geography, age_cut_points FROM personatwin.domain",
            [&](const Row& row) {
              model::Domain domain;
              domain.name = row.text(0);
              domain.title = row.text(1);
              domain.period = row.text(2);
              domain.geography = row.text(3);
              for (const auto& age : float8_array_elements(row.value(4), "age_cut_points"))
                if (age) domain.age_cut_points.push_back(*age);
              std::sort(domain.age_cut_points.begin(), domain.age_cut_points.end());
              domains.emplace(domain.name, std::move(domain));
            });
}

void read_event_types(Spi& spi, ByName& domains) {
  spi.query(
      "SELECT domain, name, category, aliases, is_reoffence FROM personatwin.domain_event_type "
      "ORDER BY name COLLATE \"C\"",
      [&](const Row& row) {
        if (model::Domain* const domain = domain_of(row, domains))
          domain->event_types.push_back(
              {row.text(1), row.text(2), strings(row, 3), row.boolean(4)});
      });
}

void read_outcomes(Spi& spi, ByName& domains) {
  spi.query(
      "SELECT domain, name, is_reoffence FROM personatwin.domain_outcome ORDER BY name COLLATE "
      "\"C\"",
      [&](const Row& row) {
        model::Domain* const domain = domain_of(row, domains);
        if (domain == nullptr) return;
        domain->outcomes.push_back(row.text(1));
        if (row.boolean(2)) domain->reoffence_outcomes.push_back(row.text(1));
      });
}

void read_fields(Spi& spi, ByName& domains) {
  spi.query(
      "SELECT domain, name, handling FROM personatwin.domain_field ORDER BY name COLLATE \"C\"",
      [&](const Row& row) {
        model::Domain* const domain = domain_of(row, domains);
        if (domain == nullptr) return;
        (row.text(2) == "sensitive" ? domain->sensitive_fields : domain->preserve_fields)
            .push_back(row.text(1));
      });
}

void read_rules(Spi& spi, ByName& domains) {
  spi.query(
      "SELECT domain, event_type, after_any_of, closed_by, ends_except, hard, may_stay_open, "
      "ends_history, max_occurrences FROM personatwin.event_rule ORDER BY event_type COLLATE "
      "\"C\"",
      [&](const Row& row) {
        model::EventRule rule{row.text(1),    strings(row, 2), strings(row, 3), strings(row, 4),
                              row.boolean(5), row.boolean(6),  row.boolean(7),  std::nullopt};
        if (!row.is_null(8)) rule.max_occurrences = row.int4(8);
        if (model::Domain* const domain = domain_of(row, domains))
          domain->rules.push_back(std::move(rule));
      });
}

}  // namespace

std::vector<model::Domain> load_domains() {
  ByName domains;
  run_as_extension_owner([&] {
    Spi spi;
    read_heads(spi, domains);
    read_event_types(spi, domains);
    read_outcomes(spi, domains);
    read_fields(spi, domains);
    read_rules(spi, domains);
  });
  std::vector<model::Domain> list;
  for (auto& [name, domain] : domains) list.push_back(std::move(domain));
  return list;
}

model::Domain load_domain(const std::string& name) {
  std::string known;
  for (auto& domain : load_domains()) {
    if (domain.name == name) return domain;
    known += (known.empty() ? "" : ", ") + domain.name;
  }
  throw Error(sqlstate::kUndefinedObject, "there is no domain \"" + name + "\"", {},
              "Domains are " + known + ".");
}

}  // namespace pt::pg

PT_FUNCTION(pt_domains) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  for (const auto& domain : load_domains()) {
    std::vector<std::string> types;
    for (const auto& type : domain.event_types) types.push_back(type.name);
    out.row({domain.name, domain.title, ResultSet::Cell::datum(text_array(types)),
             ResultSet::Cell::datum(text_array(domain.outcomes)),
             ResultSet::Cell::datum(text_array(domain.sensitive_fields)),
             ResultSet::Cell::datum(text_array(domain.preserve_fields)), domain.period,
             domain.geography, ResultSet::Cell::datum(float8_array(domain.age_cut_points))});
  }
  return out.done();
}

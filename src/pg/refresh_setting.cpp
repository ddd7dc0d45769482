#include "pg/refresh_setting.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

Error changed_columns(const StoredRun& run, const std::string& what) {
  return wrong_state(
      "the columns of " + relation_name(run.source) + " are not those that are published", what,
      "The version in service stays. Give the columns the roles that they had (pt_roles(), "
      "pt_set_role()); other columns need a release of their own, as far as the differencing rule "
      "allows it.");
}

/// Whether a column that a run has published as `role` is described as `part` now. Of several
/// columns with the same part the first alone keeps it, the others are details (`seen`: parts so
/// far).
bool same_role(EventRole role, model::EventPart part, std::set<model::EventPart>& seen) {
  using model::EventPart;
  if (part != EventPart::detail && !seen.insert(part).second) part = EventPart::detail;
  return (role == EventRole::event_type) == (part == EventPart::type) &&
         (role == EventRole::outcome) == (part == EventPart::outcome) &&
         (role == EventRole::location) == (part == EventPart::location);
}

/// Event types that the published version has rolled up stay so, whatever is rare now: what was
/// published as itself stays itself, everything else is shown as its category.
void freeze_types(model::Attribute& type, const protect::Vocabulary& vocabulary,
                  std::uint32_t level, const std::vector<std::string>& published) {
  model::Level frozen;
  std::map<std::string, model::Code> nodes;
  for (model::Code v = 0; v < type.labels.size(); ++v) {
    const std::string& own = type.labels[v];
    const std::string& category = vocabulary.category_of_type[v];
    bool const itself =
        category.empty() || std::find(published.begin(), published.end(), own) != published.end();
    std::string const label = itself ? own : category;
    auto const [node, fresh] = nodes.emplace(label, static_cast<model::Code>(nodes.size()));
    if (fresh) frozen.labels.push_back(label);
    frozen.node_of_leaf.push_back(node->second);
  }
  type.hierarchy.levels.assign(level, frozen);
}

}  // namespace

void require_without_noise(const StoredRun& run) {
  bool noisy = false;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT parameters ?| ARRAY['jitter', 'outcome_noise', 'detail_noise'] FROM "
        "personatwin.run WHERE run_id = $1",
        Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) { noisy = row.boolean(0); });
  });
  if (!noisy) return;
  throw Error(
      sqlstate::kFeatureNotSupported, "a release with noise on its events can't be refreshed",
      "Run " + std::to_string(run.id) +
          " was made with jitter, outcome_noise or detail_noise; what people add later "
          "would be published without it.",
      "The version in service stays; pt_drop_release() takes it out of service. pt_expunge() "
      "works without it and keeps the person out of whatever is published later.");
}

CreateArguments arguments_of(const StoredRun& run) {
  CreateArguments a;
  a.spec.source = run.source;
  a.spec.people = run.people == run.source ? InvalidOid : run.people;
  a.spec.person_key = run.person_key;
  a.spec.domain = run.domain;
  a.spec.allow_row_security = run.allow_row_security;
  a.target_risk = run.target_risk;
  a.individual_limit = run.individual_limit;
  a.attacker = run.attacker;
  a.profile = run.profile;
  a.min_size = run.min_size;
  a.dry_run = true;  // roles found now are not recorded: what is new stays out
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT p->>'privacy_level', (p->>'max_size')::int4, (p->>'age_tolerance')::float8, "
        "p->>'geography_level', (p->>'gender_match')::bool, (p->>'ethnicity_match')::bool, "
        "(p->>'cohesion')::float8, ARRAY(SELECT jsonb_array_elements_text(p->'preserve')), "
        "(p->>'seed')::int8, (p->>'as_of')::date - '2000-01-01'::date, p->>'period', "
        "coalesce((p->>'refreshes')::int4, 0) + 1, p->>'population', "
        "coalesce((p->>'reserve')::float8, 0), coalesce((p->>'targeted')::bool, false) FROM "
        "(SELECT "
        "parameters AS p FROM personatwin.run WHERE run_id = $1) x",
        Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) {
          a.privacy_level = row.optional_text(0);
          if (!row.is_null(1)) a.max_size = row.int4(1);
          if (!row.is_null(2)) a.age_tolerance = row.float8(2);
          if (auto const level = row.optional_text(3); level && *level != "0")
            a.geography_level = level;
          if (!row.is_null(4)) a.gender_match = row.boolean(4);
          if (!row.is_null(5)) a.ethnicity_match = row.boolean(5);
          if (!row.is_null(6)) a.cohesion = row.float8(6);
          for (auto const& name : text_array_elements(row.value(7), "preserve"))
            a.preserve.push_back(name.value_or(""));
          if (!row.is_null(8)) a.seed = row.int8(8);
          if (!row.is_null(9)) a.as_of = row.int4(9);
          a.period = row.optional_text(10);
          a.refreshes = row.int4(11);
          a.population = row.optional_text(12);
          a.reserve = row.float8(13);
          a.targeted = row.boolean(14);
        });
  });
  return a;
}

void require_same_attributes(const StoredRun& run, const std::vector<std::string>& published,
                             const model::Population& population) {
  std::vector<std::string> present;
  for (const model::Attribute& attribute : population.attributes) present.push_back(attribute.name);
  for (const std::string& name : published)
    if (std::find(present.begin(), present.end(), name) == present.end())
      throw changed_columns(run, "Attribute " + name +
                                     " of people is gone: the column was dropped, "
                                     "or its role was taken away.");
  for (const std::string& name : present)
    if (std::find(published.begin(), published.end(), name) == published.end())
      throw changed_columns(run, "Attribute " + name + " of people is new.");
  if (present != published) throw changed_columns(run, "Attributes of people have other roles.");
}

protect::Setting setting_of(const StoredRun& run, const release::Known& known, Prepared& prepared) {
  struct Stored {
    std::string source_type;
    std::uint32_t level = 0, place = 0;
  };
  std::map<std::string, Stored> stored;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT e->>'name', e->>'source_type', coalesce((e->>'level')::int4, 0), n::int4 - 1 FROM "
        "personatwin.run r, "
        "jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) WHERE r.run_id = $1",
        Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) {
          stored[row.text(0)] = {row.text(1), static_cast<std::uint32_t>(row.int4(2)),
                                 static_cast<std::uint32_t>(row.int4(3))};
        });
  });
  protect::Setting setting;
  setting.period = run.period;
  setting.geography_level = prepared.run.options.geography_level;
  model::Population& population = prepared.encoded->population;
  std::size_t found = 0;
  std::set<model::EventPart> seen;
  for (std::uint32_t c = 0; c < population.event_width(); ++c) {
    model::Attribute& column = population.event_columns[c];
    auto const was = stored.find(column.name);
    if (was == stored.end()) {
      setting.column_level.push_back(protect::levels_of(column));
      continue;
    }
    ++found;
    const EncodedColumn& encoded = prepared.encoded->event_columns[c];
    std::string const type = type_name(encoded.column.type, encoded.column.typmod);
    if (type != was->second.source_type)
      throw changed_columns(run, "Event column " + column.name + " was " + was->second.source_type +
                                     " and is " + type + " now.");
    if (!same_role(run.event_columns.at(was->second.place).role, encoded.part, seen))
      throw changed_columns(run, "Event column " + column.name + " has another role.");
    bool const is_type = encoded.part == model::EventPart::type;
    std::uint32_t const level = was->second.level;
    if (level > column.hierarchy.levels.size() && is_type && column.hierarchy.empty() &&
        prepared.run.options.vocabulary.category_of_type.size() == column.labels.size()) {
      std::vector<std::string> published;
      for (const auto& combo : known.combos)
        if (was->second.place < combo.size() && combo[was->second.place])
          published.push_back(*combo[was->second.place]);
      freeze_types(column, prepared.run.options.vocabulary, level, published);
    }
    if (level > column.hierarchy.levels.size())
      throw changed_columns(run, "The hierarchy of event column " + column.name +
                                     " has fewer levels than when it was published.");
    setting.column_level.push_back(level);
  }
  if (found < stored.size())
    for (auto const& [name, was] : stored) {
      bool const here = std::any_of(
          population.event_columns.begin(), population.event_columns.end(),
          [&name = name](const model::Attribute& column) { return column.name == name; });
      if (!here)
        throw changed_columns(run, "Event column " + name +
                                       " is gone: the column was dropped, or "
                                       "its role was taken away.");
    }
  return setting;
}

}  // namespace pt::pg

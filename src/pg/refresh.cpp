// pt_refresh_release and pt_expunge: sql/57-refresh.sql.
#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/protect/released.hpp"
#include "core/release/refresh.hpp"
#include "pg/audit.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/json.hpp"
#include "pg/membership.hpp"
#include "pg/owner.hpp"
#include "pg/refresh_state.hpp"
#include "pg/release.hpp"
#include "pg/release_run.hpp"
#include "pg/run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "tcop/utility.h"
}

namespace pt::pg {
namespace {

/// A release in service.
struct Target {
  ReleaseName name;
  std::int64_t run = 0;
  std::int32_t version = 0;
  std::optional<std::string> profile;
};

struct Selection {
  Oid source = InvalidOid;
  std::optional<std::string> schema, name;
  bool at_any_cost = false;
};

std::vector<Target> targets_of(const Selection& selection) {
  std::vector<Target> found;
  Params params;
  params.oid(selection.source);
  for (const auto* const text : {&selection.schema, &selection.name}) {
    if (*text) {
      params.text(**text);
    } else {
      params.null(TEXTOID);
    }
  }
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT r.schema_name::text, r.name::text, v.run_id, v.version, v.profile FROM "
        "personatwin.release r JOIN personatwin.release_version v USING (release_id) WHERE "
        "v.in_service AND r.dropped_at IS NULL AND r.source = $1::regclass AND ($2 IS NULL OR "
        "r.schema_name = $2::name) AND ($3 IS NULL OR r.name = $3::name) ORDER BY r.release_id",
        params, Spi::ReadOnly::no, [&](const Row& row) {
          found.push_back(
              {{row.text(0), row.text(1)}, row.int8(2), row.int4(3), row.optional_text(4)});
        });
  });
  return found;
}

/// The options of a run as the arguments that would give them again.
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
        "(p->>'seed')::int8, (p->>'as_of')::date - '2000-01-01'::date, p->>'period' FROM (SELECT "
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
        });
  });
  return a;
}

Error changed_columns(const StoredRun& run, const std::string& what) {
  return wrong_state(
      "the columns of " + relation_name(run.source) + " are not those that are published", what,
      "The version in service stays. Give the columns the roles that they had (pt_roles(), "
      "pt_set_role()); other columns need a release of their own, as far as the differencing rule "
      "allows it.");
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

/// How events are released: as in the stored run. 55000 when its columns are not there any more.
protect::Setting setting_of(const StoredRun& run, const release::Known& known, Prepared& prepared) {
  struct Stored {
    std::string source_type;
    std::uint32_t level = 0, place = 0;
    std::string role;
  };
  std::map<std::string, Stored> stored;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT e->>'name', e->>'source_type', coalesce((e->>'level')::int4, 0), n::int4 - 1, "
        "coalesce(e->>'role', 'detail') FROM personatwin.run r, "
        "jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) WHERE r.run_id = $1",
        Params{}.int8(run.id), Spi::ReadOnly::no, [&](const Row& row) {
          stored[row.text(0)] = {row.text(1), static_cast<std::uint32_t>(row.int4(2)),
                                 static_cast<std::uint32_t>(row.int4(3)), row.text(4)};
        });
  });
  protect::Setting setting;
  setting.period = run.period;
  setting.geography_level = prepared.run.options.geography_level;
  model::Population& population = prepared.encoded->population;
  std::size_t found = 0;
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
    bool const is_type = encoded.part == model::EventPart::type;
    if (is_type != (was->second.role == "event type") && is_type)
      throw changed_columns(run, "Event column " + column.name + " has another role.");
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

std::vector<model::Hash128> expunged_people(Oid source) {
  std::vector<model::Hash128> out;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query("SELECT person_key FROM personatwin.expunged WHERE source = $1::regclass",
              Params{}.oid(source), Spi::ReadOnly::no, [&](const Row& row) {
                std::string_view const bytes = text_view(row.value(0));
                model::Hash128 hash;
                for (std::size_t i = 0; i < 8 && bytes.size() == 16; ++i) {
                  hash.hi = hash.hi << 8 | static_cast<std::uint8_t>(bytes[i]);
                  hash.lo = hash.lo << 8 | static_cast<std::uint8_t>(bytes[8 + i]);
                }
                out.push_back(hash);
              });
  });
  std::sort(out.begin(), out.end());
  return out;
}

/// What ids of classes are made from: kept for old ones; for those of a first version the keys of
/// their personas, as publication has used them.
std::vector<std::string> class_keys(const StoredVersion& version, const release::Refreshed& next) {
  std::vector<std::string> founders(version.known.classes.size());
  std::vector<std::vector<std::string>> keys(version.known.classes.size());
  for (const release::KnownPersona& persona : version.known.personas) {
    auto const bytes = key_bytes(persona.key);
    keys[persona.class_no].emplace_back(bytes.begin(), bytes.end());
  }
  for (std::size_t c = 0; c < founders.size(); ++c) {
    std::sort(keys[c].begin(), keys[c].end());
    founders[c] = version.class_keys[c];
    if (founders[c].empty())
      for (const std::string& key : keys[c]) founders[c] += key;
  }
  std::vector<std::string> fresh(next.origin.size());
  for (const protect::PersonaRow& persona : next.result.personas) {
    auto const bytes = key_bytes(persona.key);
    if (!next.origin[persona.class_no]) fresh[persona.class_no].append(bytes.begin(), bytes.end());
  }
  for (std::size_t c = 0; c < fresh.size(); ++c)
    if (next.origin[c]) fresh[c] = founders[*next.origin[c]];
  return fresh;
}

/// A refresh of one run and the releases that show it.
struct Outcome {
  std::optional<std::int64_t> run;  ///< the new run; none: nothing changed
  release::RefreshCounts counts;
  std::optional<double> average, maximum;
  std::int64_t personas = 0, people = 0;
};

std::uint64_t homogeneous_personas(std::int64_t run) {
  std::uint64_t n = 0;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT coalesce((metrics->>'homogeneous_personas')::int8, 0) FROM personatwin.run WHERE "
        "run_id = $1",
        Params{}.int8(run), Spi::ReadOnly::no,
        [&](const Row& row) { n = static_cast<std::uint64_t>(row.int8(0)); });
  });
  return n;
}

Outcome refresh_run(PgHost& host, const Selection& selection, std::int64_t run_id) {
  StoredRun const run = load_run(selection.source, run_id);
  StoredVersion const version = run_as_extension_owner([&] {
    keep_older_memberships();
    return load_version(host, run_id);
  });
  Secret const secret;
  CreateArguments const arguments = arguments_of(run);
  RunOptions options = resolve_options(arguments);
  ReadScope const scope(arguments.spec.allow_row_security);
  Prepared prepared = describe_source(arguments, Report::quiet);
  prepared.run = std::move(options);
  encode_source(host, secret, prepared);
  require_same_attributes(run, version.attributes, prepared.population());
  protect::Setting const setting = setting_of(run, version.known, prepared);
  std::vector<model::Hash128> const expunged = expunged_people(run.source);
  model::Prf const content_key(secret.derive_key("content"));
  release::RefreshInput const input{
      version.known,
      setting,
      expunged,
      content_key,
      "refresh of run " + std::to_string(run_id),
      [&](std::span<const release::Placement> placements) {
        return run_as_extension_owner([&] { return blamed_personas(host, run, placements); });
      },
      selection.at_any_cost};
  release::Refreshed next =
      release::refresh(host, prepared.population(), prepared.run.options, input);
  Outcome outcome;
  outcome.counts = next.counts;
  if (!next.changed) return outcome;
  if (next.result.released == 0)
    throw wrong_state("nobody would be left in the release of " + relation_name(run.source),
                      "Every persona would be out of service.",
                      "pt_drop_release() takes the whole release out of service.");
  next.result.average = settled(next.result.average, prepared.run.options.target_risk);
  next.result.homogeneous_personas = homogeneous_personas(run_id);
  Continuation const continuation{next, class_keys(version, next)};
  outcome.run = store_run(host, prepared, next.result, nullptr, &continuation);
  outcome.average = next.result.average;
  outcome.maximum = next.result.maximum;
  run_as_extension_owner([&] { keep_membership(*outcome.run, next.units); });
  return outcome;
}

std::string report_json(const Outcome& outcome) {
  const release::RefreshCounts& n = outcome.counts;
  return JsonObject()
      .add("kept_personas", n.kept)
      .add("entered", n.entered)
      .add("waiting", n.waiting)
      .add("without_class", n.without_class)
      .add("changes_published", n.changed)
      .add("changes_waiting", n.changes_waiting)
      .add("left", n.left)
      .add("withdrawn_personas", n.personas_withdrawn)
      .add("withdrawn", n.withdrawn)
      .add("redealt", n.redealt)
      .add("suspended", n.suspended)
      .add("returned", n.returned)
      .text();
}

void refresh_releases(PgHost& host, const Selection& selection, const char* action,
                      ResultSet& out) {
  std::vector<Target> targets = targets_of(selection);
  for (const Target& target : targets) lock_release_name(target.name);
  run_as_extension_owner([] { lock_publications(); });
  targets = targets_of(selection);  // another session may have published while this one waited
  std::map<std::int64_t, Outcome> outcomes;
  for (const Target& target : targets)
    if (outcomes.find(target.run) == outcomes.end())
      outcomes.emplace(target.run, refresh_run(host, selection, target.run));
  for (const Target& target : targets) {
    Outcome& outcome = outcomes.at(target.run);
    PublishedVersion published{target.version, 0, 0};
    if (outcome.run)
      published = publish_run(host, selection.source, target.name, *outcome.run, target.profile);
    AuditEntry entry(action, selection.source);
    entry.run = outcome.run.value_or(target.run);
    entry.release = target.name.text();
    entry.version = published.version;
    entry.result = report_json(outcome);
    audit(entry);
    const release::RefreshCounts& n = outcome.counts;
    const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    out.row({target.name.text(), published.version, outcome.run.value_or(target.run),
             outcome.run.has_value(), count(n.kept), count(n.entered), count(n.waiting),
             count(n.without_class), count(n.changed), count(n.changes_waiting), count(n.left),
             count(n.personas_withdrawn), count(n.withdrawn), count(n.redealt), count(n.suspended),
             count(n.returned), outcome.average, outcome.maximum});
  }
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_refresh_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  guarded([] { PreventCommandIfReadOnly("pt_refresh_release()"); });
  Selection selection;
  selection.source = args.oid(0, "source");
  require_source_owner(selection.source);
  selection.schema = args.optional_text(1);
  selection.name = args.optional_text(2);
  if (targets_of(selection).empty())
    throw pt::wrong_state(
        "there is no release of " + relation_name(selection.source) + " in service" +
            (selection.schema || selection.name ? " under this schema and name" : ""),
        {}, "Publish one with pt_publish_release(); pt_releases() lists them.");
  PgHost host("pt_refresh_release");
  refresh_releases(host, selection, "refresh", out);
  return out.done();
}

PT_FUNCTION(pt_expunge) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  guarded([] { PreventCommandIfReadOnly("pt_expunge()"); });
  Selection selection;
  selection.source = args.oid(0, "source");
  require_source_owner(selection.source);
  std::string const person = args.text(1, "person");
  selection.at_any_cost = true;
  PgHost host("pt_expunge");
  auto const key = key_bytes(person_hash(host, Secret(), person));
  std::string const user = current_user_name();
  run_as_extension_owner([&] {
    Spi spi;
    Params params;
    params.oid(selection.source)
        .add(BYTEAOID, text_datum({reinterpret_cast<const char*>(key.data()), key.size()}))
        .text(user);
    spi.execute(
        "INSERT INTO personatwin.expunged (source, person_key, expunged_at, expunged_by) VALUES "
        "($1::regclass, $2, now(), $3::name) ON CONFLICT DO NOTHING",
        params);
  });
  refresh_releases(host, selection, "expunge", out);
  return out.done();
}

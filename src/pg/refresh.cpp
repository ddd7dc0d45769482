// pt_refresh_release and pt_expunge: sql/57-refresh.sql.
#include "pg/refresh.hpp"

#include <algorithm>
#include <array>
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
#include "pg/person_argument.hpp"
#include "pg/refresh_setting.hpp"
#include "pg/refresh_state.hpp"
#include "pg/release.hpp"
#include "pg/release_profile.hpp"
#include "pg/release_run.hpp"
#include "pg/run.hpp"
#include "pg/run_synthetic.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

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

/// WARNING when the target holds only because people were taken out of service: without the caller
/// doing something there will be more of them each time.
void warn_of_wear(const StoredRun& run, const Outcome& outcome) {
  if (outcome.counts.suspended == 0) return;
  std::array<char, 64> risks{};
  snprintf(risks.data(), risks.size(), "%.6g (target %.6g)", outcome.average.value_or(0),
           run.target_risk);
  report(WARNING,
         "the target of run " + std::to_string(*outcome.run) +
             " holds only without some of the people",
         "Suspended people: " + std::to_string(outcome.counts.suspended) +
             ". Mean risk of those who are published: " + risks.data() + ".",
         "They return when the target holds with them. Personas that people leave take cover from "
         "others every time: make the next release with a reserve (reserve => 0.2), and see "
         "doc/release.md, \"When the target wears out\".");
}

Outcome refresh_run(PgHost& host, const Selection& selection, std::int64_t run_id) {
  StoredRun const run = load_run(selection.source, run_id);
  require_without_noise(run);
  refuse_synthetic(run_id);
  StoredVersion version = run_as_extension_owner([&] {
    keep_older_memberships();
    return load_version(host, run_id);
  });
  if (publishes_no_events(run.profile)) version.known.told.clear();  // nothing stands beside them
  Secret const secret;
  CreateArguments const arguments = arguments_of(run);
  RunOptions options = resolve_options(arguments);
  ReadScope const scope(arguments.spec.allow_row_security);
  Prepared prepared = describe_source(arguments, Report::quiet);
  prepared.run = std::move(options);
  encode_source(host, secret, prepared);
  require_same_attributes(run, version.attributes, prepared.population());
  protect::Setting const setting = setting_of(run, version.known, prepared);
  std::vector<model::Hash128> const expunged =
      run_as_extension_owner([&] { return expunged_people(run); });
  release::DifferenceCheck const check =
      run_as_extension_owner([&] { return difference_check(host, run); });
  model::Prf const content_key(secret.derive_key("content"));
  release::RefreshInput const input{
      version.known,
      setting,
      expunged,
      content_key,
      "refresh " + std::to_string(arguments.refreshes),
      [&](std::span<const release::Placement> placements) {
        return run_as_extension_owner([&] { return check(placements); });
      },
      selection.at_any_cost};
  release::Refreshed next =
      release::refresh(host, prepared.population(), prepared.run.options, input);
  Outcome outcome;
  outcome.counts = next.counts;
  if (!next.changed) return outcome;
  if (prepared.run.top_age) open_top_ages(next.result, *prepared.run.top_age);
  next.result.average = settled(next.result.average, prepared.run.options.target_risk);
  next.result.homogeneous_personas = homogeneous_personas(run_id);
  Continuation const continuation{next, class_keys(version, next), run_id};
  outcome.run = store_run(host, prepared, next.result, nullptr, &continuation);
  outcome.average = next.result.average;
  outcome.maximum = next.result.maximum;
  warn_of_wear(run, outcome);
  run_as_extension_owner([&] { keep_membership(*outcome.run, next.units); });
  return outcome;
}

/// What the audit keeps of an outcome: the counts, and what pt_reproduce needs of a new run.
void write_down(const Outcome& outcome, AuditEntry& entry) {
  const release::RefreshCounts& n = outcome.counts;
  JsonObject result;
  result.add("kept_personas", n.kept)
      .add("entered", n.entered)
      .add("in_new_classes", n.opened)
      .add("waiting", n.waiting)
      .add("without_class", n.without_class)
      .add("changes_published", n.changed)
      .add("changes_waiting", n.changes_waiting)
      .add("left", n.left)
      .add("withdrawn_personas", n.personas_withdrawn)
      .add("withdrawn", n.withdrawn)
      .add("redealt", n.redealt)
      .add("suspended", n.suspended)
      .add("returned", n.returned);
  if (outcome.run)
    run_as_extension_owner([&] {
      Spi spi;
      spi.query(
          "SELECT parameters::text, fingerprint, CASE WHEN people <> source THEN people::text END "
          "FROM personatwin.run WHERE run_id = $1",
          Params{}.int8(*outcome.run), Spi::ReadOnly::no, [&](const Row& row) {
            entry.parameters = row.text(0);
            result.add("fingerprint", row.text(1)).add("people", row.optional_text(2));
          });
    });
  entry.result = result.text();
}

/// One row of pt_refreshed_release for each release.
void return_releases(const std::vector<RefreshedRelease>& releases, ResultSet& out) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  for (const RefreshedRelease& release : releases) {
    const Outcome& outcome = release.outcome;
    const release::RefreshCounts& n = outcome.counts;
    out.row({release.name.text(), release.version, release.run, outcome.run.has_value(),
             count(n.kept), count(n.entered), count(n.opened), count(n.waiting),
             count(n.without_class), count(n.changed), count(n.changes_waiting), count(n.left),
             count(n.personas_withdrawn), count(n.withdrawn), count(n.redealt), count(n.suspended),
             count(n.returned), outcome.average, outcome.maximum});
  }
}

}  // namespace

std::vector<Target> targets_of(const Selection& selection) {
  std::vector<Target> found;
  Params params;
  params.oid(selection.source).optional_text(selection.schema).optional_text(selection.name);
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

void require_refreshable(const Selection& selection) {
  bool const exists = guarded([&selection] { return get_rel_name(selection.source) != nullptr; });
  if (!exists)
    throw Error(sqlstate::kUndefinedTable, "the source of the release does not exist any more",
                "There is no relation with the number " + std::to_string(selection.source) +
                    ": it was dropped.",
                "What is published stays in service. pt_drop_release(NULL, schema, name) takes it "
                "out, pt_unschedule_release(NULL) ends its refreshes.");
  require_source_owner(selection.source);
  if (!targets_of(selection).empty()) return;
  throw wrong_state("there is no release of " + relation_name(selection.source) + " in service" +
                        (selection.schema || selection.name ? " under this schema and name" : ""),
                    {}, "Publish one with pt_publish_release(); pt_releases() lists them.");
}

std::vector<RefreshedRelease> refresh_releases(PgHost& host, const Selection& selection,
                                               const char* action) {
  for (const Target& target : targets_of(selection)) lock_release_name(target.name);
  run_as_extension_owner([] { lock_publications(); });
  // Another session may have published while this one waited.
  std::vector<Target> const targets = targets_of(selection);
  std::map<std::int64_t, Outcome> outcomes;
  for (const Target& target : targets)
    if (outcomes.find(target.run) == outcomes.end())
      outcomes.emplace(target.run, refresh_run(host, selection, target.run));
  std::vector<RefreshedRelease> refreshed;
  for (const Target& target : targets) {
    const Outcome& outcome = outcomes.at(target.run);
    std::int32_t version = target.version;
    if (outcome.run)
      version = publish_run(host, selection.source, target.name, *outcome.run, target.profile,
                            Continued{target.run, selection.at_any_cost})
                    .version;
    AuditEntry entry(action, selection.source);
    entry.run = outcome.run.value_or(target.run);
    entry.release = target.name.text();
    entry.version = version;
    write_down(outcome, entry);
    audit(entry);
    refreshed.push_back({target.name, version, *entry.run, outcome});
  }
  return refreshed;
}

}  // namespace pt::pg

PT_FUNCTION(pt_refresh_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  refuse_read_only("pt_refresh_release()");
  Selection selection;
  selection.source = args.oid(0, "source");
  selection.schema = args.optional_text(1);
  selection.name = args.optional_text(2);
  require_refreshable(selection);
  PgHost host("pt_refresh_release");
  std::vector<RefreshedRelease> const refreshed = refresh_releases(host, selection, "refresh");
  if (refreshed.empty()) require_refreshable(selection);  // dropped while this call waited
  return_releases(refreshed, out);
  return out.done();
}

PT_FUNCTION(pt_expunge) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  refuse_read_only("pt_expunge()");
  Selection selection;
  selection.source = args.oid(0, "source");
  require_source_owner(selection.source);
  std::string const person = args.text(1, "person");
  selection.at_any_cost = true;
  PgHost host("pt_expunge");
  pt::model::Hash128 const hash =
      person_hash(host, Secret(), canonical_person_key(selection.source, person));
  auto const key = key_bytes(hash);
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
  return_releases(refresh_releases(host, selection, "expunge"), out);
  auto const [known, others] = run_as_extension_owner([&] {
    return std::pair{was_published(selection.source, hash), related_releases(selection.source)};
  });
  // Without the key: it would stand in the log.
  if (!known)
    report(WARNING,
           "nobody with that key was ever published from " + relation_name(selection.source),
           "The key is remembered: no later run with that person is published.",
           "Write the key exactly as the person column shows it as text.");
  if (!others.empty())
    report(WARNING, "other releases of the same rows stay as they are", others,
           "Call pt_expunge for their sources, too, or refresh them.");
  return out.done();
}

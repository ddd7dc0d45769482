// pt_publish_release.
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pg/audit.hpp"
#include "pg/datum.hpp"
#include "pg/earlier_counts.hpp"
#include "pg/exposure.hpp"
#include "pg/host.hpp"
#include "pg/joined_releases.hpp"
#include "pg/json.hpp"
#include "pg/membership.hpp"
#include "pg/owner.hpp"
#include "pg/release.hpp"
#include "pg/release_about.hpp"
#include "pg/release_counts.hpp"
#include "pg/release_profile.hpp"
#include "pg/release_rows.hpp"
#include "pg/release_rules.hpp"
#include "pg/release_run.hpp"
#include "pg/release_views.hpp"
#include "pg/row_text.hpp"
#include "pg/same_source.hpp"
#include "pg/spi.hpp"
#include "pg/validate.hpp"
#include "pg/version_tables.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "commands/vacuum.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
}

namespace pt::pg {
namespace {

struct Request {
  Oid source = InvalidOid;
  ReleaseName name;
  std::optional<std::string> profile;
  std::optional<std::string> reader;
  std::optional<std::int64_t> run;
  Oid schema = InvalidOid;                // the schema of that name when publication began
  std::optional<std::int64_t> continues;  ///< the run that `run` is a refresh of
  bool renew_statistics = false;          ///< of tables that the version takes over, too
  std::optional<double> min_utility;      ///< least result of pt_validate_release; none: not asked
};

struct Published {
  std::int32_t version = 0;
  std::vector<Rule> rules;
  WrittenRows rows;
  WrittenTables tables;
};

struct Version {
  std::int64_t release_id = 0;
  std::int32_t number = 0;
};

std::string relation_of(Oid oid) {
  char* const name = guarded([oid] { return get_rel_name(oid); });
  if (name == nullptr) throw Error(sqlstate::kUndefinedTable, "the source does not exist");
  return name;
}

/// The release in service under this name: its number, or 0. 42710 when it is one of another
/// source.
std::int64_t existing_release(const ReleaseName& name, Oid source) {
  std::int64_t id = 0;
  std::string other;
  Spi spi;
  spi.query(
      "SELECT release_id, source::oid, source_name FROM personatwin.release "
      "WHERE schema_name = $1::name AND name = $2::name AND dropped_at IS NULL",
      Params{}.text(name.schema).text(name.name), Spi::ReadOnly::no, [&](const Row& row) {
        id = row.int8(0);
        if (row.oid(1) != source || row.text(2) != relation_name(source)) other = row.text(2);
      });
  if (!other.empty())
    throw Error(sqlstate::kDuplicateObject,
                name.text() + " is a release of another source, " + other, {},
                "Publish under another name with name => '...', or drop that release.");
  return id;
}

/// The number of the release (a new row if it is the first version) and the number of its next
/// version.
Version next_version(const ReleaseName& name, const StoredRun& run, const std::string& user,
                     std::int64_t release_id) {
  Version version{release_id, 1};
  Spi spi;
  std::string const source = relation_name(run.source);
  if (release_id == 0) {
    // With an older snapshot a release made meanwhile is invisible: the conflict is then reported
    // as 40001.
    spi.query(
        "INSERT INTO personatwin.release (release_id, schema_name, name, source, source_name, "
        "created_at, created_by) VALUES (nextval('personatwin.release_id_seq'), $1::name, "
        "$2::name, "
        "$3::regclass, $4, now(), $5::name) "
        "ON CONFLICT (schema_name, name) WHERE dropped_at IS NULL DO NOTHING RETURNING release_id",
        Params{}.text(name.schema).text(name.name).oid(run.source).text(source).text(user),
        Spi::ReadOnly::no, [&](const Row& row) { version.release_id = row.int8(0); });
    if (version.release_id == 0)
      throw Error("40001", "another session has published " + name.text(), {}, "Publish again.");
    return version;
  }
  spi.execute("UPDATE personatwin.release SET source_name = $2 WHERE release_id = $1",
              Params{}.int8(release_id).text(source));
  spi.query(
      "SELECT coalesce(max(version), 0) + 1 FROM personatwin.release_version WHERE release_id = $1",
      Params{}.int8(release_id), Spi::ReadOnly::no,
      [&](const Row& row) { version.number = row.int4(0); });
  return version;
}

void record_version(const Version& version, const VersionTables& tables, const StoredRun& run,
                    const Request& request, const Published& published, const std::string& user) {
  Params params;
  params.int8(version.release_id).int4(version.number).int8(run.id).text(user);
  params.optional_text(request.profile)
      .text(to_json(published.rules))
      .int8(static_cast<std::int64_t>(published.rows.personas))
      .int8(static_cast<std::int64_t>(published.rows.events))
      .int8(static_cast<std::int64_t>(published.rows.people))
      .text(checksums_json(published.rows, published.tables))
      .int4(tables.number);
  Spi spi;
  spi.execute(
      "UPDATE personatwin.release_version SET in_service = false, retired_at = now(), tables = "
      "nullif(tables, $2) WHERE release_id = $1 AND in_service",
      Params{}.int8(version.release_id).int4(tables.number));
  spi.execute(
      "INSERT INTO personatwin.release_version (release_id, version, run_id, published_at, "
      "published_by, profile, rules, personas, events, people, target_risk, average_risk, "
      "maximum_risk, status, checksums, in_service, tables) "
      "SELECT $1, $2, r.run_id, now(), $4::name, $5, $6::jsonb, $7, $8, $9, r.target_risk, "
      "r.population_average_risk, r.maximum_risk, r.status, $10::jsonb, true, $11 "
      "FROM personatwin.run r WHERE r.run_id = $3",
      params);
  if (request.reader)
    spi.execute(
        "INSERT INTO personatwin.release_reader (release_id, reader) VALUES ($1, $2::name) "
        "ON CONFLICT DO NOTHING",
        Params{}.int8(version.release_id).text(*request.reader));
}

/// The values of a release are few, so ANALYZE needs no larger sample than this gives (300 rows a
/// unit), until the owner's scope ends. Autovacuum takes the usual one some time later.
void few_samples() {
  constexpr int kTarget = 30;
  if (default_statistics_target <= kTarget) return;
  guarded([] {
    set_config_option("default_statistics_target", "30", PGC_USERSET, PGC_S_SESSION,
                      GUC_ACTION_SAVE, true, 0, false);
  });
}

/// ANALYZE of a new table of a release. Objects of jsonb are left to autovacuum: sorting a sample
/// of them takes longer than all the rest, and nothing is planned by it.
std::string analyze_sql(const std::string& table, const std::vector<PublishedColumn>& columns) {
  std::string names;
  for (const PublishedColumn& column : columns)
    if (column.type != JSONBOID)
      names += (names.empty() ? "" : ", ") + quote_identifier(column.name);
  return "ANALYZE " + table + " (" + names + ")";
}

/// Readers of a release get the views that it did not have when they were given it.
void grant_new_views(const Version& version, const ReleaseName& name, std::span<const Oid> before) {
  if (version.number == 1 ||
      std::all_of(before.begin(), before.end(), [](Oid view) { return OidIsValid(view); }))
    return;
  std::vector<std::string> readers;
  Spi spi;
  spi.query(
      "SELECT x.reader::text FROM personatwin.release_reader x JOIN pg_roles r ON r.rolname = "
      "x.reader WHERE x.release_id = $1 ORDER BY 1",
      Params{}.int8(version.release_id), Spi::ReadOnly::no,
      [&](const Row& row) { readers.push_back(row.text(0)); });
  for (std::size_t part = 0; part < kParts.size(); ++part)
    for (const std::string& reader : readers)
      if (!OidIsValid(before[part]))
        spi.execute("GRANT SELECT ON " + name.view_sql(part) + " TO " + quote_identifier(reader));
}

/// New tables get their first statistics; of those that are taken over every column gets new ones,
/// since autovacuum may have put values of any into what is there.
void analyze(PgHost& host, const VersionTables& tables, const PartColumns& columns) {
  Spi spi;
  host.progress("analysing", 0, 0);
  few_samples();
  for (std::size_t part = 0; part < kParts.size(); ++part)
    spi.execute(tables.taken_over ? "ANALYZE " + tables.names[part]
                                  : analyze_sql(tables.names[part], columns[part]));
  if (tables.taken_over) spi.execute("ANALYZE " + relation_name(tables.digests));
}

/// Waits for the readers of the version before, then makes the views or switches them.
void switch_views(const ReleaseName& name, const std::array<Oid, kParts.size()>& views,
                  const VersionTables& tables, const PartColumns& columns,
                  const std::string& user) {
  static constexpr std::array<const char*, kParts.size()> kComments{
      "personas: one row for a group of people with pooled events; weight it by merged_from",
      "events of the personas; weight a row by weight", "what this release is and how to use it",
      "people of groups with events of a type; counts are of people, not of events",
      "life tables: people of groups by time since their first event"};
  lock_views(views);
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    replace_view(name, part, views[part], tables.names[part], columns[part], user);
    Spi spi;
    spi.execute("COMMENT ON VIEW " + name.view_sql(part) + " IS " + quote_literal(kComments[part]));
  }
}

/// The parts that are written whole in every version: readers see the change of all parts at once,
/// when the transaction ends.
void empty_whole_parts(const VersionTables& tables) {
  Spi spi;
  for (std::size_t const part : {kAbout, kGroups, kIntervals})
    spi.execute("DELETE FROM " + tables.names[part]);
}

/// Writes the rows of the new version: into new tables, to which the views are then switched, or,
/// in a refresh, into those of the version in service where its columns allow it. As owner of the
/// catalog.
Published write_version(PgHost& host, const Secret& secret, StoredRun& run, const Request& request,
                        std::vector<Rule> rules, const std::string& user) {
  StableText const stable;
  prefer_fast_compression();
  const ReleaseName& name = request.name;
  lock_publications();
  std::vector<std::int64_t> const of_same_people = require_no_difference(host, run);
  hold_counts_back(run, of_same_people, request.continues);
  if (!request.continues) warn_of_joined_releases(run, of_same_people);
  std::int64_t const release_id = existing_release(name, run.source);
  auto const views = find_views(name, release_id);
  Version const version = next_version(name, run, user, release_id);
  ReleaseRows content(host, secret, run, name.schema, name.name);
  PartColumns const columns{content.personas(), content.events(), about_columns(), group_columns(),
                            interval_columns()};
  std::optional<VersionTables> const shared =
      request.continues ? tables_in_service(version.release_id, views, columns, !run.tables_only)
                        : std::nullopt;
  VersionTables const tables =
      shared ? *shared : make_version_tables(name, version.release_id, version.number, columns);
  if (shared) empty_whole_parts(tables);
  Published published{version.number,
                      std::move(rules),
                      shared ? content.exchange(tables, same_personas(run.id, *request.continues))
                             : content.write(tables),
                      {}};
  published.tables = write_counts(secret, run, name.schema, name.name, content.class_ids(),
                                  tables.oids[kGroups], tables.oids[kIntervals]);
  write_about(run,
              About{name, version.number, request.profile, published.rules, published.rows,
                    published.tables, columns},
              tables.oids[kAbout]);
  if (!shared || request.renew_statistics) analyze(host, tables, columns);
  if (!shared) switch_views(name, views, tables, columns, user);
  record_version(version, tables, run, request, published, user);
  keep_counts_published(run);
  if (request.reader) grant_views(name, *request.reader);
  grant_new_views(version, name, views);
  require_views_in(name, request.schema, version.release_id);
  return published;
}

/// WARNING when the reader can see private data beside the release, naming every way.
void warn_of_exposure(const std::string& reader) {
  Oid const caller = GetUserId();
  std::string ways;
  std::size_t n = 0;
  for (const Exposure& e :
       run_as_extension_owner([&] { return find_exposures(reader, caller, std::nullopt); })) {
    ++n;
    ways += (ways.empty() ? "" : "\n") + e.way + ": " + e.object + ", " + e.detail;
  }
  if (n == 0) return;
  report(WARNING,
         "role " + quote_identifier(reader) + " has " + std::to_string(n) +
             (n == 1 ? " way" : " ways") + " to see private data beside the release",
         ways,
         "SELECT * FROM pt_check_exposure(" + quote_literal(reader) +
             ") has the statements that close them.");
}

/// Validates what was just published, which only a snapshot of now sees; 55000 when it is less
/// useful than asked for, which takes the publication back.
void require_min_utility(PgHost& host, const Request& request, const StoredRun& run) {
  if (!request.min_utility) return;
  guarded([] {
    CommandCounterIncrement();
    PushCopiedSnapshot(GetTransactionSnapshot());
    UpdateActiveSnapshotCommandId();
  });
  OpenedRelease const opened{find_release(request.source, {request.name.schema, request.name.name}),
                             run, false};
  std::vector<UtilityPart> const parts = validate_release(opened, host);
  require_utility(parts, *request.min_utility);
  store_validation(opened, parts);
  guarded([] { PopActiveSnapshot(); });
}

void audit_publication(const Request& request, const StoredRun& run, const Published& published) {
  AuditEntry entry("publish", run.source);
  entry.run = run.id;
  entry.release = request.name.text();
  entry.version = published.version;
  entry.parameters =
      JsonObject().add("profile", request.profile).add("reader", request.reader).text();
  entry.result = JsonObject()
                     .raw("rules", to_json(published.rules))
                     .raw("checksums", checksums_json(published.rows, published.tables))
                     .text();
  audit(entry);
}

/// Everything from the checks to the switch; see pt_publish_release in sql/50-release.sql.
Published publish(PgHost& host, Request& request, StoredRun& run) {
  std::string const user = current_user_name();
  check_name(request.name);
  if (request.reader) (void)reader_role(*request.reader);
  run = load_run(request.source, request.run);
  if (!request.profile) request.profile = run.profile;
  run.counts_alone = publishes_no_events(run.profile);
  if (request.profile) withhold_for(load_profile(*request.profile), run);
  std::vector<Rule> rules =
      run_as_extension_owner([&] { return check_rules(run, request.profile); });
  require_publishable(run, rules, request.profile);
  Secret const secret;
  // A refresh has just read the source in this transaction: its version is as of then.
  if (!request.continues) require_unchanged(host, secret, run);
  request.schema = ensure_schema(request.name.schema);
  lock_release_name(request.name);
  Published published = run_as_extension_owner(
      [&] { return write_version(host, secret, run, request, std::move(rules), user); });
  if (request.reader) {
    grant_schema(request.name.schema, *request.reader);
    warn_of_exposure(*request.reader);
  }
  require_min_utility(host, request, run);
  audit_publication(request, run, published);
  return published;
}

}  // namespace

PublishedVersion publish_run(PgHost& host, Oid source, const ReleaseName& name, std::int64_t run_id,
                             const std::optional<std::string>& profile,
                             const std::optional<Continued>& continues) {
  Request request;
  request.source = source;
  request.name = name;
  request.profile = profile;
  request.run = run_id;
  if (continues) {
    request.continues = continues->run;
    request.renew_statistics = continues->expunges;
  }
  StoredRun run;
  Published const published = publish(host, request, run);
  return {published.version, static_cast<std::int64_t>(published.rows.personas),
          static_cast<std::int64_t>(published.rows.people)};
}

}  // namespace pt::pg

PT_FUNCTION(pt_publish_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  refuse_read_only("pt_publish_release()");
  Request request;
  request.source = args.oid(0, "source");
  require_source_owner(request.source);
  request.name.schema = args.text(1, "schema");
  request.profile = args.optional_text(2);
  request.reader = args.optional_text(3);
  request.run = args.optional_int8(4);
  request.name.name = args.optional_text(5).value_or(relation_of(request.source));
  if (!args.is_null(6)) request.min_utility = share_argument(args, 6, "min_utility", 1);
  PgHost host("pt_publish_release");
  StoredRun run;
  Published const published = publish(host, request, run);
  std::vector<std::string> views;
  for (std::size_t part = 0; part < kParts.size(); ++part)
    views.push_back(request.name.view_sql(part));
  using Cell = ResultSet::Cell;
  out.row({request.name.text(), published.version, run.id,
           static_cast<std::int64_t>(published.rows.personas),
           static_cast<std::int64_t>(published.rows.events),
           static_cast<std::int64_t>(published.rows.people), Cell::datum(text_array(views)),
           run.average_risk, run.maximum_risk, run.status,
           Cell::datum(jsonb_datum(to_json(published.rules))),
           Cell::datum(jsonb_datum(checksums_json(published.rows, published.tables)))});
  return out.done();
}

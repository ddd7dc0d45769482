// The audit and reproduction: sql/56-audit.sql.
#include "pg/audit.hpp"

#include <vector>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/extension_schema.hpp"
#include "pg/forward.hpp"
#include "pg/json.hpp"
#include "pg/may_see.hpp"
#include "pg/owner.hpp"
#include "pg/run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

/// A run as reproduction needs it: of the catalog, or of the audit when it was dropped.
struct KnownRun {
  std::string source;
  std::string owner;
  std::string parameters;
  std::string fingerprint;
  std::optional<std::string> people;
  bool refreshed = false;  ///< the run was made by a refresh
  bool may_see = false;
  bool may_see_seed = false;
};

/// What was written down of a run that may be dropped.
constexpr const char* kRunActions =
    "('create personas', 'refresh', 'scheduled refresh', 'expunge')";

std::optional<KnownRun> find_known_run(std::int64_t run, Oid user) {
  std::optional<KnownRun> found;
  run_as_extension_owner([&] {
    Spi spi;
    // A dropped run's people are part of what the audit keeps.
    spi.query(
        std::string(
            "WITH known AS (SELECT k.run_id, k.source, k.owner_name, k.parameters, k.fingerprint, "
            "CASE WHEN k.people <> k.source THEN k.people::text END AS people, 1 AS place "
            "FROM personatwin.run k WHERE k.run_id = $2 "
            "UNION ALL SELECT a.run_id, a.source, a.who, a.parameters, a.result->>'fingerprint', "
            "a.result->>'people', 2 FROM personatwin.audit a "
            "WHERE a.run_id = $2 AND a.parameters <> '{}' AND a.action IN ") +
            kRunActions +
            " ORDER BY place LIMIT 1) "
            "SELECT coalesce(c.oid::regclass::text, ''), r.owner_name::text, r.parameters::text, "
            "coalesce(r.fingerprint, ''), r.people, coalesce((r.parameters->>'refreshes')::int4, "
            "0) "
            "> 0, " +
            kMaySeeRun +
            ", pg_has_role($1::oid, (SELECT a.oid FROM pg_roles a WHERE a.rolname = "
            "r.owner_name), 'USAGE') FROM known r LEFT JOIN pg_class c ON c.oid = r.source",
        Params{}.oid(user).int8(run), Spi::ReadOnly::no, [&](const Row& row) {
          found = KnownRun{row.text(0),
                           row.text(1),
                           row.text(2),
                           row.text(3),
                           row.optional_text(4),
                           row.boolean(5),
                           !row.is_null(6) && row.boolean(6),
                           !row.is_null(7) && row.boolean(7)};
        });
  });
  return found;
}

/// "name => literal, ..." of every stored option that pt_create_personas has a parameter for; what
/// was left to defaults has none.
std::string arguments_of(Spi& spi, const KnownRun& run) {
  return spi
      .value(
          "SELECT string_agg(format('%I => %s', a.name, CASE jsonb_typeof(p.value) "
          "WHEN 'string' THEN quote_literal(p.value #>> '{}') "
          "WHEN 'array' THEN (SELECT format('ARRAY[%s]::pg_catalog.text[]', "
          "string_agg(quote_literal(x.word), ', ' ORDER BY x.place)) "
          "FROM jsonb_array_elements_text(p.value) WITH ORDINALITY AS x(word, place)) "
          "WHEN 'object' THEN quote_literal(p.value::text) "
          "ELSE CASE WHEN a.type = 'text'::regtype THEN quote_literal(p.value #>> '{}') "
          "ELSE p.value #>> '{}' END END), ', ' ORDER BY a.place) "
          "FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass "
          "AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass "
          "JOIN pg_proc f ON f.oid = d.objid AND f.proname = 'pt_create_personas' "
          "CROSS JOIN LATERAL unnest(f.proargnames, f.proargtypes::oid[]) WITH ORDINALITY "
          "AS a(name, type, place) "
          "JOIN jsonb_each($1::jsonb) p ON p.key = a.name "
          "WHERE e.extname = 'personatwin' AND p.value <> 'null' AND p.value <> '\"\"' "
          "AND p.value <> '[]' AND a.name NOT IN ('source', 'people') "
          "AND (a.name <> 'geography_level' OR p.value <> '0') AND (a.name <> 'seed' OR $2)",
          Params{}.text(run.parameters).boolean(run.may_see_seed), Spi::ReadOnly::no)
      .value_or("");
}

/// The run that a refreshed one came after: what the version before the first that shows it showed.
std::optional<std::int64_t> run_before(std::int64_t run) {
  std::optional<std::int64_t> before;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT p.run_id FROM personatwin.release_version v JOIN personatwin.release_version p ON "
        "p.release_id = v.release_id AND p.version = v.version - 1 WHERE v.run_id = $1 ORDER BY "
        "v.version, v.release_id LIMIT 1",
        Params{}.int8(run), Spi::ReadOnly::no, [&](const Row& row) { before = row.int8(0); });
  });
  return before;
}

/// A run with all that it needs; 42704, 42501 and 55000 when it can't be made again.
KnownRun require_known_run(std::int64_t id) {
  auto const run = find_known_run(id, GetUserId());
  if (!run)
    throw Error(sqlstate::kUndefinedObject, "there is no run " + std::to_string(id), {},
                "See pt_runs() and pt_audit_log().");
  if (!run->may_see)
    throw insufficient_privilege(
        "run " + std::to_string(id) + " belongs to the owner of its source", {},
        "Ask the owner of the source.");
  if (run->source.empty())
    throw wrong_state("the source of run " + std::to_string(id) + " is gone",
                      "Without it nothing can be made again.", "Restore it under its name first.");
  return *run;
}

/// Writes the calls, with the steps numbered.
class Calls {
 public:
  explicit Calls(ResultSet& out) : out_(out), schema_(extension_schema()) {}

  /// pt_create_personas, and the publications of that run.
  void first_version(std::int64_t id, const KnownRun& run) {
    run_as_extension_owner([&] {
      Spi spi;
      std::string call = "SELECT pg_catalog.count(*) FROM " + schema_ +
                         ".pt_create_personas(source => " + quote_literal(run.source);
      if (run.people) call += ", people => " + quote_literal(*run.people);
      std::string const arguments = arguments_of(spi, run);
      if (!arguments.empty()) call += ", " + arguments;
      add(call + ")", condition(run));
      for_releases(spi, id, [&](const Row& row) {
        std::string publish = "SELECT release, checksums FROM " + schema_ +
                              ".pt_publish_release(source => " + quote_literal(run.source) +
                              ", schema => " + quote_literal(row.text(0));
        if (auto const profile = row.optional_text(2))
          publish += ", profile => " + quote_literal(*profile);
        if (auto const reader = row.optional_text(3))
          publish += ", reader => " + quote_literal(*reader);
        add(publish + ", name => " + quote_literal(row.text(1)) + ")",
            "publishes the run just made");
      });
    });
  }

  /// pt_refresh_release of each release that shows the run.
  void next_version(std::int64_t id, const KnownRun& run) {
    run_as_extension_owner([&] {
      Spi spi;
      std::string note = condition(run);
      if (spi.value("SELECT 1 FROM personatwin.audit WHERE run_id = $1 AND action = 'expunge'",
                    Params{}.int8(id), Spi::ReadOnly::no))
        note +=
            "; people were expunged for it, who are never published again: the versions before can "
            "be made again in another installation only, and pt_expunge is called there for this";
      for_releases(spi, id, [&](const Row& row) {
        add("SELECT release, version FROM " + schema_ + ".pt_refresh_release(source => " +
                quote_literal(run.source) + ", schema => " + quote_literal(row.text(0)) +
                ", name => " + quote_literal(row.text(1)) + ")",
            note);
      });
    });
  }

 private:
  void add(const std::string& call, const std::string& note) { out_.row({step_++, call, note}); }

  static std::string condition(const KnownRun& run) {
    std::string note = "the rows must have the fingerprint " + run.fingerprint +
                       " and the installation the same secret";
    if (!run.may_see_seed)
      note += "; the seed is shown to " + quote_identifier(run.owner) + " only";
    return note;
  }

  /// Schema, name, profile and a reader of the releases that ever showed a run.
  template <class F>
  void for_releases(Spi& spi, std::int64_t id, F&& each) {
    spi.query(
        "SELECT DISTINCT r.schema_name::text, r.name::text, (SELECT v.profile FROM "
        "personatwin.release_version v WHERE v.release_id = r.release_id AND v.run_id = $1 "
        "ORDER BY v.version DESC LIMIT 1), (SELECT min(x.reader)::text FROM "
        "personatwin.release_reader x WHERE x.release_id = r.release_id) "
        "FROM personatwin.release r WHERE EXISTS (SELECT FROM personatwin.release_version v WHERE "
        "v.release_id = r.release_id AND v.run_id = $1) ORDER BY 1, 2",
        Params{}.int8(id), Spi::ReadOnly::no, std::forward<F>(each));
  }

  ResultSet& out_;
  std::string schema_;
  std::int32_t step_ = 1;
};

}  // namespace

void audit(const AuditEntry& entry) {
  Params params;
  params.text(current_user_name());
  Oid const session = GetSessionUserId();
  params.text(guarded([session] { return GetUserNameFromId(session, false); }));
  params.text(entry.action);
  params.add(OIDOID, ObjectIdGetDatum(entry.source), !OidIsValid(entry.source));
  std::string name = entry.source_name;
  if (name.empty() && OidIsValid(entry.source)) name = relation_name(entry.source);
  params.add(TEXTOID, text_datum(name), name.empty());
  params.add(INT8OID, Int64GetDatum(entry.run.value_or(0)), !entry.run);
  params.add(TEXTOID, text_datum(entry.release.value_or("")), !entry.release);
  params.add(INT4OID, Int32GetDatum(entry.version.value_or(0)), !entry.version);
  params.text(entry.parameters).text(entry.result);
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.audit (audit_id, at, who, session_who, action, source, "
        "source_name, run_id, release, version, parameters, result) VALUES "
        "(nextval('personatwin.audit_id_seq'), clock_timestamp(), $1::name, $2::name, $3, "
        "$4::regclass, $5, $6, $7, $8, $9::jsonb, $10::jsonb)",
        params);
  });
}

void audit_run(const Finished& run) {
  if (!run.run_id) return;
  const Prepared& prepared = run.prepared;
  const protect::Protected& result = run.result;
  std::optional<std::string> people;
  if (prepared.description.people &&
      prepared.description.people->oid != prepared.arguments.spec.source)
    people = prepared.description.people->sql_name;
  bool const any = result.released > 0;
  AuditEntry entry("create personas", prepared.arguments.spec.source);
  entry.run = run.run_id;
  entry.parameters = parameters_json(prepared.run, prepared.arguments, *prepared.encoded);
  entry.result = JsonObject()
                     .add("fingerprint", prepared.encoded->fingerprint)
                     .add("people", people)
                     .add("average_risk", any ? std::optional(result.average) : std::nullopt)
                     .add("maximum_risk", any ? std::optional(result.maximum) : std::nullopt)
                     .add("target_met", result.target_met)
                     .add("status", status_word(result.average, result.maximum, result.released))
                     .add("personas", result.personas.size())
                     .text();
  audit(entry);
}

}  // namespace pt::pg

PT_FUNCTION(pt_audit_log) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  auto const source = args.optional_oid(0);
  if (source) require_source_owner(*source);
  Params params;
  params.oid(GetUserId()).add(OIDOID, ObjectIdGetDatum(source.value_or(InvalidOid)), !source);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(std::string("SELECT r.audit_id, r.at, r.who, r.session_who, r.action, "
                          "coalesce(c.oid::regclass::text, r.source_name), r.run_id, r.release, "
                          "r.version, r.parameters - 'seed', r.result "
                          "FROM (SELECT a.*, a.who AS owner_name FROM personatwin.audit a) r "
                          "LEFT JOIN pg_class c ON c.oid = r.source "
                          "WHERE ($2 IS NULL OR r.source = $2::regclass) AND ") +
                  kMaySeeRun + " ORDER BY r.audit_id",
              params, Spi::ReadOnly::yes, [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}

PT_FUNCTION(pt_reproduce) {
  using namespace pt::pg;
  Args const args(fcinfo);
  ResultSet out(fcinfo);
  std::int64_t const id = args.int8(0, "run");
  std::vector<std::pair<std::int64_t, KnownRun>> chain{{id, require_known_run(id)}};
  while (chain.back().second.refreshed) {
    auto const before = run_before(chain.back().first);
    if (!before)
      throw pt::wrong_state("what run " + std::to_string(chain.back().first) +
                            " was a refresh of is not known");
    chain.emplace_back(*before, require_known_run(*before));
  }
  Calls calls(out);
  calls.first_version(chain.back().first, chain.back().second);
  for (auto run = chain.rbegin() + 1; run != chain.rend(); ++run)
    calls.next_version(run->first, run->second);
  return out.done();
}

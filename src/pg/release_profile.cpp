// Release profiles: sql/52-profiles.sql.
#include "pg/release_profile.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/error.hpp"
#include "core/model/period.hpp"
#include "core/release/us_states.hpp"
#include "core/text/json.hpp"
#include "pg/audit.hpp"
#include "pg/datum.hpp"
#include "pg/forward.hpp"
#include "pg/json.hpp"
#include "pg/options.hpp"
#include "pg/owner.hpp"
#include "pg/plan.hpp"
#include "pg/release_run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/acl.h"
#include "utils/date.h"
}

namespace pt::pg {
namespace {

constexpr double kMostPeople = 1'000'000;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

model::Period parse_rule_period(const std::string& word) {
  return model::parse_period(word).value_or(model::Period::none);
}

/// The first level of the geography whose labels are all states or wider; "not shown" when none is.
std::uint32_t state_level(const model::Attribute& place) {
  auto const wide = [](const std::vector<std::string>& labels) {
    return std::all_of(labels.begin(), labels.end(),
                       [](const std::string& label) { return release::is_state_or_wider(label); });
  };
  if (wide(place.labels)) return 0;
  const auto& levels = place.hierarchy.levels;
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (wide(levels[i].labels)) return static_cast<std::uint32_t>(i) + 1;
  return static_cast<std::uint32_t>(levels.size()) + 1;
}

/// Says what is wrong with a rule's value, or nothing.
std::optional<std::string> fault_of(const RuleKind& kind, const std::string& json_type,
                                    const std::string& value) {
  switch (kind.value) {
    case RuleValue::share:
    case RuleValue::count: {
      double const number = json_type == "number" ? std::strtod(value.c_str(), nullptr) : -1;
      bool const whole = kind.value == RuleValue::share || number == std::floor(number);
      if (json_type == "number" && number >= kind.least && number <= kind.most && whole &&
          !(kind.value == RuleValue::share && number <= 0))
        return std::nullopt;
      return kind.value == RuleValue::share
                 ? "a number above 0 and at most " + text::json_number(kind.most)
                 : "a whole number from " + std::to_string(std::lround(kind.least)) + " to " +
                       std::to_string(std::lround(kind.most));
    }
    case RuleValue::flag:
      if (json_type == "boolean" && value == "true") return std::nullopt;
      return "true (leave the rule out where it does not apply)";
    case RuleValue::period:
      if (json_type == "string" && model::parse_period(value)) return std::nullopt;
      return "one of day, week, month, quarter, half-year, year, none";
    case RuleValue::place:
      if (json_type == "string" && value == "us_state") return std::nullopt;
      return "us_state";
  }
  return std::nullopt;
}

/// 42501 unless the caller may define profiles: the owner of the extension, its members,
/// superusers.
void require_profile_rights() {
  Oid const owner = catalog_owner();
  if (guarded([owner] { return has_privs_of_role(GetUserId(), owner); })) return;
  throw insufficient_privilege("must be owner of the extension to define or drop release profiles",
                               "What may be published is not for those who publish to decide.",
                               "Ask the role that created the extension, or a superuser.");
}

struct Existing {
  bool found = false, built_in = false;
};

Existing existing_profile(const std::string& name) {
  Existing existing;
  Spi spi;
  spi.query("SELECT built_in FROM personatwin.profile WHERE name = $1", Params{}.text(name),
            Spi::ReadOnly::no, [&](const Row& row) {
              existing = {true, row.boolean(0)};
            });
  return existing;
}

Error built_in(const std::string& name) {
  return {sqlstate::kDuplicateObject, "profile " + quoted(name) + " comes with the extension",
          "It stays as it is documented.", "Define one of your own under another name."};
}

void check_definition(const std::string& rules) {
  std::size_t n = 0;
  bool object = false;
  Spi spi;
  spi.query("SELECT jsonb_typeof($1::jsonb) = 'object'", Params{}.text(rules), Spi::ReadOnly::yes,
            [&](const Row& row) { object = row.boolean(0); });
  if (!object)
    throw invalid_parameter("rules must be a JSON object", {},
                            "For example '{\"maximum_risk\": 0.09, \"min_size\": 11}'.");
  spi.query(
      "SELECT key, jsonb_typeof(value), value #>> '{}' FROM jsonb_each($1::jsonb) ORDER BY key",
      Params{}.text(rules), Spi::ReadOnly::yes, [&](const Row& row) {
        ++n;
        std::string const name = row.text(0);
        const RuleKind* const kind = find_rule_kind(name);
        if (kind == nullptr)
          throw invalid_parameter("unknown rule " + quoted(name), {},
                                  "The rules are: " + rule_names() + ".");
        std::string const value = row.optional_text(2).value_or("null");
        if (auto const fault = fault_of(*kind, row.text(1), value))
          throw invalid_parameter("rule " + quoted(name) + " can't have the value " + value,
                                  std::string(kind->meaning) + ".", "It must be " + *fault + ".");
      });
  if (n == 0)
    throw invalid_parameter("rules must not be empty",
                            "A profile without rules lets everything pass.",
                            "The rules are: " + rule_names() + ".");
}

bool publishes_no_counts(const Profile& profile) {
  return profile.word("round_to") || profile.word("random_round");
}

bool publishes_no_events(const Profile& profile) {
  return publishes_no_counts(profile) || profile.flag("tables_only") || profile.word("min_cell");
}

}  // namespace

const std::vector<RuleKind>& rule_kinds() {
  static const std::vector<RuleKind> kKinds{
      {"average_risk", RuleValue::share, 0, 1, "largest mean risk over the released people"},
      {"event_linkage_risk", RuleValue::share, 0, 1,
       "largest mean risk against who knows all events of a person and no demographics"},
      {"finest_period", RuleValue::period, 0, 0, "shortest period that may be shown"},
      {"finest_place", RuleValue::place, 0, 0, "finest place that may be shown"},
      {"hide_zero", RuleValue::flag, 0, 0, "counts of 0 people are held back as well"},
      {"maximum_risk", RuleValue::share, 0, 1, "largest risk of a released person"},
      {"min_cell", RuleValue::count, 2, kMostPeople,
       "people that any count but 0 stands for, at least; events are not published"},
      {"min_diversity", RuleValue::count, 1, 2,
       "distinct values of every sensitive attribute in a persona, at least; more than 2 is not "
       "measured"},
      {"min_share", RuleValue::share, 0, 0.5,
       "smallest share that may be shown; 1 minus it is the largest"},
      {"min_size", RuleValue::count, 2, kMostPeople, "people in the smallest persona, at least"},
      {"no_identifiers", RuleValue::flag, 0, 0,
       "no released column is an identifier and no released value looks like one"},
      {"random_round", RuleValue::count, 2, 100,
       "counts that are not randomly rounded to this base are not published"},
      {"round_to", RuleValue::count, 2, 100,
       "counts that are not rounded to this base are not published"},
      {"tables_only", RuleValue::flag, 0, 0,
       "events are not published one by one, nor counted by persona"},
      {"top_age", RuleValue::count, 1, 130, "ages from this one on are pooled"}};
  return kKinds;
}

const RuleKind* find_rule_kind(const std::string& name) {
  for (const RuleKind& kind : rule_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

std::string rule_names() {
  std::string names;
  for (const RuleKind& kind : rule_kinds())
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

std::optional<std::string> Profile::word(const std::string& rule) const {
  for (auto const& [key, value] : rules)
    if (key == rule) return value;
  return std::nullopt;
}

std::optional<double> Profile::number(const std::string& rule) const {
  auto const text = word(rule);
  if (!text) return std::nullopt;
  return std::strtod(text->c_str(), nullptr);
}

std::optional<Profile> find_profile(const std::string& name) {
  std::optional<Profile> found;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT r.key, r.value FROM personatwin.profile p "
        "LEFT JOIN LATERAL jsonb_each_text(p.rules) r ON true WHERE p.name = $1 ORDER BY r.key",
        Params{}.text(name), Spi::ReadOnly::no, [&](const Row& row) {
          if (!found) found = Profile{name, {}};
          if (!row.is_null(0))
            found->rules.emplace_back(row.text(0), row.optional_text(1).value_or(""));
        });
  });
  return found;
}

std::string profile_names() {
  std::string names;
  run_as_extension_owner([&] {
    Spi spi;
    names = spi.value("SELECT string_agg(name, ', ' ORDER BY name) FROM personatwin.profile")
                .value_or("");
  });
  return names;
}

Profile load_profile(const std::string& name) {
  auto profile = find_profile(name);
  if (!profile)
    throw Error(sqlstate::kUndefinedObject, "profile " + quoted(name) + " does not exist", {},
                "The profiles are: " + profile_names() + ".");
  for (auto const& [rule, value] : profile->rules)
    if (find_rule_kind(rule) == nullptr)
      throw not_supported("profile " + quoted(name) + " has a rule that is not known here: " + rule,
                          {}, "Known rules are " + rule_names() + ".");
  return *std::move(profile);
}

bool publishes_no_events(const std::optional<std::string>& profile) {
  if (!profile) return false;
  auto const found = find_profile(*profile);
  return !found || publishes_no_events(*found);
}

void withhold_for(const Profile& profile, StoredRun& run) {
  run.no_counts = publishes_no_counts(profile);
  run.tables_only = publishes_no_events(profile);
}

void apply_profile(const std::string& name, RunOptions& run) {
  auto const found = find_profile(name);
  if (!found)
    throw invalid_parameter("unknown profile " + quoted(name), {},
                            "The profiles are: " + profile_names() + ".");
  const Profile& profile = *found;
  protect::Options& o = run.options;
  if (auto const v = profile.number("average_risk")) o.target_risk = std::min(o.target_risk, *v);
  if (auto const v = profile.number("maximum_risk"))
    o.individual_limit = std::min(o.individual_limit, *v);
  for (const char* const rule : {"min_size", "min_cell"})
    if (auto const v = profile.number(rule))
      o.min_size = std::max(o.min_size, static_cast<std::uint32_t>(*v));
  o.max_size = std::max(o.max_size, o.min_size);
  if (auto const v = profile.word("finest_period"))
    o.period = std::max(o.period.value_or(model::Period::month), parse_rule_period(*v));
  if (auto const v = profile.number("top_age")) run.top_age = static_cast<std::int32_t>(*v);
  if (auto const v = profile.number("min_share")) o.table_cells.min_share = *v;
  o.table_cells.zero_allowed = !profile.flag("hide_zero");
  run.finest_place = profile.word("finest_place").value_or("");
  run.finest_period = profile.word("finest_period").value_or("");
}

void complete_profile(RunOptions& run, const Encoded& encoded) {
  protect::Options& o = run.options;
  const model::Population& population = encoded.population;
  if (!run.finest_place.empty()) {
    for (std::size_t a = 0; a < population.width(); ++a)
      if (population.meaning[a] == model::Meaning::geography)
        o.geography_level = std::max(o.geography_level, state_level(population.attributes[a]));
    for (std::size_t c = 0; c < population.event_width(); ++c)
      if (population.event_parts[c] == model::EventPart::location &&
          state_level(population.event_columns[c]) > 0)
        o.withhold.push_back(population.event_columns[c].name);
  }
  if (!run.finest_period.empty() && parse_rule_period(run.finest_period) != model::Period::day)
    for (const EncodedColumn& event : encoded.event_columns)
      if (is_date_type(event.column.type)) o.withhold.push_back(event.column.name);
}

}  // namespace pt::pg

PT_FUNCTION(pt_define_profile) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::string const name = args.text(0, "name");
  std::string const rules = output_text(args.value(1, "rules"), JSONBOID);
  std::string const source = args.text(2, "source");
  Datum const dated = args.value(3, "dated");
  std::string const description = args.text(4, "description");
  require_profile_rights();
  if (name.empty() || source.empty() || description.empty())
    throw pt::invalid_parameter("name, source and description must not be empty", {},
                                "Say where the rules come from, so that others can check them.");
  if (DATE_NOT_FINITE(DatumGetDateADT(dated)))
    throw pt::invalid_parameter("dated must be a finite date", {}, "It is the date of the source.");
  run_as_extension_owner([&] {
    check_definition(rules);
    if (existing_profile(name).built_in) throw built_in(name);
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.profile (name, rules, source, dated, description, built_in) "
        "VALUES ($1, $2::jsonb, $3, $4, $5, false) ON CONFLICT (name) DO UPDATE SET rules = "
        "excluded.rules, source = excluded.source, dated = excluded.dated, description = "
        "excluded.description",
        Params{}.text(name).text(rules).text(source).add(DATEOID, dated).text(description));
  });
  AuditEntry entry("define profile");
  entry.parameters =
      JsonObject().add("name", name).raw("rules", rules).add("source", source).text();
  audit(entry);
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_drop_profile) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::string const name = args.text(0, "name");
  require_profile_rights();
  run_as_extension_owner([&] {
    Existing const existing = existing_profile(name);
    if (!existing.found)
      throw pt::Error(pt::sqlstate::kUndefinedObject, "profile " + quoted(name) + " does not exist",
                      {}, "The profiles are: " + profile_names() + ".");
    if (existing.built_in) throw built_in(name);
    Spi spi;
    spi.execute("DELETE FROM personatwin.profile WHERE name = $1", Params{}.text(name));
  });
  AuditEntry entry("drop profile");
  entry.parameters = JsonObject().add("name", name).text();
  audit(entry);
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_profiles) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT name, rules, source, dated, description, built_in FROM personatwin.profile "
        "ORDER BY name",
        [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}

#include "pg/encode.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"
#include "core/model/domain.hpp"
#include "core/model/period.hpp"
#include "core/noise/location.hpp"
#include "pg/datum.hpp"
#include "pg/hierarchies.hpp"
#include "pg/plan.hpp"
#include "pg/reader.hpp"
#include "pg/refusal.hpp"
#include "pg/source_reader.hpp"
#include "pg/source_state.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/date.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

namespace pt::pg {
namespace {

using model::Code;
using model::Decoded;
using model::Kind;
using model::kNoDay;

constexpr int kOldest = 130;  // years; above is an error of the data

model::Prf person_prf(const Secret& secret) { return model::Prf(secret.derive_key("people")); }

std::int32_t current_day() {
  return static_cast<std::int32_t>(GetCurrentTransactionStartTimestamp() / USECS_PER_DAY);
}

/// The relations that rows are read from.
std::vector<const Relation*> relations_of(const Description& description) {
  std::vector<const Relation*> relations{&description.source};
  if (description.people) relations.push_back(&*description.people);
  return relations;
}

// ---- meaning of distinct values

Decoded decode_texts(const model::Dictionary& values, Oid type) {
  ValueDecoder const decoder(type);
  Decoded out;
  for (Code code = 0; code < values.size(); ++code)
    out.labels.emplace_back(decoder.text(values[code]));
  return out;
}

/// Age in full years on `as_of` of somebody born on `birth`.
int age_at(std::int32_t birth, std::int32_t as_of) {
  model::Civil const b = model::civil_from_day(birth), a = model::civil_from_day(as_of);
  return a.year - b.year - (std::pair(a.month, a.day) < std::pair(b.month, b.day) ? 1 : 0);
}

/// Decodes an ordered attribute and counts what can't be used.
class OrderedDecoder {
 public:
  OrderedDecoder(const SourceReader& reader, std::int32_t as_of, double top_age, Repairs& repairs)
      : reader_(reader), as_of_(as_of), top_age_(top_age), repairs_(repairs) {}

  Decoded decode(std::size_t attribute, const model::Dictionary& values,
                 const Column& column) const {
    ValueDecoder const decoder(column.type);
    bool const is_date = column.kind == Kind::birth_date || is_date_type(column.type);
    Decoded out;
    for (Code code = 0; code < values.size(); ++code) {
      std::uint64_t* bad = &repairs_.unusable_numbers;
      std::optional<double> value;
      std::string const text = decoder.text(values[code]);
      if (is_date) {
        if (auto const day = decoder.day(values[code])) value = *day;
      } else {
        value = parse_number(text);
      }
      if (value && !std::isfinite(*value)) value.reset();
      bool const is_age = column.kind == Kind::age || column.kind == Kind::birth_date ||
                          column.kind == Kind::birth_year;
      if (is_age) value = age(column.kind, value, bad);
      if (!value) *bad += reader_.rows_of(attribute, code);
      out.labels.push_back(
          value ? std::optional(is_age ? std::to_string(static_cast<int>(*value)) : text)
                : std::nullopt);
      out.values.push_back(value.value_or(0));
    }
    return out;
  }

 private:
  std::optional<double> age(Kind kind, std::optional<double> value, std::uint64_t*& bad) const {
    bad = &repairs_.ages_out_of_range;
    if (!value) return value;
    double years = std::floor(*value);
    if (kind == Kind::birth_date) {
      auto const birth = static_cast<std::int32_t>(*value);
      years = age_at(birth, as_of_);
      if (birth > as_of_) bad = &repairs_.births_in_future;
    } else if (kind == Kind::birth_year) {
      years = model::civil_from_day(as_of_).year - years;
      if (years < 0) bad = &repairs_.births_in_future;
    }
    if (years < 0 || years > kOldest) return std::nullopt;
    return std::min(years, top_age_);
  }

  const SourceReader& reader_;
  std::int32_t as_of_;
  double top_age_;
  Repairs& repairs_;
};

// ---- hierarchies

void add_person_hierarchies(const Description& description, const Plan& plan, Encoded& out) {
  Oid const relation = Plan::person_relation(description).oid;
  for (std::size_t i = 0; i < plan.people.size(); ++i) {
    model::Attribute& attribute = out.population.attributes[i];
    bool const place = plan.geography() == i;
    std::optional<LoadedHierarchy> loaded =
        load_hierarchy(relation, plan.people[i].name, attribute.labels);
    if (!loaded && place && !plan.coarser_geography.empty()) {
      std::vector<std::string> columns = {plan.people[i].name};
      for (const Column& column : plan.coarser_geography) columns.push_back(column.name);
      loaded = hierarchy_of_columns(relation, columns, attribute.labels);
    }
    if (place) out.geography_levels.push_back(attribute.name);
    if (!loaded) continue;
    attribute.hierarchy = std::move(loaded->hierarchy);
    out.repairs.unknown_to_hierarchy += loaded->not_shown;
    if (place)
      out.geography_levels.insert(out.geography_levels.end(), loaded->level_names.begin(),
                                  loaded->level_names.end());
  }
}

void add_event_hierarchies(const Description& description, const Plan& plan, Encoded& out) {
  for (std::size_t i = 0; i < plan.events.size(); ++i) {
    model::Attribute& attribute = out.population.event_columns[i];
    auto loaded =
        load_hierarchy(description.source.oid, plan.events[i].column.name, attribute.labels);
    if (!loaded && plan.events[i].part == model::EventPart::location) {
      if (auto parts = noise::address_hierarchy(attribute.labels)) {
        attribute.hierarchy = std::move(*parts);
        attribute.finest_level = 1;
      }
    }
    if (!loaded) continue;
    attribute.hierarchy = std::move(loaded->hierarchy);
    out.repairs.unknown_to_hierarchy += loaded->not_shown;
  }
}

}  // namespace

// ---- reading the same everywhere

ReadScope::ReadScope(bool allow_row_security) : level_(guarded([] { return NewGUCNestLevel(); })) {
  const auto set = [](const char* name, const char* value) {
    guarded([name, value] {
      set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    });
  };
  set("row_security", allow_row_security ? "on" : "off");
  set("TimeZone", "UTC");
  set("DateStyle", "ISO, MDY");
  set("IntervalStyle", "postgres");
  set("extra_float_digits", "1");
  set("bytea_output", "hex");
}

ReadScope::~ReadScope() {
  int const level = level_;
  try {
    guarded([level] { AtEOXact_GUC(true, level); });
  } catch (...) {  // NOLINT(bugprone-empty-catch): only memory can fail here; the end of the
                   // transaction restores them
  }
}

void require_all_rows(Oid relation) {
  bool const hidden =
      guarded([relation] { return check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED; });
  if (!hidden) return;
  throw insufficient_privilege(
      "row security hides rows of " + relation_name(relation) + " from you",
      "Personas of a part of the people would be mistaken for personas of all of them.",
      "Run it as a role that sees every row, or with allow_row_security => true, which is recorded "
      "with the run.");
}

Encoded encode(Host& host, const Secret& secret, const Description& description,
               std::optional<std::int32_t> as_of, std::optional<std::int32_t> top_age) {
  Plan const plan = make_plan(description);
  SourceReader reader(host, person_prf(secret), description, plan, false);
  std::uint64_t const oldest = oldest_unfinished_transaction();
  explaining_refusals(Recorded::yes, [&] { reader.read(); });
  std::string state = source_state(relations_of(description), oldest);

  if (!as_of) {
    std::int32_t const last = reader.builder().last_day(current_day());
    as_of = last != kNoDay && description.shape != Shape::people_only ? last : current_day();
  }
  Repairs repairs;
  OrderedDecoder const ordered(reader, *as_of, top_age.value_or(kOldest), repairs);
  std::vector<Decoded> people, events;
  host.progress("decoding values", 0, 0);
  for (std::size_t i = 0; i < plan.people.size(); ++i) {
    const model::Dictionary& values = reader.builder().person_dictionary(i);
    people.push_back(plan.schema.people[i].scale == model::Scale::ordered
                         ? ordered.decode(i, values, plan.people[i])
                         : decode_texts(values, plan.people[i].type));
    host.poll();
  }
  for (std::size_t i = 0; i < plan.events.size(); ++i) {
    events.push_back(
        decode_texts(reader.builder().event_dictionary(i), plan.events[i].column.type));
    host.poll();
  }
  repairs.empty_events = reader.empty_events();
  repairs.unusable_weights = reader.bad_weights();

  host.progress("sorting", 0, 0);
  Encoded out(reader.builder().finish(people, events));
  out.person_columns = plan.people;
  out.event_columns = plan.events;
  out.skipped = plan.skipped;
  out.as_of = *as_of;
  out.has_time = plan.time.has_value();
  out.repairs = repairs;
  out.fingerprint = plan.fingerprint(person_prf(secret), out.population.fingerprint);
  out.state = std::move(state);

  add_person_hierarchies(description, plan, out);
  add_event_hierarchies(description, plan, out);
  return out;
}

std::string compute_fingerprint(Host& host, const Secret& secret, const SourceSpec& spec,
                                const std::optional<KnownRows>& known) {
  ReadScope const scope(spec.allow_row_security);
  DescribeOptions options;
  options.source = spec.source;
  options.people = spec.people;
  options.person_key = spec.person_key;
  options.domain = spec.domain;
  options.record = false;
  options.quiet = true;
  return explaining_refusals(Recorded::yes, [&] {
    Description const description = describe(options);
    if (!spec.allow_row_security) {
      require_all_rows(description.source.oid);
      if (description.people) require_all_rows(description.people->oid);
    }
    Plan const plan = make_plan(description);
    if (known && same_state(host, relations_of(description), known->state))
      return plan.fingerprint(person_prf(secret), known->rows);
    SourceReader reader(host, person_prf(secret), description, plan, true);
    reader.read();
    return plan.fingerprint(person_prf(secret), reader.builder().fingerprint());
  });
}

model::Hash128 person_hash(Host& host, const Secret& secret, std::string_view key) {
  model::PopulationBuilder builder(host, person_prf(secret), {}, {});
  std::uint32_t const person = builder.person(key);
  builder.describe(person, {}, {}, std::nullopt);
  return builder.finish({}, {}).key.front();
}

model::Prf run_randomness(const Secret& secret, std::int64_t seed) {
  return model::Prf(secret.derive_key("randomness " + std::to_string(seed)));
}

}  // namespace pt::pg

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
#include "pg/source_state.hpp"
#include "pg/spi.hpp"

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
using model::kMissing;
using model::kNoDay;

constexpr int kOldest = 130;  // years; above is an error of the data

model::Prf person_prf(const Secret& secret) { return model::Prf(secret.derive_key("people")); }

std::int32_t current_day() {
  return static_cast<std::int32_t>(GetCurrentTransactionStartTimestamp() / USECS_PER_DAY);
}

/// Rows a plain table is believed to hold; 0 when unknown.
std::uint64_t believed_rows(Oid relation) {
  double const tuples = guarded([relation] {
    HeapTuple const tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple)) return 0.0;
    double const n =
        static_cast<double>(reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltuples);
    ReleaseSysCache(tuple);
    return n;
  });
  return tuples > 0 && tuples < 1e9 ? static_cast<std::uint64_t>(tuples) : 0;
}

/// The SELECT of one scan; columns are added by those who read them.
class Scan {
 public:
  explicit Scan(const Relation& relation) : relation_(relation.sql_name) {}
  int add(const Column& column) {
    columns_.push_back(quote_identifier(column.name));
    types_.push_back(column.type);
    return static_cast<int>(columns_.size()) - 1;
  }
  [[nodiscard]] const std::vector<Oid>& types() const { return types_; }
  [[nodiscard]] std::string sql() const {
    std::string text = "SELECT ";
    for (std::size_t i = 0; i < columns_.size(); ++i) text += (i > 0 ? ", " : "") + columns_[i];
    return text + " FROM " + relation_;
  }

 private:
  std::string relation_;
  std::vector<std::string> columns_;
  std::vector<Oid> types_;
};

const Column& require_column(const Relation& relation, const std::string& name) {
  if (const Column* const column = relation.find(name)) return *column;
  throw Error(sqlstate::kUndefinedColumn,
              "column \"" + name + "\" of " + relation.sql_name + " does not exist");
}

/// A column being interned, with its place in the scan.
struct Reading {
  int at;
  ColumnInterner interner;
};

/// What a row says about its person.
struct PersonCells {
  std::vector<Code> attributes, sensitive;
  std::optional<double> weight;
};

/// The event of a row.
struct EventCells {
  std::vector<Code> columns;
  std::int32_t day = kNoDay;
  bool exists = false;  ///< false: every value is NULL
};

/// Reads what rows say about people.
class PersonSide {
 public:
  PersonSide(model::PopulationBuilder& builder, const Plan& plan, Scan& scan)
      : rows_of_(plan.people.size()) {
    for (std::size_t i = 0; i < plan.people.size(); ++i)
      attributes_.push_back({scan.add(plan.people[i]),
                             ColumnInterner(builder.person_dictionary(i), plan.people[i].type)});
    for (std::size_t i = 0; i < plan.sensitive.size(); ++i)
      sensitive_.push_back(
          {scan.add(plan.sensitive[i]),
           ColumnInterner(builder.sensitive_dictionary(i), plan.sensitive[i].type)});
    if (plan.weight) {
      weight_at_ = scan.add(*plan.weight);
      weight_.emplace(plan.weight->type);
    }
    for (std::size_t i = 0; i < plan.people.size(); ++i)
      if (plan.schema.people[i].scale == model::Scale::ordered) counted_.push_back(i);
  }

  void read(const Row& row, PersonCells& out) {
    out.attributes.resize(attributes_.size());
    out.sensitive.resize(sensitive_.size());
    for (std::size_t i = 0; i < attributes_.size(); ++i)
      out.attributes[i] = attributes_[i].interner.code(row, attributes_[i].at);
    for (std::size_t const i : counted_) {
      Code const code = out.attributes[i];
      if (code == kMissing) continue;
      if (rows_of_[i].size() <= code) rows_of_[i].resize(code + std::size_t{1}, 0);
      ++rows_of_[i][code];
    }
    for (std::size_t i = 0; i < sensitive_.size(); ++i)
      out.sensitive[i] = sensitive_[i].interner.code(row, sensitive_[i].at);
    if (weight_) out.weight = weight_->weight(row, weight_at_, bad_weights);
  }

  /// Rows that hold raw code `code` of attribute `i` (ordered ones).
  [[nodiscard]] std::uint64_t rows_of(std::size_t i, Code code) const {
    return code < rows_of_[i].size() ? rows_of_[i][code] : 0;
  }
  std::uint64_t bad_weights = 0;

 private:
  std::vector<Reading> attributes_, sensitive_;
  std::vector<std::size_t> counted_;
  std::vector<std::vector<std::uint64_t>> rows_of_;
  std::optional<WeightReader> weight_;
  int weight_at_ = -1;
};

/// Reads the events of rows.
class EventSide {
 public:
  EventSide(model::PopulationBuilder& builder, const Plan& plan, Scan& scan) {
    for (std::size_t i = 0; i < plan.events.size(); ++i)
      columns_.push_back({scan.add(plan.events[i].column),
                          ColumnInterner(builder.event_dictionary(i), plan.events[i].column.type)});
    if (plan.time) {
      time_at_ = scan.add(*plan.time);
      time_.emplace(plan.time->type, plan.time->name);
    }
  }

  void read(const Row& row, EventCells& out) {
    out.columns.resize(columns_.size());
    out.day = time_ ? time_->day(row, time_at_) : kNoDay;
    out.exists = time_ && !row.is_null(time_at_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      out.columns[i] = columns_[i].interner.code(row, columns_[i].at);
      out.exists = out.exists || out.columns[i] != kMissing;
    }
  }

 private:
  std::vector<Reading> columns_;
  std::optional<DayReader> time_;
  int time_at_ = -1;
};

/// The scans of a source.
class SourceReader {
 public:
  SourceReader(Host& host, const Secret& secret, const Description& description, const Plan& plan,
               bool fingerprint_only)
      : host_(host),
        description_(description),
        plan_(plan),
        prf_(person_prf(secret)),
        builder(host, prf_, plan.schema, hints(description, fingerprint_only)),
        people_scan_(description.people ? *description.people : description.source),
        event_scan_(description.source) {
    people_scan_.add(description.people
                         ? require_column(*description.people, description.people_person_column)
                         : require_column(description.source, description.person_column));
    if (description.people)
      event_scan_.add(require_column(description.source, description.person_column));
    people.emplace(builder, plan_, people_scan_);
    if (description.shape != Shape::people_only)
      events.emplace(builder, plan_, description.people ? event_scan_ : people_scan_);
  }

  void read() {
    if (description_.people) {
      scan(*description_.people, people_scan_, description_.people_person_column, "reading people",
           &*people, nullptr);
      scan(description_.source, event_scan_, description_.person_column, "reading events", nullptr,
           &*events);
    } else {
      bool const wide = description_.shape == Shape::wide;
      scan(description_.source, people_scan_, description_.person_column,
           wide ? "reading events" : "reading people", &*people, wide ? &*events : nullptr);
    }
  }

  std::uint64_t empty_events = 0;

 private:
  static model::PopulationBuilder::Hints hints(const Description& description,
                                               bool fingerprint_only) {
    std::uint64_t const rows = believed_rows(description.source.oid);
    model::PopulationBuilder::Hints hints;
    hints.fingerprint_only = fingerprint_only;
    if (description.shape != Shape::people_only) hints.events = rows;
    if (description.shape == Shape::people_only) hints.people = rows;
    if (description.people) hints.people = believed_rows(description.people->oid);
    return hints;
  }

  /// A row that waits for its person to be in the cache.
  struct Waiting {
    model::Hash128 key;
    PersonCells person;
    EventCells event;
  };

  /// Scans one relation; a side that is null is not in it.
  void scan(const Relation& relation, const Scan& what, const std::string& key_column,
            std::string_view phase, PersonSide* person_side, EventSide* event_side) {
    constexpr std::uint64_t kReportEvery = 0x7FFF;
    constexpr std::size_t kHeldBack = 64;
    KeyReader keys(require_column(relation, key_column).type);
    model::Hash128 key;  // of the latest row
    std::uint64_t const total = believed_rows(relation.oid);
    std::uint64_t rows = 0;
    std::vector<Waiting> waiting(kHeldBack);
    std::size_t held = 0;
    auto const take = [&] {
      for (std::size_t i = 0; i < held; ++i) builder.fetch_person(waiting[i].key);
      for (std::size_t i = 0; i < held; ++i)
        add(waiting[i], person_side != nullptr, event_side != nullptr);
      held = 0;
    };
    host_.progress(phase, 0, total);
    Spi spi;
    spi.query(what.sql(), [&](const Row& row) {
      if (rows == 0) require_types(row, what.types(), relation.sql_name);
      if ((++rows & kReportEvery) == 0) host_.progress(phase, rows, std::max(rows, total));
      if (row.is_null(0)) {
        ++builder.counts().rows_without_person;
        return;
      }
      Waiting& next = waiting[held++];
      if (!keys.is_same(row, 0)) key = builder.hash(keys.key(row, 0));
      next.key = key;
      builder.fetch_slot(next.key);
      if (person_side != nullptr) person_side->read(row, next.person);
      if (event_side != nullptr) event_side->read(row, next.event);
      if (held == kHeldBack) take();
    });
    take();
  }

  /// Hands a row over to the builder. Events alone are those of people that the table of people
  /// has.
  void add(const Waiting& row, bool has_person, bool has_event) {
    std::optional<std::uint32_t> person;
    if (has_person) {
      person = builder.person(row.key);
      builder.describe(*person, row.person.attributes, row.person.sensitive, row.person.weight);
    } else {
      person = builder.known_person(row.key);
    }
    if (!has_event) return;
    if (!person)
      ++builder.counts().events_without_people;
    else if (row.event.exists)
      builder.event(*person, row.event.day, row.event.columns);
    else
      ++empty_events;
  }

  Host& host_;
  const Description& description_;
  const Plan& plan_;
  model::Prf prf_;

 public:
  model::PopulationBuilder builder;

 private:
  Scan people_scan_, event_scan_;

 public:
  std::optional<PersonSide> people;
  std::optional<EventSide> events;
};

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
  OrderedDecoder(const PersonSide& side, std::int32_t as_of, double top_age, Repairs& repairs)
      : side_(side), as_of_(as_of), top_age_(top_age), repairs_(repairs) {}

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
      if (!value) *bad += side_.rows_of(attribute, code);
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

  const PersonSide& side_;
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

void explain_hidden_rows(const PgError& error) {
  ErrorData* const e = error.edata;
  if (e->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE || e->hint != nullptr ||
      e->funcname == nullptr || std::string_view(e->funcname) != "check_enable_rls")
    return;
  guarded([e] {
    e->hint = MemoryContextStrdup(e->assoc_context,
                                  "Run it as a role that sees every row, or with "
                                  "allow_row_security => true, which is recorded with the run.");
  });
}

Encoded encode(Host& host, const Secret& secret, const Description& description,
               std::optional<std::int32_t> as_of, std::optional<std::int32_t> top_age) {
  Plan const plan = make_plan(description);
  SourceReader reader(host, secret, description, plan, false);
  std::uint64_t const oldest = oldest_unfinished_transaction();
  try {
    reader.read();
  } catch (const PgError& e) {
    explain_hidden_rows(e);
    throw;
  }
  std::string state = source_state(relations_of(description), oldest);

  if (!as_of) {
    std::int32_t const last = reader.builder.last_day(current_day());
    as_of = last != kNoDay && description.shape != Shape::people_only ? last : current_day();
  }
  Repairs repairs;
  OrderedDecoder const ordered(*reader.people, *as_of, top_age.value_or(kOldest), repairs);
  std::vector<Decoded> people, events;
  host.progress("decoding values", 0, 0);
  for (std::size_t i = 0; i < plan.people.size(); ++i) {
    const model::Dictionary& values = reader.builder.person_dictionary(i);
    people.push_back(plan.schema.people[i].scale == model::Scale::ordered
                         ? ordered.decode(i, values, plan.people[i])
                         : decode_texts(values, plan.people[i].type));
    host.poll();
  }
  for (std::size_t i = 0; i < plan.events.size(); ++i) {
    events.push_back(decode_texts(reader.builder.event_dictionary(i), plan.events[i].column.type));
    host.poll();
  }
  repairs.empty_events = reader.empty_events;
  repairs.unusable_weights = reader.people->bad_weights;

  host.progress("sorting", 0, 0);
  Encoded out(reader.builder.finish(people, events));
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
  Description const description = describe(options);
  if (!spec.allow_row_security) {
    require_all_rows(description.source.oid);
    if (description.people) require_all_rows(description.people->oid);
  }
  Plan const plan = make_plan(description);
  if (known && same_state(host, relations_of(description), known->state))
    return plan.fingerprint(person_prf(secret), known->rows);
  SourceReader reader(host, secret, description, plan, true);
  reader.read();
  return plan.fingerprint(person_prf(secret), reader.builder.fingerprint());
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

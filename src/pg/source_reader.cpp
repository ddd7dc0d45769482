#include "pg/source_reader.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "pg/reader.hpp"
#include "pg/row_memo.hpp"
#include "pg/table_scan.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "utils/syscache.h"
}

namespace pt::pg {
namespace {

using model::Code;
using model::kMissing;
using model::kNoDay;

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

/// The columns of one scan; they are added by those who read them.
class Scan {
 public:
  int add(const Column& column) {
    columns_.push_back(&column);
    return static_cast<int>(columns_.size()) - 1;
  }
  [[nodiscard]] const std::vector<const Column*>& columns() const { return columns_; }

 private:
  std::vector<const Column*> columns_;  // of the plan or the description, which outlive this
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

std::vector<Code> codes(std::vector<Reading>& columns, const ScanRow& row) {
  std::vector<Code> out;
  for (Reading& column : columns) out.push_back(column.interner.code(value_at(row, column.at)));
  return out;
}

/// Kinds of rows: those that a RowMemo knows, and room for one that it doesn't.
template <class Kind>
class Kinds {
 public:
  RowMemo memo;

  /// The kind of a row; `make` works it out. Stays valid, if `own` does, until the next change of
  /// that.
  template <class Make>
  Kind& of(const ScanRow& row, Kind& own, const Make& make) {
    std::uint32_t number = memo.find(row);
    if (number != RowMemo::kUnknown) return known_[number];
    own = make();
    if (memo.remember() == RowMemo::kUnknown) return own;
    return known_.emplace_back(own);
  }

 private:
  std::deque<Kind> known_;  // by number
};

using model::PersonKind;

struct EventKind {
  model::EventKind columns{{}};
  bool exists = false;  ///< some value is not NULL
};

/// What a row says about its person.
struct PersonCells {
  PersonKind own{{}, {}};
  PersonKind* kind = nullptr;
  std::optional<double> weight;
};

/// The event of a row.
struct EventCells {
  EventKind own;
  EventKind* kind = nullptr;
  std::int32_t day = kNoDay;
  bool exists = false;  ///< false: every value is NULL
};

/// Reads what rows say about people.
class PersonSide {
 public:
  PersonSide(model::PopulationBuilder& builder, const Plan& plan, Scan& scan)
      : rows_of_(plan.people.size()) {
    const auto add = [&](const Column& column, model::Dictionary& values,
                         std::vector<Reading>& readings) {
      int const at = scan.add(column);
      readings.push_back({at, ColumnInterner(values, column.type)});
      kinds_.memo.add(at, column.type);
    };
    for (std::size_t i = 0; i < plan.people.size(); ++i)
      add(plan.people[i], builder.person_dictionary(i), attributes_);
    for (std::size_t i = 0; i < plan.sensitive.size(); ++i)
      add(plan.sensitive[i], builder.sensitive_dictionary(i), sensitive_);
    if (plan.weight) {
      weight_at_ = scan.add(*plan.weight);
      weight_.emplace(plan.weight->type);
    }
    for (std::size_t i = 0; i < plan.people.size(); ++i)
      if (plan.schema.people[i].scale == model::Scale::ordered) counted_.push_back(i);
  }

  void read(const ScanRow& row, PersonCells& out) {
    out.kind = &kinds_.of(row, out.own, [&] {
      return PersonKind{codes(attributes_, row), codes(sensitive_, row)};
    });
    for (std::size_t const i : counted_) {
      Code const code = out.kind->attributes[i];
      if (code == kMissing) continue;
      if (rows_of_[i].size() <= code) rows_of_[i].resize(code + std::size_t{1}, 0);
      ++rows_of_[i][code];
    }
    if (weight_) out.weight = weight_->weight(value_at(row, weight_at_), bad_weights);
  }
  /// Gives memory back that only reading needs.
  void forget_kinds() { kinds_ = {}; }

  /// Rows that hold raw code `code` of attribute `i` (ordered ones).
  [[nodiscard]] std::uint64_t rows_of(std::size_t i, Code code) const {
    return code < rows_of_[i].size() ? rows_of_[i][code] : 0;
  }
  std::uint64_t bad_weights = 0;

 private:
  std::vector<Reading> attributes_, sensitive_;
  Kinds<PersonKind> kinds_;
  std::vector<std::size_t> counted_;
  std::vector<std::vector<std::uint64_t>> rows_of_;
  std::optional<WeightReader> weight_;
  int weight_at_ = -1;
};

/// Reads the events of rows.
class EventSide {
 public:
  EventSide(model::PopulationBuilder& builder, const Plan& plan, Scan& scan) {
    for (std::size_t i = 0; i < plan.events.size(); ++i) {
      const Column& column = plan.events[i].column;
      int const at = scan.add(column);
      columns_.push_back({at, ColumnInterner(builder.event_dictionary(i), column.type)});
      kinds_.memo.add(at, column.type);
    }
    if (plan.time) {
      time_at_ = scan.add(*plan.time);
      time_.emplace(plan.time->type, plan.time->name);
    }
  }

  void read(const ScanRow& row, EventCells& out) {
    out.day = time_ ? time_->day(value_at(row, time_at_)) : kNoDay;
    out.kind = &kinds_.of(row, out.own, [&] {
      EventKind kind{model::EventKind(codes(columns_, row)), false};
      kind.exists = std::any_of(kind.columns.columns.begin(), kind.columns.columns.end(),
                                [](Code code) { return code != kMissing; });
      return kind;
    });
    out.exists = out.kind->exists || (time_ && !value_at(row, time_at_).null);
  }
  /// Gives memory back that only reading needs.
  void forget_kinds() { kinds_ = {}; }

 private:
  std::vector<Reading> columns_;
  Kinds<EventKind> kinds_;
  std::optional<DayReader> time_;
  int time_at_ = -1;
};

}  // namespace

/// The scans of a source.
class SourceReader::Scans {
 public:
  Scans(Host& host, const model::Prf& prf, const Description& description, const Plan& plan,
        bool fingerprint_only)
      : host_(host),
        description_(description),
        plan_(plan),
        prf_(prf),
        builder(host, prf_, plan.schema, hints(description, fingerprint_only)) {
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
    people->forget_kinds();
    if (events) events->forget_kinds();
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

  /// Reads the keys of one relation so that they are those of the other.
  [[nodiscard]] KeyReader key_reader(const Column& key) const {
    Oid other = InvalidOid;
    if (description_.people) {
      const Column& of_people =
          require_column(*description_.people, description_.people_person_column);
      const Column& of_events = require_column(description_.source, description_.person_column);
      other = &key == &of_people ? of_events.type : of_people.type;
    }
    return {key.type, key.collation, other};
  }

  /// Scans one relation; a side that is null is not in it.
  void scan(const Relation& relation, const Scan& what, const std::string& key_column,
            std::string_view phase, PersonSide* person_side, EventSide* event_side) {
    constexpr std::uint64_t kReportEvery = 0x7FFF;
    constexpr std::size_t kHeldBack = 64;
    KeyReader keys = key_reader(require_column(relation, key_column));
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
    scan_table(relation, what.columns(), [&](const ScanRow& row) {
      if ((++rows & kReportEvery) == 0) host_.progress(phase, rows, std::max(rows, total));
      if (row.is_null(0)) {
        ++builder.counts().rows_without_person;
        return;
      }
      Waiting& next = waiting[held++];
      if (!keys.is_same(row.value(0))) key = builder.hash(keys.key(row.value(0)));
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
  void add(Waiting& row, bool has_person, bool has_event) {
    std::optional<std::uint32_t> person;
    if (has_person) {
      person = builder.person(row.key);
      builder.describe(*person, *row.person.kind, row.person.weight);
    } else {
      person = builder.known_person(row.key);
    }
    if (!has_event) return;
    if (!person)
      ++builder.counts().events_without_people;
    else if (row.event.exists)
      builder.event(*person, row.event.day, row.event.kind->columns);
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

SourceReader::SourceReader(Host& host, const model::Prf& prf, const Description& description,
                           const Plan& plan, bool fingerprint_only)
    : scans_(std::make_unique<Scans>(host, prf, description, plan, fingerprint_only)) {}

SourceReader::~SourceReader() = default;

void SourceReader::read() { scans_->read(); }
model::PopulationBuilder& SourceReader::builder() { return scans_->builder; }
std::uint64_t SourceReader::rows_of(std::size_t attribute, Code code) const {
  return scans_->people->rows_of(attribute, code);
}
std::uint64_t SourceReader::bad_weights() const { return scans_->people->bad_weights; }
std::uint64_t SourceReader::empty_events() const { return scans_->empty_events; }

}  // namespace pt::pg

// SQL functions of the sample data (sql/70-sample.sql): rows of the pure generators, streamed into
// the result, which spills to disk like any other.
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/sample/court.hpp"
#include "core/sample/health.hpp"
#include "core/sample/truth.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "utils/date.h"
}

namespace pt::pg {
namespace {

using Cell = ResultSet::Cell;
using Cells = std::vector<Cell>;

/// Makes the cells of texts in one memory context. It neither calls into PostgreSQL's error system
/// nor changes the current context, so it needs no guard.
class Texts {
 public:
  explicit Texts(MemoryContext context) : context_(context) {}

  [[nodiscard]] Cell operator()(std::string_view value) const {
    auto* const text = static_cast<struct varlena*>(allocate_in(context_, VARHDRSZ + value.size()));
    SET_VARSIZE(text, VARHDRSZ + value.size());
    std::memcpy(VARDATA(text), value.data(), value.size());
    return Cell::datum(PointerGetDatum(text));
  }

  /// NULL for the empty text.
  [[nodiscard]] Cell or_null(std::string_view value) const {
    return value.empty() ? Cell() : (*this)(value);
  }

 private:
  MemoryContext context_;
};

/// The cells of a fixed list of labels, made once a call; the empty label is NULL.
class Labels {
 public:
  template <std::size_t N>
  Labels(const Texts& texts, const std::array<std::string_view, N>& labels) {
    cells_.reserve(N);
    for (const std::string_view label : labels) cells_.push_back(texts.or_null(label));
  }

  template <class Index>
  [[nodiscard]] Cell operator[](Index i) const {
    return cells_[static_cast<std::size_t>(i)];
  }

 private:
  Cells cells_;
};

Cell date_cell(sample::Day day) { return Cell::datum(DateADTGetDatum(day)); }

Cell number_or_null(std::int16_t value) {
  return value == 0 ? Cell() : Cell(static_cast<std::int32_t>(value));
}

/// Columns of the court sample, in the order of sql/70-sample.sql.
class CourtColumns {
 public:
  using Generator = sample::court::Generator;
  using Person = sample::court::Person;
  using Event = sample::court::Event;

  CourtColumns(const Texts& constants, const Texts& texts)
      : texts_(texts),
        sexes_(constants, sample::court::kSexes),
        races_(constants, sample::court::kRaces),
        counties_(constants, sample::court::kCounties),
        incomes_(constants, sample::court::kIncomes),
        types_(constants, sample::court::kEventTypes),
        outcomes_(constants, sample::court::kOutcomes),
        degrees_(constants, sample::court::kDegrees),
        categories_(constants, sample::court::kCategories),
        attorneys_(constants, sample::court::kAttorneys),
        courts_(constants, sample::court::kCourts) {}

  void person(Cells& row, const Person& p) const {
    row.insert(row.end(), {p.id(), texts_(p.identity.full_name), texts_(p.identity.ssn),
                           date_cell(p.birth), p.age, sexes_[p.sex], races_[p.race],
                           counties_[p.county], texts_(p.identity.address),
                           texts_(p.identity.phone), texts_(p.identity.email), incomes_[p.income]});
  }

  void event(Cells& row, const Person& p, const Event& e) const {
    row.insert(row.end(),
               {texts_(sample::court::case_number(p, e.file)), date_cell(e.day), types_[e.type],
                outcomes_[e.outcome], degrees_[e.file.degree], categories_[e.file.category],
                attorneys_[e.file.attorney], number_or_null(e.months), courts_[e.file.court],
                texts_(sample::official_name(e.file.judge)),
                texts_(sample::official_name(e.file.prosecutor)),
                texts_.or_null(sample::court::note_text(p, e))});
  }

 private:
  Texts texts_;
  Labels sexes_, races_, counties_, incomes_, types_, outcomes_, degrees_, categories_, attorneys_,
      courts_;
};

/// Columns of the hospital sample, in the order of sql/70-sample.sql.
class HealthColumns {
 public:
  using Generator = sample::health::Generator;
  using Person = sample::health::Person;
  using Event = sample::health::Event;

  HealthColumns(const Texts& constants, const Texts& texts)
      : texts_(texts),
        sexes_(constants, sample::health::kSexes),
        races_(constants, sample::health::kRaces),
        insurances_(constants, sample::health::kInsurances),
        types_(constants, sample::health::kEventTypes),
        outcomes_(constants, sample::health::kOutcomes),
        conditions_(constants, sample::health::kConditions),
        treatments_(constants, sample::health::kTreatments) {}

  void person(Cells& row, const Person& p) const {
    const sample::health::City& city = sample::health::kCities[p.city];
    row.insert(row.end(),
               {p.id(), texts_(p.record_number()), texts_(p.identity.full_name),
                texts_.or_null(p.insurance_number()), date_cell(p.birth), p.age, sexes_[p.sex],
                races_[p.race], texts_(city.name), texts_(city.county), texts_(p.identity.address),
                texts_(p.identity.phone), texts_(p.identity.email), insurances_[p.insurance]});
  }

  void event(Cells& row, const Person& p, const Event& e) const {
    row.insert(row.end(), {date_cell(e.day), types_[e.type], outcomes_[e.outcome],
                           conditions_[e.condition], treatments_[e.treatment],
                           number_or_null(e.stay), texts_(sample::health::diagnosis_code(p, e)),
                           texts_(sample::official_name(e.provider)),
                           texts_(sample::health::facility_name(p, e)),
                           texts_.or_null(sample::health::note_text(p, e))});
  }

 private:
  Texts texts_;
  Labels sexes_, races_, insurances_, types_, outcomes_, conditions_, treatments_;
};

std::uint64_t people_argument(const Args& args) {
  const std::int32_t people = args.int4(0, "people");
  if (people < 0) {
    throw invalid_parameter("people must not be negative",
                            "The call asks for " + std::to_string(people) + " people.");
  }
  if (static_cast<std::uint64_t>(people) > sample::kMaxPeople) {
    throw program_limit("a sample has at most " + std::to_string(sample::kMaxPeople) + " people",
                        "The call asks for " + std::to_string(people) + ".");
  }
  return static_cast<std::uint64_t>(people);
}

enum class Form : std::uint8_t { wide, people, events };

/// The common body: (people int, seed bigint) -> rows of one form of one sample.
template <class Columns>
Datum sample_rows(FunctionCallInfo fcinfo, Form form, const char* title) {
  const Args args(fcinfo);
  const std::uint64_t people = people_argument(args);
  const typename Columns::Generator generator(static_cast<std::uint64_t>(args.int8(1, "seed")));

  PgHost host(title);
  ResultSet out(fcinfo);
  const OwnedContext constants("personatwin sample labels");
  OwnedContext scratch("personatwin sample person");
  const Columns columns(Texts(constants.get()), Texts(scratch.get()));

  std::vector<typename Columns::Event> events;
  Cells row;
  for (std::uint64_t i = 0; i < people; ++i) {
    if (i % 4096 == 0) host.progress("making people", i, people);
    host.poll();
    const typename Columns::Person person = generator.person(i);
    row.clear();
    if (form == Form::events) {
      row.emplace_back(person.id());
    } else {
      columns.person(row, person);
    }
    if (form == Form::people) {
      out.row(row);
    } else {
      const std::size_t width = row.size();
      generator.events(person, events);
      for (const typename Columns::Event& event : events) {
        row.resize(width);
        row.emplace_back(event.id);
        columns.event(row, person, event);
        out.row(row);
      }
    }
    scratch.reset();
  }
  return out.done();
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_sample_court_events) {
  using namespace pt::pg;
  return sample_rows<CourtColumns>(fcinfo, Form::wide, "pt_sample_court_events");
}

PT_FUNCTION(pt_sample_court_people) {
  using namespace pt::pg;
  return sample_rows<CourtColumns>(fcinfo, Form::people, "pt_sample_court_people");
}

PT_FUNCTION(pt_sample_court_docket) {
  using namespace pt::pg;
  return sample_rows<CourtColumns>(fcinfo, Form::events, "pt_sample_court_docket");
}

PT_FUNCTION(pt_sample_health_events) {
  using namespace pt::pg;
  return sample_rows<HealthColumns>(fcinfo, Form::wide, "pt_sample_health_events");
}

PT_FUNCTION(pt_sample_health_people) {
  using namespace pt::pg;
  return sample_rows<HealthColumns>(fcinfo, Form::people, "pt_sample_health_people");
}

PT_FUNCTION(pt_sample_health_encounters) {
  using namespace pt::pg;
  return sample_rows<HealthColumns>(fcinfo, Form::events, "pt_sample_health_encounters");
}

PT_FUNCTION(pt_sample_truth) {
  pt::pg::ResultSet out(fcinfo);
  for (const pt::sample::Statement& s : pt::sample::truth()) {
    out.row({s.sample, s.measure, s.kind, s.unit, s.among, s.counted, s.expected});
  }
  return out.done();
}

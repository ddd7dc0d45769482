#include "pg/advice_question.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/protect/adviser.hpp"
#include "pg/datum.hpp"
#include "pg/owner.hpp"
#include "pg/release_run.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

constexpr std::array<std::string_view, 5> kShipped{"criminal_justice", "healthcare", "education",
                                                   "social_services", "employment"};

/// Only the shipped names are words of ours; one that a user made may say anything.
std::string_view domain_word(const std::string& domain) {
  auto const found = std::find(kShipped.begin(), kShipped.end(), domain);
  return found == kShipped.end() ? std::string_view("custom") : *found;
}

std::vector<advisor::Figure> figures_of(const Situation& s) {
  auto const count = [](const char* name, std::int64_t n) {
    return advisor::Figure{name, static_cast<double>(n), true};
  };
  auto const figure = [](const char* name, double x) { return advisor::Figure{name, x, false}; };
  double const people = static_cast<double>(std::max<std::int64_t>(1, s.people));
  return {count("people", s.people),
          count("events", s.events),
          count("personas", s.personas),
          count("classes", s.classes),
          count("suppressed", s.suppressed),
          count("high_risk_personas", s.high_risk_personas),
          figure("events_per_person", static_cast<double>(s.events) / people),
          figure("target_average_risk", s.target),
          figure("individual_limit", s.limit),
          figure("average_risk", s.average),
          figure("maximum_risk", s.maximum),
          figure("mean_age_width_years", s.age_width),
          figure("event_columns", static_cast<double>(s.event_columns)),
          figure("person_columns", static_cast<double>(s.person_columns))};
}

std::vector<std::vector<advisor::Figure>> riskiest_of(const Situation& s) {
  std::vector<std::vector<advisor::Figure>> out;
  for (const Situation::Risky& r : s.riskiest)
    out.push_back(
        {{"people", static_cast<double>(r.people), true},
         {"people_of_same_demographics", static_cast<double>(r.class_people), true},
         {"highest_risk", r.risk, false},
         {"events_per_person",
          static_cast<double>(r.events) / static_cast<double>(std::max<std::int64_t>(1, r.people)),
          false},
         {"age_width_years", r.age_width, false}});
  return out;
}

void load_riskiest(Spi& spi, const StoredRun& run, Situation& s) {
  std::string const personas = run.table("persona");
  spi.query(
      "SELECT merged_from::int8, (SELECT sum(q.merged_from) FROM " + personas +
          " q WHERE q.class_no = p.class_no)::int8, (SELECT coalesce(sum(w), 0) FROM "
          "unnest(event_weight) w)::int8, traceability_score, coalesce(upper(age_range) - "
          "lower(age_range), 0)::float8 FROM " +
          personas + " p ORDER BY traceability_score DESC, persona_no LIMIT $1",
      Params{}.int8(static_cast<std::int64_t>(advisor::kMaxGroups)), Spi::ReadOnly::yes,
      [&](const Row& row) {
        s.riskiest.push_back({row.int8(0), row.int8(1), row.int8(2), row.float8(3), row.float8(4)});
      });
}

}  // namespace

Question make_question(const Situation& situation) {
  Question question;
  for (const protect::ActionInfo& action : protect::actions())
    question.allowed.push_back(
        {std::string(action.word), action.low, action.high, std::string(action.meaning)});
  question.prompt = advisor::build_prompt(domain_word(situation.domain), figures_of(situation),
                                          riskiest_of(situation), question.allowed);
  question.run = situation.run;
  return question;
}

Situation load_situation(Oid source, std::optional<std::int64_t> run) {
  require_source_owner(source);
  Situation s;
  StoredRun const stored = load_run(source, run);
  s.run = stored.id;
  run_as_extension_owner([&] {
    Spi spi;
    load_riskiest(spi, stored, s);
    spi.query(
        "SELECT coalesce(domain, ''), coalesce(n_people, 0), coalesce(n_events, 0), "
        "coalesce(n_personas, 0)::int8, coalesce(n_classes, 0)::int8, coalesce(n_suppressed, 0), "
        "target_risk, individual_limit, coalesce(population_average_risk, 0), "
        "coalesce(maximum_risk, 0), coalesce((metrics->>'mean_age_width')::float8, 0), "
        "coalesce((metrics->>'high_risk_personas')::int8, 0), "
        "jsonb_array_length(event_columns)::int8, jsonb_array_length(person_columns)::int8 FROM "
        "personatwin.run WHERE run_id = $1",
        Params{}.int8(stored.id), Spi::ReadOnly::yes, [&](const Row& row) {
          s.domain = row.text(0);
          s.people = row.int8(1);
          s.events = row.int8(2);
          s.personas = row.int8(3);
          s.classes = row.int8(4);
          s.suppressed = row.int8(5);
          s.target = row.float8(6);
          s.limit = row.float8(7);
          s.average = row.float8(8);
          s.maximum = row.float8(9);
          s.age_width = row.float8(10);
          s.high_risk_personas = row.int8(11);
          s.event_columns = row.int8(12);
          s.person_columns = row.int8(13);
        });
  });
  return s;
}

}  // namespace pt::pg

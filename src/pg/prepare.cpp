// From the arguments of a call to a result in memory: describe, encode, protect.
#include "core/error.hpp"
#include "core/protect/count_tables.hpp"
#include "core/protect/protect.hpp"
#include "core/text/json.hpp"
#include "pg/domains.hpp"
#include "pg/owner.hpp"
#include "pg/refusal.hpp"
#include "pg/release_profile.hpp"
#include "pg/run.hpp"

namespace pt::pg {
namespace {

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void note(std::uint64_t count, const std::string& what) {
  if (count > 0) report(NOTICE, std::to_string(count) + " " + what);
}

void report_repairs(const Encoded& encoded, Shape shape) {
  const model::ReadCounts& c = encoded.population.counts;
  const Repairs& r = encoded.repairs;
  note(c.rows_without_person, "rows without a person key: left out");
  note(c.events_without_people, "events of people who are not in the table of people: left out");
  if (shape != Shape::people_only)
    note(c.people_without_events, "people without events: kept, with no events");
  if (encoded.has_time)
    note(c.events_without_time, "events without a usable time: kept, with unknown period");
  note(r.empty_events, "rows with no event value at all: not counted as events");
  note(c.contradicting_people,
       "people whose rows contradict each other: the most frequent value counts (of ages the "
       "largest)");
  note(r.ages_out_of_range,
       "rows with an age that is no number of 0 to 130 years: treated as missing");
  note(r.births_in_future, "rows with a birth after " +
                               model::period_label(encoded.as_of, model::Period::day) +
                               ", the day that ages refer to: treated as missing");
  note(r.unusable_numbers,
       "rows with a number that is NaN, infinite or no number: treated as missing");
  note(r.unusable_weights,
       "rows with a weight that is not a positive finite number: treated as missing");
  note(r.unknown_to_hierarchy,
       "values that the hierarchy of their column does not know: generalised to \"not shown\"");
  if (!encoded.skipped.empty())
    report(NOTICE, "columns with a role that are not used: " + list(encoded.skipped));
}

/// The register of the population that the caller names, for the attacker `register`.
void load_register(Host& host, Prepared& prepared) {
  if (!prepared.arguments.population) return;
  PopulationTable const table = find_population(*prepared.arguments.population);
  prepared.register_cells = std::make_shared<RegisterCells>(
      table, released_attributes(*prepared.encoded), prepared.run.top_age, host);
  auto const people = static_cast<double>(prepared.population().size());
  if (prepared.register_cells->total() < people)
    throw data_error("population \"" + table.name + "\" has fewer people than the source",
                     "It has " + text::json_number(prepared.register_cells->total()) +
                         ", the source " + text::json_number(people) + ".",
                     "A register of the population holds everybody who could be in the source.");
  prepared.run.options.register_of = prepared.register_cells;
}

/// settled() for every figure that has a bound.
void settle_rounding(protect::Protected& result, const protect::Options& options) {
  const auto settle = [](double& value, double bound) { value = settled(value, bound); };
  protect::Risks& r = result.risks;
  for (double* const average :
       {&result.average, &r.demographics_average, &r.one_event_average, &r.two_events_average,
        &r.all_events_average, &r.events_average, &r.register_average})
    settle(*average, options.target_risk);
  for (double* const maximum :
       {&result.maximum, &r.demographics_maximum, &r.one_event_maximum, &r.two_events_maximum,
        &r.all_events_maximum, &r.events_maximum, &r.register_maximum})
    settle(*maximum, options.individual_limit);
  for (protect::PersonaRow& persona : result.personas)
    settle(persona.risk, options.individual_limit);
}

/// Gives the memory of people's own events back: from here on their pooled ones are used.
void forget_histories(model::Population& population) {
  auto const empty = [](auto& vector) {
    std::remove_reference_t<decltype(vector)>(vector.get_allocator()).swap(vector);
  };
  empty(population.words);
  empty(population.first);
}

}  // namespace

Prepared describe_source(const CreateArguments& arguments, Report report) {
  const SourceSpec& spec = arguments.spec;
  require_source_owner(spec.source);
  Prepared prepared;
  prepared.arguments = arguments;
  DescribeOptions options;
  options.source = spec.source;
  options.people = spec.people;
  options.person_key = spec.person_key;
  options.domain = spec.domain;
  options.record = !arguments.dry_run;
  options.quiet = report == Report::quiet;
  if (!spec.allow_row_security) {
    require_all_rows(spec.source);
    if (OidIsValid(spec.people)) require_all_rows(spec.people);
  }
  prepared.description =
      explaining_refusals(Recorded::yes, [&options] { return describe(options); });
  if (prepared.description.people && !spec.allow_row_security)
    require_all_rows(prepared.description.people->oid);
  return prepared;
}

double settled(double value, double bound) {
  constexpr double kRounding = 1e-12;
  return value > bound && value <= bound * (1 + kRounding) ? bound : value;
}

Prepared prepare_source(Host& host, const Secret& secret, const CreateArguments& arguments) {
  RunOptions run = resolve_options(arguments);
  ReadScope const scope(arguments.spec.allow_row_security);
  Prepared prepared = describe_source(arguments);
  prepared.run = std::move(run);
  encode_source(host, secret, prepared);
  return prepared;
}

void encode_source(Host& host, const Secret& secret, Prepared& prepared) {
  prepared.encoded.emplace(
      encode(host, secret, prepared.description, prepared.arguments.as_of, prepared.run.top_age));
  report_repairs(*prepared.encoded, prepared.description.shape);
  complete_options(prepared.run, prepared.arguments, *prepared.encoded,
                   load_domain(prepared.description.domain));
  load_register(host, prepared);
}

void open_top_ages(protect::Protected& result, std::int32_t top) {
  for (protect::ClassRow& row : result.classes)
    if (row.age_high && *row.age_high > top) row.age_high.reset();
}

protect::Protected protect_source(Host& host, const Secret& secret, Prepared& prepared) {
  if (prepared.population().size() > 0) {
    protect::Protected result =
        protect::protect(host, prepared.encoded->population, prepared.run.options,
                         run_randomness(secret, prepared.arguments.seed));
    settle_rounding(result, prepared.run.options);
    if (prepared.run.top_age) open_top_ages(result, *prepared.run.top_age);
    if (result.target_met) {
      prepared.counts = protect::count_tables(
          host, prepared.encoded->population, prepared.run.options, result,
          /* beside_events */ !publishes_no_events(prepared.arguments.profile));
      for (std::size_t c = 0; c < prepared.counts.recidivism.size(); ++c)
        result.classes[c].recidivism_json = prepared.counts.recidivism[c];
    }
    forget_histories(prepared.encoded->population);
    return result;
  }
  protect::Protected empty(host.memory());
  empty.setting.period = model::Period::none;
  empty.setting.column_level.resize(prepared.population().event_width());
  return empty;
}

}  // namespace pt::pg

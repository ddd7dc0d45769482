// pt_population_estimates, pt_population_uniques, pt_population_k_map and single formulas:
// sql/45-estimators.sql.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/risk/estimators.hpp"
#include "core/risk/estimators_loglinear.hpp"
#include "core/risk/estimators_record.hpp"
#include "core/risk/estimators_table.hpp"
#include "core/risk/estimators_threshold.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/host.hpp"
#include "pg/json.hpp"
#include "pg/population_table.hpp"

namespace pt::pg {
namespace {

/// What the three functions are told about source and population.
struct Question {
  CodedOptions table;
  std::optional<double> fraction;
  std::string population;
};

/// The sample with everything known of its population.
struct Answerable {
  CodedTable table;
  std::optional<double> fraction;
  std::optional<double> population_size;
  std::pmr::vector<double> population;  // people of the register by tuple; empty: no register

  [[nodiscard]] risk::SampleDesign design() const {
    risk::SampleDesign out(table.tuples);
    out.tuple_of_person = table.tuple_of_person;
    out.weight = table.weight;
    out.household = table.household;
    out.fraction = fraction;
    out.population = population;
    return out;
  }
};

std::string non_empty(const Args& args, int at, const char* name) {
  const auto text = args.optional_text(at);
  if (text && text->empty())
    throw invalid_parameter(std::string(name) + " must not be empty", {},
                            "Leave it out if there is none.");
  return text.value_or("");
}

std::optional<double> fraction_argument(const Args& args, int at) {
  const auto fraction = args.optional_float8(at);
  if (fraction && (!(*fraction > 0) || !(*fraction <= 1)))
    throw invalid_parameter("sampling_fraction must be above 0 and at most 1", {},
                            "It is people in the source / people in the population.");
  return fraction;
}

/// Columns that both the mapping and the source have: what such a register knows.
std::vector<std::string> known_columns(const PopulationTable& population, Oid source) {
  const Relation relation = load_relation(source);
  std::vector<std::string> out;
  for (const Column& column : relation.columns)
    if (population.find(column.name) != nullptr) out.push_back(column.name);
  if (out.empty())
    throw invalid_parameter("the mapping of population \"" + population.name +
                                "\" names no column of " + relation.sql_name,
                            {}, "Map the columns of this source with pt_register_population.");
  return out;
}

/// People of the register in each tuple's cell.
std::pmr::vector<double> count_population(Host& host, const CodedTable& table,
                                          const LoadedPopulation& population) {
  const std::size_t width = table.columns.size();
  std::vector<std::vector<risk::Allowed>> allowed(width);  // by column and code
  for (std::size_t c = 0; c < width; ++c)
    for (const std::string& label : table.columns[c].labels)
      allowed[c].push_back(population.allowed(c, std::optional(label)));
  std::vector<risk::Allowed> wanted(width);
  std::pmr::vector<double> out(table.tuples.size(), 0.0, host.memory());
  for (std::size_t t = 0; t < out.size(); ++t) {
    host.poll();
    for (std::size_t c = 0; c < width; ++c) {
      const model::Code code = table.tuples.codes[t * width + c];
      wanted[c] = code == model::kMissing ? population.allowed(c, std::nullopt) : allowed[c][code];
    }
    out[t] = population.people().people(wanted);
  }
  return out;
}

Answerable read_question(const Question& question, Host& host) {
  if (question.fraction && !question.table.weight.empty())
    throw invalid_parameter("sampling_fraction and weight exclude each other", {},
                            "The weights tell the fraction: people / sum of weights.");
  CodedOptions options = question.table;
  std::optional<PopulationTable> population;
  if (!question.population.empty()) {
    population = find_population(question.population);
    if (!options.quasi_identifiers)
      options.quasi_identifiers = known_columns(*population, options.source);
  }
  Answerable out{read_coded_table(options, host), question.fraction, {}, {}};
  const auto people = static_cast<double>(out.table.people());
  const std::string& name = out.table.sql_name;
  if (!out.table.weight.empty()) {
    out.population_size = out.table.weights();
    if (*out.population_size < people)
      throw data_error("the weights of " + name + " add up to fewer people than it has",
                       "A population is not smaller than its sample.",
                       "Weights say how many people of the population a person stands for.");
  }
  if (population) {
    const LoadedPopulation loaded(*population, out.table.names(), host);
    out.population = count_population(host, out.table, loaded);
    if (!out.fraction && !out.population_size) {
      out.population_size = loaded.people().total();
      if (*out.population_size < people)
        throw data_error("population \"" + population->name + "\" has fewer people than " + name,
                         "A population is not smaller than its sample.");
    }
  }
  if (!out.fraction && out.population_size && people > 0)
    out.fraction = people / *out.population_size;
  if (out.fraction && !out.population_size) out.population_size = people / *out.fraction;
  return out;
}

ResultSet::Cell parameters_cell(const risk::EstimateRow& row) {
  if (row.parameters.empty() || !row.converged) return {};
  JsonObject json;
  for (const auto& [name, value] : row.parameters) json.add(name, value);
  return ResultSet::Cell::datum(jsonb_datum(json.text()));
}

std::optional<std::string> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void report_people(const CodedTable& table) {
  if (table.rows_without_person > 0)
    report(NOTICE,
           std::to_string(table.rows_without_person) + " rows of " + table.sql_name +
               " belong to no person",
           "They are counted for nobody.");
}

std::uint64_t class_size(const Args& args, int at, const char* name) {
  const std::int64_t size = args.int8(at, name);
  if (size < 1)
    throw invalid_parameter(std::string(name) + " must be at least 1",
                            "It is " + std::to_string(size) + ".");
  return static_cast<std::uint64_t>(size);
}

double finite_argument(const Args& args, int at, const char* name, bool zero_allowed) {
  const double value = args.float8(at, name);
  if (!std::isfinite(value) || value < 0 || (value == 0 && !zero_allowed))
    throw invalid_parameter(std::string(name) + " must be finite and " +
                            (zero_allowed ? "not negative" : "above 0"));
  return value;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_population_estimates) {
  using namespace pt::pg;
  const Args args(fcinfo);
  Question question;
  question.table.source = args.oid(0, "source");
  question.table.quasi_identifiers = optional_names(fcinfo, 1, "quasi_identifiers");
  question.fraction = fraction_argument(args, 2);
  question.table.weight = non_empty(args, 3, "weight");
  question.population = non_empty(args, 4, "population");
  question.table.household = non_empty(args, 5, "household");
  question.table.person_key = non_empty(args, 6, "person_key");
  question.table.allow_row_security = args.boolean(7, "allow_row_security");
  PgHost host("pt_population_estimates");
  ResultSet out(fcinfo);
  const Answerable sample = read_question(question, host);
  report_people(sample.table);
  for (const pt::risk::EstimateRow& row : pt::risk::compare_estimators(host, sample.design()))
    out.row({row.estimator, row.measure, row.value, row.reidentifications, row.uniques,
             row.converged, text_or_null(row.why), sample.fraction, parameters_cell(row)});
  return out.done();
}

PT_FUNCTION(pt_population_uniques) {
  using namespace pt::pg;
  namespace risk = pt::risk;
  const Args args(fcinfo);
  Question question;
  question.table.source = args.oid(0, "source");
  question.table.quasi_identifiers = optional_names(fcinfo, 1, "quasi_identifiers");
  question.fraction = fraction_argument(args, 2);
  question.table.weight = non_empty(args, 3, "weight");
  question.population = non_empty(args, 4, "population");
  question.table.person_key = non_empty(args, 5, "person_key");
  question.table.allow_row_security = args.boolean(6, "allow_row_security");
  PgHost host("pt_population_uniques");
  ResultSet out(fcinfo);
  const Answerable sample = read_question(question, host);
  report_people(sample.table);
  const risk::ClassSizes sizes = risk::count_sizes(sample.table.tuples.people);
  risk::DankarEstimate estimate{
      risk::Estimate::none("it needs to know how large the population is: a sampling "
                           "fraction, weights or a population"),
      {}};
  std::optional<double> unique_in_sample, share;
  if (sizes.people == 0) {
    estimate.uniques.why = "the sample is empty";
  } else if (sample.fraction) {
    const double population = std::max(static_cast<double>(sizes.people), *sample.population_size);
    estimate = risk::dankar(sizes, population, risk::pitman(host, sizes, population),
                            risk::zayatz(host, sizes, population),
                            risk::shifted_negative_binomial(host, sizes, population));
    unique_in_sample =
        risk::poisson_sums(host, sample.table.tuples.people,
                           risk::independence_means(host, sample.table.tuples), *sample.fraction)
            .unique;
    if (estimate.uniques.value) share = *estimate.uniques.value / population;
  }
  out.row({static_cast<std::int64_t>(sizes.people), sample.population_size, sample.fraction,
           static_cast<std::int64_t>(sizes.with_size(1)), text_or_null(estimate.model),
           estimate.uniques.value, share, unique_in_sample, estimate.uniques.converged(),
           text_or_null(estimate.uniques.why)});
  return out.done();
}

PT_FUNCTION(pt_population_k_map) {
  using namespace pt::pg;
  namespace risk = pt::risk;
  const Args args(fcinfo);
  Question question;
  question.table.source = args.oid(0, "source");
  const std::uint64_t k = class_size(args, 1, "k");
  question.table.quasi_identifiers = optional_names(fcinfo, 2, "quasi_identifiers");
  question.population = non_empty(args, 3, "population");
  question.fraction = fraction_argument(args, 4);
  question.table.weight = non_empty(args, 5, "weight");
  const double significance = args.float8(6, "significance");
  question.table.person_key = non_empty(args, 7, "person_key");
  question.table.allow_row_security = args.boolean(8, "allow_row_security");
  if (!(significance > 0) || !(significance < 1))
    throw pt::invalid_parameter("significance must be between 0 and 1", {},
                                "It is the accepted probability of an error; 0.05 is usual.");
  PgHost host("pt_population_k_map");
  ResultSet out(fcinfo);
  const Answerable sample = read_question(question, host);
  report_people(sample.table);
  const risk::ClassSizes sizes = risk::count_sizes(sample.table.tuples.people);
  std::optional<bool> holds;
  std::optional<double> k_map;
  std::optional<std::int64_t> derived, truncated, least, unknown_classes, unknown_people,
      short_classes;
  std::string why;
  if (sizes.people > 0) {
    least = static_cast<std::int64_t>(sizes.counts.front().size);
    if (sample.fraction) {
      const double population =
          std::max(static_cast<double>(sizes.people), *sample.population_size);
      derived =
          static_cast<std::int64_t>(risk::derived_k(k, sizes.people, population, significance).k);
      truncated = static_cast<std::int64_t>(
          risk::derived_k_truncated(k, sizes.people, population, significance).k);
    }
  }
  if (sizes.people == 0) {
    why = "the sample is empty";
  } else if (!sample.population.empty()) {
    const risk::RegisterRisk r = risk::register_risk(sample.table.tuples.people, sample.population);
    unknown_classes = static_cast<std::int64_t>(r.unknown_classes);
    unknown_people = static_cast<std::int64_t>(r.unknown_people);
    short_classes = static_cast<std::int64_t>(r.short_classes);
    if (r.people > 0) k_map = r.least;
    holds = r.unknown_classes == 0 && r.least >= static_cast<double>(k);
    why = "counted in the population table";
    if (r.unknown_classes > 0)
      why += "; it has nobody in the cells of " + std::to_string(r.unknown_people) + " people";
  } else if (derived) {
    holds = *least >= *derived;
    why = "judged: classes of at least derived_k people in the source";
  } else {
    why =
        "it needs to know how large the population is: a sampling fraction, weights or a "
        "population";
  }
  out.row({holds, k_map, least, derived, truncated, static_cast<std::int64_t>(sizes.people),
           static_cast<std::int64_t>(sizes.classes), unknown_classes, unknown_people, short_classes,
           why});
  return out.done();
}

PT_FUNCTION(pt_individual_risk) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const std::uint64_t f = class_size(args, 0, "class_size");
  PG_RETURN_FLOAT8(pt::risk::individual_risk(f, finite_argument(args, 1, "weights", false)));
}

PT_FUNCTION(pt_poisson_risk) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const std::uint64_t f = class_size(args, 0, "class_size");
  constexpr std::uint64_t kMost = 1000000000;
  if (f > kMost) throw pt::invalid_parameter("class_size must be at most 1000000000");
  PG_RETURN_FLOAT8(pt::risk::poisson_inverse(f, finite_argument(args, 1, "others", true)));
}

PT_FUNCTION(pt_derived_k) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const std::uint64_t k = class_size(args, 0, "k"), people = class_size(args, 1, "people");
  const double population = args.float8(2, "population_size");
  const double significance = args.float8(3, "significance");
  const pt::risk::DerivedK derived =
      args.boolean(4, "truncated")
          ? pt::risk::derived_k_truncated(k, people, population, significance)
          : pt::risk::derived_k(k, people, population, significance);
  PG_RETURN_INT64(static_cast<std::int64_t>(derived.k));
}

PT_FUNCTION(pt_threshold_to_size) {
  using namespace pt::pg;
  PG_RETURN_INT64(
      static_cast<std::int64_t>(pt::risk::threshold_to_size(Args(fcinfo).float8(0, "threshold"))));
}

PT_FUNCTION(pt_safepub_k) {
  using namespace pt::pg;
  const Args args(fcinfo);
  PG_RETURN_INT64(static_cast<std::int64_t>(
      pt::risk::safepub_k(args.float8(0, "epsilon"), args.float8(1, "delta"))));
}

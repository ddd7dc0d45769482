#include "pg/advice_events.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/domains.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

/// Names of one of the domain's lists that come with the extension, ascending.
std::vector<std::string> shipped(Spi& spi, const std::string& table, const std::string& domain) {
  std::vector<std::string> names;
  spi.query("SELECT t.name FROM personatwin." + table +
                " t JOIN personatwin.domain d ON d.name = t.domain WHERE d.name = $1 AND d.shipped "
                "AND t.shipped ORDER BY t.name COLLATE \"C\"",
            Params{}.text(domain), Spi::ReadOnly::yes,
            [&](const Row& row) { names.push_back(row.text(0)); });
  return names;
}

advisor::EventVocabulary load_vocabulary(const std::string& domain) {
  advisor::EventVocabulary out;
  run_as_extension_owner([&] {
    Spi spi;
    out.types = shipped(spi, "domain_event_type", domain);
    out.outcomes = shipped(spi, "domain_outcome", domain);
  });
  if (out.types.empty()) return out;
  model::Domain const rules = load_domain(domain);
  for (const std::string& earlier : out.types)
    for (const std::string& later : out.types)
      if (!rules.may_follow_directly(earlier, later)) out.impossible.emplace_back(earlier, later);
  return out;
}

Question question_of(const std::string& domain, advisor::EventVocabulary vocabulary) {
  Question question;
  question.prompt = advisor::build_successions_prompt(domain, vocabulary);
  question.events = std::move(vocabulary);
  return question;
}

/// The position of a part of events among the event columns.
std::optional<std::size_t> column_of(const model::Population& population, model::EventPart part) {
  auto const found = std::find(population.event_parts.begin(), population.event_parts.end(), part);
  if (found == population.event_parts.end()) return std::nullopt;
  return static_cast<std::size_t>(found - population.event_parts.begin());
}

/// Codes of an event column's labels that pass.
template <class F>
std::vector<model::Code> codes(const model::Population& population, std::size_t column, F&& is) {
  const std::vector<std::string>& labels = population.event_columns[column].labels;
  std::vector<model::Code> out;
  for (std::size_t c = 0; c < labels.size(); ++c)
    if (is(labels[c])) out.push_back(static_cast<model::Code>(c));
  return out;
}

}  // namespace

Question make_events_question(const std::string& domain) {
  advisor::EventVocabulary vocabulary = load_vocabulary(domain);
  if (vocabulary.types.empty())
    throw not_supported("no model is asked about the events of domain \"" + domain + "\"",
                        "Only words that come with the extension are sent, and this domain has "
                        "none.",
                        "pt_domains() lists the domains; pt_set_domain sets one.");
  return question_of(domain, std::move(vocabulary));
}

bool asks_about_events(const std::string& domain) { return !load_vocabulary(domain).types.empty(); }

void add_successions(const CreateArguments& arguments, const model::Population& population,
                     RunOptions& run) {
  auto const type_column = column_of(population, model::EventPart::type);
  if (arguments.synthetic <= 0 || !type_column) return;
  AdviceEndpoint const endpoint = load_endpoint(*arguments.endpoint);
  advisor::EventVocabulary vocabulary = load_vocabulary(run.domain);
  if (vocabulary.types.empty()) return;
  auto const said = cached_successions(endpoint, question_of(run.domain, std::move(vocabulary)));
  if (said.empty()) {
    report(NOTICE,
           "no advice on events: endpoint \"" + endpoint.name + "\" has given no answer about \"" +
               run.domain + "\"",
           {}, "pt_advise(..., about => 'events') asks; synthetic events go where the data say.");
    return;
  }
  model::Domain const domain = load_domain(run.domain);
  auto const outcome_column = column_of(population, model::EventPart::outcome);
  auto const types = [&](const std::string& name) {
    return codes(population, *type_column, [&](const std::string& label) {
      const model::EventType* const type = domain.find_event_type(label);
      return type != nullptr && type->name == name;
    });
  };
  for (const advisor::SaidSuccession& s : said) {
    std::vector<std::optional<model::Code>> outcomes{std::nullopt};
    if (!s.outcome.empty() && outcome_column) {
      auto const found = codes(population, *outcome_column, [&](const std::string& label) {
        return model::normal_term(label) == s.outcome;
      });
      outcomes.assign(found.begin(), found.end());
    }
    for (model::Code const earlier : types(s.earlier))
      for (model::Code const later : types(s.later))
        for (std::optional<model::Code> const& outcome : outcomes)
          run.options.successions.push_back({earlier, later, outcome});
  }
  run.options.successions_by = endpoint.name;
}

}  // namespace pt::pg

#include "pg/advice_use.hpp"

#include "core/error.hpp"
#include "core/protect/adviser.hpp"
#include "pg/advice_events.hpp"
#include "pg/advice_question.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {
namespace {

constexpr const char* kAlone = "The rules go on alone.";

struct Asked {
  AdviceEndpoint endpoint;
  Question question;
};

/// The question about the latest run; nothing, and a NOTICE, without a run.
std::optional<Asked> question_of(const CreateArguments& arguments) {
  AdviceEndpoint const endpoint = load_endpoint(*arguments.endpoint);
  try {
    return Asked{endpoint, make_question(load_situation(arguments.spec.source, std::nullopt))};
  } catch (const Error& e) {
    if (e.sqlstate() != sqlstate::kObjectNotInPrerequisiteState) throw;
  }
  report(NOTICE, "no advice: there is no earlier run to ask about", {}, kAlone);
  return std::nullopt;
}

/// The stored answer about the latest run, as proposals.
std::vector<protect::Proposal> stored_proposals(const CreateArguments& arguments) {
  std::vector<protect::Proposal> proposals;
  std::optional<Asked> const asked = question_of(arguments);
  if (!asked) return proposals;
  auto const choices = cached_advice(asked->endpoint, asked->question);
  if (!choices) {
    report(NOTICE, "no advice: endpoint \"" + asked->endpoint.name + "\" has given no answer", {},
           std::string(kAlone) + " pt_advice_log() tells what became of a request.");
    return proposals;
  }
  for (const advisor::Choice& choice : *choices)
    if (std::optional<protect::Action> const action = protect::parse_action(choice.action))
      proposals.push_back({*action, choice.amount, choice.reason, asked->endpoint.name});
  return proposals;
}

}  // namespace

Advisor parse_advisor(const CreateArguments& arguments, bool may_wait) {
  std::string const word = arguments.advisor.value_or("rules");
  Advisor advisor = Advisor::rules;
  if (word == "cached")
    advisor = Advisor::cached;
  else if (word == "llm")
    advisor = Advisor::llm;
  else if (word != "rules")
    throw invalid_parameter("unknown advisor \"" + word + "\"", {},
                            "The advisors are rules, cached and llm.");
  if (advisor == Advisor::llm && !may_wait)
    throw invalid_parameter("a transaction does not wait for a model", {},
                            "Use CALL pt_build(..., advisor => 'llm'), or pt_advise() and then "
                            "advisor => 'cached'.");
  if (advisor != Advisor::rules && !arguments.endpoint)
    throw invalid_parameter("advisor => '" + word + "' needs an endpoint", {},
                            "Name one with endpoint => '...'; pt_advice_status() lists them.");
  return advisor;
}

void add_advice(const CreateArguments& arguments, const model::Population& population,
                RunOptions& run) {
  run.options.proposals = stored_proposals(arguments);
  add_successions(arguments, population, run);
}

std::vector<std::int64_t> ask_for_advice(const CreateArguments& arguments,
                                         const std::string& domain) {
  std::vector<Question> questions;
  if (std::optional<Asked> asked = question_of(arguments))
    questions.push_back(std::move(asked->question));
  if (arguments.synthetic > 0 && asks_about_events(domain))
    questions.push_back(make_events_question(domain));
  AdviceEndpoint const endpoint = load_endpoint(*arguments.endpoint);
  std::vector<std::int64_t> requests;
  try {
    for (const Question& question : questions)
      if (!has_answer(endpoint, question))
        requests.push_back(enqueue_advice(endpoint, question, arguments.spec.source));
  } catch (const Error& e) {  // closed or forbidden: no reason to stop a build
    report(NOTICE, "no advice: " + e.message(), {}, kAlone);
  }
  return requests;
}

}  // namespace pt::pg

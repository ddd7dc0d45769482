// The question which types of events follow which: candidates for synthetic events. It holds the
// words of a shipped domain and nothing of the data.
#pragma once

#include <string>

#include "core/model/population.hpp"
#include "pg/advice_queue.hpp"
#include "pg/options.hpp"

namespace pt::pg {

/// The question about the words of a domain that come with the extension; those that were added
/// are not sent, for they may be words of the data. 0A000 for a domain without shipped event types.
[[nodiscard]] Question make_events_question(const std::string& domain);

/// Whether there is such a question.
[[nodiscard]] bool asks_about_events(const std::string& domain);

/// Sets RunOptions::options.successions to the endpoint's stored answer to that question, by the
/// codes of the population. Nothing for a run without synthetic events or event types; nothing and
/// a NOTICE without an answer or words to ask about.
void add_successions(const CreateArguments& arguments, const model::Population& population,
                     RunOptions& run);

}  // namespace pt::pg

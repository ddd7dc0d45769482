// Advice in a run: from a question about the latest run to proposals for the next one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/population.hpp"
#include "pg/advice_queue.hpp"
#include "pg/options.hpp"

namespace pt::pg {

/// Who advises: the rules alone, the rules and an answer that is stored already, or the rules and a
/// model that is asked now (pt_build only).
enum class Advisor : std::uint8_t { rules, cached, llm };

/// 'rules', 'cached', 'llm'. 22023 for another word, for llm where `may_wait` is false, and for an
/// adviser other than the rules without an endpoint.
[[nodiscard]] Advisor parse_advisor(const CreateArguments& arguments, bool may_wait);

/// Sets the proposals and successions of a run's options to the stored answers: to the question
/// about the caller's latest run of the source, and to that about the events of the domain. None,
/// and a NOTICE with the reason, when there is no run yet or no answer: then the rules go on alone.
void add_advice(const CreateArguments& arguments, const model::Population& population,
                RunOptions& run);

/// Asks about the caller's latest run and, for a run with synthetic events, about the events of the
/// domain. The numbers of the requests, to be waited for; none when the answers are known, or when
/// nothing can be asked (a NOTICE says why).
[[nodiscard]] std::vector<std::int64_t> ask_for_advice(const CreateArguments& arguments,
                                                       const std::string& domain);

}  // namespace pt::pg

// Advice in a run: from a question about the latest run to proposals for the next one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/protect/adviser.hpp"
#include "pg/advice_queue.hpp"
#include "pg/options.hpp"

namespace pt::pg {

/// Who advises: the rules alone, the rules and an answer that is stored already, or the rules and a
/// model that is asked now (pt_build only).
enum class Advisor : std::uint8_t { rules, cached, llm };

/// 'rules', 'cached', 'llm'. 22023 for another word, for llm where `may_wait` is false, and for an
/// adviser other than the rules without an endpoint.
[[nodiscard]] Advisor parse_advisor(const CreateArguments& arguments, bool may_wait);

/// The stored answer to the question about the caller's latest run of the source, as proposals.
/// None, and a NOTICE with the reason, when there is no run yet or no answer: then the rules go on
/// alone.
[[nodiscard]] std::vector<protect::Proposal> stored_proposals(const CreateArguments& arguments);

/// Asks about the caller's latest run. The number of the request, to be waited for; nothing when
/// the answer is known, or when nothing can be asked (a NOTICE says why).
[[nodiscard]] std::optional<std::int64_t> ask_for_advice(const CreateArguments& arguments);

}  // namespace pt::pg

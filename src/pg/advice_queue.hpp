// Questions and their answers: what is stored, what is put into the queue. Everything here runs as
// owner of the catalog for its statements. Sending is in pg/advice_sending.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/answer.hpp"
#include "advisor/prompt.hpp"
#include "advisor/provider.hpp"
#include "advisor/successions.hpp"
#include "pg/advice_endpoint.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// A question: what is sent, and what may be answered.
struct Question {
  advisor::Prompt prompt;
  std::vector<advisor::Allowed> allowed;
  std::optional<advisor::EventVocabulary> events;  ///< a question about successions of events
  std::int64_t run = 0;                            ///< that it is about, 0: none; not sent
};

/// The answer to the same question, not older than 30 days, as its choices.
[[nodiscard]] std::optional<std::vector<advisor::Choice>> cached_advice(
    const AdviceEndpoint& endpoint, const Question& question);

/// The same for a question about successions of events; none without an answer.
[[nodiscard]] std::vector<advisor::SaidSuccession> cached_successions(
    const AdviceEndpoint& endpoint, const Question& question);
/// Whether the question has such an answer.
[[nodiscard]] bool has_answer(const AdviceEndpoint& endpoint, const Question& question);

/// The request that a question leads to, byte for byte, without the key: method and address,
/// headers, an empty line, body.
[[nodiscard]] std::string preview(const AdviceEndpoint& endpoint, const Question& question);
/// Where a call goes.
[[nodiscard]] std::string url_of(const AdviceEndpoint& endpoint, const advisor::Call& call);

/// Puts a question into the queue, or finds the one that is in flight already; the worker of the
/// current user is woken at commit. 55000 when the endpoint is closed. Returns its number.
std::int64_t enqueue_advice(const AdviceEndpoint& endpoint, const Question& question, Oid source);

/// State of a request: ready, running, done, failed or dead; nothing when there is none.
[[nodiscard]] std::optional<std::string> advice_state(std::int64_t request);

}  // namespace pt::pg

// The queue of requests for advice: endpoints, requests and answers in the catalog. Used by the SQL
// functions and by the worker. Everything here runs as owner of the catalog for its statements.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/answer.hpp"
#include "advisor/endpoint.hpp"
#include "advisor/prompt.hpp"
#include "advisor/provider.hpp"
#include "advisor/successions.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// A row of personatwin.advice_endpoint.
struct AdviceEndpoint {
  std::string name;
  advisor::Provider provider = advisor::Provider::openai;
  advisor::Address address;
  std::string model;
  std::string key_source;
  std::int32_t max_tokens = 0, timeout_seconds = 0;
  std::optional<std::string> closed_by;
};

/// The named endpoint; 42704 with a hint when there is none.
[[nodiscard]] AdviceEndpoint load_endpoint(std::string_view name);

/// Checks an address against the settings personatwin.advice_allow and advice_local_only.
void require_allowed(const advisor::Address& address);

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

/// Who talks to the model.
enum class Sender : std::uint8_t { worker, outside };

/// A leased request.
struct AdviceJob {
  std::int64_t id = 0;
  AdviceEndpoint endpoint;
  advisor::Prompt prompt;
};

/// What a claim got.
struct Claimed {
  std::vector<AdviceJob> jobs;
  std::size_t refused = 0;  ///< requests over a budget, which have failed now
};

/// Leases up to `n` requests of `requester` that are due: those of others are skipped, not waited
/// for. Requests whose sender died are due again, five times at most. Requests over a budget of
/// the day or of their run, or to an endpoint that is gone or closed, end as failed. While an
/// endpoint pauses, nothing of it is due.
[[nodiscard]] Claimed claim_advice(std::string_view requester, std::int32_t n, Sender sender);

/// Takes what came back for a request of `requester` that was leased to `sender` (a worker: to this
/// process), and returns its new state: the answer is checked and stored, or the request is due
/// again later, or it has failed. `uniform` in [0, 1) spreads the next try. What an outside process
/// says pauses or closes no endpoint and books no more tokens than were set aside: it may be
/// anybody's. 55000 unless the request is running there.
std::string complete_advice(std::string_view requester, std::int64_t request,
                            const advisor::Reply& reply, double uniform, Sender sender);

/// Seconds until the next request of `requester` is due (0: now); nothing when there is none.
[[nodiscard]] std::optional<double> next_advice(std::string_view requester);

}  // namespace pt::pg

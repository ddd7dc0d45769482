// Sending requests for advice: what a worker or an outside process is given, and what becomes of
// the replies. Everything here runs as owner of the catalog for its statements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/prompt.hpp"
#include "advisor/provider.hpp"
#include "pg/advice_endpoint.hpp"

namespace pt::pg {

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
/// endpoint pauses, nothing of it is due, and after a pause one request at a time until one is
/// answered; pauses that outside processes of the role brought about hold for these alone.
[[nodiscard]] Claimed claim_advice(std::string_view requester, std::int32_t n, Sender sender);

/// Takes what came back for a request of `requester` that was leased to `sender` (a worker: to this
/// process), and returns its new state: the answer is checked and stored, or the request is due
/// again later, or it has failed. `uniform` in [0, 1) spreads the next try. What an outside process
/// says pauses an endpoint for outside processes of the same role only, is shared with no other
/// role, and books no more tokens than were set aside: it may be anybody's. 55000 unless the
/// request is running there.
std::string complete_advice(std::string_view requester, std::int64_t request,
                            const advisor::Reply& reply, double uniform, Sender sender);

/// Seconds until the next request of `requester` is due (0: now); nothing when there is none.
[[nodiscard]] std::optional<double> next_advice(std::string_view requester);

}  // namespace pt::pg

// Circuit breakers of endpoints: one for all workers, and one for the outside processes of each
// role.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "advisor/provider.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// What outside processes of the role have seen of an endpoint `e` since it was defined, of a
/// request `r`.
inline constexpr std::string_view kOutsideBreaker =
    "LEFT JOIN personatwin.advice_outside o ON o.requester = r.requester AND o.endpoint = e.name "
    "AND o.changed_at >= e.defined_at";

/// Whether a request of role $1 is due, as SQL.
[[nodiscard]] std::string is_due(const std::string& alias);

/// Whether no breaker keeps request `r` from being sent to `e` by a worker ($4) or an outside
/// process (`o` of kOutsideBreaker), as SQL: none is open, and after $5 failures in a row only the
/// first due one goes, as a probe, while no other is under way.
[[nodiscard]] std::string passes_breaker();

/// The breaker of an endpoint for everybody, after `failures` in a row and this reply, which a
/// worker got.
void update_endpoint(Spi& spi, std::string_view endpoint, std::int32_t failures,
                     const advisor::Reading& reading);

/// The same for the outside processes of one role, who can say what they like of it: nobody else's
/// requests wait for what they say, nor does a worker of theirs. Their key is mended outside, so
/// what closes an endpoint for workers is the longest pause here.
void update_outside(Spi& spi, std::string_view requester, std::string_view endpoint,
                    std::int32_t failures, const advisor::Reading& reading);

}  // namespace pt::pg

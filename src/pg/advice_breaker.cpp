#include "pg/advice_breaker.hpp"

#include <algorithm>

#include "advisor/retry.hpp"

namespace pt::pg {
namespace {

/// Whether a reply counts against the endpoint: another try might have helped.
bool is_failure(const advisor::Reading& reading) {
  return reading.outcome == advisor::Outcome::retry && reading.code != "cancelled";
}

}  // namespace

std::string is_due(const std::string& alias) {
  return "(" + alias + ".state = 'ready' AND " + alias + ".not_before <= clock_timestamp() OR " +
         alias + ".state = 'running' AND " + alias + ".lease_until < clock_timestamp())";
}

std::string passes_breaker() {
  return "(e.open_until IS NULL OR e.open_until <= clock_timestamp()) AND ($4 OR o.open_until IS "
         "NULL OR o.open_until <= clock_timestamp()) AND (CASE WHEN $4 THEN e.failures ELSE "
         "coalesce(o.failures, 0) END < $5 OR r.request_id = (SELECT p.request_id FROM "
         "personatwin.advice_request p WHERE p.requester = r.requester AND p.endpoint = r.endpoint "
         "AND " +
         is_due("p") +
         " ORDER BY p.not_before, p.request_id LIMIT 1) AND NOT EXISTS (SELECT FROM "
         "personatwin.advice_request q WHERE q.endpoint = r.endpoint AND q.state = 'running' AND "
         "q.lease_until >= clock_timestamp() AND CASE WHEN $4 THEN q.sender_pid IS NOT NULL ELSE "
         "q.sender_pid IS NULL AND q.requester = r.requester END))";
}

void update_endpoint(Spi& spi, std::string_view endpoint, std::int32_t failures,
                     const advisor::Reading& reading) {
  Params params;
  params.text(endpoint);
  if (reading.closes_endpoint) {
    spi.execute("UPDATE personatwin.advice_endpoint SET closed_by = $2 WHERE name = $1",
                params.text(reading.code));
  } else if (is_failure(reading)) {
    advisor::Breaker const breaker = advisor::Breaker::after_failure(failures);
    spi.execute(
        "UPDATE personatwin.advice_endpoint SET failures = $2, open_until = CASE WHEN $3 > 0 THEN "
        "clock_timestamp() + $3 * interval '1 second' END WHERE name = $1",
        params.int4(breaker.failures).float8(breaker.pause));
  } else if (failures > 0) {
    spi.execute(
        "UPDATE personatwin.advice_endpoint SET failures = 0, open_until = NULL WHERE name = $1",
        params);
  }
}

void update_outside(Spi& spi, std::string_view requester, std::string_view endpoint,
                    std::int32_t failures, const advisor::Reading& reading) {
  advisor::Breaker breaker;
  if (reading.closes_endpoint)
    breaker = {std::max(failures, advisor::Breaker::kFailuresToOpen),
               advisor::Breaker::kLongestPause};
  else if (is_failure(reading))
    breaker = advisor::Breaker::after_failure(failures);
  else if (failures == 0)
    return;
  spi.execute(
      "INSERT INTO personatwin.advice_outside AS o (requester, endpoint, failures, open_until, "
      "code) VALUES ($1::name, $2, $3, CASE WHEN $4 > 0 THEN clock_timestamp() + $4 * interval "
      "'1 second' END, CASE WHEN $3 > 0 THEN $5 END) ON CONFLICT (requester, endpoint) DO UPDATE "
      "SET failures = excluded.failures, open_until = excluded.open_until, code = excluded.code, "
      "changed_at = excluded.changed_at",
      Params{}
          .text(requester)
          .text(endpoint)
          .int4(breaker.failures)
          .float8(breaker.pause)
          .text(reading.code));
}

}  // namespace pt::pg

#include "pg/advice_sending.hpp"

#include <algorithm>

#include "advisor/answer.hpp"
#include "advisor/json_reader.hpp"
#include "advisor/retry.hpp"
#include "advisor/successions.hpp"
#include "core/error.hpp"
#include "pg/advice_breaker.hpp"
#include "pg/guc.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

constexpr std::int32_t kLeaseSeconds = 600;

std::vector<advisor::Allowed> read_allowed(const Json::Value& prompt) {
  std::vector<advisor::Allowed> allowed;
  constexpr std::int64_t kAny = INT64_C(1) << 53;
  for (const Json::Value& item : advisor::member(prompt, "allowed"))
    allowed.push_back({advisor::text_member(item, "name").value_or(""),
                       advisor::int_member(item, "low", -kAny, kAny).value_or(0),
                       advisor::int_member(item, "high", -kAny, kAny).value_or(-1),
                       {}});
  return allowed;
}

std::vector<std::string> texts(const Json::Value& list) {
  std::vector<std::string> out;
  for (const Json::Value& item : list) out.push_back(item.asString());
  return out;
}

std::optional<advisor::EventVocabulary> read_vocabulary(const Json::Value& prompt) {
  Json::Value const& events = advisor::member(prompt, "events");
  if (!events.isObject()) return std::nullopt;
  advisor::EventVocabulary out{texts(events["types"]), texts(events["outcomes"]), {}};
  for (const Json::Value& pair : events["impossible"])
    out.impossible.emplace_back(pair[0].asString(), pair[1].asString());
  return out;
}

advisor::Prompt read_prompt(const Json::Value& prompt) {
  auto const text = [&](const char* name) {
    return advisor::text_member(prompt, name).value_or("");
  };
  return {text("system"), text("user"), text("schema_name"), text("schema")};
}

/// A request as complete_advice needs it.
struct Running {
  AdviceEndpoint endpoint;
  std::string cache_key;
  std::optional<std::string> shared_key;
  std::int32_t attempts = 0, bad_answers = 0;
  std::int32_t failures = 0;  // in a row, as its kind of sender has seen them
  double price_in = 0, price_out = 0;
  std::int64_t reserved = 0;
  std::vector<advisor::Allowed> allowed;
  std::optional<advisor::EventVocabulary> events;
};

/// The request, locked; the endpoint isn't, for the caller's transaction may stay open.
std::optional<Running> lock_running(Spi& spi, std::string_view requester, std::int64_t request,
                                    Sender sender) {
  std::optional<Running> running;
  constexpr int kFirst = kEndpointWidth;
  spi.query(std::string("SELECT ") + std::string(kEndpointColumns) +
                ", r.cache_key, r.attempts, r.bad_answers, CASE WHEN $3 THEN e.failures ELSE "
                "coalesce(o.failures, 0) END, e.price_in, e.price_out, r.prompt::text, "
                "r.reserved_tokens, r.shared_key FROM personatwin.advice_request r JOIN "
                "personatwin.advice_endpoint e ON e.name = r.endpoint " +
                std::string(kOutsideBreaker) +
                " WHERE r.request_id = $1 AND "
                "r.requester = $2::name AND r.state = 'running' AND r.sender_pid IS NOT DISTINCT "
                "FROM CASE WHEN $3 THEN pg_backend_pid() END FOR UPDATE OF r",
            Params{}.int8(request).text(requester).boolean(sender == Sender::worker),
            Spi::ReadOnly::no, [&](const Row& row) {
              running.emplace();
              running->endpoint = read_endpoint(row, 0);
              running->cache_key = row.text(kFirst);
              running->attempts = row.int4(kFirst + 1);
              running->bad_answers = row.int4(kFirst + 2);
              running->failures = row.int4(kFirst + 3);
              running->price_in = row.float8(kFirst + 4);
              running->price_out = row.float8(kFirst + 5);
              running->reserved = row.int8(kFirst + 7);
              running->shared_key = row.optional_text(kFirst + 8);
              auto const prompt = advisor::read_object(row.text(kFirst + 6));
              if (!prompt) return;
              running->allowed = read_allowed(*prompt);
              running->events = read_vocabulary(*prompt);
            });
  return running;
}

/// An answer as it is stored; nothing when it can't be used. What of it was passed over, or ''.
struct Checked {
  std::optional<std::string> answer;
  std::string ignored;
};

Checked check(const Running& running, const std::string& answer) {
  if (running.events) {
    auto const read = advisor::read_successions(answer, *running.events);
    if (!read) return {};
    return {advisor::to_json(read->said), advisor::passed_over_json(*read)};
  }
  auto const choices = advisor::read_answer(answer, running.allowed);
  if (!choices) return {};
  return {advisor::to_json(*choices), {}};
}

/// What becomes of a request.
struct Next {
  const char* state = "failed";
  double wait = 0;  // of a ready one, seconds
  bool bad_answer = false;
};

Next next_state(const advisor::Reading& reading, const Running& running, double uniform) {
  switch (reading.outcome) {
    case advisor::Outcome::answered:
      return {"done"};
    case advisor::Outcome::retry:
      if (running.attempts >= advisor::kMaxAttempts) return {"dead"};
      return {"ready", advisor::backoff(running.attempts, reading.wait, uniform)};
    case advisor::Outcome::bad_answer:
      if (running.bad_answers > 0 || running.attempts >= advisor::kMaxAttempts)
        return {"failed", 0, true};
      return {"ready", 0, true};
    case advisor::Outcome::terminal:
      break;
  }
  return {"failed"};
}

/// Stores an answer that passed every check: for the role, and for all where the question is shared
/// and a worker has asked. What all use stays the same while it is used.
void store_answer(Spi& spi, const Running& running, const std::string& answer, std::int64_t request,
                  Sender sender) {
  std::string const insert =
      "INSERT INTO personatwin.advice_answer AS a (cache_key, answer, request_id) VALUES ($1, "
      "$2::jsonb, $3) ON CONFLICT (cache_key) DO UPDATE SET answer = excluded.answer, request_id = "
      "excluded.request_id, answered_at = excluded.answered_at";
  spi.execute(insert, Params{}.text(running.cache_key).text(answer).int8(request));
  if (running.shared_key && sender == Sender::worker)
    spi.execute(insert + " WHERE a.answered_at <= clock_timestamp() - interval '30 days'",
                Params{}.text(*running.shared_key).text(answer).int8(request));
}

/// Calls, tokens and money of the last 24 hours and those set aside, by endpoint.
constexpr std::string_view kSpent =
    "SELECT coalesce(sum(s.calls), 0) AS calls, coalesce(sum(s.tokens_in + "
    "s.tokens_out + s.reserved_tokens), 0) AS tokens, coalesce(sum(s.cost + s.reserved_tokens * "
    "greatest(e.price_in, e.price_out) / 1e6), 0) AS cost FROM personatwin.advice_request s WHERE "
    "s.endpoint = e.name AND s.sent_at > clock_timestamp() - interval '24 hours'";

/// Requests that can't be sent end here, with the reason: an endpoint that is gone or closed, a
/// sender that died too often, a budget that the longest answer would exceed.
void fail_hopeless(Spi& spi, std::string_view requester) {
  Params params;
  params.text(requester).int4(advisor::kMaxAttempts);
  spi.execute(
      "UPDATE personatwin.advice_request r SET state = 'dead', code = 'sender_died', finished_at = "
      "clock_timestamp() WHERE r.requester = $1::name AND r.state = 'running' AND r.lease_until < "
      "clock_timestamp() AND r.attempts >= $2",
      params);
  spi.execute(
      "UPDATE personatwin.advice_request r SET state = 'failed', finished_at = clock_timestamp(), "
      "code = CASE WHEN NOT EXISTS (SELECT FROM personatwin.advice_endpoint e WHERE e.name = "
      "r.endpoint) THEN 'no_endpoint' ELSE 'endpoint_closed' END "
      "WHERE r.requester = $1::name AND r.state = 'ready' AND NOT EXISTS (SELECT FROM "
      "personatwin.advice_endpoint e WHERE e.name = r.endpoint AND e.closed_by IS NULL)",
      Params{}.text(requester));
  // Where not even one more answer fits, a long queue ends at once.
  spi.execute(std::string("WITH spent AS MATERIALIZED (SELECT e.name FROM "
                          "personatwin.advice_endpoint e CROSS JOIN LATERAL (") +
                  std::string(kSpent) +
                  ") s WHERE s.calls >= e.daily_calls OR s.tokens + e.max_tokens > e.daily_tokens "
                  "OR s.cost + e.max_tokens * e.price_out / 1e6 > e.daily_cost) "
                  "UPDATE personatwin.advice_request r SET state = 'failed', code = 'budget', "
                  "finished_at = clock_timestamp() FROM spent s WHERE r.requester = $1::name AND "
                  "r.state = 'ready' AND s.name = r.endpoint",
              Params{}.text(requester));
}

}  // namespace

Claimed claim_advice(std::string_view requester, std::int32_t n, Sender sender) {
  Claimed claimed;
  run_as_extension_owner([&] {
    Spi spi;
    fail_hopeless(spi, requester);
    // One claim at a time, so that two of them can't spend the same budget. Those of outside
    // processes keep each other waiting for as long as their transactions are open, but not the
    // workers, nor whoever defines an endpoint.
    spi.execute(sender == Sender::worker
                    ? "LOCK TABLE personatwin.advice_worker IN SHARE UPDATE EXCLUSIVE MODE"
                    : "LOCK TABLE personatwin.advice_endpoint IN SHARE UPDATE EXCLUSIVE MODE");
    spi.query(
        std::string("WITH spent AS MATERIALIZED (SELECT e.name, s.* FROM "
                    "personatwin.advice_endpoint e CROSS JOIN LATERAL (") +
            std::string(kSpent) +
            ") s), due AS (SELECT r.request_id, e.name, e.max_tokens + length(r.prompt::text) / 2 "
            "AS reserve, e.daily_calls, e.daily_tokens, e.daily_cost, e.run_calls, r.run_id, "
            "(SELECT "
            "coalesce(sum(q.calls), 0) FROM personatwin.advice_request q WHERE q.run_id = "
            "r.run_id AND q.endpoint = r.endpoint) AS run_sent, greatest(e.price_in, "
            "e.price_out) / 1e6 AS price FROM personatwin.advice_request r JOIN "
            "personatwin.advice_endpoint e ON e.name = r.endpoint " +
            std::string(kOutsideBreaker) + " WHERE r.requester = $1::name AND " + is_due("r") +
            " AND " + passes_breaker() +
            " ORDER BY r.not_before, r.request_id LIMIT $2 FOR UPDATE OF r SKIP LOCKED), "
            "checked AS (SELECT d.request_id, d.reserve, s.calls + row_number() OVER w <= "
            "d.daily_calls AND s.tokens + sum(d.reserve) OVER w <= d.daily_tokens AND s.cost + "
            "sum(d.reserve) OVER w * d.price <= d.daily_cost AS fits_day, d.run_id IS NULL OR "
            "d.run_sent "
            "+ row_number() OVER (PARTITION BY d.name, d.run_id ORDER BY d.request_id) <= "
            "d.run_calls AS fits_run FROM due d JOIN spent s USING (name) WINDOW w AS (PARTITION "
            "BY "
            "d.name ORDER BY d.request_id)), decided AS (SELECT *, fits_day AND fits_run AS fits "
            "FROM checked) "
            "UPDATE personatwin.advice_request r SET state = CASE WHEN c.fits THEN 'running' ELSE "
            "'failed' END, code = CASE WHEN c.fits THEN r.code WHEN c.fits_day THEN 'run_budget' "
            "ELSE 'budget' END, attempts = "
            "r.attempts + c.fits::int, calls = r.calls + c.fits::int, sent_at = CASE WHEN c.fits "
            "THEN clock_timestamp() ELSE r.sent_at END, sender_pid = CASE WHEN $4 THEN "
            "pg_backend_pid() END, lease_until = CASE WHEN c.fits THEN clock_timestamp() + "
            "greatest($3, e.timeout_seconds + 60) * interval '1 second' END, reserved_tokens = "
            "CASE WHEN c.fits THEN c.reserve ELSE 0 "
            "END, finished_at = CASE WHEN NOT c.fits THEN clock_timestamp() END FROM decided c, "
            "personatwin.advice_endpoint e WHERE c.request_id = r.request_id AND e.name = "
            "r.endpoint RETURNING " +
            std::string(kEndpointColumns) + ", r.request_id, r.prompt::text, r.state",
        Params{}
            .text(requester)
            .int4(n)
            .int4(kLeaseSeconds)
            .boolean(sender == Sender::worker)
            .int4(advisor::Breaker::kFailuresToOpen),
        Spi::ReadOnly::no, [&](const Row& row) {
          if (row.text(kEndpointWidth + 2) != "running") {
            ++claimed.refused;
            return;
          }
          AdviceJob job;
          job.endpoint = read_endpoint(row, 0);
          job.id = row.int8(kEndpointWidth);
          if (auto const prompt = advisor::read_object(row.text(kEndpointWidth + 1)))
            job.prompt = read_prompt(*prompt);
          claimed.jobs.push_back(std::move(job));
        });
  });
  return claimed;
}

std::string complete_advice(std::string_view requester, std::int64_t request,
                            const advisor::Reply& reply, double uniform, Sender sender) {
  std::string state;
  run_as_extension_owner([&] {
    Spi spi;
    std::optional<Running> const running = lock_running(spi, requester, request, sender);
    if (!running)
      throw wrong_state(
          "request " + std::to_string(request) + " is not running", {},
          "Claim it with pt_advice_claim; one that took too long was given out again.");
    advisor::Reading reading =
        advisor::read_reply(running->endpoint.provider, reply, advice_local_only());
    Checked checked;
    if (reading.outcome == advisor::Outcome::answered) {
      checked = check(*running, reading.answer);
      if (!checked.answer) {
        reading.outcome = advisor::Outcome::bad_answer;
        reading.code = "not_allowed";
      }
    }
    if (sender == Sender::outside) {
      reading.tokens_in = std::min(reading.tokens_in, running->reserved);
      reading.tokens_out = std::min(reading.tokens_out, running->reserved - reading.tokens_in);
    }
    Next const next = next_state(reading, *running, uniform);
    state = next.state;
    double const cost = (static_cast<double>(reading.tokens_in) * running->price_in +
                         static_cast<double>(reading.tokens_out) * running->price_out) /
                        1e6;
    spi.execute(
        "UPDATE personatwin.advice_request SET state = $2, code = $3, not_before = "
        "clock_timestamp() + $4 * interval '1 second', bad_answers = bad_answers + $5::int, "
        "tokens_in = tokens_in + $6, tokens_out = tokens_out + $7, cost = cost + $8, "
        "provider_request = nullif($9, ''), ignored = nullif($10, '')::jsonb, reserved_tokens = 0, "
        "lease_until = NULL, finished_at = "
        "CASE WHEN $2 <> 'ready' THEN clock_timestamp() END WHERE request_id = $1",
        Params{}
            .int8(request)
            .text(next.state)
            .text(reading.code)
            .float8(next.wait)
            .boolean(next.bad_answer)
            .int8(reading.tokens_in)
            .int8(reading.tokens_out)
            .float8(cost)
            .text(reading.request_id)
            .text(checked.ignored));
    if (sender == Sender::worker)
      update_endpoint(spi, running->endpoint.name, running->failures, reading);
    else
      update_outside(spi, requester, running->endpoint.name, running->failures, reading);
    if (checked.answer) store_answer(spi, *running, *checked.answer, request, sender);
  });
  return state;
}

std::optional<double> next_advice(std::string_view requester) {
  std::optional<double> seconds;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT min(greatest(0, extract(epoch FROM greatest(e.open_until, CASE r.state WHEN "
        "'ready' THEN r.not_before ELSE r.lease_until END) - clock_timestamp())))::float8 FROM "
        "personatwin.advice_request r JOIN personatwin.advice_endpoint e ON e.name = r.endpoint "
        "WHERE r.requester = $1::name AND r.state IN ('ready', 'running')",
        Params{}.text(requester), Spi::ReadOnly::yes, [&](const Row& row) {
          if (!row.is_null(0)) seconds = row.float8(0);
        });
  });
  return seconds;
}

}  // namespace pt::pg

// Endpoints, the queue for outside processes, the log and the status of advice: sql/76-advice.sql.
#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/text/json.hpp"
#include "pg/advice_events.hpp"
#include "pg/advice_question.hpp"
#include "pg/advice_queue.hpp"
#include "pg/advice_sending.hpp"
#include "pg/advice_worker.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/forward.hpp"
#include "pg/guc.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "common/pg_prng.h"
}

namespace pt::pg {
namespace {

void require_superuser(const char* function) {
  if (guarded([] { return superuser(); })) return;
  throw insufficient_privilege(std::string(function) + " is for superusers",
                               "An endpoint makes the server open connections.",
                               "Ask the administrator of the server.");
}

/// The name is part of a file name and of a variable's.
void require_endpoint_name(const std::string& name) {
  auto const plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (name.empty() || name.size() > 31 || name[0] < 'a' || name[0] > 'z' ||
      !std::all_of(name.begin(), name.end(), plain))
    throw invalid_parameter("an endpoint can't be called \"" + name + "\"", {},
                            "Use a letter, then up to 30 lower-case letters, digits or hyphens.");
}

void require_range(const char* what, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw invalid_parameter(std::string(what) + " must be between " + text::json_number(low) +
                          " and " + text::json_number(high));
}

void check_limits(const Args& args) {
  require_range("max_tokens", args.int4(5, "max_tokens"), 64, 32768);
  require_range("timeout_seconds", args.int4(6, "timeout_seconds"), 1, 600);
  require_range("price_in", args.float8(7, "price_in"), 0, 1e9);
  require_range("price_out", args.float8(8, "price_out"), 0, 1e9);
  require_range("daily_calls", args.int4(9, "daily_calls"), 0, 1e9);
  require_range("daily_tokens", static_cast<double>(args.int8(10, "daily_tokens")), 0, 1e15);
  require_range("daily_cost", args.float8(11, "daily_cost"), 0, 1e12);
  require_range("run_calls", args.int4(12, "run_calls"), 0, 1000);
}

void define_endpoint(const Args& args) {
  std::string const name = args.text(0, "name"), provider = args.text(1, "provider"),
                    url = args.text(2, "base_url");
  require_endpoint_name(name);
  check_limits(args);
  static_cast<void>(advisor::parse_provider(provider));
  require_allowed(advisor::parse_address(url));
  std::string const key_source = args.text(4, "key_source");
  if (key_source != "none" && key_source != "file" && key_source != "environment")
    throw invalid_parameter("key_source must be none, file or environment, not \"" + key_source +
                            "\"");
  Params params;
  params.text(name).text(provider).text(url).text(args.text(3, "model")).text(key_source);
  params.int4(args.int4(5, "max_tokens")).int4(args.int4(6, "timeout_seconds"));
  params.float8(args.float8(7, "price_in")).float8(args.float8(8, "price_out"));
  params.int4(args.int4(9, "daily_calls")).int8(args.int8(10, "daily_tokens"));
  params.float8(args.float8(11, "daily_cost")).int4(args.int4(12, "run_calls"));
  params.boolean(args.boolean(13, "share_answers"));
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.advice_endpoint AS e (name, provider, base_url, model, "
        "key_source, max_tokens, timeout_seconds, price_in, price_out, daily_calls, daily_tokens, "
        "daily_cost, run_calls, share_answers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
        "$11, "
        "$12, $13, $14) ON CONFLICT (name) DO UPDATE SET (provider, base_url, model, key_source, "
        "max_tokens, "
        "timeout_seconds, price_in, price_out, daily_calls, daily_tokens, daily_cost, run_calls, "
        "share_answers, failures, open_until, closed_by, defined_at) = ROW (excluded.provider, "
        "excluded.base_url, "
        "excluded.model, excluded.key_source, excluded.max_tokens, excluded.timeout_seconds, "
        "excluded.price_in, excluded.price_out, excluded.daily_calls, excluded.daily_tokens, "
        "excluded.daily_cost, excluded.run_calls, excluded.share_answers, 0, NULL, NULL, "
        "excluded.defined_at)",
        params);
  });
}

/// Why an endpoint can't be used under the present settings; empty: it can.
std::string forbidden(const std::string& url) {
  try {
    require_allowed(advisor::parse_address(url));
  } catch (const Error& e) {
    return e.message();
  }
  return {};
}

/// What is asked about a run: `about` is 'actions' or 'events'.
Question question_about(Oid source, std::optional<std::int64_t> run, const std::string& about) {
  if (about != "actions" && about != "events")
    throw invalid_parameter("advice is about actions or events, not \"" + about + "\"");
  Situation const situation = load_situation(source, run);
  if (about == "actions") return make_question(situation);
  Question question = make_events_question(situation.domain);
  question.run = situation.run;
  return question;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_advice_define_endpoint) {
  using namespace pt::pg;
  require_superuser("pt_advice_define_endpoint");
  define_endpoint(Args(fcinfo));
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_advice_drop_endpoint) {
  using namespace pt::pg;
  require_superuser("pt_advice_drop_endpoint");
  std::string const name = Args(fcinfo).text(0, "name");
  static_cast<void>(load_endpoint(name));
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute("DELETE FROM personatwin.advice_endpoint WHERE name = $1", Params{}.text(name));
  });
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_advise) {
  using namespace pt::pg;
  Args const args(fcinfo);
  refuse_read_only("pt_advise()");
  Oid const source = args.oid(0, "source");
  Question const question = question_about(source, args.optional_int8(2), args.text(3, "about"));
  AdviceEndpoint const endpoint = load_endpoint(args.text(1, "endpoint"));
  if (has_answer(endpoint, question)) PG_RETURN_NULL();
  PG_RETURN_INT64(enqueue_advice(endpoint, question, source));
}

PT_FUNCTION(pt_advice_preview) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Question const question =
      question_about(args.oid(0, "source"), args.optional_int8(2), args.text(3, "about"));
  return text_datum(preview(load_endpoint(args.text(1, "endpoint")), question));
}

PT_FUNCTION(pt_advice_claim) {
  using namespace pt::pg;
  std::int32_t const n = Args(fcinfo).int4(0, "n");
  if (n < 1 || n > 1000) throw pt::invalid_parameter("n must be between 1 and 1000");
  ResultSet out(fcinfo);
  Claimed const claimed = claim_advice(current_user_name(), n, Sender::outside);
  for (const AdviceJob& job : claimed.jobs) {
    pt::advisor::Call const call = pt::advisor::build_call(
        job.endpoint.provider, job.endpoint.model, job.prompt, job.endpoint.max_tokens);
    out.row({job.id, job.endpoint.name, pt::advisor::word(job.endpoint.provider),
             url_of(job.endpoint, call), ResultSet::Cell::datum(text_array(call.headers)),
             call.body, job.endpoint.timeout_seconds});
  }
  return out.done();
}

PT_FUNCTION(pt_advice_complete) {
  using namespace pt::pg;
  Args const args(fcinfo);
  std::int64_t const request = args.int8(0, "request_id");
  pt::advisor::Reply reply;
  reply.status = args.int4(1, "status");
  reply.body = args.optional_text(2).value_or("");
  reply.content_type = args.optional_text(3).value_or("");
  reply.retry_after = args.optional_float8(4);
  if (reply.status == 0) {
    reply.transport_error = "unreachable";
    reply.transport_retry = true;
  }
  if (reply.body.size() > (std::size_t{1} << 20))
    throw pt::program_limit("a reply of more than 1 MiB is not read");
  double const uniform = pg_prng_double(&pg_global_prng_state);
  return text_datum(complete_advice(current_user_name(), request, reply, uniform, Sender::outside));
}

PT_FUNCTION(pt_advice_log) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  Params params;
  params.text(current_user_name()).boolean(guarded([] { return superuser(); }));
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT r.request_id, r.endpoint, r.requester, r.source, r.provider, r.model, "
        "r.prompt_version, r.state, r.code, r.attempts, r.tokens_in, r.tokens_out, r.cost, "
        "r.provider_request, r.created_at, r.finished_at, a.answer, CASE WHEN r.prompt ? 'events' "
        "THEN 'events' ELSE 'actions' END, r.calls, r.ignored FROM personatwin.advice_request r "
        "LEFT JOIN personatwin.advice_answer a ON a.cache_key = r.cache_key AND r.state = 'done' "
        "WHERE r.requester = $1::name OR $2 ORDER BY r.request_id",
        params, Spi::ReadOnly::yes, [&](const Row& row) { forward(row, out); });
  });
  return out.done();
}

PT_FUNCTION(pt_advice_status) {
  using namespace pt::pg;
  ResultSet out(fcinfo);
  std::optional<std::int32_t> const pid = advice_worker_pid();
  std::string const user = current_user_name();
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "SELECT e.name, e.provider, e.model, e.base_url, e.closed_by, CASE WHEN e.open_until > "
        "clock_timestamp() THEN e.open_until END, e.daily_calls - s.calls, e.daily_tokens - "
        "s.tokens::bigint, e.daily_cost - s.cost, s.ready, s.running, (SELECT o.open_until FROM "
        "personatwin.advice_outside o WHERE o.requester = $1::name AND o.endpoint = e.name AND "
        "o.changed_at >= e.defined_at AND o.open_until > clock_timestamp()) FROM "
        "personatwin.advice_endpoint e CROSS JOIN LATERAL (SELECT coalesce(sum(r.calls) FILTER "
        "(WHERE r.today), 0) AS calls, coalesce(sum(r.tokens_in + r.tokens_out + "
        "r.reserved_tokens) FILTER (WHERE r.today), 0) AS tokens, coalesce(sum(r.cost) FILTER "
        "(WHERE r.today), 0) AS cost, count(*) FILTER (WHERE r.state = 'ready') AS ready, count(*) "
        "FILTER (WHERE r.state = 'running') AS running FROM (SELECT q.*, q.sent_at > "
        "clock_timestamp() - interval '24 hours' AS today FROM personatwin.advice_request q WHERE "
        "q.endpoint = e.name) r) s ORDER BY e.name",
        Params{}.text(user), Spi::ReadOnly::yes, [&](const Row& row) {
          std::string const why = forbidden(row.text(3));
          std::optional<std::string> const closed = row.optional_text(4);
          bool const paused = !row.is_null(5);
          const char* const state = !why.empty() ? "forbidden"
                                    : closed     ? "closed"
                                    : paused     ? "paused"
                                                 : "open";
          out.row({row.text(0), row.text(1), row.text(2), state,
                   why.empty() ? closed : std::optional(why),
                   paused ? ResultSet::Cell::datum(row.value(5)) : ResultSet::Cell(), row.int8(6),
                   row.int8(7), row.float8(8), row.int8(9), row.int8(10), pid,
                   row.is_null(11) ? ResultSet::Cell() : ResultSet::Cell::datum(row.value(11))});
        });
  });
  return out.done();
}

PT_FUNCTION(pt_advice_worker_start) { PG_RETURN_BOOL(pt::pg::start_advice_worker()); }

PT_FUNCTION(pt_advice_worker_stop) {
  using namespace pt::pg;
  std::optional<std::int32_t> const pid = advice_worker_pid();
  // Its process belongs to the same role, so the server's own rule lets the caller end it.
  if (!pid) PG_RETURN_BOOL(false);
  Spi spi;
  std::optional<std::string> const done =
      spi.value("SELECT pg_catalog.pg_terminate_backend($1)", Params{}.int4(*pid));
  PG_RETURN_BOOL(done == "t");
}

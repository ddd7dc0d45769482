#include "pg/advice_queue.hpp"

#include <utility>

#include "core/error.hpp"
#include "core/text/json.hpp"
#include "pg/advice_worker.hpp"
#include "pg/datum.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

std::string allowed_json(std::span<const advisor::Allowed> allowed) {
  std::vector<std::string> items;
  for (const advisor::Allowed& a : allowed)
    items.push_back(JsonObject().add("name", a.name).add("low", a.low).add("high", a.high).text());
  return json_array(items);
}

std::string vocabulary_json(const advisor::EventVocabulary& vocabulary) {
  std::vector<std::string> pairs;
  for (const auto& [earlier, later] : vocabulary.impossible)
    pairs.push_back(json_array({text::json_quote(earlier), text::json_quote(later)}));
  return JsonObject()
      .add("types", vocabulary.types)
      .add("outcomes", vocabulary.outcomes)
      .raw("impossible", json_array(pairs))
      .text();
}

std::string prompt_json(const Question& question) {
  JsonObject out;
  out.add("system", question.prompt.system)
      .add("user", question.prompt.user)
      .add("schema_name", question.prompt.schema_name)
      .add("schema", question.prompt.schema)
      .raw("allowed", allowed_json(question.allowed));
  if (question.events) out.raw("events", vocabulary_json(*question.events));
  return out.text();
}

/// The expression of a cache key over the parameters of key_params, for a role, or for all ('');
/// every part with its length, so that no two questions run together. An answer under the key of a
/// role may come from an outside process of that role, which can say what it likes; one under the
/// key for all was fetched by a worker. Endpoints share no answers: one is told as that of the
/// endpoint which was asked.
std::string cache_key(std::string_view role) {
  std::string const r(role);
  return "encode(sha256(convert_to(concat_ws('/', 'v' || $4::int, length($1), $1, length($2), $2, "
         "length($5), $5, length(" +
         r + "), " + r + ", length($7), $7, $3), 'UTF8')), 'hex')";
}
const char* const kOwnKey = "$6";
const char* const kKeyForAll = "''";

/// Whether roles share answers to a question: that an answer is there tells a role that another one
/// has asked. A question about events is the same for every source of its domain, so it tells
/// nothing of a source; one about a run holds figures of the source, rounded.
bool is_shared(const AdviceEndpoint& endpoint, const Question& question) {
  return question.events.has_value() || endpoint.share_answers;
}

/// $1 provider, $2 model, $3 prompt as text, $4 its version, $5 endpoint, $6 role, $7 address, $8
/// whether its answers are shared.
Params key_params(const AdviceEndpoint& endpoint, const Question& question) {
  Params params;
  params.text(advisor::word(endpoint.provider))
      .text(endpoint.model)
      .text(prompt_json(question))
      .int4(advisor::kPromptVersion)
      .text(endpoint.name)
      .text(current_user_name())
      .text(endpoint.address.origin() + endpoint.address.path)
      .boolean(is_shared(endpoint, question));
  return params;
}

/// The text of an answer to the same question, not older than 30 days: the role's own if there is
/// one.
std::optional<std::string> stored_answer(const AdviceEndpoint& endpoint, const Question& question) {
  Params const params = key_params(endpoint, question);  // as the role that asks
  std::optional<std::string> answer;
  run_as_extension_owner([&] {
    Spi spi;
    answer = spi.value(
        "WITH k AS MATERIALIZED (SELECT " + cache_key(kOwnKey) + " AS own, CASE WHEN $8 THEN " +
            cache_key(kKeyForAll) +
            " END AS for_all) SELECT a.answer::text FROM k, personatwin.advice_answer a WHERE "
            "a.cache_key IN (k.own, k.for_all) AND a.answered_at > clock_timestamp() - interval "
            "'30 days' ORDER BY a.cache_key = k.own DESC LIMIT 1",
        params);
  });
  return answer;
}

}  // namespace

std::optional<std::vector<advisor::Choice>> cached_advice(const AdviceEndpoint& endpoint,
                                                          const Question& question) {
  std::optional<std::string> const answer = stored_answer(endpoint, question);
  if (!answer) return std::nullopt;
  return advisor::read_answer(*answer, question.allowed);  // checked again: it was only stored
}

std::vector<advisor::SaidSuccession> cached_successions(const AdviceEndpoint& endpoint,
                                                        const Question& question) {
  std::optional<std::string> const answer = stored_answer(endpoint, question);
  if (!answer) return {};
  auto read = advisor::read_successions(*answer, question.events.value());
  return read ? std::move(read->said) : std::vector<advisor::SaidSuccession>();
}

bool has_answer(const AdviceEndpoint& endpoint, const Question& question) {
  return question.events ? !cached_successions(endpoint, question).empty()
                         : cached_advice(endpoint, question).has_value();
}

std::string url_of(const AdviceEndpoint& endpoint, const advisor::Call& call) {
  return endpoint.address.origin() + endpoint.address.path + call.path;
}

std::string preview(const AdviceEndpoint& endpoint, const Question& question) {
  advisor::Call const call =
      advisor::build_call(endpoint.provider, endpoint.model, question.prompt, endpoint.max_tokens);
  std::string bytes = "POST " + url_of(endpoint, call) + "\n";
  for (const std::string& header : call.headers) bytes += header + "\n";
  return bytes + "\n" + call.body;
}

std::int64_t enqueue_advice(const AdviceEndpoint& endpoint, const Question& question, Oid source) {
  if (endpoint.closed_by)
    throw wrong_state("endpoint \"" + endpoint.name + "\" is closed: " + *endpoint.closed_by, {},
                      "A superuser opens it by defining it anew.");
  require_allowed(endpoint.address);
  Params params = key_params(endpoint, question);  // as the role that asks
  params.oid(source).int8(question.run);           // $9, $10
  std::int64_t id = 0;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(
        "INSERT INTO personatwin.advice_request (endpoint, requester, source, cache_key, "
        "prompt_version, provider, model, prompt, run_id, shared_key) VALUES ($5, $6::name, "
        "nullif($9, 0::oid)::regclass, " +
            cache_key(kOwnKey) + ", $4, $1, $2, $3::jsonb, nullif($10, 0), CASE WHEN $8 THEN " +
            cache_key(kKeyForAll) +
            " END) ON CONFLICT (cache_key) WHERE state IN "
            "('ready', "
            "'running') "
            "DO UPDATE SET source = advice_request.source RETURNING request_id",
        params, Spi::ReadOnly::no, [&](const Row& row) { id = row.int8(0); });
  });
  wake_advice_worker_at_commit();
  return id;
}

std::optional<std::string> advice_state(std::int64_t request) {
  std::optional<std::string> state;
  run_as_extension_owner([&] {
    Spi spi;
    state = spi.value("SELECT state FROM personatwin.advice_request WHERE request_id = $1",
                      Params{}.int8(request));
  });
  return state;
}

}  // namespace pt::pg

#include "advisor/provider.hpp"

#include <json/writer.h>

#include <algorithm>
#include <array>
#include <utility>

#include "advisor/json_reader.hpp"
#include "core/error.hpp"

namespace pt::advisor {
namespace {

constexpr std::array<std::pair<Provider, std::string_view>, 4> kWords{{
    {Provider::openai, "openai"},
    {Provider::openai_responses, "openai-responses"},
    {Provider::anthropic, "anthropic"},
    {Provider::ollama, "ollama"},
}};
constexpr std::int64_t kMaxTokens = 1'000'000'000;

std::string compact(const Json::Value& value) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  builder["emitUTF8"] = true;
  return Json::writeString(builder, value);
}

Json::Value message(const char* role, const std::string& content) {
  Json::Value value(Json::objectValue);
  value["role"] = role;
  value["content"] = content;
  return value;
}

Json::Value messages(const Prompt& prompt) {
  Json::Value list(Json::arrayValue);
  list.append(message("system", prompt.system));
  list.append(message("user", prompt.user));
  return list;
}

Json::Value named_schema(const Prompt& prompt, const Json::Value& schema) {
  Json::Value value(Json::objectValue);
  value["name"] = prompt.schema_name;
  value["strict"] = true;
  value["schema"] = schema;
  return value;
}

Json::Value chat_body(const Prompt& prompt, const Json::Value& schema, std::int32_t max_tokens) {
  Json::Value body(Json::objectValue);
  body["messages"] = messages(prompt);
  body["max_completion_tokens"] = max_tokens;
  body["n"] = 1;
  body["stream"] = false;
  body["store"] = false;
  body["response_format"]["type"] = "json_schema";
  body["response_format"]["json_schema"] = named_schema(prompt, schema);
  return body;
}

Json::Value responses_body(const Prompt& prompt, const Json::Value& schema,
                           std::int32_t max_tokens) {
  Json::Value body(Json::objectValue);
  body["instructions"] = prompt.system;
  body["input"] = prompt.user;
  body["max_output_tokens"] = max_tokens;
  body["store"] = false;
  Json::Value format = named_schema(prompt, schema);
  format["type"] = "json_schema";
  body["text"]["format"] = format;
  return body;
}

Json::Value messages_body(const Prompt& prompt, const Json::Value& schema,
                          std::int32_t max_tokens) {
  Json::Value body(Json::objectValue);
  body["max_tokens"] = max_tokens;
  body["system"] = prompt.system;
  body["messages"].append(message("user", prompt.user));
  body["stream"] = false;
  body["output_config"]["format"]["type"] = "json_schema";
  body["output_config"]["format"]["schema"] = schema;
  return body;
}

Json::Value ollama_body(const Prompt& prompt, const Json::Value& schema, std::int32_t max_tokens) {
  Json::Value body(Json::objectValue);
  // Some models emit endless white space unless they see the schema in words, too.
  Prompt with_schema = prompt;
  with_schema.user += "\nAnswer with JSON of this schema only: " + prompt.schema;
  body["messages"] = messages(with_schema);
  body["stream"] = false;
  body["format"] = schema;
  body["think"] = false;
  body["truncate"] = false;
  body["keep_alive"] = "5m";
  body["options"]["num_ctx"] = 8192;
  body["options"]["num_predict"] = max_tokens;
  return body;
}

Reading failed(Outcome outcome, std::string_view code) {
  Reading reading;
  reading.outcome = outcome;
  reading.code = code;
  return reading;
}

Reading closing(std::string_view code) {
  Reading reading = failed(Outcome::terminal, code);
  reading.closes_endpoint = true;
  return reading;
}

/// Words of the error in a body: OpenAI's type and code, Anthropic's type and error_code.
bool error_says(const std::string& body, std::string_view word) {
  std::optional<Json::Value> const value = read_object(body);
  if (!value) return false;
  Json::Value const& error = member(*value, "error");
  for (const char* name : {"type", "code", "error_code"})
    if (text_member(error, name) == word) return true;
  return false;
}

Reading read_limited(const Reply& reply) {
  // A quota does not come back by waiting seconds, a rate limit does.
  if (error_says(reply.body, "insufficient_quota")) return closing("quota");
  if (!reply.retry_after && error_says(reply.body, "enforced_spend_limit_reached"))
    return closing("spend_limit");
  return failed(Outcome::retry, "rate_limited");
}

Reading read_status(const Reply& reply) {
  switch (reply.status) {
    case 400:
      return failed(Outcome::terminal, "bad_request");
    case 401:
      return closing("authentication");
    case 402:
      return closing("billing");
    case 403:
      return closing("forbidden");
    case 404:
      return failed(Outcome::terminal, "not_found");
    case 413:
      return failed(Outcome::terminal, "too_large");
    case 422:
      return failed(Outcome::terminal, "unprocessable");
    case 429:
      return read_limited(reply);
    case 408:
    case 409:
    case 425:
      return failed(Outcome::retry, "try_again");
    default:
      break;
  }
  if (reply.status >= 500 && reply.status < 600)
    return failed(Outcome::retry, reply.status == 529 ? "overloaded" : "server_error");
  if (reply.status >= 300 && reply.status < 400) return failed(Outcome::terminal, "redirect");
  return failed(Outcome::terminal, "unexpected_status");
}

Reading answered(std::optional<std::string> text) {
  if (!text || text->empty()) return failed(Outcome::bad_answer, "empty");
  Reading reading;
  reading.outcome = Outcome::answered;
  reading.code = "answered";
  reading.answer = std::move(*text);
  return reading;
}

Reading read_chat(const Json::Value& value) {
  Json::Value const& choices = member(value, "choices");
  if (!choices.isArray() || choices.empty()) return failed(Outcome::bad_answer, "malformed");
  Json::Value const& choice = choices[0];
  Json::Value const& content = member(choice, "message");
  if (text_member(content, "refusal")) return failed(Outcome::bad_answer, "refusal");
  std::optional<std::string> const reason = text_member(choice, "finish_reason");
  if (reason == "length") return failed(Outcome::bad_answer, "truncated");
  if (reason == "content_filter") return failed(Outcome::bad_answer, "refusal");
  if (reason != "stop") return failed(Outcome::bad_answer, "malformed");
  return answered(text_member(content, "content"));
}

Reading read_responses(const Json::Value& value) {
  std::optional<std::string> const status = text_member(value, "status");
  if (status == "incomplete") {
    bool const filtered =
        text_member(member(value, "incomplete_details"), "reason") == "content_filter";
    return failed(Outcome::bad_answer, filtered ? "refusal" : "truncated");
  }
  if (status == "failed") return failed(Outcome::retry, "server_error");
  if (status != "completed") return failed(Outcome::bad_answer, "malformed");
  Json::Value const& output = member(value, "output");
  if (!output.isArray()) return failed(Outcome::bad_answer, "malformed");
  for (const Json::Value& item : output) {
    if (text_member(item, "type") != "message") continue;
    Json::Value const& content = member(item, "content");
    if (!content.isArray()) continue;
    for (const Json::Value& part : content) {
      if (text_member(part, "type") == "refusal") return failed(Outcome::bad_answer, "refusal");
      if (text_member(part, "type") == "output_text") return answered(text_member(part, "text"));
    }
  }
  return failed(Outcome::bad_answer, "empty");
}

Reading read_messages(const Json::Value& value) {
  std::optional<std::string> const reason = text_member(value, "stop_reason");
  if (reason == "max_tokens" || reason == "model_context_window_exceeded")
    return failed(Outcome::bad_answer, "truncated");
  if (reason == "refusal") return failed(Outcome::bad_answer, "refusal");
  Json::Value const& content = member(value, "content");
  if (reason != "end_turn" || !content.isArray()) return failed(Outcome::bad_answer, "malformed");
  for (const Json::Value& part : content)
    if (text_member(part, "type") == "text") return answered(text_member(part, "text"));
  return failed(Outcome::bad_answer, "empty");
}

Reading read_ollama(const Json::Value& value, bool local_only) {
  if (local_only &&
      (!member(value, "remote_host").isNull() || !member(value, "remote_model").isNull()))
    return closing("not_local");
  if (!member(value, "done").isBool() || !member(value, "done").asBool())
    return failed(Outcome::bad_answer, "malformed");
  std::optional<std::string> const reason = text_member(value, "done_reason");
  if (reason == "length") return failed(Outcome::bad_answer, "truncated");
  if (reason && reason != "stop") return failed(Outcome::bad_answer, "malformed");
  return answered(text_member(member(value, "message"), "content"));
}

void read_usage(Provider provider, const Json::Value& value, Reading& reading) {
  Json::Value const& usage = member(value, "usage");
  auto const tokens = [](const Json::Value& from, const char* name) {
    return int_member(from, name, 0, kMaxTokens).value_or(0);
  };
  switch (provider) {
    case Provider::openai:
      reading.tokens_in = tokens(usage, "prompt_tokens");
      reading.tokens_out = tokens(usage, "completion_tokens");
      break;
    case Provider::openai_responses:
      reading.tokens_in = tokens(usage, "input_tokens");
      reading.tokens_out = tokens(usage, "output_tokens");
      break;
    case Provider::anthropic:
      reading.tokens_in = tokens(usage, "input_tokens") + tokens(usage, "cache_read_input_tokens") +
                          tokens(usage, "cache_creation_input_tokens");
      reading.tokens_out = tokens(usage, "output_tokens");
      break;
    case Provider::ollama:
      reading.tokens_in = tokens(value, "prompt_eval_count");
      reading.tokens_out = tokens(value, "eval_count");
      break;
  }
}

Reading read_success(Provider provider, const Reply& reply, bool local_only) {
  // 'application/json' with or without parameters; a proxy's login page is HTML.
  if (!reply.content_type.starts_with("application/json"))
    return failed(Outcome::bad_answer, "not_json");
  std::optional<Json::Value> const value = read_object(reply.body);
  if (!value) return failed(Outcome::bad_answer, "malformed");
  Reading reading;
  switch (provider) {
    case Provider::openai:
      reading = read_chat(*value);
      break;
    case Provider::openai_responses:
      reading = read_responses(*value);
      break;
    case Provider::anthropic:
      reading = read_messages(*value);
      break;
    case Provider::ollama:
      reading = read_ollama(*value, local_only);
      break;
  }
  read_usage(provider, *value, reading);
  return reading;
}

/// Request ids are printed in the log: only what looks like one.
std::string harmless(std::string_view id) {
  auto const plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
  };
  if (id.size() > 100 || !std::all_of(id.begin(), id.end(), plain)) return {};
  return std::string(id);
}

}  // namespace

Provider parse_provider(std::string_view text) {
  for (auto const& [provider, name] : kWords)
    if (name == text) return provider;
  throw invalid_parameter("unknown provider \"" + std::string(text) + "\"", {},
                          "Use openai, openai-responses, anthropic or ollama.");
}

std::string_view word(Provider provider) {
  return kWords[static_cast<std::size_t>(provider)].second;
}

Call build_call(Provider provider, std::string_view model, const Prompt& prompt,
                std::int32_t max_tokens) {
  std::optional<Json::Value> const schema = read_object(prompt.schema);
  if (!schema) throw invalid_parameter("the schema of a prompt must be a JSON object");
  Call call;
  Json::Value body;
  switch (provider) {
    case Provider::openai:
      call.path = "/v1/chat/completions";
      body = chat_body(prompt, *schema, max_tokens);
      break;
    case Provider::openai_responses:
      call.path = "/v1/responses";
      body = responses_body(prompt, *schema, max_tokens);
      break;
    case Provider::anthropic:
      call.path = "/v1/messages";
      call.headers.emplace_back("anthropic-version: 2023-06-01");
      body = messages_body(prompt, *schema, max_tokens);
      break;
    case Provider::ollama:
      call.path = "/api/chat";
      body = ollama_body(prompt, *schema, max_tokens);
      break;
  }
  body["model"] = std::string(model);
  call.headers.emplace_back("content-type: application/json");
  call.headers.emplace_back("accept: application/json");
  call.body = compact(body);
  return call;
}

std::string key_header(Provider provider, std::string_view key) {
  if (key.empty()) return {};
  std::string header(provider == Provider::anthropic ? "x-api-key: " : "authorization: Bearer ");
  header.reserve(header.size() + key.size());  // no second copy left behind by growing
  header += key;
  return header;
}

Reading read_reply(Provider provider, const Reply& reply, bool local_only) {
  Reading reading;
  if (!reply.transport_error.empty()) {
    reading =
        failed(reply.transport_retry ? Outcome::retry : Outcome::terminal, reply.transport_error);
  } else if (reply.status == 200) {
    reading = read_success(provider, reply, local_only);
  } else {
    reading = read_status(reply);
  }
  reading.request_id = harmless(reply.request_id);
  if (reading.outcome == Outcome::retry) reading.wait = reply.retry_after;
  return reading;
}

}  // namespace pt::advisor

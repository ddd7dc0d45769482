// The wire formats of the providers: from a prompt to the bytes of a request, from a reply to an
// answer or a class of failure. Pure: no network, no key, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pt::advisor {

/// Who is asked, by wire format. Any server that speaks OpenAI's chat format is `openai` with
/// another base URL.
enum class Provider : std::uint8_t { openai, openai_responses, anthropic, ollama };

/// 'openai', 'openai-responses', 'anthropic', 'ollama'. Throws Error 22023 for another word.
[[nodiscard]] Provider parse_provider(std::string_view word);
[[nodiscard]] std::string_view word(Provider provider);

/// What is asked: instructions, the question, and the JSON schema that the answer must follow.
struct Prompt {
  std::string system;
  std::string user;
  std::string schema_name;  ///< [A-Za-z0-9_-]{1,64}
  std::string schema;       ///< a JSON object: a schema in the subset that all providers take
};

/// A request without address and key.
struct Call {
  std::string path;                  ///< behind the base URL, for example /v1/messages
  std::vector<std::string> headers;  ///< 'name: value'; without the key
  std::string body;                  ///< JSON
};

/// The request that asks `model` for at most `max_tokens` tokens. No sampling parameters are sent:
/// newer models refuse them, and nobody promises determinism. Throws Error 22023 when the schema is
/// no JSON object. The same arguments give the same bytes.
[[nodiscard]] Call build_call(Provider provider, std::string_view model, const Prompt& prompt,
                              std::int32_t max_tokens);

/// The header that carries a key; empty for an empty key (a local server without one). Whoever
/// calls wipes it.
[[nodiscard]] std::string key_header(Provider provider, std::string_view key);

/// What came back, or did not.
struct Reply {
  std::string transport_error;  ///< word of a failed transfer ('timeout', 'refused', ...); empty: a
                                ///< reply came
  bool transport_retry = false;  ///< whether another try may help
  long status = 0;
  std::string content_type;
  std::optional<double> retry_after;  ///< seconds, from retry-after-ms or retry-after
  std::string request_id;
  std::string body;
};

/// What to do with a reply.
enum class Outcome : std::uint8_t {
  answered,    ///< `answer` holds the model's text
  retry,       ///< may help later
  terminal,    ///< will not help: configuration, key, quota, size
  bad_answer,  ///< the model answered, but nothing that can be used: one more try, then the rules
};

struct Reading {
  Outcome outcome = Outcome::terminal;
  std::string code;  ///< a word of ours, never text of the provider: 'rate_limited', 'quota', ...
  std::string answer;
  std::int64_t tokens_in = 0, tokens_out = 0;
  std::string request_id;
  std::optional<double> wait;    ///< seconds that the provider asks to wait
  bool closes_endpoint = false;  ///< key or quota: nothing more is sent until it is reset
};

/// Reads a reply. `local_only`: an Ollama that forwarded the question elsewhere is a terminal
/// failure. Texts of the provider are never passed on: they may repeat what was sent. Never throws
/// for anything in the reply but std::bad_alloc. O(size of the body).
[[nodiscard]] Reading read_reply(Provider provider, const Reply& reply, bool local_only);

}  // namespace pt::advisor

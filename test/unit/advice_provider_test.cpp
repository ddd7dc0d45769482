// Wire formats as documented by the providers (OpenAI chat and responses, Anthropic messages,
// Ollama chat; August 2026).
#include <gtest/gtest.h>
#include <json/json.h>

#include <sstream>

#include "advisor/json_reader.hpp"
#include "advisor/provider.hpp"
#include "core/error.hpp"

using namespace pt::advisor;

namespace {

const Prompt kPrompt{"be brief", "what now?", "advice",
                     R"({"type":"object","properties":{"a":{"type":"string"}},)"
                     R"("required":["a"],"additionalProperties":false})"};

Json::Value parsed(const std::string& text) {
  Json::Value value;
  std::istringstream(text) >> value;
  return value;
}

Reply reply(long status, std::string body, std::optional<double> retry_after = {}) {
  Reply r;
  r.status = status;
  r.content_type = "application/json; charset=utf-8";
  r.body = std::move(body);
  r.retry_after = retry_after;
  r.request_id = "req_1";
  return r;
}

std::string chat(const std::string& message, const std::string& reason) {
  return R"({"id":"x","choices":[{"index":0,"message":)" + message + R"(,"finish_reason":")" +
         reason + R"("}],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}})";
}

}  // namespace

TEST(AdviceProvider, BuildsEachFormat) {
  Call const chat_call = build_call(Provider::openai, "m", kPrompt, 100);
  EXPECT_EQ(chat_call.path, "/v1/chat/completions");
  Json::Value body = parsed(chat_call.body);
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["messages"][0]["role"], "system");
  EXPECT_EQ(body["messages"][1]["content"], "what now?");
  EXPECT_EQ(body["max_completion_tokens"], 100);
  EXPECT_EQ(body["store"], false);
  EXPECT_EQ(body["response_format"]["json_schema"]["strict"], true);
  EXPECT_EQ(body["response_format"]["json_schema"]["schema"], parsed(kPrompt.schema));
  EXPECT_FALSE(body.isMember("temperature"));

  body = parsed(build_call(Provider::openai_responses, "m", kPrompt, 100).body);
  EXPECT_EQ(body["instructions"], "be brief");
  EXPECT_EQ(body["text"]["format"]["type"], "json_schema");
  EXPECT_EQ(body["text"]["format"]["name"], "advice");

  Call const anthropic = build_call(Provider::anthropic, "m", kPrompt, 100);
  EXPECT_EQ(anthropic.path, "/v1/messages");
  EXPECT_EQ(anthropic.headers.front(), "anthropic-version: 2023-06-01");
  body = parsed(anthropic.body);
  EXPECT_EQ(body["max_tokens"], 100);
  EXPECT_EQ(body["output_config"]["format"]["schema"], parsed(kPrompt.schema));

  body = parsed(build_call(Provider::ollama, "m", kPrompt, 100).body);
  EXPECT_EQ(body["stream"], false) << "Ollama streams unless told not to";
  EXPECT_EQ(body["format"], parsed(kPrompt.schema));
  EXPECT_EQ(body["options"]["num_predict"], 100);
  EXPECT_EQ(build_call(Provider::ollama, "m", kPrompt, 100).body,
            build_call(Provider::ollama, "m", kPrompt, 100).body);
  EXPECT_THROW((void)build_call(Provider::openai, "m", {"", "", "x", "no schema"}, 1), pt::Error);
}

TEST(AdviceProvider, ReadsEachAnswer) {
  Reading r = read_reply(Provider::openai,
                         reply(200, chat(R"({"content":"{}","refusal":null})", "stop")), false);
  EXPECT_EQ(r.outcome, Outcome::answered);
  EXPECT_EQ(r.answer, "{}");
  EXPECT_EQ(r.tokens_in, 12);
  EXPECT_EQ(r.tokens_out, 3);
  EXPECT_EQ(r.request_id, "req_1");

  r = read_reply(
      Provider::openai_responses,
      reply(
          200,
          R"({"status":"completed","output":[{"type":"reasoning"},{"type":"message","content":)"
          R"([{"type":"output_text","text":"yes"}]}],"usage":{"input_tokens":5,"output_tokens":6}})"),
      false);
  EXPECT_EQ(r.answer, "yes");
  EXPECT_EQ(r.tokens_out, 6);

  r = read_reply(
      Provider::anthropic,
      reply(
          200,
          R"({"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"yes"}],)"
          R"("stop_reason":"end_turn","usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":6}})"),
      false);
  EXPECT_EQ(r.answer, "yes");
  EXPECT_EQ(r.tokens_in, 7);

  std::string const ollama =
      R"({"message":{"role":"assistant","content":"yes"},"done":true,"done_reason":"stop","eval_count":4)";
  EXPECT_EQ(read_reply(Provider::ollama, reply(200, ollama + "}"), true).answer, "yes");
  r = read_reply(Provider::ollama, reply(200, ollama + R"(,"remote_host":"https://ollama.com"})"),
                 true);
  EXPECT_EQ(r.outcome, Outcome::terminal);
  EXPECT_EQ(r.code, "not_local");
  EXPECT_EQ(read_reply(Provider::ollama,
                       reply(200, ollama + R"(,"remote_host":"https://ollama.com"})"), false)
                .outcome,
            Outcome::answered);
}

TEST(AdviceProvider, TellsUnusableAnswers) {
  struct Case {
    Provider provider;
    std::string body, code;
  };
  for (
      const Case& c : {
          Case{Provider::openai, chat(R"({"content":"{","refusal":null})", "length"), "truncated"},
          Case{Provider::openai, chat(R"({"content":null,"refusal":"no"})", "stop"), "refusal"},
          Case{Provider::openai, chat(R"({"content":null})", "content_filter"), "refusal"},
          Case{Provider::openai, R"({"choices":[]})", "malformed"},
          Case{Provider::openai, R"({"choices":7})", "malformed"},
          Case{Provider::openai, "[]", "malformed"},
          Case{Provider::openai, "", "malformed"},
          Case{Provider::openai_responses,
               R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}})",
               "truncated"},
          Case{
              Provider::openai_responses,
              R"({"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]})",
              "refusal"},
          Case{Provider::openai_responses, R"({"status":"completed","output":[]})", "empty"},
          Case{Provider::anthropic, R"({"content":[],"stop_reason":"max_tokens"})", "truncated"},
          Case{Provider::anthropic, R"({"content":[],"stop_reason":"refusal"})", "refusal"},
          Case{Provider::anthropic, R"({"content":[],"stop_reason":"end_turn"})", "empty"},
          Case{Provider::ollama,
               R"({"message":{"content":"x"},"done":true,"done_reason":"length"})", "truncated"},
          Case{Provider::ollama, R"({"message":{"content":"x"},"done":"yes"})", "malformed"},
      }) {
    Reading const r = read_reply(c.provider, reply(200, c.body), false);
    EXPECT_EQ(r.outcome, Outcome::bad_answer) << c.body;
    EXPECT_EQ(r.code, c.code) << c.body;
    EXPECT_EQ(r.answer, "");
  }
  Reply html = reply(200, chat(R"({"content":"{}"})", "stop"));
  html.content_type = "text/html";
  EXPECT_EQ(read_reply(Provider::openai, html, false).code, "not_json");
}

TEST(AdviceProvider, ClassifiesFailures) {
  auto const read = [](long status, std::string body = "", std::optional<double> wait = {}) {
    return read_reply(Provider::openai, reply(status, std::move(body), wait), false);
  };
  for (long status : {408L, 409L, 425L, 429L, 500L, 502L, 503L, 504L, 529L})
    EXPECT_EQ(read(status).outcome, Outcome::retry) << status;
  for (long status : {302L, 400L, 401L, 402L, 403L, 404L, 413L, 422L, 418L, 204L})
    EXPECT_EQ(read(status).outcome, Outcome::terminal) << status;
  for (long status : {401L, 402L, 403L}) EXPECT_TRUE(read(status).closes_endpoint) << status;
  for (long status : {400L, 404L, 413L, 500L, 429L})
    EXPECT_FALSE(read(status).closes_endpoint) << status;
  EXPECT_EQ(read(429, "", 7.5).wait, 7.5);
  Reading const quota = read(
      429, R"({"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}})",
      3);
  EXPECT_EQ(quota.outcome, Outcome::terminal);
  EXPECT_TRUE(quota.closes_endpoint);
  std::string const spend =
      R"({"type":"error","error":{"type":"rate_limit_error","error_code":"enforced_spend_limit_reached"}})";
  EXPECT_EQ(read(429, spend).code, "spend_limit");
  EXPECT_EQ(read(429, spend, 2).outcome, Outcome::retry);

  Reply broken;
  broken.transport_error = "timeout";
  broken.transport_retry = true;
  EXPECT_EQ(read_reply(Provider::openai, broken, false).outcome, Outcome::retry);
}

// What a provider writes may repeat what was sent, the key included: only our own words go on.
TEST(AdviceProvider, PassesNoTextOfTheProviderOn) {
  Reply r =
      reply(400, R"({"error":{"message":"sk-secret","type":"sk-secret","code":"sk-secret"}})");
  r.request_id = "sk secret\n";
  Reading const reading = read_reply(Provider::openai, r, false);
  EXPECT_EQ(reading.code, "bad_request");
  EXPECT_EQ(reading.request_id, "");
  EXPECT_EQ(reading.answer, "");
}

TEST(AdviceJson, RefusesWhatIsNoPlainJson) {
  EXPECT_TRUE(read_object(R"({"a":[1,2.5,"\u00e4\n",null,true,{"b":{}}]})"));
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{\"a\":";
  std::string const deep_array = std::string(10'000, '[') + std::string(10'000, ']');
  for (const std::string& bad :
       {std::string("{\"a\":1,\"a\":2}"), std::string("{\"a\":1} x"), std::string("{\"a\":1}{}"),
        std::string("/* c */{\"a\":1}"), std::string("{\"a\":1 // c\n}"),
        std::string("{\"a\":\"\\u0000\"}"), std::string("{\"a\":\"\0\"}", 9),
        std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":\"\xed\xa0\x80\"}"),
        std::string("{\"a\":\"\xc0\x80\"}"), std::string("{a:1}"), std::string("{'a':1}"),
        std::string("[1]"), std::string("1"), std::string(""), std::string("{\"a\":NaN}"),
        std::string("{\"a\":}"), deep, "{\"a\":" + deep_array + "}"})
    EXPECT_FALSE(read_object(bad)) << bad.substr(0, 60);
}

TEST(AdviceJson, ReadsTypedMembers) {
  std::optional<Json::Value> const v =
      read_object(R"({"i":7,"f":7.5,"s":"7","big":1e300,"huge":99999999999999999999,"neg":-1})");
  ASSERT_TRUE(v);
  EXPECT_EQ(int_member(*v, "i", 0, 10), 7);
  for (const char* name : {"f", "s", "big", "huge", "neg", "missing"})
    EXPECT_FALSE(int_member(*v, name, 0, 10)) << name;
  EXPECT_EQ(text_member(*v, "s"), "7");
  EXPECT_FALSE(text_member(*v, "i"));
  EXPECT_FALSE(text_member((*v)["i"], "i"));
}

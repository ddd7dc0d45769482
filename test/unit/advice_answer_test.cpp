#include <gtest/gtest.h>

#include <cmath>

#include "advisor/answer.hpp"
#include "advisor/json_reader.hpp"
#include "advisor/prompt.hpp"
#include "core/error.hpp"

using namespace pt::advisor;

namespace {
const std::vector<Allowed> kAllowed{{"merge_classes", 2, 500, "classes at most"},
                                    {"coarsen_period", 1, 5, "steps"}};

std::string one(const std::string& item) { return "{\"proposals\":[" + item + "]}"; }
}  // namespace

TEST(AdvicePrompt, HoldsRoundedAggregatesOnly) {
  std::vector<Figure> const figures{
      {"people", 11'757, true}, {"average_risk", 0.012345, false}, {"maximum_risk", NAN, false}};
  std::vector<std::vector<Figure>> const riskiest{{{"people", 18, true}, {"risk", 0.0588, false}},
                                                  {{"people", 17, true}, {"risk", 0.0591, false}},
                                                  {{"people", 42, true}, {"risk", 0.0312, false}}};
  Prompt const prompt = build_prompt("criminal_justice", figures, riskiest, kAllowed);
  EXPECT_EQ(
      prompt.user,
      R"({"domain": "criminal_justice", "state": {"people": 11760, "average_risk": 0.012, "maximum_risk": 0}, )"
      R"("riskiest_groups": [{"groups": 2, "people": 20, "risk": 0.059}, {"groups": 1, "people": 40, "risk": 0.031}], )"
      R"("actions": [{"action": "merge_classes", "amount_from": 2, "amount_to": 500, "meaning": "classes at most"}, )"
      R"({"action": "coarsen_period", "amount_from": 1, "amount_to": 5, "meaning": "steps"}]})");
  EXPECT_TRUE(read_object(prompt.user));
  EXPECT_TRUE(read_object(prompt.schema));
  // Similar situations are the same question.
  std::vector<Figure> const similar{
      {"people", 11'763, true}, {"average_risk", 0.0119, false}, {"maximum_risk", 0, false}};
  std::vector<std::vector<Figure>> const alike{{{"people", 21, true}, {"risk", 0.0589, false}},
                                               {{"people", 19, true}, {"risk", 0.0592, false}},
                                               {{"people", 38, true}, {"risk", 0.0308, false}}};
  EXPECT_EQ(build_prompt("criminal_justice", similar, alike, kAllowed).user, prompt.user);
  // No more groups than allowed.
  std::vector<std::vector<Figure>> many;
  for (int i = 1; i <= 20; ++i) many.push_back({{"people", 10. * i, true}});
  std::string const user = build_prompt("custom", {}, many, kAllowed).user;
  EXPECT_NE(user.find("\"people\": 80}]"), std::string::npos);
  EXPECT_EQ(user.find("\"people\": 90"), std::string::npos);
}

TEST(AdvicePrompt, TakesNoNameOfTheData) {
  for (const char* name : {"", "Smith, John", "naïve", "x\"y", "A", "a b", "a-b"}) {
    std::vector<Figure> const figures{{name, 1, false}};
    EXPECT_THROW((void)build_prompt("custom", figures, {}, kAllowed), pt::Error) << name;
    EXPECT_THROW((void)build_prompt(name, {}, {}, kAllowed), pt::Error) << name;
    std::vector<Allowed> const actions{{name, 0, 1, ""}};
    EXPECT_THROW((void)build_prompt("custom", {}, {}, actions), pt::Error) << name;
    std::vector<std::vector<Figure>> const groups{figures};
    EXPECT_THROW((void)build_prompt("custom", {}, groups, kAllowed), pt::Error) << name;
  }
}

TEST(AdvicePrompt, Rounds) {
  EXPECT_EQ(rounded_figure(0.0099), 0.0099);
  EXPECT_EQ(rounded_figure(0.012345), 0.012);
  EXPECT_EQ(rounded_figure(98765), 99000);
  EXPECT_EQ(rounded_figure(-0.0555), -0.056);
  EXPECT_EQ(rounded_figure(INFINITY), 0);
  EXPECT_EQ(rounded_count(14), 10);
  EXPECT_EQ(rounded_count(4), 0);
  EXPECT_EQ(rounded_count(-7), 0);
}

TEST(AdviceAnswer, TakesWhatIsAllowed) {
  auto const choices = read_answer(
      one(R"({"action":"merge_classes","amount":64,"reason":"big <b>win</b>\nnow"})"), kAllowed);
  ASSERT_TRUE(choices);
  ASSERT_EQ(choices->size(), 1U);
  EXPECT_EQ(choices->front().action, "merge_classes");
  EXPECT_EQ(choices->front().amount, 64);
  EXPECT_EQ(choices->front().reason, "big <b>win</b> now");
  EXPECT_EQ(
      to_json(*choices),
      R"({"proposals": [{"action": "merge_classes", "amount": 64, "reason": "big <b>win</b> now"}]})");
  std::string many;
  for (int i = 0; i < 9; ++i)
    many +=
        std::string(i == 0 ? "" : ",") + R"({"action":"coarsen_period","amount":1,"reason":""})";
  EXPECT_EQ(read_answer(one(many), kAllowed)->size(), kMaxProposals);
  auto const cut = read_answer(
      one(R"({"action":"coarsen_period","amount":1,"reason":")" + std::string(299, 'x') + "ää\"}"),
      kAllowed);
  EXPECT_EQ(cut->front().reason, std::string(299, 'x'));
  // Nothing that steers a terminal, turns the direction of writing round, ends the line or hides.
  auto const steered = read_answer(one("{\"action\":\"coarsen_period\",\"amount\":1,\"reason\":"
                                       "\"a\\u001b[2Jb\u009b2Jc\u202Ed\u2028"
                                       "e\u200Bf\u2066g\u061Ch\uFEFFi\u0085j\"}"),
                                   kAllowed);
  ASSERT_TRUE(steered);
  EXPECT_EQ(steered->front().reason, "a [2Jb 2Jc d e f g h i j");
  EXPECT_EQ(
      read_answer(one("{\"action\":\"coarsen_period\",\"amount\":1,\"reason\":\"größer, 更多 …\"}"),
                  kAllowed)
          ->front()
          .reason,
      "größer, 更多 …");
}

TEST(AdviceAnswer, RefusesEverythingElse) {
  for (
      const std::string& bad :
      {std::string(), std::string("merge them"), std::string("{}"),
       std::string("{\"proposals\":[]}"), std::string("{\"proposals\":{}}"), one("{}"), one("7"),
       one(R"({"action":"lower_protection","amount":1,"reason":"x"})"),
       one(R"({"action":"merge_classes; DROP TABLE x","amount":5,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":1,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":501,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":-5,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":64.5,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":"64","reason":"x"})"),
       one(R"({"action":"merge_classes","amount":1e999,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":99999999999999999999,"reason":"x"})"),
       one(R"({"action":"merge_classes","amount":64})"),
       // half of a surrogate pair is no character, and must not get into the database
       one(R"({"action":"merge_classes","amount":64,"reason":"\udc00"})"),
       one(R"({"action":"merge_classes","amount":64,"reason":"\ud800"})"),
       one(R"({"action":"merge_classes","amount":64,"reason":"x","safe":true})"),
       std::string(
           R"({"proposals":[{"action":"merge_classes","amount":64,"reason":"x"}],"status":"safe"})"),
       "```json\n" + one(R"({"action":"merge_classes","amount":64,"reason":"x"})") + "\n```"})
    EXPECT_FALSE(read_answer(bad, kAllowed)) << bad;
}

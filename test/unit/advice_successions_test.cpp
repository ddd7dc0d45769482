// Successions of events by a model: the words of a domain are sent, and only what they and the
// rules allow is taken.
#include <gtest/gtest.h>

#include "advisor/json_reader.hpp"
#include "advisor/successions.hpp"
#include "core/error.hpp"
#include "core/model/domain.hpp"

using namespace pt::advisor;

namespace {

const EventVocabulary kWords{
    {"arrest", "charge", "plea"}, {"dismissed", "guilty"}, {{"plea", "plea"}}};

std::string item(const std::string& earlier, const std::string& later,
                 const std::string& outcome = "any") {
  return R"({"earlier":")" + earlier + R"(","later":")" + later + R"(","outcome":")" + outcome +
         "\"}";
}
std::string list(const std::string& items) { return "{\"successions\":[" + items + "]}"; }

}  // namespace

TEST(AdviceSuccessions, SendsTheWordsAlone) {
  Prompt const prompt = build_successions_prompt("criminal_justice", kWords);
  EXPECT_EQ(
      prompt.user,
      R"({"domain": "criminal_justice", "event_types": ["arrest", "charge", "plea"], "outcomes": ["dismissed", "guilty"]})");
  EXPECT_TRUE(read_object(prompt.user));
  EXPECT_TRUE(read_object(prompt.schema));
  EXPECT_EQ(prompt.schema_name, "event_successions");
  EXPECT_NE(prompt.schema.find(R"("enum": ["any", "dismissed", "guilty"])"), std::string::npos);
  for (const char* word : {"", "Smith, John", "naïve", "x\"y", "a b", "A"}) {
    EXPECT_THROW((void)build_successions_prompt("d", {{word}, {}, {}}), pt::Error) << word;
    EXPECT_THROW((void)build_successions_prompt("d", {{"a"}, {word}, {}}), pt::Error) << word;
    EXPECT_THROW((void)build_successions_prompt(word, kWords), pt::Error) << word;
  }
}

TEST(AdviceSuccessions, TakesWhatTheVocabularyAllowsAndCountsTheRest) {
  auto const read = read_successions(
      list(item("arrest", "charge") + "," + item("charge", "plea", "guilty") + "," +
           item("arrest", "charge") + "," + item("murder", "plea") + "," +
           item("arrest", "'); DROP TABLE people; --") + "," + item("charge", "plea", "<script>") +
           "," + item("plea", "plea") +
           R"(,{"earlier":"arrest","later":"plea"},7,null,"arrest",[])" +
           R"(,{"earlier":"arrest","later":"plea","outcome":"any","reason":"ignore all rules"})" +
           R"(,{"earlier":1,"later":"plea","outcome":"any"})"),
      kWords);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->said,
            (std::vector<SaidSuccession>{{"arrest", "charge", ""}, {"charge", "plea", "guilty"}}));
  EXPECT_EQ(
      passed_over_json(*read),
      R"({"malformed": 7, "unknown_type": 2, "unknown_outcome": 1, "impossible": 1, "repeated": 1})");
  // What is stored reads back as what was said.
  std::string const stored = to_json(read->said);
  auto const again = read_successions(stored, kWords);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->said, read->said);
  EXPECT_EQ(passed_over_json(*again), "");
}

TEST(AdviceSuccessions, IsBounded) {
  EventVocabulary many;
  for (int i = 0; i < 30; ++i) many.types.push_back("t" + std::to_string(i));
  std::string items;
  for (int i = 0; i < 900; ++i)
    items += (i == 0 ? "" : ",") + item("t" + std::to_string(i / 30), "t" + std::to_string(i % 30));
  auto const read = read_successions(list(items), many);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->said.size(), kMaxSuccessions);
  EXPECT_EQ(read->too_many, 900U - kMaxSuccessions);
}

TEST(AdviceSuccessions, RefusesOtherForms) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("publish everything"), list(""),
        list(item("murder", "murder")), std::string(R"({"successions":{}})"),
        std::string(R"({"successions":"arrest"})"),
        R"({"proposals":[)" + item("arrest", "plea") + "]}",
        R"({"status":"SAFE","successions":[)" + item("arrest", "plea") + "]}",
        list(item("arrest", "plea")) + "x", list("[" + item("arrest", "plea") + "]")})
    EXPECT_FALSE(read_successions(text, kWords)) << text;
}

TEST(AdviceSuccessions, DirectSuccessionsThatNoRuleAllows) {
  pt::model::Domain domain;
  domain.rules = {{"death", {}, {}, {}, true, true, true, 1},
                  {"graduation", {"enrollment"}, {}, {"enrollment"}, false, true, true, {}},
                  {"jail_in", {}, {"jail_out"}, {}, false, true, false, {}},
                  {"jail_out", {"jail_in"}, {}, {}, false, true, false, {}}};
  EXPECT_FALSE(domain.may_follow_directly("death", "visit"));
  EXPECT_FALSE(domain.may_follow_directly("death", "death"));
  EXPECT_TRUE(domain.may_follow_directly("visit", "death"));
  EXPECT_TRUE(domain.may_follow_directly("graduation", "enrollment"));
  EXPECT_FALSE(domain.may_follow_directly("graduation", "grade"));
  EXPECT_FALSE(domain.may_follow_directly("jail_in", "jail_in"));
  EXPECT_TRUE(domain.may_follow_directly("jail_in", "jail_out"));
  EXPECT_TRUE(domain.may_follow_directly("jail_out", "jail_out")) << "a place decides that";
}

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "core/error.hpp"
#include "core/report/bars.hpp"
#include "core/report/html.hpp"
#include "core/report/plot.hpp"
#include "core/report/public_form.hpp"
#include "core/report/render.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"
#include "core/text/utf8.hpp"

using namespace pt::report;

namespace {

Comparison comparison(double n1, double value1, double n0, double value0) {
  Comparison c;
  c.attribute = "ethnicity";
  c.measure = "outcome rate";
  c.event_type = "charge";
  c.column = "outcome";
  c.value = "convicted";
  c.compared = "Black";
  c.reference = "White";
  c.scale = "log odds ratio";
  Side side{n1, n0, value1, value0, 0, {}, {}, {}};
  side.effect = std::log(value1 / (1 - value1) / (value0 / (1 - value0)));
  side.low = side.effect - .2;
  side.high = side.effect + .2;
  c.source = c.release = side;
  c.kept = true;
  return c;
}

Report sample() {
  Report r;
  r.source = "secret_schema.court_events";
  r.run = 7;
  r.made_at = "2026-01-02 03:04";
  r.release = Release{"safe.court",
                      2,
                      "2026-01-02 03:05",
                      {},
                      6000,
                      {{"safe.court_personas", "ab12", "SELECT 1"}},
                      {{"personas", "gender", "text", "gender of all members"}},
                      "Weight by merged_from."};
  r.attacker = "demographics+events";
  r.target_risk = .01;
  r.individual_limit = .1;
  r.average_risk = .0096902;
  r.maximum_risk = 1.0 / 17;
  r.target_met = true;
  r.status = "SAFE_FOR_PUBLIC_RELEASE";
  r.people_in_source = 11760;
  r.people = 11757;
  r.events = 56553;
  r.personas = 276;
  r.classes = 75;
  r.suppressed = {3, 0};
  r.label_generalized = {17, 0};
  r.risks = {{"demographics", .0064, .0589, false, ""},
             {"demographics+events", .0096902, 1.0 / 17, true, ""},
             {"register", {}, {}, false, "not measured"}};
  r.persona_sizes = size_bars({{17, 1}, {42, 100}, {50, 175}});
  r.person_risks = risk_bars({{.004, 9000}, {.02, 2757}});
  r.class_risks = risk_bars({{.004, 9000}, {.01, 2757}});
  r.groups = {{"gender", "Female", {2421, 0}}, {"gender", "Male", {9336, 0}}};
  r.left_out = {{"cell too small", 3}};
  r.source_columns = {{"court", "ssn", "identifier", "never released"}};
  r.steps = {{0, "start", "period month", .02, .06, .87, false, false, "the beginning", "rules"},
             {1, "merge_classes", "period year, secret_detail left out", .0096902, .0589, .8, true,
              true, "fewer", "rules"}};
  r.steps_tried = 2;
  r.steps_held = 1;
  r.rules = {{"average_risk", "<= 0.01", "0.0096902", true, ""},
             {"min_size", ">= 5", "17", true, ""}};
  r.comparisons = {comparison(3000, .55, 7000, .45)};
  r.comparisons_judged = r.comparisons_kept = 1;
  r.attacks = {{"demographics", 1000, .007, .0034, .0144, .00009, .0088, .0064, .0064, true, ""}};
  r.calls = {"SELECT pt_create_personas(seed => 4711)"};
  r.version = "1.1";
  r.server = "15.20";
  return r;
}

std::string page(const Report& report) {
  pt::Host host;
  return render(report, host);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The page without tags, references left as they are.
std::string words_of(const std::string& html) {
  return std::regex_replace(std::regex_replace(html, std::regex("<style>[^<]*</style>"), " "),
                            std::regex("<[^>]*>"), " ");
}

}  // namespace

TEST(Utf8, ReadsWhatIsValidAndReplacesTheRest) {
  EXPECT_EQ(pt::text::code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            U"a\u00e9\u20ac\U0001F600");
  EXPECT_EQ(pt::text::code_points("\xC0\x80\xED\xA0\x80\xF4\x90\x80\x80x"),
            std::u32string(9, U'\uFFFD') + U"x");
  EXPECT_EQ(pt::text::code_points(std::string("\xE2\x82", 2)), U"\uFFFD\uFFFD");
  EXPECT_EQ(pt::text::code_points(std::string(1, '\0')), U"\uFFFD");
}

TEST(ReportHtml, EscapesEverythingIntoOneLineOfAscii) {
  EXPECT_EQ(escape("<script>alert(\"x\")</script>&'"),
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;");
  EXPECT_EQ(escape("a\nb\tc\\d"), "a&#10;b&#9;c&#92;d");
  EXPECT_EQ(escape("\xC3\xA9\xFF"), "&#xe9;&#xfffd;");
  EXPECT_EQ(escape("a\x01\r\x7F"), "a&#xfffd;&#xfffd;&#xfffd;");
  // Right-to-left override, zero width space, byte order mark, line separator.
  EXPECT_EQ(escape("\xE2\x80\xAE\xE2\x80\x8B\xEF\xBB\xBF\xE2\x80\xA8"),
            "&#xfffd;&#xfffd;&#xfffd;&#xfffd;");
}

TEST(ReportHtml, ClosesWhatItOpens) {
  Html html;
  html.open("p", {{"title", "\"><b>"}}).text("x");
  EXPECT_THROW((void)std::move(html).finish(), pt::Error);
  html.close();
  EXPECT_THROW(html.close(), pt::Error);
  EXPECT_EQ(std::move(html).finish(), "<p title=\"&quot;&gt;&lt;b&gt;\">x</p>");
}

TEST(ReportHtml, ShortensByCharacters) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 3),
            "\xC3\xA9\xC3\xA9\xC3\xA9... (4 characters)");
  EXPECT_EQ(shorten(std::string(5000, 'x')), std::string(80, 'x') + "... (5000 characters)");
}

TEST(ReportHtml, FitsLabels) {
  EXPECT_EQ(fit("abcd", 4), "abcd");
  EXPECT_EQ(fit("abcde", 4), "abc\u2026");
  EXPECT_EQ(fit("\xC3\xA9\xC3\xA9\xC3\xA9", 2), "\xC3\xA9\u2026");
}

TEST(ReportWords, PrintsNumbersForPeople) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1000), "1,000");
  EXPECT_EQ(count(1234567), "1,234,567");
  EXPECT_EQ(count(-1234), "-1,234");
  EXPECT_EQ(count(People{3, 5}), "fewer than 5");
  EXPECT_EQ(count(People{0, 5}), "0");
  EXPECT_EQ(count(People{5, 5}), "5");
  EXPECT_EQ(count(People{3, 0}), "3");
  EXPECT_EQ(number(.79690), "0.797");
  EXPECT_EQ(number(12345), "12345");
  EXPECT_EQ(number(-.000001, 2), "-0.000001");
  EXPECT_EQ(number(NAN), "not defined");
  EXPECT_EQ(percent(.4523), "45.2 %");
  EXPECT_EQ(percent(0), "0 %");
}

TEST(ReportWords, NeverUnderstatesARisk) {
  EXPECT_EQ(risk_percent(.01), "1 %");
  EXPECT_EQ(risk_percent(.0100001), "1.01 %");
  EXPECT_EQ(risk_percent(1.0 / 17), "5.89 %");
  EXPECT_EQ(risk_percent(0), "0 %");
  for (double risk = 1e-5; risk < 1; risk *= 1.37)
    EXPECT_GE(std::stod(risk_percent(risk)) / 100, risk * (1 - 1e-9)) << risk;
  EXPECT_EQ(one_in(1.0 / 17), "1 in 17");
  EXPECT_EQ(one_in(.0096902), "1 in 103");
  EXPECT_EQ(one_in(.6), "certain or nearly so");
  EXPECT_EQ(one_in(0), "never");
}

TEST(ReportWords, ReadsRules) {
  EXPECT_EQ(rule_value("average_risk", "<= 0.01"), "at most 1 %");
  EXPECT_EQ(rule_value("average_risk", "0.0100001"), "1.01 %");
  EXPECT_EQ(rule_value("min_size", ">= 5"), "at least 5");
  EXPECT_EQ(rule_value("finest_period", "year"), "year");
}

TEST(ReportBars, CountsEverybodyOnce) {
  auto const sizes = size_bars({{17, 1}, {42, 100}, {50, 175}});
  ASSERT_LE(sizes.size(), 12U);
  EXPECT_EQ(sizes.front().label, "15 to 19");
  EXPECT_EQ(sizes.back().label, "50 to 54");
  double sum = 0;
  for (const Bar& bar : sizes) sum += bar.value;
  EXPECT_EQ(sum, 276);
  EXPECT_EQ(size_bars({{5, 2}}).front().label, "5");
  EXPECT_TRUE(size_bars({}).empty());
  auto const risks = risk_bars({{.004, 10}, {.005, 1}, {.0051, 2}, {1, 3}});
  ASSERT_EQ(risks.size(), 7U);
  EXPECT_EQ(risks.front().label, "0.2 to 0.5 %");
  EXPECT_EQ(risks.front().value, 11);
  EXPECT_EQ(risks.back().value, 3);
  EXPECT_TRUE(risk_bars({}).empty());
}

TEST(ReportPlot, PlacesValuesOnAxes) {
  Axis const risk = risk_axis(.0096, "risk");
  EXPECT_EQ(risk.ticks.size(), 4U);
  EXPECT_NEAR(risk.place(.01), 1.0 / 3, 1e-12);
  EXPECT_EQ(risk.place(0), 0);
  EXPECT_EQ(risk.place(2), 1);
  Axis const ratio = ratio_axis(.3, 3, "ratio");
  EXPECT_EQ(ratio.from, .25);
  EXPECT_EQ(ratio.to, 4);
  EXPECT_NEAR(ratio.place(1), .5, 1e-12);
  EXPECT_EQ(ratio.ticks.front().label, "1/4");
  Axis const line = linear_axis(.073, true, "share");
  EXPECT_NEAR(line.to, .08, 1e-12);
  EXPECT_EQ(line.ticks.size(), 5U);
  EXPECT_EQ(linear_axis(0, false, "").place(0), 0);
}

TEST(ReportTable, RefusesRowsOfAnotherWidth) {
  Table table("t");
  table.column("a").column("b");
  EXPECT_THROW(table.row({"1"}), pt::Error);
}

TEST(ReportPage, IsOneDeterministicSelfContainedPage) {
  std::string const html = page(sample());
  EXPECT_EQ(html, page(sample()));
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
  for (unsigned char const c : html) ASSERT_TRUE(c >= 0x20 && c < 0x7F && c != '\\') << int(c);
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_FALSE(std::regex_search(html, std::regex("(src|href)=\"[^#]")));
  EXPECT_TRUE(has(html, "1 in 103"));
  EXPECT_TRUE(has(html, "seed =&gt; 4711"));
  EXPECT_TRUE(has(html, "Decision"));
}

TEST(ReportPage, SurvivesHostileNames) {
  Report r = sample();
  std::string const hostile =
      "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'";
  std::string const endless(5000, 'x');
  r.source = r.release->name = hostile;
  r.domain = r.status = r.help = hostile;
  r.period = hostile;
  r.groups.push_back({hostile, endless, {10, 0}});
  r.comparisons[0].compared = hostile;
  r.comparisons[0].reference = endless;
  r.comparisons[0].value = endless;
  r.comparisons[0].why = hostile;
  r.steps[0].setting = hostile + endless;
  r.rules[0].name = hostile;
  r.attacks[0].name = "inference: " + hostile;
  r.source_columns[0].name = endless;
  r.questions.push_back({hostile, true, true, endless, hostile, {}, {}, {}, {}});
  r.utility_parts.push_back({hostile, .9, .8, 10, 8, false, hostile});
  r.remarks.push_back(hostile);
  r.left_out[0].label = hostile;
  std::string const html = page(r);
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_FALSE(has(html, "<img"));
  EXPECT_FALSE(has(html, endless.substr(0, 1000)));
  EXPECT_EQ(html.find("</style>"), html.rfind("</style>"));
  EXPECT_EQ(html.find("</title>"), html.find("</title><style>"));
}

TEST(ReportPage, SaysWhatFails) {
  Report r = sample();
  EXPECT_EQ(verdict(r), Verdict::holds);
  EXPECT_TRUE(has(page(r), "verdict holds"));
  r.comparisons_judged = 10;
  r.comparisons_kept = 8;
  EXPECT_EQ(verdict(r), Verdict::reservations);
  EXPECT_TRUE(has(page(r), "80&#xa0;% are kept by the release"));
  r.comparisons_kept = 9;
  EXPECT_EQ(verdict(r), Verdict::holds);
  r.remarks = {"Attacks could not be measured: gone."};
  EXPECT_EQ(verdict(r), Verdict::reservations);
  r = sample();
  r.release.reset();
  EXPECT_EQ(verdict(r), Verdict::reservations);
  r = sample();
  r.utility_passed = false;
  EXPECT_EQ(verdict(r), Verdict::reservations);
  r.utility_passed = true;
  r.comparisons_kept = 0;
  EXPECT_EQ(verdict(r), Verdict::holds) << "the stored verdict weighs what was lost";
  r = sample();
  r.attacks[0].within_claim = false;
  EXPECT_EQ(verdict(r), Verdict::fails);
  r.attacks[0].name = "inference: outcome";
  EXPECT_EQ(verdict(r), Verdict::reservations) << "nobody is named";
  EXPECT_TRUE(has(page(r), "helps to guess attributes"));
  r = sample();
  r.rules[1].passed = false;
  EXPECT_EQ(verdict(r), Verdict::fails);
  EXPECT_TRUE(has(page(r), "The rule min size fails."));
  r = sample();
  r.target_met = false;
  EXPECT_EQ(verdict(r), Verdict::fails);
  EXPECT_TRUE(has(page(r), "The target does not hold: not fit for release."));
  r.average_risk.reset();
  r.maximum_risk.reset();
  EXPECT_TRUE(has(page(r), "Nobody is in the release"));
}

TEST(ReportPublic, TellsNothingOfTheSource) {
  Report r = sample();
  r.comparisons[0].why = "the release shows 51 of the 58 people of the group";
  r.remarks = {"Attacks could not be measured: 4 rows are new."};
  r.rules[0].remedy = "drop secret_detail";
  std::string const html = page(public_form(r));
  for (const char* const secret :
       {"secret_schema", "secret_detail", "4711", "11,760", "11760", "ssn", "58 people", "4 rows",
        "cell too small", "period month", "Run 7", "15.20", "Decision"})
    EXPECT_FALSE(has(html, secret)) << secret;
  EXPECT_TRUE(has(html, "fewer than 5 people were left out"));
  EXPECT_TRUE(has(html, "of 17 people"));
  EXPECT_EQ(verdict(public_form(r)), Verdict::reservations) << "what is missing is not hidden";
  EXPECT_EQ(verdict(public_form(sample())), Verdict::holds);
  r.release.reset();
  EXPECT_THROW((void)public_form(r), pt::Error);
}

TEST(ReportPublic, LeavesOutSmallCells) {
  auto const safe = [](double n1, double value1, double n0, double value0) {
    Comparison const c = comparison(n1, value1, n0, value0);
    return is_cell_safe(c, *c.release, 5);
  };
  EXPECT_TRUE(safe(100, .05, 100, .95));
  EXPECT_FALSE(safe(100, .04, 100, .5)) << "4 with the outcome";
  EXPECT_FALSE(safe(100, .96, 100, .5)) << "4 without it";
  EXPECT_FALSE(safe(100, .5, 100, .04));
  EXPECT_FALSE(safe(4, .5, 100, .5));
  EXPECT_FALSE(safe(100, 1e-12, 100, .5)) << "nobody: something certain about each of them";
  Comparison rate = comparison(40, .1, 1000, .5);
  rate.scale = "log rate ratio";
  EXPECT_FALSE(is_cell_safe(rate, *rate.release, 5)) << "4 events";
  rate.release->value1 = .125;
  EXPECT_TRUE(is_cell_safe(rate, *rate.release, 5));
  Report r = sample();
  r.comparisons.push_back(comparison(100, .04, 100, .5));
  r.comparisons.push_back(comparison(100, .5, 100, .5));
  r.comparisons.back().release.reset();
  r.comparisons.push_back(comparison(3000, .55, 7000, .45));
  r.comparisons.back().source->n1 = 3004;
  r.questions = {{"asked", true, true, "why", "odds ratio", .9, 1.5, 1.6, true},
                 {"lost", true, false, "secret column is missing", "", {}, 2.5, {}, false}};
  r.questions_in_source = 2;
  r.questions_kept = 1;
  Report const open = public_form(r);
  ASSERT_EQ(open.questions.size(), 1U);
  EXPECT_FALSE(open.questions[0].source.has_value());
  EXPECT_TRUE(has(page(open), "1 of 2 questions"));
  EXPECT_FALSE(has(page(open), "secret column"));
  ASSERT_EQ(open.comparisons.size(), 2U);
  EXPECT_EQ(open.comparisons_hidden, 2);
  EXPECT_TRUE(open.comparisons[0].source.has_value());
  EXPECT_FALSE(open.comparisons[1].source.has_value()) << "the source differs: only the verdict";
  std::string const text = words_of(page(open));
  std::regex const people("([0-9][0-9,]*) people");
  for (std::sregex_iterator it(text.begin(), text.end(), people), end; it != end; ++it) {
    std::string digits = (*it)[1];
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    bool const allowed = std::stol(digits) == 0 || std::stol(digits) >= 5;
    EXPECT_TRUE(allowed) << it->str();
  }
}

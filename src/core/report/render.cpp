#include "core/report/render.hpp"

#include <algorithm>

#include "core/report/sections.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta "
    "name=\"referrer\" content=\"no-referrer\">\n";

std::string subject(const Report& report) {
  return shorten(report.release ? report.release->name : report.source, 120);
}

bool always(const Report&) { return true; }
bool has_attacks(const Report& r) { return !r.attacks.empty(); }
bool has_rules(const Report& r) { return !r.rules.empty(); }
bool has_findings(const Report& r) {
  return !r.comparisons.empty() || !r.utility_parts.empty() || r.comparisons_judged > 0;
}
bool has_questions(const Report& r) { return !r.questions.empty() || r.questions_in_source > 0; }
bool is_internal(const Report& r) { return r.audience == Audience::internal; }

void write_header(Html& html, const Report& report) {
  html.element("a", "Skip to the report", {{"href", "#report"}, {"class", "skip"}});
  html.open("header");
  paragraph(html,
            report.audience == Audience::internal
                ? "Internal form: for the owner of the data. Not for publication."
                : "Public form: it may stand beside the release.",
            report.audience == Audience::internal ? "banner internal" : "banner");
  html.open("h1").text("Privacy report").leaf("br", {});
  html.element("span", subject(report), {{"class", "subject"}}).close();
  std::string facts;
  if (report.release)
    facts = "Version " + std::to_string(report.release->version) + ", published " +
            report.release->published_at + " UTC.";
  else
    facts = "Not published.";
  if (report.audience == Audience::internal && report.run)
    facts += " Run " + std::to_string(*report.run) + " on " + shorten(report.source, 120) + ", " +
             report.made_at + " UTC.";
  if (report.domain) facts += " Data about: " + shorten(plain(*report.domain)) + ".";
  paragraph(html, facts, "facts");
  html.close();
}

void write_contents(Html& html, const Report& report) {
  html.open("nav", {{"aria-label", "Contents"}}).open("ul");
  for (const Section& section : sections())
    if (section.applies(report))
      html.open("li")
          .element("a", section.title, {{"href", "#" + std::string(section.id)}})
          .close();
  html.close().close();
}

}  // namespace

const std::vector<Section>& sections() {
  static const std::vector<Section> all{
      {"verdict", "Verdict", always, write_verdict},
      {"risk", "How likely is anybody to be found?", always, write_risk},
      {"attacks", "What happened when we attacked it", has_attacks, write_attacks},
      {"personas", "Who is in the release", always, write_personas},
      {"protection", "How people are protected", always, write_protection},
      {"rules", "Rules of the release", has_rules, write_rules},
      {"findings", "Do the findings survive?", has_findings, write_findings},
      {"questions", "Research questions", has_questions, write_questions},
      {"reproduce", "How to check and reproduce it", always, write_reproduction},
      {"glossary", "Words used here", always, write_glossary},
      {"decision", "Decision", is_internal, write_sign_off},
  };
  return all;
}

Verdict verdict(const Report& report) {
  auto const failed = [](const auto& list, auto passes) {
    return std::any_of(list.begin(), list.end(), [&](const auto& one) { return !passes(one); });
  };
  if (!report.target_met || failed(report.rules, [](const Rule& r) { return r.passed; }) ||
      failed(report.attacks,
             [](const Attack& a) { return is_guess(a) || a.within_claim.value_or(true); }))
    return Verdict::fails;
  bool const guessed =
      failed(report.attacks, [](const Attack& a) { return a.within_claim.value_or(true); });
  if (!report.release || !is_useful(report) || guessed || !report.remarks.empty())
    return Verdict::reservations;
  return Verdict::holds;
}

bool is_useful(const Report& report) {
  if (report.utility_passed) return *report.utility_passed;
  return 10 * report.comparisons_kept >= 9 * report.comparisons_judged;
}

std::string render(const Report& report, Host& host) {
  Html html;
  html.markup(kHead).element("title", "Privacy report: " + subject(report));
  html.markup("<style>\n").markup(style()).markup("</style>\n</head>\n");
  html.open("body");
  write_header(html, report);
  write_contents(html, report);
  html.open("main", {{"id", "report"}, {"tabindex", "-1"}});
  for (const Section& section : sections()) {
    host.poll();
    if (!section.applies(report)) continue;
    std::string const id(section.id);
    html.open("section", {{"id", id}, {"aria-labelledby", id + "-h"}});
    html.element("h2", section.title, {{"id", id + "-h"}});
    section.write(html, report, host);
    html.close();
  }
  html.close();
  html.open("footer");
  paragraph(html, "Made by personatwin " + report.version +
                      ". Figures are measured for the attackers that are named, not promised for "
                      "others; this page claims no legal compliance.");
  html.close().close();
  html.markup("</html>\n");
  return std::move(html).finish();
}

}  // namespace pt::report

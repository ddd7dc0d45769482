// The verdict, in words that need no other page.
#include "core/report/render.hpp"
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

constexpr const char* kClass[] = {"verdict holds", "verdict reservations", "verdict fails"};

std::string headline(const Report& r, Verdict v) {
  if (v == Verdict::holds) return "The target holds, and the release keeps its rules.";
  if (v == Verdict::reservations)
    return r.release ? "The target holds, with reservations."
                     : "The target holds; nothing is published.";
  if (!r.target_met) return "The target does not hold: not fit for release.";
  return "The target holds, but a rule or an attack failed: not fit for release.";
}

std::string sentence(const Report& r) {
  if (!r.average_risk || !r.maximum_risk) return "Nobody is in the release, so there is no risk.";
  return "Somebody who knows that a person is in the data, and knows " +
         attacker_words(r.attacker) + " of that person, names the right one with a chance of " +
         one_in(*r.average_risk) + " on average (" + risk_percent(*r.average_risk) +
         "; the target was at most " + percent(r.target_risk) +
         "). Nobody is found more often than " + one_in(*r.maximum_risk) + " (" +
         risk_percent(*r.maximum_risk) + "; the limit was " + percent(r.individual_limit) + ").";
}

/// What keeps the verdict from being good, a sentence each.
std::vector<std::string> reservations(const Report& r) {
  std::vector<std::string> found;
  for (const Rule& rule : r.rules)
    if (!rule.passed) found.push_back("The rule " + plain(rule.name) + " fails.");
  std::string guessed;
  for (const Attack& attack : r.attacks) {
    if (attack.within_claim.value_or(true)) continue;
    if (is_guess(attack))
      guessed += (guessed.empty() ? "" : "; ") + attack_words(attack.name);
    else
      found.push_back("An attack did better than the release claims: " + attack_words(attack.name) +
                      ".");
  }
  if (!guessed.empty())
    found.push_back(
        "Nobody has to be named for this: the release helps to guess attributes of a person more "
        "than "
        "its average risk. Attacks: " +
        guessed + ".");
  if (!r.utility_passed && !is_useful(r))
    found.push_back("Of the differences between groups that the source shows, " +
                    percent(static_cast<double>(r.comparisons_kept) /
                            static_cast<double>(r.comparisons_judged)) +
                    " are kept by the release; 90 % are wanted. What was lost is listed below.");
  if (r.utility_passed && !*r.utility_passed)
    found.emplace_back("The verdict on utility that is stored with the release failed.");
  for (const std::string& remark : r.remarks) found.push_back(remark);
  if (!r.help.empty()) found.push_back("What would help: " + r.help);
  return found;
}

void tile(Html& html, std::string_view value, std::string_view what) {
  html.open("div").element("dt", what).element("dd", value).close();
}

std::string of(std::int64_t some, std::int64_t all) { return count(some) + " of " + count(all); }

void write_tiles(Html& html, const Report& r) {
  html.open("dl", {{"class", "tiles"}});
  tile(html, count(r.people), "people in the release");
  if (r.average_risk)
    tile(html, risk_percent(*r.average_risk),
         "average risk (target " + percent(r.target_risk) + ")");
  if (r.maximum_risk)
    tile(html, risk_percent(*r.maximum_risk),
         "highest risk of anybody (limit " + percent(r.individual_limit) + ")");
  if (!r.rules.empty()) {
    std::int64_t passed = 0;
    for (const Rule& rule : r.rules) passed += rule.passed ? 1 : 0;
    tile(html, of(passed, static_cast<std::int64_t>(r.rules.size())), "rules kept");
  }
  if (r.comparisons_judged > 0)
    tile(html, of(r.comparisons_kept, r.comparisons_judged), "differences between groups kept");
  if (!r.attacks.empty()) {
    std::int64_t judged = 0, within = 0;
    for (const Attack& attack : r.attacks) {
      judged += attack.within_claim ? 1 : 0;
      within += attack.within_claim.value_or(false) ? 1 : 0;
    }
    tile(html, of(within, judged), "attacks that did no better than claimed");
  }
  html.close();
}

}  // namespace

void write_verdict(Html& html, const Report& r, Host&) {
  Verdict const v = verdict(r);
  html.open("div", {{"class", kClass[static_cast<std::size_t>(v)]}});
  paragraph(html, headline(r, v), "head");
  paragraph(html, sentence(r));
  paragraph(html, "Level reached: " + status_words(r.status) + ".");
  html.close();
  auto const found = reservations(r);
  if (!found.empty()) {
    html.open("ul");
    for (const std::string& one : found) html.element("li", shorten(one, 1500));
    html.close();
  }
  write_tiles(html, r);
  paragraph(html,
            "The release holds no row of any person. It holds personas: groups of similar people "
            "whose events are pooled. Whoever looks for somebody in it can at best guess among all "
            "people that look alike there, and the risk is the chance that this guess is right.");
}

void write_sign_off(Html& html, const Report& r, Host&) {
  paragraph(html,
            "The figures above are a measurement. Whether the release may go out is decided by the "
            "people who answer for the data.");
  html.open("div", {{"class", "lines"}});
  for (const char* what : {"Decision: release, release with conditions, do not release",
                           "Conditions", "Name and office", "Place, date and signature"})
    paragraph(html, what);
  html.close();
  if (verdict(r) == Verdict::fails)
    paragraph(html, "This report does not recommend the release.", "note");
}

}  // namespace pt::report

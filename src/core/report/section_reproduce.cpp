// How to check and reproduce the release, and the glossary.
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

struct Term {
  const char* word;
  const char* meaning;
};

constexpr Term kTerms[] = {
    {"Persona",
     "A group of similar people, shown as one row that tells how many they are; their events "
     "are pooled, so that nothing tells one of them from the others."},
    {"Class", "All personas whose released demographics are the same."},
    {"Attacker",
     "Somebody who wants to know which persona, and who in it, a certain person is. Each "
     "figure belongs to one attacker, with stated knowledge."},
    {"Average risk",
     "The attacker's chance to name the right person, averaged over all people in the "
     "release."},
    {"Highest risk", "The same for the person who is easiest to find."},
    {"Target, limit", "The bounds that were set beforehand for the average and for anybody."},
    {"Demographics",
     "Attributes that others may know of a person: age, sex, ethnicity, place, income."},
    {"Suppressed", "Left out of the release, because no large enough group was there."},
    {"Wider label",
     "A label such as \u201cnot shown\u201d, or a list of two groups, in place of a group that "
     "is too small to be shown."},
    {"Utility",
     "How much of the data's use is left, from 0 to 1 (nothing lost), as the search for a "
     "setting weighs it."},
    {"Odds ratio",
     "How the odds of an outcome in one group compare with those in another; 1 means no "
     "difference."},
    {"95 % interval",
     "The range of values that the data do not contradict; wide when there are few "
     "people."},
    {"Significant", "Larger than chance alone would make it in 95 of 100 cases."},
    {"Kept",
     "A difference is as large (at least 90 %), in the same direction and as significant in the "
     "release as in the source."},
    {"Checksum", "A number computed from every byte of a table; if one byte changes, so does it."},
};

}  // namespace

void write_reproduction(Html& html, const Report& r, Host&) {
  std::string versions = "Made with personatwin " + r.version;
  if (!r.server.empty()) versions += " on PostgreSQL " + r.server;
  paragraph(html, versions +
                      ". The same source, options, seed and installation secret give the same "
                      "release, byte for byte.");
  if (r.release && !r.release->checksums.empty()) {
    Table table("SHA-256 of the published tables");
    table.column("Table").column("SHA-256");
    for (const Checksum& c : r.release->checksums) table.row({shorten(c.relation, 140), c.sha256});
    table.write(html);
    html.open("details").element("summary", "SQL that recomputes the checksums");
    for (const Checksum& c : r.release->checksums)
      html.element("h3", shorten(c.relation, 140)).element("pre", c.sql, {{"tabindex", "0"}});
    html.close();
  }
  if (!r.calls.empty()) {
    html.element("h3", "Calls that make it again");
    for (const std::string& call : r.calls) html.element("pre", call, {{"tabindex", "0"}});
    paragraph(
        html,
        "A seed is in these calls where you may know it. With the secret of the installation it "
        "would let a reader undo random choices, so this form of the report is not for "
        "publication.",
        "note");
  }
  if (r.release && !r.release->how_to_analyse.empty()) {
    html.element("h3", "How to analyse it");
    html.element("pre", r.release->how_to_analyse, {{"tabindex", "0"}});
  }
}

void write_glossary(Html& html, const Report&, Host&) {
  html.open("dl");
  for (const Term& term : kTerms) html.element("dt", term.word).element("dd", term.meaning);
  html.close();
}

}  // namespace pt::report

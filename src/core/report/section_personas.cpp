// Who is in the release: sizes of personas, groups, columns.
#include "core/report/plot.hpp"
#include "core/report/sections.hpp"
#include "core/report/table.hpp"
#include "core/report/words.hpp"

namespace pt::report {
namespace {

void write_sizes(Html& html, const Report& r) {
  if (r.persona_sizes.empty()) return;
  html.open("div");
  BarPlot plot;
  plot.title = "Personas by the number of people in them";
  plot.description = "Bars for ranges of size; the table below has the figures.";
  plot.bars = r.persona_sizes;
  plot.write(html);
  Table table("Personas by size");
  table.column("Size").column("Personas", true);
  for (const Bar& bar : r.persona_sizes)
    table.row({bar.label, count(static_cast<std::int64_t>(bar.value))});
  table.write_folded(html, "Figures of this plot");
  html.close();
}

void write_groups(Html& html, const Report& r, Host& host) {
  if (r.groups.empty()) return;
  html.open("div");
  Table table("People in the release by protected attribute");
  table.column("Group").column("Attribute").column("People", true);
  for (const Group& group : r.groups) {
    host.poll();
    table.row({shorten(group.label), plain(group.attribute), count(group.people)});
  }
  table.write(html);
  html.close();
}

}  // namespace

void write_personas(Html& html, const Report& r, Host& host) {
  std::string text =
      "The release stands for " + count(r.people) + " people in " + count(r.personas) + " personas";
  if (r.smallest_persona && r.largest_persona)
    text += " of " + count(*r.smallest_persona) + " to " + count(*r.largest_persona) + " people";
  text += ". Personas whose demographics are the same form a class; there are " + count(r.classes) +
          " classes";
  if (r.k_anonymity) text += ", the smallest of " + count(*r.k_anonymity) + " people";
  text += ". " + count(r.events) + " events are pooled in them";
  if (r.release && r.release->event_rows > 0)
    text += ", written as " + count(r.release->event_rows) + " rows";
  text += ".";
  if (r.audience == Audience::internal && r.people_in_source)
    text += " The source has " + count(*r.people_in_source) + " people.";
  paragraph(html, text);
  html.open("div", {{"class", "pair"}});
  write_sizes(html, r);
  write_groups(html, r, host);
  html.close();
}

}  // namespace pt::report

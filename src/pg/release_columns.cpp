// Which columns the views of a release have.
#include "pg/release_columns.hpp"

#include <algorithm>
#include <array>
#include <set>

extern "C" {
#include "catalog/pg_type_d.h"
#include "mb/pg_wchar.h"
}

namespace pt::pg {
namespace {

/// `name`, or a name of at most 63 bytes that no column in `taken` has.
std::string free_name(const std::string& name, const std::string& prefix,
                      std::set<std::string>& taken) {
  std::string candidate = name;
  for (int attempt = 1; !taken.insert(candidate).second; ++attempt) {
    std::string const suffix = attempt == 1 ? "" : "_" + std::to_string(attempt);
    candidate = prefix + name;
    int const room = NAMEDATALEN - 1 - static_cast<int>(suffix.size());
    candidate.resize(static_cast<std::size_t>(
        pg_mbcliplen(candidate.data(), static_cast<int>(candidate.size()), room)));
    candidate += suffix;
  }
  return candidate;
}

std::string renamed(const std::string& published, const std::string& source) {
  return published == source ? "" : " (column " + source + " of the source)";
}

std::set<std::string> names_of(const std::vector<PublishedColumn>& columns) {
  std::set<std::string> names;
  for (const PublishedColumn& column : columns) names.insert(column.name);
  return names;
}

struct EventSlot {
  EventRole role;
  const char* name;
  const char* comment;
};
constexpr std::array<EventSlot, 3> kEventSlots{
    {{EventRole::event_type, "event_type", "what happened"},
     {EventRole::outcome, "outcome", "how it ended"},
     {EventRole::location, "location", "where, generalised"}}};

}  // namespace

bool is_withheld(const StoredRun& run, const PublishedColumn& column) {
  if (column.from >= 0) return false;
  if (column.name == "recidivism_indicators") return run.no_counts;
  return run.tables_only && (column.name == "event_types" || column.name == "temporal_patterns" ||
                             column.name == "outcome_distributions");
}

std::vector<PublishedColumn> persona_columns(const StoredRun& run, bool with_sampling_weight) {
  std::vector<PublishedColumn> columns{
      {"persona_id", UUIDOID, "keyed hash, the same in every version of this release", -1},
      {"class_id", UUIDOID,
       "keyed hash of the class: the personas whose published attributes are the same", -1},
      {"merged_from", INT4OID, "number of people in the persona; the weight of its attributes", -1},
      {"age_range", INT4RANGEOID, "ages in years, upper bound excluded; NULL: unknown", -1},
      {"age_mean", FLOAT8OID, "mean age of the class in years", -1},
      {"gender", TEXTOID, "gender of all members", -1},
      {"ethnicity", TEXTOID, "ethnicity of all members", -1},
      {"geography", TEXTOID, "geography of all members", -1}};
  std::vector<PublishedColumn> rest{
      {"confidence_level", FLOAT8OID, "confidence of the class, 0..1", -1},
      {"event_types", TEXTARRAYOID, "distinct event types of the persona, sorted", -1},
      {"temporal_patterns", JSONBOID, "when the events of the persona happened", -1},
      {"outcome_distributions", JSONBOID, "outcomes of the events of the persona", -1},
      {"recidivism_indicators", JSONBOID, "repeat events; figures of the class", -1},
      {"generation_method", TEXTOID, "how the persona was made", -1}};
  for (PublishedColumn& column : rest)
    if (is_withheld(run, column))
      column.comment += run.counts_elsewhere && !run.tables_only
                            ? "; NULL, since another run of the same people has published others"
                            : "; NULL, as the profile of this release asks";
  std::set<std::string> taken = names_of(columns);
  taken.merge(names_of(rest));
  taken.insert("sampling_weight");
  for (std::size_t i = 0; i < run.person_columns.size(); ++i) {
    const PersonColumn& column = run.person_columns[i];
    std::string const name = free_name(column.name, "attribute_", taken);
    columns.push_back({name, column.type,
                       "further attribute of all members" + renamed(name, column.name),
                       static_cast<int>(i)});
  }
  columns.insert(columns.end(), rest.begin(), rest.end());
  if (with_sampling_weight)
    columns.push_back({"sampling_weight", FLOAT8OID, "mean sampling weight of the class", -1});
  return columns;
}

std::vector<PublishedColumn> event_columns(const StoredRun& run) {
  std::vector<PublishedColumn> columns{
      {"persona_id", UUIDOID, "the persona the events belong to", -1},
      {"period", DATERANGEOID, "when, upper bound excluded; NULL: unknown or not released", -1},
      {"period_label", TEXTOID, "label of the period, such as Q2 2023", -1},
      {"sequence_position", INT4OID,
       "rank of the period within the persona, from 1; says nothing about one person's events",
       -1}};
  std::vector<bool> used(run.event_columns.size());
  for (const EventSlot& slot : kEventSlots) {
    auto const found = std::find_if(run.event_columns.begin(), run.event_columns.end(),
                                    [&](const EventColumn& c) { return c.role == slot.role; });
    PublishedColumn column{slot.name, TEXTOID, slot.comment, -1};
    if (found == run.event_columns.end()) {
      column.comment += "; not released, hence NULL";
    } else {
      column.from = static_cast<int>(found - run.event_columns.begin());
      column.comment += renamed(column.name, found->name);
      used[static_cast<std::size_t>(column.from)] = true;
    }
    columns.push_back(column);
  }
  std::set<std::string> taken = names_of(columns);
  taken.insert("weight");
  for (std::size_t i = 0; i < run.event_columns.size(); ++i) {
    if (used[i]) continue;
    const EventColumn& column = run.event_columns[i];
    std::string const name = free_name(column.name, "detail_", taken);
    columns.push_back({name, column.type, "detail of the event" + renamed(name, column.name),
                       static_cast<int>(i)});
  }
  columns.push_back({"weight", INT8OID, "number of events of the source the row stands for", -1});
  return columns;
}

}  // namespace pt::pg

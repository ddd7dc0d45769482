#include "pg/release_counts.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/protect/recidivism.hpp"
#include "core/stats/proportion.hpp"
#include "pg/datum.hpp"
#include "pg/period.hpp"
#include "pg/release_rows.hpp"
#include "pg/row_text.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/fmgrprotos.h"
}

namespace pt::pg {
namespace {

constexpr double kZ95 = 1.959963984540054;  ///< normal quantile of .975

/// What is published of the people of a class, as far as a group shows it.
struct ClassLabels {
  std::optional<std::string> gender, ethnicity, geography, age_range;
};

/// A row of run_<id>_count.
struct Count {
  std::string kind;
  std::vector<std::int32_t> classes;
  std::optional<std::string> event_type, outcome;
  std::optional<std::int32_t> interval, begins, ends;
  std::int64_t people = 0, with = 0, censored = 0;
};

/// A group of classes as both views show it.
struct Group {
  Uuid id{};
  std::vector<Uuid> class_ids;
  std::optional<std::string> gender, ethnicity, geography, age_range;
};

std::map<std::int32_t, ClassLabels> labels_of(const StoredRun& run) {
  std::map<std::int32_t, ClassLabels> labels;
  Spi spi;
  spi.query("SELECT DISTINCT class_no, gender, ethnicity, geography, age_range::text FROM " +
                run.table("persona"),
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              labels[row.int4(0)] = {row.optional_text(1), row.optional_text(2),
                                     row.optional_text(3), row.optional_text(4)};
            });
  return labels;
}

std::vector<Count> counts_of(const StoredRun& run) {
  std::vector<Count> counts;
  Spi spi;
  spi.query(
      "SELECT kind, classes::text[], event_type, outcome, \"interval\", begins, ends, people, "
      "with_it, censored FROM " +
          run.table("count"),
      Params{}, Spi::ReadOnly::no, [&](const Row& row) {
        Count& count = counts.emplace_back();
        count.kind = row.text(0);
        for (auto const& number : text_array_elements(row.value(1), "classes"))
          count.classes.push_back(std::stoi(number.value_or("0")));
        count.event_type = row.optional_text(2);
        count.outcome = row.optional_text(3);
        for (auto const& [column, to] :
             {std::pair(4, &count.interval), {5, &count.begins}, {6, &count.ends}})
          if (!row.is_null(column)) *to = row.int4(column);
        count.people = row.int8(7);
        count.with = row.int8(8);
        if (!row.is_null(9)) count.censored = row.int8(9);
      });
  return counts;
}

/// Smallest range that holds all of them; nothing when one is not known.
std::optional<std::string> hull(const std::set<std::optional<std::string>>& ranges) {
  if (ranges.size() == 1) return *ranges.begin();
  std::string sum;
  for (auto const& range : ranges) {
    if (!range) return std::nullopt;
    sum += (sum.empty() ? "" : ", ") + quote_literal(*range) + "::int4range";
  }
  Spi spi;
  return spi.value("SELECT range_merge(r)::text FROM (SELECT range_agg(x) AS r FROM unnest(ARRAY[" +
                   sum + "]) AS u(x)) y");
}

class CountWriter {
 public:
  CountWriter(const Secret& secret, const StoredRun& run, std::string_view schema,
              std::string_view name, const std::map<std::int32_t, Uuid>& class_ids)
      : secret_(secret), run_(run), schema_(schema), name_(name), class_ids_(class_ids) {}

  void write_groups(const std::vector<Count>& counts, Oid table) {
    TableWriter writer(table, TableWriter::Visibility::frozen);
    for (const Count& count : counts) {
      int column = write_group(writer, count);
      writer.set_text(column++, *count.event_type);
      writer.set_text(column++, count.kind);
      if (count.outcome) writer.set_text(column, *count.outcome);
      ++column;
      auto const n = static_cast<double>(count.people), s = static_cast<double>(count.with);
      writer.set_int8(column++, count.people);
      writer.set_int8(column++, count.with);
      if (count.people > 0) {
        stats::Interval const interval = stats::wilson(s, n, kZ95);
        writer.set_float8(column, s / n);
        writer.set_float8(column + 1, interval.low);
        writer.set_float8(column + 2, interval.high);
      }
      column += 3;
      writer.set_bool(column, count.with <= protect::kUnreliable);
      writer.end_row();
    }
    writer.finish();
  }

  void write_intervals(const std::vector<Count>& counts, Oid table) {
    TableWriter writer(table, TableWriter::Visibility::frozen);
    for (const Count& count : counts) {
      int column = write_group(writer, count);
      writer.set_text(column++, count.kind);
      writer.set_int4(column++, *count.interval);
      {
        ContextScope const scope(writer.batch_memory());
        std::string const range = "[" + std::to_string(*count.begins) + "," +
                                  (count.ends ? std::to_string(*count.ends) : "") + ")";
        writer.set_datum(column++, input_datum(range, INT4RANGEOID));
      }
      writer.set_int8(column++, count.people);
      writer.set_int8(column++, count.with);
      writer.set_int8(column++, count.censored);
      writer.end_row();
    }
    writer.finish();
  }

  /// By what rows say, then by group: no order tells which classes are alike.
  void sort(std::vector<Count>& counts) {
    auto const key = [this](const Count& c) {
      return std::tuple(c.event_type, c.kind, c.outcome, group_of(c.classes).id, c.interval);
    };
    std::sort(counts.begin(), counts.end(),
              [&](const Count& a, const Count& b) { return key(a) < key(b); });
  }

 private:
  const Group& group_of(const std::vector<std::int32_t>& classes) {
    auto const [entry, fresh] = groups_.try_emplace(classes);
    if (fresh) fill(entry->second, classes);
    return entry->second;
  }

  void fill(Group& group, const std::vector<std::int32_t>& classes) {
    if (labels_.empty()) labels_ = labels_of(run_);
    std::set<std::optional<std::string>> ages;
    for (std::int32_t const c : classes) {
      auto const id = class_ids_.find(c);
      auto const labels = labels_.find(c);
      if (id == class_ids_.end() || labels == labels_.end())
        throw internal_error("a count of run " + std::to_string(run_.id) +
                             " is of a class that the run does not have");
      group.class_ids.push_back(id->second);
      group.gender = labels->second.gender;  // the same for all: groups lie within protected cells
      group.ethnicity = labels->second.ethnicity;
      group.geography = labels->second.geography;
      ages.insert(labels->second.age_range);
    }
    std::sort(group.class_ids.begin(), group.class_ids.end());
    std::string ids;
    for (const Uuid& id : group.class_ids) ids.append(id.begin(), id.end());
    group.id = uuid_from(secret_.hmac({"group id", schema_, name_, run_.seed, ids}));
    group.age_range = hull(ages);
  }

  /// The columns that both views begin with; returns the next one.
  int write_group(TableWriter& writer, const Count& count) {
    const Group& group = group_of(count.classes);
    writer.set_uuid(0, group.id);
    int column = 1;
    {
      ContextScope const scope(writer.batch_memory());
      writer.set_datum(column++, uuid_array(group.class_ids));
      for (const auto* const label : {&group.gender, &group.ethnicity, &group.geography}) {
        if (*label) writer.set_text(column, **label);
        ++column;
      }
      if (group.age_range) writer.set_datum(column, input_datum(*group.age_range, INT4RANGEOID));
    }
    return column + 1;
  }

  const Secret& secret_;
  const StoredRun& run_;
  std::string_view schema_, name_;
  const std::map<std::int32_t, Uuid>& class_ids_;
  std::map<std::int32_t, ClassLabels> labels_;
  std::map<std::vector<std::int32_t>, Group> groups_;
};

WrittenCounts written(Oid table, std::size_t rows) {
  guarded([] { CommandCounterIncrement(); });
  Spi spi;
  // With a snapshot of its own: the rows of the version before may have gone in this transaction.
  auto const sha = spi.value(counts_checksum_sql(relation_name(table)), {}, Spi::ReadOnly::no);
  return {rows, sha.value_or("")};
}

bool has_counts(const StoredRun& run) {
  Spi spi;
  return spi
      .value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(run.table("count")),
             Spi::ReadOnly::no)
      .has_value();
}

std::string why_empty(const StoredRun& run) {
  if (run.counts_elsewhere)
    return "another run of the same people has published other counts, which could be subtracted";
  if (run.no_counts) return "the profile allows no counts that are not rounded";
  if (run.counts_alone && !run.tables_only)
    return "the counts were made for a release without events";
  return has_counts(run) ? ""
                         : "people are not counted beside noise or synthetic events, nor by a "
                           "version before 1.1";
}

std::vector<PublishedColumn> columns_of_group() {
  return {{"group_id", UUIDOID, "keyed hash of the group, the same in every version", -1},
          {"class_ids", UUIDARRAYOID, "the classes of the group (class_id in _personas)", -1},
          {"gender", TEXTOID, "gender of all of the group", -1},
          {"ethnicity", TEXTOID, "ethnicity of all of the group", -1},
          {"geography", TEXTOID, "geography of all of the group", -1},
          {"age_range", INT4RANGEOID, "ages of the group, upper bound excluded", -1}};
}

}  // namespace

std::vector<PublishedColumn> group_columns() {
  std::vector<PublishedColumn> columns = columns_of_group();
  for (PublishedColumn column : std::vector<PublishedColumn>{
           {"event_type", TEXTOID, "the kind of event that is counted", -1},
           {"measure", TEXTOID,
            "any: people with at least one such event, of all people of the group; first outcome: "
            "people by the outcome of their first such event, of those with one",
            -1},
           {"outcome", TEXTOID, "outcome of the first such event; NULL: any", -1},
           {"n_people", INT8OID, "people that the rate is of", -1},
           {"n", INT8OID, "people counted: 0 or at least the minimum size", -1},
           {"rate", FLOAT8OID, "n / n_people", -1},
           {"low", FLOAT8OID, "lower end of its 95 % interval (Wilson)", -1},
           {"high", FLOAT8OID, "upper end", -1},
           {"unreliable", BOOLOID, "whether n is 20 or less, so that the rate is unreliable", -1}})
    columns.push_back(std::move(column));
  return columns;
}

std::vector<PublishedColumn> interval_columns() {
  std::vector<PublishedColumn> columns = columns_of_group();
  for (PublishedColumn column : std::vector<PublishedColumn>{
           {"measure", TEXTOID,
            "what is waited for from a person's first event on: reoffence, or next event (of any "
            "type)",
            -1},
           {"interval", INT4OID, "number of the interval, from 0", -1},
           {"periods", INT4RANGEOID,
            "periods since that of the first event, upper bound excluded; the last interval has "
            "none",
            -1},
           {"n_at_risk", INT8OID, "people without the event when the interval begins", -1},
           {"n_event", INT8OID, "people with the event in it: 0 or at least the minimum size", -1},
           {"n_censored", INT8OID, "people whose view ends in it without the event, likewise", -1}})
    columns.push_back(std::move(column));
  return columns;
}

WrittenTables write_counts(const Secret& secret, const StoredRun& run, std::string_view schema,
                           std::string_view name, const std::map<std::int32_t, Uuid>& class_ids,
                           Oid groups_table, Oid intervals_table) {
  WrittenTables out;
  std::vector<Count> groups, intervals;
  out.note = why_empty(run);
  if (out.note.empty())
    for (Count& count : counts_of(run))
      (count.event_type ? groups : intervals).push_back(std::move(count));
  CountWriter writer(secret, run, schema, name, class_ids);
  writer.sort(groups);
  writer.sort(intervals);
  writer.write_groups(groups, groups_table);
  writer.write_intervals(intervals, intervals_table);
  out.groups = written(groups_table, groups.size());
  out.intervals = written(intervals_table, intervals.size());
  if (out.note.empty() && groups.empty() && intervals.empty())
    out.note = "no group of people has a count that keeps the rules of small counts";
  return out;
}

std::string counts_checksum_sql(const std::string& view) {
  return std::string(kRowTextSettings) +
         ", lines AS MATERIALIZED (SELECT v::text AS line FROM settings, " + view +
         " AS v) SELECT encode(sha256(coalesce(string_agg(sha256(convert_to(line, 'UTF8')), "
         "''::bytea ORDER BY line COLLATE \"C\"), ''::bytea)), 'hex') FROM lines";
}

}  // namespace pt::pg

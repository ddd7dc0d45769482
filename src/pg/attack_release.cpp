#include "pg/attack_release.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/attack/identification.hpp"
#include "core/error.hpp"
#include "core/model/period.hpp"
#include "pg/datum.hpp"
#include "pg/domains.hpp"
#include "pg/encode.hpp"
#include "pg/in_service.hpp"
#include "pg/owner.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_rows.hpp"
#include "pg/release_run.hpp"
#include "pg/row_text.hpp"
#include "pg/run.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/uuid.h"
}

namespace pt::pg {
namespace {

using attack::Release;
using model::EventWord;

/// The source as its owner reads it now.
Encoded read_source(Host& host, const Secret& secret, const StoredRun& run,
                    Description& description) {
  ReadScope const scope(run.allow_row_security);
  DescribeOptions options;
  options.source = run.source;
  options.people = run.people;
  options.person_key = run.person_key;
  options.domain = run.domain;
  options.record = false;
  options.quiet = true;
  description = describe(options);
  if (!run.allow_row_security) {
    require_all_rows(description.source.oid);
    if (description.people) require_all_rows(description.people->oid);
  }
  return encode(host, secret, description, std::nullopt);
}

using Values = std::vector<std::optional<std::string>>;

/// Numbers the items: period and values of the released event columns.
class Items {
 public:
  std::uint32_t number(std::int32_t period, const Values& values) {
    std::pair<std::int32_t, Values> item(period, values);
    const auto [it, fresh] =
        numbers_.emplace(std::move(item), static_cast<std::uint32_t>(order_.size()));
    if (fresh) order_.push_back(&it->first);
    return it->second;
  }
  [[nodiscard]] const std::vector<const std::pair<std::int32_t, Values>*>& order() const {
    return order_;
  }

 private:
  std::map<std::pair<std::int32_t, Values>, std::uint32_t> numbers_;
  std::vector<const std::pair<std::int32_t, Values>*> order_;
};

/// Codes of anything that is ordered: 0, 1, 2, ... in order of arrival.
template <class T>
std::uint32_t code_of(std::map<T, std::uint32_t>& codes, const T& value) {
  return codes.emplace(value, static_cast<std::uint32_t>(codes.size())).first->second;
}

/// Under which label a source value of an event column is published. Level 0: as it is; above, the
/// node of its hierarchy, or, for event types that are rolled up without one, the category of the
/// domain unless the value itself is published.
class Labels {
 public:
  Labels(const model::Attribute& column, std::uint32_t level,
         const std::set<std::string>& published, const model::Domain* domain) {
    for (std::size_t v = 0; v < column.labels.size(); ++v) {
      const std::string& value = column.labels[v];
      const auto& levels = column.hierarchy.levels;
      if (level > 0 && level <= levels.size()) {
        label_.push_back(levels[level - 1].labels[levels[level - 1].node_of_leaf[v]]);
      } else if (level > 0 && domain != nullptr && !published.contains(value)) {
        const model::EventType* const type = domain->find_event_type(value);
        label_.push_back(type == nullptr ? value : type->category);
      } else {
        label_.push_back(value);
      }
    }
  }
  [[nodiscard]] std::optional<std::string> of(model::Code value) const {
    if (value == model::kMissing) return std::nullopt;
    return label_[value];
  }

 private:
  std::vector<std::string> label_;
};

class Loader {
 public:
  Loader(Host& host, const InService& which, const StoredRun& run, AttackedRelease& out)
      : host_(host), which_(which), run_(run), out_(out), columns_(event_columns(run)) {}

  /// The published tables and the members. As owner of the catalog.
  void read_catalog(const Secret& secret) {
    StableText const stable;
    read_claims();
    read_personas(secret);
    read_events();
    read_levels();
    read_members();
  }

  /// The people of the source and their events.
  void add_people(const Encoded& encoded, const model::Domain& domain) {
    const model::Population& population = encoded.population;
    const std::vector<Labels> labels = make_labels(encoded, domain);
    std::vector<std::uint64_t> members(out_.release.personas(), 0);
    std::unordered_map<std::uint64_t, std::uint32_t> number_of;
    Release& release = out_.release;
    release.histories.first.push_back(0);
    for (std::uint32_t i = 0; i < population.size(); ++i) {
      if (i % 16384 == 0) host_.progress("matching people", i, population.size());
      const auto persona = persona_of(key_bytes(population.key[i]));
      if (!persona) {
        ++out_.suppressed;
        continue;
      }
      ++members[*persona];
      release.persona_of.push_back(*persona);
      const std::size_t begin = release.histories.codes.size();
      for (const std::uint64_t word : population.events_of(i)) {
        const std::uint64_t seen =
            word & ((std::uint64_t{1} << (EventWord::kDayBits + EventWord::kComboBits)) - 1);
        const auto [it, fresh] = number_of.emplace(seen, 0);
        if (fresh) it->second = number(population, word, labels);
        release.histories.codes.push_back(it->second);
      }
      std::sort(release.histories.codes.begin() + static_cast<std::ptrdiff_t>(begin),
                release.histories.codes.end());
      release.histories.first.push_back(release.histories.codes.size());
    }
    check_members(members);
  }

  /// What items say, once all are known.
  void describe_items() {
    std::map<std::pair<std::int32_t, std::optional<std::string>>, std::uint32_t> moments;
    std::map<std::optional<std::string>, std::uint32_t> types;
    const auto type_at = static_cast<std::size_t>(
        std::find_if(run_.event_columns.begin(), run_.event_columns.end(),
                     [](const EventColumn& c) { return c.role == EventRole::event_type; }) -
        run_.event_columns.begin());
    for (const auto* const item : items_.order()) {
      const auto type = type_at < item->second.size() ? item->second[type_at] : std::nullopt;
      out_.release.type.push_back(code_of(types, type));
      out_.release.moment.push_back(code_of(moments, {item->first, type}));
    }
    for (std::size_t c = 0; c < run_.event_columns.size(); ++c) {
      if (c == type_at) continue;
      std::set<std::optional<std::string>> values;
      for (const auto* const item : items_.order()) values.insert(item->second[c]);
      if (values.size() < 2) continue;  // nothing to guess
      attack::Secret secret{published_name(c), {}};
      for (const auto* const item : items_.order())
        secret.value.push_back(static_cast<std::uint32_t>(
            std::distance(values.begin(), values.find(item->second[c]))));
      out_.release.secrets.push_back(std::move(secret));
    }
  }

  void count_not_shown() {
    const Release& release = out_.release;
    for (std::size_t i = 0; i < release.people(); ++i) {
      const auto history = release.histories.of(i);
      const auto items = release.items_of(release.persona_of[i]);
      bool shown = true;
      for (std::size_t k = 0; shown && k < history.size();) {
        std::size_t end = k;
        while (end < history.size() && history[end] == history[k]) ++end;
        const auto it = std::lower_bound(
            items.begin(), items.end(), history[k],
            [](const risk::PersonaEvents& e, std::uint64_t code) { return e.code < code; });
        shown = it != items.end() && it->code == history[k] && it->count >= end - k;
        k = end;
      }
      out_.not_shown += !shown;
    }
  }

 private:
  [[nodiscard]] std::string table(std::size_t part) const {
    return version_table(which_.release_id, which_.version, part);
  }

  [[noreturn]] void misfit(const std::string& detail) const {
    throw wrong_state("the published tables of " + which_.name.text() + " do not fit run " +
                          std::to_string(run_.id),
                      detail, "Publish the release again.");
  }

  [[nodiscard]] std::string published_name(std::size_t column) const {
    for (const PublishedColumn& published : columns_)
      if (published.from == static_cast<int>(column)) return published.name;
    misfit("No published column belongs to column " + run_.event_columns[column].name + ".");
  }

  void read_claims() {
    static constexpr std::array<const char*, 5> kFigures{"demographics", "one_event", "two_events",
                                                         "all_events", "events"};
    static constexpr std::array<const char*, 5> kNames{
        "demographics", "demographics+1", "demographics+2", "demographics+events", "events"};
    std::string sql = "SELECT attacker, population_average_risk, maximum_risk";
    for (const char* const figure : kFigures)
      for (const char* const what : {"average", "maximum"})
        sql += std::string(", (risks->>'") + figure + "_" + what + "')::float8";
    const auto number = [](const Row& row, int column) {
      return row.is_null(column) ? std::nullopt : std::optional(row.float8(column));
    };
    bool found = false;
    Spi spi;
    spi.query(sql + " FROM " + table(2), {}, Spi::ReadOnly::no, [&](const Row& row) {
      found = true;
      out_.headline = {number(row, 1), number(row, 2)};
      for (int k = 0; k < 5; ++k) {
        const auto at = static_cast<std::size_t>(k);
        out_.claims[at] = row.text(0) == kNames[at]
                              ? out_.headline
                              : Claim{number(row, 3 + 2 * k), number(row, 4 + 2 * k)};
      }
      // Whoever attacks here knows that the person is in the release, which the owner of a register
      // does not.
      if (row.text(0) == "register") {
        const Claim& events = out_.claims[static_cast<std::size_t>(attack::Knowledge::all_events)];
        out_.headline = events.average ? events : out_.claims.front();
      }
    });
    if (!found) misfit("Its view _about has no row.");
  }

  void read_personas(const Secret& secret) {
    static constexpr std::array<std::string_view, 4> kFixed{"age_range", "gender", "ethnicity",
                                                            "geography"};
    std::string sql = "SELECT persona_id, merged_from, class_id::text";
    int width = 0;
    for (const PublishedColumn& column : persona_columns(run_, false)) {
      if (column.from < 0 && std::find(kFixed.begin(), kFixed.end(), column.name) == kFixed.end())
        continue;
      sql += ", " + quote_identifier(column.name) + "::text";
      ++width;
    }
    out_.release.width = static_cast<std::size_t>(width);
    std::map<Values, std::uint32_t> cells;
    std::map<std::pair<int, std::optional<std::string>>, std::uint32_t> codes;
    Spi spi;
    spi.query(sql + " FROM " + table(0) + " ORDER BY persona_id", {}, Spi::ReadOnly::no,
              [&](const Row& row) {
                host_.poll();
                personas_.emplace(uuid_at(row, 0), static_cast<std::uint32_t>(personas_.size()));
                out_.release.size.push_back(static_cast<std::uint32_t>(row.int4(1)));
                Values values{row.text(2)};
                for (int a = 0; a < width; ++a) {
                  values.push_back(row.optional_text(3 + a));
                  out_.release.attributes.push_back(code_of(codes, {a, values.back()}));
                }
                out_.release.cell.push_back(code_of(cells, values));
              });
    spi.query("SELECT persona_no, persona_key FROM " + run_.table("persona"), {}, Spi::ReadOnly::no,
              [&](const Row& row) {
                Uuid const id = published_persona_id(secret, which_.name.schema, which_.name.name,
                                                     run_.seed, row.text(1));
                const auto it = personas_.find(id);
                if (it == personas_.end()) misfit("A persona of the run is not published.");
                persona_of_number_.emplace(row.int4(0), it->second);
              });
    if (persona_of_number_.size() != personas_.size())
      misfit("A published persona is none of the run.");
  }

  static Uuid uuid_at(const Row& row, int column) {
    Uuid id{};
    const pg_uuid_t* const value = DatumGetUUIDP(row.value(column));
    std::copy(std::begin(value->data), std::end(value->data), id.begin());
    return id;
  }

  void read_events() {
    std::string sql = "SELECT persona_id, lower(period) - '2000-01-01'::date, weight";
    const int width = static_cast<int>(run_.event_columns.size());
    for (int c = 0; c < width; ++c)
      sql += ", " + quote_identifier(published_name(static_cast<std::size_t>(c))) + "::text";
    published_.resize(static_cast<std::size_t>(width));
    std::uint64_t rows = 0;
    Values values(static_cast<std::size_t>(width));
    Spi spi;
    spi.query(sql + " FROM " + table(1), {}, Spi::ReadOnly::no, [&](const Row& row) {
      if (rows++ % 16384 == 0) host_.progress("reading events", rows, 0);
      const auto persona = personas_.find(uuid_at(row, 0));
      if (persona == personas_.end()) misfit("An event belongs to no persona.");
      for (int c = 0; c < width; ++c) {
        auto& value = values[static_cast<std::size_t>(c)];
        value = row.optional_text(3 + c);
        if (value) published_[static_cast<std::size_t>(c)].insert(*value);
      }
      const std::int32_t period = row.is_null(1) ? model::kNoDay : row.int4(1);
      out_.release.items.push_back({items_.number(period, values), persona->second,
                                    static_cast<std::uint32_t>(row.int8(2))});
    });
    out_.release.arrange();
  }

  void read_levels() {
    Spi spi;
    spi.query(
        "SELECT coalesce((e->>'level')::int4, 0) FROM personatwin.run r, "
        "jsonb_array_elements(r.event_columns) WITH ORDINALITY AS x(e, n) WHERE r.run_id = $1 "
        "ORDER BY n",
        Params{}.int8(run_.id), Spi::ReadOnly::no,
        [&](const Row& row) { levels_.push_back(static_cast<std::uint32_t>(row.int4(0))); });
  }

  void read_members() {
    Spi spi;
    spi.query("SELECT person_key, persona_no FROM " + run_.table("member") +
                  " WHERE persona_no IS NOT NULL",
              {}, Spi::ReadOnly::no, [&](const Row& row) {
                const std::string key = row.text(0);
                Key bytes{};
                if (key.size() != bytes.size()) misfit("A person has no key.");
                std::copy(key.begin(), key.end(), bytes.begin());
                const auto persona = persona_of_number_.find(row.int4(1));
                if (persona == persona_of_number_.end()) misfit("A person is in no persona.");
                members_.emplace_back(bytes, persona->second);
              });
    std::sort(members_.begin(), members_.end());
  }

  using Key = std::array<std::uint8_t, 16>;
  [[nodiscard]] std::optional<std::uint32_t> persona_of(const Key& key) const {
    const auto it = std::lower_bound(
        members_.begin(), members_.end(), key,
        [](const std::pair<Key, std::uint32_t>& a, const Key& b) { return a.first < b; });
    if (it == members_.end() || it->first != key) return std::nullopt;
    return it->second;
  }

  std::vector<Labels> make_labels(const Encoded& encoded, const model::Domain& domain) {
    std::vector<Labels> labels;
    for (std::size_t k = 0; k < run_.event_columns.size(); ++k) {
      const auto it = std::find_if(
          encoded.event_columns.begin(), encoded.event_columns.end(),
          [&](const EncodedColumn& c) { return c.column.name == run_.event_columns[k].name; });
      if (it == encoded.event_columns.end())
        throw wrong_state("the source has no column " + run_.event_columns[k].name +
                          " any more that could be compared with the release");
      const auto c = static_cast<std::size_t>(it - encoded.event_columns.begin());
      column_of_.push_back(c);
      labels.emplace_back(encoded.population.event_columns[c], levels_[k], published_[k],
                          it->part == model::EventPart::type ? &domain : nullptr);
    }
    return labels;
  }

  std::uint32_t number(const model::Population& population, std::uint64_t word,
                       const std::vector<Labels>& labels) {
    const std::int32_t day = population.days[EventWord::day(word)];
    const std::int32_t period = day == model::kNoDay || run_.period == model::Period::none
                                    ? model::kNoDay
                                    : model::period_start(day, run_.period);
    Values values;
    for (std::size_t k = 0; k < labels.size(); ++k)
      values.push_back(labels[k].of(population.event_value(EventWord::combo(word), column_of_[k])));
    return items_.number(period, values);
  }

  void check_members(const std::vector<std::uint64_t>& members) const {
    for (std::size_t p = 0; p < members.size(); ++p)
      if (members[p] > out_.release.size[p]) misfit("A persona has more members than it says.");
  }

  Host& host_;
  const InService& which_;
  const StoredRun& run_;
  AttackedRelease& out_;
  std::vector<PublishedColumn> columns_;
  Items items_;
  std::map<Uuid, std::uint32_t> personas_;
  std::unordered_map<std::int32_t, std::uint32_t> persona_of_number_;
  std::vector<std::set<std::string>> published_;  // values of each released event column
  std::vector<std::uint32_t> levels_;
  std::vector<std::size_t> column_of_;  // released column -> event column of the source
  std::vector<std::pair<Key, std::uint32_t>> members_;
};

}  // namespace

AttackedRelease load_attacked_release(Host& host, Oid source, const WhichRelease& which,
                                      bool allow_changed) {
  require_source_owner(source);
  InService const found = find_release(source, which);
  StoredRun const run = load_run(source, found.run);
  Secret const secret;
  AttackedRelease out(host.memory());
  out.name = found.name;
  out.version = found.version;
  Description description;
  Encoded const encoded = read_source(host, secret, run, description);
  if (encoded.fingerprint != run.fingerprint && !allow_changed)
    throw wrong_state(
        relation_name(source) + " has changed since release " + found.name.text() + " was made",
        "The rows, the columns or their roles are not those that were published.",
        "Refresh the release; or attack it with what the source says now: "
        "allow_changed => true.");
  Loader loader(host, found, run, out);
  run_as_extension_owner([&] { loader.read_catalog(secret); });
  loader.add_people(encoded, load_domain(description.domain));
  loader.describe_items();
  loader.count_not_shown();
  return out;
}

}  // namespace pt::pg

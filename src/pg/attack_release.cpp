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
#include "pg/attack_items.hpp"
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

class Loader {
 public:
  Loader(Host& host, const InService& which, const StoredRun& run, AttackedRelease& out)
      : host_(host), which_(which), run_(run), out_(out), columns_(event_columns(run)) {}

  /// The published tables and the members. As owner of the catalog.
  void read_catalog(const Secret& secret) {
    StableText const stable;
    read_claims();
    read_noise();
    read_personas(secret);
    read_events();
    read_levels();
    read_members();
  }

  /// The people of the source and their events.
  void add_people(const Encoded& encoded, const model::Domain& domain) {
    const model::Population& population = encoded.population;
    const std::vector<Labels> labels = make_labels(encoded.event_columns, population, domain);
    std::vector<std::uint64_t> members(out_.release.personas(), 0);
    Release& release = out_.release;
    for (std::uint32_t i = 0; i < population.size(); ++i) {
      if (i % 16384 == 0) host_.progress("matching people", i, population.size());
      const auto persona = persona_of(key_bytes(population.key[i]));
      if (!persona) {
        ++out_.suppressed;
        continue;
      }
      ++members[*persona];
      release.persona_of.push_back(*persona);
      person_of_.push_back(i);
    }
    check_members(members);
    add_histories(population, labels, release.histories);
  }

  /// What somebody knows who knows how the release was perturbed, if it was: the draws are made
  /// again as the run has made them, and so are the histories as they were published. Gives the
  /// population away. After add_people().
  void add_noise(Encoded&& encoded, const model::Domain& domain, const Secret& secret) {
    if (!noise_.any() || encoded.population.event_width() == 0) return;
    out_.noise = std::make_unique<PerturbedRelease>(host_, std::move(encoded.population), noise_,
                                                    rules_of(encoded, domain),
                                                    run_randomness(secret, std::stoll(run_.seed)));
    PerturbedRelease& noise = *out_.noise;
    column_of_.clear();
    const std::vector<Labels> labels = make_labels(encoded.event_columns, noise.population, domain);
    noise.period = run_.period;
    noise.person_of.assign(person_of_.begin(), person_of_.end());
    add_histories(noise.population, labels, noise.told.histories);
    number_codes(noise, labels);
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
    out_.not_shown = not_shown(out_.release);
    if (!out_.noise) return;
    Release& told = out_.noise->told;
    const Release& release = out_.release;
    told.size = release.size;
    told.cell = release.cell;
    told.persona_of.assign(release.persona_of.begin(), release.persona_of.end());
    told.moment = release.moment;
    told.type = release.type;
    told.items.assign(release.items.begin(), release.items.end());
    told.arrange();
    out_.noise->not_shown = not_shown(told);
  }

 private:
  /// People of whom their persona lacks some event.
  static std::uint64_t not_shown(const Release& release) {
    std::uint64_t people = 0;
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
      people += !shown;
    }
    return people;
  }

  /// Items of the released people's events.
  void add_histories(const model::Population& population, const std::vector<Labels>& labels,
                     risk::Histories& histories) {
    std::unordered_map<std::uint64_t, std::uint32_t> number_of;
    histories.first.push_back(0);
    for (const std::uint32_t i : person_of_) {
      host_.poll();
      const std::size_t begin = histories.codes.size();
      for (const std::uint64_t word : population.events_of(i)) {
        const std::uint64_t seen =
            word & ((std::uint64_t{1} << (EventWord::kDayBits + EventWord::kComboBits)) - 1);
        const auto [it, fresh] = number_of.emplace(seen, 0);
        if (fresh) it->second = number(population, word, labels);
        histories.codes.push_back(it->second);
      }
      std::sort(histories.codes.begin() + static_cast<std::ptrdiff_t>(begin),
                histories.codes.end());
      histories.first.push_back(histories.codes.size());
    }
  }

  static model::SequenceRules rules_of(const Encoded& encoded, const model::Domain& domain) {
    const auto& parts = encoded.population.event_parts;
    const auto type = std::find(parts.begin(), parts.end(), model::EventPart::type);
    if (type == parts.end()) return {};
    return {
        domain,
        encoded.population.event_columns[static_cast<std::size_t>(type - parts.begin())].labels};
  }

  /// Numbers what can be published of the perturbed population, and finds the items among it.
  void number_codes(PerturbedRelease& noise, const std::vector<Labels>& labels) {
    const model::Population& population = noise.population;
    std::map<Values, std::uint32_t> combos;
    for (std::uint32_t c = 0; c < population.n_combos; ++c)
      noise.numbering.combo_of.push_back(code_of(combos, values_of(population, c, labels)));
    noise.numbering.combos = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(combos.size()));
    auto& starts = noise.numbering.period_starts;
    for (const std::int32_t day : population.days) starts.push_back(period_of(day));
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    for (const auto* const item : items_.order()) {
      const auto start = std::lower_bound(starts.begin(), starts.end(), item->first);
      const auto combo = combos.find(item->second);
      noise.code_of.push_back(
          start == starts.end() || *start != item->first || combo == combos.end()
              ? attack::NoiseMatching::kNotNumbered
              : static_cast<std::uint64_t>(start - starts.begin()) * noise.numbering.combos +
                    combo->second);
    }
  }

  [[nodiscard]] std::int32_t period_of(std::int32_t day) const {
    return day == model::kNoDay || run_.period == model::Period::none
               ? model::kNoDay
               : model::period_start(day, run_.period);
  }

  Values values_of(const model::Population& population, std::uint32_t combo,
                   const std::vector<Labels>& labels) const {
    Values values;
    for (std::size_t k = 0; k < labels.size(); ++k)
      values.push_back(labels[k].of(population.event_value(combo, column_of_[k])));
    return values;
  }

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

  /// How the events were perturbed, as it is published.
  void read_noise() {
    Spi spi;
    spi.query(
        "SELECT (n->>'jitter_days')::int4, (n->>'outcome_noise')::float8, "
        "(n->>'detail_noise')::float8, "
        "ARRAY(SELECT jsonb_array_elements_text(n->'numeric_details')) FROM "
        "(SELECT to_jsonb(a)->'noise' AS n FROM " +
            table(2) + " a) x WHERE jsonb_typeof(n) = 'object'",
        {}, Spi::ReadOnly::no, [&](const Row& row) {
          noise_.jitter_days = static_cast<std::uint32_t>(row.int4(0));
          noise_.outcome = row.float8(1);
          noise_.detail = row.float8(2);
          for (const auto& name : text_array_elements(row.value(3), "numeric_details"))
            noise_.numeric_details.push_back(name.value_or(""));
        });
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

  std::vector<Labels> make_labels(const std::vector<EncodedColumn>& columns,
                                  const model::Population& population,
                                  const model::Domain& domain) {
    std::vector<Labels> labels;
    for (std::size_t k = 0; k < run_.event_columns.size(); ++k) {
      const auto it = std::find_if(columns.begin(), columns.end(), [&](const EncodedColumn& c) {
        return c.column.name == run_.event_columns[k].name;
      });
      if (it == columns.end())
        throw wrong_state("the source has no column " + run_.event_columns[k].name +
                          " any more that could be compared with the release");
      const auto c = static_cast<std::size_t>(it - columns.begin());
      column_of_.push_back(c);
      labels.emplace_back(population.event_columns[c], levels_[k], published_[k],
                          it->part == model::EventPart::type ? &domain : nullptr);
    }
    return labels;
  }

  std::uint32_t number(const model::Population& population, std::uint64_t word,
                       const std::vector<Labels>& labels) {
    return items_.number(period_of(population.days[EventWord::day(word)]),
                         values_of(population, EventWord::combo(word), labels));
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
  std::vector<std::size_t> column_of_;    // released column -> event column of the source
  std::vector<std::uint32_t> person_of_;  // released person -> person of the source
  noise::NoiseOptions noise_;
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
  Encoded encoded = read_source(host, secret, run, description);
  if (encoded.fingerprint != run.fingerprint && !allow_changed)
    throw wrong_state(
        relation_name(source) + " has changed since release " + found.name.text() + " was made",
        "The rows, the columns or their roles are not those that were published.",
        "Refresh the release; or attack it with what the source says now: "
        "allow_changed => true.");
  Loader loader(host, found, run, out);
  run_as_extension_owner([&] { loader.read_catalog(secret); });
  model::Domain const domain = load_domain(description.domain);
  loader.add_people(encoded, domain);
  loader.add_noise(std::move(encoded), domain, secret);
  loader.describe_items();
  loader.count_not_shown();
  return out;
}

}  // namespace pt::pg

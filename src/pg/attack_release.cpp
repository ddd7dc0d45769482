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
#include "pg/attack_tables.hpp"
#include "pg/domains.hpp"
#include "pg/encode.hpp"
#include "pg/in_service.hpp"
#include "pg/owner.hpp"
#include "pg/release_run.hpp"
#include "pg/run.hpp"

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
  Loader(Host& host, const StoredRun& run, AttackTables& tables, AttackedRelease& out)
      : host_(host), run_(run), tables_(tables), out_(out) {}

  /// The people of the source and their events.
  void add_people(const Encoded& encoded, const model::Domain& domain) {
    const model::Population& population = encoded.population;
    const std::vector<Labels> labels = make_labels(encoded.event_columns, population, domain);
    std::vector<std::uint64_t> members(out_.release.personas(), 0);
    Release& release = out_.release;
    for (std::uint32_t i = 0; i < population.size(); ++i) {
      if (i % 16384 == 0) host_.progress("matching people", i, population.size());
      const auto persona = tables_.persona_of(key_bytes(population.key[i]));
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
    if (!tables_.noise().any() || encoded.population.event_width() == 0) return;
    out_.noise = std::make_unique<PerturbedRelease>(host_, std::move(encoded.population),
                                                    tables_.noise(), rules_of(encoded, domain),
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
    for (const auto* const item : tables_.items.order()) {
      const auto type = type_at < item->second.size() ? item->second[type_at] : std::nullopt;
      out_.release.type.push_back(code_of(types, type));
      out_.release.moment.push_back(code_of(moments, {item->first, type}));
    }
    for (std::size_t c = 0; c < run_.event_columns.size(); ++c) {
      if (c == type_at) continue;
      std::set<std::optional<std::string>> values;
      for (const auto* const item : tables_.items.order()) values.insert(item->second[c]);
      if (values.size() < 2) continue;  // nothing to guess
      attack::Secret secret{tables_.published_name(c), {}};
      for (const auto* const item : tables_.items.order())
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
    for (const auto* const item : tables_.items.order()) {
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
      labels.emplace_back(population.event_columns[c], tables_.level(k), tables_.published(k),
                          it->part == model::EventPart::type ? &domain : nullptr);
    }
    return labels;
  }

  std::uint32_t number(const model::Population& population, std::uint64_t word,
                       const std::vector<Labels>& labels) {
    return tables_.items.number(period_of(population.days[EventWord::day(word)]),
                                values_of(population, EventWord::combo(word), labels));
  }

  void check_members(const std::vector<std::uint64_t>& members) const {
    for (std::size_t p = 0; p < members.size(); ++p)
      if (members[p] > out_.release.size[p])
        tables_.misfit("A persona has more members than it says.");
  }

  Host& host_;
  const StoredRun& run_;
  AttackTables& tables_;
  AttackedRelease& out_;
  std::vector<std::size_t> column_of_;    // released column -> event column of the source
  std::vector<std::uint32_t> person_of_;  // released person -> person of the source
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
  AttackTables tables(host, found, run, out);
  run_as_extension_owner([&] { tables.read(secret); });
  Loader loader(host, run, tables, out);
  model::Domain const domain = load_domain(description.domain);
  loader.add_people(encoded, domain);
  loader.add_noise(std::move(encoded), domain, secret);
  loader.describe_items();
  loader.count_not_shown();
  return out;
}

}  // namespace pt::pg

#include "core/noise/mechanism.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/noise/numbers.hpp"

namespace pt::noise {

using model::Code;
using model::EventPart;
using model::EventWord;
using model::kMissing;
using model::kNoDay;
using model::Population;

namespace {

constexpr std::uint64_t kPollEvery = 0xFFF;

std::optional<std::size_t> first_of(const Population& population, EventPart part) {
  const auto it = std::find(population.event_parts.begin(), population.event_parts.end(), part);
  if (it == population.event_parts.end()) return std::nullopt;
  return static_cast<std::size_t>(it - population.event_parts.begin());
}

void require_share(double value, const char* name) {
  if (!(value >= 0 && value <= 0.9))
    throw invalid_parameter(std::string(name) + " must be between 0 and 0.9");
}

}  // namespace

void NoiseOptions::validate() const {
  if (jitter_days > 366)
    throw invalid_parameter("jitter must be between 0 and 366 days", {},
                            "It is how far a date may move either way.");
  require_share(outcome, "outcome_noise");
  require_share(detail, "detail_noise");
}

/// Fills a Mechanism; lives as long as its construction.
class Mechanism::Builder {
 public:
  Builder(Host& host, Population& population, const model::SequenceRules& rules,
          const model::Prf& randomness, Mechanism& out)
      : host_(host),
        population_(population),
        rules_(rules),
        out_(out),
        dates_(randomness.derive("jitter")),
        whether_(randomness.derive("outcome noise: whether")),
        which_(randomness.derive("outcome noise: which")),
        details_(randomness.derive("detail noise")),
        type_(first_of(population, EventPart::type)),
        outcome_(first_of(population, EventPart::outcome)) {}

  void run() {
    width_ = population_.event_width();
    set_window();
    make_matrices();
    order_events();
    draw_outcomes();
    move_numbers();
    write_words();
    index_frames();
  }

 private:
  struct Drawn {
    std::int32_t day;       // moved
    std::uint32_t combo;    // true
    Code outcome;           // perturbed
    std::uint32_t ordinal;  // among the person's events of the true day
  };

  Code type_of(std::uint32_t combo) const {
    return type_ ? population_.event_value(combo, *type_) : kMissing;
  }
  Code outcome_of(std::uint32_t combo) const {
    return outcome_ ? population_.event_value(combo, *outcome_) : kMissing;
  }

  void set_window() {
    out_.jitter_.days = out_.options_.jitter_days;
    for (const std::int32_t day : population_.days) {
      if (day == kNoDay) continue;
      if (out_.jitter_.first == INT32_MIN) out_.jitter_.first = day;
      out_.jitter_.last = day;
    }
  }

  /// One matrix a type, over the outcomes that its events have: the legal alternatives.
  void make_matrices() {
    if (!outcome_ || out_.options_.outcome <= 0) return;
    std::map<Code, std::map<Code, double>> counts;
    std::vector<std::uint64_t> events(population_.n_combos, 0);
    for (const std::uint64_t w : population_.words) ++events[EventWord::combo(w)];
    for (std::uint32_t c = 0; c < population_.n_combos; ++c)
      if (events[c] > 0 && outcome_of(c) != kMissing)
        counts[type_of(c)][outcome_of(c)] += static_cast<double>(events[c]);
    for (const auto& [type, outcomes] : counts) {
      std::vector<double> shares;
      std::vector<std::string> labels;
      std::vector<Code> codes;
      for (const auto& [code, n] : outcomes) {
        shares.push_back(n);
        codes.push_back(code);
        labels.push_back(population_.event_columns[*outcome_].labels[code]);
      }
      matrix_of_type_[type] = static_cast<std::uint32_t>(out_.matrices_.size());
      out_.matrices_.push_back({type == kMissing
                                    ? std::nullopt
                                    : std::optional(population_.event_columns[*type_].labels[type]),
                                std::move(labels), Pram(shares, out_.options_.outcome)});
      out_.outcome_codes_.push_back(std::move(codes));
    }
  }

  std::uint32_t matrix_of(Code type) const {
    const auto it = matrix_of_type_.find(type);
    return it == matrix_of_type_.end() ? kNoMatrix : it->second;
  }

  /// Each person's events in an order that the rules of the domain allow, and their moved dates.
  void order_events() {
    out_.events_.reserve(population_.words.size());
    drawn_.reserve(population_.words.size());
    out_.first_.push_back(0);
    std::vector<std::int32_t> days, moved;
    for (std::uint32_t person = 0; person < population_.size(); ++person) {
      if ((person & kPollEvery) == 0) host_.poll();
      const auto words = population_.events_of(person);
      std::vector<bool> seen;
      for (std::size_t i = 0; i < words.size();) {
        std::size_t end = i;
        while (end < words.size() && EventWord::day(words[end]) == EventWord::day(words[i])) ++end;
        add_day(words.subspan(i, end - i), seen);
        i = end;
      }
      // Dates: events without one stay without.
      const std::size_t from = out_.first_.back();
      std::size_t dated = from;
      while (dated < out_.events_.size() && out_.events_[dated].day == kNoDay) ++dated;
      days.clear();
      for (std::size_t i = dated; i < out_.events_.size(); ++i) days.push_back(out_.events_[i].day);
      moved.resize(days.size());
      jitter(out_.jitter_, dates_, population_.key[person], days, moved);
      for (std::size_t i = 0; i < moved.size(); ++i) drawn_[dated + i].day = moved[i];
      out_.first_.push_back(static_cast<std::uint32_t>(out_.events_.size()));
    }
  }

  void add_day(std::span<const std::uint64_t> words, std::vector<bool>& seen) {
    std::vector<Code> types;
    for (const std::uint64_t w : words) types.push_back(type_of(EventWord::combo(w)));
    const std::int32_t day = population_.days[EventWord::day(words.front())];
    std::uint32_t ordinal = 0;
    for (const std::uint32_t i : rules_.order_of_day(types, seen)) {
      const std::uint32_t combo = EventWord::combo(words[i]);
      out_.events_.push_back({day, outcome_of(combo), 0});
      drawn_.push_back({day, combo, outcome_of(combo), ordinal++});
      if (types[i] == kMissing) continue;
      if (types[i] >= seen.size()) seen.resize(types[i] + std::size_t{1}, false);
      seen[types[i]] = true;
    }
  }

  void draw_outcomes() {
    if (out_.matrices_.empty()) return;
    for (std::uint32_t person = 0; person < population_.size(); ++person) {
      if ((person & kPollEvery) == 0) host_.poll();
      for (std::uint32_t e = out_.first_[person]; e < out_.first_[person + 1]; ++e) {
        Drawn& d = drawn_[e];
        if (d.outcome == kMissing) continue;
        const std::uint32_t m = matrix_of(type_of(d.combo));
        const std::vector<Code>& codes = out_.outcome_codes_[m];
        const auto from = static_cast<std::size_t>(
            std::lower_bound(codes.begin(), codes.end(), d.outcome) - codes.begin());
        const model::Hash128& key = population_.key[person];
        const std::int32_t day = out_.events_[e].day;
        d.outcome =
            codes[out_.matrices_[m].pram.draw(from, event_bits(whether_, key, day, d.ordinal),
                                              event_bits(which_, key, day, d.ordinal))];
      }
    }
  }

  /// Groups of numbers that are perturbed together: same type, gender and ethnicity.
  void move_numbers() {
    if (out_.options_.detail <= 0) return;
    std::vector<std::size_t> same;
    for (std::size_t a = 0; a < population_.width(); ++a)
      if (population_.meaning[a] == model::Meaning::gender ||
          population_.meaning[a] == model::Meaning::ethnicity)
        same.push_back(a);
    for (std::size_t c = 0; c < width_; ++c) {
      const auto& wanted = out_.options_.numeric_details;
      const model::Attribute& column = population_.event_columns[c];
      if (std::find(wanted.begin(), wanted.end(), column.name) == wanted.end() ||
          !column.hierarchy.empty())
        continue;
      if (const auto numbers = parse_fixed(column.labels)) move_column(c, *numbers, same);
    }
  }

  void move_column(std::size_t column, const FixedNumbers& numbers,
                   const std::vector<std::size_t>& same) {
    struct Group {
      std::vector<std::uint32_t> events;
      std::vector<std::int64_t> units;
      std::vector<std::uint64_t> lots;
    };
    std::map<std::vector<Code>, Group> groups;
    const model::Prf lot = details_.derive(population_.event_columns[column].name);
    for (std::uint32_t person = 0; person < population_.size(); ++person) {
      if ((person & kPollEvery) == 0) host_.poll();
      for (std::uint32_t e = out_.first_[person]; e < out_.first_[person + 1]; ++e) {
        const Code v = population_.event_value(drawn_[e].combo, column);
        if (v == kMissing) continue;
        std::vector<Code> key{type_of(drawn_[e].combo)};
        for (const std::size_t a : same)
          key.push_back(population_.value(population_.tuple[person], a));
        Group& group = groups[std::move(key)];
        group.events.push_back(e);
        group.units.push_back(*numbers.units[v]);
        group.lots.push_back(
            event_bits(lot, population_.key[person], out_.events_[e].day, drawn_[e].ordinal));
      }
    }
    auto& texts = moved_numbers_[column];
    texts.resize(drawn_.size());
    for (auto& [key, group] : groups) {
      host_.poll();
      transfer_noise(group.units, group.lots, out_.options_.detail);
      for (std::size_t i = 0; i < group.events.size(); ++i)
        texts[group.events[i]] = fixed_text(group.units[i], numbers.decimals);
    }
  }

  /// Numbers that noise has made join the dictionaries of their columns; old code -> new code.
  std::vector<Code> extend_dictionary(std::size_t column, const std::vector<std::string>& texts) {
    model::Attribute& attribute = population_.event_columns[column];
    std::set<std::string> all(attribute.labels.begin(), attribute.labels.end());
    for (const std::string& text : texts)
      if (!text.empty()) all.insert(text);
    std::vector<std::string> labels(all.begin(), all.end());
    std::vector<Code> map;
    for (const std::string& old : attribute.labels)
      map.push_back(
          static_cast<Code>(std::lower_bound(labels.begin(), labels.end(), old) - labels.begin()));
    attribute.labels = std::move(labels);
    return map;
  }

  /// Writes perturbed days, combinations and words into the population.
  void write_words() {
    std::vector<std::vector<Code>> maps(width_);
    for (auto& [column, texts] : moved_numbers_) maps[column] = extend_dictionary(column, texts);

    std::vector<std::int32_t> days;
    for (const Drawn& d : drawn_) days.push_back(d.day);
    std::sort(days.begin(), days.end());
    days.erase(std::unique(days.begin(), days.end()), days.end());
    if (days.size() > EventWord::kMaxDays)
      throw program_limit("too many distinct event days after jitter");

    std::map<std::vector<Code>, std::uint32_t> combos;
    std::vector<Code> row(width_);
    const auto build_row = [&](std::size_t e) {
      const Drawn& d = drawn_[e];
      for (std::size_t c = 0; c < width_; ++c) {
        const Code v = population_.event_value(d.combo, c);
        row[c] = v == kMissing || maps[c].empty() ? v : maps[c][v];
      }
      if (outcome_) row[*outcome_] = d.outcome;
      for (const auto& [column, texts] : moved_numbers_) {
        if (row[column] == kMissing) continue;
        const auto& labels = population_.event_columns[column].labels;
        row[column] = static_cast<Code>(std::lower_bound(labels.begin(), labels.end(), texts[e]) -
                                        labels.begin());
      }
    };
    for (std::size_t e = 0; e < drawn_.size(); ++e) {
      if ((e & kPollEvery) == 0) host_.poll();
      build_row(e);
      combos.emplace(row, 0);
    }
    if (combos.size() > EventWord::kMaxCombos)
      throw program_limit("too many distinct combinations of event values after noise", {},
                          "Lower detail_noise, or give a column the role 'ignore'.");
    std::uint32_t next = 0;
    std::vector<Code> table;
    for (auto& [key, number] : combos) {
      number = next++;
      table.insert(table.end(), key.begin(), key.end());
    }
    out_.changed_.resize(drawn_.size());
    std::vector<std::uint32_t> numbers(drawn_.size());
    for (std::size_t e = 0; e < drawn_.size(); ++e) {
      if ((e & kPollEvery) == 0) host_.poll();
      build_row(e);
      numbers[e] = combos.find(row)->second;
      bool changed = drawn_[e].day != out_.events_[e].day;
      for (std::size_t c = 0; c < width_ && !changed; ++c) {
        const Code v = population_.event_value(drawn_[e].combo, c);
        changed = row[c] != (v == kMissing || maps[c].empty() ? v : maps[c][v]);
      }
      out_.changed_[e] = changed;
    }
    population_.combos = std::move(table);
    population_.n_combos = next;
    for (std::uint32_t person = 0; person < population_.size(); ++person) {
      for (std::uint32_t e = out_.first_[person]; e < out_.first_[person + 1]; ++e) {
        const auto day = static_cast<std::uint32_t>(
            std::lower_bound(days.begin(), days.end(), drawn_[e].day) - days.begin());
        out_.events_[e].shown = EventWord::pack(person, day, numbers[e]);
        population_.words[e] = out_.events_[e].shown;
      }
      std::sort(population_.words.begin() + out_.first_[person],
                population_.words.begin() + out_.first_[person + 1]);
    }
    population_.days = std::move(days);
  }

  /// Which combinations differ in their outcome alone.
  void index_frames() {
    std::map<std::vector<Code>, std::vector<Alternative>> frames;
    const auto frame = [&](std::uint32_t combo) {
      std::vector<Code> key;
      for (std::size_t c = 0; c < width_; ++c)
        key.push_back(outcome_ && c == *outcome_ ? 0 : population_.event_value(combo, c));
      return key;
    };
    for (std::uint32_t combo = 0; combo < population_.n_combos; ++combo) {
      out_.matrix_of_combo_.push_back(outcome_of(combo) == kMissing ? kNoMatrix
                                                                    : matrix_of(type_of(combo)));
      if (out_.matrix_of_combo_.back() != kNoMatrix)
        frames[frame(combo)].push_back({combo, outcome_of(combo)});
    }
    out_.frame_begin_.assign(population_.n_combos, 0);
    out_.frame_end_.assign(population_.n_combos, 0);
    for (const auto& [key, members] : frames) {
      const auto begin = static_cast<std::uint32_t>(out_.alternatives_.size());
      out_.alternatives_.insert(out_.alternatives_.end(), members.begin(), members.end());
      for (const Alternative& a : members) {
        out_.frame_begin_[a.combo] = begin;
        out_.frame_end_[a.combo] = static_cast<std::uint32_t>(out_.alternatives_.size());
      }
    }
  }

  Host& host_;
  Population& population_;
  const model::SequenceRules& rules_;
  Mechanism& out_;
  model::Prf dates_, whether_, which_, details_;
  std::optional<std::size_t> type_, outcome_;
  std::size_t width_ = 0;
  std::map<Code, std::uint32_t> matrix_of_type_;
  std::vector<Drawn> drawn_;
  std::map<std::size_t, std::vector<std::string>> moved_numbers_;  // column -> text by event
};

Mechanism::Mechanism(Host& host, Population& population, const NoiseOptions& options,
                     const model::SequenceRules& rules, const model::Prf& randomness)
    : options_(options), events_(host.memory()), first_(host.memory()) {
  options.validate();
  Builder(host, population, rules, randomness, *this).run();
}

double Mechanism::changed_share() const {
  if (changed_.empty()) return 0;
  return static_cast<double>(std::count(changed_.begin(), changed_.end(), true)) /
         static_cast<double>(changed_.size());
}

std::span<const Mechanism::Alternative> Mechanism::alternatives(std::uint32_t combo) const {
  return {alternatives_.data() + frame_begin_[combo], alternatives_.data() + frame_end_[combo]};
}

double Mechanism::outcome_probability(std::uint32_t combo, Code from, Code to) const {
  const std::uint32_t m = matrix_of_combo_[combo];
  if (m == kNoMatrix) return from == to ? 1 : 0;
  const std::vector<Code>& codes = outcome_codes_[m];
  const auto place = [&](Code c) {
    return static_cast<std::size_t>(std::lower_bound(codes.begin(), codes.end(), c) -
                                    codes.begin());
  };
  return matrices_[m].pram.probability(place(from), place(to));
}

}  // namespace pt::noise

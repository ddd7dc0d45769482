#include "core/protect/synthetic.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "core/noise/jitter.hpp"
#include "core/risk/cover.hpp"
#include "core/synth/automaton.hpp"
#include "core/synth/history_model.hpp"
#include "core/synth/quota.hpp"

namespace pt::protect {
namespace {

using model::Code;
using model::EventWord;
using model::kMissing;
using model::kNoDay;
using risk::PersonaEvents;

/// An event goes where somebody needs it only if the model gives it at least this probability as
/// the next one of a member.
constexpr double kPlausible = 1e-3;
/// Times that needs are looked for anew, because what was added changes them.
constexpr int kRounds = 6;
/// A persona that lacks more events than this for a history is passed over.
constexpr std::uint32_t kMostLacking = 2;
/// Draws of a place for one event before it is given up.
constexpr int kTries = 256;

/// What every cell shares: the looks of events and the model.
struct Frame {
  const model::Population& population;
  const Options& options;
  const Released& released;
  const synth::HistoryModel& model;
  model::Period period;
  bool successions;                      // Options::successions count
  std::vector<std::vector<Code>> types;  // of each released combination, most frequent first
  std::vector<std::set<std::pair<Code, Code>>> outcomes;  // of each, where they count: with types
  std::vector<std::uint32_t> order;  // released combinations: by type, then number

  std::uint32_t combo(std::uint64_t code) const {
    return static_cast<std::uint32_t>(code % released.combos());
  }
  /// First and last day of the period of a code.
  std::pair<std::int32_t, std::int32_t> days(std::uint64_t code) const {
    const std::int32_t start = released.period_starts()[code / released.combos()];
    if (start == kNoDay) return {model.first_day(), model.last_day()};
    return {start, model::period_end(start, period) - 1};
  }
  /// Whether an adviser said that an event that looks like `of_combo`, of type `type`, comes right
  /// after one of type `last`.
  bool said(Code last, Code type, std::uint32_t of_combo) const {
    return successions &&
           std::any_of(options.successions.begin(), options.successions.end(),
                       [&](const Succession& s) {
                         return s.earlier == last && s.later == type &&
                                (!s.outcome || outcomes[of_combo].contains({type, *s.outcome}));
                       });
  }
  /// The code of an event on a day; nothing when no period of the release holds it.
  std::optional<std::uint64_t> code(std::int32_t day, std::uint32_t of_combo) const {
    const auto& starts = released.period_starts();
    const std::int32_t start =
        period == model::Period::none ? kNoDay : model::period_start(day, period);
    const auto found = std::lower_bound(starts.begin(), starts.end(), start);
    if (found == starts.end() || *found != start) return std::nullopt;
    return static_cast<std::uint64_t>(found - starts.begin()) * released.combos() + of_combo;
  }
};

Frame make_frame(const model::Population& population, const Options& options,
                 const Released& released, const synth::HistoryModel& model,
                 const Setting& setting) {
  Frame f{population, options, released, model, setting.period, setting.successions, {}, {}, {}};
  std::vector<std::uint64_t> events(population.n_combos, 0);
  for (const std::uint64_t w : population.words) ++events[EventWord::combo(w)];
  std::vector<std::map<Code, std::uint64_t>> counts(released.combos());
  const auto outcome = std::find(population.event_parts.begin(), population.event_parts.end(),
                                 model::EventPart::outcome);
  const auto outcome_column = static_cast<std::size_t>(outcome - population.event_parts.begin());
  f.outcomes.resize(released.combos());
  for (std::uint32_t c = 0; c < population.n_combos; ++c) {
    const Code type = population.event_value(c, model.type_column());
    if (type != kMissing && events[c] > 0) counts[released.combo(c)][type] += events[c];
    if (f.successions && events[c] > 0 && outcome != population.event_parts.end())
      f.outcomes[released.combo(c)].emplace(type, population.event_value(c, outcome_column));
  }
  for (std::uint32_t r = 0; r < released.combos(); ++r) {
    std::vector<Code> types;
    for (const auto& [type, n] : counts[r]) types.push_back(type);
    std::stable_sort(types.begin(), types.end(),
                     [&](Code a, Code b) { return counts[r][a] > counts[r][b]; });
    if (!types.empty()) f.order.push_back(r);
    f.types.push_back(std::move(types));
  }
  std::stable_sort(f.order.begin(), f.order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return f.types[a].front() < f.types[b].front();
  });
  return f;
}

/// A class as it is dealt, and what its personas hold.
struct Part {
  Part(std::size_t number, const DealtClass& dealt)
      : class_no(number),
        people(dealt.people.begin(), dealt.people.end()),
        histories(*dealt.histories),
        persona(dealt.persona),
        sizes(dealt.sizes()) {
    for (std::size_t i = 0; i < people.size(); ++i)
      for (const std::uint64_t code : histories.of(i)) ++held[key(persona[i], code)];
  }
  std::uint64_t key(std::uint32_t of_persona, std::uint64_t code) const {
    return code * sizes.size() + of_persona;
  }
  std::uint32_t holds(std::uint32_t of_persona, std::uint64_t code) const {
    const auto found = held.find(key(of_persona, code));
    return found == held.end() ? 0 : found->second;
  }
  std::pmr::vector<PersonaEvents> pooled(std::pmr::memory_resource* memory) const {
    std::pmr::vector<PersonaEvents> out(memory);
    for (const auto& [k, n] : held)
      out.push_back({k / sizes.size(), static_cast<std::uint32_t>(k % sizes.size()), n});
    risk::merge_equal(out);
    return out;
  }

  std::size_t class_no;
  std::vector<std::uint32_t> people;
  risk::Histories histories;
  std::vector<std::uint32_t> persona, sizes;
  std::unordered_map<std::uint64_t, std::uint32_t> held;  // key -> events, the added ones included
  std::vector<PersonaEvents> added;
};

/// Adds the synthetic events of one protected cell.
class CellPlan {
 public:
  CellPlan(Host& host, const Frame& frame, std::vector<Part>& parts, const model::Prf& draws,
           double share)
      : host_(host),
        frame_(frame),
        parts_(parts),
        draws_(draws),
        automaton_(frame.options.rules, frame.model.types()) {
    set_quotas(share / (1 - share));
  }

  /// Returns the number of events without a place.
  std::uint64_t run() {
    for (int round = 0; round < kRounds && left_ > 0; ++round)
      if (!meet_needs()) break;
    fill();
    return left_;
  }

 private:
  struct Need {
    double gain;
    std::uint32_t part, persona;
    std::uint64_t code;
  };

  void set_quotas(double factor) {
    std::vector<std::uint64_t> real(frame_.released.combos(), 0);
    for (const Part& part : parts_)
      for (const std::uint64_t code : part.histories.codes) ++real[frame_.combo(code)];
    std::vector<std::uint64_t> ordered;
    for (const std::uint32_t r : frame_.order) ordered.push_back(real[r]);
    const auto quota = synth::balanced_quota(ordered, factor, noise::unit(next_draw()));
    quota_.assign(real.size(), 0);
    for (std::size_t i = 0; i < quota.size(); ++i) {
      quota_[frame_.order[i]] = quota[i];
      left_ += quota[i];
    }
  }

  std::uint64_t next_draw() { return draws_.at(counter_++); }

  void add(std::uint32_t part, std::uint32_t persona, std::uint64_t code) {
    Part& p = parts_[part];
    ++p.held[p.key(persona, code)];
    p.added.push_back({code, persona, 1});
    --quota_[frame_.combo(code)];
    --left_;
  }

  /// One round of events for those who need them, those that help most first. False: none fits.
  bool meet_needs() {
    std::vector<Need> needs = find_needs();
    std::sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) {
      return std::tie(b.gain, a.part, a.persona, a.code) <
             std::tie(a.gain, b.part, b.persona, b.code);
    });
    bool any = false;
    for (const Need& n : needs) {
      host_.poll();
      if (quota_[frame_.combo(n.code)] == 0) continue;
      if (refused_.contains({n.part, n.persona, n.code})) continue;
      if (!plausible(parts_[n.part], n.persona, n.code)) {
        refused_.insert({n.part, n.persona, n.code});
        continue;
      }
      add(n.part, n.persona, n.code);
      any = true;
    }
    return any;
  }

  /// Events by how much risk would fall if a persona had one of them more.
  std::vector<Need> find_needs() {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, double> gains;
    for (std::uint32_t k = 0; k < parts_.size(); ++k) {
      const Part& part = parts_[k];
      if (part.sizes.size() < 2) continue;
      const auto pooled = part.pooled(host_.memory());
      std::vector<std::uint64_t> consistent(part.people.size());
      risk::Cover(host_, pooled, part.sizes).all_events(part.histories, consistent);
      std::map<std::vector<std::uint64_t>, std::pair<std::uint64_t, std::uint32_t>> distinct;
      for (std::size_t i = 0; i < part.people.size(); ++i) {
        // Who is hidden well already needs nothing.
        if (static_cast<double>(consistent[i]) > 2 / frame_.options.target_risk) continue;
        const auto h = part.histories.of(i);
        auto& [people, times] = distinct[{h.begin(), h.end()}];
        people = consistent[i];
        ++times;
      }
      for (const auto& [history, who] : distinct) {
        host_.poll();
        add_needs(k, history, who.first, who.second, gains);
      }
    }
    std::vector<Need> needs;
    for (const auto& [where, gain] : gains)
      needs.push_back({gain, std::get<0>(where), std::get<1>(where), std::get<2>(where)});
    return needs;
  }

  /// What each persona lacks for one history of `times` people with `people` in the consistent set.
  void add_needs(std::uint32_t k, const std::vector<std::uint64_t>& history, std::uint64_t people,
                 std::uint32_t times,
                 std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, double>& gains) {
    const Part& part = parts_[k];
    std::vector<std::uint64_t> lacking;
    for (std::uint32_t q = 0; q < part.sizes.size(); ++q) {
      lacking.clear();
      std::uint32_t total = 0;
      for (std::size_t i = 0; i < history.size() && total <= kMostLacking;) {
        const std::uint64_t code = history[i];
        std::uint32_t count = 0;
        for (; i < history.size() && history[i] == code; ++i) ++count;
        const std::uint32_t has = part.holds(q, code);
        if (has >= count) continue;
        total += count - has;
        lacking.push_back(code);
      }
      if (total == 0 || total > kMostLacking) continue;
      const auto n = static_cast<double>(people), more = static_cast<double>(part.sizes[q]);
      // Half of an event's worth is lost for each other one that has to come as well.
      const double gain = times * (1 / n - 1 / (n + more)) / (total * total);
      for (const std::uint64_t code : lacking) gains[{k, q, code}] += gain;
    }
  }

  const std::vector<synth::History>& read(Part& part) {
    auto& histories = read_[part.class_no];
    if (histories.empty()) {
      histories.resize(part.people.size());
      for (std::size_t i = 0; i < part.people.size(); ++i)
        frame_.model.read(part.people[i], histories[i]);
    }
    return histories;
  }

  /// Whether the model and the rules let some member of a persona have an event that looks like
  /// `code`.
  bool plausible(Part& part, std::uint32_t persona, std::uint64_t code) {
    const auto& histories = read(part);
    const auto [first, last] = frame_.days(code);
    for (const Code type : frame_.types[frame_.combo(code)])
      for (std::size_t i = 0; i < part.people.size(); ++i) {
        if (part.persona[i] != persona) continue;
        const std::uint32_t group = frame_.model.group_of(part.people[i]);
        if (begins(group, type, first, last)) return true;
        for (std::size_t at = 1; at <= histories[i].types.size(); ++at)
          if (follows(group, histories[i], at, type, frame_.combo(code), first, last)) return true;
      }
    return false;
  }

  /// A history may begin with the type in these days.
  bool begins(std::uint32_t group, Code type, std::int32_t first, std::int32_t last) {
    const synth::State start{group, kMissing, 0};
    const std::int32_t from = frame_.model.first_day();
    return frame_.model.next(start, type) *
                   frame_.model.gap_within(start, type, first - from, last - from) >=
               kPlausible &&
           automaton_.may_insert({}, 0, type);
  }

  /// An event of the type in these days may follow event at - 1 of a history, before event at: the
  /// model finds it likely, or an adviser does and enough people have such a gap between the two.
  bool follows(std::uint32_t group, const synth::History& h, std::size_t at, Code type,
               std::uint32_t combo, std::int32_t first, std::int32_t last) {
    const std::int32_t from = h.days[at - 1];
    const std::int32_t low = std::max(first, from);
    const std::int32_t high =
        std::min(last, at < h.days.size() ? h.days[at] : frame_.model.last_day());
    if (low > high) return false;
    const synth::State state = synth::HistoryModel::state_after(group, h, at);
    const double gap = frame_.model.gap_within(state, type, low - from, high - from);
    return (frame_.model.next(state, type) * gap >= kPlausible ||
            (gap > 0 && frame_.said(state.last, type, combo))) &&
           automaton_.may_insert(h.types, at, type);
  }

  /// The rest of the quotas, where the model draws them: after an event of the cell, or at the
  /// beginning of a history, each equally likely, and kept with the probability of the type there.
  void fill() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> who;  // part, person
    for (std::uint32_t k = 0; k < parts_.size(); ++k)
      for (std::uint32_t i = 0; i < parts_[k].people.size(); ++i) who.emplace_back(k, i);
    for (const std::uint32_t combo : frame_.order)
      for (std::uint32_t n = quota_[combo]; n > 0; --n) {
        host_.poll();
        for (int tried = 0; tried < kTries; ++tried) {
          const auto [k, i] = who[noise::below(next_draw(), who.size())];
          if (place(k, i, combo)) break;
        }
      }
  }

  /// Tries to place an event at a random point of somebody's history.
  bool place(std::uint32_t k, std::uint32_t i, std::uint32_t combo) {
    Part& part = parts_[k];
    const synth::History& h = read(part)[i];
    const auto& types = frame_.types[combo];
    const Code type = types[noise::below(next_draw(), types.size())];
    const std::size_t at = noise::below(next_draw(), h.types.size() + 1);
    const std::uint32_t group = frame_.model.group_of(part.people[i]);
    const synth::State state = synth::HistoryModel::state_after(group, h, at);
    if (noise::unit(next_draw()) >= frame_.model.next(state, type)) return false;
    const std::int32_t gap = frame_.model.draw_gap(state, type, noise::unit(next_draw()));
    if (gap < 0) return false;
    const std::int32_t day = (at == 0 ? frame_.model.first_day() : h.days[at - 1]) + gap;
    if (day > (at > 0 && at < h.days.size() ? h.days[at] : frame_.model.last_day())) return false;
    // An event at the beginning starts a history of its own.
    if (!(at == 0 ? automaton_.may_insert({}, 0, type) : automaton_.may_insert(h.types, at, type)))
      return false;
    const auto code = frame_.code(day, combo);
    if (!code) return false;
    add(k, part.persona[i], *code);
    return true;
  }

  Host& host_;
  const Frame& frame_;
  std::vector<Part>& parts_;
  const model::Prf& draws_;
  synth::Automaton automaton_;
  std::uint64_t counter_ = 0;
  std::vector<std::uint32_t> quota_;  // left, by released combination
  std::uint64_t left_ = 0;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>> refused_;
  std::map<std::size_t, std::vector<synth::History>> read_;  // by class
};

}  // namespace

SyntheticEvents::SyntheticEvents(Host& host, const model::Population& population,
                                 const Options& options, Grouping& grouping, const Setting& setting,
                                 const Released& released, const model::Prf& randomness) {
  const auto classes = grouping.grown(setting).tree->prune(setting.classes, setting.undone);
  by_class_.resize(classes.size());
  const Frame frame = make_frame(population, options, released, grouping.histories(), setting);
  std::map<std::uint32_t, std::vector<std::size_t>> cells;
  for (std::size_t c = 0; c < classes.size(); ++c) cells[classes[c].cell].push_back(c);
  const model::Prf synthetic = randomness.derive("synthetic events");
  for (const auto& [cell, numbers] : cells) {
    std::vector<Part> parts;
    for (const std::size_t c : numbers) {
      host.poll();
      grouping.deal_class(setting, released, grouping.people_of(classes[c]),
                          [&](const DealtClass& dealt) { parts.emplace_back(c, dealt); });
    }
    // A cell's draws do not depend on the other cells, nor on how it is divided.
    const model::Prf draws =
        synthetic.derive(std::to_string(population.key[parts.front().people.front()].hi) + "/" +
                         std::to_string(cell));
    unplaced_ += CellPlan(host, frame, parts, draws, setting.synthetic).run();
    for (Part& part : parts) {
      added_ += part.added.size();
      std::pmr::vector<PersonaEvents> rows(part.added.begin(), part.added.end(), host.memory());
      risk::merge_equal(rows);
      by_class_[part.class_no].assign(rows.begin(), rows.end());
    }
  }
}

void SyntheticEvents::add_to(std::size_t c, std::pmr::vector<PersonaEvents>& pooled) const {
  if (by_class_[c].empty()) return;
  pooled.insert(pooled.end(), by_class_[c].begin(), by_class_[c].end());
  risk::merge_equal(pooled);
}

}  // namespace pt::protect

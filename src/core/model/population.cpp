#include "core/model/population.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/sort_words.hpp"

namespace pt::model {
namespace {

std::string_view bytes_of(std::span<const Code> codes) {
  return {reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(Code)};
}

/// Raw codes of one column -> canonical codes, and the dictionary in canonical order.
std::vector<Code> canonical_codes(const Decoded& decoded, Scale scale, Attribute& out) {
  struct Entry {
    const std::string* label;
    double value;
    Code raw;
  };
  std::vector<Entry> entries;
  for (Code raw = 0; raw < decoded.labels.size(); ++raw)
    if (decoded.labels[raw])
      entries.push_back(
          {&*decoded.labels[raw], scale == Scale::ordered ? decoded.values[raw] : 0.0, raw});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.value != b.value) return a.value < b.value;
    return *a.label < *b.label;
  });
  std::vector<Code> map(decoded.labels.size(), kMissing);
  const Entry* previous = nullptr;
  for (const Entry& e : entries) {
    // Ordered values that compare equal are one value, whatever their spelling ("1.0" and "1.00").
    const bool same = previous != nullptr && previous->value == e.value &&
                      (scale == Scale::ordered || *previous->label == *e.label);
    if (!same) {
      out.labels.push_back(*e.label);
      if (scale == Scale::ordered) out.values.push_back(e.value);
    }
    map[e.raw] = static_cast<Code>(out.labels.size() - 1);
    previous = &e;
  }
  out.scale = scale;
  return map;
}

/// Sorts rows of `width` codes, drops equal ones and returns old row -> new row.
std::vector<std::uint32_t> sort_rows(std::vector<Code>& rows, std::size_t width, std::size_t& n) {
  std::vector<std::uint32_t> order(n), map(n);
  std::iota(order.begin(), order.end(), 0u);
  const auto row = [&](std::uint32_t i) {
    return std::span<const Code>{rows.data() + i * width, width};
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto x = row(a), y = row(b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  });
  std::vector<Code> sorted;
  sorted.reserve(rows.size());
  std::uint32_t distinct = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto r = row(order[i]);
    const bool fresh = i == 0 || !std::equal(r.begin(), r.end(),
                                             sorted.end() - static_cast<std::ptrdiff_t>(width));
    if (fresh) {
      sorted.insert(sorted.end(), r.begin(), r.end());
      ++distinct;
    }
    map[order[i]] = distinct - 1;
  }
  rows = std::move(sorted);
  n = distinct;
  return map;
}

/// The interned rows of a Dictionary of code rows, each column mapped to canonical codes.
std::vector<Code> map_rows(const Dictionary& ids, std::size_t width,
                           std::span<const std::vector<Code>> maps) {
  std::vector<Code> rows(ids.size() * width);
  for (Code id = 0; id < ids.size(); ++id) {
    std::vector<Code> raw(width);
    if (width > 0) std::memcpy(raw.data(), ids[id].data(), width * sizeof(Code));
    for (std::size_t c = 0; c < width; ++c)
      rows[id * width + c] = raw[c] == kMissing ? kMissing : maps[c][raw[c]];
  }
  return rows;
}

constexpr std::uint64_t kContentFactor = 0x9FB21C651E98DF25u;  // of the columns of an event
constexpr std::uint64_t kPollEvery = 0xFFFF;                   // rows between two polls, as a mask

}  // namespace

PopulationBuilder::PopulationBuilder(Host& host, const Prf& secret, Schema schema, Hints hints)
    : host_(host),
      prf_(secret.derive("person key")),
      schema_(std::move(schema)),
      fingerprint_only_(hints.fingerprint_only),
      tuple_ids_(prf_, host.memory()),
      combo_ids_(prf_, host.memory()),
      keys_(host.memory()),
      index_(1024, kMissing, host.memory()),
      tuple_(host.memory()),
      rows_(host.memory()),
      weight_(host.memory()),
      disagreements_(host.memory()),
      words_(host.memory()),
      day_slots_(1024, kMissing, host.memory()),
      day_factor_(1) {
  for (std::size_t c = 0; c < schema_.events.size(); ++c) day_factor_ *= kContentFactor;
  const auto dictionaries = [&](std::size_t n) {
    std::vector<Dictionary> all;
    for (std::size_t i = 0; i < n; ++i) all.emplace_back(prf_, host.memory());
    return all;
  };
  person_values_ = dictionaries(schema_.people.size());
  sensitive_values_ = dictionaries(schema_.sensitive.size());
  event_values_ = dictionaries(schema_.events.size());
  for (std::size_t i = 0; i < schema_.sensitive.size(); ++i) sensitive_.emplace_back(host.memory());
  std::size_t slots = index_.size();
  while (hints.people * 10 > slots * 7) slots *= 2;
  index_.assign(slots, kMissing);
  if (!fingerprint_only_) {
    keys_.reserve(hints.people);
    tuple_.reserve(hints.people);
    words_.reserve(hints.events);
  }
}

std::size_t PopulationBuilder::slot_of(const Hash128& key) const {
  const std::size_t mask = index_.size() - 1;
  const std::uint32_t wanted = tag(key);
  std::size_t i = key.lo & mask;
  while (index_[i] != kMissing &&
         ((index_[i] & ~kPersonMask) != wanted || keys_[index_[i] & kPersonMask] != key))
    i = (i + 1) & mask;
  return i;
}

void PopulationBuilder::grow_index() {
  // Built from the keys alone, so the old table is given back before the new one is made.
  const std::size_t size = index_.size() * 2;
  index_.clear();
  index_.shrink_to_fit();
  index_.assign(size, kMissing);
  for (std::uint32_t p = 0; p < keys_.size(); ++p) index_[slot_of(keys_[p])] = p | tag(keys_[p]);
}

std::uint32_t PopulationBuilder::person(const Hash128& h) {
  const std::size_t i = slot_of(h);
  if (index_[i] != kMissing) return index_[i] & kPersonMask;
  if (keys_.size() >= EventWord::kMaxPeople - 1)
    throw program_limit("too many people in one source", "At most 67,108,864 people are supported.",
                        "Split the source, for instance by region.");
  const auto p = static_cast<std::uint32_t>(keys_.size());
  keys_.push_back(h);
  index_[i] = p | tag(h);
  tuple_.push_back(kMissing);
  for (auto& column : sensitive_) column.push_back(kMissing);
  if (keys_.size() * 10 > index_.size() * 7) grow_index();
  return p;
}

std::optional<std::uint32_t> PopulationBuilder::known_person(const Hash128& h) const {
  const std::uint32_t p = index_[slot_of(h)];
  if (p == kMissing) return std::nullopt;
  return p & kPersonMask;
}

void PopulationBuilder::add_fingerprint(const Hash128& key, std::uint64_t content) {
  // A sum over rows: independent of their order, and a row that comes twice counts twice.
  std::uint64_t x = (key.lo ^ content) * 0x9E3779B97F4A7C15u;
  x ^= x >> 32;
  x = (x ^ key.hi) * 0xD6E8FEB86659FD93u;
  x ^= x >> 29;
  fingerprint_.lo += x;
  fingerprint_.hi += (x * 0xA0761D6478BD642Fu) ^ (x >> 31);
}

std::uint64_t PopulationBuilder::content_of(const PersonKind& kind) const {
  std::uint64_t content = 1;
  for (std::size_t a = 0; a < kind.attributes.size(); ++a)
    content = content * 0xFF51AFD7ED558CCDu +
              (kind.attributes[a] == kMissing ? 7 : person_values_[a].hash(kind.attributes[a]));
  for (std::size_t s = 0; s < kind.sensitive.size(); ++s)
    content = content * 0xC4CEB9FE1A85EC53u +
              (kind.sensitive[s] == kMissing ? 7 : sensitive_values_[s].hash(kind.sensitive[s]));
  return content;
}

void PopulationBuilder::describe(std::uint32_t person, PersonKind& kind,
                                 std::optional<double> weight) {
  if ((++counts_.person_rows & kPollEvery) == 0) host_.poll();
  if (!kind.content_) kind.content_ = content_of(kind);
  std::uint64_t content = *kind.content_;
  if (weight) content = content * 31 + static_cast<std::uint64_t>(std::llround(*weight * 1e6));
  add_fingerprint(keys_[person], content);

  if (kind.tuple_ == kMissing) {
    // Most rows of a wide table repeat what is known of the person.
    const std::string_view bytes = bytes_of(kind.attributes);
    const Code known = tuple_[person];
    kind.tuple_ =
        known != kMissing && tuple_ids_[known] == bytes ? known : tuple_ids_.intern(bytes);
  }
  const Code tuple = kind.tuple_;
  if (tuple_[person] == kMissing) {
    tuple_[person] = tuple;
  } else {
    if (rows_.empty()) rows_.reserve(keys_.capacity());
    if (rows_.size() < keys_.size()) rows_.resize(keys_.size(), 1);
    ++rows_[person];
    if (tuple_[person] != tuple) disagreements_.push_back({person, tuple});
  }
  // A person's sensitive value is needed for diversity only: any non-missing one will do, the
  // smallest keyed hash makes the choice independent of row order.
  for (std::size_t s = 0; s < kind.sensitive.size(); ++s) {
    const Code value = kind.sensitive[s];
    Code& held = sensitive_[s][person];
    if (value != kMissing &&
        (held == kMissing || sensitive_values_[s].hash(value) < sensitive_values_[s].hash(held)))
      held = value;
  }
  if (weight) {
    weight_.resize(keys_.size(), 1.0F);
    weight_[person] = std::max(weight_[person], static_cast<float>(*weight));
  }
}

std::uint32_t PopulationBuilder::day_code(std::int32_t day) {
  const auto start = [](std::int32_t d) {
    return static_cast<std::size_t>(static_cast<std::uint32_t>(d) * 0x9E3779B1u);
  };
  std::size_t mask = day_slots_.size() - 1;
  std::size_t i = start(day) & mask;
  for (; day_slots_[i] != kMissing; i = (i + 1) & mask)
    if (days_[day_slots_[i]] == day) return day_slots_[i];
  if (days_.size() >= EventWord::kMaxDays)
    throw program_limit("too many distinct event days",
                        "At most 262,144 different days are supported.",
                        "Check the event times: this is more than 700 years of days.");
  const auto code = static_cast<std::uint32_t>(days_.size());
  days_.push_back(day);
  day_slots_[i] = code;
  if (days_.size() * 2 > day_slots_.size()) {
    day_slots_.assign(day_slots_.size() * 2, kMissing);
    mask = day_slots_.size() - 1;
    for (std::uint32_t c = 0; c < days_.size(); ++c) {
      std::size_t j = start(days_[c]) & mask;
      while (day_slots_[j] != kMissing) j = (j + 1) & mask;
      day_slots_[j] = c;
    }
  }
  return code;
}

/// What the columns of an event add to day_factor_ times its day.
std::uint64_t PopulationBuilder::content_of(std::span<const Code> columns) const {
  std::uint64_t content = 0;
  for (std::size_t c = 0; c < columns.size(); ++c)
    content = content * kContentFactor +
              (columns[c] == kMissing ? 11 : event_values_[c].hash(columns[c]));
  return content;
}

Code PopulationBuilder::combo_of(std::span<const Code> columns) {
  const Code combo = combo_ids_.intern(bytes_of(columns));
  if (combo < EventWord::kMaxCombos) return combo;
  std::size_t widest = 0;
  for (std::size_t c = 1; c < columns.size(); ++c)
    if (event_values_[c].size() > event_values_[widest].size()) widest = c;
  throw program_limit("too many distinct combinations of released event columns",
                      "At most 1,048,576 combinations are supported; column \"" +
                          schema_.events[widest].name + "\" has " +
                          std::to_string(event_values_[widest].size()) + " distinct values.",
                      "Give that column the role 'ignore', or a hierarchy and a coarser form.");
}

void PopulationBuilder::event(std::uint32_t person, std::int32_t day, EventKind& kind) {
  if ((++counts_.event_rows & kPollEvery) == 0) host_.poll();
  if (day == kNoDay) ++counts_.events_without_time;
  if (!kind.content_) kind.content_ = content_of(kind.columns);
  add_fingerprint(keys_[person], static_cast<std::uint32_t>(day) * day_factor_ + *kind.content_);
  if (fingerprint_only_) return;

  if (kind.combo_ == kMissing) kind.combo_ = combo_of(kind.columns);
  if (words_.size() >= EventWord::kMaxEvents)
    throw program_limit("too many events in one source",
                        "At most 4,294,967,295 events are supported.",
                        "Split the source, for instance by region.");
  words_.push_back(EventWord::pack(person, day_code(day), kind.combo_));
}

std::int32_t PopulationBuilder::last_day(std::int32_t today) const {
  std::int32_t last = kNoDay;
  for (const std::int32_t day : days_)
    if (day <= today) last = std::max(last, day);
  return last;
}

Population PopulationBuilder::finish(std::span<const Decoded> people,
                                     std::span<const Decoded> events) {
  Population out(host_.memory());
  index_.clear();
  index_.shrink_to_fit();
  const std::vector<std::uint32_t> rank = sort_people(out);
  finish_people(out, people, rank);
  finish_events(out, events, rank);
  out.counts = counts_;
  out.fingerprint = fingerprint_;
  return out;
}

/// Puts the keys in ascending order into `out` and returns arrival number -> rank. Keys are keyed
/// hashes, so their upper bits spread them evenly: O(people).
std::vector<std::uint32_t> PopulationBuilder::sort_people(Population& out) {
  const int bits = std::clamp(static_cast<int>(std::bit_width(keys_.size())) - 4, 1, 16);
  const auto part = [bits](const Hash128& key) {
    return static_cast<std::size_t>(key.hi >> (64 - bits));
  };
  std::vector<std::uint32_t> first((std::size_t{1} << bits) + 1, 0);
  for (const Hash128& key : keys_) ++first[part(key) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::vector<std::uint32_t> order(keys_.size());
  {
    std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
    for (std::uint32_t p = 0; p < keys_.size(); ++p) order[next[part(keys_[p])]++] = p;
  }
  host_.poll();
  for (std::size_t i = 0; i + 1 < first.size(); ++i)
    std::sort(order.begin() + first[i], order.begin() + first[i + 1],
              [this](std::uint32_t a, std::uint32_t b) { return keys_[a] < keys_[b]; });
  host_.poll();
  out.key.resize(keys_.size());
  std::vector<std::uint32_t> rank(keys_.size());
  for (std::uint32_t r = 0; r < order.size(); ++r) {
    out.key[r] = keys_[order[r]];
    rank[order[r]] = r;
  }
  keys_.clear();
  keys_.shrink_to_fit();
  return rank;
}

/// Gives people whose rows disagree one tuple: column by column, the most frequent present value
/// (ties: the first in order) or the largest.
void PopulationBuilder::reconcile(std::vector<Code>& tuples, std::size_t& n_tuples) {
  std::sort(disagreements_.begin(), disagreements_.end(), [](const auto& a, const auto& b) {
    return a.person != b.person ? a.person < b.person : a.tuple < b.tuple;
  });
  const std::size_t width = schema_.people.size();
  for (std::size_t i = 0; i < disagreements_.size();) {
    const std::uint32_t p = disagreements_[i].person;
    std::map<Code, std::uint32_t> rows;  // tuple -> rows
    rows[tuple_[p]] = rows_[p];
    for (; i < disagreements_.size() && disagreements_[i].person == p; ++i) {
      ++rows[disagreements_[i].tuple];
      --rows[tuple_[p]];
    }
    std::vector<Code> merged(width);
    bool differs = false;
    for (std::size_t a = 0; a < width; ++a) {
      std::map<Code, std::uint32_t> votes;  // ascending codes; kMissing comes last
      for (const auto& [tuple, n] : rows) votes[tuples[tuple * width + a]] += n;
      votes.erase(kMissing);
      Code best = kMissing;
      std::uint32_t most = 0;
      for (const auto& [code, n] : votes) {
        const bool wins = schema_.people[a].reconcile == Reconcile::largest ? true : n > most;
        if (wins) best = code, most = n;
      }
      differs = differs || (votes.size() > 1 && schema_.people[a].reconcile != Reconcile::largest);
      merged[a] = best;
    }
    if (differs) ++counts_.contradicting_people;
    tuple_[p] = static_cast<std::uint32_t>(n_tuples++);
    tuples.insert(tuples.end(), merged.begin(), merged.end());
    if ((i & kPollEvery) == 0) host_.poll();
  }
}

void PopulationBuilder::finish_people(Population& out, std::span<const Decoded> decoded,
                                      std::span<const std::uint32_t> rank) {
  std::vector<std::vector<Code>> maps;
  for (std::size_t a = 0; a < schema_.people.size(); ++a) {
    Attribute attribute;
    attribute.name = schema_.people[a].name;
    maps.push_back(canonical_codes(decoded[a], schema_.people[a].scale, attribute));
    out.attributes.push_back(std::move(attribute));
    out.meaning.push_back(schema_.people[a].meaning);
  }
  // People met through an event only (wide sources describe every row) have no attributes at all.
  const std::vector<Code> blank(schema_.people.size(), kMissing);
  const Code undescribed = tuple_ids_.intern(bytes_of(blank));
  for (auto& t : tuple_)
    if (t == kMissing) t = undescribed;

  out.n_tuples = tuple_ids_.size();
  out.tuples = map_rows(tuple_ids_, schema_.people.size(), maps);
  reconcile(out.tuples, out.n_tuples);
  const auto map = sort_rows(out.tuples, schema_.people.size(), out.n_tuples);

  out.tuple.resize(rank.size());
  for (std::size_t p = 0; p < rank.size(); ++p) out.tuple[rank[p]] = map[tuple_[p]];
  tuple_.clear();
  tuple_.shrink_to_fit();
  if (!weight_.empty()) {
    weight_.resize(rank.size(), 1.0F);
    out.weight.resize(rank.size());
    for (std::size_t p = 0; p < rank.size(); ++p) out.weight[rank[p]] = weight_[p];
  }
  for (std::size_t s = 0; s < sensitive_.size(); ++s) {
    // Codes of sensitive columns follow arrival; their keyed hashes give an order that does not.
    const Dictionary& values = sensitive_values_[s];
    std::vector<Code> order(values.size()), place(values.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](Code a, Code b) { return values.hash(a) < values.hash(b); });
    for (Code c = 0; c < order.size(); ++c) place[order[c]] = c;
    std::pmr::vector<Code> column(rank.size(), kMissing, host_.memory());
    for (std::size_t p = 0; p < rank.size(); ++p)
      if (sensitive_[s][p] != kMissing) column[rank[p]] = place[sensitive_[s][p]];
    out.sensitive.push_back(std::move(column));
  }
}

void PopulationBuilder::finish_events(Population& out, std::span<const Decoded> decoded,
                                      std::span<const std::uint32_t> rank) {
  std::vector<std::vector<Code>> maps;
  for (std::size_t c = 0; c < schema_.events.size(); ++c) {
    Attribute attribute;
    attribute.name = schema_.events[c].name;
    maps.push_back(canonical_codes(decoded[c], Scale::nominal, attribute));
    out.event_columns.push_back(std::move(attribute));
    out.event_parts.push_back(schema_.events[c].part);
  }
  out.n_combos = combo_ids_.size();
  out.combos = map_rows(combo_ids_, schema_.events.size(), maps);
  const auto combo_map = sort_rows(out.combos, schema_.events.size(), out.n_combos);

  std::vector<std::uint32_t> order(days_.size()), day_map(days_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [this](std::uint32_t a, std::uint32_t b) { return days_[a] < days_[b]; });
  for (std::uint32_t d = 0; d < order.size(); ++d) {
    day_map[order[d]] = d;
    out.days.push_back(days_[order[d]]);
  }
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t w = words_[i];
    words_[i] = EventWord::pack(rank[EventWord::person(w)], day_map[EventWord::day(w)],
                                combo_map[EventWord::combo(w)]);
    if ((i & kPollEvery) == 0) host_.poll();
  }
  sort_words(words_);
  host_.poll();
  out.first.assign(rank.size() + 1, 0);
  for (const std::uint64_t w : words_) ++out.first[EventWord::person(w) + 1];
  for (std::size_t p = 0; p < rank.size(); ++p) {
    if (out.first[p + 1] == 0) ++counts_.people_without_events;
    out.first[p + 1] += out.first[p];
  }
  out.words = std::move(words_);
}

}  // namespace pt::model

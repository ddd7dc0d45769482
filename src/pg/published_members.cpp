#include "pg/published_members.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/release/content.hpp"
#include "pg/datum.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/array.h"
}

namespace pt::pg {
namespace {

using model::Hash128;
using release::kOutside;
using release::Overlap;

constexpr std::size_t kKeyBytes = 16, kContentBytes = 8;
constexpr std::uint32_t kFree = 0xFFFFFFFFU;

/// Eight bytes, the most significant first, as a number; and a number as such bytes.
std::uint64_t swapped(std::uint64_t value) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}
std::uint64_t big_endian(const char* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return swapped(value);
}
void append_big_endian(std::string& bytes, std::uint64_t value) {
  value = swapped(value);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// The stored members of a unit.
struct Unit {
  std::int64_t number;
  std::string_view keys, contents;
  bool with_contents;
  [[nodiscard]] std::size_t size() const { return keys.size() / kKeyBytes; }
  [[nodiscard]] Hash128 key(std::size_t i) const {
    return {big_endian(keys.data() + i * kKeyBytes), big_endian(keys.data() + i * kKeyBytes + 8)};
  }
  [[nodiscard]] std::uint64_t content(std::size_t i) const {
    return with_contents ? big_endian(contents.data() + i * kContentBytes) : 0;
  }
};

/// Calls `visit` for each of the units (ascending), in any order. Raises XX000 when one is missing.
template <class Visit>
void for_units(Host& host, const std::vector<std::int64_t>& units, const Visit& visit) {
  if (units.empty()) return;
  std::size_t found = 0;
  Spi spi;
  Params params;
  params.add(INT8ARRAYOID, int8_array(units));
  spi.query(
      "SELECT unit, members, contents FROM personatwin.published_persona WHERE unit = ANY ($1)",
      params, Spi::ReadOnly::no, [&](const Row& row) {
        host.poll();
        Unit unit{row.int8(0), text_view(row.value(1)), {}, !row.is_null(2)};
        if (unit.with_contents) unit.contents = text_view(row.value(2));
        if (unit.with_contents && unit.contents.size() / kContentBytes != unit.size())
          throw internal_error("published persona " + std::to_string(unit.number) + " is damaged");
        ++found;
        visit(unit);
      });
  if (found != units.size())
    throw internal_error(std::to_string(units.size() - found) +
                         " published personas are missing from the catalog");
}

/// People of the earlier version by their key; each is taken once. Most personas of two versions
/// are the same, so that people are looked up one by one only when a persona was not found as a
/// whole.
class Places {
 public:
  struct Place {
    std::uint32_t persona;
    std::uint64_t content;
  };

  explicit Places(Host& host)
      : keys_(host.memory()),
        contents_(host.memory()),
        personas_(host.memory()),
        slots_(host.memory()) {}

  /// All personas are added before anything is taken.
  void add(const Unit& unit, std::uint32_t persona) {
    if (unit.size() == 0) return;
    starts_.push_back({unit.key(0), keys_.size(), unit.size()});
    for (std::size_t i = 0; i < unit.size(); ++i) {
      keys_.push_back(unit.key(i));
      contents_.push_back(unit.content(i));
      personas_.push_back(persona);
    }
  }
  /// Takes a persona with exactly these members, calling `visit` with the place of each in their
  /// order; false if there is none of which all are left.
  template <class Visit>
  bool take_all(const Unit& unit, const Visit& visit) {
    if (unit.size() == 0) return false;
    sort_starts();
    auto const found =
        std::lower_bound(starts_.begin(), starts_.end(), unit.key(0),
                         [](const Start& start, const Hash128& key) { return start.key < key; });
    if (found == starts_.end() || found->key != unit.key(0) || found->size != unit.size())
      return false;
    for (std::size_t i = 0; i < unit.size(); ++i)
      if (personas_[found->begin + i] == kFree || keys_[found->begin + i] != unit.key(i))
        return false;
    for (std::size_t i = found->begin; i < found->begin + found->size; ++i)
      visit(Place{std::exchange(personas_[i], kFree), contents_[i]});
    return true;
  }
  std::optional<Place> take(const Hash128& key) {
    if (slots_.empty()) index();
    std::uint32_t const i = slots_[slot_of(key)];
    if (i == kFree || personas_[i] == kFree) return std::nullopt;
    return Place{std::exchange(personas_[i], kFree), contents_[i]};
  }
  /// The personas of those not taken.
  template <class Visit>
  void for_left(const Visit& visit) const {
    for (std::uint32_t const persona : personas_)
      if (persona != kFree) visit(persona);
  }

 private:
  /// Where the members of a persona begin, by the key of the first.
  struct Start {
    Hash128 key;
    std::size_t begin, size;
  };

  void sort_starts() {
    if (std::exchange(sorted_, true)) return;
    std::sort(starts_.begin(), starts_.end(),
              [](const Start& a, const Start& b) { return a.key < b.key; });
  }
  std::size_t slot_of(const Hash128& key) const {
    std::size_t const mask = slots_.size() - 1;
    std::size_t i = key.lo & mask;
    while (slots_[i] != kFree && keys_[slots_[i]] != key) i = (i + 1) & mask;
    return i;
  }
  /// Of those who are left; of two with one key the first counts.
  void index() {
    std::size_t size = std::size_t{1} << 10;
    while (keys_.size() * 10 > size * 7) size *= 2;
    slots_.assign(size, kFree);
    for (std::uint32_t i = 0; i < keys_.size(); ++i) {
      if (personas_[i] == kFree) continue;
      std::uint32_t& slot = slots_[slot_of(keys_[i])];
      if (slot == kFree) slot = i;
    }
  }

  std::pmr::vector<Hash128> keys_;
  std::pmr::vector<std::uint64_t> contents_;
  std::pmr::vector<std::uint32_t> personas_;  // kFree: taken
  std::pmr::vector<std::uint32_t> slots_;     // open addressing over keys_; empty: not needed yet
  std::vector<Start> starts_;
  bool sorted_ = false;
};

/// Counts how the personas of a later version fall over the earlier one, persona by persona.
class Counter {
 public:
  Counter(Places& places, std::vector<bool> earlier_contents, bool comparable)
      : places_(places), earlier_contents_(std::move(earlier_contents)), comparable_(comparable) {}

  void member(const Hash128& key, std::uint64_t content, bool with_content) {
    if (auto const was = places_.take(key))
      count(*was, content, with_content);
    else
      cells_.emplace_back(kOutside, false);
  }
  /// All members of a stored persona.
  void members(const Unit& unit) {
    std::size_t i = 0;
    bool const whole = places_.take_all(
        unit, [&](const Places::Place& was) { count(was, unit.content(i++), unit.with_contents); });
    if (whole) return;
    for (; i < unit.size(); ++i) member(unit.key(i), unit.content(i), unit.with_contents);
  }
  /// All members of this persona have been counted.
  void end_persona(std::uint32_t persona) {
    std::sort(cells_.begin(), cells_.end());
    for (std::size_t i = 0; i < cells_.size();) {
      auto const end = std::upper_bound(cells_.begin() + static_cast<std::ptrdiff_t>(i),
                                        cells_.end(), cells_[i]);
      auto const next = static_cast<std::size_t>(end - cells_.begin());
      out_.overlaps.push_back({cells_[i].first, persona, next - i, cells_[i].second});
      i = next;
    }
    cells_.clear();
  }
  Comparison finish() {
    std::vector<std::uint64_t> left(earlier_contents_.size(), 0);
    places_.for_left([&left](std::uint32_t persona) { ++left[persona]; });
    for (std::uint32_t p = 0; p < left.size(); ++p)
      if (left[p] > 0) out_.overlaps.push_back({p, kOutside, left[p], false});
    const auto place = [](const Overlap& o) { return std::tuple(o.earlier, o.later, o.changed); };
    std::sort(out_.overlaps.begin(), out_.overlaps.end(),
              [&place](const Overlap& a, const Overlap& b) { return place(a) < place(b); });
    return std::move(out_);
  }

 private:
  void count(const Places::Place& was, std::uint64_t content, bool with_content) {
    bool const comparable = comparable_ && with_content && earlier_contents_[was.persona];
    bool const changed = comparable && !release::show_the_same(was.content, content);
    cells_.emplace_back(was.persona, changed);
    ++out_.common;
    if ((comparable && !changed) || release::have_the_same_events(was.content, content))
      ++out_.same_content;
  }

  Places& places_;
  std::vector<bool> earlier_contents_;
  bool comparable_;
  std::vector<std::pair<std::uint32_t, bool>> cells_;  // of the members of one persona
  Comparison out_;
};

/// The unit of the persona with this number; 0: not known. They are by number from 1 on.
std::int64_t unit_of(std::span<const std::int64_t> known, std::size_t number) {
  return number > 0 && number <= known.size() ? known[number - 1] : 0;
}

/// Members of a run by persona, each persona's in the order of their keys; those of personas that
/// are stored already are left out.
class MemberRows {
 public:
  explicit MemberRows(Host& host)
      : host_(host), members_(host.memory()), first_(host.memory()), order_(host.memory()) {}

  void read(const std::string& table, bool with_contents, std::span<const std::int64_t> known) {
    std::uint32_t personas = 0;
    std::vector<std::int32_t> fresh;
    for (std::size_t p = 1; p <= known.size(); ++p)
      if (known[p - 1] == 0) fresh.push_back(static_cast<std::int32_t>(p));
    Spi spi;
    spi.query("SELECT persona_no, person_key" + std::string(with_contents ? ", content" : "") +
                  " FROM " + table +
                  " WHERE persona_no < 1 OR persona_no > $2 OR persona_no = ANY ($1)",
              Params{}
                  .add(INT4ARRAYOID, int4_array(std::span<const std::int32_t>(fresh)))
                  .int4(static_cast<std::int32_t>(known.size())),
              Spi::ReadOnly::no, [&](const Row& row) {
                std::string_view const key = text_view(row.value(1));
                if (row.int4(0) < 0 || key.size() != kKeyBytes)
                  throw internal_error("table " + table + " is damaged");
                auto const persona = static_cast<std::uint32_t>(row.int4(0));
                if (unit_of(known, persona) != 0) return;
                personas = std::max(personas, persona + 1);
                members_.push_back({{big_endian(key.data()), big_endian(key.data() + 8)},
                                    with_contents ? static_cast<std::uint64_t>(row.int8(2)) : 0,
                                    persona});
                if ((members_.size() & 0xFF) == 0) host_.poll();
              });
    first_.assign(personas + std::size_t{1}, 0);
    for (const Member& member : members_) ++first_[member.persona + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    order_.resize(members_.size());
    std::pmr::vector<std::uint32_t> next(first_.begin(), first_.end(), first_.get_allocator());
    for (std::uint32_t i = 0; i < order_.size(); ++i) order_[next[members_[i].persona]++] = i;
    for (std::size_t p = 0; p < personas; ++p) sort(p);
  }

  /// Personas are called by their numbers; there may be none of some numbers.
  [[nodiscard]] std::size_t personas() const { return first_.size() - 1; }
  [[nodiscard]] std::size_t people(std::size_t persona) const {
    return first_[persona + 1] - first_[persona];
  }
  [[nodiscard]] std::string keys(std::size_t persona) const {
    std::string bytes;
    bytes.reserve(people(persona) * kKeyBytes);
    for (std::uint32_t i = first_[persona]; i < first_[persona + 1]; ++i) {
      append_big_endian(bytes, members_[order_[i]].key.hi);
      append_big_endian(bytes, members_[order_[i]].key.lo);
    }
    return bytes;
  }
  [[nodiscard]] std::string contents(std::size_t persona) const {
    std::string bytes;
    bytes.reserve(people(persona) * kContentBytes);
    for (std::uint32_t i = first_[persona]; i < first_[persona + 1]; ++i)
      append_big_endian(bytes, members_[order_[i]].content);
    return bytes;
  }

 private:
  struct Member {
    Hash128 key;
    std::uint64_t content;
    std::uint32_t persona;
  };

  /// Runs store their members by key, so there is nearly never anything to do.
  void sort(std::size_t persona) {
    auto const before = [this](std::uint32_t a, std::uint32_t b) {
      return std::tie(members_[a].key, members_[a].content) <
             std::tie(members_[b].key, members_[b].content);
    };
    auto const begin = order_.begin() + first_[persona];
    auto const end = order_.begin() + first_[persona + 1];
    if (!std::is_sorted(begin, end, before)) std::sort(begin, end, before);
  }

  Host& host_;
  std::pmr::deque<Member> members_;        // as they came
  std::pmr::vector<std::uint32_t> first_;  // of each persona, into order_
  std::pmr::vector<std::uint32_t> order_;  // into members_
};

std::vector<std::int64_t> new_units(std::size_t count) {
  std::vector<std::int64_t> units;
  Spi spi;
  spi.query("SELECT nextval('personatwin.published_persona_seq') FROM generate_series(1, $1)",
            Params{}.int8(static_cast<std::int64_t>(count)), Spi::ReadOnly::no,
            [&](const Row& row) { units.push_back(row.int8(0)); });
  return units;
}

std::span<const std::uint8_t> as_bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::vector<std::int64_t> int8_elements(Datum array) {
  std::vector<std::int64_t> out;
  Datum* elements = nullptr;
  int count = 0;
  guarded([array, &elements, &count] {
    deconstruct_array(DatumGetArrayTypeP(array), INT8OID, 8, true, TYPALIGN_DOUBLE, &elements,
                      nullptr, &count);
  });
  for (int i = 0; i < count; ++i) out.push_back(DatumGetInt64(elements[i]));
  return out;
}

Datum int8_array(std::span<const std::int64_t> values) {
  std::vector<Datum> elements;
  for (std::int64_t const value : values) elements.push_back(Int64GetDatum(value));
  return guarded([&elements] {
    return PointerGetDatum(construct_array(elements.data(), static_cast<int>(elements.size()),
                                           INT8OID, 8, true, TYPALIGN_DOUBLE));
  });
}

Comparison lay_over(Host& host, std::span<const std::int64_t> earlier, const LaidOver& later,
                    bool comparable) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> after;  // unit, persona; new ones left out
  std::vector<std::uint32_t> fresh;
  for (std::uint32_t p = 0; p < later.units.size(); ++p) {
    if (later.units[p] == 0)
      fresh.push_back(p);
    else
      after.emplace_back(later.units[p], p);
  }
  std::sort(after.begin(), after.end());
  std::vector<std::int64_t> sorted, before, after_only;
  for (auto const& [unit, persona] : after) sorted.push_back(unit);
  std::set_difference(earlier.begin(), earlier.end(), sorted.begin(), sorted.end(),
                      std::back_inserter(before));
  std::set_difference(sorted.begin(), sorted.end(), earlier.begin(), earlier.end(),
                      std::back_inserter(after_only));

  Places places(host);
  std::vector<bool> with_contents(before.size(), false);
  for_units(host, before, [&](const Unit& unit) {
    auto const persona = static_cast<std::uint32_t>(
        std::lower_bound(before.begin(), before.end(), unit.number) - before.begin());
    with_contents[persona] = unit.with_contents;
    places.add(unit, persona);
  });
  Counter counter(places, std::move(with_contents), comparable);
  for_units(host, after_only, [&](const Unit& unit) {
    counter.members(unit);
    counter.end_persona(
        std::lower_bound(after.begin(), after.end(), std::pair(unit.number, 0U))->second);
  });
  for (std::uint32_t const p : fresh) {
    host.poll();
    for (const FreshPersona::Member& m : later.fresh[p].members)
      counter.member(m.key, m.content, true);
    counter.end_persona(p);
  }
  return counter.finish();
}

std::vector<std::int64_t> keep_members(Host& host, const std::string& table, bool with_contents,
                                       std::span<const std::int64_t> known) {
  MemberRows rows(host);
  rows.read(table, with_contents, known);
  std::size_t fresh = 0;
  for (std::size_t p = 0; p < rows.personas(); ++p) fresh += rows.people(p) > 0 ? 1 : 0;
  std::vector<std::int64_t> const numbers = new_units(fresh);
  std::vector<std::int64_t> units;
  Oid relation = InvalidOid;
  {
    Spi spi;
    spi.query("SELECT 'personatwin.published_persona'::regclass::oid", Params{}, Spi::ReadOnly::no,
              [&](const Row& row) { relation = row.oid(0); });
  }
  TableWriter writer(relation);
  std::size_t next = 0;
  for (std::size_t p = 0; p < std::max(rows.personas(), known.size() + 1); ++p) {
    if (std::int64_t const unit = unit_of(known, p); unit != 0) {
      units.push_back(unit);
      continue;
    }
    if (p >= rows.personas() || rows.people(p) == 0) continue;
    writer.set_int8(0, numbers[next]);
    writer.set_bytea(1, as_bytes(rows.keys(p)));
    if (with_contents) writer.set_bytea(2, as_bytes(rows.contents(p)));
    writer.end_row();
    units.push_back(numbers[next++]);
  }
  writer.finish();
  return units;
}

}  // namespace pt::pg

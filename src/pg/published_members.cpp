#include "pg/published_members.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "core/error.hpp"
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

std::uint64_t big_endian(const char* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
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

/// People of the earlier version by their key; each is taken once.
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
        slots_(std::size_t{1} << 10, kFree, host.memory()) {}

  /// Somebody who is there already stays where he is.
  void add(const Hash128& key, std::uint64_t content, std::uint32_t persona) {
    std::size_t const slot = slot_of(key);
    if (slots_[slot] != kFree) return;
    slots_[slot] = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(key);
    contents_.push_back(content);
    personas_.push_back(persona);
    if (keys_.size() * 10 > slots_.size() * 7) grow();
  }
  std::optional<Place> take(const Hash128& key) {
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
  std::size_t slot_of(const Hash128& key) const {
    std::size_t const mask = slots_.size() - 1;
    std::size_t i = key.lo & mask;
    while (slots_[i] != kFree && keys_[slots_[i]] != key) i = (i + 1) & mask;
    return i;
  }
  void grow() {
    std::size_t const size = slots_.size() * 2;
    slots_.clear();
    slots_.shrink_to_fit();
    slots_.assign(size, kFree);
    for (std::uint32_t i = 0; i < keys_.size(); ++i) slots_[slot_of(keys_[i])] = i;
  }

  std::pmr::vector<Hash128> keys_;
  std::pmr::vector<std::uint64_t> contents_;
  std::pmr::vector<std::uint32_t> personas_;  // kFree: taken
  std::pmr::vector<std::uint32_t> slots_;     // open addressing over keys_
};

/// Counts how the personas of a later version fall over the earlier one, persona by persona.
class Counter {
 public:
  Counter(Places& places, std::vector<bool> earlier_contents, bool comparable)
      : places_(places), earlier_contents_(std::move(earlier_contents)), comparable_(comparable) {}

  void member(const Hash128& key, std::uint64_t content, bool with_content) {
    auto const was = places_.take(key);
    if (!was) {
      cells_.emplace_back(kOutside, false);
      return;
    }
    bool const comparable = comparable_ && with_content && earlier_contents_[was->persona];
    bool const changed = comparable && was->content != content;
    cells_.emplace_back(was->persona, changed);
    ++out_.common;
    if (comparable && !changed) ++out_.same_content;
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

/// Members of a run by persona, each persona's in the order of their keys.
class MemberRows {
 public:
  explicit MemberRows(Host& host) : first_(1, 0), keys_(host.memory()), contents_(host.memory()) {}

  void read(Host& host, const std::string& table, bool with_contents,
            std::span<const std::int64_t> known) {
    Spi spi;
    spi.query("SELECT persona_no, count(*) FROM " + table +
                  " WHERE persona_no IS NOT NULL GROUP BY persona_no ORDER BY persona_no",
              Params{}, Spi::ReadOnly::no, [&](const Row& row) {
                if (row.int4(0) < 0) throw internal_error("table " + table + " is damaged");
                auto const number = static_cast<std::size_t>(row.int4(0));
                first_.resize(number + 2, first_.back());
                if (unit_of(known, number) == 0)
                  first_.back() += static_cast<std::uint64_t>(row.int8(1));
              });
    keys_.resize(first_.back());
    if (with_contents) contents_.resize(first_.back());
    std::vector<std::uint64_t> next(first_.begin(), first_.end() - 1);
    spi.query("SELECT persona_no, person_key" + std::string(with_contents ? ", content" : "") +
                  " FROM " + table + " WHERE persona_no IS NOT NULL",
              Params{}, Spi::ReadOnly::no, [&](const Row& row) {
                auto const p = static_cast<std::size_t>(row.int4(0));
                std::string_view const key = text_view(row.value(1));
                if (unit_of(known, p) != 0) return;  // stored already
                if (p >= personas() || next[p] == first_[p + 1] || key.size() != kKeyBytes)
                  throw internal_error("table " + table + " is damaged");
                keys_[next[p]] = {big_endian(key.data()), big_endian(key.data() + 8)};
                if (with_contents) contents_[next[p]] = static_cast<std::uint64_t>(row.int8(2));
                if ((++next[p] & 0xFF) == 0) host.poll();
              });
    for (std::size_t p = 0; p < personas(); ++p) sort(p);
  }

  /// Personas are called by their numbers; there may be none of some numbers.
  [[nodiscard]] std::size_t personas() const { return first_.size() - 1; }
  [[nodiscard]] std::size_t people(std::size_t persona) const {
    return first_[persona + 1] - first_[persona];
  }
  [[nodiscard]] std::string keys(std::size_t persona) const {
    std::string bytes;
    for (std::uint64_t i = first_[persona]; i < first_[persona + 1]; ++i) {
      append(bytes, keys_[i].hi);
      append(bytes, keys_[i].lo);
    }
    return bytes;
  }
  [[nodiscard]] std::string contents(std::size_t persona) const {
    std::string bytes;
    for (std::uint64_t i = first_[persona]; i < first_[persona + 1]; ++i)
      append(bytes, contents_[i]);
    return bytes;
  }

 private:
  static void append(std::string& bytes, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  }
  /// Runs store their members by key, so there is nearly never anything to do.
  void sort(std::size_t persona) {
    auto const begin = keys_.begin() + static_cast<std::ptrdiff_t>(first_[persona]);
    auto const end = keys_.begin() + static_cast<std::ptrdiff_t>(first_[persona + 1]);
    if (std::is_sorted(begin, end)) return;
    std::vector<std::pair<Hash128, std::uint64_t>> rows;
    for (std::uint64_t i = first_[persona]; i < first_[persona + 1]; ++i)
      rows.emplace_back(keys_[i], contents_.empty() ? 0 : contents_[i]);
    std::sort(rows.begin(), rows.end());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      keys_[first_[persona] + i] = rows[i].first;
      if (!contents_.empty()) contents_[first_[persona] + i] = rows[i].second;
    }
  }

  std::vector<std::uint64_t> first_;  // of each persona; stored ones have no rows
  std::pmr::vector<Hash128> keys_;
  std::pmr::vector<std::uint64_t> contents_;
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
    for (std::size_t i = 0; i < unit.size(); ++i) places.add(unit.key(i), unit.content(i), persona);
  });
  Counter counter(places, std::move(with_contents), comparable);
  for_units(host, after_only, [&](const Unit& unit) {
    for (std::size_t i = 0; i < unit.size(); ++i)
      counter.member(unit.key(i), unit.content(i), unit.with_contents);
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
  rows.read(host, table, with_contents, known);
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

// A published release of personas as an attacker sees it, beside what only the owner knows: who is
// in which persona, and what happened to whom.
#pragma once

#include <cstdint>
#include <limits>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/risk/cover.hpp"

namespace pt::attack {

/// A secret that an attacker may guess: a published column of events. `value[item]` is the code of
/// its value in the item, equal values equal codes, in the order of their texts.
struct Secret {
  std::string column;
  std::vector<std::uint32_t> value;
};

/// An *item* is what is published of an event: its period and the values of the event columns.
/// Items are numbered from 0; numbers that no persona holds are events of the source that the
/// release does not show.
struct Release {
  explicit Release(std::pmr::memory_resource* memory)
      : histories(memory), persona_of(memory), item_first(memory), items(memory) {}

  std::size_t personas() const { return size.size(); }
  std::size_t people() const { return persona_of.size(); }

  // personas, as published
  std::vector<std::uint32_t> size;        ///< people (merged_from)
  std::vector<std::uint32_t> cell;        ///< people with equal published attributes, from 0
  std::size_t width = 0;                  ///< published attributes
  std::vector<std::uint32_t> attributes;  ///< persona x width, codes
  /// Items of a persona with their weights, ordered by code, one element an item.
  std::span<const risk::PersonaEvents> items_of(std::size_t persona) const {
    return {items.data() + item_first[persona], items.data() + item_first[persona + 1]};
  }

  // released people, as the owner knows them
  risk::Histories histories;                   ///< items of each person's events
  std::pmr::vector<std::uint32_t> persona_of;  ///< person -> persona

  // what items say
  std::vector<std::uint32_t> moment;  ///< item -> number of its period and event type
  std::vector<std::uint32_t> type;    ///< item -> number of its event type
  std::vector<Secret> secrets;

  std::pmr::vector<std::size_t> item_first;     ///< personas + 1
  std::pmr::vector<risk::PersonaEvents> items;  ///< ordered by persona, then code

  /// Orders `items`, adds up equal ones and fills item_first.
  void arrange();
};

}  // namespace pt::attack

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/release/refresh.hpp"

namespace pt::release {

/// A persona of the version being made: published as it was (`known`), or with present events.
struct Item {
  model::Hash128 key;
  std::uint32_t class_no = 0;
  const KnownPersona* known = nullptr;
  std::int64_t unit = 0;              ///< 0: new
  std::vector<std::uint32_t> people;  ///< ascending
};

/// What a version being made is measured from.
struct Version {
  const model::Population& population;
  const protect::Options& options;
  const protect::Setting& setting;
  const Known& known;
  std::span<const protect::ClassRow> classes;
  std::span<const Item> items;
  std::span<const std::uint64_t> content;      ///< present, by person
  std::span<const KnownMember* const> member;  ///< published, by person; nullptr: in no persona
};

/// Personas, events and risks of everybody, as protect::Protected has them, with classes in the
/// order of Version::classes (those without people included). Somebody whose published events
/// differ from the present ones is looked for by the events that both have, and has at least the
/// risk of the version before. `mean_risk[c]`: of the people of class c.
protect::Protected assess(Host& host, const Version& version, std::vector<double>& mean_risk,
                          std::vector<std::uint32_t>& item_of_persona);

}  // namespace pt::release

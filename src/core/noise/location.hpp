#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/hierarchy.hpp"

namespace pt::noise {

/// What an address is released as, specific to coarse; each keeps all that is coarser.
enum class AddressLevel : std::uint8_t { address, street, zip, city, county, state, country };

inline constexpr std::array<std::string_view, 7> kAddressLevels{
    "address", "street", "zip", "city", "county", "state", "country"};

/// The inverse of kAddressLevels; nothing for another word.
std::optional<AddressLevel> parse_address_level(std::string_view word);

/// The parts of an address; an empty one is not there.
struct Address {
  std::string number;  ///< house number, unit or box
  std::string street, city, county, state, zip, country;
};

/// Reads 'number street, city[, county], state [zip][, country]' and the same without street; parts
/// are separated by commas. Nothing when a part can't be told what it is: such an address is
/// withheld, for nobody knows which part of it is the most specific one. O(length).
std::optional<Address> parse_address(std::string_view text);

/// The address without everything more specific than `level`; at level `address` the text itself.
/// Nothing when it can't be parsed (at any level), or has nothing as coarse as asked for.
std::optional<std::string> generalize_address(std::string_view text, AddressLevel level);

/// A hierarchy over the values of a column of addresses: without house numbers, without streets,
/// and so on up to the state, those levels that differ from the one before. Values that can't be
/// parsed become "not shown" in all levels. Nothing unless at least half of the values are
/// addresses with a house number. O(length of all values).
std::optional<model::Hierarchy> address_hierarchy(std::span<const std::string> labels);

}  // namespace pt::noise

// What the name of a column suggests. English names of public-sector data, in the usual spellings
// (snake_case, camelCase, with spaces), whole words only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pt::model {

/// What a column seems to be about, judged by its name alone.
enum class Topic : std::uint8_t {
  unknown,
  person,          ///< key of the person (rank: how usual the word is for a person, lower = better)
  identifier,      ///< name, number, contact, ...
  row_key,         ///< ends like a key: order_id, row_no
  related_person,  ///< key of another person
  about_another,   ///< an attribute of another person: victim_age
  gender,          ///< rank: 0 = exact word
  ethnicity,
  age,
  age_band,
  birth_date,
  birth_year,
  geography,    ///< rank: size of the area, see below
  event_place,  ///< place of an event: court_county, facility_city
  socio_economic,
  event_type,
  event_time,
  record_time,  ///< when the row was written: created_at
  outcome,
  weight,
  sensitive,
  prose  ///< notes, comments: free text whatever it holds
};

/// Ranks of geography, from small to large areas.
namespace area {
inline constexpr int kBlock = 10;
inline constexpr int kPostcode = 20;
inline constexpr int kNeighbourhood = 25;
inline constexpr int kCity = 30;
inline constexpr int kCounty = 40;
inline constexpr int kDistrict = 45;
inline constexpr int kUnspecified = 50;
inline constexpr int kState = 60;
inline constexpr int kRegion = 70;
inline constexpr int kCountry = 80;
}  // namespace area

struct NameHint {
  Topic topic = Topic::unknown;
  double strength = 0;  ///< 0..1: 1 means the name can hardly mean anything else
  int rank = 0;         ///< of candidates with the same topic the lowest rank wins (see Topic)
};

/// Words of a name, lower case: "raceEthnicity", "RACE_ETHNICITY" and "race ethnicity" are all
/// {race, ethnicity}; digits are words of their own ("zip3" -> {zip, 3}). Bytes above 127 count as
/// letters.
[[nodiscard]] std::vector<std::string> words_of(std::string_view name);

/// Reads a column name. O(length of the name).
[[nodiscard]] NameHint read_name(std::string_view name);

/// Whether `word` (lower case) is one of the most common given names.
[[nodiscard]] bool is_given_name(std::string_view word);

}  // namespace pt::model

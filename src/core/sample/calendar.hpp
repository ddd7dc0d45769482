// Days as constants: the sample data is planted between fixed dates. A day is a number, days since
// 2000-01-01, which is how PostgreSQL stores a date.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/model/period.hpp"

namespace pt::sample {

using Day = std::int32_t;

/// The day number of a date of the Gregorian calendar, as a constant.
[[nodiscard]] constexpr Day day_of(int year, unsigned month, unsigned day) noexcept {
  const std::chrono::sys_days zero{std::chrono::year{2000} / std::chrono::January / 1};
  const std::chrono::sys_days at{std::chrono::year{year} / std::chrono::month{month} /
                                 std::chrono::day{day}};
  return static_cast<Day>((at - zero).count());
}

/// Month of a day, 0 (January) to 11.
[[nodiscard]] inline std::size_t month_index(Day day) noexcept {
  return static_cast<std::size_t>(model::civil_from_day(day).month - 1);
}

[[nodiscard]] inline int year_of(Day day) noexcept { return model::civil_from_day(day).year; }

/// Birth date of somebody who is `age` whole years old on 1 January of `year`: `days` (0..364) days
/// before the latest date that gives this age.
[[nodiscard]] constexpr Day birth_date(int year, int age, int days) noexcept {
  return day_of(year - age, 1, 1) - days;
}

}  // namespace pt::sample

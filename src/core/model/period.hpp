// Calendar periods that events are published in. Days are counted from 2000-01-01 as in
// PostgreSQL's date; the calendar is the proleptic Gregorian one, years before 1 are written 'BC'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pt::model {

/// Length of a period, fine to coarse; none: times are not released. Every length nests in the next
/// coarser one, except that weeks (ISO 8601, Monday to Sunday) cross months and years.
enum class Period : std::uint8_t { none, day, week, month, quarter, half_year, year };

inline constexpr std::int32_t kDateNegativeInfinity = INT32_MIN;  ///< date '-infinity'
inline constexpr std::int32_t kDateInfinity = INT32_MAX;          ///< date 'infinity'
inline constexpr std::int32_t kFirstDate = -2451545;   ///< 4714-11-24 BC, first date of PostgreSQL
inline constexpr std::int32_t kLastDate = 2145031948;  ///< 5874897-12-31, its last date

/// A day of the calendar. Year 0 is 1 BC, -1 is 2 BC and so on; month 1..12; day 1..31.
struct Civil {
  std::int32_t year;
  std::int32_t month;
  std::int32_t day;
};

/// `day` (finite) in the calendar. O(1). Formula: H. Hinnant, "chrono-compatible low-level date
/// algorithms" (days_from_civil and civil_from_days), with the epoch moved to 2000-01-01.
[[nodiscard]] Civil civil_from_day(std::int32_t day) noexcept;

/// The inverse of civil_from_day; exact for every int32 year. O(1).
[[nodiscard]] std::int64_t day_from_civil(const Civil& date) noexcept;

/// First day of the period that holds `day`; kFirstDate when the period begins before it. The
/// infinities are periods of their own. With Period::none the day itself.
[[nodiscard]] std::int32_t period_start(std::int32_t day, Period level) noexcept;

/// First day after the period that holds `day`; kDateInfinity when that is past kLastDate. The
/// infinities are answered with themselves.
[[nodiscard]] std::int32_t period_end(std::int32_t day, Period level) noexcept;

/// What readers see: '2014-03-05', 'W07 2014', '2014-03', 'Q2 2023', 'H1 2014', '2015'. Years have
/// at least four digits ('0044 BC', 'Q1 0044 BC'); 'infinity' and '-infinity' are themselves. `day`
/// is any day of the period.
[[nodiscard]] std::string period_label(std::int32_t day, Period level);

/// 'day', 'week', 'month', 'quarter', 'half-year', 'year' or 'none'.
[[nodiscard]] std::string_view period_name(Period level) noexcept;

/// The inverse of period_name, whatever the case of ASCII letters; 'half_year' and 'half year' are
/// understood too. Nothing for any other word.
[[nodiscard]] std::optional<Period> parse_period(std::string_view word);

}  // namespace pt::model

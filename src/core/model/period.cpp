#include "core/model/period.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pt::model {
namespace {

constexpr std::int64_t kEpoch = 10957;  // 2000-01-01 counted from 1970-01-01
constexpr std::int32_t kDaysPerWeek = 7;
constexpr std::int32_t kMonthsPerYear = 12;
constexpr std::int32_t kSaturday = 5;  // weekday of 2000-01-01, Monday = 0

constexpr std::array<std::pair<std::string_view, Period>, 7> kNames{
    {{"none", Period::none},
     {"day", Period::day},
     {"week", Period::week},
     {"month", Period::month},
     {"quarter", Period::quarter},
     {"half-year", Period::half_year},
     {"year", Period::year}}};

bool is_finite(std::int32_t day) { return day != kDateInfinity && day != kDateNegativeInfinity; }

/// Monday = 0.
std::int32_t weekday(std::int64_t day) {
  const std::int64_t shifted = (day + kSaturday) % kDaysPerWeek;
  return static_cast<std::int32_t>(shifted < 0 ? shifted + kDaysPerWeek : shifted);
}

/// Months in a period of whole months, 0 for day and week.
std::int32_t months_of(Period level) {
  switch (level) {
    case Period::month:
      return 1;
    case Period::quarter:
      return 3;
    case Period::half_year:
      return 6;
    case Period::year:
      return kMonthsPerYear;
    case Period::none:
    case Period::day:
    case Period::week:
      break;
  }
  return 0;
}

std::int64_t unclamped_start(std::int32_t day, Period level) {
  if (const std::int32_t months = months_of(level); months > 0) {
    const Civil date = civil_from_day(day);
    return day_from_civil({date.year, (date.month - 1) / months * months + 1, 1});
  }
  return level == Period::week ? std::int64_t{day} - weekday(day) : std::int64_t{day};
}

std::string year_text(std::int32_t year) {
  std::string digits = std::to_string(year > 0 ? year : 1 - std::int64_t{year});
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return digits;
}

std::string two_digits(std::int32_t number) {
  const std::string digits = std::to_string(number);
  return digits.size() < 2 ? '0' + digits : digits;
}

std::string era(std::int32_t year) { return year > 0 ? "" : " BC"; }

/// ISO 8601: week 1 holds the first Thursday of its year.
std::string week_label(std::int32_t day) {
  const std::int64_t thursday = std::int64_t{day} - weekday(day) + 3;
  const auto nearest = static_cast<std::int32_t>(std::min<std::int64_t>(thursday, kLastDate));
  const std::int32_t year = civil_from_day(nearest).year;
  const std::int64_t week = (thursday - day_from_civil({year, 1, 1})) / kDaysPerWeek + 1;
  return "W" + two_digits(static_cast<std::int32_t>(week)) + " " + year_text(year) + era(year);
}

}  // namespace

Civil civil_from_day(std::int32_t day) noexcept {
  const std::int64_t z = std::int64_t{day} + kEpoch + 719468;
  const std::int64_t cycle = (z >= 0 ? z : z - 146096) / 146097;  // of 400 years
  const std::int64_t day_of_cycle = z - cycle * 146097;
  const std::int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);  // from March
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const std::int64_t day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
  const std::int64_t civil_month = month < 10 ? month + 3 : month - 9;
  return {static_cast<std::int32_t>(year_of_cycle + cycle * 400 + (civil_month <= 2 ? 1 : 0)),
          static_cast<std::int32_t>(civil_month), static_cast<std::int32_t>(day_of_month)};
}

std::int64_t day_from_civil(const Civil& date) noexcept {
  const std::int64_t year = std::int64_t{date.year} - (date.month <= 2 ? 1 : 0);
  const std::int64_t cycle = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_cycle = year - cycle * 400;
  const std::int64_t day_of_year =
      (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  const std::int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * 146097 + day_of_cycle - 719468 - kEpoch;
}

std::int32_t period_start(std::int32_t day, Period level) noexcept {
  if (!is_finite(day)) return day;
  return static_cast<std::int32_t>(std::max<std::int64_t>(unclamped_start(day, level), kFirstDate));
}

std::int32_t period_end(std::int32_t day, Period level) noexcept {
  if (!is_finite(day)) return day;
  std::int64_t end = std::int64_t{day} + 1;
  if (const std::int32_t months = months_of(level); months > 0) {
    const Civil date = civil_from_day(day);
    const std::int32_t next = (date.month - 1) / months * months + 1 + months;
    end = next > kMonthsPerYear ? day_from_civil({date.year + 1, 1, 1})
                                : day_from_civil({date.year, next, 1});
  } else if (level == Period::week) {
    end = unclamped_start(day, level) + kDaysPerWeek;
  }
  return end > kLastDate ? kDateInfinity : static_cast<std::int32_t>(end);
}

std::string period_label(std::int32_t day, Period level) {
  if (day == kDateInfinity) return "infinity";
  if (day == kDateNegativeInfinity) return "-infinity";
  const Civil date = civil_from_day(day);
  const std::string year = year_text(date.year);
  switch (level) {
    case Period::week:
      return week_label(day);
    case Period::month:
      return year + "-" + two_digits(date.month) + era(date.year);
    case Period::quarter:
      return "Q" + std::to_string((date.month + 2) / 3) + " " + year + era(date.year);
    case Period::half_year:
      return (date.month <= 6 ? "H1 " : "H2 ") + year + era(date.year);
    case Period::year:
      return year + era(date.year);
    case Period::none:
    case Period::day:
      break;
  }
  return year + "-" + two_digits(date.month) + "-" + two_digits(date.day) + era(date.year);
}

std::string_view period_name(Period level) noexcept {
  return kNames[static_cast<std::size_t>(level)].first;
}

std::optional<Period> parse_period(std::string_view word) {
  std::string plain(word);
  for (char& c : plain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_' || c == ' ') c = '-';
  }
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const auto& entry) { return entry.first == plain; });
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

}  // namespace pt::model

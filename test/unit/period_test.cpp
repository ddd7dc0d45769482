#include "core/model/period.hpp"

#include <gtest/gtest.h>

namespace {

using pt::model::Civil;
using pt::model::civil_from_day;
using pt::model::day_from_civil;
using pt::model::kDateInfinity;
using pt::model::kDateNegativeInfinity;
using pt::model::kFirstDate;
using pt::model::kLastDate;
using pt::model::parse_period;
using pt::model::Period;
using pt::model::period_end;
using pt::model::period_label;
using pt::model::period_name;
using pt::model::period_start;

constexpr Period kAll[] = {Period::day,     Period::week,      Period::month,
                           Period::quarter, Period::half_year, Period::year};

std::int32_t day(std::int32_t year, std::int32_t month, std::int32_t day_of_month) {
  return static_cast<std::int32_t>(day_from_civil({year, month, day_of_month}));
}

TEST(Period, DaysAreCountedFromTheYear2000) {
  EXPECT_EQ(day(2000, 1, 1), 0);
  EXPECT_EQ(day(1970, 1, 1), -10957);
  EXPECT_EQ(day(-4713, 11, 24), kFirstDate);  // 4714 BC
  EXPECT_EQ(day(5874897, 12, 31), kLastDate);
}

TEST(Period, CalendarAndDayCountAreInverse) {
  const auto check = [](std::int64_t number) {
    const Civil date = civil_from_day(static_cast<std::int32_t>(number));
    ASSERT_EQ(day_from_civil(date), number);
    ASSERT_TRUE(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31);
  };
  for (std::int64_t number = -800000; number < 800000; ++number) check(number);
  for (std::int64_t number = kFirstDate; number <= kLastDate; number += 99991) check(number);
  check(kFirstDate);
  check(kLastDate);
}

TEST(Period, StartEndAndLabel) {
  const std::int32_t date = day(2014, 5, 17);  // a Saturday
  struct Case {
    Period level;
    std::int32_t start, end;
    const char* label;
  };
  const Case cases[] = {
      {Period::none, date, date + 1, "2014-05-17"},
      {Period::day, date, date + 1, "2014-05-17"},
      {Period::week, day(2014, 5, 12), day(2014, 5, 19), "W20 2014"},
      {Period::month, day(2014, 5, 1), day(2014, 6, 1), "2014-05"},
      {Period::quarter, day(2014, 4, 1), day(2014, 7, 1), "Q2 2014"},
      {Period::half_year, day(2014, 1, 1), day(2014, 7, 1), "H1 2014"},
      {Period::year, day(2014, 1, 1), day(2015, 1, 1), "2014"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(period_start(date, c.level), c.start) << c.label;
    EXPECT_EQ(period_end(date, c.level), c.end) << c.label;
    EXPECT_EQ(period_label(date, c.level), c.label);
  }
  EXPECT_EQ(period_end(day(2014, 12, 31), Period::half_year), day(2015, 1, 1));
  EXPECT_EQ(period_label(day(2014, 12, 31), Period::quarter), "Q4 2014");
}

TEST(Period, WeeksFollowIso8601) {
  EXPECT_EQ(period_label(day(2014, 12, 29), Period::week), "W01 2015");
  EXPECT_EQ(period_label(day(2016, 1, 3), Period::week), "W53 2015");
  EXPECT_EQ(period_label(day(2014, 2, 12), Period::week), "W07 2014");
  EXPECT_EQ(period_label(day(2000, 1, 1), Period::week), "W52 1999");
}

TEST(Period, EveryDayIsInsideItsPeriodAndPeriodsTouch) {
  for (const Period level : kAll) {
    for (std::int32_t date = -400000; date < 40000; date += 13) {
      const std::int32_t start = period_start(date, level);
      const std::int32_t end = period_end(date, level);
      ASSERT_LE(start, date);
      ASSERT_GT(end, date);
      ASSERT_EQ(period_start(start, level), start);
      ASSERT_EQ(period_end(start, level), end);
      ASSERT_EQ(period_start(end, level), end);
      ASSERT_EQ(period_start(end - 1, level), start);
      ASSERT_EQ(period_label(start, level), period_label(date, level));
      ASSERT_NE(period_label(end, level), period_label(date, level));
    }
  }
}

TEST(Period, YearsBeforeChristAreLabelled) {
  const std::int32_t ides = day(-43, 3, 15);  // 44 BC
  EXPECT_EQ(period_label(ides, Period::day), "0044-03-15 BC");
  EXPECT_EQ(period_label(ides, Period::month), "0044-03 BC");
  EXPECT_EQ(period_label(ides, Period::quarter), "Q1 0044 BC");
  EXPECT_EQ(period_label(ides, Period::year), "0044 BC");
  EXPECT_EQ(period_end(ides, Period::year), day(-42, 1, 1));
  EXPECT_EQ(period_label(day(0, 6, 1), Period::half_year), "H1 0001 BC");
  EXPECT_EQ(period_label(day(1, 6, 1), Period::half_year), "H1 0001");
}

TEST(Period, EndsOfTheCalendarAreHeld) {
  for (const Period level : kAll) {
    EXPECT_GE(period_start(kFirstDate, level), kFirstDate);
    EXPECT_EQ(period_start(kDateInfinity, level), kDateInfinity);
    EXPECT_EQ(period_end(kDateInfinity, level), kDateInfinity);
    EXPECT_EQ(period_start(kDateNegativeInfinity, level), kDateNegativeInfinity);
    EXPECT_EQ(period_end(kDateNegativeInfinity, level), kDateNegativeInfinity);
    EXPECT_EQ(period_label(kDateInfinity, level), "infinity");
    EXPECT_EQ(period_label(kDateNegativeInfinity, level), "-infinity");
    EXPECT_FALSE(period_label(kLastDate, level).empty());
  }
  EXPECT_EQ(period_start(kFirstDate, Period::year), kFirstDate);
  EXPECT_EQ(period_end(kLastDate, Period::year), kDateInfinity);
  EXPECT_EQ(period_end(kLastDate, Period::week), kDateInfinity);
  EXPECT_EQ(period_label(kLastDate, Period::year), "5874897");
}

TEST(Period, NamesAreRead) {
  for (const Period level : kAll) EXPECT_EQ(parse_period(period_name(level)), level);
  EXPECT_EQ(parse_period("none"), Period::none);
  EXPECT_EQ(parse_period("Half_Year"), Period::half_year);
  EXPECT_EQ(parse_period("half year"), Period::half_year);
  EXPECT_EQ(parse_period("decade"), std::nullopt);
  EXPECT_EQ(parse_period(""), std::nullopt);
}

}  // namespace

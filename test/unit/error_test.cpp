#include "core/error.hpp"

#include <gtest/gtest.h>

#include "core/host.hpp"

TEST(Error, CarriesItsParts) {
  const pt::Error e = pt::invalid_parameter("bad k", "k is 0", "use k >= 2");
  EXPECT_EQ(e.sqlstate(), "22023");
  EXPECT_STREQ(e.what(), "bad k");
  EXPECT_EQ(e.detail(), "k is 0");
  EXPECT_EQ(e.hint(), "use k >= 2");
}

TEST(Error, IsAStdException) {
  try {
    throw pt::program_limit("too many columns");
  } catch (const std::exception& e) {
    EXPECT_STREQ(e.what(), "too many columns");
  }
}

TEST(Host, DefaultNeverCancelsAndAllocates) {
  pt::Host host;
  host.poll();
  host.progress("grouping", 1, 2);
  std::pmr::vector<int> v(1000, 7, host.memory());
  EXPECT_EQ(v.back(), 7);
}

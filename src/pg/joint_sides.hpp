// The columns that source and release both have, read into one joint table.
#pragma once

#include <string>
#include <vector>

#include "core/utility/joint.hpp"
#include "pg/host.hpp"
#include "pg/two_sides.hpp"

namespace pt::pg {

/// People (weighted by merged_from) or events (weighted by weight, with the attributes of their
/// people), source and release. Columns of people come first.
struct JointSides {
  JointSides(Host& host, bool of_events) : table(host), events(of_events) {}
  utility::JointTable table;
  bool events;
  std::size_t people_columns = 0;    ///< so many of the columns are of people
  std::vector<SideColumn> withheld;  ///< columns of the source that the release has not
};

/// Reads both; inside a ReadScope. Costs a grouped scan of each. 54000 when there are more than
/// 5,000,000 combinations of values.
void read_people(const TwoSides& sides, JointSides& joint, PgHost& host);
void read_events(const TwoSides& sides, JointSides& joint, PgHost& host);

}  // namespace pt::pg

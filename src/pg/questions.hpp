// Research questions asked of a source and of its release, for their function and for the verdict.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg/disparities.hpp"
#include "pg/host.hpp"
#include "pg/opened_release.hpp"
#include "pg/two_sides.hpp"

namespace pt::pg {

/// An estimate with its interval; NaN where it does not exist.
struct Answer {
  double estimate, low, high, p_value;
};

/// A question with what source and release say.
struct AskedQuestion {
  std::string origin, name, question;
  bool in_source = false, answerable = false;
  std::string why;
  double power;
  std::string scale, compared, reference;
  Answer source, release;
  std::optional<bool> preserved;
};

/// Named, own and those made from the roles; `disparities` are those of the same two. Inside a
/// ReadScope, as the owner of the source.
[[nodiscard]] std::vector<AskedQuestion> ask_questions(const OpenedRelease& opened,
                                                       const TwoSides& sides,
                                                       const MeasuredDisparities& disparities,
                                                       double significance, PgHost& host);

}  // namespace pt::pg

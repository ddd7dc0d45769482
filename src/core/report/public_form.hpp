// The public form of a report: what may stand beside the release.
#pragma once

#include "core/report/model.hpp"

namespace pt::report {

/// A new report that takes from `report` only what readers of the release can know or compute: what
/// its view _about says, what follows from its views, and verdicts. Left behind: the name of the
/// source and its columns, the run and its calls (the seed is in them), people of the source that
/// are not released, steps of the ladder, risks of single personas, and messages that quote counts.
///
/// A comparison stays only when the release shows it and none of its counts is below the minimum
/// size: of shares, those who have the outcome and those who don't, in both groups; of means and
/// rates, both groups. Its source figures stay only where they are equal to those of the release;
/// of the others the verdict is all that is told. 55000 when there is no release.
[[nodiscard]] Report public_form(const Report& report);

/// Whether every count behind one side of a comparison is at least `minimum`.
[[nodiscard]] bool is_cell_safe(const Comparison& comparison, const Side& side, double minimum);

}  // namespace pt::report

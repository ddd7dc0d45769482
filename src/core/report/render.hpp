// The report as one HTML page.
#pragma once

#include <string>

#include "core/host.hpp"
#include "core/report/model.hpp"

namespace pt::report {

/// How good the news is: `reservations` when the risk holds but something else needs a look.
enum class Verdict { holds, reservations, fails };

/// `fails`: target missed, a rule failed, or an attack that names people did better than was
/// claimed. `reservations`: nothing is published, it is not is_useful(), guessing an attribute
/// gained more than the claimed risk (the claim is about naming), something could not be measured.
/// Nothing but the figures of the report decides.
[[nodiscard]] Verdict verdict(const Report& report);

/// Whether the verdict on utility that is stored with the release passed; where none is stored,
/// whether at least nine in ten of the judged disparities are kept.
[[nodiscard]] bool is_useful(const Report& report);

/// One self-contained page, in ASCII: no script, no link to anything outside, styles inside. A
/// function of the report alone, so equal reports give equal bytes. The form follows
/// report.audience; the public one is made with public_form() first. O(size of the report).
[[nodiscard]] std::string render(const Report& report, Host& host);

}  // namespace pt::report

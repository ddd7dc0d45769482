#include "core/utility/model_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/stats/preservation.hpp"

namespace pt::utility {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Whether an estimate with its error exists. A standard error of 0 is that of a perfect fit.
bool exists(const ModelTerm& t) { return std::isfinite(t.estimate) && std::isfinite(t.se); }

void judge(ComparedTerm& c, const ModelComparisonOptions& options) {
  const ModelTerm &s = *c.source, &r = *c.release;
  c.interval_overlap = stats::interval_overlap({s.low, s.high}, {r.low, r.high});
  if (s.se > 0) c.standardized_bias = std::abs(r.estimate - s.estimate) / s.se;
  c.effect_preservation = stats::effect_preservation(s.estimate, s.se, r.estimate);
  bool const in_source = s.p_value < options.significance;
  bool const in_release = r.p_value < options.significance;
  c.significance_preserved = in_source == in_release;
  c.sign_preserved = (s.estimate > 0) == (r.estimate > 0) || (!in_source && !in_release);
  bool const overlap = c.interval_overlap >= options.required_overlap - 1e-12;
  c.preserved = *c.significance_preserved && *c.sign_preserved && overlap;
  if (*c.preserved) return;
  c.why = !*c.significance_preserved
              ? (in_source ? "significant in the source only" : "significant in the release only")
          : !*c.sign_preserved ? "the sign differs"
                               : "the intervals overlap too little";
}

}  // namespace

std::vector<ComparedTerm> compare_models(std::span<const ModelTerm> source,
                                         std::span<const ModelTerm> release,
                                         const ModelComparisonOptions& options) {
  std::vector<ComparedTerm> result;
  auto const same = [](const std::string& term) {
    return [&term](const ModelTerm& t) { return t.term == term; };
  };
  for (const ModelTerm& s : source) {
    ComparedTerm c{s.term, s.reference, s, {}, kNaN, kNaN, kNaN, {}, {}, {}, {}};
    auto const found = std::find_if(release.begin(), release.end(), same(s.term));
    if (found != release.end()) c.release = *found;
    if (!exists(s)) {
      c.why = "the source has no estimate" + (s.note.empty() ? "" : ": " + s.note);
    } else if (!c.release) {
      c.preserved = false;
      c.why = "the release does not have this term";
    } else if (!exists(*c.release)) {
      c.preserved = false;
      c.why =
          "the release has no estimate" + (c.release->note.empty() ? "" : ": " + c.release->note);
    } else {
      judge(c, options);
    }
    result.push_back(std::move(c));
  }
  for (const ModelTerm& r : release) {
    if (std::any_of(source.begin(), source.end(), same(r.term))) continue;
    result.push_back({r.term,
                      r.reference,
                      {},
                      r,
                      kNaN,
                      kNaN,
                      kNaN,
                      {},
                      {},
                      {},
                      "the source does not have this term"});
  }
  return result;
}

}  // namespace pt::utility

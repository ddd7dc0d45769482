// pt_validate_release: sql/88-validate.sql.
#include "pg/validate.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text/json.hpp"
#include "pg/composite.hpp"
#include "pg/correlations.hpp"
#include "pg/datum.hpp"
#include "pg/disparities.hpp"
#include "pg/encode.hpp"
#include "pg/json.hpp"
#include "pg/owner.hpp"
#include "pg/questions.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDisparities = .9, kCorrelations = .85, kQuestions = .8, kDistributions = .85;
constexpr double kTolerance = .05, kComplement = .85;
constexpr std::size_t kAboutPart = 2;

UtilityPart part_of(const char* name, double required) {
  UtilityPart p;
  p.part = name;
  p.required = required;
  return p;
}

void count(UtilityPart& part, const std::optional<bool>& preserved) {
  if (!preserved) {
    ++part.left_out;
    return;
  }
  ++part.judged;
  if (*preserved) ++part.preserved;
}

void finish(UtilityPart& part, double found) {
  part.found = part.judged > 0 ? found : kNaN;
  if (part.judged > 0)
    part.passed = part.found >= part.required - 1e-12;
  else
    part.why = "there is nothing to judge";
}

void finish(UtilityPart& part) {
  finish(part, static_cast<double>(part.preserved) / static_cast<double>(part.judged));
}

/// A group of fewer people than 1 / target can't be shown by itself at that average risk.
UtilityPart judge_disparities(const MeasuredDisparities& measured, double target_risk) {
  UtilityPart part = part_of("disparities", kDisparities);
  double const least = target_risk > 0 ? 1 / target_risk : 1;
  std::int64_t small = 0, small_preserved = 0;
  for (const utility::Disparity& d : measured.rows) {
    double people = 0;
    for (const utility::PeopleCount& p : measured.source.people)
      if (p.labels[static_cast<std::size_t>(d.attribute)] == d.compared) people += p.people;
    if (d.preserved && !d.compared.empty() && people < least - 1e-9) {
      ++small;
      small_preserved += *d.preserved ? 1 : 0;
      ++part.left_out;
      continue;
    }
    count(part, d.preserved);
  }
  finish(part);
  if (small > 0)
    part.why = std::to_string(small) + " comparisons with groups of fewer than " +
               std::to_string(static_cast<std::int64_t>(std::ceil(least - 1e-9))) +
               " people are left out; " + std::to_string(small_preserved) +
               " of them are preserved";
  return part;
}

void judge_joint(const JointSides& joint, PgHost& host, UtilityPart& pairs, UtilityPart& columns,
                 double& complements) {
  for (const ShownCorrelation& c : correlations(joint, kTolerance, host))
    count(pairs, c.correlation.preserved);
  for (const ShownDistribution& d : distributions(joint, kComplement)) {
    count(columns, d.preserved);
    if (d.preserved) complements += d.nearness.complement;
  }
}

UtilityPart judge_questions(const std::vector<AskedQuestion>& questions) {
  UtilityPart part = part_of("questions", kQuestions);
  std::int64_t unanswered = 0;
  for (const AskedQuestion& q : questions) {
    count(part, q.in_source ? q.preserved : std::nullopt);
    if (q.in_source && !q.answerable) ++unanswered;
  }
  finish(part);
  if (unanswered > 0)
    part.why = std::to_string(unanswered) + " questions that the source answers are not answerable";
  return part;
}

UtilityPart judge_release(const std::vector<UtilityPart>& parts) {
  UtilityPart all = part_of("release", 1);
  all.found = 1;
  bool passed = true;
  for (const UtilityPart& p : parts) {
    if (!p.passed) {
      ++all.left_out;
      continue;
    }
    ++all.judged;
    all.preserved += *p.passed ? 1 : 0;
    all.found = std::min(all.found, p.found / p.required);
    if (*p.passed) continue;
    passed = false;
    all.why += (all.why.empty() ? "too low: " : ", ") + p.part;
  }
  if (!parts.front().passed) {
    all.found = kNaN;
    all.why = "no disparity can be judged";
  } else {
    all.passed = passed;
  }
  return all;
}

std::string to_json(const std::vector<UtilityPart>& parts) {
  std::string json = "[";
  auto const number = [](double x) {
    return std::isfinite(x) ? text::json_number(std::round(x * 1e6) / 1e6) : std::string("null");
  };
  for (const UtilityPart& p : parts) {
    if (json.size() > 1) json += ", ";
    json += JsonObject()
                .add("part", p.part)
                .raw("required", number(p.required))
                .raw("found", number(p.found))
                .raw("judged", std::to_string(p.judged))
                .raw("preserved", std::to_string(p.preserved))
                .raw("left_out", std::to_string(p.left_out))
                .raw("passed", p.passed ? (*p.passed ? "true" : "false") : "null")
                .add("why", p.why)
                .text();
  }
  return json + "]";
}

}  // namespace

std::vector<UtilityPart> validate_release(const OpenedRelease& opened, PgHost& host) {
  TwoSides const sides(opened.run, opened.found.name);
  ReadScope const scope(opened.run.allow_row_security);
  sides.require_readable();
  std::vector<UtilityPart> parts;
  MeasuredDisparities const measured = measure_disparities(sides, {}, host);
  parts.push_back(judge_disparities(measured, opened.run.target_risk));
  UtilityPart pairs = part_of("correlations", kCorrelations),
              columns = part_of("distributions", kDistributions);
  double complements = 0;
  for (bool const events : {false, true}) {
    if (events && !sides.has_events()) break;
    JointSides joint(host, events);
    if (events) {
      read_events(sides, joint, host);
    } else {
      read_people(sides, joint, host);
    }
    judge_joint(joint, host, pairs, columns, complements);
  }
  finish(pairs);
  finish(columns, complements / static_cast<double>(columns.judged));
  parts.push_back(pairs);
  parts.push_back(judge_questions(
      ask_questions(opened, sides, measured, utility::DisparityOptions().significance, host)));
  parts.push_back(columns);
  parts.push_back(judge_release(parts));
  if (opened.changed)
    for (UtilityPart& p : parts) {
      p.passed.reset();
      p.why = kSourceChanged;
    }
  return parts;
}

void store_validation(const OpenedRelease& opened, const std::vector<UtilityPart>& parts) {
  if (opened.changed) return;
  const UtilityPart& all = parts.back();
  std::string const user = current_user_name(), json = to_json(parts);
  run_as_extension_owner([&] {
    Params params;
    params.int8(opened.found.release_id).int4(opened.found.version).text(user);
    std::isnan(all.found) ? params.null(FLOAT8OID) : params.float8(all.found);
    all.passed ? params.boolean(*all.passed) : params.null(BOOLOID);
    params.text(json);
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.validation (release_id, version, validated_at, validated_by, "
        "utility, passed, parts) VALUES ($1, $2, now(), $3::name, $4, $5, $6::jsonb) "
        "ON CONFLICT (release_id, version) DO UPDATE SET validated_at = excluded.validated_at, "
        "validated_by = excluded.validated_by, utility = excluded.utility, passed = "
        "excluded.passed, parts = excluded.parts",
        params);
    // Versions that 1.0 has published have no such column.
    std::string const about =
        version_table(opened.found.release_id, opened.found.tables, kAboutPart);
    if (spi.value("SELECT true FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = "
                  "'utility' AND NOT attisdropped",
                  Params{}.text(about), Spi::ReadOnly::no))
      spi.execute("UPDATE " + about + " SET utility = $1::jsonb", Params{}.text(json));
  });
}

void require_utility(const std::vector<UtilityPart>& parts, double min_utility) {
  const UtilityPart& all = parts.back();
  if (all.passed && all.found >= min_utility - 1e-12) return;
  std::string detail;
  for (const UtilityPart& p : parts) {
    if (&p == &all) break;
    detail += (detail.empty() ? "" : "\n") + p.part + ": required " +
              text::json_number(p.required) + ", found " +
              (std::isnan(p.found) ? "nothing to judge"
                                   : text::json_number(std::round(p.found * 1e4) / 1e4)) +
              (p.why.empty() ? "" : " (" + p.why + ")");
  }
  throw wrong_state(
      "the release is less useful than min_utility " + text::json_number(min_utility) +
          " asks for: it reaches " +
          (std::isnan(all.found) ? std::string("no verdict")
                                 : text::json_number(std::round(all.found * 1e4) / 1e4)),
      detail,
      "Nothing was published. Raise target_risk, name the columns to keep in preserve, "
      "or publish without min_utility.");
}

}  // namespace pt::pg

PT_FUNCTION(pt_validate_release) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  refuse_read_only("pt_validate_release()");
  ResultSet out(fcinfo);
  PgHost host("pt_validate_release");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(1), args.optional_text(2)});
  std::vector<UtilityPart> const parts = validate_release(opened, host);
  store_validation(opened, parts);
  using Cell = ResultSet::Cell;
  for (const UtilityPart& p : parts)
    out.row({p.part, p.required, number_cell(p.found), p.judged, p.preserved, p.left_out, p.passed,
             p.why.empty() ? Cell() : Cell(p.why)});
  return out.done();
}

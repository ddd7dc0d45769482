// pt_research_questions: sql/87-questions.sql.
#include "pg/questions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/error.hpp"
#include "core/stats/distributions.hpp"
#include "core/stats/power.hpp"
#include "pg/composite.hpp"
#include "pg/datum.hpp"
#include "pg/domains.hpp"
#include "pg/encode.hpp"
#include "pg/fit_both.hpp"
#include "pg/question_catalog.hpp"
#include "pg/spi.hpp"

namespace pt::pg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Answer kNoAnswer{kNaN, kNaN, kNaN, kNaN};

std::string joined(const std::vector<std::string>& words, const char* separator = ", ") {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : separator) + w;
  return text;
}

/// Power of a test that rests on an estimate with this standard error.
double wald_power(double effect, double se, double significance) {
  if (!(se > 0) || std::isnan(effect)) return kNaN;
  return stats::normal_cdf(std::abs(effect) / se - stats::two_sided_z(1 - significance));
}

// ---- models

/// Asks a stored question as a regression.
class ModelQuestion {
 public:
  ModelQuestion(const OpenedRelease& opened, const TwoSides& sides, const StoredQuestion& stored,
                const std::vector<std::string>& columns, double significance, PgHost& host)
      : opened_(opened),
        sides_(sides),
        stored_(stored),
        columns_(columns),
        significance_(significance),
        host_(host) {}

  AskedQuestion ask() {
    AskedQuestion q{stored_.origin,
                    stored_.name,
                    stored_.question,
                    false,
                    false,
                    {},
                    kNaN,
                    {},
                    {},
                    {},
                    kNoAnswer,
                    kNoAnswer,
                    {}};
    try {
      answer(q);
    } catch (const Error& e) {
      // What the data lack makes a question unanswerable; anything else is an error.
      if (e.sqlstate() != sqlstate::kDataException && e.sqlstate() != sqlstate::kUndefinedColumn &&
          e.sqlstate() != sqlstate::kInvalidParameterValue &&
          e.sqlstate() != sqlstate::kDatatypeMismatch &&
          e.sqlstate() != sqlstate::kObjectNotInPrerequisiteState &&
          e.sqlstate() != sqlstate::kProgramLimitExceeded)
        throw;
      q.why = "the source can't answer: " + e.message();
    }
    return q;
  }

 private:
  /// The first of some spellings that the source has; empty: none.
  [[nodiscard]] std::string first_of(const std::vector<std::string>& spellings) const {
    for (const std::string& s : spellings)
      if (std::find(columns_.begin(), columns_.end(), s) != columns_.end()) return s;
    return {};
  }

  /// The column, or false with the reason.
  bool column(AskedQuestion& q, const char* what, const std::vector<std::string>& spellings,
              std::string& found) const {
    found = first_of(spellings);
    if (!found.empty()) return true;
    q.why =
        std::string("the source has no ") + what + " (column " + joined(spellings, " or ") + ")";
    return false;
  }

  static std::vector<std::string> spellings(const std::string& list) {
    std::vector<std::string> result(1);
    for (char const c : list) {
      if (c == '|')
        result.emplace_back();
      else
        result.back() += c;
    }
    return result;
  }

  /// Values of the source that mean one of the wanted words.
  [[nodiscard]] std::vector<std::string> matching(
      const std::string& sql, const std::vector<std::string>& wanted,
      const std::function<std::string(const std::string&)>& meaning) const {
    std::set<std::string> words;
    for (const std::string& w : wanted) words.insert(model::normal_term(w));
    std::vector<std::string> result;
    Spi spi;
    spi.query("SELECT DISTINCT " + sql + " FROM " + sides_.joined_source(), [&](const Row& row) {
      std::optional<std::string> const text = cell_text(row, 0);
      if (text && (words.contains(model::normal_term(*text)) || words.contains(meaning(*text))))
        result.push_back(*text);
    });
    std::sort(result.begin(), result.end());
    return result;
  }

  /// Fills in the rows that the model is about; false with the reason when there are none.
  bool choose_rows(AskedQuestion& q, const std::string& response, const std::string& filter,
                   ModelRows& rows) const {
    auto const as_it_is = [](const std::string&) { return std::string(); };
    if (!stored_.event_types.empty()) {
      std::optional<model::Domain> domain;
      if (sides_.description().domain != "custom")
        domain = load_domain(sides_.description().domain);
      auto const meaning = [&](const std::string& type) {
        const model::EventType* const known = domain ? domain->find_event_type(type) : nullptr;
        return known != nullptr ? known->name : std::string();
      };
      if (sides_.has_events())
        rows.event_types =
            matching(cast_value(sides_.event_type(), false), stored_.event_types, meaning);
      if (rows.event_types.empty()) {
        q.why = "the source has no events of type " + joined(stored_.event_types, " or ");
        return false;
      }
    }
    if (!stored_.success.empty()) {
      std::string const sql = source_text(sides_, response);
      if (sql.empty()) throw invalid_parameter(response + " has no values to choose from");
      rows.success = matching(sql, stored_.success, as_it_is);
      if (rows.success.empty()) {
        q.why = "no " + response + " of the source is " + joined(stored_.success, " or ");
        return false;
      }
    }
    if (!filter.empty()) {
      rows.filter_column = filter;
      rows.filter_values = matching(source_text(sides_, filter), stored_.filter_values, as_it_is);
      if (rows.filter_values.empty()) {
        q.why = "no " + filter + " of the source is " + joined(stored_.filter_values, " or ");
        return false;
      }
    }
    return true;
  }

  void answer(AskedQuestion& q) {
    std::string response, exposure, filter;
    if (!column(q, "response", stored_.response, response) ||
        !column(q, "exposure", stored_.exposure, exposure))
      return;
    if (!stored_.filter_column.empty() &&
        !column(q, "column to choose the events by", stored_.filter_column, filter))
      return;
    ModelRows rows;
    if (!choose_rows(q, response, filter, rows)) return;
    std::string text = quote_identifier(response) + " ~ " + quote_identifier(exposure);
    for (const std::string& covariate : stored_.covariates)
      if (std::string const name = first_of(spellings(covariate));
          !name.empty() && name != exposure)
        text += " + " + quote_identifier(name);
    ModelFit const what{stats::parse_formula(text), family_argument(stored_.family), .95, true};
    ModelSides const both = model_sides(sides_, what.formula, rows);
    GlmRequest source = request_of(both.source, relation_name(opened_.run.source), what);
    GlmRequest release = request_of(both.release, opened_.found.name.text(), what);
    BothFits const fits = fit_both(source, both.withheld.empty() ? &release : nullptr, host_);
    judge(q, fits, exposure, both.withheld, what.family);
  }

  /// The term of the exposure: itself, or that of its second largest group.
  void judge(AskedQuestion& q, const BothFits& fits, const std::string& exposure,
             const std::string& withheld, stats::Family family) const {
    q.reference = fits.references.front();
    q.compared = fits.seconds.front();
    std::string const term = q.reference.empty() ? exposure : exposure + "=" + q.compared;
    std::vector<utility::ComparedTerm> const terms =
        utility::compare_models(fits.source, fits.release, {significance_, .8});
    auto const found = std::find_if(terms.begin(), terms.end(),
                                    [&](const utility::ComparedTerm& t) { return t.term == term; });
    if (found == terms.end() || !found->source || std::isnan(found->source->se)) {
      q.why = "the source can't answer: " + (q.compared.empty() && !q.reference.empty()
                                                 ? exposure + " has one value only"
                                                 : "there is no estimate for " + term);
      return;
    }
    static constexpr std::array<const char*, 4> kScales{"coefficient", "log odds ratio",
                                                        "log rate ratio", "log hazard ratio"};
    q.scale = kScales[static_cast<std::size_t>(family)];
    q.in_source = true;
    q.source = of(*found->source);
    q.preserved = false;
    if (!withheld.empty()) {
      q.why = withheld;
    } else if (!fits.release_error.empty()) {
      q.why = "in the release " + fits.release_error;
    } else if (!found->release || std::isnan(found->release->se)) {
      q.why = found->why;
    } else {
      q.answerable = true;
      q.release = of(*found->release);
      q.power = wald_power(found->source->estimate, found->release->se, significance_);
      q.preserved = found->preserved;
      q.why = found->why;
    }
  }

  static Answer of(const utility::ModelTerm& t) { return {t.estimate, t.low, t.high, t.p_value}; }

  const OpenedRelease& opened_;
  const TwoSides& sides_;
  const StoredQuestion& stored_;
  const std::vector<std::string>& columns_;
  double significance_;
  PgHost& host_;
};

// ---- questions made from the roles

/// Details of events are not asked about: nobody said that they are outcomes.
bool is_asked(const utility::Disparity& d) {
  return d.measure == "outcome rate" || d.measure == "people with" ||
         d.measure == "events per person" || d.measure == "reoffence";
}

std::string name_of(const utility::Disparity& d, const std::string& attribute) {
  std::string name = d.measure + (d.measure == "people with" ? " " + d.event_type : "");
  if (!d.value.empty()) name += " of " + d.value;
  if (!d.event_type.empty() && d.measure != "people with") name += " (" + d.event_type + ")";
  return name + " by " + attribute;
}

std::string text_of(const utility::Disparity& d, const std::string& attribute) {
  std::string const events = d.event_type.empty() ? "events" : d.event_type + " events";
  std::string subject;
  if (d.measure == "outcome rate")
    subject = "the share of " + d.column + " " + d.value + " among " + events;
  else if (d.measure == "events per person")
    subject = "the number of " + events + " per person";
  else if (d.measure == "people with")
    subject = "the share of people with " + events;
  else
    subject = "the share of people who reoffend";
  return "Does " + subject + " differ by " + attribute + "?";
}

double power_of(const utility::Disparity& d, double significance) {
  const utility::Effect &s = *d.source, &r = *d.release;
  if (d.measure == "events per person")
    return wald_power(s.effect.value, r.effect.se, significance);
  return stats::power_two_proportions(s.value1, s.value0, r.n1, r.n0, significance);
}

AskedQuestion from_disparity(const utility::Disparity& d, double significance) {
  std::string const attribute = kProtectedNames[static_cast<std::size_t>(d.attribute)];
  AskedQuestion q{"roles",
                  name_of(d, attribute),
                  text_of(d, attribute),
                  false,
                  false,
                  d.why,
                  kNaN,
                  d.scale,
                  d.compared,
                  d.reference,
                  kNoAnswer,
                  kNoAnswer,
                  d.preserved};
  auto const of = [](const utility::Effect& e) {
    return Answer{e.effect.value, e.effect.low, e.effect.high, e.p_value};
  };
  q.source = of(*d.source);
  q.in_source = !std::isnan(q.source.estimate) && !std::isnan(q.source.p_value);
  if (!q.in_source) return q;
  if (!d.release || std::isnan(d.release->effect.value)) {
    q.preserved = false;
    return q;
  }
  q.answerable = true;
  q.release = of(*d.release);
  q.power = power_of(d, significance);
  return q;
}

}  // namespace

std::vector<AskedQuestion> ask_questions(const OpenedRelease& opened, const TwoSides& sides,
                                         const MeasuredDisparities& disparities,
                                         double significance, PgHost& host) {
  std::vector<AskedQuestion> result;
  std::vector<std::string> const columns = model_columns(sides);
  std::vector<StoredQuestion> const stored =
      stored_questions(opened.run.source, sides.description().domain);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    host.progress("asking questions", i, stored.size());
    result.push_back(ModelQuestion(opened, sides, stored[i], columns, significance, host).ask());
  }
  for (std::size_t a = 0; a < utility::kAttributes; ++a) {
    auto const attribute = static_cast<utility::Attribute>(a);
    auto const groups = utility::groups(disparities.source, attribute);
    if (groups.size() < 2) continue;
    for (const utility::Disparity& d : disparities.rows)
      if (d.attribute == attribute && d.compared == groups[1].first && is_asked(d))
        result.push_back(from_disparity(d, significance));
  }
  if (opened.changed)
    for (AskedQuestion& q : result) {
      q.preserved.reset();
      q.why = kSourceChanged;
    }
  return result;
}

}  // namespace pt::pg

PT_FUNCTION(pt_research_questions) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  pt::utility::DisparityOptions options;
  options.significance = share_argument(args, 3, "significance", .05);
  ResultSet out(fcinfo);
  PgHost host("pt_research_questions");
  OpenedRelease const opened =
      open_release(host, source, {args.optional_text(1), args.optional_text(2)});
  TwoSides const sides(opened.run, opened.found.name);
  ReadScope const scope(opened.run.allow_row_security);
  sides.require_readable();
  MeasuredDisparities const disparities = measure_disparities(sides, options, host);
  using Cell = ResultSet::Cell;
  auto const word = [](const std::string& s) { return s.empty() ? Cell() : Cell(s); };
  auto const number = [](double x) { return std::isfinite(x) ? Cell(x) : Cell(); };
  for (const AskedQuestion& q :
       ask_questions(opened, sides, disparities, options.significance, host))
    out.row({q.origin, q.name, q.question, q.in_source, q.answerable, word(q.why), number(q.power),
             word(q.scale), word(q.compared), word(q.reference), number(q.source.estimate),
             number(q.source.low), number(q.source.high), number(q.source.p_value),
             number(q.release.estimate), number(q.release.low), number(q.release.high),
             number(q.release.p_value), q.preserved});
  return out.done();
}

// pt_define_question and pt_drop_question: sql/87-questions.sql.
#include "pg/question_catalog.hpp"

#include <array>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/glm_fit.hpp"
#include "pg/owner.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

constexpr const char* kQuestions =
    "SELECT origin, name, question, response, success, event_types, exposure, covariates, "
    "filter_column, filter_values, family FROM ("
    "SELECT 'named' AS origin, name, question, response, success, event_types, exposure, "
    "covariates, filter_column, filter_values, family, \"position\" AS place "
    "FROM personatwin.named_question WHERE domain IS NULL OR domain = $2 "
    "UNION ALL SELECT 'own', name, question, ARRAY[response], success, event_types, "
    "ARRAY[exposure], covariates, CASE WHEN filter_column IS NOT NULL THEN ARRAY[filter_column] "
    "END, filter_values, family, 1000 FROM personatwin.question WHERE source = $1::regclass) q "
    "ORDER BY place, name COLLATE \"C\"";

std::vector<std::string> words(const Row& row, int column) {
  std::vector<std::string> result;
  if (row.is_null(column)) return result;
  for (const auto& word : text_array_elements(row.value(column), "the list"))
    if (word) result.push_back(*word);
  return result;
}

/// An argument that is a list of texts, or NULL.
void add_list(Params& params, const Args& args, int i, const char* name) {
  if (args.is_null(i)) {
    params.null(TEXTARRAYOID);
    return;
  }
  Datum const value = args.value(i, name);
  for (const auto& word : text_array_elements(value, name))
    if (!word || word->empty())
      throw invalid_parameter(std::string(name) + " must not hold empty words");
  params.add(TEXTARRAYOID, value);
}

}  // namespace

std::vector<StoredQuestion> stored_questions(Oid source, const std::string& domain) {
  std::vector<StoredQuestion> result;
  run_as_extension_owner([&] {
    Spi spi;
    spi.query(kQuestions, Params{}.oid(source).text(domain), Spi::ReadOnly::no,
              [&](const Row& row) {
                StoredQuestion q;
                q.origin = row.text(0);
                q.name = row.text(1);
                q.question = row.text(2);
                q.response = words(row, 3);
                q.success = words(row, 4);
                q.event_types = words(row, 5);
                q.exposure = words(row, 6);
                q.covariates = words(row, 7);
                q.filter_column = words(row, 8);
                q.filter_values = words(row, 9);
                q.family = row.text(10);
                result.push_back(std::move(q));
              });
  });
  return result;
}

}  // namespace pt::pg

PT_FUNCTION(pt_define_question) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  Params params;
  params.oid(source);
  static constexpr std::array<const char*, 4> kTexts{"name", "question", "response", "exposure"};
  for (int i = 0; i < 4; ++i) {
    const char* const what = kTexts[static_cast<std::size_t>(i)];
    std::string const word = args.text(i + 1, what);
    if (word.empty()) throw pt::invalid_parameter(std::string(what) + " must not be empty");
    params.text(word);
  }
  add_list(params, args, 5, "success");
  add_list(params, args, 6, "event_types");
  add_list(params, args, 7, "covariates");
  auto const filter = args.optional_text(8);
  if (filter.has_value() == args.is_null(9))
    throw pt::invalid_parameter("filter_column and filter_values belong together");
  params.optional_text(filter);
  add_list(params, args, 9, "filter_values");
  std::string const family = args.optional_text(10).value_or("logistic");
  (void)family_argument(family);
  params.text(family);
  refuse_read_only("pt_define_question()");
  require_source_owner(source);
  run_as_extension_owner([&] {
    Spi spi;
    spi.execute(
        "INSERT INTO personatwin.question (source, name, question, response, exposure, success, "
        "event_types, covariates, filter_column, filter_values, family) "
        "VALUES ($1::regclass, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (source, name) DO UPDATE SET question = excluded.question, response = "
        "excluded.response, exposure = excluded.exposure, success = excluded.success, event_types "
        "= excluded.event_types, covariates = excluded.covariates, filter_column = "
        "excluded.filter_column, filter_values = excluded.filter_values, family = excluded.family",
        params);
  });
  PG_RETURN_VOID();
}

PT_FUNCTION(pt_drop_question) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  std::string const name = args.text(1, "name");
  refuse_read_only("pt_drop_question()");
  require_source_owner(source);
  bool dropped = false;
  run_as_extension_owner([&] {
    Spi spi;
    dropped =
        spi.execute("DELETE FROM personatwin.question WHERE source = $1::regclass AND name = $2",
                    Params{}.oid(source).text(name)) > 0;
  });
  PG_RETURN_BOOL(dropped);
}

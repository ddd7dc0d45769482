// pt_anonymize_table (sql/60-anonymize.sql): a table recoded to k-anonymity by the grouping core.
// One scan through the executor, as the caller; grouping in memory; one bulk write.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/group/recode.hpp"
#include "pg/anonymize_columns.hpp"
#include "pg/anonymize_plan.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/refusal.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"
#include "pg/target_table.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using group::Recoding;
using group::TupleTable;
using model::Code;

/// Everything read from the source.
struct Rows {
  std::vector<QuasiIdentifier> quasi_identifiers;
  std::optional<Encoder> person;
  std::optional<KeptRows> kept;
  std::size_t count = 0;
};

/// What the result row tells.
struct Figures {
  std::int64_t rows_read = 0;
  std::int64_t rows_written = 0;
  std::int64_t people = 0;
  std::int64_t people_suppressed = 0;
  std::int64_t classes = 0;
  std::optional<std::int64_t> smallest_class;
  std::optional<double> average_class;
  std::optional<double> average_risk;
  std::optional<double> maximum_risk;
  std::optional<double> quality;
};

using Clock = std::chrono::steady_clock;

/// Since when a phase runs: by the clock, and in seconds of processor of this backend.
struct Watch {
  Clock::time_point clock = Clock::now();
  std::clock_t processor = std::clock();
};

void report_time(const char* phase, Watch& since) {
  const Watch now;
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.clock - since.clock).count();
  const auto busy = (now.processor - since.processor) * 1000 / CLOCKS_PER_SEC;
  report(DEBUG1, std::string(phase) + " took " + std::to_string(ms) + " ms, " +
                     std::to_string(busy) + " ms of processor");
  since = now;
}

Oid create_target(const AnonymizePlan& plan, const std::vector<QuasiIdentifier>& recoded,
                  const std::string& target) {
  std::string columns;
  std::size_t next = 0;
  for (const Column* const column : plan.released) {
    const bool is_recoded = next < recoded.size() && recoded[next].name() == column->name;
    columns += (columns.empty() ? "" : ", ") + quote_identifier(column->name) + " " +
               (is_recoded ? type_name(recoded[next].released_type()) : column_type(*column));
    if (is_recoded) ++next;
  }
  Spi spi;
  spi.execute("CREATE TABLE " + target + " (" + columns + ")");
  return relation_named(spi, target);
}

/// Makes the readers of the plan's columns; `rows` is empty before.
void prepare(const AnonymizePlan& plan, Host& host, Rows& rows) {
  const Secret secret;
  const model::Prf prf(secret.derive_key("anonymize: dictionaries"));
  rows.quasi_identifiers.reserve(plan.quasi_identifiers.size());
  for (const Column* const column : plan.quasi_identifiers)
    rows.quasi_identifiers.emplace_back(plan.source.oid, column->name, column->type, prf, host);
  if (plan.person != nullptr) {
    const Oid type = plan.person->type;
    rows.person.emplace(form_of(guarded([type] { return getBaseType(type); })), prf, host);
  }
  rows.kept.emplace(descriptor_of(plan.kept), host);
}

/// The SELECT that reads the source, and the types that it must give.
std::string read_statement(const AnonymizePlan& plan, const Rows& rows, std::vector<Oid>& types) {
  std::string columns;
  const auto add = [&columns, &types](const std::string& expression, const Column& column) {
    columns += (columns.empty() ? "" : ", ") + expression;
    types.push_back(expression.ends_with("::pg_catalog.text") ? Oid{TEXTOID} : column.type);
  };
  for (std::size_t i = 0; i < rows.quasi_identifiers.size(); ++i)
    add(rows.quasi_identifiers[i].expression(), *plan.quasi_identifiers[i]);
  if (rows.person)
    add(quote_identifier(plan.person->name) +
            (rows.person->form() == Encoder::Form::text ? "::pg_catalog.text" : ""),
        *plan.person);
  for (const Column* const column : plan.kept) add(quote_identifier(column->name), *column);
  return "SELECT " + columns + " FROM " + plan.source.sql_name;
}

void read_rows(const AnonymizePlan& plan, Host& host, Rows& rows) {
  constexpr std::size_t kProgressEvery = 16384;
  const bool keeps = !plan.kept.empty();
  Spi spi;
  std::vector<Oid> types;
  spi.query(read_statement(plan, rows, types), [&](const Row& row) {
    if (rows.count == 0) require_types(row, types, plan.source.sql_name);
    if (rows.count++ % kProgressEvery == 0) host.progress("reading", rows.count, 0);
    int at = 0;
    for (QuasiIdentifier& column : rows.quasi_identifiers) column.add(row, at++);
    if (rows.person) rows.person->add(row, at++);
    if (keeps) rows.kept->add(row, at);
  });
  for (QuasiIdentifier& column : rows.quasi_identifiers) {
    column.finish();
    if (column.not_finite() > 0)
      report(
          NOTICE, "column \"" + column.name() + "\" holds NaN or infinite values",
          std::to_string(column.not_finite()) + " distinct values are released as missing (NULL).");
  }
}

TupleTable collect(const Rows& rows, Host& host) {
  std::vector<std::span<const Code>> columns;
  for (const QuasiIdentifier& column : rows.quasi_identifiers) columns.push_back(column.codes());
  return group::collect_tuples(columns, rows.count,
                               rows.person ? rows.person->codes() : std::span<const Code>(), host);
}

Recoding recode_tuples(const Rows& rows, const TupleTable& tuples,
                       const group::RecodeOptions& options, Host& host) {
  std::vector<model::Attribute> attributes;
  for (const QuasiIdentifier& column : rows.quasi_identifiers) {
    if (const auto fault = find_fault(column.attribute())) throw internal_error(*fault);
    attributes.push_back(column.attribute());
  }
  return group::recode(attributes, tuples, options, host);
}

/// The released rows in the order they are written: by class, then by a hash of their kept content,
/// so that the order tells nothing that the rows don't, and is the same wherever the source had
/// them. Sets first[c] to the first position of class c.
std::pmr::vector<std::uint32_t> order_rows(const Rows& rows, const TupleTable& tuples,
                                           const Recoding& recoding, bool by_content,
                                           std::pmr::vector<std::size_t>& first, Host& host) {
  const auto class_of = [&](std::size_t row) {
    return recoding.class_of_tuple[tuples.tuple_of_row[row]];
  };
  first.assign(recoding.classes() + 1, 0);
  for (std::size_t row = 0; row < rows.count; ++row)
    if (class_of(row) != Recoding::kSuppressed) ++first[class_of(row) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  std::pmr::vector<std::size_t> next(first.begin(), first.end() - 1, host.memory());
  std::pmr::vector<std::uint32_t> order(first.back(), host.memory());
  for (std::size_t row = 0; row < rows.count; ++row)
    if (class_of(row) != Recoding::kSuppressed)
      order[next[class_of(row)]++] = static_cast<std::uint32_t>(row);
  if (!by_content) return order;
  const auto at = [&order](std::size_t i) {
    return order.begin() + static_cast<std::ptrdiff_t>(i);
  };
  for (std::size_t c = 0; c + 1 < first.size(); ++c) {
    host.poll();
    std::sort(at(first[c]), at(first[c + 1]), [&rows](std::uint32_t a, std::uint32_t b) {
      return rows.kept->hash(a) < rows.kept->hash(b);
    });
  }
  return order;
}

void write_rows(const AnonymizePlan& plan, Rows& rows, const TupleTable& tuples,
                const Recoding& recoding, Oid target, Host& host) {
  constexpr std::size_t kAhead = 12;
  const bool keeps = !plan.kept.empty();
  std::pmr::vector<std::size_t> first(host.memory());
  const auto order = order_rows(rows, tuples, recoding, keeps, first, host);
  std::vector<int> recoded_at;  // columns of the target
  std::vector<int> kept_at;
  for (std::size_t i = 0; i < plan.released.size(); ++i) {
    const bool is_recoded = recoded_at.size() < plan.quasi_identifiers.size() &&
                            plan.quasi_identifiers[recoded_at.size()] == plan.released[i];
    (is_recoded ? recoded_at : kept_at).push_back(static_cast<int>(i));
  }
  KeptReader kept(*rows.kept);
  TableWriter writer(target, TableWriter::Visibility::frozen);
  std::vector<QuasiIdentifier::Value> values(recoded_at.size());
  for (std::size_t c = 0; c < recoding.classes(); ++c) {
    for (std::size_t j = 0; j < values.size(); ++j)
      values[j] = rows.quasi_identifiers[j].release(recoding.cells_of(c)[j]);
    host.progress("writing", first[c], order.size());
    for (std::size_t i = first[c]; i < first[c + 1]; ++i) {
      for (std::size_t j = 0; j < values.size(); ++j)
        if (!values[j].null) writer.set_datum(recoded_at[j], values[j].datum);
      if (keeps) kept.load(order[i]);
      if (keeps && i + kAhead < order.size()) rows.kept->prefetch(order[i + kAhead]);
      for (std::size_t j = 0; j < kept_at.size(); ++j)
        if (!kept.is_null(j)) writer.copy_datum(kept_at[j], kept.value(j));
      writer.end_row();
    }
  }
  writer.finish();
}

Figures measure(const Rows& rows, const TupleTable& tuples, const Recoding& recoding) {
  Figures out;
  double loss = 0;
  for (const std::uint32_t tuple : tuples.tuple_of_row) {
    const std::uint32_t c = recoding.class_of_tuple[tuple];
    loss += c == Recoding::kSuppressed ? 1 : recoding.loss[c];
    if (c != Recoding::kSuppressed) ++out.rows_written;
  }
  const std::uint64_t people =
      std::accumulate(recoding.people.begin(), recoding.people.end(), std::uint64_t{0});
  out.rows_read = static_cast<std::int64_t>(rows.count);
  out.people = static_cast<std::int64_t>(people);
  out.people_suppressed = static_cast<std::int64_t>(recoding.suppressed);
  out.classes = static_cast<std::int64_t>(recoding.classes());
  if (rows.count > 0) out.quality = 1 - loss / static_cast<double>(rows.count);
  if (recoding.classes() == 0) return out;
  const std::uint64_t least = *std::min_element(recoding.people.begin(), recoding.people.end());
  out.smallest_class = static_cast<std::int64_t>(least);
  out.average_class = static_cast<double>(people) / static_cast<double>(recoding.classes());
  out.average_risk = static_cast<double>(recoding.classes()) / static_cast<double>(people);
  out.maximum_risk = 1 / static_cast<double>(least);
  return out;
}

std::string join(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Figures anonymize(const AnonymizeOptions& options) {
  group::check(options.recode);
  PgHost host("pt_anonymize_table");
  SettingsScope settings;
  settings.set("datestyle", "ISO, YMD");    // ranges are made from text
  settings.set("extra_float_digits", "1");  // and must hold the exact value
  if (!options.allow_row_security) settings.set("row_security", "off");  // hidden rows: 42501
  AnonymizePlan plan;
  Rows rows;
  explaining_refusals(Recorded::no, [&] {
    plan_columns(options, plan);
    prepare(plan, host, rows);
  });
  const Oid target = create_target(plan, rows.quasi_identifiers, target_name(options.target));
  if (!plan.left_out.empty())
    report(NOTICE, "columns left out of the anonymized table: " + join(plan.left_out), {},
           "Released are the quasi-identifiers, recoded, and outcomes, details, event types and "
           "sensitive columns by their role; name others in keep.");

  Watch since;
  explaining_refusals(Recorded::no, [&] { read_rows(plan, host, rows); });
  report_time("reading", since);
  const TupleTable tuples = collect(rows, host);
  report_time("collecting distinct tuples", since);
  const Recoding recoding = recode_tuples(rows, tuples, options.recode, host);
  report_time("grouping", since);
  write_rows(plan, rows, tuples, recoding, target, host);
  report_time("writing", since);
  return measure(rows, tuples, recoding);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_anonymize_table) {
  using namespace pt::pg;
  const Args args(fcinfo);
  AnonymizeOptions options;
  options.source = args.oid(0, "source");
  options.target = args.text(1, "target");
  options.recode.k = args.int4(2, "k");
  options.quasi_identifiers = optional_names(fcinfo, 3, "quasi_identifiers");
  options.recode.suppression = args.float8(4, "suppression");
  options.keep = optional_names(fcinfo, 5, "keep").value_or(std::vector<std::string>());
  options.person_key = args.optional_text(6).value_or("");
  options.allow_row_security = args.boolean(7, "allow_row_security");
  ResultSet out(fcinfo);
  const Figures f = anonymize(options);
  out.row({f.rows_read, f.rows_written, f.people, f.people_suppressed, f.classes, f.smallest_class,
           f.average_class, f.average_risk, f.maximum_risk, f.quality});
  return out.done();
}

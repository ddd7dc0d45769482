// pt_suda, pt_suda_contributions, pt_identifier_ranking, pt_identifier_reduction:
// sql/67-special-uniques.sql.
#include "core/risk/suda.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "core/risk/suda_ranking.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace pt::pg {
namespace {

/// Arguments that the functions share; those of the options stand between.
CodedOptions table_options(FunctionCallInfo fcinfo, int person_key_at) {
  const Args args(fcinfo);
  CodedOptions options;
  options.source = args.oid(0, "source");
  options.quasi_identifiers = optional_names(fcinfo, 1, "quasi_identifiers");
  options.person_key = args.optional_text(person_key_at).value_or("");
  options.allow_row_security = args.boolean(person_key_at + 1, "allow_row_security");
  return options;
}

std::size_t size_argument(const Args& args, int at) {
  const auto size = args.optional_int4(at);
  if (!size) return risk::kMostSudaColumns;
  if (*size < 1)
    throw invalid_parameter("max_size must be at least 1", "It is " + std::to_string(*size) + ".");
  return static_cast<std::size_t>(*size);
}

std::vector<std::string> names_of(const CodedTable& table,
                                  const std::vector<std::uint32_t>& columns) {
  std::vector<std::string> out;
  for (const std::uint32_t c : columns) out.push_back(table.columns[c].name);
  return out;
}

/// A member of a jsonb object: a string, or JSON null where `value` has no data.
struct Member {
  std::string_view name, value;
};

/// A jsonb object of distinct names, without a detour over text; fastest in jsonb's own order.
Datum jsonb_object(const std::vector<Member>& members) {
  return guarded([&members] {
    JsonbParseState* state = nullptr;
    const auto push = [&state](JsonbIteratorToken token, std::string_view text) {
      JsonbValue value;
      value.type = text.data() == nullptr ? jbvNull : jbvString;
      value.val.string.len = static_cast<int>(text.size());
      value.val.string.val = const_cast<char*>(text.data());  // only read
      pushJsonbValue(&state, token, &value);
    };
    pushJsonbValue(&state, WJB_BEGIN_OBJECT, nullptr);
    for (const Member& member : members) {
      push(WJB_KEY, member.name);
      push(WJB_VALUE, member.value);
    }
    return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, nullptr)));
  });
}

/// The quasi-identifiers of tuples as jsonb objects.
class TupleJson {
 public:
  explicit TupleJson(const CodedTable& table) : table_(table), order_(table.columns.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {  // jsonb's order
      const std::string &x = table.columns[a].name, &y = table.columns[b].name;
      return x.size() != y.size() ? x.size() < y.size() : x < y;
    });
    for (const std::size_t c : order_) members_.push_back({table.columns[c].name, {}});
  }

  [[nodiscard]] Datum of(std::uint32_t tuple) {
    for (std::size_t at = 0; at < order_.size(); ++at) {
      const std::size_t c = order_[at];
      const model::Code code = table_.tuples.codes[tuple * order_.size() + c];
      members_[at].value = code == model::kMissing
                               ? std::string_view()
                               : std::string_view(table_.columns[c].labels[code]);
    }
    return jsonb_object(members_);
  }

 private:
  const CodedTable& table_;
  std::vector<std::size_t> order_;  // columns in the order of members_
  std::vector<Member> members_;
};

constexpr std::size_t kPollEvery = 1024;

void return_records(Host& host, const CodedTable& table, risk::SudaResult& found, ResultSet& out) {
  std::stable_sort(
      found.records.begin(), found.records.end(),
      [](const risk::SpecialUnique& a, const risk::SpecialUnique& b) { return a.score > b.score; });
  constexpr std::uint32_t kNobody = 0xFFFFFFFFu;
  std::pmr::vector<std::uint32_t> person(table.tuples.size(), kNobody, host.memory());
  if (!table.key.empty())
    for (std::uint32_t p = 0; p < table.people(); ++p)
      if (table.tuple_of_person[p] != kNobody) person[table.tuple_of_person[p]] = p;
  TupleJson json(table);
  OwnedContext row_memory("special unique");
  for (std::size_t i = 0; i < found.records.size(); ++i) {
    if (i % kPollEvery == 0) host.poll();
    const risk::SpecialUnique& r = found.records[i];
    {
      ContextScope const scope(row_memory.get());
      const std::uint32_t p = person[r.tuple];
      out.row({p == kNobody ? std::nullopt : std::optional(table.key_labels[table.key[p]]),
               ResultSet::Cell::datum(json.of(r.tuple)), r.score, r.dis, r.alternative,
               r.dis_alternative, static_cast<std::int32_t>(r.minimal_uniques),
               static_cast<std::int32_t>(r.smallest)});
    }
    row_memory.reset();
  }
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_suda) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const CodedOptions options = table_options(fcinfo, 4);
  const pt::risk::SudaOptions how{size_argument(args, 2), args.float8(3, "dis_fraction")};
  PgHost host("pt_suda");
  ResultSet out(fcinfo);
  const CodedTable table = read_coded_table(options, host);
  pt::risk::SudaResult found = pt::risk::suda(host, table.tuples, how);
  return_records(host, table, found, out);
  return out.done();
}

PT_FUNCTION(pt_suda_contributions) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const CodedOptions options = table_options(fcinfo, 3);
  pt::risk::SudaOptions how;
  how.max_size = size_argument(args, 2);
  PgHost host("pt_suda_contributions");
  ResultSet out(fcinfo);
  const CodedTable table = read_coded_table(options, host);
  const pt::risk::SudaResult found = pt::risk::suda(host, table.tuples, how);
  double alternative = 0;
  for (const pt::risk::SpecialUnique& r : found.records) alternative += r.alternative;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out.row({table.columns[c].name,
             found.records.empty() ? std::nullopt : std::optional(found.contribution[c]),
             alternative > 0 ? std::optional(found.contribution_alternative[c]) : std::nullopt});
  return out.done();
}

PT_FUNCTION(pt_identifier_ranking) {
  using namespace pt::pg;
  const Args args(fcinfo);
  const CodedOptions options = table_options(fcinfo, 3);
  const std::size_t size = size_argument(args, 2);
  PgHost host("pt_identifier_ranking");
  ResultSet out(fcinfo);
  const CodedTable table = read_coded_table(options, host);
  std::int64_t people = 0;
  for (const std::uint32_t n : table.tuples.people) people += n;
  if (people == 0) return out.done();
  std::int32_t rank = 0;
  for (const pt::risk::SubsetFigures& f : pt::risk::rank_subsets(host, table.tuples, size))
    out.row({++rank,
             ResultSet::Cell::datum(
                 text_array(std::span<const std::string>(names_of(table, f.columns)))),
             people, static_cast<std::int64_t>(f.classes), static_cast<std::int64_t>(f.uniques),
             f.distinction, people > 1 ? std::optional(f.separation) : std::nullopt});
  return out.done();
}

PT_FUNCTION(pt_identifier_reduction) {
  using namespace pt::pg;
  const CodedOptions options = table_options(fcinfo, 2);
  PgHost host("pt_identifier_reduction");
  ResultSet out(fcinfo);
  const CodedTable table = read_coded_table(options, host);
  std::int64_t people = 0;
  for (const std::uint32_t n : table.tuples.people) people += n;
  if (people == 0) return out.done();
  std::int32_t step = 0;
  for (const pt::risk::GiveUpStep& s : pt::risk::columns_to_give_up(host, table.tuples)) {
    out.row({step, step == 0 ? std::nullopt : std::optional(table.columns[s.given_up].name),
             ResultSet::Cell::datum(
                 text_array(std::span<const std::string>(names_of(table, s.left.columns)))),
             people, static_cast<std::int64_t>(s.left.classes),
             static_cast<std::int64_t>(s.left.uniques), s.left.distinction,
             people > 1 ? std::optional(s.left.separation) : std::nullopt});
    ++step;
  }
  return out.done();
}

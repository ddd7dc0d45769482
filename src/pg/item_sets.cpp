// pt_km_anonymity: sql/63-item-sets.sql.
#include "core/risk/item_sets.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "pg/boundary.hpp"
#include "pg/coded_table.hpp"
#include "pg/datum.hpp"
#include "pg/host.hpp"
#include "pg/json.hpp"

namespace pt::pg {
namespace {

using model::kMissing;

/// The items of each person, ascending, each once.
struct StoredBaskets {
  std::pmr::vector<std::uint64_t> first;
  std::pmr::vector<std::uint32_t> items;
};

/// A row without any value is no item; one without a person is nobody's.
StoredBaskets baskets_of(Host& host, const CodedTable& table) {
  constexpr std::size_t kPollEvery = 1 << 16;
  const std::size_t width = table.columns.size();
  const auto is_item = [&](std::uint32_t tuple) {
    const auto begin = table.tuples.codes.begin() + static_cast<std::ptrdiff_t>(tuple * width);
    return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(width),
                       [](model::Code code) { return code != kMissing; });
  };
  std::pmr::vector<std::uint64_t> pairs(host.memory());  // person, item
  for (std::size_t row = 0; row < table.person_of_row.size(); ++row) {
    if (row % kPollEvery == 0) host.poll();
    const std::uint32_t tuple = table.tuples.tuple_of_row[row];
    if (table.person_of_row[row] != kMissing && is_item(tuple))
      pairs.push_back(std::uint64_t{table.person_of_row[row]} << 32 | tuple);
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  StoredBaskets out{std::pmr::vector<std::uint64_t>(table.people() + 1, 0, host.memory()),
                    std::pmr::vector<std::uint32_t>(host.memory())};
  out.items.reserve(pairs.size());
  for (const std::uint64_t pair : pairs) {
    ++out.first[(pair >> 32) + 1];
    out.items.push_back(static_cast<std::uint32_t>(pair));
  }
  for (std::size_t p = 0; p < table.people(); ++p) out.first[p + 1] += out.first[p];
  return out;
}

/// The items of a set as a JSON array of objects.
std::string items_json(const CodedTable& table, std::span<const std::uint32_t> items) {
  std::vector<std::string> out;
  for (const std::uint32_t item : items) {
    JsonObject object;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const model::Code code = table.tuples.codes[item * table.columns.size() + c];
      object.add(table.columns[c].name,
                 code == kMissing ? std::nullopt : std::optional(table.columns[c].labels[code]));
    }
    out.push_back(object.text());
  }
  return json_array(out);
}

std::size_t at_least_one(const Args& args, int at, const char* name) {
  const std::int32_t value = args.int4(at, name);
  if (value < 1)
    throw invalid_parameter(std::string(name) + " must be at least 1",
                            "It is " + std::to_string(value) + ".");
  return static_cast<std::size_t>(value);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_km_anonymity) {
  using namespace pt::pg;
  const Args args(fcinfo);
  CodedOptions options;
  options.source = args.oid(0, "source");
  options.quasi_identifiers = optional_names(fcinfo, 1, "items");
  options.argument = "items";
  if (!options.quasi_identifiers) (void)args.value(1, "items");
  const std::size_t m = at_least_one(args, 2, "m"), k = at_least_one(args, 3, "k");
  if (m > pt::risk::kMostItemsKnown)
    throw pt::invalid_parameter("m must be between 1 and 3", "It is " + std::to_string(m) + ".",
                                "It is the number of items of a person that an attacker knows.");
  options.person_key = args.optional_text(4).value_or("");
  options.allow_row_security = args.boolean(5, "allow_row_security");
  options.keep_rows = true;
  PgHost host("pt_km_anonymity");
  ResultSet out(fcinfo);
  const CodedTable table = read_coded_table(options, host);
  if (table.key.empty() && table.rows > 0)
    throw pt::invalid_parameter(table.sql_name + " has no column that tells people apart", {},
                                "Name it in person_key, or label it with pt_set_role.");
  const StoredBaskets stored = baskets_of(host, table);
  const pt::risk::Baskets baskets{stored.first, stored.items};
  for (std::size_t size = 1; size <= m; ++size) {
    const pt::risk::ItemSets found = pt::risk::count_item_sets(host, baskets, size, k);
    const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
    const auto fewest = found.sets > 0 ? std::optional(number(found.fewest)) : std::nullopt;
    ResultSet::Cell rarest;
    if (found.sets > 0)
      rarest = ResultSet::Cell::datum(
          jsonb_datum(items_json(table, std::span(found.rarest).first(size))));
    out.row({static_cast<std::int32_t>(size), fewest, number(found.sets), number(found.unique),
             number(found.below), number(found.people_below), number(table.people()), rarest});
  }
  return out.done();
}

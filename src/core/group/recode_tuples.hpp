#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/code.hpp"

namespace pt::group {

/// The distinct rows of a table over its quasi-identifiers, in canonical order (ascending codes,
/// first attribute first, missing last), whatever the order of the rows.
struct TupleTable {
  explicit TupleTable(std::pmr::memory_resource* memory)
      : codes(memory), people(memory), tuple_of_row(memory) {}

  std::size_t attributes = 0;
  std::pmr::vector<model::Code> codes;           ///< size() x attributes, one tuple after the other
  std::pmr::vector<std::uint32_t> people;        ///< people counted for each tuple
  std::pmr::vector<std::uint32_t> tuple_of_row;  ///< one element a row

  std::size_t size() const { return people.size(); }
};

/// Collects the distinct tuples of `columns` (one span an attribute, all of `rows` elements).
/// With an empty `person` every row is a person. Otherwise person[row] is the code of the row's
/// person, and each person is counted once, at the first of its tuples in canonical order; so the
/// people counted in any union of tuples never exceed the distinct people there. Rows whose person
/// is missing count for nobody, as they could all be the same one.
/// O(rows x attributes), and sorting of the distinct tuples. Throws 54000 beyond 2^32 - 2 rows.
TupleTable collect_tuples(std::span<const std::span<const model::Code>> columns, std::size_t rows,
                          std::span<const model::Code> person, Host& host);

}  // namespace pt::group

// Which columns of a described source are read, and as what.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/population.hpp"
#include "pg/describe.hpp"

namespace pt::pg {

/// An event column of the population, in the order of Population::event_columns.
struct EncodedColumn {
  Column column;
  model::EventPart part = model::EventPart::detail;
};

/// The columns that matter. Person and event columns stand in an order that depends on roles and
/// names alone, so that a wide table and two tables with the same columns give the same population.
struct Plan {
  model::Schema schema;
  std::vector<Column> people;             ///< schema.people, released quasi-identifiers
  std::vector<Column> sensitive;          ///< schema.sensitive
  std::vector<EncodedColumn> events;      ///< schema.events
  std::vector<Column> coarser_geography;  ///< coarser forms of the geography, finest first
  std::optional<Column> weight, time;
  std::vector<std::string> skipped;  ///< columns with a role that are not used, with the reason

  /// Position of the geography in `people`.
  [[nodiscard]] std::optional<std::size_t> geography() const;
  /// The relation that `people` are columns of.
  [[nodiscard]] static const Relation& person_relation(const Description& description) {
    return description.people ? *description.people : description.source;
  }
  /// Keyed hash of these columns and of the rows read, 32 hex digits.
  [[nodiscard]] std::string fingerprint(const model::Prf& prf, const model::Hash128& rows) const;
};

/// Chooses the columns. Of several columns of one kind (two ages, two genders) the first is the
/// attribute and the others are skipped; a stated age is preferred to a birth date, that to a birth
/// year. Free text is never taken.
Plan make_plan(const Description& description);

/// smallint, integer, bigint, numeric, real or double precision, domains over them included.
bool is_number_type(Oid type);

/// date, timestamp or timestamptz, domains over them included.
bool is_date_type(Oid type);

}  // namespace pt::pg

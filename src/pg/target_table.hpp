// Tables that functions make for the caller, and rows kept for them.
#pragma once

#include <string>
#include <vector>

#include "pg/anonymize_columns.hpp"
#include "pg/describe.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// "schema"."name" of the table to be made; the schema is found as CREATE TABLE would.
[[nodiscard]] std::string target_name(const std::string& target);

/// SQL type of a column, with its collation if that is not the default.
[[nodiscard]] std::string column_type(const Column& column);

/// OID of an existing relation by its SQL name.
[[nodiscard]] Oid relation_named(Spi& spi, const std::string& name);

/// Row type of some columns, in the current memory context.
[[nodiscard]] TupleDesc descriptor_of(const std::vector<const Column*>& columns);

/// Hands out the values of stored rows one row at a time.
class KeptReader {
 public:
  explicit KeptReader(const KeptRows& rows)
      : rows_(rows), slot_(guarded([&rows] {
          return MakeSingleTupleTableSlot(rows.descriptor(), &TTSOpsMinimalTuple);
        })) {}

  void load(std::size_t row) {
    guarded([this, row] {
      ExecStoreMinimalTuple(rows_.tuple(row), slot_, false);
      slot_getallattrs(slot_);
    });
  }
  [[nodiscard]] bool is_null(std::size_t column) const { return slot_->tts_isnull[column]; }
  [[nodiscard]] Datum value(std::size_t column) const { return slot_->tts_values[column]; }

 private:
  const KeptRows& rows_;
  TupleTableSlot* slot_;  // freed with the memory context of the call
};

}  // namespace pt::pg

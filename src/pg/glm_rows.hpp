// The rows of a regression: values of a relation's columns as numbers, read as the caller through a
// query made of quoted names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/model/dictionary.hpp"
#include "core/stats/design.hpp"
#include "core/stats/formula.hpp"
#include "core/stats/glm.hpp"
#include "pg/host.hpp"
#include "pg/reader.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// A column of a query that takes the place of a relation.
struct QueryColumn {
  std::string name;
  Oid type = InvalidOid;
};

/// What pt_glm is asked for.
struct GlmRequest {
  Oid relation = InvalidOid;
  std::string name;                  ///< of the relation, for messages
  std::string from;                  ///< the same as SQL: a name, or a subquery with an alias
  std::vector<QueryColumn> columns;  ///< of the subquery; empty: those of the relation
  stats::Formula formula;
  stats::GlmModel model;
  std::string weights, cluster, exposure;  ///< column names; empty: none
  double confidence = 0.95;
};

/// How a value of the query becomes a number.
enum class GlmRead : std::uint8_t { int2, int4, int8, float4, float8, boolean, level };

/// A column of the relation that the model uses.
struct GlmColumn {
  std::string column;
  Oid type = InvalidOid;  ///< as the query gives it
  GlmRead read = GlmRead::float8;
  std::string sql;
  // factors
  std::optional<model::Dictionary> dictionary;
  std::optional<ColumnInterner> interner;
  std::vector<bool> present;          ///< whether a label has rows that count
  std::vector<std::string> labels;    ///< sorted
  std::vector<std::uint32_t> sorted;  ///< level number of a code
  std::vector<double> counts;         ///< weight of a code
  std::string reference;

  [[nodiscard]] bool factor() const { return read == GlmRead::level; }
};

/// Every row of the relation that counts, as often as the fit asks for it. NULL in a column of the
/// model and weight 0 make a row that does not.
class RelationRows final : public stats::DesignRows {
 public:
  /// 42703 for columns that do not exist, 42804 for those that can't be numbers where they must be.
  RelationRows(GlmRequest& request, PgHost& host);

  /// Reads the relation once: levels, checks, sums for the model, and as many rows as fit into the
  /// buffer. 22000 for NaN, infinity, values that the family does not know, a response with one
  /// value; 54000 for too many levels.
  std::unique_ptr<stats::DesignBuffer> read();
  /// Reads it again. 55000 when it has changed meanwhile.
  void scan(const std::function<void(const stats::DesignBlock&)>& take) override;

  [[nodiscard]] const std::vector<GlmColumn>& columns() const { return columns_; }
  [[nodiscard]] std::uint64_t missing() const { return missing_; }
  [[nodiscard]] std::uint64_t weightless() const { return weightless_; }

 private:
  [[nodiscard]] std::size_t stride() const { return stats::kFirstColumn + columns_.size(); }
  GlmColumn open(const std::string& column, bool factor);
  GlmColumn open_number(const std::string& column, const char* what);
  void open_columns();
  [[nodiscard]] Error changed() const;
  [[nodiscard]] double number(const Row& row, int at, GlmColumn& s) const;
  void each_row(const std::function<void()>& f);
  bool take(const Row& row);
  void note_levels();
  void add_constants(double y);
  void sort_levels();

  GlmRequest& request_;
  PgHost& host_;
  model::Prf prf_;
  std::vector<GlmColumn> columns_;
  GlmColumn response_;
  std::optional<GlmColumn> trials_, exposure_, weights_, cluster_;
  std::vector<Oid> types_;
  std::string sql_;
  std::vector<double> values_;
  double weight_ = 0, frequency_ = 1, trials_of_row_ = 1;
  std::uint64_t missing_ = 0, weightless_ = 0;
  bool ready_ = false;
};

}  // namespace pt::pg

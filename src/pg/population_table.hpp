// Registered tables of the population (personatwin.population): their mapping, and their people
// loaded as a register.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/risk/register.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// Where a population table has an attribute of a source.
struct MappedColumn {
  std::string source;  ///< name of the source's column
  std::string value;   ///< column of values; empty: bands
  std::string low, high;
  std::map<std::string, std::vector<std::string>> values;  ///< source value -> values there

  [[nodiscard]] bool is_band() const { return value.empty(); }
};

struct PopulationTable {
  std::string name;
  Oid relation = InvalidOid;
  std::string count;  ///< column of the number of people
  std::vector<MappedColumn> columns;

  [[nodiscard]] const MappedColumn* find(const std::string& source) const;
};

/// The table registered under a name. 42704 when there is none, 42P01 when its relation is gone.
[[nodiscard]] PopulationTable find_population(const std::string& name);

/// The people of a population table by some of its mapped columns.
class LoadedPopulation {
 public:
  /// Reads the table as the caller, hidden rows being an error. 42501, 42703 and 22000 as
  /// pt_register_population.
  LoadedPopulation(const PopulationTable& table, const std::vector<std::string>& source_columns,
                   Host& host);

  [[nodiscard]] const risk::Register& people() const { return register_; }
  [[nodiscard]] bool is_band(std::size_t column) const { return columns_[column].is_band(); }
  /// What a value of a source column (by position; nothing = NULL) says of the register's column.
  [[nodiscard]] risk::Allowed allowed(std::size_t column,
                                      const std::optional<std::string>& value) const;
  /// The same for several values, any of which it may be.
  [[nodiscard]] risk::Allowed allowed(std::size_t column,
                                      const std::vector<std::string>& values) const;

 private:
  void add_value(std::size_t column, const std::string& value, risk::Allowed& out) const;

  std::vector<MappedColumn> columns_;
  risk::Register register_;
};

}  // namespace pt::pg

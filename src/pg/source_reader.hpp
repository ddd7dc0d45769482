// The rows of a described source on their way into a population.
#pragma once

#include <cstdint>
#include <memory>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "pg/describe.hpp"
#include "pg/plan.hpp"

namespace pt::pg {

/// Reads a source once: one scan a table, as the current user. What it is made with must outlive
/// it.
class SourceReader {
 public:
  /// `prf` hashes person keys. `fingerprint_only`: nothing but the fingerprint is kept.
  SourceReader(Host& host, const model::Prf& prf, const Description& description, const Plan& plan,
               bool fingerprint_only);
  SourceReader(const SourceReader&) = delete;
  SourceReader& operator=(const SourceReader&) = delete;
  ~SourceReader();

  /// O(rows). Raises what the scans raise.
  void read();

  [[nodiscard]] model::PopulationBuilder& builder();
  /// Rows that hold raw code `code` of the ordered attribute `attribute` of people.
  [[nodiscard]] std::uint64_t rows_of(std::size_t attribute, model::Code code) const;
  /// Rows with a weight that can't be used; rows that are no event, as every value is NULL.
  [[nodiscard]] std::uint64_t bad_weights() const;
  [[nodiscard]] std::uint64_t empty_events() const;

 private:
  class Scans;
  std::unique_ptr<Scans> scans_;
};

}  // namespace pt::pg

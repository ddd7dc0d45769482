// What a run keeps for later versions: its classes with the values they stand for, and personas
// that are out of service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/release/refresh.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// What a refreshed run has beyond an ordinary one.
struct Continuation {
  const release::Refreshed& refreshed;
  /// Of each class, dead ones last: what its published id is made from; empty: the keys of its
  /// personas.
  std::vector<std::string> class_keys;
  std::int64_t from = 0;  ///< the run that it continues
};

/// Writes run_<id>_class, and run_<id>_withdrawn for a continuation. As owner of the catalog.
void store_refresh_state(std::int64_t run, const model::Population& population,
                         const protect::Protected& result, const Continuation* continuation);

/// A stored run as the version in service.
struct StoredVersion {
  release::Known known;
  std::vector<std::string> class_keys;  ///< of each class
  std::vector<std::string> attributes;  ///< names of the attributes of people
};

/// Reads the tables of a run and the units of its membership. 55000 when it was made by an earlier
/// version, which did not keep what is needed, or its data are gone. As owner of the catalog.
[[nodiscard]] StoredVersion load_version(Host& host, std::int64_t run);

/// Elements of an int4[].
[[nodiscard]] std::vector<std::optional<std::int32_t>> int4_elements(Datum value);

}  // namespace pt::pg

// Values of the SQL type pt_class_profile.
#pragma once

#include <cstddef>

#include "core/risk/profile.hpp"
#include "pg/boundary.hpp"

namespace pt::pg {

/// Blocks in the current memory context; at most 1 GB, as for every value of PostgreSQL.
class DatumMemory final : public risk::ProfileMemory {
 public:
  /// `owned` belongs to somebody else and is never freed here.
  explicit DatumMemory(const void* owned = nullptr) : owned_(owned) {}
  void* allocate(std::size_t bytes) override {
    return guarded([bytes] { return palloc(bytes); });
  }
  void release(void* block) noexcept override {
    if (block != owned_) pfree(block);
  }
  [[nodiscard]] std::size_t limit() const noexcept override { return MaxAllocSize; }
  void poll() override { poll_interrupts(); }

 private:
  const void* owned_;
};

/// A value, detoasted; changes of it may be seen by its owner. 22000 when it is damaged.
[[nodiscard]] risk::ClassProfile profile_from_datum(Datum value);
[[nodiscard]] Datum profile_datum(const risk::ClassProfile& profile);

/// The state of an aggregate that may be changed: the first argument itself inside an aggregate,
/// otherwise a copy; an empty one of the shape where it is NULL. 22023 when the state has another
/// shape.
[[nodiscard]] risk::ClassProfile state_of(FunctionCallInfo fcinfo, const risk::ProfileShape& shape,
                                          DatumMemory& memory);

}  // namespace pt::pg

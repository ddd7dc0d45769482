// Objects of counts as jsonb, without the detour over their text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/protect/protect.hpp"
#include "pg/compat.hpp"

namespace pt::pg {

/// Writes objects of objects of counts in the stored form of jsonb (utils/jsonb.h). The bytes are
/// those that jsonb_in makes of the text, in a sixth of its time.
class JsonbCounts {
 public:
  /// A jsonb value in the current memory context. Throws 54000 when it would not fit into one.
  [[nodiscard]] Datum datum(const protect::NestedCounts& counts);

 private:
  /// An object being written: its header, one entry for each name and each value, their bytes.
  struct Open {
    std::size_t begin, entries;
    std::uint32_t pairs, next = 0, length = 0;
  };
  Open open(std::size_t pairs);
  void entry(Open& object, std::uint32_t type, std::size_t begin);
  void align();
  void name(Open& object, std::string_view name);
  void number(Open& object, std::uint64_t count);
  void inner(Open& outer, const protect::NestedCounts& counts,
             const protect::NestedCounts::Object& object);

  std::string bytes_;                 // as they will be stored, the varlena's header included
  std::vector<std::string> numbers_;  // small counts as numeric
  std::vector<std::uint32_t> order_;
};

}  // namespace pt::pg

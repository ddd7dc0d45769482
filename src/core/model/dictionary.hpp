#pragma once

#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "core/model/code.hpp"
#include "core/model/prf.hpp"

namespace pt::model {

/// Interns byte strings: equal bytes get equal codes, 0, 1, 2, ... in order of arrival. The order
/// of arrival must not reach results; PopulationBuilder::finish re-sorts every dictionary.
///
/// Memory: the bytes, 12 bytes an entry and 4..8 for the hash table. Keyed hashing makes collisions
/// on purpose infeasible.
class Dictionary {
 public:
  Dictionary(const Prf& prf, std::pmr::memory_resource* memory);

  /// The code of `bytes`, new if unseen. Amortised O(length). Throws Error 54000 above `limit`
  /// entries or 4 GB of distinct values.
  Code intern(std::string_view bytes);

  std::string_view operator[](Code code) const;
  /// A 64-bit keyed hash of an entry's bytes: the same in every session of an installation.
  std::uint64_t hash(Code code) const { return hashes_[code]; }
  std::size_t size() const { return hashes_.size(); }

 private:
  void grow();

  Prf prf_;
  std::pmr::vector<char> bytes_;
  std::pmr::vector<std::uint32_t> ends_;
  std::pmr::vector<std::uint64_t> hashes_;
  std::pmr::vector<Code> slots_;  // open addressing; kMissing = free
};

}  // namespace pt::model

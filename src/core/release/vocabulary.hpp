#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/protect/released.hpp"
#include "core/release/refresh.hpp"

namespace pt::release {

/// Codes that the published events of a version and the present ones of its people share: (period,
/// by its start) * combos() + combination. Combinations are those of Known, then those that are
/// new.
class Vocabulary {
 public:
  /// O(published events + combinations log combinations).
  Vocabulary(const Known& known, const protect::Released& released);

  /// Code of a present event, from its code in Released.
  std::uint64_t present(std::uint64_t code) const {
    return period_[code / released_combos_] * combos_ + combo_[code % released_combos_];
  }
  /// The combination of such a code, and of one of Released.
  std::uint64_t combo_of(std::uint64_t code) const { return code % combos_; }
  std::uint32_t combo(std::uint32_t released) const { return combo_[released]; }
  /// Codes of the events that a persona shows, in the order of KnownPersona::events; `codes` is
  /// replaced.
  void published(const KnownPersona& persona, std::vector<std::uint64_t>& codes) const;

  const std::vector<std::int32_t>& period_starts() const { return starts_; }  ///< ascending
  const std::vector<std::vector<std::optional<std::string>>>& combos() const { return rows_; }
  /// Codes are below this.
  std::uint64_t size() const { return (starts_.empty() ? 1 : starts_.size()) * combos_; }

 private:
  std::uint64_t place(std::int32_t start) const;

  std::vector<std::int32_t> starts_;
  std::vector<std::vector<std::optional<std::string>>> rows_;
  std::uint64_t released_combos_, combos_ = 1;
  std::vector<std::uint64_t> period_;  // of Released -> place in starts_
  std::vector<std::uint32_t> combo_;   // of Released -> place in rows_
};

}  // namespace pt::release

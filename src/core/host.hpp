// What the pure core needs from the program it runs in: cancellation, progress and memory. The
// server binds it to interrupts, the activity string and a memory context (src/pg/host); tests use
// the class as it is.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string_view>

namespace pt {

/// Services injected into long computations. The default implementation never cancels, drops
/// progress and allocates from the C++ default resource, so `pt::Host host;` suffices in a unit
/// test.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  /// Gives the host a chance to cancel: throws when the statement was cancelled. About 0.3 ns when
  /// nothing is pending; call it in every loop whose length depends on data, at least every few
  /// milliseconds of work.
  virtual void poll() {}

  /// Reports that `done` of `total` units of `phase` are finished (`total` 0: unknown). May throw
  /// like poll(). Cheap, rate-limited by the host; call it at most every few thousand units.
  virtual void progress([[maybe_unused]] std::string_view phase,
                        [[maybe_unused]] std::uint64_t done, [[maybe_unused]] std::uint64_t total) {
    poll();
  }

  /// Resource for the big arrays; throws std::bad_alloc when the memory limit is reached. Lives as
  /// long as the host.
  [[nodiscard]] virtual std::pmr::memory_resource* memory() {
    return std::pmr::get_default_resource();
  }
};

}  // namespace pt

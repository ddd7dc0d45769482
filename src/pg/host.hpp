// The server's side of pt::Host: interrupts, progress and memory.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

#include "core/host.hpp"
#include "pg/boundary.hpp"
#include "pg/memory.hpp"

extern "C" {
#include "utils/backend_status.h"
}

namespace pt::pg {

/// Binds a computation to the backend. poll() acts on pending interrupts; progress() keeps the
/// activity string of the backend current (at most twice a second) and, when a call takes long,
/// sends a NOTICE every ten seconds; memory() is a context of its own under
/// personatwin.memory_limit, freed with the host. Create it first, so that it dies last.
class PgHost final : public Host {
 public:
  /// `title` names the call in messages ("pt_create_personas"); `parent` owns the working memory.
  explicit PgHost(std::string title, MemoryContext parent = CurrentMemoryContext);
  ~PgHost() override;

  void poll() override { poll_interrupts(); }
  void progress(std::string_view phase, std::uint64_t done, std::uint64_t total) override;
  [[nodiscard]] std::pmr::memory_resource* memory() override { return &resource_; }

  /// The largest number of bytes that were allocated at one time.
  [[nodiscard]] std::size_t peak_memory() const noexcept { return resource_.peak(); }

 private:
  std::string title_;
  std::string phase_;
  OwnedContext context_;
  ContextResource resource_;
  std::int64_t last_report_ = 0;  // microseconds, monotonic for our purpose
  std::int64_t last_notice_ = 0;
  decltype(pgstat_get_my_query_id()) query_id_;
  bool reported_ = false;
};

}  // namespace pt::pg

#include "pg/guc.hpp"

#include "pg/compat.hpp"

namespace pt::pg {

namespace {
constexpr int kDefaultMemoryLimitKb = 2 * 1024 * 1024;
constexpr int kDefaultSwapTimeoutMs = 5000;
int memory_limit = kDefaultMemoryLimitKb;
int swap_timeout = kDefaultSwapTimeoutMs;
}  // namespace

int memory_limit_kb() noexcept { return memory_limit; }
int swap_timeout_ms() noexcept { return swap_timeout; }

void define_settings() {
  DefineCustomIntVariable(
      "personatwin.memory_limit", "Upper bound of the working memory of one personatwin call.",
      "A call that would need more stops with an out-of-memory error; 0 means no bound.",
      &memory_limit, kDefaultMemoryLimitKb, 0, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB, nullptr,
      nullptr, nullptr);
  DefineCustomIntVariable(
      "personatwin.swap_timeout", "How long a publication waits for readers of the old version.",
      "When the time is over the publication stops and the old version stays; 0 waits without end.",
      &swap_timeout, kDefaultSwapTimeoutMs, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr,
      nullptr);
  MarkGUCPrefixReserved("personatwin");
}

}  // namespace pt::pg

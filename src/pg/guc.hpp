// The extension's settings.
#pragma once

namespace pt::pg {

/// Registers personatwin.* settings; called once from _PG_init.
void define_settings();

/// personatwin.memory_limit in kB: upper bound of the working memory of one call; 0 means no bound.
[[nodiscard]] int memory_limit_kb() noexcept;

/// personatwin.swap_timeout in ms: how long a publication waits for readers before it gives up with
/// 55P03; 0 means without end.
[[nodiscard]] int swap_timeout_ms() noexcept;

}  // namespace pt::pg

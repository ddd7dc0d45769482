// The extension's settings.
#pragma once

#include <string>
#include <vector>

namespace pt::pg {

/// Registers personatwin.* settings; called once from _PG_init.
void define_settings();

/// personatwin.memory_limit in kB: upper bound of the working memory of one call; 0 means no bound.
[[nodiscard]] int memory_limit_kb() noexcept;

/// personatwin.swap_timeout in ms: how long a publication waits for readers before it gives up with
/// 55P03; 0 means without end.
[[nodiscard]] int swap_timeout_ms() noexcept;

/// personatwin.advice_*: asked for by name, so that they also work in the worker's library, which
/// has variables of its own.
[[nodiscard]] std::vector<std::string> advice_allow();
[[nodiscard]] bool advice_local_only();
[[nodiscard]] std::string advice_key_directory();
[[nodiscard]] std::string advice_ca_file();
[[nodiscard]] std::string advice_proxy();
[[nodiscard]] int advice_idle_timeout_ms();

}  // namespace pt::pg

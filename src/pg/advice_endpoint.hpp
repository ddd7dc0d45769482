// Endpoints: the models that may be asked, as a superuser defined them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "advisor/endpoint.hpp"
#include "advisor/provider.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// A row of personatwin.advice_endpoint.
struct AdviceEndpoint {
  std::string name;
  advisor::Provider provider = advisor::Provider::openai;
  advisor::Address address;
  std::string model;
  std::string key_source;
  std::int32_t max_tokens = 0, timeout_seconds = 0;
  std::optional<std::string> closed_by;
  bool share_answers = false;  ///< roles share answers to questions about their sources
};

/// The named endpoint; 42704 with a hint when there is none.
[[nodiscard]] AdviceEndpoint load_endpoint(std::string_view name);

/// Checks an address against the settings personatwin.advice_allow and advice_local_only.
void require_allowed(const advisor::Address& address);

/// Columns of personatwin.advice_endpoint `e` that read_endpoint() takes, and their number.
inline constexpr std::string_view kEndpointColumns =
    "e.name, e.provider, e.base_url, e.model, e.key_source, e.max_tokens, e.timeout_seconds, "
    "e.closed_by, e.share_answers";
inline constexpr int kEndpointWidth = 9;

/// kEndpointColumns of a row, from column `first` on.
[[nodiscard]] AdviceEndpoint read_endpoint(const Row& row, int first);

}  // namespace pt::pg

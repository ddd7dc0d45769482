// One HTTP request by libcurl. No PostgreSQL in here: libcurl resolves names in a thread of its
// own, and callbacks run inside its frames.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "advisor/endpoint.hpp"
#include "advisor/provider.hpp"
#include "advisor/secret_key.hpp"

namespace pt::advisor {

/// How a request is sent.
struct Transfer {
  Address address;
  const Call* call = nullptr;
  const SecretText* key_header = nullptr;  ///< 'name: value'; empty: none
  std::string ca_file;                     ///< PEM; empty: the system's
  std::string proxy;                       ///< empty: none, whatever the environment says
  long connect_timeout_ms = 5'000;
  long timeout_ms = 60'000;
  std::function<bool()> cancelled;  ///< asked about every 100 ms and on every signal; may not throw
};

/// Sends the request and waits for the whole reply, at most 1 MiB of body and 64 KiB of headers.
/// Redirects are not followed, the proxy of the environment is not used, TLS is always verified,
/// peers are checked by may_connect(). Never throws but std::bad_alloc; a cancelled transfer has
/// the error 'cancelled'. Throws Error XX000 when libcurl
/// lacks an option that the rules need.
[[nodiscard]] Reply perform(const Transfer& transfer);

}  // namespace pt::advisor

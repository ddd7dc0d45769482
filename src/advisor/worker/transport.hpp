// HTTP requests by libcurl, several at a time. No PostgreSQL in here: libcurl resolves names in
// threads of its own, and callbacks run inside its frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "advisor/endpoint.hpp"
#include "advisor/provider.hpp"
#include "advisor/secret_key.hpp"

namespace pt::advisor {

/// How a request is sent.
struct Transfer {
  Address address;
  Call call;
  SecretText key_header;  ///< 'name: value'; empty: none
  std::string ca_file;    ///< PEM; empty: the system's
  std::string proxy;      ///< empty: none, whatever the environment says
  long connect_timeout_ms = 5'000;
  long timeout_ms = 60'000;
};

struct UnderWay;  // one request, from its start to its reply

/// Requests under way. Replies hold at most 1 MiB of body and 64 KiB of headers. Redirects are not
/// followed, the proxy of the environment is not used, TLS is always verified, peers are checked by
/// may_connect(). What is still under way at the end of the scope is broken off.
class Transfers {
 public:
  Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  ~Transfers();

  /// Begins a request that is known by `tag`. Throws Error XX000 when libcurl lacks an option that
  /// the rules need, std::bad_alloc; then nothing is sent.
  void start(std::int64_t tag, Transfer&& transfer);

  /// Waits until something happens, a signal arrives or the time is over, and returns the replies
  /// that are complete. A failed transfer is a reply with transport_error.
  std::vector<std::pair<std::int64_t, Reply>> wait(int milliseconds);

  /// Tags of the requests under way.
  [[nodiscard]] std::vector<std::int64_t> under_way() const;

 private:
  void* multi_;
  std::vector<std::unique_ptr<UnderWay>> requests_;
};

}  // namespace pt::advisor

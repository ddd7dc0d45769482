// Where requests may go: parsing of a base URL and the rules against requests forged by way of the
// server (SSRF).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pt::advisor {

/// A base URL in its parts. Only http and https, no user, no query, no fragment.
struct Address {
  std::string scheme;  ///< http or https
  std::string host;    ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string path;  ///< '' or '/prefix', without a slash at the end

  /// scheme://host:port, with brackets around an IPv6 address.
  [[nodiscard]] std::string origin() const;
  /// Whether the host is a name or address of this machine: localhost, 127.0.0.0/8, ::1.
  [[nodiscard]] bool is_loopback() const;
};

/// Parses a base URL. Throws Error 22023 with what is wrong.
[[nodiscard]] Address parse_address(std::string_view url);

/// Checks an endpoint against the rules: https unless loopback; its origin in `allowed` (origins
/// as scheme://host[:port]; 'loopback' stands for http and https to this machine, any port);
/// with `local_only` the host must be loopback. Throws Error 22023 or 42501.
void check_address(const Address& address, const std::vector<std::string>& allowed,
                   bool local_only);

/// What a peer address (as text, IPv4 or IPv6) belongs to.
enum class Network : std::uint8_t {
  global,    ///< the internet
  loopback,  ///< 127.0.0.0/8, ::1
  reserved,  ///< private, link-local (metadata services), shared, multicast, unspecified; or no
             ///< address
};
[[nodiscard]] Network network_of(std::string_view address);

/// Whether a connection to `peer` may be used for a request to `address`: a loopback endpoint may
/// reach loopback only, any other the internet only, unless its host is an address literal that was
/// allowed by name. This also stops a name that resolves to an inner address (DNS rebinding).
[[nodiscard]] bool may_connect(const Address& address, std::string_view peer);

}  // namespace pt::advisor

#include "advisor/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "core/error.hpp"

namespace pt::advisor {
namespace {

constexpr std::string_view kHint =
    "Write https://host[:port][/path], or http:// for a server on this machine.";

Error bad(std::string message) {
  return invalid_parameter(std::move(message), {}, std::string(kHint));
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}
bool is_path_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~' || c == '/';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    throw bad("a port of an endpoint must be a number from 1 to 65535");
  return port;
}

/// Splits 'host', 'host:port' or '[v6]:port'.
void parse_authority(std::string_view text, Address& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    std::size_t const end = text.find(']');
    if (end == std::string_view::npos) throw bad("the address of an endpoint lacks a ]");
    address.host = lower(text.substr(1, end - 1));
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET6, address.host.c_str(), bytes.data()) != 1)
      throw bad("an endpoint has no valid IPv6 address between its brackets");
    text.remove_prefix(end + 1);
    if (!text.empty() && !text.starts_with(':')) throw bad("an endpoint has text behind its ]");
    if (!text.empty()) port = text.substr(1);
    if (!text.empty() && port.empty()) throw bad("an endpoint has no port behind its colon");
  } else {
    std::size_t const colon = text.find(':');
    address.host = lower(text.substr(0, colon));
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) throw bad("an endpoint has no port behind its colon");
    }
    if (address.host.empty() || address.host.size() > 253 ||
        !std::all_of(address.host.begin(), address.host.end(), is_host_character))
      throw bad("an endpoint has no valid host name");
  }
  address.port = port.empty() ? (address.scheme == "https" ? 443 : 80) : parse_port(port);
}

bool in_prefix(std::uint32_t address, std::uint32_t prefix, int bits) {
  return (address >> (32 - bits)) == (prefix >> (32 - bits));
}

/// RFC 6890's special-purpose registry, and multicast.
Network network_of_v4(std::uint32_t a) {
  if (in_prefix(a, 0x7F000000, 8)) return Network::loopback;
  struct Prefix {
    std::uint32_t address;
    int bits;
  };
  constexpr std::array<Prefix, 13> kReserved{{{0x00000000, 8},
                                              {0x0A000000, 8},
                                              {0x64400000, 10},
                                              {0xA9FE0000, 16},
                                              {0xAC100000, 12},
                                              {0xC0000000, 24},
                                              {0xC0000200, 24},
                                              {0xC0A80000, 16},
                                              {0xC6120000, 15},
                                              {0xC6336400, 24},
                                              {0xCB007100, 24},
                                              {0xE0000000, 4},
                                              {0xF0000000, 4}}};
  for (const Prefix& p : kReserved)
    if (in_prefix(a, p.address, p.bits)) return Network::reserved;
  return Network::global;
}

Network network_of_v6(const std::array<unsigned char, 16>& b) {
  static constexpr std::array<unsigned char, 15> kZeros{};
  bool const zeros = std::memcmp(b.data(), kZeros.data(), 15) == 0;
  if (zeros) return b[15] == 1 ? Network::loopback : Network::reserved;
  auto const v4_at = [&](std::size_t i) {
    return network_of_v4((std::uint32_t{b[i]} << 24) | (std::uint32_t{b[i + 1]} << 16) |
                         (std::uint32_t{b[i + 2]} << 8) | b[i + 3]);
  };
  if (std::memcmp(b.data(), kZeros.data(), 10) == 0 && b[10] == 0xFF && b[11] == 0xFF)
    return v4_at(12);  // ::ffff:a.b.c.d
  if (b[0] == 0x20 && b[1] == 0x02)
    return v4_at(2) == Network::global ? Network::global : Network::reserved;  // 6to4
  return (b[0] & 0xE0U) == 0x20 && !(b[0] == 0x20 && b[1] == 0x01 && b[2] < 2) &&
                 !(b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0D && b[3] == 0xB8)
             ? Network::global  // 2000::/3 without Teredo, protocol and documentation prefixes
             : Network::reserved;
}

bool is_literal(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

std::string Address::origin() const {
  bool const v6 = host.find(':') != std::string::npos;
  return scheme + "://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Address::is_loopback() const {
  return host == "localhost" || network_of(host) == Network::loopback;
}

Address parse_address(std::string_view url) {
  Address address;
  std::size_t const colon = url.find("://");
  address.scheme = colon == std::string_view::npos ? "" : lower(url.substr(0, colon));
  if (address.scheme != "http" && address.scheme != "https")
    throw bad("an endpoint must begin with https:// or http://");
  url.remove_prefix(colon + 3);
  std::size_t const slash = url.find('/');
  std::string_view const authority = url.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? "" : url.substr(slash);
  if (authority.find('@') != std::string_view::npos)
    throw bad("an endpoint must not hold a user or a password");
  if (!std::all_of(path.begin(), path.end(), is_path_character) ||
      path.find("..") != std::string_view::npos)
    throw bad("the path of an endpoint may hold letters, digits and - . _ ~ / only");
  while (path.ends_with('/')) path.remove_suffix(1);
  address.path = path;
  parse_authority(authority, address);
  return address;
}

void check_address(const Address& address, const std::vector<std::string>& allowed,
                   bool local_only) {
  bool const loopback = address.is_loopback();
  if (address.scheme != "https" && !loopback)
    throw bad("an endpoint that is not on this machine must use https");
  if (local_only && !loopback)
    throw insufficient_privilege(
        "personatwin.advice_local_only is on and " + address.origin() + " is not on this machine",
        {}, "Use an endpoint on this machine.");
  for (const std::string& entry : allowed) {
    if (entry == "loopback" ? loopback : parse_address(entry).origin() == address.origin()) return;
  }
  throw insufficient_privilege(address.origin() + " is not in personatwin.advice_allow", {},
                               "A superuser may add it there: scheme://host:port.");
}

Network network_of(std::string_view text) {
  std::string const address(text);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1)
    return network_of_v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                         (std::uint32_t{bytes[2]} << 8) | bytes[3]);
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return network_of_v6(bytes);
  return Network::reserved;
}

bool may_connect(const Address& address, std::string_view peer) {
  Network const network = network_of(peer);
  if (address.is_loopback()) return network == Network::loopback;
  if (network == Network::global) return true;
  return network == Network::reserved && is_literal(address.host) &&
         network_of(address.host) == Network::reserved && peer == address.host;
}

}  // namespace pt::advisor

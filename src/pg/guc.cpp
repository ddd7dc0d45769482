#include "pg/guc.hpp"

#include <algorithm>
#include <string_view>

#include "pg/boundary.hpp"

#include "pg/compat.hpp"

namespace pt::pg {

namespace {
constexpr int kDefaultMemoryLimitKb = 2 * 1024 * 1024;
constexpr int kDefaultSwapTimeoutMs = 5000;
int memory_limit = kDefaultMemoryLimitKb;
int swap_timeout = kDefaultSwapTimeoutMs;

// Variables that the server fills; they are read through setting().
constexpr int kDefaultIdleTimeoutMs = 2000;
char* advice_allow_value = nullptr;
bool advice_local_only_value = false;
char* advice_key_directory_value = nullptr;
char* advice_ca_file_value = nullptr;
char* advice_proxy_value = nullptr;
int advice_idle_timeout_value = kDefaultIdleTimeoutMs;

std::string setting(const char* name) {
  const char* const value =
      guarded([name] { return GetConfigOption(name, /* missing_ok */ true, false); });
  return value == nullptr ? std::string() : std::string(value);
}

void define_text(const char* name, const char* what, const char* more, char** value,
                 const char* initial, int flags) {
  DefineCustomStringVariable(name, what, more, value, initial, PGC_SIGHUP, flags, nullptr, nullptr,
                             nullptr);
}

void define_advice_settings() {
  define_text("personatwin.advice_allow", "Where requests for advice may go.",
              "Origins (scheme://host[:port]) separated by commas; loopback: any port of this "
              "machine.",
              &advice_allow_value, "https://api.openai.com, https://api.anthropic.com, loopback",
              GUC_LIST_INPUT);
  define_text("personatwin.advice_key_directory", "Directory of key files, named like endpoints.",
              "A key file follows the rules of TLS key files.", &advice_key_directory_value, "",
              GUC_SUPERUSER_ONLY);
  define_text("personatwin.advice_ca_file", "Certificates of authorities for advice (PEM).",
              "Empty: the system's.", &advice_ca_file_value, "", 0);
  define_text("personatwin.advice_proxy", "Proxy for requests for advice.",
              "Empty: none, whatever the environment says.", &advice_proxy_value, "",
              GUC_SUPERUSER_ONLY);
  DefineCustomBoolVariable(
      "personatwin.advice_local_only", "Whether advice may come from this machine only.",
      "Local servers that forward a question elsewhere are refused, too.", &advice_local_only_value,
      false, PGC_SIGHUP, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("personatwin.advice_idle_timeout",
                          "How long a worker of advice waits for more before it ends.", nullptr,
                          &advice_idle_timeout_value, kDefaultIdleTimeoutMs, 0, 3'600'000,
                          PGC_SIGHUP, GUC_UNIT_MS, nullptr, nullptr, nullptr);
}
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
  define_advice_settings();
  MarkGUCPrefixReserved("personatwin");
}

std::vector<std::string> advice_allow() {
  std::vector<std::string> entries;
  std::string const list = setting("personatwin.advice_allow");
  constexpr std::string_view kSpace = " \t\n";
  for (std::size_t at = 0; at < list.size();) {
    std::size_t const end = std::min(list.find(',', at), list.size());
    std::size_t const from = list.find_first_not_of(kSpace, at);
    if (from < end)
      entries.push_back(list.substr(from, list.find_last_not_of(kSpace, end - 1) - from + 1));
    at = end + 1;
  }
  return entries;
}

bool advice_local_only() { return setting("personatwin.advice_local_only") != "off"; }
std::string advice_key_directory() { return setting("personatwin.advice_key_directory"); }
std::string advice_ca_file() { return setting("personatwin.advice_ca_file"); }
std::string advice_proxy() { return setting("personatwin.advice_proxy"); }

int advice_idle_timeout_ms() {
  // Shown with its unit ('2s', '500ms'), which the server's own parser reads back.
  std::string const text = setting("personatwin.advice_idle_timeout");
  int value = kDefaultIdleTimeoutMs;
  static_cast<void>(guarded([&] { return parse_int(text.c_str(), &value, GUC_UNIT_MS, nullptr); }));
  return value;
}

}  // namespace pt::pg

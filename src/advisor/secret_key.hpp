// API keys: read at the moment they are needed, wiped afterwards, never copied into anything that
// is printed or stored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pt::advisor {

/// Characters that are overwritten when they go. Can't be copied.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  SecretText(SecretText&& other) noexcept { swap(other); }
  SecretText& operator=(SecretText&& other) noexcept {
    wipe();
    swap(other);
    return *this;
  }
  ~SecretText() { wipe(); }

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  [[nodiscard]] const char* c_str() const noexcept { return text_.c_str(); }
  void wipe() noexcept;

 private:
  void swap(SecretText& other) noexcept { text_.swap(other.text_); }
  std::string text_;
};

/// The key in a file: its first line, without white space at the ends. The rule of TLS keys
/// applies: a regular file, no symbolic link, owned by this process's user and readable by nobody
/// else (0600 or less), or owned by root and readable by the group at most (0640). At most 4096
/// printable ASCII characters. Throws Error 58P01, 42501 or 22023 that names the setting, never the
/// content.
[[nodiscard]] SecretText read_key_file(const std::string& path);

/// The key in the environment variable PERSONATWIN_LLM_KEY_<NAME> (upper case, - as _), or an empty
/// one.
[[nodiscard]] SecretText key_from_environment(std::string_view endpoint);

}  // namespace pt::advisor

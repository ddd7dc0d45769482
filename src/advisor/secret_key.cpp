#include "advisor/secret_key.hpp"

#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/error.hpp"

namespace pt::advisor {
namespace {

constexpr std::size_t kMaxKey = 4096;

class File {
 public:
  explicit File(const std::string& path)
      : descriptor_(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

void check_file(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    throw invalid_parameter("the key file is not a regular file");
  bool const own = status.st_uid == geteuid() && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  bool const of_root = status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) == 0;
  if (!own && !of_root)
    throw insufficient_privilege(
        "the key file can be read by others", {},
        "Let it belong to the server's user with mode 0600, or to root with mode 0640.");
}

std::string_view trimmed_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

/// A key goes into a header: a line break in it would be another header.
SecretText checked(std::string_view key) {
  auto const printable = [](char c) { return c > ' ' && c < 0x7F; };
  if (key.empty()) throw invalid_parameter("the key is empty");
  if (key.size() > kMaxKey || !std::all_of(key.begin(), key.end(), printable))
    throw invalid_parameter("the key holds something that no key holds", {},
                            "A key is one line of at most 4096 printable ASCII characters.");
  return SecretText(std::string(key));
}

}  // namespace

void SecretText::wipe() noexcept {
  // The whole capacity: a short text lives inside the object, a moved one leaves nothing behind.
  text_.resize(text_.capacity());
  explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

SecretText read_key_file(const std::string& path) {
  File const file(path);
  if (file.descriptor() < 0) {
    if (errno == ELOOP) throw invalid_parameter("the key file is a symbolic link");
    throw Error("58P01", "the key file can't be opened", {},
                "Check personatwin.advice_key_directory and the name of the endpoint.");
  }
  check_file(file.descriptor());
  std::array<char, kMaxKey + 2> buffer{};
  std::size_t length = 0;
  while (length < buffer.size()) {
    ssize_t const got = read(file.descriptor(), buffer.data() + length, buffer.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += static_cast<std::size_t>(got);
  }
  struct Wipe {
    std::array<char, kMaxKey + 2>& buffer;
    ~Wipe() { explicit_bzero(buffer.data(), buffer.size()); }
  } const wipe{buffer};
  return checked(trimmed_line({buffer.data(), length}));
}

SecretText key_from_environment(std::string_view endpoint) {
  std::string name("PERSONATWIN_LLM_KEY_");
  for (char const c : endpoint)
    name += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return {};
  return checked(trimmed_line(value));
}

}  // namespace pt::advisor

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "advisor/endpoint.hpp"
#include "advisor/retry.hpp"
#include "advisor/secret_key.hpp"
#include "core/error.hpp"

using namespace pt::advisor;

TEST(AdviceEndpoint, ParsesAddresses) {
  Address a = parse_address("https://API.example.com/v2/");
  EXPECT_EQ(a.origin(), "https://api.example.com:443");
  EXPECT_EQ(a.path, "/v2");
  EXPECT_EQ(parse_address("http://localhost:11434").origin(), "http://localhost:11434");
  a = parse_address("http://[::1]:8080");
  EXPECT_EQ(a.origin(), "http://[::1]:8080");
  EXPECT_TRUE(a.is_loopback());
  for (const char* bad : {"",
                          "ftp://x",
                          "https://",
                          "https:///x",
                          "https://u:p@x",
                          "https://u@x",
                          "https://x:0",
                          "https://x:65536",
                          "https://x:",
                          "https://x:1x",
                          "https://x y",
                          "https://x/a?b",
                          "https://x/#",
                          "https://x/../y",
                          "https://[::1",
                          "https://[::1]x",
                          "https://[zz]",
                          "https://x\nHost: y",
                          "file:///etc/passwd",
                          "x",
                          "https://x/%2e"})
    EXPECT_THROW((void)parse_address(bad), pt::Error) << bad;
}

TEST(AdviceEndpoint, HoldsTheRules) {
  std::vector<std::string> const allowed{"https://api.example.com", "loopback",
                                         "https://10.0.0.7:8443"};
  auto const check = [&](const char* url, bool local = false) {
    check_address(parse_address(url), allowed, local);
  };
  EXPECT_NO_THROW(check("https://api.example.com:443/x"));
  EXPECT_NO_THROW(check("http://127.0.0.1:1"));
  EXPECT_NO_THROW(check("http://localhost:11434", true));
  EXPECT_NO_THROW(check("https://10.0.0.7:8443"));
  for (const char* bad :
       {"https://api.example.com:444", "https://evil.example.com", "http://api.example.com",
        "https://api.example.com.evil.org", "https://10.0.0.8:8443"})
    EXPECT_THROW(check(bad), pt::Error) << bad;
  EXPECT_THROW(check("https://api.example.com", true), pt::Error);
  EXPECT_THROW(check_address(parse_address("http://localhost:1"), {}, false), pt::Error);
}

// RFC 6890 and its updates; metadata services live in 169.254.0.0/16 and fd00:ec2::254.
TEST(AdviceEndpoint, KnowsNetworks) {
  for (const char* text : {"127.0.0.1", "127.255.1.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_EQ(network_of(text), Network::loopback) << text;
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "100.64.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "fe80::1",
                           "fd00:ec2::254",
                           "fc00::1",
                           "ff02::1",
                           "::ffff:10.0.0.1",
                           "2002:0a00:0001::",
                           "2001:db8::1",
                           "2001:0::1",
                           "64:ff9b::a00:1",
                           "nonsense",
                           ""})
    EXPECT_EQ(network_of(text), Network::reserved) << text;
  for (const char* text :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"})
    EXPECT_EQ(network_of(text), Network::global) << text;
}

TEST(AdviceEndpoint, ChecksPeers) {
  Address const outside = parse_address("https://api.example.com");
  EXPECT_TRUE(may_connect(outside, "8.8.8.8"));
  for (const char* peer : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"})
    EXPECT_FALSE(may_connect(outside, peer)) << peer;
  Address const here = parse_address("http://localhost:1");
  EXPECT_TRUE(may_connect(here, "::1"));
  EXPECT_FALSE(may_connect(here, "8.8.8.8"));
  Address const inner = parse_address("https://10.0.0.7");
  EXPECT_TRUE(may_connect(inner, "10.0.0.7"));
  EXPECT_FALSE(may_connect(inner, "10.0.0.8"));
}

TEST(AdviceRetry, WaitsWithFullJitter) {
  EXPECT_DOUBLE_EQ(backoff(1, {}, 0.5), 1);
  EXPECT_DOUBLE_EQ(backoff(4, {}, 0.5), 8);
  EXPECT_DOUBLE_EQ(backoff(2, 10, 0.9), 10);
  EXPECT_DOUBLE_EQ(backoff(5, 1, 0.9), 0.9 * 32);
  EXPECT_DOUBLE_EQ(backoff(3, 1e9, 0), kMaxWait);
  EXPECT_DOUBLE_EQ(backoff(3, NAN, 0.25), 2);
  EXPECT_LE(backoff(1'000'000, {}, 0.999), kMaxWait);
}

TEST(AdviceRetry, BreaksTheCircuit) {
  EXPECT_EQ(Breaker::after_failure(0).pause, 0);
  EXPECT_EQ(Breaker::after_failure(3).pause, 0);
  EXPECT_EQ(Breaker::after_failure(4).pause, 60);
  EXPECT_EQ(Breaker::after_failure(5).pause, 120);
  EXPECT_EQ(Breaker::after_failure(20).pause, 900);
}

class AdviceKey : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    path_ = directory_ + "/key";
  }
  void TearDown() override {
    if (getuid() == 0) {
      ASSERT_EQ(seteuid(0), 0);
    }
    unlink(path_.c_str());
    rmdir(directory_.c_str());
  }
  void write(const std::string& text, mode_t mode) {
    std::ofstream(path_) << text;
    chmod(path_.c_str(), mode);
  }
  std::string state_of() {
    try {
      (void)read_key_file(path_);
    } catch (const pt::Error& e) {
      EXPECT_EQ(e.message().find("sk-"), std::string::npos) << "an error must not hold the key";
      return e.sqlstate();
    }
    return "";
  }
  std::string directory_ = testing::TempDir() + "ptkeyXXXXXX";
  std::string path_;
};

TEST_F(AdviceKey, IsReadFromASafeFileOnly) {
  write("  sk-abc \r\nsecond line\n", 0600);
  EXPECT_EQ(read_key_file(path_).view(), "sk-abc");
  if (geteuid() != 0) {  // root's files may be readable by their group
    chmod(path_.c_str(), 0640);
    EXPECT_EQ(state_of(), "42501");
  }
  chmod(path_.c_str(), 0644);
  EXPECT_EQ(state_of(), "42501");
  write(
      "sk-a\x01"
      "b",
      0600);
  EXPECT_EQ(state_of(), "22023");
  write("sk-two words", 0600);
  EXPECT_EQ(state_of(), "22023");
  write("\n", 0600);
  EXPECT_EQ(state_of(), "22023");
  write("sk-" + std::string(5000, 'x'), 0600);
  EXPECT_EQ(state_of(), "22023");
  unlink(path_.c_str());
  EXPECT_EQ(state_of(), "58P01");
  ASSERT_EQ(symlink("/dev/null", path_.c_str()), 0);
  EXPECT_EQ(state_of(), "22023");
}

// The rule of owners as an ordinary user sees it: root, who runs tests in a container, becomes one
// for the while.
TEST_F(AdviceKey, BelongsToTheServersUserOrToRoot) {
  constexpr uid_t kOrdinary = 65534, kStranger = 54321;
  bool const root = geteuid() == 0;
  write("sk-abc\n", 0600);
  if (root) {
    ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
    ASSERT_EQ(chown(path_.c_str(), kOrdinary, 0), 0);
    ASSERT_EQ(seteuid(kOrdinary), 0);
  }
  EXPECT_EQ(read_key_file(path_).view(), "sk-abc");
  for (const mode_t mode : {0640, 0604, 0660, 0610}) {  // its own, but for others, too
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(state_of(), "42501") << std::oct << mode;
  }
  if (!root) GTEST_SKIP() << "files of others: only root can make them";
  const auto becomes = [this](uid_t owner, mode_t mode) {
    ASSERT_EQ(seteuid(0), 0);
    ASSERT_EQ(chown(path_.c_str(), owner, 0), 0);
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    ASSERT_EQ(seteuid(kOrdinary), 0);
  };
  becomes(0, 0640);  // root's, readable by its group, which the process has
  EXPECT_EQ(read_key_file(path_).view(), "sk-abc");
  for (const mode_t mode : {0644, 0660, 0650}) {
    becomes(0, mode);
    EXPECT_EQ(state_of(), "42501") << std::oct << mode;
  }
  becomes(0, 0600);
  EXPECT_EQ(state_of(), "58P01");  // not ours to read
  for (const mode_t mode : {0640, 0644}) {
    becomes(kStranger, mode);  // readable, but somebody else could change it
    EXPECT_EQ(state_of(), "42501") << std::oct << mode;
  }
  ASSERT_EQ(seteuid(0), 0);
}

TEST_F(AdviceKey, ComesFromTheEnvironment) {
  setenv("PERSONATWIN_LLM_KEY_MY_MODEL", "sk-env", 1);
  EXPECT_EQ(key_from_environment("my-model").view(), "sk-env");
  EXPECT_TRUE(key_from_environment("other").empty());
  unsetenv("PERSONATWIN_LLM_KEY_MY_MODEL");
}

#include "advisor/worker/transport.hpp"

#include <curl/curl.h>
#include <string.h>  // explicit_bzero

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>

#include "core/error.hpp"

namespace pt::advisor {

namespace {

constexpr std::size_t kMaxBody = std::size_t{1} << 20;
constexpr std::size_t kMaxHeaders = std::size_t{1} << 16;

struct HandleEnd {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, HandleEnd>;
struct ListEnd {
  void operator()(curl_slist* list) const {
    for (curl_slist* item = list; item != nullptr; item = item->next)
      explicit_bzero(item->data, std::strlen(item->data));  // one of them holds the key
    curl_slist_free_all(list);
  }
};
using List = std::unique_ptr<curl_slist, ListEnd>;

}  // namespace

/// A request under way: what it needs until its end, and what the callbacks fill. They never throw:
/// they report by their result, for an exception would have to pass through C frames.
struct UnderWay {
  std::int64_t tag = 0;
  Transfer transfer;
  Easy handle;
  List headers;
  Reply reply;
  std::size_t header_bytes = 0;
  const char* stop = nullptr;  // word of the reason why a callback ended the transfer
};

namespace {

void append(List& list, const char* header) {
  curl_slist* const longer = curl_slist_append(list.get(), header);
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& receiving = *static_cast<UnderWay*>(to);
  std::size_t const bytes = size * count;
  if (receiving.reply.body.size() + bytes > kMaxBody) {
    receiving.stop = "too_much";
    return 0;
  }
  try {
    receiving.reply.body.append(data, bytes);
  } catch (...) {
    receiving.stop = "memory";
    return 0;
  }
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

/// A number of seconds; an HTTP date is left to libcurl (CURLINFO_RETRY_AFTER).
std::optional<double> seconds(std::string_view text, double scale) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0)) return {};
  return value * scale;
}

void read_header(Reply& reply, std::string_view line) {
  if (line.starts_with("HTTP/")) {  // a new response (after 1xx): what was before doesn't count
    reply = Reply{};
    return;
  }
  std::size_t const colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::string_view const value = trimmed(line.substr(colon + 1));
  if (name == "content-type") reply.content_type = value;
  if (name == "x-request-id" || name == "request-id") reply.request_id = value;
  if (name == "retry-after-ms") reply.retry_after = seconds(value, 1e-3);
  if (name == "retry-after" && !reply.retry_after) reply.retry_after = seconds(value, 1);
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* to) {
  auto& receiving = *static_cast<UnderWay*>(to);
  std::size_t const bytes = size * count;
  receiving.header_bytes += bytes;
  if (receiving.header_bytes > kMaxHeaders) {
    receiving.stop = "too_much";
    return 0;
  }
  try {
    read_header(receiving.reply, {data, bytes});
  } catch (...) {
    receiving.stop = "memory";
    return 0;
  }
  return bytes;
}

int on_connected(void* to, char* peer, char* /*local*/, int /*peer_port*/, int /*local_port*/) {
  auto& receiving = *static_cast<UnderWay*>(to);
  bool allowed = false;
  try {
    // Behind a proxy the peer is the proxy, which the administrator has named.
    allowed = !receiving.transfer.proxy.empty() || may_connect(receiving.transfer.address, peer);
  } catch (...) {
    receiving.stop = "memory";
    return CURL_PREREQFUNC_ABORT;
  }
  if (allowed) return CURL_PREREQFUNC_OK;
  receiving.stop = "forbidden_address";
  return CURL_PREREQFUNC_ABORT;
}

struct Failure {
  const char* word;
  bool retry;
};

Failure describe(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"unknown_host", true};
    case CURLE_COULDNT_CONNECT:
      return {"refused", true};
    case CURLE_OPERATION_TIMEDOUT:
      return {"timeout", true};
    case CURLE_SSL_CONNECT_ERROR:
      return {"tls", true};
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {"broken_connection", true};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {"tls_not_trusted", false};
    case CURLE_SSL_CACERT_BADFILE:
      return {"ca_file", false};
    case CURLE_OUT_OF_MEMORY:
      return {"memory", true};
    default:
      return {"transfer", false};
  }
}

template <class T>
void set(CURL* handle, CURLoption option, T value) {
  CURLcode const code = curl_easy_setopt(handle, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK)  // an option we rely on is missing: nothing may be sent without it
    throw internal_error("libcurl refuses an option", curl_easy_strerror(code));
}

void set_policy(CURL* handle, const Transfer& transfer, UnderWay& receiving) {
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_QUICK_EXIT, 1L);  // a cancel doesn't wait for the thread that resolves names
  set(handle, CURLOPT_PROTOCOLS_STR, transfer.address.scheme.c_str());
  set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set(handle, CURLOPT_PROXY, transfer.proxy.c_str());
  set(handle, CURLOPT_NOPROXY, "");  // nor does the environment say what goes past the proxy
  set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!transfer.ca_file.empty()) set(handle, CURLOPT_CAINFO, transfer.ca_file.c_str());
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, transfer.connect_timeout_ms);
  set(handle, CURLOPT_TIMEOUT_MS, transfer.timeout_ms);
  set(handle, CURLOPT_PREREQFUNCTION, on_connected);
  set(handle, CURLOPT_PREREQDATA, static_cast<void*>(&receiving));
}

/// The reply of a request that has ended.
Reply finished(UnderWay& request, CURLcode code) {
  if (code == CURLE_OK) {
    Reply reply = std::move(request.reply);
    curl_easy_getinfo(request.handle.get(), CURLINFO_RESPONSE_CODE, &reply.status);
    curl_off_t wait = 0;
    if (!reply.retry_after &&
        curl_easy_getinfo(request.handle.get(), CURLINFO_RETRY_AFTER, &wait) == CURLE_OK &&
        wait > 0)
      reply.retry_after = static_cast<double>(wait);
    return reply;
  }
  Failure const failure = request.stop != nullptr ? Failure{request.stop, false} : describe(code);
  Reply failed;
  failed.transport_error = failure.word;
  failed.transport_retry = failure.retry;
  return failed;
}

}  // namespace

Transfers::Transfers() : multi_(curl_multi_init()) {
  if (multi_ == nullptr) throw std::bad_alloc();
}

Transfers::~Transfers() {
  for (const auto& request : requests_) curl_multi_remove_handle(multi_, request->handle.get());
  requests_.clear();
  curl_multi_cleanup(multi_);
}

void Transfers::start(std::int64_t tag, Transfer&& transfer) {
  auto request = std::make_unique<UnderWay>();
  request->tag = tag;
  request->transfer = std::move(transfer);
  request->handle.reset(curl_easy_init());
  if (!request->handle) throw std::bad_alloc();
  Transfer const& t = request->transfer;
  for (const std::string& header : t.call.headers) append(request->headers, header.c_str());
  append(request->headers, "expect:");
  if (!t.key_header.empty()) append(request->headers, t.key_header.c_str());

  CURL* const handle = request->handle.get();
  std::string const url = t.address.origin() + t.address.path + t.call.path;
  set_policy(handle, t, *request);
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_HTTPHEADER, request->headers.get());
  set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.call.body.size()));
  set(handle, CURLOPT_POSTFIELDS, t.call.body.c_str());
  set(handle, CURLOPT_WRITEFUNCTION, on_body);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(request.get()));
  set(handle, CURLOPT_HEADERFUNCTION, on_header);
  set(handle, CURLOPT_HEADERDATA, static_cast<void*>(request.get()));
  requests_.push_back(std::move(request));
  if (curl_multi_add_handle(multi_, handle) != CURLM_OK) {
    requests_.pop_back();
    throw std::bad_alloc();
  }
}

std::vector<std::pair<std::int64_t, Reply>> Transfers::wait(int milliseconds) {
  int running = 0;
  if (curl_multi_poll(multi_, nullptr, 0, milliseconds, nullptr) != CURLM_OK ||
      curl_multi_perform(multi_, &running) != CURLM_OK)
    throw std::bad_alloc();  // the only failure that good handles can have
  std::vector<std::pair<std::int64_t, Reply>> replies;
  int left = 0;
  while (CURLMsg const* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const handle = message->easy_handle;
    CURLcode const code = message->data.result;
    auto const found = std::find_if(requests_.begin(), requests_.end(),
                                    [&](const auto& r) { return r->handle.get() == handle; });
    if (found == requests_.end()) continue;
    replies.emplace_back((*found)->tag, finished(**found, code));
    curl_multi_remove_handle(multi_, handle);
    requests_.erase(found);
  }
  return replies;
}

std::vector<std::int64_t> Transfers::under_way() const {
  std::vector<std::int64_t> tags;
  for (const auto& request : requests_) tags.push_back(request->tag);
  return tags;
}

}  // namespace pt::advisor

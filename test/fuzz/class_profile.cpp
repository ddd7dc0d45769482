// Arbitrary bytes as transport format of a class profile, and as the memory of one: an error or a
// sound profile, never a crash, a read beyond the end or an endless loop.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/risk/disclosure.hpp"
#include "core/risk/identity.hpp"
#include "core/risk/profile.hpp"
#include "core/risk/wildcard.hpp"

namespace {

using pt::Host;
using pt::risk::ClassProfile;

class HeapMemory final : public pt::risk::ProfileMemory {
 public:
  ~HeapMemory() override {
    for (void* const block : blocks_) std::free(block);
  }
  void* allocate(std::size_t bytes) override {
    blocks_.push_back(std::malloc(bytes));
    return blocks_.back();
  }
  void release(void*) noexcept override {}
  std::size_t limit() const noexcept override { return std::size_t{1} << 24; }

 private:
  std::vector<void*> blocks_;
};

void read(const ClassProfile& profile, HeapMemory& memory, Host& host) {
  const auto histogram = profile.histogram(host);
  (void)pt::risk::identity_figures(pt::risk::size_distribution(histogram.size));
  if (histogram.has_sensitive() && histogram.classes() > 0)
    (void)pt::risk::disclosure_figures(histogram, 2, host);
  if (profile.shape().columns > 0) (void)pt::risk::wildcard_figures(profile, host);
  const ClassProfile packed = profile.pack(memory, host);
  ClassProfile copy = packed.unpack(memory, host);
  copy.merge(profile, memory, host);
  (void)copy.population_of_classes(copy, host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Host host;
  HeapMemory memory;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const ClassProfile profile = ClassProfile::decode(bytes, memory);
    if (profile.encode(host) != bytes) std::abort();  // the format has one form only
    read(profile, memory, host);
  } catch (const pt::Error&) {
  }
  try {
    // A block of its own, so that a read beyond its end is seen.
    void* const block = memory.allocate(size == 0 ? 1 : size);
    if (size > 0) std::memcpy(block, data, size);
    read(ClassProfile(block, size), memory, host);
  } catch (const pt::Error&) {
  }
  return 0;
}

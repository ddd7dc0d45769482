#include "core/model/dictionary.hpp"

#include "core/error.hpp"

namespace pt::model {

Dictionary::Dictionary(const Prf& prf, std::pmr::memory_resource* memory)
    : prf_(prf), bytes_(memory), ends_(memory), hashes_(memory), slots_(16, kMissing, memory) {}

std::string_view Dictionary::operator[](Code code) const {
  const std::uint32_t begin = code == 0 ? 0 : ends_[code - 1];
  return {bytes_.data() + begin, ends_[code] - begin};
}

Code Dictionary::intern(std::string_view bytes) {
  const std::uint64_t h = prf_.hash(bytes).lo;
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = h & mask;
  for (; slots_[i] != kMissing; i = (i + 1) & mask)
    if (hashes_[slots_[i]] == h && (*this)[slots_[i]] == bytes) return slots_[i];

  constexpr std::size_t kMaxBytes = 0xFFFFFFFFu;
  if (bytes_.size() + bytes.size() > kMaxBytes || hashes_.size() >= kMissing - 1)
    throw program_limit("a column has too many distinct values",
                        "The dictionary of one column is limited to 4 GB of distinct values.",
                        "Give the column the role 'ignore' or release a coarser form of it.");
  const auto code = static_cast<Code>(hashes_.size());
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  hashes_.push_back(h);
  slots_[i] = code;
  if (hashes_.size() * 2 > slots_.size()) grow();
  return code;
}

void Dictionary::grow() {
  std::pmr::vector<Code> bigger(slots_.size() * 2, kMissing, slots_.get_allocator());
  const std::size_t mask = bigger.size() - 1;
  for (Code code = 0; code < hashes_.size(); ++code) {
    std::size_t i = hashes_[code] & mask;
    while (bigger[i] != kMissing) i = (i + 1) & mask;
    bigger[i] = code;
  }
  slots_ = std::move(bigger);
}

}  // namespace pt::model

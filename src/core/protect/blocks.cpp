#include "core/protect/blocks.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace pt::protect {
namespace {

bool same_cell(const ClassRow& a, const ClassRow& b) {
  return a.gender == b.gender && a.ethnicity == b.ethnicity && a.geography == b.geography;
}

class Merger {
 public:
  Merger(Host& host, const std::vector<ClassRow>& classes, const std::vector<Block>& units,
         BlockRule& rule)
      : host_(host), classes_(classes), units_(units), rule_(rule) {}

  std::vector<Block> run() {
    for (std::uint32_t begin = 0; begin < units_.size();) {
      host_.poll();
      std::uint32_t end = begin;
      while (end < units_.size() && same_cell(class_of(begin), class_of(end))) ++end;
      merge_cell(begin, end);
      begin = end;
    }
    return sorted();
  }

  /// Of one block: its units are neighbours.
  std::vector<Block> divide(const Block& block) {
    if (!merge_cell(block.front(), block.back() + 1, 1)) blocks_.clear();
    return sorted();
  }

 private:
  std::vector<Block> sorted() {
    for (Block& block : blocks_) std::sort(block.begin(), block.end());
    std::sort(blocks_.begin(), blocks_.end());
    return std::move(blocks_);
  }

  const ClassRow& class_of(std::uint32_t unit) const { return classes_[units_[unit].front()]; }

  void merge_cell(std::uint32_t begin, std::uint32_t end) {
    for (std::size_t strictness = rule_.demands(); strictness > 0; --strictness)
      if (merge_cell(begin, end, strictness)) return;
  }

  bool merge_cell(std::uint32_t begin, std::uint32_t end, std::size_t strictness) {
    const std::size_t first = blocks_.size();
    Block open;
    rule_.clear();
    for (std::uint32_t u = begin; u < end; ++u) {
      open.push_back(u);
      rule_.add(u);
      if (!rule_.safe(strictness)) continue;
      blocks_.push_back(std::move(open));
      open.clear();
      rule_.clear();
    }
    // What is left over goes to its neighbours, until they carry it.
    bool safe = open.empty();
    while (!safe && blocks_.size() > first) {
      for (const std::uint32_t u : blocks_.back()) rule_.add(u);
      open.insert(open.end(), blocks_.back().begin(), blocks_.back().end());
      blocks_.pop_back();
      safe = rule_.safe(strictness);
    }
    if (safe && !open.empty()) blocks_.push_back(std::move(open));
    return safe;
  }

  Host& host_;
  const std::vector<ClassRow>& classes_;
  const std::vector<Block>& units_;
  BlockRule& rule_;
  std::vector<Block> blocks_;
};

}  // namespace

std::vector<std::uint32_t> by_cell(const std::vector<ClassRow>& classes) {
  std::vector<std::uint32_t> order(classes.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto key = [&](std::uint32_t c) {
    const ClassRow& row = classes[c];
    return std::tie(row.ethnicity, row.gender, row.geography, row.age_low);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  return order;
}

std::vector<Block> make_blocks(Host& host, const std::vector<ClassRow>& classes,
                               const std::vector<Block>& units, BlockRule& rule) {
  return Merger(host, classes, units, rule).run();
}

std::vector<Block> divide_block(Host& host, const std::vector<ClassRow>& classes,
                                const std::vector<Block>& units, BlockRule& rule,
                                const Block& block) {
  return Merger(host, classes, units, rule).divide(block);
}

bool in_one_cell(const std::vector<ClassRow>& classes, const Block& block) {
  return std::all_of(block.begin(), block.end(), [&](std::uint32_t c) {
    return same_cell(classes[c], classes[block.front()]);
  });
}

}  // namespace pt::protect

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/group/recode_partition.hpp"

namespace pt::group {
namespace {

using Cover = Ladder::Cover;

constexpr std::size_t kPollEvery = 8192;

/// One way to split a part: along `attribute`; `gain` is the loss it is expected to save.
struct Choice {
  double gain;
  std::size_t attribute;
};

class Splitter {
 public:
  Splitter(const Leaves& leaves, std::uint32_t k, Partition& partition, Host& host)
      : leaves_(leaves),
        k_(k),
        partition_(partition),
        host_(host),
        order_(host.memory()),
        moved_(host.memory()),
        child_of_(host.memory()),
        people_of_child_(host.memory()),
        tuples_of_child_(host.memory()),
        touched_(host.memory()),
        covers_(leaves.ladders.size(), host.memory()),
        choices_(host.memory()),
        sorted_(host.memory()),
        todo_(host.memory()),
        ends_(host.memory()) {
    for (std::uint32_t t = 0; t < leaves.size(); ++t)
      if (partition.group_of_tuple[t] == Partition::kFree) order_.push_back(t);
    moved_.resize(order_.size());
    child_of_.resize(order_.size());
    std::size_t widest = 0;
    for (const Ladder& ladder : leaves.ladders) widest = std::max(widest, ladder.leaves() + 1);
    people_of_child_.assign(widest, 0);
    tuples_of_child_.assign(widest, 0);
  }

  /// Splits the free tuples.
  void run() {
    if (people({0, order_.size()}) < k_) return;
    todo_.push_back({0, order_.size()});
    work();
  }

  /// Splits every group instead, and numbers the groups anew.
  void run_groups() {
    std::pmr::vector<std::size_t> end(partition_.groups + std::size_t{1}, 0, host_.memory());
    const auto& group = partition_.group_of_tuple;
    for (const std::uint32_t g : group)
      if (g != Partition::kFree) ++end[g + std::size_t{1}];
    std::partial_sum(end.begin(), end.end(), end.begin());
    for (std::uint32_t g = partition_.groups; g-- > 0;)
      todo_.push_back({end[g], end[g + std::size_t{1}]});
    order_.resize(end.back());
    for (std::uint32_t t = 0; t < group.size(); ++t)
      if (group[t] != Partition::kFree) order_[end[group[t]]++] = t;
    moved_.resize(order_.size());
    child_of_.resize(order_.size());
    partition_.groups = 0;
    work();
  }

 private:
  void work() {
    while (!todo_.empty()) {
      const Part part = todo_.back();
      todo_.pop_back();
      if (!split_part(part)) close(part);
    }
  }

  struct Part {
    std::size_t begin;
    std::size_t end;  // positions in order_
  };

  std::uint64_t people(const Part& part) const {
    std::uint64_t sum = 0;
    for (std::size_t i = part.begin; i < part.end; ++i) sum += leaves_.people[order_[i]];
    return sum;
  }

  void close(const Part& part) {
    for (std::size_t i = part.begin; i < part.end; ++i)
      partition_.group_of_tuple[order_[i]] = partition_.groups;
    ++partition_.groups;
  }

  bool split_part(const Part& part) {
    if (people(part) < 2 * std::uint64_t{k_}) return false;
    find_covers(part);
    choices_.clear();
    for (std::size_t j = 0; j < covers_.size(); ++j) {
      const double loss = leaves_.ladders[j].loss(covers_[j]);
      if (loss <= 0) continue;
      // Children are counted exactly; for a range half of the loss is what two even halves save.
      const double gain =
          is_halved(j) ? loss / 2 * static_cast<double>(people(part)) : child_gain(part, j, loss);
      if (gain > 0) choices_.push_back({gain, j});
    }
    std::stable_sort(choices_.begin(), choices_.end(),
                     [](const Choice& a, const Choice& b) { return a.gain > b.gain; });
    return std::any_of(choices_.begin(), choices_.end(),
                       [&](const Choice& choice) { return apply(part, choice.attribute); });
  }

  bool is_halved(std::size_t attribute) const { return leaves_.ladders[attribute].is_range(); }

  void find_covers(const Part& part) {
    const auto first = leaves_.tuple(order_[part.begin]);
    for (std::size_t j = 0; j < covers_.size(); ++j)
      covers_[j] = leaves_.ladders[j].cover_of(first[j]);
    for (std::size_t i = part.begin + 1; i < part.end; ++i) {
      if (i % kPollEvery == 0) host_.poll();
      const auto tuple = leaves_.tuple(order_[i]);
      for (std::size_t j = 0; j < covers_.size(); ++j)
        covers_[j] = leaves_.ladders[j].join(covers_[j], leaves_.ladders[j].cover_of(tuple[j]));
    }
  }

  /// Counts the people of each child of the part's node in people_of_child_ (touched_ lists them,
  /// ascending).
  void count_children(const Part& part, std::size_t attribute) {
    host_.poll();
    for (const std::uint32_t child : touched_)
      people_of_child_[child] = tuples_of_child_[child] = 0;
    touched_.clear();
    const auto child_of_leaf = leaves_.ladders[attribute].nodes(covers_[attribute].level - 1);
    for (std::size_t i = part.begin; i < part.end; ++i) {
      const std::uint32_t child = child_of_leaf[leaves_.tuple(order_[i])[attribute]];
      child_of_[i] = child;
      if (tuples_of_child_[child]++ == 0) touched_.push_back(child);
      people_of_child_[child] += leaves_.people[order_[i]];
    }
    std::sort(touched_.begin(), touched_.end());
  }

  /// People of the children that are too small to stand alone go with the smallest one that can,
  /// unless they are enough themselves. Returns the child they join, `none` if they stay apart.
  std::uint32_t home_of_rest() const {
    std::uint64_t rest = 0;
    std::uint32_t smallest = kNone;
    for (const std::uint32_t child : touched_) {
      if (people_of_child_[child] < k_)
        rest += people_of_child_[child];
      else if (smallest == kNone || people_of_child_[child] < people_of_child_[smallest])
        smallest = child;
    }
    return rest >= k_ ? kNone : smallest;
  }

  bool has_rest() const {
    return std::any_of(touched_.begin(), touched_.end(),
                       [this](std::uint32_t child) { return people_of_child_[child] < k_; });
  }

  /// Loss saved if the part is split into the children of its node.
  double child_gain(const Part& part, std::size_t attribute, double loss) {
    count_children(part, attribute);
    const auto losses = leaves_.ladders[attribute].node_losses(covers_[attribute].level - 1);
    const std::uint32_t home = has_rest() ? home_of_rest() : kNone;
    double gain = 0;
    for (const std::uint32_t child : touched_)
      if (people_of_child_[child] >= k_ && child != home)
        gain += (loss - losses[child]) * static_cast<double>(people_of_child_[child]);
    return gain;
  }

  bool apply(const Part& part, std::size_t attribute) {
    const std::uint32_t parts =
        is_halved(attribute) ? mark_halves(part, attribute) : mark_children(part, attribute);
    if (parts < 2) return false;
    scatter(part, parts);
    return true;
  }

  /// Sets child_of_ to the number of the part each tuple goes to; returns how many there are.
  std::uint32_t mark_children(const Part& part, std::size_t attribute) {
    count_children(part, attribute);
    const bool rest = has_rest();
    const std::uint32_t home = rest ? home_of_rest() : kNone;
    std::uint32_t parts = 0;
    std::pmr::vector<std::uint32_t> part_of_child(touched_.size(), 0, host_.memory());
    for (std::size_t c = 0; c < touched_.size(); ++c)
      if (people_of_child_[touched_[c]] >= k_) part_of_child[c] = parts++;
    const auto part_of = [&](std::uint32_t child) {
      const auto at = std::lower_bound(touched_.begin(), touched_.end(), child) - touched_.begin();
      return part_of_child[static_cast<std::size_t>(at)];
    };
    if (rest && home == kNone && parts == 0) return 0;
    const std::uint32_t rest_part = !rest ? kNone : home == kNone ? parts++ : part_of(home);
    for (std::size_t i = part.begin; i < part.end; ++i)
      child_of_[i] = people_of_child_[child_of_[i]] >= k_ ? part_of(child_of_[i]) : rest_part;
    return parts;
  }

  /// Cuts the part's range (missing values above everything) where its people are most evenly
  /// divided; 0 if a side would have less than k.
  std::uint32_t mark_halves(const Part& part, std::size_t attribute) {
    sorted_.clear();
    for (std::size_t i = part.begin; i < part.end; ++i)
      sorted_.emplace_back(leaves_.tuple(order_[i])[attribute], leaves_.people[order_[i]]);
    std::sort(sorted_.begin(), sorted_.end());
    const std::uint64_t total = people(part);
    std::uint64_t below = 0;
    std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
    std::uint32_t cut = kNone;  // the first leaf of the upper side
    for (std::size_t i = 0; i + 1 < sorted_.size(); ++i) {
      below += sorted_[i].second;
      if (sorted_[i].first == sorted_[i + 1].first || below < k_ || total - below < k_) continue;
      const std::uint64_t uneven = below * 2 > total ? below * 2 - total : total - below * 2;
      if (uneven >= best) continue;
      best = uneven;
      cut = sorted_[i + 1].first;
    }
    if (cut == kNone) return 0;
    for (std::size_t i = part.begin; i < part.end; ++i)
      child_of_[i] = leaves_.tuple(order_[i])[attribute] >= cut ? 1 : 0;
    return 2;
  }

  /// Sorts the part's tuples by child_of_, keeping their order within each, and queues the pieces.
  void scatter(const Part& part, std::uint32_t parts) {
    ends_.assign(parts + 1, part.begin);
    for (std::size_t i = part.begin; i < part.end; ++i) ++ends_[child_of_[i] + 1];
    for (std::uint32_t p = 1; p <= parts; ++p) ends_[p] += ends_[p - 1] - part.begin;
    for (std::uint32_t p = parts; p-- > 0;) todo_.push_back({ends_[p], ends_[p + 1]});
    for (std::size_t i = part.begin; i < part.end; ++i) moved_[ends_[child_of_[i]]++] = order_[i];
    const auto at = [](auto& vector, std::size_t i) {
      return vector.begin() + static_cast<std::ptrdiff_t>(i);
    };
    std::copy(at(moved_, part.begin), at(moved_, part.end), at(order_, part.begin));
  }

  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

  const Leaves& leaves_;
  const std::uint32_t k_;
  Partition& partition_;
  Host& host_;
  std::pmr::vector<std::uint32_t> order_;  // tuples, those of a part side by side
  std::pmr::vector<std::uint32_t> moved_;
  std::pmr::vector<std::uint32_t> child_of_;         // by position in order_
  std::pmr::vector<std::uint64_t> people_of_child_;  // of the attribute last counted
  std::pmr::vector<std::uint32_t> tuples_of_child_;
  std::pmr::vector<std::uint32_t> touched_;  // its children that have tuples, ascending
  std::pmr::vector<Cover> covers_;           // of the part being split
  std::pmr::vector<Choice> choices_;
  std::pmr::vector<std::pair<std::uint32_t, std::uint32_t>> sorted_;  // leaf, people
  std::pmr::vector<Part> todo_;
  std::pmr::vector<std::size_t> ends_;
};

}  // namespace

void split(const Leaves& leaves, std::uint32_t k, Partition& partition, Host& host) {
  Splitter(leaves, k, partition, host).run();
}

void split_groups(const Leaves& leaves, std::uint32_t k, Partition& partition, Host& host) {
  Splitter(leaves, k, partition, host).run_groups();
}

}  // namespace pt::group

#include <algorithm>
#include <bit>
#include <numeric>
#include <queue>

#include "core/error.hpp"
#include "core/group/recode_hash.hpp"
#include "core/group/recode_partition.hpp"

namespace pt::group {
namespace {

constexpr double kFirstVisit = 0.75;  // between the cheapest cell (0) and the average row (1)
constexpr double kSameLoss = 1e-9;    // sums of the same losses in another order
constexpr std::size_t kPollEvery = 8192;
constexpr std::uint64_t kTrialShare = 20;  // one person in so many makes a trial worth going on

/// A cell of the node being visited. Cells of earlier visits are told apart by their stamp.
struct Slot {
  std::uint64_t hash = 0;
  std::uint32_t stamp = 0;
  std::uint32_t people = 0;  // at least k is all that counts: never beyond 2^32 - 1 in a table
};

class Freezer {
 public:
  Freezer(const Leaves& leaves, const Lattice& lattice, std::uint32_t k, Partition& partition,
          Host& host)
      : leaves_(leaves),
        lattice_(lattice),
        k_(k),
        partition_(partition),
        host_(host),
        free_(host.memory()),
        hash_(host.memory()),
        counters_(host.memory()),
        slot_of_(host.memory()),
        slots_(host.memory()),
        nodes_(leaves.ladders.size(), nullptr, host.memory()),
        losses_(leaves.ladders.size(), nullptr, host.memory()),
        factors_(host.memory()) {
    for (std::size_t j = 0; j < leaves.ladders.size(); ++j) factors_.push_back(odd_factor(j));
    for (std::uint32_t t = 0; t < leaves.size(); ++t)
      if (partition.group_of_tuple[t] == Partition::kFree) free_.push_back(t);
    hash_.resize(free_.size());
    slot_of_.resize(free_.size());
    counters_.resize(std::bit_ceil(std::max<std::size_t>(free_.size(), 8) * 4));
    slots_.resize(std::bit_ceil(std::max<std::size_t>(free_.size(), 8) * 2));
  }

  bool run(std::uint64_t trial, std::uint64_t budget) {
    const std::uint64_t people = free_people();
    using Visit = std::pair<double, std::uint32_t>;  // loss, number of the node in the lattice
    std::pmr::vector<Visit> first(host_.memory());
    list_first_visits(first);
    std::priority_queue<Visit, std::pmr::vector<Visit>, std::greater<>> queue(std::greater<>{},
                                                                              std::move(first));
    std::uint64_t done = 0;
    while (!queue.empty() && !free_.empty() && done < budget) {
      if (done >= trial && done < trial + free_.size() &&
          free_people() > people - people / kTrialShare)
        return false;
      const auto [loss, node] = queue.top();
      queue.pop();
      done += free_.size();
      const double dearer = visit(node, loss);
      if (dearer > loss) queue.emplace(dearer, node);
    }
    return true;
  }

 private:
  std::size_t attributes() const { return leaves_.ladders.size(); }

  std::uint64_t free_people() const {
    std::uint64_t sum = 0;
    for (const std::uint32_t t : free_) sum += leaves_.people[t];
    return sum;
  }

  /// Appends (loss of the first visit, node) for every node of the lattice.
  template <class Visits>
  void list_first_visits(Visits& visits) {
    std::pmr::vector<std::pmr::vector<double>> bound(host_.memory());
    std::uint32_t total = 1;
    for (std::size_t j = 0; j < attributes(); ++j) {
      const Ladder& ladder = leaves_.ladders[j];
      auto& of_step = bound.emplace_back();
      for (const std::size_t step : lattice_[j])
        of_step.push_back(first_visit(j, ladder.nodes(step), ladder.node_losses(step)));
      total *= static_cast<std::uint32_t>(of_step.size());
    }
    visits.reserve(total);
    for (std::uint32_t node = 0; node < total; ++node) {
      double loss = 0;
      std::uint32_t rest = node;
      for (const auto& of_step : bound) {
        loss += of_step[rest % of_step.size()];
        rest /= static_cast<std::uint32_t>(of_step.size());
      }
      visits.emplace_back(loss, node);
    }
  }

  double first_visit(std::size_t attribute, std::span<const std::uint32_t> nodes,
                     std::span<const double> losses) const {
    double sum = 0;
    double people = 0;
    for (const std::uint32_t t : free_) {
      sum += losses[nodes[leaves_.tuple(t)[attribute]]] * leaves_.people[t];
      people += leaves_.people[t];
    }
    const double least = *std::min_element(losses.begin(), losses.end());
    return people > 0 ? least + kFirstVisit * (sum / people - least) : least;
  }

  /// Freezes the cells of `node` that have k people and a loss of at most `limit`. Returns the
  /// smallest loss of a cell with k people above the limit, 0 if there is none.
  double visit(std::uint32_t node, double limit) {
    for (std::size_t j = 0; j < attributes(); ++j) {
      const auto steps = static_cast<std::uint32_t>(lattice_[j].size());
      const std::size_t step = lattice_[j][node % steps];
      nodes_[j] = leaves_.ladders[j].nodes(step).data();
      losses_[j] = leaves_.ladders[j].node_losses(step).data();
      node /= steps;
    }
    return fill_slots() ? freeze_cells(limit) : 0.0;
  }

  /// Counts the people of the cells; true if any cell has k of them. Most cells have fewer, and to
  /// find that out takes no comparison: a first count lets cells share a counter, and only where a
  /// counter reaches k are they told apart.
  bool fill_slots() {
    const std::size_t q = attributes();
    const std::size_t mask = std::bit_ceil(std::max<std::size_t>(free_.size(), 8) * 4) - 1;
    const std::uint32_t* const* const nodes = nodes_.data();  // out of the compiler's doubt
    const std::uint64_t* const factors = factors_.data();
    const std::uint32_t* const people = leaves_.people.data();
    std::uint32_t* const counters = counters_.data();
    std::fill_n(counters, mask + 1, 0u);
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (i % kPollEvery == 0) host_.poll();
      const std::uint32_t* const leaf = leaves_.leaf.data() + free_[i] * q;
      std::uint64_t sum = 0;
      for (std::size_t j = 0; j < q; ++j) sum += nodes[j][leaf[j]] * factors[j];
      hash_[i] = spread(sum);
      std::uint32_t& counter = counters[hash_[i] & mask];
      counter += people[free_[i]];
      most = std::max(most, counter);
    }
    return most >= k_ && fill_exactly(mask);
  }

  bool fill_exactly(std::size_t counter_mask) {
    if (++stamp_ == 0) {
      std::fill(slots_.begin(), slots_.end(), Slot{});
      stamp_ = 1;
    }
    const std::size_t mask = counter_mask / 2;
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      slot_of_[i] = kNoSlot;
      const std::uint64_t hash = hash_[i];
      if (counters_[hash & counter_mask] < k_) continue;
      std::size_t at = hash & mask;
      while (slots_[at].stamp == stamp_ && slots_[at].hash != hash) at = (at + 1) & mask;
      Slot& slot = slots_[at];
      if (slot.stamp != stamp_) slot = {hash, stamp_, 0};
      slot.people += leaves_.people[free_[i]];
      most = std::max(most, slot.people);
      slot_of_[i] = static_cast<std::uint32_t>(at);
    }
    return most >= k_;
  }

  double freeze_cells(double limit) {
    double dearer = 0;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const std::uint32_t t = free_[i];
      if (slot_of_[i] != kNoSlot && slots_[slot_of_[i]].people >= k_) {
        Slot& slot = slots_[slot_of_[i]];
        double loss = 0;
        for (std::size_t j = 0; j < attributes(); ++j)
          loss += losses_[j][nodes_[j][leaves_.tuple(t)[j]]];
        if (loss <= limit + kSameLoss) {
          partition_.group_of_tuple[t] = group_of(slot);
          continue;
        }
        if (dearer == 0 || loss < dearer) dearer = loss;
      }
      free_[kept++] = t;
    }
    free_.resize(kept);
    return dearer;
  }

  /// Group of a cell being frozen; once it has one, the slot holds its number instead of the hash.
  std::uint32_t group_of(Slot& slot) {
    if (slot.stamp == stamp_) slot = {partition_.groups++, 0, slot.people};
    return static_cast<std::uint32_t>(slot.hash);
  }

  static constexpr std::uint32_t kNoSlot = 0xFFFFFFFFu;  // fewer than k people

  const Leaves& leaves_;
  const Lattice& lattice_;
  const std::uint32_t k_;
  Partition& partition_;
  Host& host_;
  std::pmr::vector<std::uint32_t> free_;      // tuples in no group, ascending
  std::pmr::vector<std::uint64_t> hash_;      // of the cell of each free tuple, during a visit
  std::pmr::vector<std::uint32_t> counters_;  // people by some bits of the hash
  std::pmr::vector<std::uint32_t> slot_of_;   // of each free tuple, or kNoSlot
  std::pmr::vector<Slot> slots_;
  std::pmr::vector<const std::uint32_t*> nodes_;  // of the visited node: node of leaf, by attribute
  std::pmr::vector<const double*> losses_;        // loss of node, by attribute
  std::pmr::vector<std::uint64_t> factors_;       // of the hash, by attribute
  std::uint32_t stamp_ = 0;                       // of the current visit; 0 is no visit
};

}  // namespace

Lattice choose_lattice(std::span<const Ladder> ladders, std::size_t limit) {
  Lattice lattice(ladders.size());
  double size = 1;
  for (std::size_t j = 0; j < ladders.size(); ++j) {
    lattice[j].resize(ladders[j].steps());
    std::iota(lattice[j].begin(), lattice[j].end(), std::size_t{0});
    size *= static_cast<double>(ladders[j].steps());
  }
  while (size > static_cast<double>(limit)) {
    const auto most = std::max_element(lattice.begin(), lattice.end(),
                                       [](auto& a, auto& b) { return a.size() < b.size(); });
    if (most->size() <= 2) return {};
    size *= static_cast<double>(most->size() - 1) / static_cast<double>(most->size());
    most->erase(most->begin() + static_cast<std::ptrdiff_t>(most->size() / 2));
  }
  return lattice;
}

bool freeze(const Leaves& leaves, const Lattice& lattice, std::uint32_t k, std::uint64_t trial,
            std::uint64_t budget, Partition& partition, Host& host) {
  return Freezer(leaves, lattice, k, partition, host).run(trial, budget);
}

}  // namespace pt::group

#include "core/risk/suda_ranking.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/risk/suda_walk.hpp"

namespace pt::risk {
namespace {

/// What is known of classes that no further column changes.
struct Settled {
  std::uint64_t classes = 0, uniques = 0;
  double together = 0;  ///< ordered pairs of people in one class

  void add(std::uint64_t people) {
    ++classes;
    if (people == 1) ++uniques;
    together += static_cast<double>(people) * static_cast<double>(people - 1);
  }
};

class SubsetCounter {
 public:
  SubsetCounter(Host& host, const group::TupleTable& tuples)
      : host_(host), table_(host, tuples), refiner_(host, table_) {
    for (std::uint32_t i = 0; i < table_.size(); ++i) people_ += table_.people(i);
  }

  [[nodiscard]] std::size_t columns() const { return table_.columns(); }

  /// All subsets of at most `max_size` columns, in lexicographic order.
  void walk(std::size_t max_size, std::vector<SubsetFigures>& out) {
    begin(max_size);
    std::vector<std::uint32_t> chosen;
    extend(chosen, max_size, settled_, out);
  }

  /// One subset.
  SubsetFigures count(const std::vector<std::uint32_t>& chosen) {
    begin(chosen.size());
    Settled settled = settled_;
    for (std::size_t s = 0; s < chosen.size(); ++s)
      refiner_.split(levels_[s], chosen[s], levels_[s + 1],
                     [&](std::uint32_t i) { settled.add(table_.people(i)); });
    return figures(chosen, settled, levels_[chosen.size()]);
  }

 private:
  void begin(std::size_t size) {
    while (levels_.size() <= size) levels_.emplace_back(host_.memory());
    settled_ = {};
    refiner_.start(levels_[0], [&](std::uint32_t i) { settled_.add(table_.people(i)); });
  }

  void extend(std::vector<std::uint32_t>& chosen, std::size_t max_size, const Settled& before,
              std::vector<SubsetFigures>& out) {
    const std::size_t size = chosen.size();
    if (size == max_size) return;
    for (std::uint32_t c = chosen.empty() ? 0 : chosen.back() + 1; c < columns(); ++c) {
      chosen.push_back(c);
      Settled settled = before;
      refiner_.split(levels_[size], c, levels_[size + 1],
                     [&](std::uint32_t i) { settled.add(table_.people(i)); });
      out.push_back(figures(chosen, settled, levels_[size + 1]));
      extend(chosen, max_size, settled, out);
      chosen.pop_back();
    }
  }

  SubsetFigures figures(const std::vector<std::uint32_t>& chosen, Settled settled,
                        const Partition& open) const {
    for (std::size_t g = 0; g + 1 < open.starts.size(); ++g) {
      std::uint64_t people = 0;
      for (std::uint32_t at = open.starts[g]; at < open.starts[g + 1]; ++at)
        people += table_.people(open.order[at]);
      settled.add(people);
    }
    SubsetFigures out;
    out.columns = chosen;
    out.classes = settled.classes;
    out.uniques = settled.uniques;
    const auto n = static_cast<double>(people_);
    if (people_ > 0) out.distinction = static_cast<double>(settled.classes) / n;
    if (people_ > 1) out.separation = 1 - settled.together / (n * (n - 1));
    return out;
  }

  Host& host_;
  SubsetTable table_;
  Refiner refiner_;
  std::uint64_t people_ = 0;
  std::vector<Partition> levels_;
  Settled settled_;
};

}  // namespace

std::vector<SubsetFigures> rank_subsets(Host& host, const group::TupleTable& tuples,
                                        std::size_t max_size) {
  if (max_size < 1) throw invalid_parameter("max_size must be at least 1");
  max_size = std::min(max_size, tuples.attributes);
  if (count_subsets(tuples.attributes, max_size) > kMostSubsets)
    throw program_limit("there are more than 1000000 subsets of columns to rank", {},
                        "Name fewer columns, or lower max_size.");
  std::vector<SubsetFigures> out;
  SubsetCounter(host, tuples).walk(max_size, out);
  std::stable_sort(out.begin(), out.end(), [](const SubsetFigures& a, const SubsetFigures& b) {
    if (a.classes != b.classes) return a.classes > b.classes;
    if (a.separation != b.separation) return a.separation > b.separation;
    return a.columns.size() < b.columns.size();
  });
  return out;
}

std::vector<GiveUpStep> columns_to_give_up(Host& host, const group::TupleTable& tuples) {
  SubsetCounter counter(host, tuples);
  std::vector<std::uint32_t> left;
  for (std::uint32_t c = 0; c < counter.columns(); ++c) left.push_back(c);
  std::vector<GiveUpStep> steps{{counter.count(left), 0}};
  while (!left.empty()) {
    std::optional<GiveUpStep> best;
    for (std::size_t i = 0; i < left.size(); ++i) {
      std::vector<std::uint32_t> without = left;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      GiveUpStep step{counter.count(without), left[i]};
      if (!best || step.left.uniques < best->left.uniques ||
          (step.left.uniques == best->left.uniques && step.left.classes <= best->left.classes))
        best = std::move(step);
    }
    left = best->left.columns;
    steps.push_back(std::move(*best));
  }
  return steps;
}

}  // namespace pt::risk

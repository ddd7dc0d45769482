#include "core/risk/estimators_loglinear.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pt::risk {
namespace {

using group::TupleTable;
using model::Code;
using model::kMissing;

constexpr std::size_t kPollEvery = 4096;

/// Codes 0..size-1 of each attribute among the tuples, a missing value being one of them.
class DenseCodes {
 public:
  DenseCodes(Host& host, const TupleTable& tuples)
      : width_(tuples.attributes), codes_(tuples.codes.size(), host.memory()), sizes_(width_) {
    for (std::size_t a = 0; a < width_; ++a) {
      Code most = 0;
      for (std::size_t t = 0; t < tuples.size(); ++t)
        if (const Code c = tuples.codes[t * width_ + a]; c != kMissing) most = std::max(most, c);
      std::pmr::vector<std::uint32_t> dense(std::size_t{most} + 2, kMissing, host.memory());
      for (std::size_t t = 0; t < tuples.size(); ++t) {
        if (t % kPollEvery == 0) host.poll();
        if (tuples.people[t] == 0) continue;  // counted elsewhere: no cell of its own
        const Code c = tuples.codes[t * width_ + a];
        std::uint32_t& number = dense[c == kMissing ? most + 1 : c];
        if (number == kMissing) number = sizes_[a]++;
        codes_[t * width_ + a] = number;
      }
    }
  }

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::uint32_t size(std::size_t attribute) const { return sizes_[attribute]; }
  [[nodiscard]] const std::uint32_t* of(std::size_t tuple) const {
    return codes_.data() + tuple * width_;
  }

 private:
  std::size_t width_;
  std::pmr::vector<std::uint32_t> codes_;
  std::vector<std::uint32_t> sizes_;
};

struct Margin {
  Margin(std::size_t first, std::size_t second, std::size_t cells,
         std::pmr::memory_resource* memory)
      : a(first), b(second), wanted(cells, 0.0, memory) {}
  std::size_t a, b;
  std::pmr::vector<double> wanted;
};

class TwoWay {
 public:
  TwoWay(Host& host, const TupleTable& tuples, std::size_t most_cells)
      : host_(host),
        tuples_(tuples),
        codes_(host, tuples),
        most_cells_(most_cells),
        cells_(host.memory()),
        fitted_(host.memory()) {}

  TwoWayFit run(std::uint32_t most_iterations) {
    TwoWayFit out(host_.memory());
    if (codes_.width() < 2) {
      out.why = "two-way interactions need at least two quasi-identifiers";
      return out;
    }
    std::vector<std::uint32_t> prefix;
    if (!make_margins() || !find_cells(prefix)) {
      out.why = "the model needs more than " + std::to_string(most_cells_) + " cells";
      return out;
    }
    fit(out, most_iterations);
    if (!out.converged)
      out.why = "the fit did not converge in " + std::to_string(most_iterations) + " iterations";
    collect(out);
    return out;
  }

 private:
  /// False when a single margin is too large.
  bool make_margins() {
    for (std::size_t a = 0; a < codes_.width(); ++a)
      for (std::size_t b = a + 1; b < codes_.width(); ++b) {
        if (std::size_t{codes_.size(a)} * codes_.size(b) > most_cells_ * kSteps) return false;
        Margin& margin = margins_.emplace_back(a, b, std::size_t{codes_.size(a)} * codes_.size(b),
                                               host_.memory());
        for (std::size_t t = 0; t < tuples_.size(); ++t)
          if (tuples_.people[t] > 0)
            margin.wanted[place(margin, codes_.of(t))] += tuples_.people[t];
        host_.poll();
      }
    return true;
  }

  [[nodiscard]] std::size_t place(const Margin& m, const std::uint32_t* cell) const {
    return std::size_t{cell[m.a]} * codes_.size(m.b) + cell[m.b];
  }

  /// Lists the cells whose two-way margins are all positive, in lexicographic order; false above
  /// the limit.
  bool find_cells(std::vector<std::uint32_t>& prefix) {
    const std::size_t at = prefix.size();
    if (at == codes_.width()) {
      if (cells_.size() / at >= most_cells_) return false;
      cells_.insert(cells_.end(), prefix.begin(), prefix.end());
      return true;
    }
    host_.poll();
    for (std::uint32_t value = 0; value < codes_.size(at); ++value) {
      if (++steps_ > most_cells_ * kSteps) return false;  // too many dead ends
      prefix.push_back(value);
      const bool lives = std::all_of(margins_.begin(), margins_.end(), [&](const Margin& m) {
        return m.b != at || m.wanted[place(m, prefix.data())] > 0;
      });
      if (lives && !find_cells(prefix)) return false;
      prefix.pop_back();
    }
    return true;
  }

  void fit(TwoWayFit& out, std::uint32_t most_iterations) {
    constexpr double kTolerance = 1e-6;
    const std::size_t width = codes_.width(), n = cells_.size() / width;
    fitted_.assign(n, 1.0);
    std::pmr::vector<double> sum(host_.memory());
    while (out.iterations < most_iterations && !out.converged) {
      double worst = 0;
      for (const Margin& m : margins_) {
        sum.assign(m.wanted.size(), 0.0);
        for (std::size_t i = 0; i < n; ++i) {
          if (i % kPollEvery == 0) host_.poll();
          sum[place(m, cells_.data() + i * width)] += fitted_[i];
        }
        for (std::size_t j = 0; j < sum.size(); ++j) {
          if (m.wanted[j] == 0) continue;
          worst = std::max(worst, std::abs(sum[j] - m.wanted[j]) / m.wanted[j]);
          sum[j] = sum[j] > 0 ? m.wanted[j] / sum[j] : 0;
        }
        for (std::size_t i = 0; i < n; ++i) fitted_[i] *= sum[place(m, cells_.data() + i * width)];
        host_.poll();
      }
      ++out.iterations;
      out.converged = worst < kTolerance;
    }
  }

  /// The tuples' cells are among those listed, which are sorted.
  void collect(TwoWayFit& out) const {
    const std::size_t width = codes_.width(), n = cells_.size() / width;
    out.mean.assign(tuples_.size(), 0.0);
    for (std::size_t t = 0; t < tuples_.size(); ++t) {
      if (t % kPollEvery == 0) host_.poll();
      if (tuples_.people[t] == 0) continue;
      const std::uint32_t* const wanted = codes_.of(t);
      std::size_t low = 0, high = n;
      while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        const std::uint32_t* const cell = cells_.data() + middle * width;
        if (std::lexicographical_compare(cell, cell + width, wanted, wanted + width))
          low = middle + 1;
        else
          high = middle;
      }
      out.mean[t] = fitted_[low];
    }
  }

  Host& host_;
  const TupleTable& tuples_;
  DenseCodes codes_;
  static constexpr std::size_t kSteps = 16;  // tried for each cell that may be held

  std::size_t most_cells_;
  std::size_t steps_ = 0;
  std::vector<Margin> margins_;
  std::pmr::vector<std::uint32_t> cells_;  // codes, one cell after the other
  std::pmr::vector<double> fitted_;
};

}  // namespace

std::pmr::vector<double> independence_means(Host& host, const TupleTable& tuples) {
  const std::size_t width = tuples.attributes;
  const double n = static_cast<double>(
      std::accumulate(tuples.people.begin(), tuples.people.end(), std::uint64_t{0}));
  std::pmr::vector<double> mean(tuples.size(), n, host.memory());
  for (std::size_t a = 0; a < width; ++a) {
    Code most = 0;
    for (std::size_t t = 0; t < tuples.size(); ++t)
      if (const Code c = tuples.codes[t * width + a]; c != kMissing) most = std::max(most, c);
    const auto value = [&](std::size_t t) {
      const Code c = tuples.codes[t * width + a];
      return c == kMissing ? std::size_t{most} + 1 : std::size_t{c};
    };
    std::pmr::vector<double> count(std::size_t{most} + 2, 0.0, host.memory());
    for (std::size_t t = 0; t < tuples.size(); ++t) count[value(t)] += tuples.people[t];
    host.poll();
    for (std::size_t t = 0; t < tuples.size(); ++t) mean[t] *= count[value(t)] / n;
    host.poll();
  }
  return mean;
}

TwoWayFit fit_two_way(Host& host, const TupleTable& tuples, std::size_t most_cells,
                      std::uint32_t most_iterations) {
  return TwoWay(host, tuples, most_cells).run(most_iterations);
}

}  // namespace pt::risk

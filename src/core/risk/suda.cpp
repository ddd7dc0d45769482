#include "core/risk/suda.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "core/risk/suda_walk.hpp"

namespace pt::risk {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kWordBits = 64;

double factorial(std::size_t n) { return std::tgamma(static_cast<double>(n) + 1); }

class Suda {
 public:
  Suda(Host& host, const group::TupleTable& tuples, const SudaOptions& options)
      : host_(host),
        options_(options),
        table_(host, tuples),
        refiner_(host, table_),
        record_(host.memory()),
        slot_(host.memory()),
        masks_(host.memory()),
        bits_(host.memory()),
        out_(host.memory()) {}

  SudaResult run() {
    const std::size_t columns = table_.columns();
    number_records();
    out_.contribution.assign(columns, 0);
    out_.contribution_alternative.assign(columns, 0);
    most_ = std::min(options_.max_size, columns);
    out_.minimal_uniques_of_size.assign(most_, 0);
    if (out_.records.empty()) return std::move(out_);
    order_columns();
    number_subsets();
    levels_.reserve(most_ + 1);
    for (std::size_t s = 0; s <= most_; ++s) levels_.emplace_back(host_.memory());
    refiner_.start(levels_[0], [](std::uint32_t) {});
    // A table of one tuple is unique on each column: it starts as a class of its own.
    if (table_.size() == 1) {
      levels_[0].order.assign(1, 0);
      levels_[0].starts = {0, 1};
    }
    walk(0, 0, kNone, 0);
    score();
    finish();
    return std::move(out_);
  }

 private:
  /// Only people who are unique on all columns can be so on fewer.
  void number_records() {
    record_.assign(table_.size(), kNone);
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      if (table_.people(i) == 2) out_.pairs += 2;
      if (table_.people(i) != 1) continue;
      ++out_.uniques;
      record_[i] = static_cast<std::uint32_t>(out_.records.size());
      SpecialUnique& record = out_.records.emplace_back();
      record.tuple = table_.tuple(i);
    }
    words_ = (out_.records.size() + kWordBits - 1) / kWordBits;
  }

  /// Columns with many values first: the more often a subset is extended, the fewer tuples are then
  /// left to refine. What is found does not depend on the order.
  void order_columns() {
    order_.resize(table_.columns());
    std::iota(order_.begin(), order_.end(), 0u);
    std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return table_.values(a) > table_.values(b);
    });
  }

  void number_subsets() {
    const std::uint32_t all = 1u << table_.columns();
    slot_.assign(all, kNone);
    for (std::uint32_t mask = 1; mask < all; ++mask)
      if (static_cast<std::size_t>(std::popcount(mask)) <= most_) {
        slot_[mask] = static_cast<std::uint32_t>(masks_.size());
        masks_.push_back(mask);
      }
    bits_.assign(masks_.size() * words_, 0);
  }

  [[nodiscard]] std::uint64_t* bits_of(std::uint32_t mask) {
    return bits_.data() + slot_[mask] * words_;
  }

  /// Extends the columns of `mask` by each later one of the order.
  void walk(std::uint32_t mask, std::size_t size, std::uint32_t last, std::size_t from) {
    if (size == most_) return;
    for (std::size_t at = from; at < order_.size(); ++at) {
      const std::uint32_t c = order_[at];
      const std::uint32_t longer = mask | 1u << c;
      std::uint64_t* const unique = bits_of(longer);
      if (last != kNone) std::copy_n(bits_of(mask), words_, unique);
      const auto alone = [&](std::uint32_t i) {
        if (record_[i] != kNone)
          unique[record_[i] / kWordBits] |= std::uint64_t{1} << record_[i] % kWordBits;
      };
      if (table_.size() == 1) alone(0);
      if (size + 1 == most_ || at + 1 == order_.size()) {  // nothing is refined any further
        refiner_.find_alone(levels_[size], c, alone);
        continue;
      }
      refiner_.split(levels_[size], c, levels_[size + 1], alone);
      walk(longer, size + 1, longer, at + 1);
    }
  }

  void score() {
    const std::size_t m = table_.columns();
    for (const std::uint32_t mask : masks_) {
      host_.poll();
      const auto size = static_cast<std::size_t>(std::popcount(mask));
      const double weight = factorial(m - size);
      const double alternative =
          (std::exp2(static_cast<double>(m - size)) - 1) * factorial(size) * weight / factorial(m);
      std::uint64_t found = 0;
      for (std::size_t w = 0; w < words_; ++w) {
        std::uint64_t minimal = bits_of(mask)[w];
        for (std::uint32_t rest = mask; rest != 0 && minimal != 0; rest &= rest - 1)
          if (const std::uint32_t shorter = mask & ~(rest & (~rest + 1)); shorter != 0)
            minimal &= ~bits_of(shorter)[w];
        found += static_cast<std::uint64_t>(std::popcount(minimal));
        for (; minimal != 0; minimal &= minimal - 1)
          add(out_.records[w * kWordBits + static_cast<std::size_t>(std::countr_zero(minimal))],
              size, weight, alternative);
      }
      out_.minimal_uniques_of_size[size - 1] += found;
      for (std::size_t c = 0; c < m; ++c)
        if ((mask >> c & 1) != 0) {
          out_.contribution[c] += static_cast<double>(found) * weight;
          out_.contribution_alternative[c] += static_cast<double>(found) * alternative;
        }
    }
  }

  static void add(SpecialUnique& record, std::size_t size, double weight, double alternative) {
    record.score += weight;
    record.alternative += alternative;
    const auto s = static_cast<std::uint32_t>(size);
    record.smallest = record.minimal_uniques == 0 ? s : std::min(record.smallest, s);
    ++record.minimal_uniques;
  }

  void finish() {
    std::erase_if(out_.records, [](const SpecialUnique& r) { return r.minimal_uniques == 0; });
    share(&SpecialUnique::score, &SpecialUnique::dis, out_.contribution);
    share(&SpecialUnique::alternative, &SpecialUnique::dis_alternative,
          out_.contribution_alternative);
  }

  /// Contributions in percent, and the scores of the data intrusion simulation:
  /// 1 / (1 + (U/D - U) / (score^Q A)).
  void share(double SpecialUnique::*score, double SpecialUnique::*dis,
             std::vector<double>& contribution) {
    double sum = 0, a = 0;
    const double q = 1 + (8 - static_cast<double>(table_.columns())) / 20;
    for (const SpecialUnique& r : out_.records) {
      sum += r.*score;
      if (r.*score > 0) a += std::pow(r.*score, -q);
    }
    if (!(sum > 0)) return;  // the alternative weight of all columns together is 0
    for (double& c : contribution) c = 100 * c / sum;
    const auto u = static_cast<double>(out_.uniques), p = static_cast<double>(out_.pairs);
    const double d =
        u * options_.dis_fraction / (u * options_.dis_fraction + p * (1 - options_.dis_fraction));
    for (SpecialUnique& r : out_.records)
      if (r.*score > 0) r.*dis = 1 / (1 + (u / d - u) / (std::pow(r.*score, q) * a));
  }

  Host& host_;
  const SudaOptions& options_;
  SubsetTable table_;
  Refiner refiner_;
  std::pmr::vector<std::uint32_t> record_;  // tuple -> number among the records
  std::pmr::vector<std::uint32_t> slot_;    // mask -> place of its bits
  std::pmr::vector<std::uint32_t> masks_;   // those looked at, ascending
  std::pmr::vector<std::uint64_t> bits_;    // unique on the mask, by record
  std::vector<std::uint32_t> order_;        // columns in the order of the walk
  std::size_t words_ = 0, most_ = 0;
  std::vector<Partition> levels_;
  SudaResult out_;
};

}  // namespace

SudaResult suda(Host& host, const group::TupleTable& tuples, const SudaOptions& options) {
  if (tuples.attributes > kMostSudaColumns)
    throw program_limit("special uniques are sought in at most 20 columns",
                        std::to_string(tuples.attributes) + " columns have too many subsets.",
                        "Name the columns that an attacker is most likely to know.");
  if (options.max_size < 1) throw invalid_parameter("max_size must be at least 1");
  if (!(options.dis_fraction > 0) || !(options.dis_fraction < 1))
    throw invalid_parameter(
        "dis_fraction must be between 0 and 1", {},
        "It is the sampling fraction of the simulated intrusion; 0.01 is usual.");
  return Suda(host, tuples, options).run();
}

}  // namespace pt::risk

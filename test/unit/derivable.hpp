#pragma once

// What follows from published counts of people, exactly: the attack on tables of people.
//
// All counts of one group of classes are marginal counts of facets: a facet puts each person of
// the group into one category, and how many are in each is published. A reader who combines the
// counts linearly, with whatever coefficients, learns the number of people of a set if and only if
// its indicator is a sum of one function of each facet. Groups are disjoint, so the sums of counts
// of several groups give nothing more.
//
// Which people there can be the reader knows in one of two ways: all combinations of categories
// that somebody has (`everything`; nobody knows that), or all pairs of categories that somebody has
// (`pairs`: that a sentence follows a charge, that nobody who is censored reoffended): combinations
// of which every pair is possible have to be reckoned with.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace pt::test {

/// Arithmetic modulo 2^61 - 1: a sum that vanishes for whole numbers vanishes here, and others do
/// with probability 1e-18.
struct Field {
  static constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
  __extension__ using Wide = unsigned __int128;
  static std::uint64_t add(std::uint64_t a, std::uint64_t b) { return (a + b) % kPrime; }
  static std::uint64_t negative(std::uint64_t a) { return a == 0 ? 0 : kPrime - a; }
  static std::uint64_t times(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % kPrime);
  }
  static std::uint64_t inverse(std::uint64_t a) {
    std::uint64_t out = 1;
    for (std::uint64_t e = kPrime - 2; e > 0; e >>= 1U, a = times(a, a))
      if ((e & 1U) != 0) out = times(out, a);
    return out;
  }
};

/// Linear equations, reduced as they come: the last column is the right side.
class Equations {
 public:
  using Equation = std::vector<std::uint64_t>;

  /// What is left of an equation: all zero if it follows from the others.
  [[nodiscard]] Equation reduced(Equation e) const {
    for (const auto& [pivot, row] : rows_) {
      const std::uint64_t factor = e[pivot];
      if (factor == 0) continue;
      const std::uint64_t minus = Field::negative(factor);
      for (std::size_t k = pivot; k < e.size(); ++k)
        if (row[k] != 0) e[k] = Field::add(e[k], Field::times(minus, row[k]));
    }
    return e;
  }
  /// False if it contradicts the others.
  bool add(const Equation& equation) {
    Equation e = reduced(equation);
    std::size_t pivot = 0;
    while (pivot + 1 < e.size() && e[pivot] == 0) ++pivot;
    if (pivot + 1 == e.size()) return e.back() == 0;
    const std::uint64_t inverse = Field::inverse(e[pivot]);
    for (std::uint64_t& v : e) v = Field::times(v, inverse);
    rows_.emplace(pivot, std::move(e));
    return true;
  }
  [[nodiscard]] std::size_t rank() const { return rows_.size(); }
  /// By pivot, each 1 there and 0 before.
  [[nodiscard]] const std::map<std::size_t, Equation>& rows() const { return rows_; }

 private:
  std::map<std::size_t, Equation> rows_;
};

using Tuple = std::vector<std::uint32_t>;  ///< a category of each facet

/// A group of classes: the facets that are published of it, and who is in it.
struct PublishedGroup {
  std::vector<std::uint32_t> categories = {};  ///< by facet
  std::map<Tuple, std::uint64_t> people = {};
  /// Facets with which no pair is known to be impossible but those of `excluded`.
  std::set<std::size_t> unknown = {};
  std::set<std::array<std::uint32_t, 4>> excluded = {};  ///< facet, category, facet, category
  /// By facet: what is known of a category is known of all those of this number. Empty: each has
  /// its own.
  std::map<std::size_t, std::vector<std::uint32_t>> alike = {};
  /// Combinations that a definition rules out, whatever their pairs. Empty: none.
  std::function<bool(const Tuple&)> contradicts = {};
};

enum class Knows { pairs, everything };

/// Finds the sets of 1 to least - 1 people whose number follows.
class Derivable {
 public:
  Derivable(const PublishedGroup& group, std::uint64_t least, Knows knows)
      : group_(group), least_(least), knows_(knows) {
    for (const std::uint32_t n : group.categories) {
      offset_.push_back(width_);
      width_ += n;
    }
    for (const auto& [tuple, n] : group.people) {
      tuples_.push_back(tuple);
      sizes_.push_back(n);
    }
    find_checksums();
  }

  /// The combinations of each such set.
  std::vector<std::vector<Tuple>> run() {
    std::vector<std::size_t> chosen;
    choose(0, 0, 0, chosen);
    return std::move(found_);
  }

  /// Sets that only `everything` gives away.
  [[nodiscard]] std::size_t by_everything() const { return candidates_; }

 private:
  [[nodiscard]] Equations::Equation equation(const Tuple& t, std::uint64_t value) const {
    Equations::Equation e(width_ + 1, 0);
    for (std::size_t f = 0; f < t.size(); ++f) e[offset_[f] + t[f]] = 1;
    e.back() = value;
    return e;
  }

  /// A random number for each combination, so that they add up to 0 over every published count
  /// (and thus over every set whose number follows, weights included).
  void find_checksums() {
    Equations counts;
    for (std::size_t f = 0; f < offset_.size(); ++f)
      for (std::uint32_t c = 0; c < group_.categories[f]; ++c) {
        Equations::Equation e(tuples_.size() + 1, 0);
        for (std::size_t t = 0; t < tuples_.size(); ++t) e[t] = tuples_[t][f] == c ? 1 : 0;
        counts.add(e);
      }
    std::mt19937_64 random(7);
    checksum_.assign(tuples_.size(), 0);
    for (std::size_t t = tuples_.size(); t-- > 0;) {
      const auto row = counts.rows().find(t);
      if (row == counts.rows().end()) {
        checksum_[t] = random() % Field::kPrime;
        continue;
      }
      std::uint64_t sum = 0;
      for (std::size_t k = t + 1; k < tuples_.size(); ++k)
        sum = Field::add(sum, Field::times(row->second[k], checksum_[k]));
      checksum_[t] = Field::negative(sum);
    }
  }

  [[nodiscard]] std::size_t pair(std::size_t f, std::uint32_t c, std::size_t g,
                                 std::uint32_t d) const {
    return (offset_[f] + c) * width_ + offset_[g] + d;
  }

  [[nodiscard]] std::vector<std::uint32_t> alike(std::size_t f, std::uint32_t c) const {
    const auto numbers = group_.alike.find(f);
    if (numbers == group_.alike.end()) return {c};
    std::vector<std::uint32_t> out;
    for (std::uint32_t d = 0; d < numbers->second.size(); ++d)
      if (numbers->second[d] == numbers->second[c]) out.push_back(d);
    return out;
  }

  void find_pairs() {
    pairs_.assign(width_ * width_, false);
    for (const std::size_t f : group_.unknown)
      for (std::uint32_t c = 0; c < group_.categories[f]; ++c)
        for (std::size_t k = 0; k < width_; ++k)
          pairs_[(offset_[f] + c) * width_ + k] = pairs_[k * width_ + offset_[f] + c] = true;
    for (const Tuple& t : tuples_)
      for (std::size_t f = 0; f < t.size(); ++f)
        for (std::size_t g = 0; g < t.size(); ++g)
          for (const std::uint32_t c : alike(f, t[f]))
            for (const std::uint32_t d : alike(g, t[g])) pairs_[pair(f, c, g, d)] = true;
    for (const auto& [f, c, g, d] : group_.excluded) pairs_[pair(f, c, g, d)] = false;
  }

  /// Combinations of which every pair is possible. Not all where there are too many: then more
  /// seems to follow than does.
  void find_possible() {
    constexpr std::size_t kMost = 4000, kSteps = 100000;
    find_pairs();
    // those that differ from somebody's in one or two facets first, then at random
    std::set<Tuple> seen;
    const auto take = [&](const Tuple& t) {
      for (std::size_t f = 0; f < t.size(); ++f)
        for (std::size_t g = f + 1; g < t.size(); ++g)
          if (!pairs_[pair(f, t[f], g, t[g])]) return;
      if (group_.contradicts && group_.contradicts(t)) return;
      if (seen.insert(t).second) possible_.push_back(t);
    };
    for (const Tuple& t : tuples_)
      for (std::size_t f = 0; f < t.size(); ++f)
        for (std::uint32_t c = 0; c < group_.categories[f] && seen.size() < kMost; ++c) {
          Tuple other = t;
          other[f] = c;
          take(other);
        }
    std::mt19937 random(11);
    for (std::size_t step = 0; step < kSteps && seen.size() < kMost; ++step) {
      Tuple other = tuples_[random() % tuples_.size()];
      const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
      for (unsigned k = 2 + below(3); k-- > 0;) {
        const std::size_t f = below(other.size());
        other[f] = below(group_.categories[f]);
      }
      take(other);
    }
  }

  void choose(std::size_t from, std::uint64_t people, std::uint64_t sum,
              std::vector<std::size_t>& chosen) {
    if (!chosen.empty() && sum == 0) judge(chosen);
    for (std::size_t t = from; t < tuples_.size(); ++t) {
      if (people + sizes_[t] >= least_) continue;
      chosen.push_back(t);
      choose(t + 1, people + sizes_[t], Field::add(sum, checksum_[t]), chosen);
      chosen.pop_back();
    }
  }

  void judge(const std::vector<std::size_t>& chosen) {
    ++candidates_;
    if (knows_ == Knows::pairs) {
      if (possible_.empty()) find_possible();
      Equations all;
      for (std::size_t t = 0; t < tuples_.size(); ++t) {
        const bool in = std::find(chosen.begin(), chosen.end(), t) != chosen.end();
        if (!all.add(equation(tuples_[t], in ? 1 : 0))) return;
      }
      if (!extends(all, 0)) return;
    }
    std::vector<Tuple> set;
    for (const std::size_t t : chosen) set.push_back(tuples_[t]);
    found_.push_back(std::move(set));
  }

  /// Whether the functions can be such that each possible combination is in the set or is not.
  bool extends(const Equations& equations, std::size_t from) const {
    for (std::size_t t = from; t < possible_.size(); ++t) {
      const auto e = equations.reduced(equation(possible_[t], 0));
      bool open = false;
      for (std::size_t k = 0; k + 1 < e.size(); ++k) open = open || e[k] != 0;
      const std::uint64_t value = Field::negative(e.back());
      if (!open && value > 1) return false;
      if (!open) continue;
      for (const std::uint64_t in : {0U, 1U}) {
        Equations more = equations;
        if (more.add(equation(possible_[t], in)) && extends(more, t + 1)) return true;
      }
      return false;
    }
    return true;
  }

  const PublishedGroup& group_;
  std::uint64_t least_;
  Knows knows_;
  std::vector<std::size_t> offset_;
  std::size_t width_ = 0, candidates_ = 0;
  std::vector<Tuple> tuples_, possible_;
  std::vector<std::uint64_t> sizes_, checksum_;
  std::vector<bool> pairs_;  // by both categories: possible together
  std::vector<std::vector<Tuple>> found_;
};

}  // namespace pt::test

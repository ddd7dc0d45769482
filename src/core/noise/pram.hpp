#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pt::noise {

/// Invariant post-randomisation (PRAM; Gouweleeuw, Kooiman, Willenborg & de Wolf 1998): with
/// probability `noise` a category is drawn anew from the shares of the data, else it stays. The
/// matrix (1 - noise) I + noise 1 shares' leaves the shares as they are: shares' P = shares'.
class Pram {
 public:
  /// `shares` are counts or shares of the alternatives, not negative, not all 0. Throws Error 22023
  /// for other values and for a noise outside 0..1.
  Pram(std::span<const double> shares, double noise);

  std::size_t size() const { return shares_.size(); }
  double noise() const { return noise_; }
  double share(std::size_t i) const { return shares_[i]; }
  /// P(`to` is published | `from` is true).
  double probability(std::size_t from, std::size_t to) const {
    return (from == to ? 1 - noise_ : 0) + noise_ * shares_[to];
  }
  /// The published category of a true one. Two independent sources of 64 random bits.
  std::size_t draw(std::size_t from, std::uint64_t whether, std::uint64_t which) const;

  /// Shares before noise of a group whose published shares are `published` (they add up to 1): the
  /// inverse of the matrix, (published - noise x shares) / (1 - noise). Unbiased; for small groups
  /// below 0 or above 1 by chance. Throws Error 22023 for noise 1, which can't be inverted.
  std::vector<double> corrected(std::span<const double> published) const;

 private:
  std::vector<double> shares_;
  double noise_;
};

/// An estimate with a confidence interval.
struct Band {
  double estimate, low, high;
};

/// The share of one outcome before noise in a group of `total` events of which `with` show it,
/// where `share` is the outcome's share in all data: the corrected share, and the Wilson (1927)
/// interval of the published share put through the same correction, cut to 0..1. `confidence` in
/// (0, 1). Throws Error 22023 for values out of range. With noise 0 it is the Wilson interval.
Band pram_band(std::uint64_t with, std::uint64_t total, double share, double noise,
               double confidence);

}  // namespace pt::noise

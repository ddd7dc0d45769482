#include "core/protect/targeted.hpp"

#include <algorithm>
#include <limits>

namespace pt::protect {
namespace {

using group::ClassTree;

/// Sums of the classes that stand for a branch: itself, or what its splits have left of it.
struct Sums {
  double risk = 0, loss = 0, width = 0;  ///< over people
  Sums& operator+=(const Sums& other) {
    risk += other.risk;
    loss += other.loss;
    width += other.width;
    return *this;
  }
  friend Sums operator-(Sums a, const Sums& b) {
    return {a.risk - b.risk, a.loss - b.loss, a.width - b.width};
  }
};

/// Joins sides of splits of one tree until the target holds.
class Joining {
 public:
  Joining(Host& host, const model::Population& population, const Options& options,
          Grouping& grouping, const Setting& setting)
      : host_(host), options_(options), tree_(*grouping.grown(setting).tree) {
    branches_ = tree_.branches(setting.classes);
    parent_.assign(branches_.size(), kNobody);
    for (std::uint32_t b = 0; b < branches_.size(); ++b)
      if (branches_[b].split) parent_[branches_[b].left] = parent_[branches_[b].left + 1] = b;
    measure(population, grouping, setting);
    first_ = tree_.splits_of(std::max(tree_.forced(), std::min(tree_.wished(), setting.classes)));
  }

  std::optional<std::vector<std::uint32_t>> run() {
    // The last digits of a sum depend on its order: measured anew it must hold, too.
    const double goal = options_.target_risk * people_ * (1 - 1e-9);
    if (all_.risk <= goal) return std::nullopt;
    while (all_.risk > goal) {
      host_.poll();
      const auto best = next(goal);
      if (!best) break;
      join(*best);
    }
    if (all_.risk <= goal) offer(all_, std::nullopt);
    return std::move(found_);
  }

 private:
  static constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();

  void measure(const model::Population& population, Grouping& grouping, const Setting& setting) {
    const Released released(population, setting);
    std::optional<noise::Posterior> posterior;
    if (grouping.mechanism() != nullptr)
      posterior.emplace(host_, population, *grouping.mechanism(), released, setting.period);
    const auto risk_of = [&](const ClassTree::Class& c) {
      if (options_.attacker == Attacker::demographics) return 1.0;
      return measure_class(host_, grouping, setting, released, grouping.people_of(c), kNobody,
                           posterior ? &*posterior : nullptr, {})
          .sum;
    };
    own_.resize(branches_.size());
    now_.resize(branches_.size());
    for (std::uint32_t b = static_cast<std::uint32_t>(branches_.size()); b-- > 0;) {
      host_.poll();
      const ClassTree::Class& c = branches_[b].whole;
      const auto n = static_cast<double>(c.people);
      own_[b] = {risk_of(c), n * c.loss, n * c.age_width};
      now_[b] = own_[b];
      if (branches_[b].split) {
        now_[b] = now_[branches_[b].left];
        now_[b] += now_[branches_[b].left + 1];
      }
      if (parent_[b] != kNobody) continue;
      all_ += now_[b];
      people_ += n;
    }
    open_.assign(branches_.size(), true);
  }

  double loss(const Sums& s) const {
    return demographic_loss(options_, {s.loss / people_, s.width / people_});
  }

  /// The join that takes most risk for its loss; those that would do are remembered.
  std::optional<std::uint32_t> next(double goal) {
    std::optional<std::uint32_t> best;
    double most = 0;
    const double before = loss(all_);
    for (std::uint32_t b = 0; b < branches_.size(); ++b) {
      if (!open_[b] || !branches_[b].split || *branches_[b].split < first_) continue;
      const Sums change = own_[b] - now_[b];
      if (change.risk >= 0) continue;
      Sums after = all_;
      after += change;
      if (after.risk <= goal) offer(after, b);
      const double worth = -change.risk / std::max(1e-15, loss(after) - before);
      if (best && worth <= most) continue;
      most = worth;
      best = b;
    }
    return best;
  }

  void join(std::uint32_t branch) {
    const Sums change = own_[branch] - now_[branch];
    all_ += change;
    for (std::uint32_t b = branch; b != kNobody; b = parent_[b]) now_[b] += change;
    close(branch, open_, undone_);
  }

  /// Marks what is below a branch, and its splits.
  void close(std::uint32_t branch, std::vector<bool>& open,
             std::vector<std::uint32_t>& undone) const {
    std::vector<std::uint32_t> below{branch};
    while (!below.empty()) {
      const std::uint32_t b = below.back();
      below.pop_back();
      if (!open[b]) continue;
      open[b] = false;
      if (!branches_[b].split) continue;
      undone.push_back(*branches_[b].split);
      below.push_back(branches_[b].left);
      below.push_back(branches_[b].left + 1);
    }
  }

  /// What is joined, and `last`, holds the target: kept if it loses least so far.
  void offer(const Sums& sums, std::optional<std::uint32_t> last) {
    const double lost = loss(sums);
    if (found_ && lost >= least_) return;
    least_ = lost;
    found_ = undone_;
    if (last) {
      std::vector<bool> open = open_;
      close(*last, open, *found_);
    }
    std::sort(found_->begin(), found_->end());
  }

  Host& host_;
  const Options& options_;
  const ClassTree& tree_;
  std::vector<ClassTree::Branch> branches_;
  std::vector<std::uint32_t> parent_;
  std::vector<Sums> own_, now_;  // of a branch as one class; as it stands
  std::vector<bool> open_;       // not joined with its sibling, nor above
  Sums all_;
  double people_ = 0, least_ = 0;
  std::uint32_t first_ = 0;
  std::vector<std::uint32_t> undone_;
  std::optional<std::vector<std::uint32_t>> found_;
};

}  // namespace

std::optional<std::vector<std::uint32_t>> splits_to_undo(Host& host,
                                                         const model::Population& population,
                                                         const Options& options, Grouping& grouping,
                                                         const Setting& setting) {
  return Joining(host, population, options, grouping, setting).run();
}

}  // namespace pt::protect

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/group/cells.hpp"
#include "core/host.hpp"
#include "core/model/population.hpp"

namespace pt::group {

/// How a sensitive attribute is spread over some people.
struct Spread {
  model::Code low = model::kMissing, high = 0;  ///< smallest and largest code; low > high: nobody
  std::uint64_t people = 0;
  std::uint64_t common = 0;  ///< those with the value that is most common in the population

  void add(const Spread& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
    people += other.people;
    common += other.common;
  }
  /// At least two distinct values, and enough people without the most common one to give every
  /// persona of at most `most` people one of them.
  bool diverse(std::uint32_t most) const {
    return low < high && people - common >= (people + most - 1) / most;
  }
};

/// How classes are split off inside protected cells.
struct ClassRules {
  std::uint32_t min_people = 50;  ///< both sides of a split have at least this many
  /// and at a cut point this many, as soon as there may be more classes than the forced ones: two
  /// age groups that analysts tell apart in one class cost more than a small class does. At most
  /// min_people.
  std::uint32_t min_people_at_cut = 50;
  double age_tolerance = 3;        ///< years; an age range of twice this costs 1
  std::vector<double> cut_points;  ///< ages at which a class is split before anything else
  std::uint32_t max_classes = 0xFFFFFFFFu;
  std::uint32_t most_of_a_persona = 50;
  /// Per sensitive attribute, per tuple. A diverse class is split only into diverse ones: a class
  /// whose people all share a sensitive value tells it of everybody (homogeneity).
  std::span<const std::vector<Spread>> sensitive;
};

/// A grown tree of equivalence classes: every number of classes between `forced` and `most` is one
/// of its prunings, finer ones nested in coarser ones.
///
/// Best-first growth (the idea of Mondrian, LeFevre et al. 2006, with a budget): of all admissible
/// splits the one that removes most information loss, summed over people, comes first; splits at
/// declared cut points come before all others. Loss of one person and attribute: age, range width
/// beyond the single year over twice the tolerance, doubled above 1; other ordered attributes,
/// range width over the attribute's whole range; nominal ones, the share of the other values under
/// the released node. Growth is O(tuples x attributes x depth).
class ClassTree {
 public:
  ClassTree(Host& host, const model::Population& population, std::span<const std::uint32_t> people,
            const Cells& cells, const ClassRules& rules);

  std::uint32_t forced() const { return forced_; }
  /// Classes when no class straddles a cut point that can help it: forced()..most().
  std::uint32_t wished() const { return wished_; }
  std::uint32_t most() const { return roots_ + static_cast<std::uint32_t>(splits_); }

  /// One class of a pruning.
  struct Class {
    std::uint32_t cell;
    std::span<const std::uint32_t> tuples;
    std::uint64_t people;
    double loss;       ///< mean over attributes in the tree of one person's loss, age uncapped
    double age_width;  ///< years; 0 without ages
  };
  /// The classes when `budget` are allowed (clamped to forced()..most()), without the splits
  /// `undone` (ascending, of every split all later ones of its sides as well). O(nodes).
  std::vector<Class> prune(std::uint32_t budget, std::span<const std::uint32_t> undone = {}) const;

  /// A class of a pruning, or one that later splits have divided.
  struct Branch {
    Class whole;
    std::optional<std::uint32_t> split;  ///< number of the split that divides it
    std::uint32_t left = 0;              ///< its first side, the other one comes next
  };
  /// All that the pruning for a budget has made, sides after what they are sides of. O(nodes).
  std::vector<Branch> branches(std::uint32_t budget) const;
  /// Splits that the pruning for a budget makes: those numbered below this.
  std::uint32_t splits_of(std::uint32_t budget) const;

  /// Mean loss and mean age width over people for a budget. O(nodes).
  struct Cost {
    double loss, age_width;
  };
  Cost cost(std::uint32_t budget, std::span<const std::uint32_t> undone = {}) const;

  /// The smallest budget at which the mean age width is at most `width`; most() when none is.
  /// O(log(classes) x nodes).
  std::uint32_t budget_for_age_width(double width) const;

  /// Columns of the population that the tree splits on, in order.
  const std::vector<std::size_t>& columns() const { return columns_; }
  /// Released label of a class for one of columns(), nullopt = missing for everybody.
  std::optional<std::string> label(const Class& c, std::size_t column) const;
  /// Released half-open age range; nullopt = not shown (missing for somebody).
  std::optional<std::pair<std::int32_t, std::int32_t>> age_range(const Class& c) const;
  /// Loss and age width as Class has them, but computed from what is released: published figures of
  /// a class come from these, since the true ones tell the oldest and the youngest, which the
  /// rounded ends of age_range() hide. Ages that are not shown count as the rounded range of all.
  Cost released_cost(const Class& c) const;

 private:
  static constexpr std::uint32_t kNever = 0xFFFFFFFFu;
  struct Node {
    std::uint32_t cell;
    std::uint32_t begin, end;  // range in order_
    std::uint64_t people;
    std::uint32_t made_by;            // split number that made it; kNever for roots
    std::uint32_t split_by = kNever;  // split number that divided it
    double loss;                      // summed over attributes, one person
    double age_width;
  };
  /// Splits at cut points come before all others: first those whose sides both carry a class, which
  /// every pruning has, then those of a side that a persona fills.
  enum class Urgency : std::uint8_t { ordinary, cut_point, forced };
  struct Split {
    double gain;
    Urgency urgency;
    std::uint32_t node;
    std::size_t column;      // index into columns_
    double threshold;        // ordered: right side has values >= threshold
    std::vector<bool> left;  // nominal: codes (plus one for missing) that go left
  };
  struct LaterSplit;

  std::pair<double, double> ages_of(std::span<const std::uint32_t> tuples) const;
  double age_loss(double years) const;
  double ordered_loss(std::size_t c, double low, double high, bool mixed) const;
  double nominal_loss(std::size_t c, std::span<const std::uint32_t> tuples) const;
  double loss_of(std::size_t c, std::span<const std::uint32_t> tuples) const;
  double released_loss(std::size_t c, const Class& of) const;
  void measure(Node& node) const;
  std::optional<Split> best_split(std::uint32_t node) const;
  std::vector<Spread> spreads_of(std::span<const std::uint32_t> tuples) const;
  /// `strictly`: also where the whole is not diverse by Spread::diverse, but has two values.
  bool keeps_diversity(const std::vector<Spread>& whole, const std::vector<Spread>& left,
                       const std::vector<Spread>& right, bool strictly) const;
  void try_ordered(const Node& node, std::uint32_t id, std::size_t c,
                   std::optional<Split>& best) const;
  void try_nominal(const Node& node, std::uint32_t id, std::size_t c,
                   std::optional<Split>& best) const;
  void divide(const Split& split, std::uint32_t number);
  bool goes_left(const Split& split, std::uint32_t tuple) const;
  static bool active(const Node& node, std::uint32_t splits, std::span<const std::uint32_t> undone);
  Class view(const Node& node) const;

  Host& host_;
  const model::Population& population_;
  std::span<const std::uint32_t> people_;
  ClassRules rules_;
  std::vector<std::size_t> columns_;
  std::optional<std::size_t> age_;  // index into columns_
  std::vector<double> range_;       // per column: whole range of an ordered attribute
  std::vector<std::pair<double, double>> cell_ages_;         // youngest and oldest of each cell
  std::pair<double, double> all_ages_{INFINITY, -INFINITY};  // and of all cells
  std::vector<std::uint32_t> order_;
  std::vector<Node> nodes_;
  std::uint32_t roots_ = 0, forced_ = 0, wished_ = 0;
  std::size_t splits_ = 0;
};

}  // namespace pt::group

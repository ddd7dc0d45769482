#include "core/group/recode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "core/group/recode_partition.hpp"

namespace pt::group {
namespace {

using model::Attribute;
using model::Code;
using model::kMissing;
using Cover = Ladder::Cover;
using Ladders = std::pmr::vector<Ladder>;

constexpr std::size_t kPollEvery = 1024;
constexpr std::uint64_t kTrialVisits = 10'000'000;  // of tuples with ranges, before freezing may
constexpr std::uint64_t kTrialVisitsOfTuple = 32;   // be given up

/// Steps that each range may have so that the lattice stays small: finer ones pay little, as ranges
/// are cut where their people are in the end.
std::size_t steps_of_ranges(std::span<const Attribute> attributes) {
  constexpr double kNodes = 20000;
  double others = 1;
  double ranges = 0;
  for (const Attribute& attribute : attributes) {
    if (attribute.scale == model::Scale::ordered && attribute.hierarchy.empty())
      ++ranges;
    else
      others *= static_cast<double>(attribute.hierarchy.levels.size()) + 2;
  }
  if (ranges == 0) return 2;
  constexpr double kLeast = 4;
  constexpr double kMost = 16;
  const double steps = std::pow(kNodes / others, 1 / ranges);
  return static_cast<std::size_t>(std::clamp(steps, kLeast, kMost));
}

Ladders make_ladders(std::span<const Attribute> attributes, const TupleTable& table,
                     std::pmr::memory_resource* memory) {
  const std::size_t steps = steps_of_ranges(attributes);
  Ladders ladders(memory);
  ladders.reserve(attributes.size());
  for (std::size_t j = 0; j < attributes.size(); ++j) {
    const std::size_t size = attributes[j].labels.size();
    std::pmr::vector<std::uint64_t> people(size + 1, 0, memory);
    bool has_missing = false;
    for (std::size_t t = 0; t < table.size(); ++t) {
      const Code code = table.codes[t * attributes.size() + j];
      if (code == kMissing)
        has_missing = true;
      else if (code >= size)
        throw internal_error("a code is outside the dictionary of " + attributes[j].name);
      people[code == kMissing ? size : code] += table.people[t];
    }
    ladders.emplace_back(attributes[j], people, has_missing, steps, memory);
  }
  return ladders;
}

/// Turns the partition into classes step by step: covers, leftovers, suppression, numbering.
class Builder {
 public:
  Builder(const Leaves& leaves, Partition& partition, Host& host)
      : leaves_(leaves),
        group_(partition.group_of_tuple),
        host_(host),
        covers_(host.memory()),
        people_(partition.groups, 0, host.memory()),
        loss_(host.memory()),
        seen_(partition.groups, 0, host.memory()) {
    covers_.resize(std::size_t{partition.groups} * attributes());
    for (std::size_t t = 0; t < leaves_.size(); ++t)
      if (group_[t] != Partition::kFree) add(t, group_[t]);
    loss_.resize(people_.size());
    for (std::size_t g = 0; g < people_.size(); ++g) loss_[g] = loss_of(covers(g));
  }

  /// Finds a place for the tuples that are in no group: suppressed, if their people are at most
  /// `may_suppress` or there is no group, else where each adds the least loss over all people of
  /// the group it widens.
  void settle_free(std::uint64_t may_suppress) {
    const std::uint64_t left = free_people();
    if (people_.empty() || (left > 0 && left <= may_suppress))
      suppressed_ = left;
    else
      attach_free();
  }

  /// Loss over all people and attributes; suppressed people count as if nothing was told of them.
  double total_loss() const {
    double sum = static_cast<double>(suppressed_) * static_cast<double>(attributes());
    for (std::size_t g = 0; g < people_.size(); ++g)
      sum += loss_[g] * static_cast<double>(people_[g]);
    return sum;
  }

  void finish(std::uint64_t may_suppress, Recoding& out) {
    const auto class_of_group = number_classes(out);
    out.class_of_tuple.resize(leaves_.size(), Recoding::kSuppressed);
    for (std::size_t t = 0; t < leaves_.size(); ++t)
      if (group_[t] != Partition::kFree) out.class_of_tuple[t] = class_of_group[group_[t]];
    out.suppressed = suppressed_;
    suppress(may_suppress - suppressed_, out);
  }

 private:
  std::uint64_t free_people() const {
    std::uint64_t sum = 0;
    for (std::size_t t = 0; t < leaves_.size(); ++t)
      if (group_[t] == Partition::kFree) sum += leaves_.people[t];
    return sum;
  }

  void attach_free() {
    for (std::size_t t = 0; t < leaves_.size(); ++t) {
      if (group_[t] != Partition::kFree) continue;
      std::size_t best = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t g = 0; g < people_.size(); ++g) {
        if (g % kPollEvery == 0) host_.poll();
        const double added = added_loss(t, g, least);
        if (added >= least) continue;
        least = added;
        best = g;
      }
      group_[t] = static_cast<std::uint32_t>(best);
      add(t, best);
      loss_[best] = loss_of(covers(best));
    }
  }

  std::size_t attributes() const { return leaves_.ladders.size(); }
  std::span<Cover> covers(std::size_t g) {
    return {covers_.data() + g * attributes(), attributes()};
  }

  double loss_of(std::span<const Cover> covers) const {
    double sum = 0;
    for (std::size_t j = 0; j < covers.size(); ++j) sum += leaves_.ladders[j].loss(covers[j]);
    return sum;
  }

  void add(std::size_t t, std::size_t g) {
    const auto tuple = leaves_.tuple(t);
    const auto cover = covers(g);
    for (std::size_t j = 0; j < cover.size(); ++j) {
      const Cover own = leaves_.ladders[j].cover_of(tuple[j]);
      cover[j] = seen_[g] != 0 ? leaves_.ladders[j].join(cover[j], own) : own;
    }
    seen_[g] = 1;
    people_[g] += leaves_.people[t];
  }

  /// Loss that group g gains over all its people when tuple t joins, or a bound >= enough.
  double added_loss(std::size_t t, std::size_t g, double enough) {
    const auto tuple = leaves_.tuple(t);
    const auto cover = covers(g);
    const auto people = static_cast<double>(people_[g]);
    const double all = people + leaves_.people[t];
    double added = -people * loss_[g];
    for (std::size_t j = 0; j < cover.size(); ++j) {
      const Ladder& ladder = leaves_.ladders[j];
      added += all * ladder.loss(ladder.join(cover[j], ladder.cover_of(tuple[j])));
      if (added >= enough) break;
    }
    return added;
  }

  /// Numbers the classes in the order of their cells; groups with equal cells are one class.
  std::pmr::vector<std::uint32_t> number_classes(Recoding& out) {
    auto* memory = host_.memory();
    std::pmr::vector<RecodedCell> cells(memory);
    cells.reserve(covers_.size());
    for (std::size_t g = 0; g < people_.size(); ++g)
      for (std::size_t j = 0; j < attributes(); ++j)
        cells.push_back(leaves_.ladders[j].cell(covers(g)[j]));
    const auto of = [&](std::uint32_t g) {
      return std::span<const RecodedCell>(cells.data() + g * attributes(), attributes());
    };
    const auto before = [](const RecodedCell& a, const RecodedCell& b) {
      if (a.level != b.level) return a.level < b.level;
      return a.low != b.low ? a.low < b.low : a.high < b.high;
    };
    std::pmr::vector<std::uint32_t> order(people_.size(), memory);
    std::iota(order.begin(), order.end(), 0u);
    host_.poll();
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::lexicographical_compare(of(a).begin(), of(a).end(), of(b).begin(), of(b).end(),
                                          before);
    });
    std::pmr::vector<std::uint32_t> class_of_group(people_.size(), memory);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint32_t g = order[i];
      if (i == 0 || !std::ranges::equal(of(order[i - 1]), of(g))) {
        out.cells.insert(out.cells.end(), of(g).begin(), of(g).end());
        out.people.push_back(0);
        out.loss.push_back(attributes() > 0 ? loss_[g] / static_cast<double>(attributes()) : 0);
      }
      class_of_group[g] = static_cast<std::uint32_t>(out.classes() - 1);
      out.people.back() += people_[g];
    }
    return class_of_group;
  }

  /// Drops the classes of the highest loss while they fit into what may be suppressed.
  void suppress(std::uint64_t may_suppress, Recoding& out) {
    std::pmr::vector<std::uint32_t> order(out.classes(), host_.memory());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return out.loss[a] > out.loss[b]; });
    std::pmr::vector<std::uint32_t> kept(out.classes(), 0, host_.memory());
    for (const std::uint32_t c : order) {
      if (out.loss[c] <= 0 || out.people[c] > may_suppress) continue;
      may_suppress -= out.people[c];
      out.suppressed += out.people[c];
      kept[c] = Recoding::kSuppressed;
    }
    std::uint32_t classes = 0;
    for (std::uint32_t c = 0; c < kept.size(); ++c) {
      if (kept[c] == Recoding::kSuppressed) continue;
      std::copy_n(out.cells.begin() + static_cast<std::ptrdiff_t>(c * attributes()), attributes(),
                  out.cells.begin() + static_cast<std::ptrdiff_t>(classes * attributes()));
      out.people[classes] = out.people[c];
      out.loss[classes] = out.loss[c];
      kept[c] = classes++;
    }
    out.cells.resize(classes * attributes());
    out.people.resize(classes);
    out.loss.resize(classes);
    for (std::uint32_t& c : out.class_of_tuple)
      if (c != Recoding::kSuppressed) c = kept[c];
  }

  const Leaves& leaves_;
  std::pmr::vector<std::uint32_t>& group_;
  Host& host_;
  std::pmr::vector<Cover> covers_;          // groups x attributes
  std::pmr::vector<std::uint64_t> people_;  // by group
  std::pmr::vector<double> loss_;           // by group: sum over attributes
  std::uint64_t suppressed_ = 0;            // people left free for good
  std::pmr::vector<std::uint8_t> seen_;     // by group: whether it has a first tuple
};

}  // namespace

void check(const RecodeOptions& options) {
  if (options.k < 2)
    throw invalid_parameter("k must be at least 2", "It is " + std::to_string(options.k) + ".",
                            "k is the least number of people that share a released row.");
  if (!(options.suppression >= 0 && options.suppression <= 1))
    throw invalid_parameter("suppression must be between 0 and 1", {},
                            "It is the share of the people that may be left out.");
}

Recoding recode(std::span<const Attribute> attributes, const TupleTable& table,
                const RecodeOptions& options, Host& host) {
  check(options);
  Recoding out(host.memory());
  out.attributes = attributes.size();
  if (table.size() == 0) return out;
  const std::uint64_t people =
      std::accumulate(table.people.begin(), table.people.end(), std::uint64_t{0});
  const auto may_suppress =
      static_cast<std::uint64_t>(std::floor(options.suppression * static_cast<double>(people)));
  const auto k = static_cast<std::uint64_t>(options.k);
  if (people < k && options.suppression < 1)
    throw data_error("not enough people to anonymize",
                     "There are " + std::to_string(people) +
                         " people, fewer than k = " + std::to_string(options.k) + ".",
                     "Lower k, or allow suppression of all of them (suppression => 1).");

  const Ladders ladders = make_ladders(attributes, table, host.memory());
  std::pmr::vector<std::uint32_t> leaf(table.codes.size(), host.memory());
  for (std::size_t i = 0; i < leaf.size(); ++i)
    leaf[i] = ladders[i % ladders.size()].leaf_of(table.codes[i]);
  const Leaves leaves{ladders, leaf, table.people};

  // More than 2^32 - 1 people can't be here, so a larger k means: all of them, or nobody.
  const auto least = static_cast<std::uint32_t>(std::min<std::uint64_t>(k, 0xFFFFFFFFu));
  const auto none = [&] {
    return Partition{std::pmr::vector<std::uint32_t>(table.size(), Partition::kFree, host.memory()),
                     0};
  };
  // Large continuous data hardly freeze, and are split as well in a fraction of the time.
  const bool has_range =
      std::any_of(ladders.begin(), ladders.end(), [](const Ladder& l) { return l.is_range(); });
  const std::uint64_t trial =
      has_range ? std::max(kTrialVisits, kTrialVisitsOfTuple * table.size()) : options.max_visits;
  Partition frozen = none();
  std::optional<Builder> by_freezing;
  const Lattice lattice = choose_lattice(ladders, options.max_nodes);
  if (!lattice.empty() && freeze(leaves, lattice, least, trial, options.max_visits, frozen, host)) {
    split(leaves, least, frozen, host);
    split_groups(leaves, least, frozen, host);
    by_freezing.emplace(leaves, frozen, host);
    by_freezing->settle_free(may_suppress);
  }
  Partition cut = none();
  split(leaves, least, cut, host);
  Builder by_cut(leaves, cut, host);
  by_cut.settle_free(may_suppress);
  const bool cut_is_better = !by_freezing || by_cut.total_loss() <= by_freezing->total_loss();
  (cut_is_better ? by_cut : *by_freezing).finish(may_suppress, out);
  return out;
}

}  // namespace pt::group

#include "core/protect/count_tables.hpp"

#include <algorithm>
#include <tuple>

#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/tally.hpp"

namespace pt::protect {
namespace {

constexpr std::uint64_t kMostUnits = 400;  ///< of classes, beside the protected cells
/// A type is no demand when it would leave less of the people than this share of those before in
/// blocks that meet every demand.
constexpr double kCovered = 0.9;

/// 0 or at least as many, in every cell.
bool large_enough(const Cross& cross, std::uint64_t least) {
  for (const auto& row : cross)
    for (const std::uint64_t n : row)
      if (n > 0 && n < least) return false;
  return true;
}

bool zero_or(std::uint64_t n, std::uint64_t least) { return n == 0 || n >= least; }

/// What the rules need.
struct Context {
  const PersonFacts& facts;
  const Tally& tally;
  CountLimits limits;
  bool beside_events;  ///< the events of personas are published, too
};

/// How a facet is shown of a block: whether at all, and with its categories.
struct Shown {
  bool any = false, split = false;
};

/// Counts of one facet in a union of units, and its crosses with all earlier ones.
class FacetCounts {
 public:
  FacetCounts(const Context& context, std::uint32_t facet)
      : context_(context),
        facet_(facet),
        categories_(context.facts.facets()[facet].categories),
        crosses_(facet) {
    clear();
  }
  void clear() {
    with_.assign(categories_, 0);
    bounds_.assign(categories_ + 1, {});
    for (Cross& cross : crosses_) cross.clear();
  }
  void add(std::uint32_t unit) {
    for (std::uint32_t c = 0; c <= categories_; ++c) {
      bounds_[c].add(context_.tally.bounds(unit, facet_, c));
      if (c > 0) with_[c - 1] += context_.tally.single(unit, facet_, c);
    }
    for (std::uint32_t y = 0; y < facet_; ++y)
      context_.tally.add_cross(unit, facet_, y, crosses_[y]);
  }

  /// Whether the facet may be shown beside `shown` (of the earlier ones).
  [[nodiscard]] bool safe(std::uint64_t people, bool split, const std::vector<Shown>& shown) const {
    return safe_counts(people, split) && safe_crosses(split, shown);
  }
  [[nodiscard]] std::uint64_t any() const {
    std::uint64_t n = 0;
    for (const std::uint64_t with : with_) n += with;
    return n;
  }
  [[nodiscard]] std::uint64_t with(std::uint32_t category) const { return with_[category - 1]; }

 private:
  [[nodiscard]] bool beside_events(std::uint32_t category, std::uint64_t n) const {
    return !context_.beside_events || bounds_[category].keeps(n, context_.limits.least);
  }
  /// The life table's own counts are checked by interval.
  [[nodiscard]] bool safe_counts(std::uint64_t people, bool split) const {
    const CountLimits& limits = context_.limits;
    if (facet_ == kLife)
      return any() > 0 && zero_or(people - any(), limits.least) && zero_or(with(1), limits.least) &&
             zero_or(with(2), limits.least) && beside_events(0, with(1));
    if (!limits.allow(people, any()) || !beside_events(0, any())) return false;
    if (!split || facet_ == kReoffence) return true;
    if (categories_ < 2 || any() == 0) return false;
    for (std::uint32_t c = 1; c <= categories_; ++c)
      if (!limits.allow(any(), with(c)) || !beside_events(c, with(c))) return false;
    return true;
  }
  [[nodiscard]] bool safe_crosses(bool split, const std::vector<Shown>& shown) const {
    for (std::uint32_t y = 0; y < facet_; ++y) {
      if (crosses_[y].empty() || !shown[y].any) continue;
      const Cross cross = merged(crosses_[y], split, shown[y].split);
      if ((has_empty_cell(cross) || context_.tally.both_reoffence(facet_, y)) &&
          !large_enough(cross, context_.limits.least))
        return false;
    }
    return true;
  }

  const Context& context_;
  std::uint32_t facet_, categories_;
  std::vector<std::uint64_t> with_;
  std::vector<EventBounds> bounds_;
  std::vector<Cross> crosses_;
};

/// Intervals of a life table in units of the grid: all `width` wide, but for the last one, which
/// has no end.
struct Intervals {
  std::uint32_t width, count;
  [[nodiscard]] std::uint32_t of(std::uint32_t unit) const {
    return std::min(unit / width, count - 1);
  }
};

/// Events and censored people by interval.
class LifeCounts {
 public:
  LifeCounts(const Context& context, Intervals intervals)
      : context_(context), intervals_(intervals) {
    clear();
  }
  void clear() {
    events_.assign(intervals_.count, 0);
    censored_.assign(intervals_.count, 0);
  }
  void add(std::uint32_t unit) {
    for (std::uint32_t u = 0; u < context_.facts.life().units; ++u) {
      events_[intervals_.of(u)] += context_.tally.life(unit, true, u);
      censored_[intervals_.of(u)] += context_.tally.life(unit, false, u);
    }
  }
  [[nodiscard]] bool safe() const {
    const CountLimits& limits = context_.limits;
    std::uint64_t at_risk = seen();
    for (std::uint32_t k = 0; k < intervals_.count && at_risk > 0; ++k) {
      if (!limits.shown(events_[k], at_risk) || !zero_or(censored_[k], limits.least)) return false;
      if (!limits.cells.zero_allowed && censored_[k] == 0) return false;
      at_risk -= events_[k] + censored_[k];
    }
    return true;
  }
  [[nodiscard]] std::uint64_t events(std::uint32_t k) const { return events_[k]; }
  [[nodiscard]] std::uint64_t censored(std::uint32_t k) const { return censored_[k]; }
  [[nodiscard]] std::uint64_t seen() const {
    std::uint64_t n = 0;
    for (std::uint32_t k = 0; k < intervals_.count; ++k) n += events_[k] + censored_[k];
    return n;
  }
  [[nodiscard]] const Intervals& intervals() const { return intervals_; }

 private:
  const Context& context_;
  Intervals intervals_;
  std::vector<std::uint64_t> events_, censored_;
};

/// All facets of a union of units. Its demands: reoffence, life table, then one type after another.
class AllFacets : public BlockRule {
 public:
  /// `demanded`: the facets that blocks are made for, in order.
  AllFacets(const Context& context, Intervals intervals, std::vector<std::uint32_t> demanded)
      : context_(context), demanded_(std::move(demanded)), life_(context, intervals) {
    for (std::uint32_t f = 0; f < context.facts.facets().size(); ++f)
      counts_.emplace_back(context, f);
  }
  void clear() override {
    people_ = 0;
    life_.clear();
    for (const std::uint32_t f : demanded_) counts_[f].clear();
  }
  void add(std::uint32_t unit) override {
    people_ += context_.tally.people(unit);
    life_.add(unit);
    for (const std::uint32_t f : demanded_) counts_[f].add(unit);
  }
  [[nodiscard]] bool safe(std::size_t strictness) const override {
    std::vector<Shown> shown(counts_.size());
    for (std::size_t i = 0; i < strictness; ++i) {
      if (!safe(demanded_[i], false, shown)) return false;
      shown[demanded_[i]] = {true, demanded_[i] < kFirstType};
    }
    return true;
  }
  [[nodiscard]] std::size_t demands() const override { return demanded_.size(); }

  [[nodiscard]] bool safe(std::uint32_t facet, bool split, const std::vector<Shown>& shown) const {
    return counts_[facet].safe(people_, facet < kFirstType || split, shown) &&
           (facet != kLife || life_.safe());
  }
  [[nodiscard]] std::uint64_t people() const { return people_; }
  [[nodiscard]] const FacetCounts& facet(std::uint32_t f) const { return counts_[f]; }
  [[nodiscard]] const LifeCounts& life() const { return life_; }

 private:
  const Context& context_;
  std::vector<std::uint32_t> demanded_;
  std::uint64_t people_ = 0;
  LifeCounts life_;
  std::vector<FacetCounts> counts_;
};

/// Consecutive classes of a cell, so many people together that there are not too many units.
std::vector<Block> make_units(const std::vector<ClassRow>& classes, std::uint64_t people) {
  std::vector<Block> units;
  std::uint64_t open = 0;
  for (const std::uint32_t c : by_cell(classes)) {
    const bool fits =
        open > 0 && open < people / kMostUnits && in_one_cell(classes, {units.back().front(), c});
    if (!fits) {
      units.emplace_back();
      open = 0;
    }
    units.back().push_back(c);
    open += classes[c].people;
  }
  return units;
}

class TableMaker {
 public:
  TableMaker(Host& host, const model::Population& population, const Options& options,
             const Protected& result, bool beside_events)
      : host_(host),
        classes_(result.classes),
        units_(make_units(classes_, result.released)),
        facts_(host, population, options, result),
        tally_(host, population, result, facts_, units_, options.min_size),
        context_{facts_, tally_, {options.min_size, options.table_cells}, beside_events} {}

  CountTables run() {
    if (facts_.reoffence()) demanded_.push_back(kReoffence);
    choose_intervals();
    demand_types();
    show();
    std::stable_sort(out_.rows.begin(), out_.rows.end(), [](const CountRow& a, const CountRow& b) {
      return std::tie(a.kind, a.type, a.block) < std::tie(b.kind, b.type, b.block);
    });
    out_.reoffence = facts_.life().reoffence;
    return std::move(out_);
  }

 private:
  /// Share of the people for whom blocks meet every demand.
  double covered(const AllFacets& rule, const std::vector<Block>& blocks) const {
    AllFacets check(context_, rule.life().intervals(), demanded_);
    std::uint64_t within = 0, all = 0;
    for (const ClassRow& row : classes_) all += row.people;
    for (const Block& block : blocks) {
      check.clear();
      for (const std::uint32_t u : block) check.add(u);
      if (check.safe(demanded_.size())) within += check.people();
    }
    return static_cast<double>(within) / static_cast<double>(all);
  }

  double try_demands() {
    AllFacets rule(context_, intervals_, demanded_);
    blocks_ = make_blocks(host_, classes_, units_, rule);
    return covered(rule, blocks_);
  }

  /// Intervals to try, the most first.
  std::vector<Intervals> candidates() const {
    std::vector<Intervals> out;
    const std::uint32_t units = facts_.life().units;
    for (const std::uint32_t width : {1U, 2U, 3U, 4U, 6U, 8U, 12U, 24U}) {
      if (width > 1 && width >= 2 * units) break;
      const std::uint32_t all = (units + width - 1) / width;
      for (const std::uint32_t count : {all, all * 3 / 4, all / 2})
        if (count > 0) out.push_back({width, count});
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Intervals& a, const Intervals& b) { return a.count > b.count; });
    return out;
  }

  /// The more intervals the better, and the more people in blocks that can show them.
  void choose_intervals() {
    if (!facts_.life().exists) return;
    demanded_.push_back(kLife);
    Intervals best = intervals_;
    double most = -1;
    for (const Intervals& candidate : candidates()) {
      host_.poll();
      intervals_ = candidate;
      const double worth = try_demands() * (1 - 1 / (1.0 + candidate.count));
      if (worth <= most) continue;
      best = candidate;
      most = worth;
    }
    intervals_ = best;
  }

  /// Blocks are made for the common types, as long as nearly everybody stays in one that can show
  /// all of them. Rarer types are shown where they can be.
  void demand_types() {
    double share = demanded_.empty() ? 1 : try_demands();
    for (std::uint32_t f = kFirstType; f < facts_.facets().size(); ++f) {
      host_.progress("tables of people", f, facts_.facets().size());
      demanded_.push_back(f);
      const double with = try_demands();
      if (with < kCovered * share)
        demanded_.pop_back();
      else
        share = with;
    }
  }

  void show() {
    if (facts_.reoffence()) out_.recidivism.assign(classes_.size(), kWithheldRecidivism);
    if (demanded_.empty()) return;
    try_demands();
    std::vector<std::uint32_t> all;
    for (std::uint32_t f = 0; f < facts_.facets().size(); ++f) all.push_back(f);
    for (const Block& units : blocks_) {
      host_.poll();
      AllFacets block(context_, intervals_, all);
      Block classes;
      for (const std::uint32_t u : units) {
        block.add(u);
        classes.insert(classes.end(), units_[u].begin(), units_[u].end());
      }
      std::sort(classes.begin(), classes.end());
      const std::size_t before = out_.rows.size();
      show_block(block, units);
      if (out_.rows.size() > before) out_.blocks.push_back(std::move(classes));
    }
  }

  /// The facets of a block in order, so that the rarer type gives way.
  void show_block(const AllFacets& block, const Block& units) {
    std::vector<Shown> shown(facts_.facets().size());
    for (std::uint32_t f = 0; f < facts_.facets().size(); ++f) {
      const bool there = f >= kFirstType || (f == kReoffence && facts_.reoffence()) ||
                         (f == kLife && facts_.life().exists);
      if (!there || !block.safe(f, false, shown)) continue;
      shown[f] = {true, f < kFirstType || block.safe(f, true, shown)};
      if (f == kReoffence)
        show_reoffence(units);
      else if (f == kLife)
        show_life(block.life());
      else
        show_type(block, f, shown[f].split);
    }
  }

  /// Of parts of the block that are as small as reoffence alone allows: any set that is told by the
  /// counts of parts and those of the block is told by the latter, or is a part's own.
  void show_reoffence(const Block& units) {
    AllFacets rule(context_, intervals_, {kReoffence});
    for (const Block& part : divide_block(host_, classes_, units_, rule, units)) {
      rule.clear();
      Block classes;
      for (const std::uint32_t u : part) {
        rule.add(u);
        classes.insert(classes.end(), units_[u].begin(), units_[u].end());
      }
      const char* const scope = classes.size() == 1 ? "class" : "pooled";
      for (const std::uint32_t c : classes)
        out_.recidivism[c] = recidivism_figures(rule.people(), rule.facet(kReoffence).any(), scope);
    }
  }

  void show_life(const LifeCounts& life) {
    std::uint64_t at_risk = life.seen();
    const std::uint32_t width = intervals_.width * facts_.life().unit;
    for (std::uint32_t k = 0; k < intervals_.count && at_risk > 0; ++k) {
      CountRow row = new_row(CountRow::Kind::life, {});
      row.interval = k;
      row.begin = k * width;
      if (k + 1 < intervals_.count) row.end = (k + 1) * width;
      row.people = at_risk;
      row.with = life.events(k);
      row.censored = life.censored(k);
      at_risk -= row.with + row.censored;
      out_.rows.push_back(std::move(row));
    }
  }

  void show_type(const AllFacets& block, std::uint32_t f, bool split) {
    const Facet& facet = facts_.facets()[f];
    const FacetCounts& counts = block.facet(f);
    CountRow any = new_row(CountRow::Kind::any, facet.type);
    any.people = block.people();
    any.with = counts.any();
    out_.rows.push_back(any);
    if (!split) return;
    for (std::uint32_t c = 1; c <= facet.categories; ++c) {
      CountRow row = new_row(CountRow::Kind::first_outcome, facet.type);
      row.outcome = facet.outcomes[c - 1];
      row.people = counts.any();
      row.with = counts.with(c);
      out_.rows.push_back(std::move(row));
    }
  }

  /// Of the block that is next in out_.blocks.
  CountRow new_row(CountRow::Kind kind, const std::string& type) const {
    CountRow row;
    row.kind = kind;
    row.block = static_cast<std::uint32_t>(out_.blocks.size());
    row.type = type;
    return row;
  }

  Host& host_;
  const std::vector<ClassRow>& classes_;
  std::vector<Block> units_;
  PersonFacts facts_;
  Tally tally_;
  Context context_;
  std::vector<std::uint32_t> demanded_;
  Intervals intervals_{1, 1};
  std::vector<Block> blocks_;
  CountTables out_;
};

}  // namespace

CountTables count_tables(Host& host, const model::Population& population, const Options& options,
                         const Protected& result, bool beside_events) {
  if (result.released == 0) return {};
  return TableMaker(host, population, options, result, beside_events).run();
}

}  // namespace pt::protect

#include "core/protect/count_tables.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/protect/count_rules.hpp"
#include "core/protect/person_facts.hpp"
#include "core/protect/recidivism.hpp"
#include "core/protect/tally.hpp"

namespace pt::protect {
namespace {

constexpr std::uint64_t kMostUnits = 400;  ///< of classes, beside the protected cells
/// A type is no demand when it would leave less of the people than this share of those before in
/// blocks that meet every demand.
constexpr double kCovered = 0.9;

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
    join_blocks();
    for (const Block& units : blocks_) {
      host_.poll();
      const AllFacets block = all_of(units);
      Block classes;
      for (const std::uint32_t u : units)
        classes.insert(classes.end(), units_[u].begin(), units_[u].end());
      std::sort(classes.begin(), classes.end());
      const std::size_t before = out_.rows.size();
      show_block(block, units);
      if (out_.rows.size() > before) out_.blocks.push_back(std::move(classes));
    }
  }

  AllFacets all_of(const Block& units) const {
    std::vector<std::uint32_t> all(facts_.facets().size());
    std::iota(all.begin(), all.end(), 0U);
    return AllFacets(context_, intervals_, std::move(all), units);
  }

  /// What can be shown of a block: facets in order, so that the rarer type gives way.
  std::vector<Shown> shown_of(const AllFacets& block) const {
    std::vector<Shown> shown(facts_.facets().size());
    for (std::uint32_t f = 0; f < facts_.facets().size(); ++f) {
      const bool there = f >= kFirstType || (f == kReoffence && facts_.reoffence()) ||
                         (f == kLife && facts_.life().exists);
      if (!there || !block.safe(f, false, shown)) continue;
      shown[f] = {true, f < kFirstType || block.safe(f, true, shown)};
    }
    return shown;
  }

  /// People times what is shown of them.
  std::uint64_t worth(const Block& units) const {
    const AllFacets block = all_of(units);
    std::uint64_t tables = 0;
    for (const Shown& s : shown_of(block)) tables += (s.any ? 1U : 0U) + (s.split ? 1U : 0U);
    return tables * block.people();
  }

  /// Neighbours become one block where that shows more of their people.
  void join_blocks() {
    std::vector<std::uint64_t> worths;
    for (const Block& block : blocks_) worths.push_back(worth(block));
    for (std::size_t b = 0; b + 1 < blocks_.size();) {
      host_.poll();
      const Block &x = blocks_[b], &y = blocks_[b + 1];
      Block both = x;
      both.insert(both.end(), y.begin(), y.end());
      const bool neighbours =
          y.front() == x.back() + 1 &&
          in_one_cell(classes_, {units_[x.front()].front(), units_[y.front()].front()});
      const std::uint64_t joined = neighbours ? worth(both) : 0;
      if (joined <= worths[b] + worths[b + 1]) {
        ++b;
        continue;
      }
      blocks_[b] = std::move(both);
      worths[b] = joined;
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(b) + 1);
      worths.erase(worths.begin() + static_cast<std::ptrdiff_t>(b) + 1);
      b -= b > 0 ? 1 : 0;
    }
  }

  void show_block(const AllFacets& block, const Block& units) {
    const std::vector<Shown> shown = shown_of(block);
    if (shown[kReoffence].any) show_reoffence(units);
    if (shown[kLife].any) show_life(block.life());
    for (std::uint32_t f = kFirstType; f < shown.size(); ++f)
      if (shown[f].any) show_type(block, f, shown[f].split);
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

// pt_risk_profile (sql/66-risk-profile.sql): every class-based measure of a table from one scan.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/risk/disclosure.hpp"
#include "core/risk/estimators_record.hpp"
#include "core/risk/identity.hpp"
#include "core/risk/profile.hpp"
#include "core/risk/tuple_counts.hpp"
#include "pg/crypto.hpp"
#include "pg/datum.hpp"
#include "pg/encode.hpp"
#include "pg/hierarchies.hpp"
#include "pg/host.hpp"
#include "pg/refusal.hpp"
#include "pg/risk_plan.hpp"
#include "pg/risk_weights.hpp"
#include "pg/table_scan.hpp"
#include "pg/value_key.hpp"

namespace pt::pg {
namespace {

using model::Code;
using model::kMissing;
using risk::ClassHistogram;
using risk::PeopleTally;
using risk::TupleNumbers;

/// A sensitive attribute while rows are read, and the distinct people of each class and value.
class SensitiveColumn {
 public:
  SensitiveColumn(Oid relation, const Column& column, const model::Prf& prf, std::uint64_t seed,
                  Host& host)
      : name_(column.name),
        type_(column.type),
        known_(load_known_hierarchy(relation, column.name)),
        values_(column.type, column.collation, prf, host) {
    (void)seed;
    try {
      order_key_.emplace(column.type);
    } catch (const Error&) {  // values without an order have no ordered distances
      order_key_.reset();
    }
  }

  Code code(const ScanRow& row, std::size_t at) {
    if (row.is_null(at)) return kMissing;
    const Datum value = row.value(at);
    const Code code = values_.code(value);
    if (code == seen_) meet(value);
    return code;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_ordered() const { return order_key_.has_value(); }

  /// Position of each code in the order of the values; of their bytes where they have none.
  [[nodiscard]] std::vector<std::int64_t> ranks() const {
    std::vector<Code> by(seen_);
    std::iota(by.begin(), by.end(), Code{0});
    if (is_ordered())
      std::sort(by.begin(), by.end(), [this](Code a, Code b) { return order_[a] < order_[b]; });
    else
      std::sort(by.begin(), by.end(), [this](Code a, Code b) {
        return values_.dictionary()[a] < values_.dictionary()[b];
      });
    std::vector<std::int64_t> rank(seen_);
    for (std::size_t i = 0; i < by.size(); ++i) rank[by[i]] = static_cast<std::int64_t>(i);
    return rank;
  }

  /// Nodes of the values of a histogram whose codes are ranks(); nothing without a hierarchy.
  [[nodiscard]] std::optional<std::vector<std::vector<std::uint32_t>>> levels(
      Oid relation, const ClassHistogram& histogram) const {
    if (!known_) return std::nullopt;
    const auto rank = ranks();
    std::vector<std::string> labels(seen_);
    for (std::size_t code = 0; code < labels.size(); ++code)
      labels[static_cast<std::size_t>(rank[code])] = labels_[code];
    const auto loaded = load_hierarchy(relation, name_, labels);
    if (!loaded) return std::nullopt;
    std::vector<std::vector<std::uint32_t>> out;
    for (const model::Level& level : loaded->hierarchy.levels) {
      auto& nodes = out.emplace_back();
      // A missing value has a node of its own.
      for (const std::int64_t code : histogram.values)
        nodes.push_back(code == ClassHistogram::kNull
                            ? static_cast<std::uint32_t>(level.labels.size())
                            : level.node_of_leaf[static_cast<std::size_t>(code)]);
    }
    return out;
  }

 private:
  /// Notes what is needed of a value seen for the first time.
  void meet(Datum value) {
    ++seen_;
    if (known_) labels_.push_back(output_text(value, type_));
    if (!order_key_) return;
    try {
      order_.push_back(order_key_->code(value));
    } catch (const Error&) {  // a numeric with too many digits
      order_key_.reset();
    }
  }

  std::string name_;
  Oid type_;
  std::optional<KnownHierarchy> known_;
  ValueInterner values_;
  std::optional<OrderKey> order_key_;
  std::vector<std::int64_t> order_;
  std::vector<std::string> labels_;
  Code seen_ = 0;
};

/// Distinct people by class and value of one sensitive attribute (or of all of them jointly).
struct ValueTally {
  ValueTally(std::uint64_t seed, Host& host) : pairs(2, seed, host), people(host) {}
  TupleNumbers pairs;  // class, code
  PeopleTally people;
};

/// Rows that were read and wait to be counted together: the tables are larger than the processor's
/// caches, and many lookups at a time wait less.
struct Batch {
  static constexpr std::size_t kMost = 256;
  std::size_t rows = 0;
  std::vector<Code> codes;   // of the quasi-identifiers, row by row
  std::vector<Code> values;  // of the sensitive attributes, row by row
  std::vector<std::uint32_t> person;
  std::vector<double> weight;
  std::vector<std::uint32_t> classes, joint, items;  // while counting
  std::vector<Code> pairs;                           // likewise

  void clear() {
    rows = 0;
    codes.clear();
    values.clear();
    person.clear();
    weight.clear();
  }
};

/// All that one scan collects.
class Collector {
 public:
  Collector(const RiskPlan& plan, Host& host)
      : plan_(plan),
        host_(host),
        prf_(secret_key()),
        seed_(prf_.at(0)),
        classes_(plan.quasi_identifiers.size(), seed_, host),
        people_(host),
        joint_(std::max<std::size_t>(plan.sensitive.size(), 1), seed_, host),
        weights_(host.memory()),
        person_weights_(host) {
    for (const Column* const column : plan.quasi_identifiers) {
      columns_.push_back(column);
      quasi_identifiers_.push_back(
          std::make_unique<ValueInterner>(column->type, column->collation, prf_, host));
    }
    for (const Column* const column : plan.sensitive) {
      columns_.push_back(column);
      sensitive_.push_back(
          std::make_unique<SensitiveColumn>(plan.source.oid, *column, prf_, seed_, host));
    }
    const std::size_t tallies = sensitive_.size() > 1 ? sensitive_.size() + 1 : sensitive_.size();
    for (std::size_t i = 0; i < tallies; ++i)
      tallies_.push_back(std::make_unique<ValueTally>(seed_, host));
    if (plan.person != nullptr) {
      person_at_ = columns_.size();
      columns_.push_back(plan.person);
      persons_ =
          std::make_unique<ValueInterner>(plan.person->type, plan.person->collation, prf_, host);
    }
    if (plan.weight != nullptr) {
      weight_at_ = columns_.size();
      columns_.push_back(plan.weight);
      weight_.emplace(*plan.weight);
    }
  }

  void read() {
    scan_table(plan_.source, columns_, [this](const ScanRow& row) { add(row); });
    flush();
    if (persons_ && weight_) weigh_people();
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t rows_without_person() const { return rows_without_person_; }
  [[nodiscard]] std::uint64_t people() const {
    return persons_ ? persons_->dictionary().size() : rows_;
  }
  [[nodiscard]] std::uint64_t people_in_several() const { return people_.people_at_several(); }
  [[nodiscard]] std::span<const std::uint64_t> sizes() const { return people_.counts(); }
  [[nodiscard]] std::vector<double> weights() const {
    std::vector<double> out;
    for (const risk::ExactSum& sum : weights_) out.push_back(sum.value());
    return out;
  }
  [[nodiscard]] bool has_weights() const { return weight_.has_value(); }
  [[nodiscard]] std::size_t attributes() const { return tallies_.size(); }
  /// Nothing for the joint values of all attributes, which come last.
  [[nodiscard]] const SensitiveColumn* attribute(std::size_t i) const {
    return i < sensitive_.size() ? sensitive_[i].get() : nullptr;
  }

  /// People of each class that the shares of its values would give if the quasi-identifiers were
  /// independent: n times the product over them of the share of the value.
  [[nodiscard]] std::vector<double> independent_sizes() const {
    const auto sizes = people_.counts();
    const std::size_t width = quasi_identifiers_.size();
    std::vector<std::vector<double>> share(width);  // the last of each: missing
    double n = 0;
    for (std::size_t j = 0; j < width; ++j)
      share[j].assign(quasi_identifiers_[j]->dictionary().size() + 1, 0);
    const auto at = [&share](std::size_t j, Code code) -> double& {
      return code == kMissing ? share[j].back() : share[j][code];
    };
    for (std::uint32_t c = 0; c < sizes.size(); ++c) {
      n += static_cast<double>(sizes[c]);
      for (std::size_t j = 0; j < width; ++j)
        at(j, classes_[c][j]) += static_cast<double>(sizes[c]);
    }
    std::vector<double> mean(sizes.size(), n);
    for (std::uint32_t c = 0; c < sizes.size(); ++c)
      for (std::size_t j = 0; j < width; ++j) mean[c] *= at(j, classes_[c][j]) / n;
    return mean;
  }

  [[nodiscard]] ClassHistogram histogram(std::size_t attribute) const {
    ClassHistogram out(host_.memory());
    out.size.assign(people_.counts().begin(), people_.counts().end());
    const ValueTally& tally = *tallies_[attribute];
    const std::vector<std::int64_t> code =
        attribute < sensitive_.size() ? sensitive_[attribute]->ranks() : joint_ranks();
    std::pmr::vector<risk::Cell> cells(host_.memory());
    cells.reserve(tally.pairs.size());
    for (std::uint32_t pair = 0; pair < tally.pairs.size(); ++pair) {
      const auto of = tally.pairs[pair];
      cells.push_back({of[0], of[1] == kMissing ? ClassHistogram::kNull : code[of[1]],
                       tally.people.counts()[pair]});
    }
    set_counts(cells, out, host_);
    return out;
  }

 private:
  static model::Prf::Key secret_key() {
    const Secret secret;
    return secret.derive_key("risk profile: dictionaries");
  }

  void add(const ScanRow& row) {
    constexpr std::size_t kProgressEvery = 1 << 16;
    if (rows_++ % kProgressEvery == 0) host_.progress("reading", rows_, 0);
    if (persons_) {
      if (row.is_null(person_at_)) {
        ++rows_without_person_;
        return;
      }
      batch_.person.push_back(persons_->code(row.value(person_at_)));
    }
    std::size_t at = 0;
    for (const auto& column : quasi_identifiers_) {
      batch_.codes.push_back(row.is_null(at) ? kMissing : column->code(row.value(at)));
      ++at;
    }
    for (std::size_t i = 0; i < sensitive_.size(); ++i)
      batch_.values.push_back(sensitive_[i]->code(row, at + i));
    if (weight_) batch_.weight.push_back(weight_->of(row, weight_at_));
    if (++batch_.rows == Batch::kMost) flush();
  }

  /// Counts the rows of the batch.
  void flush() {
    const std::size_t n = batch_.rows;
    batch_.classes.resize(n);
    classes_.number(batch_.codes, batch_.classes);
    count_classes();
    const std::size_t attributes = sensitive_.size();
    for (std::size_t a = 0; a < attributes; ++a)
      count_values(*tallies_[a], [this, a, attributes](std::size_t i) {
        return batch_.values[i * attributes + a];
      });
    if (tallies_.size() > attributes) {
      batch_.joint.resize(n);
      joint_.number(batch_.values, batch_.joint);
      count_values(*tallies_.back(), [this](std::size_t i) { return batch_.joint[i]; });
    }
    batch_.clear();
  }

  /// Counts the people of the batch in their classes, and their weights.
  void count_classes() {
    if (!persons_) people_.count(batch_.classes);
    for (std::size_t i = 0; i < batch_.rows && (persons_ || weight_); ++i) {
      const std::uint32_t c = batch_.classes[i];
      if (persons_) people_.count(c, batch_.person[i]);
      if (!weight_) continue;
      if (persons_) {
        person_weights_.note(batch_.person[i], batch_.weight[i]);
        continue;
      }
      if (c >= weights_.size()) weights_.resize(std::size_t{c} + 1);
      weights_[c].add(batch_.weight[i]);
    }
  }

  /// Adds the weights of the people up, by class.
  void weigh_people() {
    constexpr std::size_t kPollEvery = 1 << 16;
    weights_.resize(people_.counts().size());
    std::size_t done = 0;
    people_.for_each([&](std::uint32_t c, std::uint32_t person) {
      if (done++ % kPollEvery == 0) host_.poll();
      weights_[c].add(person_weights_.of(person));
    });
    person_weights_.report_contradictions();
  }

  template <class F>
  void count_values(ValueTally& tally, F&& value_of) {
    batch_.pairs.clear();
    for (std::size_t i = 0; i < batch_.rows; ++i) {
      batch_.pairs.push_back(batch_.classes[i]);
      batch_.pairs.push_back(value_of(i));
    }
    batch_.items.resize(batch_.rows);
    tally.pairs.number(batch_.pairs, batch_.items);
    if (!persons_) tally.people.count(batch_.items);
    for (std::size_t i = 0; i < batch_.rows && persons_; ++i)
      tally.people.count(batch_.items[i], batch_.person[i]);
  }

  /// Combinations in the order of the ranks of their parts, so that no figure depends on the order
  /// of rows.
  [[nodiscard]] std::vector<std::int64_t> joint_ranks() const {
    std::vector<std::vector<std::int64_t>> parts;
    for (const auto& column : sensitive_) parts.push_back(column->ranks());
    const auto rank_of = [&parts](std::size_t part, Code code) {
      return code == kMissing ? ClassHistogram::kNull : parts[part][code];
    };
    std::vector<std::uint32_t> by(joint_.size());
    std::iota(by.begin(), by.end(), 0U);
    std::sort(by.begin(), by.end(), [&](std::uint32_t a, std::uint32_t b) {
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::int64_t x = rank_of(i, joint_[a][i]);
        const std::int64_t y = rank_of(i, joint_[b][i]);
        if (x != y) return x < y;
      }
      return false;
    });
    std::vector<std::int64_t> rank(by.size());
    for (std::size_t i = 0; i < by.size(); ++i) rank[by[i]] = static_cast<std::int64_t>(i);
    return rank;
  }

  const RiskPlan& plan_;
  Host& host_;
  model::Prf prf_;
  std::uint64_t seed_;
  std::vector<const Column*> columns_;
  std::vector<std::unique_ptr<ValueInterner>> quasi_identifiers_;
  std::vector<std::unique_ptr<SensitiveColumn>> sensitive_;
  std::unique_ptr<ValueInterner> persons_;
  std::optional<WeightColumn> weight_;
  std::size_t person_at_ = 0;
  std::size_t weight_at_ = 0;
  TupleNumbers classes_;
  PeopleTally people_;
  TupleNumbers joint_;
  std::vector<std::unique_ptr<ValueTally>> tallies_;
  std::pmr::vector<risk::ExactSum> weights_;
  PersonWeights person_weights_;
  Batch batch_;
  std::uint64_t rows_ = 0;
  std::uint64_t rows_without_person_ = 0;
};

std::int64_t as_int(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// The columns that don't depend on a sensitive attribute.
struct IdentityCells {
  std::optional<risk::IdentityFigures> figures;
  std::optional<double> share_at_risk;
  std::optional<risk::PopulationFigures> population;
  std::optional<double> poisson_risk, poisson_uniques;
};

/// The independence-Poisson estimate, in the order of the values so that sums are the same whatever
/// the order of the rows.
void add_poisson(double fraction, const Collector& collected, IdentityCells& out, Host& host) {
  const std::vector<double> mean = collected.independent_sizes();
  std::vector<std::pair<double, std::uint32_t>> classes;
  for (std::size_t c = 0; c < mean.size(); ++c)
    classes.emplace_back(mean[c], static_cast<std::uint32_t>(collected.sizes()[c]));
  std::sort(classes.begin(), classes.end());
  std::vector<std::uint32_t> people;
  std::vector<double> means;
  for (const auto& [expected, size] : classes) {
    people.push_back(size);
    means.push_back(expected);
  }
  const risk::PoissonSums sums = risk::poisson_sums(host, people, means, fraction);
  out.poisson_risk = sums.reidentifications / static_cast<double>(out.figures->people);
  out.poisson_uniques = sums.unique;
}

IdentityCells identity_cells(const RiskOptions& options, const Collector& collected, Host& host) {
  IdentityCells out;
  const auto sizes = risk::size_distribution(collected.sizes());
  if (sizes.empty()) return out;
  out.figures = risk::identity_figures(sizes);
  out.share_at_risk = risk::share_above(sizes, options.threshold);
  if (collected.has_weights())
    out.population = risk::population_figures(collected.sizes(), collected.weights());
  std::optional<double> fraction = options.sampling_fraction;
  if (!fraction && out.population && out.population->population > 0)
    fraction = std::min(1.0, static_cast<double>(out.figures->people) / out.population->population);
  if (fraction) add_poisson(*fraction, collected, out, host);
  return out;
}

/// The columns of one sensitive attribute.
struct DisclosureCells {
  std::optional<std::string> name;
  std::optional<risk::DisclosureFigures> figures;
  std::optional<double> ordered, hierarchical;
};

DisclosureCells disclosure_cells(const RiskPlan& plan, const RiskOptions& options,
                                 const Collector& collected, std::size_t attribute, Host& host) {
  DisclosureCells out;
  const SensitiveColumn* const column = collected.attribute(attribute);
  out.name = column != nullptr ? column->name() : "(all)";
  const ClassHistogram histogram = collected.histogram(attribute);
  if (histogram.classes() == 0) return out;
  out.figures = risk::disclosure_figures(histogram, options.l, host);
  if (column == nullptr) return out;
  if (column->is_ordered()) out.ordered = out.figures->t_ordered;
  if (const auto levels = column->levels(plan.source.oid, histogram))
    out.hierarchical = risk::hierarchical_t_closeness(histogram, *levels, host);
  return out;
}

void write_row(const RiskOptions& options, const Collector& collected, const IdentityCells& who,
               const DisclosureCells& what, ResultSet& out) {
  using Cell = ResultSet::Cell;
  const auto& f = who.figures;
  const auto& d = what.figures;
  const auto& p = who.population;
  const auto of = [](const auto& figures, auto member) -> Cell {
    if (!figures) return {};
    const auto value = (*figures).*member;
    if constexpr (std::is_same_v<decltype(value), const std::uint64_t>)
      return as_int(value);
    else
      return value;
  };
  using I = risk::IdentityFigures;
  using D = risk::DisclosureFigures;
  using P = risk::PopulationFigures;
  const double scale = std::log(options.delta_base);
  Cell delta, strict;
  if (d) {
    delta = d->delta / scale;
    strict = d->some_value_absent ? std::numeric_limits<double>::infinity() : d->delta / scale;
  }
  const std::vector<Cell> cells = {what.name,
                                   of(f, &I::k),
                                   f ? as_int(f->classes) : 0,
                                   f ? as_int(f->uniques) : 0,
                                   of(f, &I::average_risk),
                                   of(f, &I::maximum_risk),
                                   of(d, &D::distinct_l),
                                   of(d, &D::t_equal),
                                   of(f, &I::uniqueness),
                                   of(f, &I::class_average),
                                   who.share_at_risk,
                                   of(f, &I::at_maximum),
                                   of(f, &I::largest),
                                   of(f, &I::average_size),
                                   of(f, &I::discernibility),
                                   of(d, &D::entropy_l),
                                   of(d, &D::recursive_c),
                                   of(d, &D::alpha),
                                   what.ordered,
                                   what.hierarchical,
                                   delta,
                                   strict,
                                   of(d, &D::beta),
                                   of(d, &D::enhanced_beta),
                                   of(d, &D::values),
                                   of(p, &P::smallest),
                                   of(p, &P::average_risk),
                                   of(p, &P::marketer_risk),
                                   who.poisson_risk,
                                   who.poisson_uniques,
                                   as_int(collected.people()),
                                   as_int(collected.people_in_several()),
                                   as_int(collected.rows()),
                                   as_int(collected.rows_without_person())};
  out.row(cells);
}

void measure(const RiskOptions& options, ResultSet& out) {
  PgHost host("pt_risk_profile");
  const ReadScope scope(options.allow_row_security);
  const RiskPlan plan = make_risk_plan(options);
  Collector collected(plan, host);
  collected.read();
  host.progress("measuring", 0, 0);
  const IdentityCells who = identity_cells(options, collected, host);
  for (std::size_t i = 0; i < collected.attributes(); ++i)
    write_row(options, collected, who, disclosure_cells(plan, options, collected, i, host), out);
  if (collected.attributes() == 0) write_row(options, collected, who, {}, out);
}

std::optional<std::vector<std::string>> names(FunctionCallInfo fcinfo, int at, const char* what) {
  if (fcinfo->args[at].isnull) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& name : text_array_elements(fcinfo->args[at].value, what)) {
    if (!name) throw Error(sqlstate::kNullValueNotAllowed, std::string(what) + " holds a NULL");
    out.push_back(*name);
  }
  return out;
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_risk_profile) {
  using namespace pt::pg;
  const Args args(fcinfo);
  RiskOptions options;
  options.source = args.oid(0, "source");
  options.quasi_identifiers = names(fcinfo, 1, "quasi_identifiers");
  options.sensitive = names(fcinfo, 2, "sensitive");
  options.person_key = args.optional_text(3).value_or("");
  options.weight = args.optional_text(4).value_or("");
  const std::int32_t l = args.int4(5, "l");
  options.threshold = args.float8(6, "threshold");
  options.delta_base = args.float8(7, "delta_base");
  options.sampling_fraction = args.optional_float8(8);
  options.allow_row_security = args.boolean(9, "allow_row_security");
  if (l < 1) throw pt::invalid_parameter("l must be at least 1");
  options.l = static_cast<unsigned>(l);
  if (!(options.threshold >= 0 && options.threshold <= 1))
    throw pt::invalid_parameter("the threshold must be a risk from 0 to 1");
  if (!(options.delta_base > 1) || !std::isfinite(options.delta_base))
    throw pt::invalid_parameter("the base of delta-disclosure must be a number above 1");
  if (options.sampling_fraction &&
      !(*options.sampling_fraction > 0 && *options.sampling_fraction <= 1))
    throw pt::invalid_parameter("the sampling fraction must be above 0 and at most 1", {},
                                "It is the share of the population that is in the table.");
  ResultSet out(fcinfo);
  explaining_refusals(Recorded::no, [&] { measure(options, out); });
  return out.done();
}

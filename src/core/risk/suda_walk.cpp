#include "core/risk/suda_walk.hpp"

#include <algorithm>

namespace pt::risk {
namespace {

using model::Code;
using model::kMissing;

}  // namespace

SubsetTable::SubsetTable(Host& host, const group::TupleTable& tuples)
    : people_(host.memory()), tuple_(host.memory()), codes_(host.memory()) {
  for (std::uint32_t t = 0; t < tuples.size(); ++t)
    if (tuples.people[t] > 0) {
      people_.push_back(tuples.people[t]);
      tuple_.push_back(t);
    }
  values_.assign(tuples.attributes, 0);
  codes_.resize(size() * tuples.attributes);
  for (std::size_t c = 0; c < tuples.attributes; ++c) {
    host.poll();
    const auto code_of = [&](std::size_t i) {
      return tuples.codes[tuple_[i] * tuples.attributes + c];
    };
    Code most = 0;
    for (std::size_t i = 0; i < size(); ++i)
      if (code_of(i) != kMissing) most = std::max(most, code_of(i));
    std::pmr::vector<std::uint32_t> dense(std::size_t{most} + 2, kMissing, host.memory());
    for (std::size_t i = 0; i < size(); ++i) {
      std::uint32_t& number = dense[code_of(i) == kMissing ? most + 1 : code_of(i)];
      if (number == kMissing) number = values_[c]++;
      codes_[c * size() + i] = number;
    }
  }
}

Refiner::Refiner(Host& host, const SubsetTable& table)
    : host_(host),
      table_(table),
      count_(host.memory()),
      place_(host.memory()),
      touched_(host.memory()) {
  std::uint32_t most = 0;
  for (std::size_t c = 0; c < table.columns(); ++c) most = std::max(most, table.values(c));
  count_.assign(most, 0);
  place_.assign(most, 0);
}

std::uint64_t count_subsets(std::size_t columns, std::size_t size) {
  constexpr double kMost = 9.2e18;
  double sum = 0, choices = 1;
  for (std::size_t s = 1; s <= std::min(columns, size); ++s) {
    choices *= static_cast<double>(columns - s + 1) / static_cast<double>(s);
    sum += choices;
  }
  return sum > kMost ? std::uint64_t{1} << 63 : static_cast<std::uint64_t>(sum + .5);
}

}  // namespace pt::risk

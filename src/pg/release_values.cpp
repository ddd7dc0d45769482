#include "pg/release_values.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/row_text.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
}

namespace pt::pg {
namespace {

constexpr std::int32_t kMaxComboNumber = 1 << 28;

}  // namespace

std::vector<std::string> distinct_texts(const std::string& expression, const std::string& table,
                                        const Params& params) {
  std::vector<std::string> texts;
  Spi spi;
  spi.query("SELECT DISTINCT " + expression + " FROM " + table, params, Spi::ReadOnly::no,
            [&](const Row& row) {
              if (!row.is_null(0)) texts.push_back(row.text(0));
            });
  return texts;
}

ValueMap::ValueMap(const std::vector<std::string>& texts, Oid type) : type_(type) {
  if (type == TEXTOID) {
    fill(texts, type);
    return;
  }
  // A label such as 'not shown' is no number.
  if (!attempt([&] { fill(texts, type); })) return;
  values_.clear();
  type_ = TEXTOID;
  fill(texts, type_);
}

void ValueMap::fill(const std::vector<std::string>& texts, Oid type) {
  for (const std::string& text : texts) {
    Datum const datum = type == TEXTOID ? text_datum(text) : input_datum(text, type);
    std::string const shown = type == TEXTOID ? text : output_text(datum, type);
    values_.emplace(text, ReleasedValue{datum, "," + to_utf8(row_field(shown))});
  }
}

const ReleasedValue& ValueMap::at(std::string_view text) const {
  auto const found = values_.find(text);
  if (found == values_.end()) throw internal_error("a released value is not in its dictionary");
  return found->second;
}

EventValues::EventValues(Host& host, StoredRun& run)
    : width_(run.event_columns.size()),
      index_(host.memory()),
      values_(host.memory()),
      ranks_(host.memory()) {
  std::string const table = run.table("combo");
  maps_.reserve(width_);
  for (std::size_t column = 0; column < width_; ++column) {
    EventColumn& described = run.event_columns[column];
    maps_.emplace_back(
        distinct_texts("values[" + std::to_string(column + 1) + "]", table, Params{}),
        described.role == EventRole::detail ? described.type : TEXTOID);
    described.type = maps_.back().type();
  }
  Spi spi;
  spi.query("SELECT combo_no, values FROM " + table, Params{}, Spi::ReadOnly::no,
            [&](const Row& row) {
              host.poll();
              std::int32_t const number = row.int4(0);
              auto const texts = text_array_elements(row.value(1), "values");
              if (number < 0 || number > kMaxComboNumber || texts.size() != width_)
                broken_run(run, "combination " + std::to_string(number));
              auto const at = static_cast<std::size_t>(number);
              if (at >= index_.size()) index_.resize(std::max(at + 1, index_.size() * 2), -1);
              index_[at] = static_cast<std::int32_t>(ranks_.size());
              ranks_.push_back(0);
              for (std::size_t column = 0; column < width_; ++column)
                values_.push_back(texts[column] ? &maps_[column].at(*texts[column]) : nullptr);
            });
}

std::uint32_t EventValues::find(std::int32_t number) const {
  auto const at = static_cast<std::size_t>(number);
  if (number < 0 || at >= index_.size() || index_[at] < 0)
    throw internal_error("a run names event values that it does not have");
  return static_cast<std::uint32_t>(index_[at]);
}

void EventValues::rank_for(const std::vector<PublishedColumn>& columns) {
  constexpr std::size_t kFirst = 4;  // after id, period, label and position; the weight comes last
  texts_.assign(ranks_.size(), {});
  auto& texts = texts_;
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    for (std::size_t c = kFirst; c + 1 < columns.size(); ++c) {
      const ReleasedValue* const released =
          columns[c].from < 0 ? nullptr : value(i, columns[c].from);
      texts[i] += released == nullptr ? "," : released->field;
    }
    texts[i] += ',';  // so that byte order is that of the row text, which goes on with the weight
  }
  std::vector<std::uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return texts[a] < texts[b]; });
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && texts[order[i]] != texts[order[i - 1]]) ++rank;
    ranks_[order[i]] = rank;
  }
}

}  // namespace pt::pg

// What the steps of detection share. Internal to core/model/detect*.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/detect.hpp"
#include "core/model/detect_names.hpp"

namespace pt::model::detection {

/// Whether a column belongs to the person or to the event, by its constancy within people.
enum class Level : std::uint8_t { unknown, person, event };

struct State {
  const RelationProfile& relation;
  const DetectOptions& options;
  std::vector<NameHint> hints;
  std::vector<Verdict> verdicts;
  std::vector<bool> open;  ///< not decided yet

  State(const RelationProfile& given, const DetectOptions& wanted);

  [[nodiscard]] std::size_t size() const { return relation.columns.size(); }
  [[nodiscard]] const ColumnProfile& column(std::size_t c) const { return relation.columns[c]; }
  [[nodiscard]] Level level(std::size_t c) const;
  [[nodiscard]] bool has(Role role) const;
  [[nodiscard]] bool has_kind(Kind kind) const;
  [[nodiscard]] std::string name(std::size_t c) const { return "\"" + column(c).name + "\""; }

  void give(std::size_t c, Role role, Kind kind, double confidence, std::string why);
  void leave(std::size_t c, double confidence, std::string why);
};

// The steps, in order.
void find_identifiers(State& state);
void find_demographics(State& state);
void find_event_columns(State& state);
void find_details(State& state);

/// Few values for their number: may be released as a category.
[[nodiscard]] bool is_category(const ColumnProfile& column);
/// Nearly every row has a value of its own.
[[nodiscard]] bool is_nearly_unique(const ColumnProfile& column);
/// Free text, or what looks like names of people.
[[nodiscard]] bool is_free_text(const ColumnProfile& column);
[[nodiscard]] bool is_time(TypeClass type);
[[nodiscard]] bool is_number(TypeClass type);

}  // namespace pt::model::detection

#include "core/protect/adviser.hpp"

#include <array>

namespace pt::protect {
namespace {

constexpr std::array<ActionInfo, 5> kActions{{
    {Action::merge_classes, "merge_classes", 2, 100'000, "at most this many equivalence classes"},
    {Action::coarsen_period, "coarsen_period", 1, 6,
     "steps: day, week, month, quarter, half-year, year, none"},
    {Action::coarsen_columns, "coarsen_columns", 1, 20,
     "steps: details are generalised or left out, most telling first"},
    {Action::generalize_geography, "generalize_geography", 1, 10,
     "steps: small places first, then all places one level up"},
    {Action::sort_personas, "sort_personas", 0, 100,
     "percent of cohesion: 100 puts similar histories into one persona, 0 mixes them"},
}};

}  // namespace

std::span<const ActionInfo> actions() { return kActions; }

std::string_view word(Action action) { return kActions[static_cast<std::size_t>(action)].word; }

std::optional<Action> parse_action(std::string_view text) {
  for (const ActionInfo& info : kActions)
    if (info.word == text) return info.action;
  return std::nullopt;
}

}  // namespace pt::protect

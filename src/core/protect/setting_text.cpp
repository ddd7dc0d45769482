#include "core/protect/setting_text.hpp"

#include <array>
#include <charconv>

#include "core/group/cells.hpp"

namespace pt::protect {
namespace {

std::string format(double x) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::general, 4).ptr;
  return {text.data(), end};
}

}  // namespace

std::string describe(const model::Population& population, const Setting& setting) {
  std::string text;
  if (population.event_width() > 0) {
    text += "period " + std::string(model::period_name(setting.period));
    for (std::size_t c = 0; c < setting.column_level.size(); ++c) {
      const std::uint32_t level = setting.column_level[c];
      if (level == 0) continue;
      text +=
          ", " + population.event_columns[c].name +
          (level == levels_of(population.event_columns[c]) ? " left out"
                                                           : " at level " + std::to_string(level));
    }
    text += ", ";
  }
  if (const auto place = group::find_protected(population).geography) {
    const auto levels = population.attributes[*place].hierarchy.levels.size();
    if (setting.geography_level > levels)
      text += "no places, ";
    else
      text += "places at level " + std::to_string(setting.geography_level) +
              (setting.place_total > 0
                   ? " with at least " + std::to_string(setting.place_total) + " people, "
                   : ", ");
  }
  text += std::to_string(setting.classes - setting.undone.size()) + " classes, " +
          (setting.undone.empty() ? std::string()
                                  : "of " + std::to_string(setting.classes) +
                                        " those with most of the risk joined, ") +
          "personas of up to " + std::to_string(setting.persona_size) + ", cohesion " +
          format(setting.cohesion);
  if (setting.synthetic > 0) text += ", synthetic share " + format(setting.synthetic);
  if (setting.successions) text += " with proposed successions";
  return text;
}

}  // namespace pt::protect

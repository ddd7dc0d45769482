#include "pg/register_cells.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "core/group/cells.hpp"

namespace pt::pg {
namespace {

using Part = ReleasedAttribute::Part;

std::vector<std::string> names_of(const std::vector<ReleasedAttribute>& attributes) {
  std::vector<std::string> names;
  for (const ReleasedAttribute& a : attributes) names.push_back(a.column);
  return names;
}

/// Moves the attributes that a population table does not know to `unmapped`.
std::vector<ReleasedAttribute> mapped_of(const PopulationTable& table,
                                         std::vector<ReleasedAttribute> attributes,
                                         std::vector<std::string>& unmapped) {
  std::erase_if(attributes, [&](const ReleasedAttribute& a) {
    const MappedColumn* const column = table.find(a.column);
    if (column == nullptr) unmapped.push_back(a.column);
    if (column != nullptr && a.part == Part::age && !column->is_band())
      throw invalid_parameter(
          "the mapping of \"" + a.column + "\" must name a low and a high column",
          "Ages are released as ranges.");
    return column == nullptr;
  });
  if (attributes.empty())
    throw invalid_parameter(
        "the mapping of population \"" + table.name + "\" names no released column of the run", {},
        "Map the columns of the source with pt_register_population.");
  return attributes;
}

}  // namespace

const std::optional<std::string>& ReleasedAttribute::label(
    const protect::ClassLabels& labels) const {
  switch (part) {
    case Part::gender:
      return labels.gender;
    case Part::ethnicity:
      return labels.ethnicity;
    case Part::geography:
      return labels.geography;
    case Part::age:
    case Part::other:
      break;
  }
  return labels.others.at(other);
}

std::vector<std::optional<std::string>> ReleasedAttribute::key(
    const protect::ClassLabels& labels) const {
  if (part != Part::age) return {label(labels)};
  std::vector<std::optional<std::string>> bounds;
  for (const auto& bound : {labels.age_low, labels.age_high})
    bounds.push_back(bound ? std::optional(std::to_string(*bound)) : std::nullopt);
  return bounds;
}

std::vector<ReleasedAttribute> released_attributes(const Encoded& encoded) {
  const auto known = group::find_protected(encoded.population);
  std::vector<ReleasedAttribute> out;
  std::size_t others = 0;
  for (std::size_t a = 0; a < encoded.population.width(); ++a) {
    ReleasedAttribute& added = out.emplace_back();
    added.column = encoded.person_columns[a].name;
    added.part = known.age == a         ? Part::age
                 : known.gender == a    ? Part::gender
                 : known.ethnicity == a ? Part::ethnicity
                 : known.geography == a ? Part::geography
                                        : Part::other;
    if (added.part == Part::other) added.other = others++;
    if (added.part != Part::age) added.values = encoded.population.attributes[a];
  }
  return out;
}

RegisterCells::RegisterCells(const PopulationTable& table,
                             std::vector<ReleasedAttribute> attributes,
                             std::optional<std::int32_t> top_age, Host& host)
    : name_(table.name),
      attributes_(mapped_of(table, std::move(attributes), unmapped_)),
      top_age_(top_age),
      population_(table, names_of(attributes_), host) {}

std::vector<std::string> RegisterCells::mapped() const { return names_of(attributes_); }

risk::Allowed RegisterCells::allowed(std::size_t at, const protect::ClassLabels& labels) const {
  const ReleasedAttribute& a = attributes_[at];
  if (a.part == Part::age) {
    risk::Allowed out;
    out.everything = !labels.age_low;
    if (!labels.age_low) return out;
    const bool open = !labels.age_high || (top_age_ && *labels.age_high > *top_age_);
    out.band = {static_cast<double>(*labels.age_low), open ? std::numeric_limits<double>::infinity()
                                                           : static_cast<double>(*labels.age_high)};
    return out;
  }
  const std::optional<std::string>& label = a.label(labels);
  if (population_.is_band(at))
    return population_.allowed(at, label && *label != "not shown" ? label : std::nullopt);
  const risk::LabelValues values = risk::values_under(a.values, label);
  if (values.everything) return population_.allowed(at, std::optional<std::string>());
  return population_.allowed(at, values.values);
}

double RegisterCells::people(const protect::ClassLabels& labels) {
  std::vector<std::optional<std::string>> key;
  for (const ReleasedAttribute& a : attributes_)
    for (std::optional<std::string>& part : a.key(labels)) key.push_back(std::move(part));
  const auto [at, fresh] = known_.try_emplace(std::move(key), 0);
  if (!fresh) return at->second;
  std::vector<risk::Allowed> wanted;
  for (std::size_t i = 0; i < attributes_.size(); ++i) wanted.push_back(allowed(i, labels));
  return at->second = population_.people().people(wanted);
}

RegisterFigures register_figures(RegisterCells& cells, std::span<const protect::ClassRow> classes) {
  RegisterFigures out;
  std::vector<std::uint32_t> people;
  std::vector<double> population;
  double sum = 0, released = 0;
  for (const protect::ClassRow& row : classes) {
    if (row.people == 0) continue;
    poll_interrupts();
    people.push_back(row.people);
    population.push_back(cells.people(row));
    const double risk = protect::register_risk(row.people, population.back());
    sum += risk * row.people;
    released += row.people;
    out.maximum = std::max(out.maximum, risk);
  }
  if (released > 0) out.average = sum / released;
  out.counts = risk::register_risk(people, population);
  out.smallest = out.counts.least;
  out.note = "counted in population \"" + cells.name() + "\"";
  if (out.counts.unknown_people > 0)
    out.note +=
        "; it has nobody in the cells of " + std::to_string(out.counts.unknown_people) + " people";
  if (out.counts.short_classes > 0)
    out.note += "; " + std::to_string(out.counts.short_classes) +
                " classes are larger than their cells there";
  for (std::size_t i = 0; i < cells.unmapped().size(); ++i)
    out.note += (i == 0 ? "; it does not know " : ", ") + cells.unmapped()[i];
  return out;
}

}  // namespace pt::pg

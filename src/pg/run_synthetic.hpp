// What a run keeps and tells of its synthetic events.
#pragma once

#include <cstdint>
#include <string>

#include "core/protect/protect.hpp"

namespace pt::pg {

/// Share of synthetic events, over all and by event type, as it is published: a type is told of
/// only if it has at least `min_size` synthetic events.
std::string synthetic_json(const protect::SyntheticReport& report, std::uint32_t min_size);

/// Makes and fills the private table of a run that says which events are synthetic. As the owner of
/// the extension.
void write_synthetic(const std::string& table, const protect::SyntheticReport& report);

/// Throws Error 0A000 for a run with synthetic events: its next version would have others, and the
/// difference of two versions would tell which they are.
void refuse_synthetic(std::int64_t run);

}  // namespace pt::pg

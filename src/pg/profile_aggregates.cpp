// Transition functions of the privacy aggregates over VARIADIC "any"
// (sql/64-privacy-aggregates.sql). Their state is a pt_class_profile; their final functions are its
// accessors.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/profile.hpp"
#include "pg/value_key.hpp"

namespace pt::pg {
namespace {

using risk::ClassProfile;
using risk::ProfileEntry;
using risk::ProfileShape;

enum class Sensitive : std::uint8_t { none, any, ordered, member };

/// Arguments of a transition function: the state, `parameters` numbers for the final function, the
/// sensitive value, the quasi-identifiers.
struct Signature {
  Sensitive sensitive = Sensitive::none;
  int parameters = 0;
};

std::int64_t sensitive_code(FunctionCallInfo fcinfo, int at, Sensitive kind, TupleReader& reader) {
  if (fcinfo->args[at].isnull) {
    if (kind == Sensitive::member)
      throw Error(sqlstate::kNullValueNotAllowed,
                  "it is unknown (NULL) whether a person of the population is in the sample", {},
                  "Use coalesce(in_sample, false), or leave such rows out with FILTER.");
    return risk::ClassHistogram::kNull;
  }
  const Datum value = fcinfo->args[at].value;
  if (kind == Sensitive::any) return code_of_bytes(reader.value(0, value));
  return reader.order().code(value);
}

/// Numbers among the arguments, kept with the state until its final function needs them.
void keep_parameters(FunctionCallInfo fcinfo, int count, ClassProfile& state) {
  for (int i = 0; i < count; ++i) {
    if (fcinfo->args[1 + i].isnull)
      throw Error(sqlstate::kNullValueNotAllowed, "a parameter of the privacy aggregate is NULL");
    const double value = DatumGetFloat8(fcinfo->args[1 + i].value);
    if (std::isnan(value)) throw invalid_parameter("a parameter of the privacy aggregate is NaN");
    state.set_parameter(static_cast<std::size_t>(i), value);
  }
}

Datum count_row(FunctionCallInfo fcinfo, const Signature& signature) {
  const int sensitive_at = 1 + signature.parameters;
  const bool has_sensitive = signature.sensitive != Sensitive::none;
  TupleReader& reader = TupleReader::of(fcinfo, sensitive_at);
  reader.skip(has_sensitive ? 1 : 0);

  ProfileEntry entry;
  entry.count = 1;
  if (has_sensitive) entry.code = sensitive_code(fcinfo, sensitive_at, signature.sensitive, reader);
  entry.key = public_key_prf().hash(reader.tuple(fcinfo));

  DatumMemory memory(fcinfo->args[0].isnull ? nullptr : DatumGetPointer(fcinfo->args[0].value));
  ClassProfile state = state_of(fcinfo, {has_sensitive, false, 0}, memory);
  keep_parameters(fcinfo, signature.parameters, state);
  state.add(entry, memory);
  return profile_datum(state);
}

/// Counts a row with the hashes of its single columns, for missing values that match all.
Datum count_columns(FunctionCallInfo fcinfo) {
  if (guarded([fcinfo] { return get_fn_expr_variadic(fcinfo->flinfo); }))
    throw not_supported("VARIADIC with an array of quasi-identifiers",
                        "Missing values in an array can't be told apart from its other values.",
                        "Give the quasi-identifiers as single arguments.");
  TupleReader& reader = TupleReader::of(fcinfo, 1);
  const auto width = static_cast<std::size_t>(fcinfo->nargs - 1);
  std::array<std::uint64_t, FUNC_MAX_ARGS> hashes;
  for (std::size_t i = 0; i < width; ++i) {
    const NullableDatum& argument = fcinfo->args[i + 1];
    hashes[i] = 0;  // missing; no value has it
    if (!argument.isnull)
      hashes[i] =
          std::max<std::uint64_t>(1, public_key_prf().hash(reader.value(i, argument.value)).lo);
  }
  ProfileEntry entry;
  entry.count = 1;
  entry.key = public_key_prf().hash(reader.tuple(fcinfo));
  entry.columns = std::span<const std::uint64_t>(hashes.data(), width);
  DatumMemory memory(fcinfo->args[0].isnull ? nullptr : DatumGetPointer(fcinfo->args[0].value));
  ClassProfile state = state_of(fcinfo, {false, false, static_cast<std::uint16_t>(width)}, memory);
  state.add(entry, memory);
  return profile_datum(state);
}

/// Counts a row whose sensitive value is a path in a hierarchy, finest first: the hashes of its
/// nodes stand in the columns of the entry.
Datum count_path(FunctionCallInfo fcinfo) {
  constexpr std::size_t kMostLevels = 32;
  if (fcinfo->args[1].isnull)
    throw Error(sqlstate::kNullValueNotAllowed, "the path of a sensitive value is NULL", {},
                "Give missing values a path of their own, for example ARRAY['?', '?'].");
  TupleReader& reader = TupleReader::of(fcinfo, 1);
  reader.skip(1);
  ProfileEntry entry;
  entry.count = 1;
  std::array<std::uint64_t, kMostLevels> nodes{};
  std::size_t depth = 0;
  TupleBytes path;
  for (const auto& node : text_array_elements(fcinfo->args[1].value, "path")) {
    if (!node) throw invalid_parameter("the path of a sensitive value holds a NULL");
    if (depth == kMostLevels)
      throw invalid_parameter("the path of a sensitive value has more than 32 nodes");
    path.add(*node);
    nodes[depth++] = std::max<std::uint64_t>(1, public_key_prf().hash(*node).lo);
  }
  if (depth < 2)
    throw invalid_parameter("the path of a sensitive value needs the value and a node above it", {},
                            "For example ARRAY['flu', 'respiratory'].");
  if (!fcinfo->args[0].isnull && profile_from_datum(fcinfo->args[0].value).shape().columns != depth)
    throw invalid_parameter("the paths of the sensitive values have different lengths",
                            "A hierarchy has the same number of levels for every value.",
                            "Repeat the last node where a value has fewer.");
  entry.code = code_of_bytes(path.view());
  entry.key = public_key_prf().hash(reader.tuple(fcinfo));
  entry.columns = std::span<const std::uint64_t>(nodes.data(), depth);
  DatumMemory memory(fcinfo->args[0].isnull ? nullptr : DatumGetPointer(fcinfo->args[0].value));
  ClassProfile state = state_of(fcinfo, {true, false, static_cast<std::uint16_t>(depth)}, memory);
  state.add(entry, memory);
  return profile_datum(state);
}

}  // namespace
}  // namespace pt::pg

using namespace pt::pg;

PT_FUNCTION(pt_profile_count_row) { return count_row(fcinfo, {}); }
PT_FUNCTION(pt_profile_count_sensitive) { return count_row(fcinfo, {Sensitive::any, 0}); }
PT_FUNCTION(pt_profile_count_ordered) { return count_row(fcinfo, {Sensitive::ordered, 0}); }
PT_FUNCTION(pt_profile_count_member) { return count_row(fcinfo, {Sensitive::member, 0}); }
PT_FUNCTION(pt_profile_count_with) { return count_row(fcinfo, {Sensitive::any, 1}); }
PT_FUNCTION(pt_profile_count_with2) { return count_row(fcinfo, {Sensitive::any, 2}); }
PT_FUNCTION(pt_profile_count_columns) { return count_columns(fcinfo); }
PT_FUNCTION(pt_profile_count_path) { return count_path(fcinfo); }

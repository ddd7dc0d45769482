#include "pg/refresh_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "pg/datum.hpp"
#include "pg/json.hpp"
#include "pg/membership.hpp"
#include "pg/run_told.hpp"
#include "pg/spi.hpp"
#include "pg/writer.hpp"

extern "C" {
#include "catalog/pg_type_d.h"
#include "utils/array.h"
}

namespace pt::pg {
namespace {

using model::Hash128;
using protect::ClassRow;
using protect::ClassValues;
using release::Known;

std::string table(std::int64_t run, const char* part) {
  return "personatwin.run_" + std::to_string(run) + "_" + part;
}

Oid make_table(const std::string& name, const std::string& columns, const std::string& comment) {
  Spi spi;
  spi.execute("CREATE TABLE " + name + " (" + columns + ")");
  spi.execute("COMMENT ON TABLE " + name + " IS " + quote_literal(comment));
  Oid oid = InvalidOid;
  spi.query("SELECT $1::regclass::oid", Params{}.text(name), Spi::ReadOnly::no,
            [&](const Row& row) { oid = row.oid(0); });
  return oid;
}

std::string values_json(const ClassRow& row) {
  std::vector<std::string> out;
  for (const ClassValues& values : row.values)
    out.push_back(JsonObject()
                      .add("labels", values.labels)
                      .add("low", values.low)
                      .add("high", values.high)
                      .add("missing", values.missing)
                      .text());
  return json_array(out);
}

void write_class(TableWriter& writer, std::int32_t number, const ClassRow& row,
                 const std::string& key, const std::vector<std::string>& attributes) {
  const auto text = [&](int column, const std::optional<std::string>& value) {
    if (value) writer.set_text(column, *value);
  };
  const auto number_cell = [&](int column, double value) {
    if (std::isfinite(value)) writer.set_float8(column, value);
  };
  writer.set_int4(0, number);
  if (!key.empty())
    writer.set_bytea(1, {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  writer.set_int4(2, static_cast<std::int32_t>(row.people));
  if (row.age_low) writer.set_int4(3, *row.age_low);
  if (row.age_high) writer.set_int4(4, *row.age_high);
  number_cell(5, row.age_mean);
  text(6, row.gender);
  text(7, row.ethnicity);
  text(8, row.geography);
  number_cell(10, row.confidence);
  number_cell(11, row.weight_mean);
  writer.set_bool(12, row.generalized_label);
  writer.set_text(13, row.recidivism_json);
  {
    ContextScope const scope(writer.batch_memory());
    writer.set_datum(9, text_array(std::span<const std::optional<std::string>>(row.others)));
    writer.set_datum(14, text_array(std::span<const std::string>(attributes)));
    writer.set_datum(15, jsonb_datum(values_json(row)));
  }
  writer.end_row();
}

Hash128 hash_at(std::string_view bytes, std::size_t at) {
  Hash128 out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.hi = out.hi << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    out.lo = out.lo << 8 | static_cast<std::uint8_t>(bytes[at + 8 + i]);
  }
  return out;
}

void append_hash(std::string& bytes, const Hash128& hash) {
  for (std::uint64_t const half : {hash.hi, hash.lo})
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(half >> shift);
}

void load_classes(Spi& spi, std::int64_t run, StoredVersion& out) {
  const auto missing = [](const Row& row, int column) {
    return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.float8(column);
  };
  spi.query(
      "SELECT class_no, class_key, people, age_low, age_high, age_mean, gender, ethnicity, "
      "geography, others, confidence, weight_mean, relabelled, recidivism, attributes FROM " +
          table(run, "class") + " ORDER BY class_no",
      Params{}, Spi::ReadOnly::no, [&](const Row& row) {
        ClassRow& c = out.known.classes.emplace_back();
        if (row.int4(0) != static_cast<std::int32_t>(out.known.classes.size()))
          throw internal_error("the classes of run " + std::to_string(run) + " have gaps");
        out.class_keys.emplace_back(row.is_null(1) ? std::string_view() : text_view(row.value(1)));
        c.people = static_cast<std::uint32_t>(row.int4(2));
        if (!row.is_null(3)) c.age_low = row.int4(3);
        if (!row.is_null(4)) c.age_high = row.int4(4);
        c.age_mean = missing(row, 5);
        c.gender = row.optional_text(6);
        c.ethnicity = row.optional_text(7);
        c.geography = row.optional_text(8);
        c.others = text_array_elements(row.value(9), "others");
        c.confidence = missing(row, 10);
        c.weight_mean = missing(row, 11);
        c.generalized_label = row.boolean(12);
        c.recidivism_json = row.text(13);
        if (out.attributes.empty())
          for (auto const& name : text_array_elements(row.value(14), "attributes"))
            out.attributes.push_back(name.value_or(""));
      });
  spi.query(
      "SELECT c.class_no, (v->>'low')::float8, (v->>'high')::float8, (v->>'missing')::bool, "
      "ARRAY(SELECT jsonb_array_elements_text(v->'labels')) FROM " +
          table(run, "class") +
          " c CROSS JOIN LATERAL jsonb_array_elements(c.class_values) WITH ORDINALITY AS x(v, n) "
          "ORDER BY c.class_no, n",
      Params{}, Spi::ReadOnly::no, [&](const Row& row) {
        ClassValues values;
        values.low = row.float8(1);
        values.high = row.float8(2);
        values.missing = row.boolean(3);
        for (auto const& label : text_array_elements(row.value(4), "labels"))
          values.labels.push_back(label.value_or(""));
        std::sort(values.labels.begin(), values.labels.end());
        out.known.classes[static_cast<std::size_t>(row.int4(0)) - 1].values.push_back(
            std::move(values));
      });
}

[[noreturn]] void unknown_personas(std::int64_t run) {
  throw internal_error("the fingerprint of run " + std::to_string(run) +
                       " does not have its personas");
}

void load_personas(Host& host, Spi& spi, std::int64_t run, StoredVersion& out) {
  spi.query("SELECT values FROM " + table(run, "combo") + " ORDER BY combo_no", Params{},
            Spi::ReadOnly::no, [&](const Row& row) {
              out.known.combos.push_back(text_array_elements(row.value(0), "values"));
            });
  std::vector<std::int64_t> const units = units_of(run);
  out.known.personas.resize(units.size());
  std::size_t found = 0;
  spi.query(
      "SELECT class_no, persona_key, event_period, event_combo, event_weight, persona_no FROM " +
          table(run, "persona"),
      Params{}, Spi::ReadOnly::no, [&](const Row& row) {
        host.poll();
        auto const at = static_cast<std::size_t>(row.int4(5)) - 1;
        if (at >= units.size()) unknown_personas(run);
        ++found;
        release::KnownPersona& persona = out.known.personas[at];
        persona.class_no = static_cast<std::uint32_t>(row.int4(0)) - 1;
        persona.key = hash_at(text_view(row.value(1)), 0);
        auto const periods = int4_elements(row.value(2)), combos = int4_elements(row.value(3)),
                   weights = int4_elements(row.value(4));
        persona.events.reserve(combos.size());
        for (std::size_t i = 0; i < combos.size(); ++i)
          persona.events.push_back({periods.at(i).value_or(model::kNoDay),
                                    static_cast<std::uint32_t>(combos[i].value() - 1),
                                    static_cast<std::uint32_t>(weights.at(i).value())});
      });
  if (found != units.size()) unknown_personas(run);
  for (std::size_t p = 0; p < units.size(); ++p) out.known.personas[p].unit = units[p];
}

void load_members(Host& host, Spi& spi, std::int64_t run, Known& known) {
  spi.query("SELECT person_key, persona_no, content, risk FROM " + table(run, "member") +
                " WHERE persona_no IS NOT NULL",
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              host.poll();
              known.members.push_back(
                  {hash_at(text_view(row.value(0)), 0), static_cast<std::uint32_t>(row.int4(1)) - 1,
                   static_cast<std::uint64_t>(row.int8(2)), DatumGetFloat4(row.value(3))});
            });
  // They are stored in this order, which a restored dump keeps.
  const auto before = [](const release::KnownMember& a, const release::KnownMember& b) {
    return a.key < b.key;
  };
  if (!std::is_sorted(known.members.begin(), known.members.end(), before))
    std::sort(known.members.begin(), known.members.end(), before);
}

void load_withdrawn(Spi& spi, std::int64_t run, Known& known) {
  spi.query("SELECT persona_key, class_no, suspended, members, events FROM " +
                table(run, "withdrawn") + " ORDER BY persona_key",
            Params{}, Spi::ReadOnly::no, [&](const Row& row) {
              release::Withdrawn& persona = known.withdrawn.emplace_back();
              persona.key = hash_at(text_view(row.value(0)), 0);
              persona.class_no = static_cast<std::uint32_t>(row.int4(1)) - 1;
              persona.suspended = row.boolean(2);
              std::string_view const members = text_view(row.value(3));
              for (std::size_t at = 0; at + 16 <= members.size(); at += 16)
                persona.members.push_back(hash_at(members, at));
              if (!row.is_null(4))
                for (auto const& n : int4_elements(row.value(4)))
                  persona.events.push_back(static_cast<std::uint32_t>(n.value()));
            });
}

}  // namespace

std::vector<std::optional<std::int32_t>> int4_elements(Datum value) {
  ArrayType* const array = guarded([value] { return DatumGetArrayTypeP(value); });
  if (ARR_ELEMTYPE(array) != INT4OID || ARR_NDIM(array) > 1)
    throw internal_error("an array of a run is not int4[]");
  std::vector<std::optional<std::int32_t>> out;
  if (ARR_NDIM(array) == 0) return out;
  const bits8* const nulls = ARR_NULLBITMAP(array);
  // NULL elements take no room.
  const auto* next =
      static_cast<const std::int32_t*>(static_cast<const void*>(ARR_DATA_PTR(array)));
  out.reserve(static_cast<std::size_t>(ARR_DIMS(array)[0]));
  for (int i = 0; i < ARR_DIMS(array)[0]; ++i) {
    bool const null = nulls != nullptr && (nulls[i / 8] & (1 << (i % 8))) == 0;
    out.push_back(null ? std::nullopt : std::optional(*next++));
  }
  return out;
}

void store_refresh_state(std::int64_t run, const model::Population& population,
                         const protect::Protected& result, const Continuation* continuation) {
  std::vector<std::string> attributes;
  for (const model::Attribute& attribute : population.attributes)
    attributes.push_back(attribute.name);
  Oid const classes = make_table(
      table(run, "class"),
      "class_no int4, class_key bytea, people int4, age_low int4, age_high int4, age_mean float8, "
      "gender text, ethnicity text, geography text, others text[], confidence float8, weight_mean "
      "float8, relabelled bool, recidivism text, attributes text[], class_values jsonb",
      "classes of a run with the values they stand for; as sensitive as the source");
  {
    TableWriter writer(classes, TableWriter::Visibility::frozen);
    std::int32_t number = 0;
    const auto write = [&](const ClassRow& row) {
      auto const i = static_cast<std::size_t>(number++);
      static const std::string none;
      write_class(writer, number, row, continuation != nullptr ? continuation->class_keys[i] : none,
                  attributes);
    };
    for (const ClassRow& row : result.classes) write(row);
    if (continuation != nullptr)
      for (const ClassRow& row : continuation->refreshed.dead_classes) write(row);
    writer.finish();
  }
  if (continuation == nullptr) return;
  TableWriter writer(make_table(table(run, "withdrawn"),
                                "persona_key bytea, class_no int4, suspended bool, members "
                                "bytea, events int4[]",
                                "personas that are out of service, with their members by keyed "
                                "hash; as sensitive as the source"),
                     TableWriter::Visibility::frozen);
  for (const release::Withdrawn& persona : continuation->refreshed.withdrawn) {
    std::string key, members;
    append_hash(key, persona.key);
    for (const Hash128& member : persona.members) append_hash(members, member);
    const auto bytes = [](const std::string& text) {
      return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    };
    writer.set_bytea(0, bytes(key));
    writer.set_int4(1, static_cast<std::int32_t>(persona.class_no) + 1);
    writer.set_bool(2, persona.suspended);
    writer.set_bytea(3, bytes(members));
    if (!persona.events.empty()) {
      std::vector<std::int32_t> const events(persona.events.begin(), persona.events.end());
      ContextScope const scope(writer.batch_memory());
      writer.set_datum(4, int4_array(std::span<const std::int32_t>(events)));
    }
    writer.end_row();
  }
  writer.finish();
  store_told(run, continuation->refreshed.told);
}

StoredVersion load_version(Host& host, std::int64_t run) {
  Spi spi;
  const auto exists = [&](const char* part) {
    return spi
        .value("SELECT 1 WHERE to_regclass($1) IS NOT NULL", Params{}.text(table(run, part)),
               Spi::ReadOnly::no)
        .has_value();
  };
  for (const char* const part : {"persona", "combo", "member", "class"}) {
    if (exists(part)) continue;
    throw wrong_state("run " + std::to_string(run) + " can't be refreshed",
                      "Table " + table(run, part) +
                          " does not exist: the data are gone, or the run was made by an earlier "
                          "version of personatwin, which did not keep it.",
                      "What is published stays as it is.");
  }
  StoredVersion out;
  load_classes(spi, run, out);
  load_personas(host, spi, run, out);
  load_members(host, spi, run, out.known);
  if (exists("withdrawn")) load_withdrawn(spi, run, out.known);
  load_told(run, out.known);
  return out;
}

}  // namespace pt::pg

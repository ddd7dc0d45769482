#include "pg/describe.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.hpp"
#include "core/model/detect.hpp"
#include "pg/datum.hpp"
#include "pg/describe_relation.hpp"
#include "pg/domains.hpp"
#include "pg/host.hpp"
#include "pg/labels.hpp"
#include "pg/owner.hpp"

extern "C" {
#include "access/xact.h"
#include "access/xlog.h"
#include "utils/lsyscache.h"
}

namespace pt::pg {
namespace {

using model::ColumnRole;
using model::Content;

/// A relation in the course of being described.
struct Part {
  Relation relation;
  RelationLabels labels;
  bool described = false;  ///< its roles are complete: nothing is to be detected
  std::optional<std::size_t> person;
  std::optional<model::RelationProfile> profile;  ///< of its rows; only where detection is needed
};

std::optional<std::size_t> position(const Relation& relation, const std::string& name) {
  for (std::size_t c = 0; c < relation.columns.size(); ++c)
    if (relation.columns[c].name == name) return c;
  return std::nullopt;
}

std::string set_role_call(const Relation& relation, const std::string& role) {
  return "SELECT pt_set_role(" + quote_literal(relation.sql_name) + ", 'column', '" + role + "')";
}

void apply_label(Column& column, const ColumnLabel& label) {
  column.role = label.role.role;
  column.kind = label.role.kind;
  if (column.kind == Kind::none)
    column.kind = model::natural_kind(column.role, column.name, class_of(column.type));
  column.confidence = 1;
  column.why = "set by label";
  column.from_label = true;
}

bool has_role(const Relation& relation, Role role) { return relation.find(role) != nullptr; }

/// Labels without the mark "described" are taken as complete when they say who, and what for.
bool labels_are_complete(const Relation& relation, bool with_events) {
  return has_role(relation, Role::person) && has_role(relation, Role::quasi_identifier) &&
         (!with_events || has_role(relation, Role::event_type));
}

enum class Labels : bool { unread, read };

Part load_part(Oid oid, Labels labels = Labels::read) {
  Part part;
  part.relation = load_relation(oid);
  if (labels == Labels::unread) return part;
  part.labels = read_labels(oid);
  for (auto& column : part.relation.columns) {
    const auto label = part.labels.columns.find(column.name);
    if (label != part.labels.columns.end()) apply_label(column, label->second);
  }
  return part;
}

std::vector<ColumnRole> fixed_roles(const Relation& relation) {
  std::vector<ColumnRole> fixed;
  for (const auto& column : relation.columns) fixed.push_back({column.role, column.kind});
  return fixed;
}

/// Makes the named column the person, whatever its label.
void force_person(Part& part, const std::string& name) {
  const auto at = position(part.relation, name);
  if (!at)
    throw Error(sqlstate::kUndefinedColumn,
                "column \"" + name + "\" of " + part.relation.sql_name + " does not exist", {},
                "person_key is the name of the column that tells people apart.");
  for (auto& column : part.relation.columns)
    if (column.role == Role::person) column.role = Role::identifier;
  Column& column = part.relation.columns[*at];
  column.role = Role::person;
  column.kind = Kind::none;
  column.confidence = 1;
  column.why = "named as person_key";
  part.person = at;
}

std::optional<std::size_t> person_by_name(const Part& part, Content content) {
  return model::find_person(profile_names(part.relation), content, fixed_roles(part.relation));
}

/// The foreign key from the person column of the events to their people, if there is one; if the
/// person is not known, the only foreign key of all.
std::optional<ForeignKey> key_to_people(const Part& source) {
  const auto keys = foreign_keys(source.relation);
  if (source.person) {
    const std::string& name = source.relation.columns[*source.person].name;
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const ForeignKey& k) { return k.column == name; });
    if (key != keys.end()) return *key;
    return std::nullopt;
  }
  if (keys.size() == 1) return keys.front();
  return std::nullopt;
}

/// Finds the relation of people and the person columns of both, as far as names and keys tell.
std::optional<Part> load_people(Part& source, const DescribeOptions& options,
                                Labels labels = Labels::read) {
  const auto key = key_to_people(source);
  Oid target = options.people;
  if (!OidIsValid(target) && key && source.described &&
      !has_role(source.relation, Role::event_type))
    return std::nullopt;  // described as a relation of people
  if (!OidIsValid(target) && key) target = key->target;
  if (!OidIsValid(target)) return std::nullopt;
  if (target == source.relation.oid)
    throw invalid_parameter("people and source are the same relation");
  Part people = load_part(target, labels);
  const bool keyed = key && key->target == target;
  if (keyed && !source.person) source.person = position(source.relation, key->column);
  if (!options.person_key.empty() && position(people.relation, options.person_key))
    force_person(people, options.person_key);
  else if (keyed && !has_role(people.relation, Role::person))
    people.person = position(people.relation, key->target_column);
  else
    people.person = person_by_name(people, Content::people);
  if (!people.person && source.person)
    people.person = position(people.relation, source.relation.columns[*source.person].name);
  people.described = people.labels.described || labels_are_complete(people.relation, false);
  return people;
}

std::string domain_of_labels(const Part& source, const std::optional<Part>& people) {
  if (!source.labels.domain.empty()) return source.labels.domain;
  return people ? people->labels.domain : std::string();
}

const model::Domain* find_domain(const std::vector<model::Domain>& domains,
                                 const std::string& name) {
  for (const auto& domain : domains)
    if (domain.name == name) return &domain;
  return nullptr;
}

/// The domain given, labelled or recognised; nullptr when none is.
const model::Domain* choose_domain(const std::vector<model::Domain>& domains, const Part& source,
                                   const std::optional<Part>& people,
                                   const DescribeOptions& options) {
  if (!options.domain.empty()) {
    if (const auto* given = find_domain(domains, options.domain)) return given;
    static_cast<void>(load_domain(options.domain));  // raises 42704 and lists the others
  }
  if (const auto* labelled = find_domain(domains, domain_of_labels(source, people)))
    return labelled;
  if (source.profile) return model::recognise_domain(domains, *source.profile);
  const Column* type = source.relation.find(Role::event_type);
  if (type == nullptr) return nullptr;
  return model::recognise(domains, count_terms(source.relation, *type));
}

void profile_part(Host& host, Part& part, Content content) {
  part.profile = profile_rows(host, part.relation, part.person);
  if (part.person) {
    const bool by_name = part.relation.columns[*part.person].role != Role::person;
    if (content != Content::any || !by_name || !model::person_is_contradicted(*part.profile))
      return;
    part.person.reset();
    part.profile = profile_rows(host, part.relation, part.person);
    return;
  }
  part.person = model::find_person(*part.profile, content, fixed_roles(part.relation));
  if (part.person) part.profile = profile_rows(host, part.relation, part.person);
}

void detect_part(Part& part, Content content, const model::Domain* domain,
                 std::vector<Kind> provided) {
  part.profile->person = part.person;
  model::DetectOptions options{content, domain, fixed_roles(part.relation), std::move(provided)};
  const auto verdicts = model::detect(*part.profile, options);
  for (std::size_t c = 0; c < verdicts.size(); ++c) {
    Column& column = part.relation.columns[c];
    if (column.role != Role::none) continue;
    column.role = verdicts[c].role.role;
    column.kind = verdicts[c].role.kind;
    column.confidence = verdicts[c].confidence;
    column.why = verdicts[c].why;
  }
}

std::vector<Kind> quasi_kinds(const Relation& relation) {
  std::vector<Kind> kinds;
  for (const auto& column : relation.columns)
    if (column.role == Role::quasi_identifier) kinds.push_back(column.kind);
  return kinds;
}

// ---------------------------------------------------------------- checks

[[noreturn]] void throw_twice(const Relation& relation, const std::string& what, const Column& a,
                              const Column& b) {
  throw invalid_parameter(
      "columns \"" + a.name + "\" and \"" + b.name + "\" of " + relation.sql_name +
          " both have the role " + what,
      "There can be one.",
      "Give one of them another role or kind, or take it out: SELECT pt_set_role(" +
          quote_literal(relation.sql_name) + ", " + quote_literal(b.name) + ", 'ignore').");
}

void check_once(const Relation& relation) {
  constexpr std::array kOnce{Role::person,  Role::event_type, Role::event_time,
                             Role::outcome, Role::location,   Role::weight};
  for (const Role role : kOnce) {
    const Column* first = nullptr;
    for (const auto& column : relation.columns) {
      if (column.role != role) continue;
      if (first != nullptr) throw_twice(relation, std::string(model::word(role)), *first, column);
      first = &column;
    }
  }
}

/// Kinds of which a person has one: the ages count as one kind.
Kind single_kind(const Column& column) {
  if (column.role != Role::quasi_identifier) return Kind::none;
  switch (column.kind) {
    case Kind::age:
    case Kind::birth_date:
    case Kind::birth_year:
      return Kind::age;
    case Kind::gender:
    case Kind::ethnicity:
      return column.kind;
    default:
      return Kind::none;
  }
}

void check_kinds_once(const Relation& relation) {
  for (const Kind kind : {Kind::age, Kind::gender, Kind::ethnicity}) {
    const Column* first = nullptr;
    for (const auto& column : relation.columns) {
      if (single_kind(column) != kind) continue;
      if (first != nullptr)
        throw_twice(relation, "\"quasi-identifier: " + std::string(model::word(kind)) + "\"",
                    *first, column);
      first = &column;
    }
  }
}

[[noreturn]] void throw_no_person(const Relation& relation) {
  throw Error(sqlstate::kUndefinedObject,
              "no column of " + relation.sql_name + " is known to tell one person from another",
              "A person may have many rows, so people can't be counted without it. A column whose "
              "name fits does not count when gender, ethnicity or birth differ between its rows.",
              "Name it: person_key => 'column', or " + set_role_call(relation, "person") + ".");
}

[[noreturn]] void throw_no_event_type(const Relation& relation) {
  throw Error(sqlstate::kUndefinedObject,
              "no column of " + relation.sql_name + " is known to hold the type of the event", {},
              "Name it: " + set_role_call(relation, "event type") + ".");
}

/// Many people with several rows: these are events, whatever is missing.
bool looks_like_events(const Part& part) {
  return part.profile && part.profile->repeated_people * 10 > part.profile->people;
}

Shape choose_shape(const Part& source, const std::optional<Part>& people) {
  if (has_role(source.relation, Role::event_type))
    return people ? Shape::people_and_events : Shape::wide;
  if (people || has_role(source.relation, Role::event_time) || looks_like_events(source))
    throw_no_event_type(source.relation);
  return Shape::people_only;
}

// ---------------------------------------------------------------- record and report

bool may_record(const Relation& relation, const DescribeOptions& options) {
  if (!options.record || !owns_relation(relation.oid)) return false;
  return !guarded([] { return XactReadOnly || RecoveryInProgress(); });
}

void record(const Part& part, const std::string& prefix, const std::string& domain,
            Description& out) {
  const bool has_person =
      std::any_of(part.labels.columns.begin(), part.labels.columns.end(),
                  [](const auto& label) { return label.second.role.role == Role::person; });
  for (const auto& column : part.relation.columns) {
    if (column.role == Role::none || column.from_label) continue;
    if (column.role == Role::person && has_person) continue;  // person_key beside a label
    const ColumnRole role{column.role, column.kind};
    const auto label = part.labels.columns.find(column.name);
    if (label != part.labels.columns.end()) continue;  // person_key against a label: not for ever
    set_column_role(part.relation.oid, column.name, role);
    out.recorded.push_back(prefix + column.name + " = " + model::label_text(role));
  }
  if (!part.labels.described || part.labels.domain != domain)
    set_described(part.relation.oid, domain);
}

std::string list_of(const std::vector<std::string>& items) {
  constexpr std::size_t kMost = 60;
  std::string list;
  for (std::size_t i = 0; i < items.size() && i < kMost; ++i)
    list += (i > 0 ? ", " : "") + items[i];
  if (items.size() > kMost) list += " and " + std::to_string(items.size() - kMost) + " more";
  return list;
}

/// What a run that could not record has found.
std::vector<std::string> found_roles(const Description& description) {
  std::vector<std::string> found;
  for (const auto& column : description.source.columns)
    if (column.role != Role::none && !column.from_label)
      found.push_back(column.name + " = " + model::label_text({column.role, column.kind}));
  return found;
}

void notify(const Description& description, const DescribeOptions& options, bool detected) {
  const std::string& source = description.source.sql_name;
  const std::string name = quote_literal(source);
  const std::string found = list_of(found_roles(description));
  const std::string out = list_of(description.unlabelled);
  const std::string without =
      out.empty() ? "" : "Without a role, and so not released: " + out + ".";
  if (!description.recorded.empty()) {
    report(NOTICE, "roles recorded as labels for " + source + ": " + list_of(description.recorded),
           without,
           "See why with pt_detect_roles(" + name + "); change a role with pt_set_role(" + name +
               ", column, role).");
  } else if (detected && options.record && !found.empty()) {
    report(NOTICE, "roles found for " + source + " and not recorded: " + found, without,
           "Its owner records them with SELECT * FROM pt_describe(" + name + ").");
  } else if (!detected && !out.empty()) {
    report(NOTICE, "columns without a role stay out of the release of " + source + ": " + out, {},
           "Give them a role with pt_set_role(" + name +
               ", column, role); 'ignore' ends this message.");
  }
}

void list_unlabelled(const Relation& relation, const std::string& prefix, Description& out) {
  for (const auto& column : relation.columns)
    if (column.role == Role::none) out.unlabelled.push_back(prefix + column.name);
}

void list_geography(Description& out) {
  const Relation& holder =
      out.people && has_role(*out.people, Role::quasi_identifier) ? *out.people : out.source;
  std::vector<std::string> names;
  for (const auto& column : holder.columns)
    if (column.role == Role::quasi_identifier && column.kind == Kind::geography)
      names.push_back(column.name);
  for (const std::size_t at : model::order_areas(names)) out.geography_levels.push_back(names[at]);
}

/// What both relations say of the person is taken from the people.
void drop_repeated_kinds(Relation& events, const Relation& people) {
  const auto kinds = quasi_kinds(people);
  for (auto& column : events.columns) {
    const Kind single = single_kind(column);
    const bool repeats =
        std::any_of(people.columns.begin(), people.columns.end(), [&](const Column& other) {
          return other.role == Role::quasi_identifier &&
                 ((single != Kind::none && single_kind(other) == single) ||
                  other.name == column.name ||
                  (other.kind == Kind::geography && column.kind == Kind::geography));
        });
    if (column.role != Role::quasi_identifier || !repeats) continue;
    column.role = Role::none;
    column.kind = Kind::none;
    column.why = "the relation of people says it";
  }
}

std::string short_name(Oid oid) {
  char* const name = guarded([oid] { return get_rel_name(oid); });
  return name == nullptr ? std::string() : std::string(name);
}

void require_person(const Relation& relation) {
  if (!has_role(relation, Role::person)) throw_no_person(relation);
}

/// Detects what labels don't say. Returns whether anything had to be detected.
bool fill_roles(Part& source, std::optional<Part>& people, const DescribeOptions& options,
                std::string& domain_name) {
  PgHost host("describe");
  const bool detect_source = !source.described;
  const bool detect_people = people && !people->described;
  // A table taken as it stands may hold events all the same: the labels set now are complete, and
  // serve every later run.
  const Content content = people ? Content::events : Content::any;
  if (detect_source) profile_part(host, source, content);
  const auto domains = load_domains();
  const model::Domain* domain = choose_domain(domains, source, people, options);
  if (detect_people) {
    profile_part(host, *people, Content::people);
    detect_part(*people, Content::people, domain, {});
  }
  if (detect_source) {
    auto provided = people ? quasi_kinds(people->relation) : std::vector<Kind>{};
    detect_part(source, content, domain, std::move(provided));
  }
  domain_name = domain == nullptr ? std::string() : domain->name;
  return detect_source || detect_people;
}

}  // namespace

const Column* Relation::find(const std::string& name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

const Column* Relation::find(Role role) const {
  for (const auto& column : columns)
    if (column.role == role) return &column;
  return nullptr;
}

Description describe(const DescribeOptions& options) {
  Part source = load_part(options.source);
  source.described = source.labels.described || labels_are_complete(source.relation, true) ||
                     (options.table_only && has_role(source.relation, Role::quasi_identifier));
  if (!options.person_key.empty()) force_person(source, options.person_key);
  if (!source.person) source.person = person_by_name(source, Content::any);
  std::optional<Part> people;
  if (!options.table_only) people = load_people(source, options);

  std::string domain;
  const bool detected = fill_roles(source, people, options, domain);

  Description out;
  if (people) drop_repeated_kinds(source.relation, people->relation);
  if (!options.table_only) {
    require_person(source.relation);
    if (people) require_person(people->relation);
    out.shape = choose_shape(source, people);
  } else {
    out.shape = Shape::people_only;
  }
  check_once(source.relation);
  check_kinds_once(source.relation);
  if (people) {
    check_once(people->relation);
    check_kinds_once(people->relation);
  }
  const bool two = people.has_value();
  const std::string source_prefix = two ? short_name(options.source) + "." : "";
  const std::string people_prefix = two ? short_name(people->relation.oid) + "." : "";
  const std::string recorded_domain = source.labels.domain.empty() ? domain : source.labels.domain;
  if (may_record(source.relation, options) && (!source.described || !source.labels.described))
    record(source, source_prefix, recorded_domain, out);
  if (two && may_record(people->relation, options) &&
      (!people->described || !people->labels.described))
    record(*people, people_prefix, recorded_domain, out);

  out.source = std::move(source.relation);
  if (people) out.people = std::move(people->relation);
  if (const Column* person = out.source.find(Role::person)) out.person_column = person->name;
  if (out.people) out.people_person_column = out.people->find(Role::person)->name;
  out.domain = domain.empty() ? "custom" : domain;
  list_geography(out);
  list_unlabelled(out.source, source_prefix, out);
  if (out.people) list_unlabelled(*out.people, people_prefix, out);
  if (!options.quiet) notify(out, options, detected);
  return out;
}

Detection detect_roles(const DescribeOptions& options) {
  Part source = load_part(options.source, Labels::unread);
  if (!options.person_key.empty()) force_person(source, options.person_key);
  if (!source.person) source.person = person_by_name(source, Content::any);
  auto people = load_people(source, options, Labels::unread);
  std::string domain;
  fill_roles(source, people, options, domain);
  if (people) drop_repeated_kinds(source.relation, people->relation);
  Detection out;
  out.source = std::move(source.relation);
  if (people) out.people = std::move(people->relation);
  return out;
}

}  // namespace pt::pg

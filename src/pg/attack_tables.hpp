// What the catalog and the published tables say of a release that is attacked.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/host.hpp"
#include "core/noise/mechanism.hpp"
#include "pg/attack_items.hpp"
#include "pg/attack_release.hpp"
#include "pg/crypto.hpp"
#include "pg/in_service.hpp"
#include "pg/release_columns.hpp"
#include "pg/release_rows.hpp"
#include "pg/release_run.hpp"
#include "pg/spi.hpp"

namespace pt::pg {

/// Reads the tables of a release into an AttackedRelease, and keeps what leads from the source to
/// them.
class AttackTables {
 public:
  /// Key of a person, as the run keeps it.
  using Key = std::array<std::uint8_t, 16>;

  /// All of these outlive it.
  AttackTables(Host& host, const InService& which, const StoredRun& run, AttackedRelease& out)
      : host_(host), which_(which), run_(run), out_(out), columns_(event_columns(run)) {}

  /// The published tables and the members. As owner of the catalog. 55000 when they do not fit the
  /// run.
  void read(const Secret& secret);

  /// The persona of a person, by its number in the release; nothing: in none. O(log people).
  [[nodiscard]] std::optional<std::uint32_t> persona_of(const Key& key) const;
  /// How the events were perturbed, as it is published.
  [[nodiscard]] const noise::NoiseOptions& noise() const { return noise_; }
  /// Level of a released event column in its hierarchy.
  [[nodiscard]] std::uint32_t level(std::size_t column) const { return levels_[column]; }
  /// Values of a released event column.
  [[nodiscard]] const std::set<std::string>& published(std::size_t column) const {
    return published_[column];
  }
  /// Name under which an event column is published.
  [[nodiscard]] std::string published_name(std::size_t column) const;
  /// 55000: the tables do not fit the run.
  [[noreturn]] void misfit(const std::string& detail) const;

  Items items;  ///< numbers of what is published of events

 private:
  void read_claims();
  void read_noise();
  void read_personas(const Secret& secret);
  void read_events();
  void read_levels();
  void read_members();
  [[nodiscard]] std::string table(std::size_t part) const;

  Host& host_;
  const InService& which_;
  const StoredRun& run_;
  AttackedRelease& out_;
  std::vector<PublishedColumn> columns_;
  std::map<Uuid, std::uint32_t> personas_;
  std::unordered_map<std::int32_t, std::uint32_t> persona_of_number_;
  std::vector<std::set<std::string>> published_;  // values of each released event column
  std::vector<std::uint32_t> levels_;
  noise::NoiseOptions noise_;
  std::vector<std::pair<Key, std::uint32_t>> members_;  // ascending
};

}  // namespace pt::pg

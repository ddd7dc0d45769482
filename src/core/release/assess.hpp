// Risks of a version being made.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/release/refresh.hpp"
#include "core/release/vocabulary.hpp"
#include "core/risk/cover.hpp"
#include "core/risk/risk_sum.hpp"

namespace pt::release {

/// A persona of the version being made: published as it was (`known`), or with present events.
struct Item {
  model::Hash128 key;
  std::uint32_t class_no = 0;
  const KnownPersona* known = nullptr;
  std::int64_t unit = 0;              ///< 0: new
  std::vector<std::uint32_t> people;  ///< ascending
};

/// What versions being made are measured from.
struct AssessmentInput {
  const model::Population& population;
  const protect::Options& options;
  const protect::Setting& setting;
  const protect::Released& released;  ///< events at that setting
  const Known& known;
  const std::vector<std::uint64_t>& content;      ///< present, by person
  const std::vector<const KnownMember*>& member;  ///< published, by person; nullptr: in no persona
};

/// Measures one version after the other of the same people. A class that has the same personas as
/// when it was last measured is not measured again; what is found is the same to the last bit as
/// if it were, because risks are added up class by class. Somebody whose published events differ
/// from the present ones is looked for by the events that both have, and has at least the risk of
/// the version before. Memory: 8 bytes an event and 4 a person, and what a version has.
class Assessment {
 public:
  /// O(events log(events of a person)).
  Assessment(Host& host, const AssessmentInput& input);

  /// Measures the version with these personas under the chosen attacker. `items` must live until
  /// the next call; a class keeps its number from call to call. O(events of the classes that have
  /// changed), and everybody's for the attacker who knows no demographics.
  void measure(std::span<const protect::ClassRow> classes, std::span<const Item> items);

  // Of the version measured last.
  double average() const { return average_; }
  double maximum() const { return maximum_; }
  std::uint64_t released() const { return released_people_; }
  double risk(std::uint32_t person) const { return static_cast<double>(risk_[person]); }
  double mean_risk(std::uint32_t c) const { return classes_[c].mean; }
  std::uint32_t people(std::uint32_t c) const { return classes_[c].people; }
  /// The highest risk in each class, by class; 0 without people.
  std::vector<double> highest_risks() const;

  /// Personas, events and risks of everybody under every attacker, as protect::Protected has them,
  /// with classes in the order given (those without people included). Once, at the end. O(events
  /// log events).
  protect::Protected result(std::vector<std::uint32_t>& item_of_persona);

 private:
  /// What a class was measured with, and what was found.
  struct MeasuredClass {
    std::vector<std::pair<model::Hash128, bool>> items;  ///< key, and whether as published
    std::vector<double> highest;                         ///< of each of them
    risk::RiskSum one_event, two_events, all_events, alone, by_register;
    double mean = 0;
    std::uint32_t people = 0;
  };

  void read_histories();
  std::span<const std::uint64_t> history(std::uint32_t person) const {
    return histories_.of(person);
  }
  /// Whether the persona still shows events of this person that are not the present ones.
  bool waits(const Item& item, std::uint32_t person) const;
  double at_least_before(const Item& item, std::uint32_t person, double risk) const;
  /// What the persona shows, ascending by code; the caller numbers it.
  void show(const Item& item, std::vector<risk::PersonaEvents>& events);
  void measure_class(const protect::ClassRow& row, std::span<const std::uint32_t> items,
                     MeasuredClass& out);
  /// Adds up what each member risks, and keeps it under the chosen attacker.
  void measure_members(std::span<const std::uint32_t> items,
                       std::span<const risk::Cover::Consistent> consistent, MeasuredClass& out);
  /// Places the personas in the order of their keys, and pools what they show.
  void pool_everything();
  /// The attacker who knows all events and no demographics.
  void measure_events();
  /// Average and maximum under the chosen attacker.
  void settle();

  void name_columns(protect::Protected& out) const;
  void place_personas(protect::Protected& out,
                      std::span<const std::uint32_t> item_of_persona) const;
  void write_risks(protect::Protected& out) const;
  void write_figures(protect::Protected& out) const;

  Host& host_;
  AssessmentInput in_;
  Vocabulary vocabulary_;
  risk::Histories histories_;         // of everybody, in the codes of the vocabulary
  std::vector<bool> changed_;         // by person: other events than the version in service shows
  std::vector<std::uint64_t> codes_;  // scratch
  std::vector<MeasuredClass> classes_;
  std::span<const protect::ClassRow> rows_;
  std::span<const Item> items_;
  std::vector<double> item_risk_;           // the highest of its people
  std::vector<std::uint32_t> number_;       // of each item: place in the order of keys
  std::vector<risk::PersonaEvents> shown_;  // scratch
  std::pmr::vector<float> risk_;            // by person, of the version measured last
  risk::PackedEvents pooled_;               // of all items, by number_
  risk::RiskSum events_;                    // the attacker without demographics
  double average_ = 0, maximum_ = 0;
  std::uint64_t released_people_ = 0;
};

}  // namespace pt::release

// Synthetic events, the last rung of the ladder (doc/privacy-model.md, "Synthetic events").
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "core/host.hpp"
#include "core/model/population.hpp"
#include "core/model/prf.hpp"
#include "core/protect/grouping.hpp"
#include "core/protect/released.hpp"
#include "core/risk/pooled.hpp"

namespace pt::protect {

/// The events that one setting adds to its personas: Setting::synthetic of all published events.
///
/// In every protected cell the added events are balanced over the released values of events: each
/// combination (event type, outcome, details) grows by the same factor, within one event, and so
/// does each type (synth::balanced_quota). What is free is where they go: first to personas that
/// lack an event or two to hold the history of somebody with a small consistent set, as far as the
/// model of histories finds such an event likely for a member, or Options::successions say so where
/// Setting::successions lets them; the rest where the model draws them. Each follows an event of a
/// member, or begins a history, where the rules of the domain allow it.
///
/// Deterministic: a function of its arguments alone. O(rounds x people x personas of a class x
/// events), less where consistent sets are large.
class SyntheticEvents {
 public:
  SyntheticEvents(Host& host, const model::Population& population, const Options& options,
                  Grouping& grouping, const Setting& setting, const Released& released,
                  const model::Prf& randomness);

  /// What the personas of class `c` of the setting's pruning get: by code, then persona (numbered
  /// within the class).
  std::span<const risk::PersonaEvents> of(std::size_t c) const { return by_class_[c]; }
  /// Adds what class `c` gets to its pooled events.
  void add_to(std::size_t c, std::pmr::vector<risk::PersonaEvents>& pooled) const;

  std::uint64_t added() const { return added_; }
  /// Events that the balance asked for and the rules and the model have no place for.
  std::uint64_t unplaced() const { return unplaced_; }

 private:
  std::vector<std::vector<risk::PersonaEvents>> by_class_;
  std::uint64_t added_ = 0, unplaced_ = 0;
};

}  // namespace pt::protect

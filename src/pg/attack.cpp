// pt_attack: attacks on a release in service (sql/69-attack.sql).
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "core/attack/disclosure.hpp"
#include "core/attack/identification.hpp"
#include "core/attack/noise_matching.hpp"
#include "core/error.hpp"
#include "pg/attack_release.hpp"
#include "pg/attack_rows.hpp"
#include "pg/boundary.hpp"
#include "pg/host.hpp"

namespace pt::pg {

using attack::Interval;

namespace {

/// Figures that agree up to rounding are equal.
constexpr double kRounding = 1 + 1e-9;

std::optional<bool> verdict(const AttackRow& row, const Interval& own,
                            const std::optional<Interval>& residual) {
  if (!row.claimed_risk || row.attempts == 0) return std::nullopt;
  if (row.exact_mean) {
    const bool most = !row.exact_maximum || !row.claimed_maximum ||
                      *row.exact_maximum <= *row.claimed_maximum * kRounding;
    if (!most) return false;
    if (*row.exact_mean <= *row.claimed_risk * kRounding) return true;
    return row.of_others ? std::nullopt : std::optional(false);
  }
  if (!row.judged_by_residual) return own.low <= *row.claimed_risk;
  if (!residual) return std::nullopt;
  return residual->low <= *row.claimed_risk;
}

}  // namespace

void send_row(const AttackRow& row, double confidence, ResultSet& out) {
  using Cell = ResultSet::Cell;
  std::optional<double> rate, low, high, hits, left;
  Interval own;
  std::optional<Interval> residual;
  std::string note = row.note;
  const auto add_note = [&note](const std::string& text) {
    note += (note.empty() ? "" : "; ") + text;
  };
  if (row.attempts == 0) {
    add_note("nothing to attack");
  } else {
    const auto n = static_cast<double>(row.attempts);
    own = attack::wilson(static_cast<double>(row.successes), n, confidence);
    rate = static_cast<double>(row.successes) / n;
    low = own.low;
    high = own.high;
    if (row.persona_hits) hits = static_cast<double>(*row.persona_hits) / n;
    if (row.control) residual = attack::residual(own, *row.control);
    if (row.baseline_rate && *rate <= *row.baseline_rate) {
      residual.reset();
      add_note("too weak to say anything: no better than blind guessing");
    }
    if (residual) left = residual->centre;
  }
  out.row({Cell(row.attack), Cell(static_cast<std::int64_t>(row.attempts)),
           Cell(static_cast<std::int64_t>(row.successes)), Cell(rate), Cell(low), Cell(high),
           Cell(hits), Cell(row.control_rate), Cell(left), Cell(row.claimed_risk),
           Cell(verdict(row, own, residual)), Cell(row.exact_mean), Cell(row.exact_maximum),
           Cell(row.claimed_maximum), Cell(row.baseline_rate), note.empty() ? Cell() : Cell(note)});
}

void check_attempts(std::int64_t attempts, double confidence) {
  constexpr std::int64_t kMost = 10'000'000;
  if (attempts < 1 || attempts > kMost)
    throw invalid_parameter("attempts must be between 1 and 10000000",
                            "It is " + std::to_string(attempts) + ".",
                            "A thousand attempts give a rate within 3 percentage points.");
  if (!(confidence > 0 && confidence < 1))
    throw invalid_parameter("confidence must lie between 0 and 1",
                            "It is " + std::to_string(confidence) + ".", "Use 0.95.");
}

model::Prf attack_randomness(std::int64_t seed) {
  model::Prf::Key key{};
  for (std::size_t i = 0; i < 8; ++i)
    key[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(seed) >> (8 * i));
  return model::Prf(key);
}

namespace {

using attack::Identification;
using attack::Knowledge;
using attack::Random;
using attack::Tried;

constexpr std::array<std::pair<const char*, Knowledge>, 6> kAttackers{
    {{"demographics", Knowledge::demographics},
     {"demographics+1", Knowledge::one_event},
     {"demographics+2", Knowledge::two_events},
     {"demographics+events", Knowledge::all_events},
     {"events", Knowledge::events},
     {"demographics+events+counts", Knowledge::counts}}};

/// Things that a predicate on several columns asks for, at most.
constexpr std::uint32_t kThings = 4;

class ReleaseAttacks {
 public:
  ReleaseAttacks(Host& host, const AttackedRelease& target, std::uint64_t attempts,
                 const model::Prf& prf, double confidence, ResultSet& out)
      : host_(host),
        target_(target),
        who_(host, target.release),
        attempts_(attempts),
        prf_(prf),
        confidence_(confidence),
        out_(out) {
    if (target.noise) noise_.emplace(host, *target.noise);
    for (const std::uint32_t people : target.release.size) gone_ += people;
    gone_ -= target.release.people();
  }

  void identify(std::string_view only) {
    for (const auto& [name, knowledge] : kAttackers) {
      if (!only.empty() && only != name) continue;
      if (knowledge != Knowledge::demographics && target_.release.items.empty()) continue;
      attack::Exact exact;
      AttackRow row = identify_by(name, knowledge, exact);
      const auto number = static_cast<std::size_t>(knowledge);
      const Claim claim = number < target_.claims.size() ? target_.claims[number] : Claim{};
      row.claimed_risk = claim.average;
      row.claimed_maximum = claim.maximum;
      if (knowledge == Knowledge::counts)
        row.note +=
            (row.note.empty() ? "" : "; ") +
            std::string("weighs how often personas hold an event, for which no risk is claimed");
      if (gone_ > 0 && row.attempts > 0) {
        row.of_others = true;
        row.note += (row.note.empty() ? "" : "; ") + std::to_string(gone_) +
                    " released people are not in the source any more: the mean is over the others";
      }
      if (row.attempts > 0) {
        row.exact_mean = exact.mean;
        row.exact_maximum = exact.maximum;
      }
      send(row);
    }
  }

  void single_out(std::string_view name, std::uint32_t things) {
    Random random(prf_.derive(name));
    AttackRow row =
        named(name, attack::single_out(host_, target_.release, who_, things, attempts_, random));
    // The attacker chooses whom to attack, so the claim about the most endangered person counts.
    row.claimed_risk = target_.headline.maximum;
    if (row.attempts < attempts_)
      row.note = std::to_string(attempts_) +
                 " asked for: there are too few predicates that fit one persona alone";
    send(row);
  }

  void link() {
    if (target_.release.items.empty()) return;
    Random random(prf_.derive("linkability"));
    const Tried tried = attack::link(host_, target_.release, who_, attempts_, random);
    AttackRow row = named("linkability", tried);
    with_control(row, tried);
    send(row);
  }

  void infer(bool knows_period) {
    for (const attack::Secret& secret : target_.release.secrets) {
      const std::string name =
          (knows_period ? "inference+period: " : "inference: ") + secret.column;
      Random random(prf_.derive(name));
      const Tried tried =
          attack::infer(host_, target_.release, secret, knows_period, attempts_, random);
      AttackRow row = named(name, tried);
      row.persona_hits.reset();
      with_control(row, tried);
      send(row);
    }
  }

 private:
  /// Attackers of a perturbed release who know how it was perturbed.
  struct KnowsNoise {
    KnowsNoise(Host& host, const PerturbedRelease& release)
        : not_shown(release.not_shown),
          who(host, release.told),
          posterior(host, release.population, release.mechanism, release.numbering, release.period),
          matching(host, release.told, who, posterior, release.person_of, release.code_of) {}

    AttackRow note(AttackRow row, const char* text) const {
      row.note = text;
      if (not_shown > 0) row.note += "; " + lacking(not_shown, "changed since");
      return row;
    }

    std::uint64_t not_shown;
    Identification who;  // with the histories as they were published
    noise::Posterior posterior;
    attack::NoiseMatching matching;
  };

  static std::string lacking(std::uint64_t people, const char* why) {
    return "the personas of " + std::to_string(people) +
           " people lack some of their events: " + why;
  }

  AttackRow identify_by(std::string_view name, Knowledge knowledge, attack::Exact& exact) {
    Random random(prf_.derive(name));
    if (!noise_ || knowledge == Knowledge::demographics) {
      AttackRow row = named(name, who_.simulate(knowledge, attempts_, random));
      exact = who_.exact(knowledge);
      if (noise_) row.note.clear();  // events, perturbed or not, are no matter
      return row;
    }
    if (knowledge != Knowledge::all_events) {
      exact = noise_->who.exact(knowledge);
      return noise_->note(named(name, noise_->who.simulate(knowledge, attempts_, random)),
                          "is told how the events that he knows were perturbed");
    }
    AttackRow row = noise_->note(named(name, noise_->matching.simulate(attempts_, random)),
                                 "knows how events were perturbed");
    exact = noise_->matching.exact();
    std::array<char, 80> guess{};
    snprintf(guess.data(), guess.size(), "; naming the likeliest would succeed for %.6f",
             noise_->matching.best_guess());
    row.note += guess.data();
    return row;
  }

  /// An attack that names people. Without the release the attacker names one of them at random.
  AttackRow named(std::string_view name, const Tried& tried) const {
    AttackRow row;
    row.attack = name;
    row.attempts = tried.attempts;
    row.successes = tried.successes;
    row.persona_hits = tried.persona_hits;
    row.claimed_risk = target_.headline.average;
    if (target_.release.people() > 0) {
      row.control_rate = 1 / static_cast<double>(target_.release.people());
      row.control = attack::exactly(*row.control_rate);
    }
    if (target_.not_shown > 0) row.note = lacking(target_.not_shown, "perturbed, or changed since");
    return row;
  }

  void with_control(AttackRow& row, const Tried& tried) const {
    row.judged_by_residual = true;
    row.control.reset();
    row.control_rate.reset();
    if (tried.control_attempts == 0) return;
    row.control_rate =
        static_cast<double>(tried.control_successes) / static_cast<double>(tried.control_attempts);
    row.control = attack::wilson(static_cast<double>(tried.control_successes),
                                 static_cast<double>(tried.control_attempts), confidence_);
  }

  void send(const AttackRow& row) { send_row(row, confidence_, out_); }

  Host& host_;
  const AttackedRelease& target_;
  Identification who_;
  std::optional<KnowsNoise> noise_;
  std::uint64_t gone_ = 0;  // released people who are not in the source
  std::uint64_t attempts_;
  model::Prf prf_;
  double confidence_;
  ResultSet& out_;
};

constexpr const char* kKinds =
    "Kinds: all, event-matching, demographics, demographics+1, demographics+2, "
    "demographics+events, events, demographics+events+counts, singling-out, "
    "singling-out-univariate, "
    "singling-out-multivariate, linkability, inference, inference+period.";

void attack_release(ReleaseAttacks& attacks, const std::string& kind) {
  const bool all = kind == "all";
  const bool is_attacker = std::any_of(kAttackers.begin(), kAttackers.end(),
                                       [&](const auto& known) { return kind == known.first; });
  if (all || is_attacker || kind == "event-matching") attacks.identify(is_attacker ? kind : "");
  if (all || kind == "singling-out" || kind == "singling-out-univariate")
    attacks.single_out("singling-out-univariate", 1);
  if (all || kind == "singling-out" || kind == "singling-out-multivariate")
    attacks.single_out("singling-out-multivariate", kThings);
  if (all || kind == "linkability") attacks.link();
  if (all || kind == "inference") attacks.infer(false);
  if (all || kind == "inference+period") attacks.infer(true);
}

void check_kind(const std::string& kind) {
  static constexpr std::array<std::string_view, 8> kWords{"all",
                                                          "event-matching",
                                                          "singling-out",
                                                          "singling-out-univariate",
                                                          "singling-out-multivariate",
                                                          "linkability",
                                                          "inference",
                                                          "inference+period"};
  if (std::find(kWords.begin(), kWords.end(), kind) != kWords.end()) return;
  for (const auto& known : kAttackers)
    if (kind == known.first) return;
  if (kind == "membership")
    throw not_supported("membership is not defined for a release of personas",
                        "Every attacker of a release is assumed to know that the person is in it.",
                        "pt_attack_pair measures it between two tables.");
  throw invalid_parameter("there is no attack of kind \"" + kind + "\"", kKinds);
}

}  // namespace
}  // namespace pt::pg

PT_FUNCTION(pt_attack) {
  using namespace pt::pg;
  Args const args(fcinfo);
  Oid const source = args.oid(0, "source");
  std::string const kind = args.text(1, "kind");
  std::int64_t const attempts = args.int8(2, "attempts");
  std::int64_t const seed = args.int8(3, "seed");
  WhichRelease const which{args.optional_text(4), args.optional_text(5)};
  double const confidence = args.float8(6, "confidence");
  bool const allow_changed = args.boolean(7, "allow_changed");
  check_kind(kind);
  check_attempts(attempts, confidence);
  ResultSet out(fcinfo);
  PgHost host("pt_attack");
  AttackedRelease const target = load_attacked_release(host, source, which, allow_changed);
  ReleaseAttacks attacks(host, target, static_cast<std::uint64_t>(attempts),
                         attack_randomness(seed), confidence, out);
  attack_release(attacks, kind);
  return out.done();
}

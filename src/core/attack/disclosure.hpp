// The three attacks of the Article 29 Working Party (opinion 05/2014) on a release of personas.
#pragma once

#include <cstdint>

#include "core/attack/identification.hpp"

namespace pt::attack {

/// Singling out (Cohen & Nissim 2020). A predicate is put together from what is published of one
/// persona, drawn with its people as weight: one thing (`things` = 1), or two to `things` of them,
/// each an attribute of its people or an event of one of them. It is kept if no other persona fits
/// it. `persona_hits` counts the predicates that fit exactly one person of the source, who is then
/// isolated; `successes` those where a member drawn from the persona is this person. A persona that
/// gives no predicate is drawn again, at most 50 x attempts in all: `attempts` says how many were
/// really made.
Tried single_out(Host& host, const Release& release, const Identification& who,
                 std::uint32_t things, std::uint64_t attempts, Random& random);

/// Linkability: are two records, one with the demographics and one with the events of somebody,
/// those of the same person? Each record leads to a persona, drawn from those it is consistent
/// with. `persona_hits`: both led to the person's own. `successes`: and the member drawn from it is
/// the person. Control: the same, with the events of another person.
Tried link(Host& host, const Release& release, const Identification& who, std::uint64_t attempts,
           Random& random);

/// Inference of a secret. The attacker knows the demographics of a person and the type of one of
/// the person's events, and its period if `knows_period`; he guesses the secret column of that
/// event by the most frequent value that the release shows for such events of such people (ties:
/// the first value in the order of texts). Control: the best that somebody who knows as much makes
/// of a release without the person, whose own events are taken out: by the same rule, by events of
/// the type in the cell, or by events of the type everywhere, whichever is right most often over
/// all attempts; a wider one stands in where nothing is left. (Who must use the few events of a
/// period does worse than who may ignore it, and that is nothing which the person's data adds.)
/// Only people with events are attacked; without any, no attempts. O(items + attempts x (values +
/// events of a person)).
Tried infer(Host& host, const Release& release, const Secret& secret, bool knows_period,
            std::uint64_t attempts, Random& random);

}  // namespace pt::attack

#include "core/model/domain.hpp"

#include <algorithm>

namespace pt::model {
namespace {

bool is_letter_or_digit(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

bool contains(const std::vector<std::string>& list, const std::string& term) {
  return std::find(list.begin(), list.end(), term) != list.end();
}

}  // namespace

std::string normal_term(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char given : text) {
    const char c = given >= 'A' && given <= 'Z' ? static_cast<char>(given - 'A' + 'a') : given;
    if (!is_letter_or_digit(static_cast<unsigned char>(c))) {
      gap = !out.empty();
      continue;
    }
    if (gap) out.push_back('_');
    gap = false;
    out.push_back(c);
  }
  return out;
}

const EventType* Domain::find_event_type(std::string_view spelling) const {
  const std::string term = normal_term(spelling);
  for (const auto& type : event_types)
    if (type.name == term || contains(type.aliases, term)) return &type;
  return nullptr;
}

bool Domain::is_reoffence(std::string_view event_type, std::string_view outcome) const {
  const EventType* type = find_event_type(event_type);
  if (type != nullptr && type->reoffence) return true;
  return !outcome.empty() && contains(reoffence_outcomes, normal_term(outcome));
}

bool Domain::knows_outcome(std::string_view spelling) const {
  return contains(outcomes, normal_term(spelling));
}

bool Domain::may_follow_directly(std::string_view earlier, std::string_view later) const {
  return std::none_of(rules.begin(), rules.end(), [&](const EventRule& rule) {
    if (rule.event_type != earlier) return false;
    if (rule.ends_history && !contains(rule.ends_except, std::string(later))) return true;
    return earlier == later && (rule.max_occurrences == 1 || !rule.closed_by.empty());
  });
}

DomainFit fit(const Domain& domain, std::span<const CountedTerm> terms) {
  double rows = 0;
  double known_rows = 0;
  double known_terms = 0;
  for (const auto& term : terms) {
    rows += term.rows;
    if (domain.find_event_type(term.term) == nullptr) continue;
    known_rows += term.rows;
    known_terms += 1;
  }
  if (terms.empty() || rows <= 0) return {};
  return {known_rows / rows, known_terms / static_cast<double>(terms.size())};
}

const Domain* recognise(std::span<const Domain> domains, std::span<const CountedTerm> terms) {
  const Domain* best = nullptr;
  double best_score = 0;
  for (const auto& domain : domains) {
    const DomainFit found = fit(domain, terms);
    if (found.rows < 0.5 || found.terms < 1.0 / 3.0) continue;
    if (found.rows + found.terms > best_score) {
      best = &domain;
      best_score = found.rows + found.terms;
    }
  }
  return best;
}

}  // namespace pt::model

// The parts of the page, in its order. Each writes one <section> (the verdict also what stands
// above it), or nothing when there is nothing to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host.hpp"
#include "core/report/html.hpp"
#include "core/report/model.hpp"

namespace pt::report {

struct Section {
  std::string_view id, title;
  bool (*applies)(const Report&);
  void (*write)(Html&, const Report&, Host&);
};

/// All sections that there are.
[[nodiscard]] const std::vector<Section>& sections();

/// Style of the page; nothing else is needed to show it.
[[nodiscard]] std::string_view style();

void write_verdict(Html& html, const Report& report, Host& host);
void write_risk(Html& html, const Report& report, Host& host);
void write_attacks(Html& html, const Report& report, Host& host);
void write_personas(Html& html, const Report& report, Host& host);
void write_protection(Html& html, const Report& report, Host& host);
void write_rules(Html& html, const Report& report, Host& host);
void write_findings(Html& html, const Report& report, Host& host);
void write_questions(Html& html, const Report& report, Host& host);
void write_reproduction(Html& html, const Report& report, Host& host);
void write_glossary(Html& html, const Report& report, Host& host);
void write_sign_off(Html& html, const Report& report, Host& host);

/// A paragraph.
inline void paragraph(Html& html, std::string_view text, std::string_view css = {}) {
  if (css.empty())
    html.element("p", text);
  else
    html.element("p", text, {{"class", std::string(css)}});
}

}  // namespace pt::report

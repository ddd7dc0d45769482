#include "core/report/table.hpp"

#include <utility>

#include "core/error.hpp"

namespace pt::report {
namespace {

constexpr const char* kToneClass[] = {"", "good", "bad", "doubtful"};

std::string cell_class(const Cell& cell, bool numeric) {
  std::string css = kToneClass[static_cast<std::size_t>(cell.tone)];
  if (numeric) css += css.empty() ? "n" : " n";
  return css;
}

}  // namespace

Cell verdict_cell(std::optional<bool> good, std::string_view yes, std::string_view no) {
  if (!good) return {"not judged", Tone::doubtful};
  if (*good) return {"\u2713 " + std::string(yes), Tone::good};
  return {"\u2717 " + std::string(no), Tone::bad};
}

Table& Table::column(std::string head, bool numeric) {
  heads_.push_back({std::move(head), numeric});
  return *this;
}

Table& Table::row(std::vector<Cell> cells) {
  if (cells.size() != heads_.size())
    throw internal_error("a row of the report's table has another number of cells than columns",
                         caption_);
  rows_.push_back(std::move(cells));
  return *this;
}

void Table::write(Html& html) const {
  std::string const id = "t" + std::to_string(html.next_id());
  html.open("div",
            {{"class", "scroll"}, {"role", "region"}, {"aria-labelledby", id}, {"tabindex", "0"}});
  html.open("table").element("caption", caption_, {{"id", id}});
  html.open("thead").open("tr");
  for (const Head& head : heads_) {
    Html::Attributes attributes{{"scope", "col"}};
    if (head.numeric) attributes.push_back({"class", "n"});
    html.element("th", head.text, attributes);
  }
  html.close().close().open("tbody");
  for (const auto& row : rows_) {
    html.open("tr");
    for (std::size_t i = 0; i < row.size(); ++i) {
      Html::Attributes attributes;
      if (i == 0) attributes.push_back({"scope", "row"});
      std::string const css = cell_class(row[i], heads_[i].numeric);
      if (!css.empty()) attributes.push_back({"class", css});
      html.element(i == 0 ? "th" : "td", row[i].text, attributes);
    }
    html.close();
  }
  html.close().close().close();
}

void Table::write_folded(Html& html, std::string_view summary) const {
  html.open("details").element("summary", summary);
  write(html);
  html.close();
}

}  // namespace pt::report

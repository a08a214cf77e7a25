#include "tools/cli/shadow_text.h"

#include <cstdio>
#include <vector>

#include "client_lib/base/plain_number.h"
#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string number(const Json& value) {
  if (!value.is_number()) return value.is_null() ? "-" : value.dump();
  if (value.is_number_integer()) return value.dump();
  char text[48];
  std::snprintf(text, sizeof text, "%.3g", value.get<double>());
  return text;
}

// "1200 of 1203"
std::string of_all(const Json& count, const Json& all) { return count.dump() + " of " + all.dump(); }

std::string reason_line(const Json& document) {
  return document.at("reason").is_null() ? "" : "\nNothing is compared: " + document.at("reason").get<std::string>() + "\n";
}

// Below each bound, where there are rows.
Rows difference_rows(const Json& comparison) {
  Rows rows;
  const auto add = [&](const std::string& what, const Json& count) {
    if (count != 0) rows.push_back({"  " + what, count.dump()});
  };
  add("none", comparison.at("no_difference"));
  std::string last;
  for (const auto& cell : comparison.at("differences")) {
    if (!cell.at("below").is_null()) last = number(cell.at("below"));
    add(cell.at("below").is_null() ? last + " and more" : "below " + last, cell.at("rows"));
  }
  add("not a number", comparison.at("not_a_number"));
  return rows;
}

}  // namespace

std::string shadow_text(const Json& document) {
  if (document.at("shadow").is_null()) return "there is no shadow; next: ringside shadow VERSION\n";
  const std::string current = document.at("current").is_null() ? "-" : document.at("current").get<std::string>();
  const std::string shadow = document.at("shadow").get<std::string>();
  Rows rows = {
      {"shadow", shadow + ", " + base::plain_number(document.at("percent").get<double>()) + " % of the rows of " + current}};
  const Json& comparison = document.at("comparison");
  if (comparison.is_null()) return columns(rows) + reason_line(document);
  const Json& compared = comparison.at("compared");
  rows.push_back({"since", comparison.at("since").get<std::string>()});
  rows.push_back({"compared", compared.dump() + " rows, by the same " + comparison.at("input").get<std::string>()});
  rows.push_back({"besides", comparison.at("waiting").dump() + " waiting, " + comparison.at("shed").dump() + " shed, " +
                                 comparison.at("refused").dump() + " refused by the shadow"});
  rows.push_back({"equal margins", of_all(comparison.at("equal_margins"), compared)});
  rows.push_back({"equal values", of_all(comparison.at("equal_values"), compared)});
  rows.push_back({"difference",
                  "mean " + number(comparison.at("mean_difference")) + ", at most " + number(comparison.at("max_difference"))});
  rows.push_back({"other labels", of_all(comparison.at("label_flips"), compared)});
  for (const auto& one : comparison.at("psi"))
    rows.push_back({"psi", number(one.at("psi")) + ", of which chance " + number(one.at("noise"))});
  std::string text = columns(rows) + "\ndifference of values, rows\n" + columns(difference_rows(comparison));
  if (comparison.at("flips").empty()) return text;
  rows = {{"  " + current, shadow, "rows"}};
  for (const auto& flip : comparison.at("flips")) {
    rows.push_back({"  " + flip.at("from").get<std::string>(), flip.at("to").get<std::string>(), flip.at("rows").dump()});
  }
  return text + "\nother labels\n" + columns(rows);
}

std::string shadow_line(const Json& status) {
  if (status.at("shadow").is_null()) return "-";
  const std::string version = status.at("shadow").get<std::string>();
  const Json& comparison = status.at("shadow_comparison");
  if (comparison.is_null()) return version + ", nothing is compared; next: ringside shadow";
  return version + ", " + comparison.at("compared").dump() + " rows compared, " + comparison.at("label_flips").dump() +
         " other labels, " + comparison.at("shed").dump() + " shed";
}

}  // namespace ringside::cli

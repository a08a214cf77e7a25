#include "tools/cli/comparison_text.h"

#include <cstdio>
#include <string_view>
#include <vector>

#include "tools/cli/columns.h"

namespace ringside::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string cell(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string signed_number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.6g", number);
  return text;
}

// Both columns of a section, what differs marked; empty: neither version has any.
std::string section(std::string_view title, const Json& lines, const Json& versions) {
  if (lines.empty()) return std::string(title) + ": neither version has any\n";
  Rows rows = {{std::string(title), cell(versions.at(0)), cell(versions.at(1)), ""}};
  for (const auto& line : lines) {
    const auto& change = line.at("change");
    const bool differs = line.at("differs").get<bool>();
    rows.push_back({"  " + cell(line.at("key")), cell(line.at("values").at(0)), cell(line.at("values").at(1)),
                    !differs                 ? ""
                    : change.is_null()       ? "differs"
                                             : signed_number(change.get<double>())});
  }
  return columns(rows);
}

std::string schema_section(const Json& differences, const Json& versions) {
  if (differences.empty()) return "schema: the same fields under the same rules\n";
  Rows rows = {{"schema", "", cell(versions.at(0)), cell(versions.at(1))}};
  for (const auto& difference : differences) {
    const Json& field = difference.at("field");
    rows.push_back({"  " + (field.is_null() ? std::string("(all)") : cell(field)), cell(difference.at("key")),
                    cell(difference.at("values").at(0)), cell(difference.at("values").at(1))});
  }
  return columns(rows);
}

}  // namespace

std::string comparison_text(const Json& document) {
  const Json& versions = document.at("versions");
  return section("version.txt", document.at("metadata"), versions) + "\n" +
         section("evaluation.json", document.at("evaluation"), versions) + "\n" +
         section("packages", document.at("packages"), versions) + "\n" + schema_section(document.at("schema"), versions);
}

}  // namespace ringside::cli

// Reads a DocumentNode against what a format says: known keys, required keys, types. Says everything that is wrong, then goes on
// with a harmless value, so that one run finds all problems.
//
//   MapReader step(node, "steps[3]", problems);
//   spec.in = step.text("in");                       // "" and a problem where it is missing or no text
//   const DocumentNode* drop = step.find("drop");    // nullptr where it is absent
//   step.finish();                                   // unknown and repeated keys, with the nearest right one
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bundle/document.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

class MapReader {
 public:
  // `key`: where the node stands in the file; empty for its root.
  MapReader(const DocumentNode& node, std::string key, ProblemList& problems);

  // An optional member, or nullptr.
  const DocumentNode* find(std::string_view name);
  // A required member; says so when it is missing.
  const DocumentNode* need(std::string_view name);

  std::string text(std::string_view name);  // required, text
  std::optional<std::string> optional_text(std::string_view name);
  std::uint64_t count(std::string_view name);                        // required, an integer from 0
  double hex_number(std::string_view name);                          // required, a hex float in text
  double hex_or_nan(std::string_view name);                          // required, a hex float or "nan"
  std::optional<double> hex_nan_or_null(std::string_view name);      // required, a hex float, "nan", or null: none
  std::vector<double> hex_numbers(std::string_view name, bool nan);  // required, a list of hex floats, or "nan" too
  std::vector<std::string> texts(std::string_view name);             // required, a list of text
  std::vector<std::string> optional_texts(std::string_view name);    // [] where absent
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name);  // required, text → text

  // One of `choices`, or `choices[0]` where absent (optional) or wrong (said).
  std::size_t choice(std::string_view name, const std::vector<std::string_view>& choices);
  std::size_t needed_choice(std::string_view name, const std::vector<std::string_view>& choices);  // required

  void finish();

  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] ProblemList& problems() noexcept { return problems_; }

 private:
  std::vector<std::string> list_of_texts(std::string_view name, const DocumentNode* list);
  double hex_of(const DocumentNode& node, const std::string& key, bool nan);  // 1 where it is none: said

  const DocumentNode& node_;
  std::string key_;
  ProblemList& problems_;
  std::vector<std::string_view> known_;
};

// "0x1.91eb851eb851fp+1" → 3.14…; none where it is not that form, or beyond float64. Exact, without a locale.
[[nodiscard]] std::optional<double> parse_hex_float(std::string_view text) noexcept;

// A decimal number such as -1.5e+3; none where it is not that form or not finite.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text) noexcept;

}  // namespace ringside::engine

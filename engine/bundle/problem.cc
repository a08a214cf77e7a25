#include "engine/bundle/problem.h"

#include <algorithm>
#include <numeric>

namespace ringside::engine {
namespace {

// Insertions, deletions and replacements from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// Names and values come from whoever made the directory: none of them may begin a line of its own in a log or on a terminal.
std::string on_one_line(const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      line += c;
    } else {
      line.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return line;
}

}  // namespace

std::string BundleProblem::text() const {
  std::string text = file;
  if (row != 0) text.append(" row ").append(std::to_string(row));
  if (!key.empty()) text.append(": ").append(key);
  if (!expected.empty()) text.append(": expected ").append(expected);
  if (!found.empty()) text.append(expected.empty() ? ": " : ", found ").append(found);
  return on_one_line(text);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 80;
  std::string result = "\"";
  std::string_view shown = text.substr(0, kShown);
  while (shown.size() < text.size() && !shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80) {
    shown.remove_suffix(1);  // never half a character
  }
  result += shown;
  result += shown.size() < text.size() ? "…\"" : "\"";
  return result;
}

std::string indexed(std::string key, std::size_t index) {
  key += '[';
  key += std::to_string(index);
  key += ']';
  return key;
}

std::string near_miss(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 64;  // a longer word is no slip of the finger
  std::string_view best;
  std::size_t best_distance = word.size() > kLongest ? 0 : std::min<std::size_t>(3, word.size() / 2 + 1);
  for (const std::string_view candidate : candidates) {
    if (const std::size_t distance = best_distance == 0 ? 1 : edit_distance(word, candidate); distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : " (did you mean " + std::string(best) + "?)";
}

}  // namespace ringside::engine

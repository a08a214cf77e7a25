// One thing that is wrong with a bundle, and the list that a reader of one file fills. Everything wrong is said at once, so that
// it can be put right at once.
//
//   feature_schema.yaml: fields[3].on_mising: expected a known key (did you mean on_missing?), found "on_mising"
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::engine {

// Names file, key or row, what was expected and what was found. Empty members do not apply; row is the line of golden.jsonl, from
// 1; 0: none.
struct BundleProblem {
  std::string file, key;
  std::uint64_t row = 0;
  std::string expected, found;

  [[nodiscard]] std::string text()
      const;  // "golden.jsonl row 17: margin[0]: expected 3f800000, found 3f800001"; one line, whatever it is about
  bool operator==(const BundleProblem&) const = default;
};

using BundleProblems = std::vector<BundleProblem>;

// Where a reader of one file says what is wrong.
class ProblemList {
 public:
  ProblemList(std::string file, BundleProblems& problems)
      : file_(std::move(file)), problems_(problems), before_(problems.size()) {}

  void add(std::string key, std::string expected, std::string found) {
    add(0, std::move(key), std::move(expected), std::move(found));
  }
  void add(std::uint64_t row, std::string key, std::string expected, std::string found) {
    problems_.push_back({file_, std::move(key), row, std::move(expected), std::move(found)});
  }

  [[nodiscard]] bool empty() const noexcept { return problems_.size() == before_; }  // of what this list added
  [[nodiscard]] const std::string& file() const noexcept { return file_; }

 private:
  std::string file_;
  BundleProblems& problems_;
  std::size_t before_;
};

// For messages: in quotes, at most 80 bytes of it.
[[nodiscard]] std::string in_quotes(std::string_view text);

// "fields" and 3 → "fields[3]"
[[nodiscard]] std::string indexed(std::string key, std::size_t index);

// " (did you mean on_missing?)", or nothing where no candidate is near.
[[nodiscard]] std::string near_miss(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ringside::engine

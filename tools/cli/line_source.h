// Lines of a file or of standard input, as bytes, each of a bounded length.
//
// Thread safety: one thread. Cost: one copy of each line; memory stays at the longest line.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <ringside/result.h>

namespace ringside::cli {

class LineSource {
 public:
  static constexpr std::size_t kLineBytesMax = 64u << 20;

  // "-": standard input. Error: why the file cannot be read.
  static Result<LineSource, std::string> open(const std::string& path);
  LineSource(LineSource&& other) noexcept;
  LineSource& operator=(LineSource&&) = delete;
  ~LineSource();

  // False at the end, or when reading failed: problem() then says why. The line comes without its '\n', the first without a byte order
  // mark.
  [[nodiscard]] bool next(std::string& line);
  // Of the line that next() gave, from 0.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  // The line was longer than kLineBytesMax; only its beginning was given.
  [[nodiscard]] bool was_cut() const noexcept { return was_cut_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  LineSource(std::FILE* file, bool is_own) noexcept : file_(file), is_own_(is_own) {}
  std::FILE* file_;
  bool is_own_;
  std::uint64_t number_ = 0, lines_ = 0;
  bool was_cut_ = false;
  std::string problem_;
};

}  // namespace ringside::cli

#include "tools/cli/line_source.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/json_rows/row_reader.h"

namespace ringside::cli {

Result<LineSource, std::string> LineSource::open(const std::string& path) {
  if (path == "-") return LineSource(stdin, false);
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return fail(path + ": " + std::strerror(errno));
  struct stat there {};
  if (::fstat(::fileno(file), &there) == 0 && S_ISDIR(there.st_mode)) {
    std::fclose(file);
    return fail(path + ": is a directory");
  }
  return LineSource(file, true);
}

LineSource::LineSource(LineSource&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      is_own_(other.is_own_),
      number_(other.number_),
      lines_(other.lines_),
      was_cut_(other.was_cut_),
      problem_(std::move(other.problem_)) {}

LineSource::~LineSource() {
  if (file_ != nullptr && is_own_) std::fclose(file_);
}

bool LineSource::next(std::string& line) {
  line.clear();
  was_cut_ = false;
  int c = EOF;
  ::flockfile(file_);
  while ((c = ::getc_unlocked(file_)) != EOF && c != '\n') {
    if (line.size() < kLineBytesMax) {
      line += static_cast<char>(c);
    } else {
      was_cut_ = true;
    }
  }
  const bool failed = std::ferror(file_) != 0;
  ::funlockfile(file_);
  if (failed) problem_ = std::string("reading failed: ") + std::strerror(errno);
  if (failed || (c == EOF && line.empty())) return false;
  if (lines_ == 0) line.erase(0, line.size() - without_byte_order_mark(line).size());
  number_ = lines_++;
  return true;
}

}  // namespace ringside::cli

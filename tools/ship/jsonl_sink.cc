#include "tools/ship/jsonl_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "client_lib/base/durable_file.h"
#include "tools/ship/json_line.h"

namespace ringside::ship {
namespace {

constexpr std::uint64_t kAheadBytesMax = 256u << 20;  // more is not ours: one batch at most was on its way

Result<std::string, std::string> read_from(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  std::string text(end - begin, '\0');
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t got = pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(base::because(path, "cannot be read"));
    done += static_cast<std::size_t>(got);
  }
  return text;
}

}  // namespace

// "number length", as state() wrote it.
JsonlSink::JsonlSink(JsonlTerms terms, const std::string& state) : terms_(std::move(terms)) {
  const char* const end = state.data() + state.size();
  const auto first = std::from_chars(state.data(), end, number_);
  if (first.ec == std::errc{} && first.ptr != end) std::from_chars(first.ptr + 1, end, length_);
}

std::string JsonlSink::state() const { return std::to_string(number_) + " " + std::to_string(length_); }

std::string JsonlSink::path(std::uint64_t number) const {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(number));
  return terms_.folder + "/predictions-" + digits + ".jsonl";
}

Result<Done, std::string> JsonlSink::open() {
  std::error_code error;
  std::filesystem::create_directories(terms_.folder, error);
  if (error) return fail(terms_.folder + ": cannot be made: " + error.message());
  while (true) {
    const std::string name = path(number_);
    base::UniqueFd file(::open(name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0) return fail(base::because(name, "cannot be opened"));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < length_) {  // somebody took it away or cut it: what was in it is theirs
      ++number_;
      length_ = 0;
      continue;
    }
    if (size - length_ > kAheadBytesMax)
      return fail(name + ": " + std::to_string(size - length_) + " bytes more than were written to it");
    auto ahead = read_from(file.get(), name, length_, size);
    if (!ahead) return fail(ahead.error());
    ahead_ = std::move(*ahead);
    if (ahead_.empty() && length_ >= terms_.file_bytes) {
      ++number_;
      length_ = 0;
      remove_old();
      continue;
    }
    file_ = std::move(file);
    return Done{};
  }
}

void JsonlSink::remove_old() const {
  if (terms_.keep_files == 0) return;
  for (std::uint64_t number = number_ - std::min(number_, terms_.keep_files + 1); number != 0; --number) {
    if (unlink(path(number).c_str()) != 0) return;  // so are those before it
  }
}

Result<Done, std::string> JsonlSink::append(std::string_view text) {
  if (!base::write_all(file_.get(), text) || fdatasync(file_.get()) != 0) {
    const std::string because = base::because(path(number_), "cannot be written");
    file_.reset();
    return fail(because);
  }
  return Done{};
}

Result<Done, SendError> JsonlSink::send(std::span<const Row> rows) {
  text_.clear();
  for (const Row& row : rows) {
    append_json_line(text_, row);
    text_ += '\n';
  }
  if (!file_ || (ahead_.empty() && length_ >= terms_.file_bytes)) {
    if (const auto opened = open(); !opened) return fail(SendError{Refusal::kTryAgain, opened.error()});
  }
  const std::size_t same = std::min(ahead_.size(), text_.size());
  std::string_view fresh = text_;
  if (std::string_view(ahead_).substr(0, same) == fresh.substr(0, same)) {
    fresh.remove_prefix(same);
  } else {  // not what we would have written: keep it, on lines of its own
    length_ += ahead_.size();
    if (!ahead_.ends_with('\n')) {
      if (const auto ended = append("\n"); !ended) return fail(SendError{Refusal::kTryAgain, ended.error()});
      ++length_;
    }
    ahead_.clear();
  }
  if (const auto written = append(fresh); !written) return fail(SendError{Refusal::kTryAgain, written.error()});
  length_ += text_.size();
  ahead_.erase(0, std::min(ahead_.size(), same));
  return Done{};
}

}  // namespace ringside::ship

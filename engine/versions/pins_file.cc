#include "engine/versions/pins_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "client_lib/base/durable_file.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kHead = "ringside pins 1\n";
constexpr std::uint64_t kFileBytesMax = std::uint64_t{4} << 30;
constexpr std::size_t kApplyAt = 250'000;     // changes kept in memory while reading
constexpr std::uint64_t kIdleLines = 10'000;  // that may be out of date before the file is written anew
constexpr std::size_t kVersionsMax = 60'000;

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    switch (text[i]) {
      case 't':
        out += '\t';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case '\\':
        out += '\\';
        break;
      default:
        return std::nullopt;
    }
  }
  return out;
}

void append_line(std::string& out, PinKind kind, std::string_view text, std::string_view version) {
  out += kind == PinKind::kKey ? "key\t" : "tag\t";
  append_escaped(out, text);
  if (!version.empty()) {
    out += '\t';
    append_escaped(out, version);
  }
  out += '\n';
}

void append_commit(std::string& out, std::size_t lines) { out += "commit " + std::to_string(lines) + "\n"; }

std::optional<PinChange> change_in(std::string_view line) {
  PinChange change;
  if (line.starts_with("tag\t")) {
    change.kind = PinKind::kTag;
  } else if (!line.starts_with("key\t")) {
    return std::nullopt;
  }
  line.remove_prefix(4);
  const auto tab = line.find('\t');
  auto text = unescaped(line.substr(0, tab));
  if (!text || text->empty() || text->size() > kPinTextBytesMax) return std::nullopt;
  change.text = std::move(*text);
  if (tab == std::string_view::npos) return change;
  auto version = unescaped(line.substr(tab + 1));
  if (!version || version->empty()) return std::nullopt;
  change.version = std::move(*version);
  return change;
}

Result<std::optional<std::string>, std::string> read_whole(const std::string& path) {
  const base::UniqueFd file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // non-blocking: a fifo must not hang the start
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return fail(base::because(path, "cannot be opened"));
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail(base::because(path, "cannot be read"));
  if (!S_ISREG(facts.st_mode)) return fail(path + ": not a file");
  if (static_cast<std::uint64_t>(facts.st_size) > kFileBytesMax) return fail(path + ": larger than 4 GiB");
  std::string text(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(base::because(path, "cannot be read"));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return std::optional<std::string>(std::move(text));
}

}  // namespace

PinsFile::PinsFile(std::string task_state_dir) : path_(std::move(task_state_dir) + "/pins.tsv") {}

Result<std::shared_ptr<const Pins>, std::string> PinsFile::read() {
  const auto text = read_whole(path_);
  if (!text) return fail(text.error());
  std::shared_ptr<const Pins> pins = Pins::none();
  if (!*text) return pins;
  const std::string_view all = **text;
  const auto wrong = [&](std::uint64_t line, const std::string& what) {
    return fail(path_ + " line " + std::to_string(line) + ": " + what +
                "; next: mend the line, or remove the file and with it every pin");
  };
  if (!all.starts_with(kHead)) return wrong(1, "expected '" + std::string(kHead.substr(0, kHead.size() - 1)) + "'");
  std::vector<PinChange> pending;  // committed from `committed` back, not applied yet
  std::size_t committed = 0;
  std::set<std::string> named;  // versions, and "" for what is no longer pinned
  std::uint64_t number = 1;
  good_bytes_ = kHead.size();
  lines_ = 0;
  for (std::size_t at = kHead.size();;) {
    const auto end = all.find('\n', at);
    if (end == std::string_view::npos) break;  // cut off
    const std::string_view line = all.substr(at, end - at);
    at = end + 1;
    ++number;
    if (!line.starts_with("commit ")) {
      auto change = change_in(line);
      if (!change) return wrong(number, "expected key or tag, a text of 1 to 128 bytes and a version, by tabs");
      pending.push_back(std::move(*change));
      continue;
    }
    std::size_t count = 0;
    const auto read_to = std::from_chars(line.data() + 7, line.data() + line.size(), count);
    if (read_to.ec != std::errc() || read_to.ptr != line.data() + line.size() || count != pending.size() - committed) {
      return wrong(number, "expected commit " + std::to_string(pending.size() - committed));
    }
    committed = pending.size();
    for (auto change = pending.end() - static_cast<std::ptrdiff_t>(count); change != pending.end(); ++change)
      named.insert(change->version);
    if (named.size() > kVersionsMax + 1) return wrong(number, "more than " + std::to_string(kVersionsMax) + " versions");
    lines_ += count;
    good_bytes_ = at;
    if (committed >= kApplyAt) {
      pins = pins->with(pending);
      pending.clear();
      committed = 0;
    }
  }
  pending.resize(committed);
  pins = pins->with(pending);
  if (pins->size() > kPinsMax || pins->versions().size() > kVersionsMax) {
    return fail(path_ + ": " + std::to_string(pins->size()) + " pins, more than " + std::to_string(kPinsMax) +
                "; next: remove the file");
  }
  whole_ = true;
  return pins;
}

Result<Done, std::string> PinsFile::keep(const Pins& now, const std::vector<PinChange>& changes) {
  const bool stale = lines_ + changes.size() > 2 * now.size() + kIdleLines;
  auto kept = whole_ && !changes.empty() && !stale ? append(changes) : write_anew(now);
  whole_ = kept.ok();
  return kept;
}

Result<Done, std::string> PinsFile::append(const std::vector<PinChange>& changes) {
  std::string text;
  for (const PinChange& change : changes) append_line(text, change.kind, change.text, change.version);
  append_commit(text, changes.size());
  const base::UniqueFd file(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return fail(base::because(path_, "cannot be opened"));
  // What stands behind the last commit was cut off by a crash.
  if (::ftruncate(file.get(), static_cast<off_t>(good_bytes_)) != 0 || ::lseek(file.get(), 0, SEEK_END) < 0 ||
      !base::write_all(file.get(), text) || ::fdatasync(file.get()) != 0) {
    return fail(base::because(path_, "cannot be written"));
  }
  good_bytes_ += text.size();
  lines_ += changes.size();
  return Done{};
}

Result<Done, std::string> PinsFile::write_anew(const Pins& now) {
  std::string text(kHead);
  for (std::size_t shard = 0; shard < PinIndex::kShards;) {
    shard = now.page(shard, kPinsMax, [&](PinKind kind, std::string_view pinned, std::string_view version) {
      append_line(text, kind, pinned, version);
    });
  }
  append_commit(text, now.size());
  if (auto kept = base::replace_file(path_, text); !kept) return fail(kept.error());
  good_bytes_ = text.size();
  lines_ = now.size();
  return Done{};
}

}  // namespace ringside::engine

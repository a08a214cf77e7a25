#include "engine/config/operator_choice.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kChoiceBytesMax = 64 * 1024;

std::string because(const std::string& path, const char* what) { return path + ": " + what + ": " + std::strerror(errno); }

Result<std::optional<std::string>, std::string> read_file(const std::string& path) {
  const base::UniqueFd file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // non-blocking: a fifo must not hang the start
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>();
    return fail(because(path, "cannot be opened"));
  }
  std::string text(kChoiceBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(because(path, "cannot be read"));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kChoiceBytesMax) return fail(path + ": larger than 64 KiB");
  text.resize(size);
  return std::optional<std::string>(std::move(text));
}

bool write_all(int fd, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t put = ::write(fd, text.data() + written, text.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    written += static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

CurrentLink read_current_link(const std::string& models) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(models) / "current";
  std::error_code error;
  const fs::file_status own = fs::symlink_status(path, error);
  if (own.type() == fs::file_type::not_found || own.type() == fs::file_type::none) return {};
  if (own.type() == fs::file_type::directory) return {CurrentLink::Kind::kDirectory, ""};
  if (own.type() != fs::file_type::symlink) return {CurrentLink::Kind::kOther, ""};
  const std::string target = fs::read_symlink(path, error).string();
  const fs::file_status led_to = fs::status(path, error);
  if (led_to.type() == fs::file_type::directory) return {CurrentLink::Kind::kGood, target};
  return {led_to.type() == fs::file_type::not_found || error ? CurrentLink::Kind::kBroken : CurrentLink::Kind::kOther, target};
}

std::string choice_path(const std::string& task_state_dir) { return task_state_dir + "/traffic.json"; }

Result<std::optional<OperatorChoice>, std::string> read_choice(const std::string& task_state_dir) {
  const std::string path = choice_path(task_state_dir);
  auto text = read_file(path);
  if (!text) return fail(text.error());
  if (!text->has_value()) return std::optional<OperatorChoice>();
  const auto root = nlohmann::json::parse(**text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object()) return fail(path + ": not a JSON object");
  const auto is_text = [&](const char* key) { return root.contains(key) && root[key].is_string(); };
  if (!root.contains("format_version") || root["format_version"] != 1) return fail(path + ": format_version: expected 1");
  if (!is_text("current") || root["current"].get_ref<const std::string&>().empty())
    return fail(path + ": current: expected the name of a version");
  if (!is_text("seen_current")) return fail(path + ": seen_current: expected text");
  return std::optional<OperatorChoice>({root["current"].get<std::string>(), root["seen_current"].get<std::string>()});
}

Result<Done, std::string> keep_choice(const std::string& task_state_dir, const OperatorChoice& choice) {
  std::error_code error;
  std::filesystem::create_directories(task_state_dir, error);
  if (error) return fail(task_state_dir + ": cannot be made: " + error.message());
  const std::string path = choice_path(task_state_dir);
  const std::string fresh = path + ".new";
  const nlohmann::ordered_json root = {{"format_version", 1}, {"current", choice.version}, {"seen_current", choice.seen_current}};
  {
    const base::UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!file) return fail(because(fresh, "cannot be made"));
    const std::string text = root.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) return fail(because(fresh, "cannot be written"));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(because(path, "cannot be replaced"));
  const base::UniqueFd directory(::open(task_state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail(because(task_state_dir, "cannot be synced"));
  return Done{};
}

}  // namespace ringside::engine

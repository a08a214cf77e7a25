#include "engine/config/operator_choice.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <nlohmann/json.hpp>

#include "client_lib/base/durable_file.h"
#include "client_lib/base/unique_fd.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kChoiceBytesMax = 64 * 1024;

using base::because;

// A text member that may be missing. None: it is there and no text.
std::optional<std::string> text_in(const nlohmann::json& object, const char* key) {
  if (!object.contains(key)) return std::string();
  if (!object[key].is_string()) return std::nullopt;
  return object[key].get<std::string>();
}

// Error: what was expected.
Result<std::optional<KeptCanary>, std::string> canary_in(const nlohmann::json& root) {
  if (!root.contains("canary") || root["canary"].is_null()) return std::optional<KeptCanary>();
  const nlohmann::json& canary = root["canary"];
  const bool object = canary.is_object();
  const auto version = object ? text_in(canary, "version") : std::nullopt, salt = object ? text_in(canary, "salt") : std::nullopt;
  if (!version || version->empty() || !salt || salt->empty() || salt->size() > wire::kVersionBytesMax ||
      !canary.contains("buckets") || !canary["buckets"].is_number_unsigned() || canary["buckets"] > 1'000'000u) {
    return fail(std::string("canary: expected {\"version\", \"buckets\": 0 to 1000000, \"salt\"}"));
  }
  return std::optional<KeptCanary>({*version, canary["buckets"].get<std::uint32_t>(), *salt});
}

Result<std::optional<KeptShadow>, std::string> shadow_in(const nlohmann::json& root) {
  if (!root.contains("shadow") || root["shadow"].is_null()) return std::optional<KeptShadow>();
  const nlohmann::json& shadow = root["shadow"];
  const auto version = shadow.is_object() ? text_in(shadow, "version") : std::nullopt;
  if (!version || version->empty() || !shadow.contains("buckets") || !shadow["buckets"].is_number_unsigned() ||
      shadow["buckets"] > 1'000'000u) {
    return fail(std::string("shadow: expected {\"version\", \"buckets\": 0 to 1000000}"));
  }
  return std::optional<KeptShadow>({*version, shadow["buckets"].get<std::uint32_t>()});
}

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
  if (!root.contains("format_version") || root["format_version"] != 1) return fail(path + ": format_version: expected 1");
  OperatorChoice choice;
  // Both or neither: roles are kept where nobody chose a version, too.
  const bool chosen = root.contains("current") || root.contains("seen_current");
  const auto current = text_in(root, "current"), seen = text_in(root, "seen_current");
  if (chosen && (!current || current->empty())) return fail(path + ": current: expected the name of a version");
  if (chosen && (!seen || !root.contains("seen_current"))) return fail(path + ": seen_current: expected text");
  choice.version = *current;
  choice.seen_current = *seen;
  const auto previous = text_in(root, "previous");
  if (!previous) return fail(path + ": previous: expected the name of a version");
  choice.previous = *previous;
  auto canary = canary_in(root);
  if (!canary) return fail(path + ": " + canary.error());
  choice.canary = std::move(*canary);
  auto shadow = shadow_in(root);
  if (!shadow) return fail(path + ": " + shadow.error());
  choice.shadow = std::move(*shadow);
  if (root.contains("labels")) {
    if (!root["labels"].is_object()) return fail(path + ": labels: expected an object from label to version");
    for (const auto& [label, version] : root["labels"].items()) {
      if (!version.is_string() || label.empty()) return fail(path + ": labels: " + label + ": expected the name of a version");
      choice.labels.emplace_back(label, version.get<std::string>());
    }
  }
  return std::optional<OperatorChoice>(std::move(choice));
}

Result<Done, std::string> keep_choice(const std::string& task_state_dir, const OperatorChoice& choice) {
  nlohmann::ordered_json root = {{"format_version", 1}};
  if (!choice.version.empty()) {
    root["current"] = choice.version;
    root["seen_current"] = choice.seen_current;
    if (!choice.previous.empty()) root["previous"] = choice.previous;
  }
  if (choice.canary)
    root["canary"] = {{"version", choice.canary->version}, {"buckets", choice.canary->buckets}, {"salt", choice.canary->salt}};
  if (choice.shadow) root["shadow"] = {{"version", choice.shadow->version}, {"buckets", choice.shadow->buckets}};
  if (!choice.labels.empty()) root["labels"] = nlohmann::ordered_json::object();
  for (const auto& [label, version] : choice.labels) root["labels"][label] = version;
  const std::string text = root.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (text.size() > kChoiceBytesMax) {  // it could not be read again
    return fail(choice_path(task_state_dir) + " would have more than " + std::to_string(kChoiceBytesMax) +
                " bytes; next: take labels away (ringside label NAME --remove)");
  }
  return base::replace_file(choice_path(task_state_dir), text);
}

}  // namespace ringside::engine

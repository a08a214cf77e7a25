// canary, shadow, pin, unpin, pins and label: which version answers whom.
#include <algorithm>
#include <cstdio>

#include "tools/cli/admin_client.h"
#include "tools/cli/columns.h"
#include "tools/cli/commands.h"
#include "tools/cli/pin_list.h"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kChangeLimit{900};  // a version that is not loaded is read, compiled and proved first
constexpr std::size_t kRequestBytes =
    512 * 1024;  // of keys in one request: the engine takes a body of 1 MiB, and \u0001 is six bytes

// As JSON writes it, with a comma.
std::size_t json_bytes(const std::string& text) {
  std::size_t bytes = 3;
  for (const unsigned char c : text) bytes += c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1;
  return bytes;
}

Result<Json, Trouble> post(const std::string& socket, const std::string& target, const Json& body) {
  auto answer = ask(socket, "POST", target, body, kChangeLimit);
  if (!answer) return fail(answer.error());
  if (answer->status == 200) return std::move(answer->document);
  Trouble trouble = trouble_of(*answer);
  if (trouble.next.empty() && trouble.status == ExitStatus::kUsage) {  // "/model/canary" is what `ringside canary` asks for
    trouble.next = "ringside " + target.substr(target.rfind('/') + 1) + " --help";
  } else if (trouble.next.empty()) {
    const auto mark = trouble.error.rfind("; next: ");
    trouble.next = mark != std::string::npos ? trouble.error.substr(mark + 8) : "ringside versions";
    if (mark != std::string::npos) trouble.error.erase(mark);
  }
  return fail(std::move(trouble));
}

int change(const Globals& globals, const std::string& target, Json body, const std::string& reason) {
  const auto socket = admin_socket_of(globals);
  if (!socket) return report(globals, socket.error());
  if (!reason.empty()) body["reason"] = reason;
  const auto done = post(*socket, target, body);
  if (!done) return report(globals, done.error());
  if (globals.json) {
    print_line(*done);
  } else {
    std::printf("%s\n", done->value("message", "done").c_str());
  }
  return 0;
}

// Every version that the list names is asked for before the first pin is set: a misspelt one changes nothing.
Result<Done, Trouble> all_known(const std::string& socket, const PinList& list) {
  const auto answer = ask(socket, "GET", "/model/versions", nullptr, std::chrono::seconds(10));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(trouble_of(*answer));
  for (const auto& [version, keys] : list.keys) {
    const bool known = std::ranges::any_of(answer->document, [&version = version](const Json& one) {
      const auto roles = one.value("roles", std::vector<std::string>());
      return one.value("version", "") == version || std::ranges::find(roles, "label:" + version) != roles.end();
    });
    if (!known) {
      return fail(trouble(ExitStatus::kRefused,
                          "no version '" + version + "' is known, and nothing was changed; next: ringside versions"));
    }
  }
  return Done{};
}

int pin_list(const Globals& globals, const std::string& file, const std::string& reason) {
  const auto list = read_pin_list(file);
  if (!list) return report(globals, list.error());
  const auto socket = admin_socket_of(globals);
  if (!socket) return report(globals, socket.error());
  if (const auto known = all_known(*socket, *list); !known) return report(globals, known.error());
  std::size_t done = 0;
  Json last;
  for (const auto& [version, keys] : list->keys) {
    for (std::size_t at = 0; at < keys.size();) {
      Json part = Json::array();
      for (std::size_t bytes = 0; at < keys.size() && bytes < kRequestBytes; ++at) {
        part.push_back(keys[at]);
        bytes += json_bytes(keys[at]);
      }
      const std::size_t count = part.size();
      Json body = {{"version", version}, {"keys", std::move(part)}};
      if (!reason.empty()) body["reason"] = reason;
      auto answer = post(*socket, "/model/pin", body);
      if (!answer) {
        answer.error().error +=
            "; " + std::to_string(done) + " of " + std::to_string(list->size) + " pins were set, the same command sets them all";
        return report(globals, answer.error());
      }
      done += count;
      last = std::move(*answer);
    }
  }
  const std::string message = counted(done, "key") + (done == 1 ? " is" : " are") + " pinned as " +
                              (file == "-" ? "standard input" : file) + " says; " +
                              counted(last.value("pins", std::size_t{0}), "pin") + " in all";
  if (globals.json) {
    last["status"] = "pinned";
    last["version"] = list->keys.size() == 1 ? last["version"] : Json(nullptr);
    last["message"] = message;
    print_line(last);
  } else {
    std::printf("%s\n", message.c_str());
  }
  return 0;
}

int usage(const Globals& globals, const std::string& message) { return report(globals, trouble(ExitStatus::kUsage, message)); }

std::string query(const char* key, const std::string& value) {
  std::string out = std::string("?") + key + "=";
  for (const unsigned char c : value) {
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    out += hex;
  }
  return out;
}

void print_pins(const Json& page) {
  for (const auto& pin : page.at("pins")) {
    const bool is_key = pin.contains("key");
    std::printf("%s\t%s\t%s\n", is_key ? "key" : "tag", pin.at(is_key ? "key" : "tag").get<std::string>().c_str(),
                pin.at("version").get<std::string>().c_str());
  }
}

}  // namespace

int set_canary(const Globals& globals, const CanaryOptions& options) {
  if (options.version == "off") {
    if (options.has_percent || !options.salt.empty())
      return usage(globals, "canary off takes neither --percent nor --salt; next: ringside canary --help");
    return change(globals, "/model/canary", {{"off", true}}, options.reason);
  }
  if (!options.has_percent)
    return usage(globals, "--percent is required; next: ringside canary " + options.version + " --percent 5");
  if (!(options.percent >= 0 && options.percent <= 100)) {
    return usage(globals, "--percent: expected 0 to 100; next: ringside canary --help");
  }
  Json body = {{"version", options.version}, {"percent", options.percent}};
  if (!options.salt.empty()) body["salt"] = options.salt;
  return change(globals, "/model/canary", body, options.reason);
}

int set_shadow(const Globals& globals, const ShadowOptions& options) {
  if (options.version == "off") {
    if (options.has_percent) return usage(globals, "shadow off takes no --percent; next: ringside shadow --help");
    return change(globals, "/model/shadow", {{"off", true}}, options.reason);
  }
  if (!(options.percent > 0 && options.percent <= 100)) {
    return usage(globals, "--percent: expected more than 0, at most 100; next: ringside shadow --help");
  }
  return change(globals, "/model/shadow", {{"version", options.version}, {"percent", options.percent}}, options.reason);
}

int pin(const Globals& globals, const PinOptions& options) {
  const std::size_t words = options.words.size();
  if (!options.file.empty()) {
    if (words != 0 || !options.tag.empty()) return usage(globals, "--file stands alone; next: ringside pin --help");
    return pin_list(globals, options.file, options.reason);
  }
  if (words != (options.tag.empty() ? 2 : 1)) {
    return usage(globals, options.tag.empty() ? "expected KEY VERSION; next: ringside pin --help"
                                              : "expected --tag KEY=VALUE VERSION; next: ringside pin --help");
  }
  Json body = {{"version", options.words.back()}};
  if (options.tag.empty()) {
    body["keys"] = {options.words.front()};
  } else {
    body["tags"] = {options.tag};
  }
  return change(globals, "/model/pin", body, options.reason);
}

int unpin(const Globals& globals, const PinOptions& options) {
  const int forms = (options.words.empty() ? 0 : 1) + (options.tag.empty() ? 0 : 1) + (options.all ? 1 : 0);
  if (forms != 1) return usage(globals, "expected KEY, --tag KEY=VALUE or --all; next: ringside unpin --help");
  if (options.all) return change(globals, "/model/unpin", {{"all", true}}, options.reason);
  if (!options.tag.empty()) return change(globals, "/model/unpin", {{"tags", {options.tag}}}, options.reason);
  return change(globals, "/model/unpin", {{"keys", options.words}}, options.reason);
}

int show_pins(const Globals& globals, const PinsOptions& options) {
  std::string target = "/model/pins";
  if (!options.key.empty()) target += query("key", options.key);
  if (!options.tag.empty()) target += query("tag", options.tag);
  auto page = get(globals, options.all ? target + "?limit=100000" : target);
  if (!page) return report(globals, page.error());
  if (globals.json && !options.all) {
    print_line(*page);
    return 0;
  }
  try {
    const bool is_search = !options.key.empty() || !options.tag.empty();
    if (!globals.json && !options.all && !is_search) {
      std::vector<std::vector<std::string>> rows = {{"pinned to", "keys and tags"}};
      for (const auto& [version, count] : page->at("versions").items()) rows.push_back({version, count.dump()});
      std::printf("pinned: %s, %s\n", counted(page->at("keys"), "key").c_str(), counted(page->at("tags"), "tag").c_str());
      if (rows.size() > 1) std::printf("%s\n", columns(rows).c_str());
    }
    if (is_search && page->at("pins").empty()) {
      std::printf("not pinned\n");
      return 0;
    }
    while (options.all && !page->at("next").is_null()) {
      globals.json ? print_line(*page) : print_pins(*page);
      auto following = get(globals, "/model/pins?limit=100000&from=" + page->at("next").dump());
      if (!following) return report(globals, following.error());
      page = std::move(following);
    }
    if (globals.json) {
      print_line(*page);
      return 0;
    }
    print_pins(*page);
    if (!options.all && !page->at("next").is_null()) std::printf("and more; next: ringside pins --all\n");
  } catch (const nlohmann::json::exception& error) {  // an engine of another release
    return report(globals, trouble(ExitStatus::kFailed, std::string("the engine's answer has another form than expected: ") +
                                                            error.what() + "; next: --json"));
  }
  return 0;
}

int set_label(const Globals& globals, const LabelOptions& options) {
  if (options.remove != options.version.empty()) {
    return usage(globals, "expected NAME VERSION or NAME --remove; next: ringside label --help");
  }
  Json body = {{"label", options.label}};
  if (options.remove) {
    body["remove"] = true;
  } else {
    body["version"] = options.version;
  }
  return change(globals, "/model/label", body, options.reason);
}

}  // namespace ringside::cli

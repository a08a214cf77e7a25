#include "tools/cli/upkeep.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "tools/cli/admin_client.h"
#include "tools/cli/columns.h"
#include "tools/cli/command_help.h"
#include "tools/cli/completion.h"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kLimit{10};
constexpr std::chrono::seconds kReloadLimit{60};  // the host's name service is asked

// The answer, whatever its status; prints nothing.
Result<AdminAnswer, Trouble> ask_engine(const Globals& globals, const std::string& method, const std::string& target,
                                        const Json& body = nullptr, std::chrono::seconds limit = kLimit) {
  const auto socket = admin_socket_of(globals);
  if (!socket) return fail(socket.error());
  return ask(*socket, method, target, body, limit);
}

std::string listed(const Json& document, const char* key) {
  std::string text;
  for (const auto& item : document.value(key, Json::array())) text += "  " + item.get<std::string>() + "\n";
  return text;
}

// 0 when it is ready, 4 when it answers and is not.
int show_health(const Globals& globals) {
  const auto alive = ask_engine(globals, "GET", "/healthz");
  if (!alive) return report(globals, alive.error());
  const auto ready = ask_engine(globals, "GET", "/readyz");
  if (!ready) return report(globals, ready.error());
  for (const auto* answer : {&*alive, &*ready}) {
    if (answer->status != 200 && answer->status != 503) return report(globals, trouble_of(*answer));
  }
  const bool is_ready = ready->status == 200;
  if (globals.json) {
    print_line({{"alive", alive->status == 200},
                {"ready", is_ready},
                {"current", ready->document.value("current", Json())},
                {"reasons", ready->document.value("reasons", Json::array())},
                {"warnings", ready->document.value("warnings", Json::array())}});
  } else {
    const Json current = ready->document.value("current", Json());
    std::string text = !is_ready ? (alive->status == 200 ? "alive, not ready\n" : "stuck\n")
                                 : "alive and ready, " + (current.is_string() ? current.get<std::string>() : "?") + " answers\n";
    text += listed(ready->document, "reasons");
    if (const std::string warnings = listed(ready->document, "warnings"); !warnings.empty()) text += "warnings\n" + warnings;
    std::fputs(text.c_str(), stdout);
  }
  return static_cast<int>(is_ready ? ExitStatus::kDone : ExitStatus::kRefused);
}

int show_config(const Globals& globals) {
  const auto document = get(globals, "/config");
  if (!document) return report(globals, document.error());
  if (globals.json) {
    print_line(*document);
    return 0;
  }
  std::vector<std::vector<std::string>> rows = {{"key", "value", "source", "reload"}};
  for (const auto& key : document->at("keys")) {
    const auto value = key.at("value").get<std::string>();
    rows.push_back({key.at("key").get<std::string>(), value.empty() ? "-" : value, key.at("source").get<std::string>(),
                    key.value("reload", "?")});
  }
  std::fputs(columns(rows).c_str(), stdout);
  return 0;
}

int reload(const Globals& globals) {
  const auto answer = ask_engine(globals, "POST", "/config/reload", nullptr, kReloadLimit);
  if (!answer) return report(globals, answer.error());
  if (answer->status != 200) return report(globals, trouble_of(*answer));
  if (globals.json) {
    print_line(answer->document);
    return 0;
  }
  const auto tell = [&](const char* key, const char* title) {
    for (const auto& change : answer->document.at(key)) {
      std::printf("%s: %s: '%s' -> '%s'\n", title, change.at("key").get<std::string>().c_str(),
                  change.at("from").get<std::string>().c_str(), change.at("to").get<std::string>().c_str());
    }
  };
  tell("applied", "taken");
  tell("need_restart", "needs a restart");
  if (answer->document.at("applied").empty() && answer->document.at("need_restart").empty()) std::puts("nothing has changed");
  return 0;
}

int log_level(const Globals& globals, const std::string& level) {
  const auto answer =
      level.empty() ? ask_engine(globals, "GET", "/log-level") : ask_engine(globals, "PUT", "/log-level", {{"level", level}});
  if (!answer) return report(globals, answer.error());
  if (answer->status != 200) return report(globals, trouble_of(*answer));
  if (globals.json) {
    print_line(answer->document);
  } else {
    std::puts(answer->document.at("level").get<std::string>().c_str());
  }
  return 0;
}

}  // namespace

void declare_upkeep(CLI::App& app, UpkeepOptions& options) {
  command(app, "health", "Is it alive, should it get requests, and why not.",
          "Ends with 4 when it answers and is not ready: no version, a worker that does not turn, a journal that takes\n"
          "no records. The same as GET /healthz and /readyz on admin.sock.",
          "ringside health && echo ready");
  CLI::App* top = command(app, "top", "What happens now: rates, latency by stage, versions, clients.",
                          "Between two readings of /metrics, which costs no call anything. On a terminal a page takes the place of\n"
                          "the one before; ctrl-C ends it. With --json, an object a page.",
                          "ringside top\n  ringside top --interval 10s --count 1 --json");
  top->add_option("--interval", options.top.interval, "Time between pages: 100ms to 3600s. Default: 1s")->option_text("T");
  top->add_option("--count", options.top.count, "This many pages. Default: until it is interrupted")
      ->option_text("N")
      ->check(CLI::Range(1u, 1'000'000'000u));
  CLI::App* config =
      command(app, "config", "Every setting: its value, where it comes from, whether a reload changes it.",
              "What each means: ringsided --help, or --json here.", "ringside config\n  ringside config --json | jq '.keys[0]'");
  config->add_option("show", options.show, "May be said; it is what is done anyway")
      ->option_text(" ")
      ->check(CLI::IsMember({"show"}));
  command(app, "reload", "Read the configuration again, and take what can be taken without a restart.",
          "File, flags and variables as at the start; SIGHUP does the same. Says what was taken and what needs a restart.\n"
          "If any value is wrong, all that is wrong is said and nothing changes.",
          "ringside reload");
  CLI::App* level = command(app, "log-level", "How much the engine logs; without LEVEL, what it is.",
                            "At once, and until the next reload or start: then `log.level` decides.", "ringside log-level debug");
  level->add_option("LEVEL", options.level, "The new level")
      ->option_text(" ")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  CLI::App* completion = command(app, "completion", "Print what makes a shell complete commands, options and versions.",
                                 "Needs no engine; versions are completed where one answers.",
                                 "ringside completion bash > /etc/bash_completion.d/ringside\n"
                                 "  ringside completion zsh > /usr/local/share/zsh/site-functions/_ringside\n"
                                 "  source <(ringside completion bash)");
  completion->add_option("SHELL", options.shell, "Which")->option_text(" ")->required()->check(CLI::IsMember({"bash", "zsh"}));
}

std::optional<int> run_upkeep(const CLI::App& app, const std::string& name, const Globals& globals,
                              const UpkeepOptions& options) {
  try {
    if (name == "health") return show_health(globals);
    if (name == "top") return show_top(globals, options.top);
    if (name == "config") return show_config(globals);
    if (name == "reload") return reload(globals);
    if (name == "log-level") return log_level(globals, options.level);
  } catch (const nlohmann::json::exception& error) {  // an engine of another release
    return report(
        globals, trouble(ExitStatus::kFailed, std::string("the engine's answer has another form than expected: ") + error.what() +
                                                  "; next: use the ringside that came with the engine, or --json"));
  }
  if (name != "completion") return std::nullopt;
  const std::string script = options.shell == "bash" ? bash_completion(command_words(app)) : zsh_completion(command_words(app));
  std::fputs(script.c_str(), stdout);
  return 0;
}

}  // namespace ringside::cli

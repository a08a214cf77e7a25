// ringside-gateway: HTTP for those who cannot link the client library. A client of the engines like any other.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "schemas/process/exit_status.h"
#include "schemas/process/run_paths.h"
#include "tools/gateway/router.h"
#include "tools/gateway/server.h"

namespace ringside::gateway {
namespace {

struct CommandLine {
  std::string listen = "127.0.0.1:8080";
  RouterOptions router;
  ServerOptions server;
  std::string tokens;
  unsigned time_ms = 5'000, body_mib = 8;
};

// "[::1]:8080" or "127.0.0.1:8080". False: it is neither.
bool read_address(const std::string& listen, ServerOptions& server) {
  const std::size_t colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  server.address = listen.substr(0, colon);
  if (server.address.starts_with('[') && server.address.ends_with(']')) server.address = server.address.substr(1, server.address.size() - 2);
  unsigned port = 0;
  const char* const end = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, port);
  server.port = static_cast<std::uint16_t>(port);
  return error == std::errc{} && stop == end && port <= 65'535;
}

void declare(CLI::App& app, CommandLine& line) {
  app.add_option("--listen", line.listen, "Where to listen; port 0: any that is free.\nDefault: 127.0.0.1:8080")->option_text("ADDRESS:PORT");
  app.add_option("--run-dir", line.router.run_dir,
                 "Where the engines' sockets are.\nDefault: $XDG_RUNTIME_DIR/ringside if it exists, else /run/ringside")
      ->option_text("DIR");
  app.add_option("--task", line.router.task, "The task of routes that name none. Default: the only one there")->option_text("TASK");
  app.add_option("--workers", line.server.workers, "Threads. Default: 4")->option_text("N")->check(CLI::Range(1u, 256u));
  app.add_option("--connections", line.server.limits.connections, "Open at once; further ones are answered 503. Default: 100")
      ->option_text("N")
      ->check(CLI::Range(1u, 1'000'000u));
  app.add_option("--time", line.time_ms, "How long a request may take to arrive, and an answer to be\nread, in ms. Default: 5000")
      ->option_text("MS")
      ->check(CLI::Range(10u, 3'600'000u));
  app.add_option("--body", line.body_mib, "The largest body, in MiB; a larger one is answered 413. Default: 8")
      ->option_text("MIB")
      ->check(CLI::Range(1u, 1'024u));
  app.add_option("--tokens", line.tokens, "Callers need a bearer token of this file: NAME SHA256 ROLE a line,\nROLE predict or admin")->option_text("FILE");
  app.add_flag("--admin-routes", line.router.admin_routes, "Operators' routes, for tokens of role admin. Default: off");
  app.add_option("--tls-certificate", line.server.tls_certificate, "HTTPS, with this certificate (chain), PEM")->option_text("FILE");
  app.add_option("--tls-key", line.server.tls_key, "The certificate's key, PEM")->option_text("FILE");
  app.footer("Routes: GET /docs. SIGTERM ends it when what is under way is answered.\n\n" + std::string(kExitStatusHelp) +
             "\n\nExamples:\n  ringside-gateway --listen 127.0.0.1:8080\n"
             "  curl -s http://127.0.0.1:8080/predict -d '{\"age\":27,\"home\":\"rent\"}'");
}

// Who may ask what. kDone: all is well; else it was said what is not.
ExitStatus read_access(CommandLine& line) {
  const auto wrong = [](const std::string& why, ExitStatus status) {
    std::fprintf(stderr, "error: %s\n", why.c_str());
    return status;
  };
  if (line.server.tls_certificate.empty() != line.server.tls_key.empty())
    return wrong("--tls-certificate and --tls-key: both or none", ExitStatus::kUsage);
  if (!line.tokens.empty()) {
    auto tokens = Tokens::read(line.tokens);
    if (!tokens) return wrong("--tokens " + tokens.error(), ExitStatus::kFailed);
    line.router.tokens = std::make_shared<const Tokens>(*std::move(tokens));
  }
  if (line.router.admin_routes && (line.router.tokens == nullptr || !line.router.tokens->has_admin()))
    return wrong("--admin-routes needs --tokens with an admin's", ExitStatus::kUsage);
  if (line.router.tokens != nullptr && line.server.tls_certificate.empty())
    spdlog::warn("tokens travel in clear: give --tls-certificate and --tls-key, or put a proxy with TLS before the gateway");
  return ExitStatus::kDone;
}

int serve(CommandLine& line) {
  if (!read_address(line.listen, line.server)) {
    std::fprintf(stderr, "error: --listen %s: expected ADDRESS:PORT\n", line.listen.c_str());
    return static_cast<int>(ExitStatus::kUsage);
  }
  if (line.router.run_dir.empty()) line.router.run_dir = default_run_dir(PathEnvironment::of_this_process());
  line.server.limits.time = std::chrono::milliseconds(line.time_ms);
  line.server.limits.body_bytes = std::uint64_t{line.body_mib} << 20;

  if (const ExitStatus status = read_access(line); status != ExitStatus::kDone) return static_cast<int>(status);

  // Before the first thread, so that none of them is interrupted: this one waits for them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  line.server.may_take_long = Router::may_take_long;
  line.server.counters = line.router.counters;
  auto server = Server::start(line.server, [&line]() -> Handler {
    return [router = std::make_shared<Router>(line.router)](const Request& request) { return router->answer(request); };
  });
  if (!server) {
    std::fprintf(stderr, "error: %s\n", server.error().c_str());
    return static_cast<int>(ExitStatus::kFailed);
  }
  spdlog::info("listening on {}:{}, engines in {}", line.server.address, (*server)->port(), line.router.run_dir);
  int signal = 0;
  sigwait(&ends, &signal);
  (*server)->stop();
  spdlog::info("ended");
  return static_cast<int>(ExitStatus::kDone);
}

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gateway"));
  CommandLine line;
  CLI::App app("HTTP for programs that cannot link Ringside's client library.", "ringside-gateway");
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(ExitStatus::kDone) : static_cast<int>(ExitStatus::kUsage);
  }
  return serve(line);
}

}  // namespace
}  // namespace ringside::gateway

int main(int argc, char** argv) { return ringside::gateway::run(argc, argv); }

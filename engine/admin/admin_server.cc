#include "engine/admin/admin_server.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <type_traits>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "engine/admin/documents.h"
#include "engine/admin/rate_meter.h"
#include "engine/admin/routes.h"
#include "engine/drift/monitor.h"
#include "engine/log/json_line.h"
#include "schemas/process/trace_id.h"

namespace ringside::engine {
namespace {

// "uid 0 (root)": who did it, for people and records.
// Whom a peer speaks for stands beside its own name, so nobody becomes another by saying so.
std::string actor_of(const HttpPeer& peer, const std::string& on_behalf_of) {
  std::string actor = "uid " + std::to_string(peer.uid);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4'096> strings;
  if (::getpwuid_r(peer.uid, &entry, strings.data(), strings.size(), &found) == 0 && found != nullptr) {
    actor += std::string(" (") + found->pw_name + ")";
  }
  if (on_behalf_of.empty()) return actor;
  actor += " for ";
  for (const char c : on_behalf_of.substr(0, 128)) actor += c >= ' ' && c < 0x7F ? c : '?';
  return actor;
}

// A change is on the log with who asked for it and under which trace id, however it ended.
HttpReply told(const AdminCall& call, HttpReply reply) {
  return [reply = std::move(reply), words = call.method + " " + call.target.substr(0, call.target.find('?')), actor = call.actor,
          trace_id = call.trace_id](HttpResponse response) {
    const LogScope scope({{"actor", actor}, {"trace_id", trace_id}});
    spdlog::info("{}: {}", words, response.status);
    reply(std::move(response));
  };
}

}  // namespace

// Between the HTTP server and the engine's parts. Lives on the admin thread.
class AdminServer::Desk {
 public:
  explicit Desk(AdminSources sources) : sources_(std::move(sources)), meter_(RateMeter::Clock::now()) {}

  void look_at_drift() { look_at_drift(sources_.versions.list()); }

  [[nodiscard]] bool has_operators() const {
    const std::lock_guard lock(operators_mutex_);
    return !sources_.operators.empty();
  }
  void set_operators(std::vector<uid_t> operators) {
    const std::lock_guard lock(operators_mutex_);
    sources_.operators = std::move(operators);
  }

  void handle(const HttpRequest& request, HttpReply reply) {
    const AdminCall call{.method = request.method,
                         .target = request.target,
                         .body = request.body,
                         .role = role_of(request.peer.uid, ::geteuid(), operators()),
                         .actor = actor_of(request.peer, request.on_behalf_of),
                         .trace_id = trace_id_of(request, made_trace_id())};
    Routed routed = route(call, [this] { return look(); });
    if (call.method != "GET" && call.role == AdminRole::kOperator) reply = told(call, std::move(reply));
    std::visit([&](auto& answer) { act(answer, call, std::move(reply)); }, routed);
  }

 private:
  static void act(HttpResponse& response, const AdminCall&, HttpReply reply) { reply(std::move(response)); }

  void act(SwitchRequest& request, const AdminCall& call, HttpReply reply) {
    const std::string reason = request.reason;
    sources_.versions.switch_to(std::move(request),
                                [reply = std::move(reply), reason, trace_id = call.trace_id](const SwitchOutcome& outcome) {
                                  reply(outcome_response(outcome, reason, trace_id));
                                });
  }

  void act(RollbackRequest& request, const AdminCall& call, HttpReply reply) {
    sources_.versions.roll_back(request.reason, request.actor,
                                [reply = std::move(reply), reason = request.reason, trace_id = call.trace_id](
                                    const SwitchOutcome& outcome) { reply(outcome_response(outcome, reason, trace_id)); });
  }

  void act(RoleRequest& request, const AdminCall& call, HttpReply reply) {
    const std::string reason = request.reason;
    sources_.versions.change_role(std::move(request), [reply = std::move(reply), reason, trace_id = call.trace_id](
                                                          const Result<RoleChange, SwitchOutcome>& change) {
      reply(role_change_response(change, reason, trace_id));
    });
  }

  void act(LogLevelRequest& request, const AdminCall& call, HttpReply reply) {
    sources_.set_log_level(request.level, call.actor);
    reply({.status = 200, .body = to_text(log_level_document(request.level)), .allow = ""});
  }

  void act(ReloadRequest&, const AdminCall& call, HttpReply reply) {
    sources_.reload([reply = std::move(reply), trace_id = call.trace_id](const Result<ReloadPlan, ConfigProblems>& outcome) {
      reply(reload_response(outcome, trace_id));
    });
  }

  [[nodiscard]] std::vector<uid_t> operators() const {
    const std::lock_guard lock(operators_mutex_);
    return sources_.operators;
  }

  template <class Question>
  void ask_ledger(Question& question, const AdminCall& call, HttpReply reply) {
    if (sources_.ledger == nullptr)
      return reply(error_response(409, "there is no index of the record; next: journal.enabled and journal.index", call.trace_id));
    sources_.ledger->ask(std::move(question), [reply = std::move(reply), trace_id = call.trace_id](Result<std::string, std::string> answer) {
      reply(answer ? HttpResponse{.status = 200, .body = std::move(*answer), .allow = ""} : error_response(503, answer.error(), trace_id));
    });
  }
  void act(AuditQuestion& question, const AdminCall& call, HttpReply reply) { ask_ledger(question, call, std::move(reply)); }
  void act(AuditStatsQuestion& question, const AdminCall& call, HttpReply reply) { ask_ledger(question, call, std::move(reply)); }

  void look_at_drift(const std::vector<VersionStatus>& versions) {
    std::vector<DriftMonitor::Resident> residents;
    for (const VersionStatus& status : versions) {
      if (status.drift) residents.emplace_back(status.version, status.drift);
    }
    monitor_.look(residents, DriftClock::now());
  }

  AdminSnapshot look() {
    AdminSnapshot now;
    now.task = sources_.task;
    now.roles = sources_.versions.roles();
    std::vector<VersionStatus> versions = sources_.versions.list();
    look_at_drift(versions);
    now.drift = [this](const std::string& version) { return monitor_.report(version, DriftClock::now()); };
    for (VersionStatus& status : versions) {
      VersionView view;
      if (status.bundle) {
        view.schema = {status.bundle, &status.bundle->schema};  // shares the bundle's ownership
        view.facts = {status.bundle, &status.bundle->facts};
      }
      view.status = std::move(status);
      now.versions.push_back(std::move(view));
    }
    now.clients = sources_.clients();
    now.limits = sources_.limits ? sources_.limits() : std::vector<LimitStatus>{};
    now.totals = sources_.counters();
    if (sources_.stages) now.stages = sources_.stages();
    now.rates = meter_.update(RateMeter::Clock::now(), now.totals.calls, now.totals.all_rows());
    if (sources_.config) now.config = sources_.config();
    if (sources_.health) now.health = sources_.health();
    if (sources_.log_level) now.log_level = sources_.log_level();
    if (sources_.history) now.history = sources_.history();
    if (const auto journal = sources_.journal ? sources_.journal() : std::nullopt) {
      now.journal = journal->status;
      now.journal_landing_bytes = journal->landing_bytes;
      now.journal_lag_s = journal->lag_s;
    }
    if (sources_.grace) now.grace = sources_.grace();
    if (sources_.guard) now.guard = sources_.guard();
    now.engine_epoch = sources_.engine_epoch;
    now.pid = ::getpid();
    now.started = sources_.started;
    now.now = std::chrono::system_clock::now();
    return now;
  }

  AdminSources sources_;
  mutable std::mutex operators_mutex_;  // of sources_.operators; all else is the admin thread's
  RateMeter meter_;
  DriftMonitor monitor_;
};

AdminServer::AdminServer(AdminSources sources, HttpLimits limits)
    : desk_(std::make_unique<Desk>(std::move(sources))),
      server_(
          limits, [desk = desk_.get()](const HttpRequest& request, HttpReply reply) { desk->handle(request, std::move(reply)); },
          [](unsigned status, const std::string& message) { return error_response(status, message, made_trace_id()).body; }) {
  server_.every(kLookEvery, [desk = desk_.get()] { desk->look_at_drift(); });
}

AdminServer::~AdminServer() { stop(); }

Result<Done, std::string> AdminServer::start(const std::string& socket_path) {
  socket_path_ = socket_path;
  return server_.start(socket_path, desk_->has_operators());
}

void AdminServer::set_operators(std::vector<uid_t> operators) {
  desk_->set_operators(std::move(operators));
  ::chmod(socket_path_.c_str(), desk_->has_operators() ? 0666 : 0660);  // as start() did
}

void AdminServer::stop() { server_.stop(); }

}  // namespace ringside::engine

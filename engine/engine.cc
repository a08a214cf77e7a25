#include "engine/engine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "client_lib/base/sealed_memfd.h"
#include "engine/bundle/loader.h"
#include "engine/counters/totals.h"
#include "engine/engine_parts.h"
#include "schemas/process/run_paths.h"
#include "schemas/wire/directory.h"

namespace ringside::engine {
namespace {

Failure<StartFailure> failed(ExitStatus status, std::string text) { return fail(StartFailure{status, std::move(text)}); }

std::string bundle_problems_text(const std::vector<BundleProblem>& problems) {
  std::string text;
  for (const BundleProblem& problem : problems) text += "\n  " + problem.text();
  return text;
}

std::uint64_t random_epoch() {
  std::uint64_t epoch = 0;
  [[maybe_unused]] const auto got = getrandom(&epoch, sizeof epoch, 0);  // 8 bytes never come short
  return epoch | 1;
}

// The version that the engine before this one ended with, as far as it wrote it down.
std::string answered_last(const History& history) {
  for (const VersionEvent& event : history.last(kHistoryEventsMax)) {
    const bool made_current = event.action == "start" || event.action == "switch" || event.action == "rollback";
    if (made_current && event.outcome == "done") return event.to;
  }
  return {};
}

}  // namespace

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

std::string Engine::task_of_current(const std::string& models_directory) {
  const auto identity = identify_bundle(models_directory + "/current");
  return identity ? identity->task : std::string();
}

std::vector<std::pair<std::string, std::string>> Engine::versions_under_other_names(const std::string& models_directory,
                                                                                    const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& name : names) {
    const auto identity = identify_bundle(models_directory + "/" + name);
    if (identity && identity->version != name) found.emplace_back(identity->version, name);
  }
  return found;
}

const std::string& Engine::task() const noexcept { return parts_->config.task; }
const std::string& Engine::run_directory() const noexcept { return parts_->run_directory; }

Result<ReloadPlan, ConfigProblems> Engine::reload() { return parts_->reload_and_tell(); }

void Engine::tick() {
  parts_->turns.look(TurnWatch::Clock::now());
  parts_->around.log->tell_left_out();
  if (const auto journal = parts_->journal_status()) {
    const RecorderStatus& recorder = journal->recorder;
    parts_->lag.look(recorder.written_bytes + recorder.waiting_bytes, recorder.written_bytes, LagMeter::Clock::now());
  }
}

HealthReport Engine::health() const { return parts_->health(); }

Result<std::unique_ptr<Engine>, StartFailure> Engine::start(EngineConfig config, const StartChoice& choice, Surroundings around) {
  // The link models/current may move while we load: from here on it is this directory.
  std::error_code error;
  const std::string bundle = std::filesystem::canonical(choice.directory, error).string();
  if (error) return failed(ExitStatus::kCheckFailed, choice.directory + " (" + choice.origin + "): " + error.message());
  const auto identity = identify_bundle(bundle);
  if (!identity)
    return failed(ExitStatus::kCheckFailed,
                  bundle + " (" + choice.origin + ") is not a bundle:" + bundle_problems_text(identity.error()));
  if (config.task.empty()) config.task = identity->task;
  if (config.task.find('/') != std::string::npos || config.task.starts_with('.')) {
    return failed(ExitStatus::kUsage, "'" + config.task + "' is not the name of a task");
  }

  around.log->set_task(config.task);
  const auto access = resolve_access(config.access);
  if (!access) return failed(ExitStatus::kUsage, access.error());

  DigestKey digest_key;
  if (config.input_digest_key_file.empty()) {
    digest_key = random_digest_key();
    spdlog::info("input_digest: a key made for this run; input_digest.key_file keeps digests equal from start to start");
  } else if (const auto key = read_digest_key(config.input_digest_key_file)) {
    digest_key = *key;
  } else {
    return failed(ExitStatus::kUsage, key.error());
  }

  const std::uint64_t epoch = random_epoch();
  auto directory = Directory::make(epoch);
  if (!directory) return failed(ExitStatus::kFailed, directory.error());
  auto parts = std::make_unique<Parts>(std::move(config), std::move(*directory), epoch, std::move(around));
  parts->digest_key = digest_key;
  parts->access = *access;
  auto roles = parts->operators.restore();
  if (!roles) return failed(ExitStatus::kCheckFailed, roles.error());
  BeforeStart before{.roles = std::move(*roles),
                     .previous = parts->operators.previous(identity->version),
                     .from = answered_last(parts->history),
                     .reason = "chosen by " + choice.origin +
                               (choice.outdates_operator ? ", which moved after the last operator's choice" : "")};
  if (const auto published = parts->versions.start(bundle, std::move(before)); !published) {
    return failed(ExitStatus::kCheckFailed,
                  published.error().to + " (" + choice.origin +
                      ") failed its check, nothing is served:" + bundle_problems_text(published.error().problems));
  }

  if (choice.outdates_operator) {
    // Else moving `current` back to where it was would bring the old choice to life again.
    if (const auto kept =
            parts->operators.keep(identity->version, parts->versions.roles().previous, parts->versions.roles().assigned);
        !kept) {
      spdlog::warn("the last operator's choice stays on disk: {}", kept.error());
    }
  }

  std::filesystem::create_directories(parts->run_directory, error);
  if (error)
    return failed(ExitStatus::kFailed,
                  "cannot make " + parts->run_directory + ": " + error.message() + "; choose another --run-dir");
  // Held for the life of the process, however it ends: of two engines that start at once, one is told.
  parts->lock = base::UniqueFd(open((parts->run_directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!parts->lock || flock(parts->lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return failed(ExitStatus::kFailed, errno == EWOULDBLOCK
                                           ? "another engine already serves " + parts->run_directory
                                           : base::system_error_text("cannot lock " + parts->run_directory + "/lock"));
  }
  parts->door = std::make_unique<Door>(
      Door::Options{.socket_path = data_socket(parts->config.run_dir, parts->config.task),
                    .task = parts->config.task,
                    .engine_epoch = epoch,
                    .access = {.users = access->data_users, .groups = access->data_groups},
                    .limits = {.clients_max = parts->config.limits.clients_max,
                               .channels_max = parts->config.limits.channels_per_client,
                               .arena_bytes_max = parts->config.limits.arena_bytes,
                               .rows_max = static_cast<std::uint16_t>(parts->config.limits.rows_max)},
                    .directory_fd = parts->directory.fd(),
                    .directory_bytes = wire::kDirectoryBytes,
                    .book = &parts->limits},
      parts->roster, parts->reclaimer,
      SchemaBook{.add = [traffic = &parts->traffic](ClientSchema schema) { return traffic->add_schema(std::move(schema)); },
                 .drop = [traffic = &parts->traffic](std::uint64_t hash) { traffic->drop_schema(hash); }});
  if (const auto opened = parts->open_journal(); !opened) return failed(ExitStatus::kFailed, opened.error());
  parts->start_workers();
  if (const auto opened = parts->door->start(); !opened) return failed(ExitStatus::kFailed, opened.error());
  parts->admin = std::make_unique<AdminServer>(
      AdminSources{.versions = parts->versions,
                   .clients = [door = parts->door.get()] { return door->clients(); },
                   .counters = [all = parts.get()] { return sum(all->counters_of_workers()); },
                   .stages = [all = parts.get()] { return all->stages(); },
                   .limits = [book = &parts->limits] { return book->status(); },
                   .task = parts->config.task,
                   .started = std::chrono::system_clock::now(),
                   .engine_epoch = epoch,
                   .config = [live = &parts->live_config] { return live->rows(); },
                   .history = [history = &parts->history] { return history->last(kHistoryEventsMax); },
                   .journal = [parts = parts.get()] { return parts->journal_figures(); },
                   .ledger = parts->ledger.get(),
                   .grace = [reclaimer = &parts->reclaimer] { return reclaimer->status(); },
                   .guard = [guard = &parts->guard] { return guard->status(); },
                   .operators = access->admin_users,
                   .health = [parts = parts.get()] { return parts->health(); },
                   .log_level = [log = parts->around.log] { return log->level(); },
                   .set_log_level =
                       [parts = parts.get()](LogLevel level, const std::string& actor) {
                         parts->around.log->set_level(level);
                         parts->live_config.set_log_level(level, actor);
                       },
                   .reload =
                       [parts = parts.get()](ReloadAnswer answer) {
                         parts->around.post([parts, answer = std::move(answer)] { answer(parts->reload_and_tell()); });
                       }});
  if (const auto opened = parts->admin->start(admin_socket(parts->config.run_dir, parts->config.task)); !opened) {
    return failed(ExitStatus::kFailed, opened.error());
  }
  parts->guard.start();
  parts->versions.load_the_rest();
  return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

}  // namespace ringside::engine

#include "engine/engine.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "client_lib/base/processors.h"
#include "client_lib/base/sealed_memfd.h"
#include "client_lib/base/unique_fd.h"
#include "engine/admin/admin_server.h"
#include "engine/admin/history.h"
#include "engine/bundle/loader.h"
#include "engine/config/accounts.h"
#include "engine/config/live_config.h"
#include "engine/config/memory_allowed.h"
#include "engine/config/operator_choice.h"
#include "engine/counters/counters.h"
#include "engine/counters/totals.h"
#include "engine/door/door.h"
#include "engine/epoch/quiescence.h"
#include "engine/epoch/reclaimer.h"
#include "engine/guards/guard.h"
#include "engine/health/turn_watch.h"
#include "engine/metrics/lag_meter.h"
#include "engine/ingress/roster.h"
#include "engine/journal/version_book.h"
#include "engine/ledger/journal.h"
#include "engine/ledger/index/ledger_desk.h"
#include "engine/respond/input_digest.h"
#include "engine/traffic/directory.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/event_line.h"
#include "engine/versions/pins_file.h"
#include "engine/versions/versions.h"
#include "engine/worker/worker.h"
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

void log_event(const VersionEvent& event) {
  const bool done = event.outcome == "done";
  if (!done && event.actor == kFollowActor) return;  // whoever follows the link warns of it, once and not at every look
  spdlog::log(done ? spdlog::level::info : spdlog::level::warn, "{}", event_line(event));
}

// The version that the engine before this one ended with, as far as it wrote it down.
std::string answered_last(const History& history) {
  for (const VersionEvent& event : history.last(kHistoryEventsMax)) {
    const bool made_current = event.action == "start" || event.action == "switch" || event.action == "rollback";
    if (made_current && event.outcome == "done") return event.to;
  }
  return {};
}

WaitMode wait_mode(WorkerWait wait) {
  switch (wait) {
    case WorkerWait::kSpin:
      return WaitMode::kSpin;
    case WorkerWait::kAdaptive:
      return WaitMode::kAdaptive;
    case WorkerWait::kPark:
      return WaitMode::kPark;
  }
  return WaitMode::kAdaptive;
}

SignatureMode signature_mode(BundleSignature asked) {
  switch (asked) {
    case BundleSignature::kOff:
      return SignatureMode::kOff;
    case BundleSignature::kWarn:
      return SignatureMode::kWarn;
    case BundleSignature::kRequire:
      return SignatureMode::kRequire;
  }
  return SignatureMode::kRequire;
}

GuardSettings guard_settings(const EngineConfig::Guards& asked) {
  return {.enabled = asked.enabled,
          .error_rate = asked.error_rate,
          .latency_ratio = asked.latency_ratio,
          .latency_percentile = asked.latency_percentile,
          .score_drift = asked.score_drift,
          .min_rows = asked.min_rows,
          .window = std::chrono::seconds(asked.window_s),
          .watch_after_switch = std::chrono::seconds(asked.watch_after_switch_s)};
}

// How the record of this bundle's predictions names what it is about.
VersionFacts version_facts(std::uint32_t ordinal, const Bundle& bundle) {
  VersionFacts facts{.ordinal = ordinal,
                     .version = bundle.version,
                     .task = bundle.task,
                     .manifest_sha256 = bundle.facts.manifest_sha256,
                     .schema = bundle.schema,
                     .features = bundle.plan.feature_names(),
                     .classes = {},
                     .output_float64 = bundle.scorer.output_type() == FloatType::kFloat64,
                     .features_float64 = bundle.plan.feature_type() == FloatType::kFloat64};
  for (const ClassLabel& label : bundle.classes) {
    const auto* number = std::get_if<std::int64_t>(&label);
    facts.classes.emplace_back(number != nullptr ? std::to_string(*number) : std::get<std::string>(label), number != nullptr);
  }
  return facts;
}

void pin(std::thread& thread, std::uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (const int error = pthread_setaffinity_np(thread.native_handle(), sizeof set, &set); error != 0) {
    spdlog::warn("cannot pin a worker to cpu {}: {}", cpu, std::generic_category().message(error));
  }
}

}  // namespace

// In the order of who stands on whom; destroyed in reverse.
class Engine::Parts {
 public:
  Parts(EngineConfig configured, Directory&& made_directory, std::uint64_t epoch, Surroundings&& surroundings)
      : around(std::move(surroundings)),
        config(std::move(configured)),
        live_config(config),
        engine_epoch(epoch),
        run_directory(config.run_dir + "/" + config.task),
        state_directory(config.state_dir + "/" + config.task),
        counters(config.workers.count),
        quiescence(config.workers.count),
        turns(quiescence, TurnWatch::Clock::now()),
        reclaimer(quiescence),
        roster(config.workers.count, reclaimer),
        directory(std::move(made_directory)),
        traffic(config.workers.count, reclaimer, directory),
        history(state_directory, [](const std::string& text) { spdlog::warn("{}", text); }),
        pins_file(state_directory),
        versions({.task = config.task,
                  .models_directory = config.models,
                  .use_reference = config.reference_xgboost,
                  .lock_memory = config.loader.lock_memory,
                  .signature = signature_mode(config.bundle_signature),
                  .trusted_keys = config.bundle_keys,
                  .remember = [this](const std::string& version, const OperatorRoles& roles) { return remember(version, roles); },
                  .remember_pins = [this](const Pins& now,
                                          const std::vector<PinChange>& changes) { return pins_file.keep(now, changes); },
                  .warn = [](const std::string& text) { spdlog::warn("{}", text); },
                  .record =
                      [this](const VersionEvent& event) {
                        history.append(event);
                        if (event.actor != kGuardActor) log_event(event);  // a revert has a warning of its own
                        guard.changed();
                      },
                  .callers = [this] { return callers(); },
                  .watch_period = std::chrono::milliseconds(config.loader.watch_ms),
                  .memory_max = config.limits.bundle_memory != 0 ? config.limits.bundle_memory : memory_allowed() / 2,
                  .cpus = config.loader.cpus},
                 traffic),
        guard(guard_settings(config.guards), {.traffic = [this] { return traffic.snapshot(); },
                                              .revert = [this](const Breach& breach) { return revert(breach); },
                                              .told = log_revert}) {
    if (config.journal.enabled) {
      directory.on_add([this](std::uint32_t ordinal, const Bundle& bundle) { enter_version(ordinal, bundle); });
    }
  }

  ~Parts() {
    if (admin) admin->stop();
    ledger.reset();
    guard.stop();
    versions.stop();  // it asks the door who is connected
    if (door) door->stop();
    for (const auto& worker : workers) worker->stop();
    for (std::thread& thread : threads) thread.join();
  }

  // REQUIRES: the door is open. (Operators come later still.)
  std::vector<Caller> callers() const {
    std::vector<Caller> connected;
    for (ClientStatus& client : door->clients()) {
      connected.push_back({"client " + in_quotes(client.name) + " (uid " + std::to_string(client.uid) + ", pid " +
                               std::to_string(client.pid) + ")",
                           std::move(client.schemas)});
    }
    return connected;
  }

  // What operators left behind before a restart. Error: pins that cannot be read; nobody may be moved to another version in silence.
  Result<OperatorRoles, std::string> kept_roles() {
    OperatorRoles roles;
    if (auto kept = read_choice(state_directory); !kept) {
      spdlog::warn("{}: canary, shadow and labels are not restored", kept.error());
    } else if (*kept) {
      choice = std::move(**kept);
    }
    if (choice.canary) roles.canary = Canary{choice.canary->version, choice.canary->buckets, choice.canary->salt};
    if (choice.shadow) roles.shadow = Shadow{choice.shadow->version, choice.shadow->buckets};
    roles.labels = choice.labels;
    auto pins = pins_file.read();
    if (!pins) return fail(pins.error());
    roles.pins = std::move(*pins);
    return roles;
  }

  // What a rollback led to. Where this start is itself a change of versions, that is the one which answered before.
  [[nodiscard]] std::string kept_previous(const std::string& starting) const {
    return choice.version.empty() || choice.version == starting ? choice.previous : choice.version;
  }

  // `version` empty: who is current was not touched.
  Result<Done, std::string> remember(const std::string& version, const OperatorRoles& roles) {
    if (!version.empty()) {
      choice.version = version;
      choice.seen_current = read_current_link(config.models).target;
      choice.previous = versions.roles().previous;
    }
    choice.canary.reset();
    if (roles.canary) choice.canary = KeptCanary{roles.canary->version, roles.canary->buckets, roles.canary->salt};
    choice.shadow.reset();
    if (roles.shadow) choice.shadow = KeptShadow{roles.shadow->version, roles.shadow->buckets};
    choice.labels = roles.labels;
    return keep_choice(state_directory, choice);
  }

  Guard::Outcome revert(const Breach& breach) {
    const auto what = breach.role == GuardedRole::kCanary ? RevertRequest::What::kCanary : RevertRequest::What::kSwitch;
    const Reverted reverted =
        versions.revert({.what = what, .version = breach.version, .reason = breach.reason, .actor = std::string(kGuardActor)});
    return {reverted.done, reverted.message};
  }

  static void log_revert(const GuardRevert& revert) {
    spdlog::warn("guard: {} against {}: {}; {}{}", revert.breach.version, revert.breach.other, revert.breach.reason,
                 revert.done ? "" : "not reverted: ", revert.message);
  }

  std::vector<const WorkerCounters*> counters_of_workers() const {
    std::vector<const WorkerCounters*> each;
    for (const WorkerCounters& one : counters) each.push_back(&one);
    return each;
  }

  std::vector<StageSeries> stages() const {
    const auto each = counters_of_workers();
    return {{"queue", latency_series(each, &WorkerCounters::queue_ns)},
            {"decode", latency_series(each, &WorkerCounters::decode_ns)},
            {"preprocess", latency_series(each, &WorkerCounters::preprocess_ns)},
            {"forest", latency_series(each, &WorkerCounters::forest_ns)},
            {"respond", latency_series(each, &WorkerCounters::respond_ns)},
            {"total", latency_series(each, &WorkerCounters::total_ns)}};
  }

  void enter_version(std::uint32_t ordinal, const Bundle& bundle) {
    if (const auto kept = version_book.add(version_facts(ordinal, bundle)); !kept) spdlog::warn("journal: {}", kept.error());
    for (const Field& field : bundle.schema.fields()) {
      if (field.sensitivity != Sensitivity::kEncrypt) continue;
      spdlog::warn("{}: field {} asks to be encrypted in the journal, which this engine cannot yet: it is dropped", bundle.version, field.name);
    }
  }

  // Takes up what the run before left. Error: nothing may be answered without a record, so nothing is served.
  Result<Done, std::string> open_journal() {
    const EngineConfig::Journal& wanted = config.journal;
    if (!wanted.enabled) return Done{};
    auto opened = Journal::open(
        {.key_file = wanted.key_file.empty() ? state_directory + "/journal.key" : wanted.key_file,
         .landing = {.task = config.task,
                     .run_directory = run_directory,
                     .state_directory = state_directory,
                     .configured = wanted.landing_dir,
                     .on_disk_allowed = wanted.landing_on_disk},
         .recorder = {.recovery = {.task = config.task,
                                   .journal_folder = state_directory + "/journal",
                                   .landing_folder = {},
                                   .workers = static_cast<std::uint16_t>(config.workers.count),
                                   .landing_bytes = wanted.landing_bytes,
                                   .engine_epoch = engine_epoch,
                                   .warn = [](const std::string& text) { spdlog::warn("{}", text); }},
                      .sync = wanted.sync == JournalSyncMode::kNone ? JournalSync::kNone : JournalSync::kInterval,
                      .sync_ms = wanted.sync_ms,
                      .file_bytes_max = wanted.file_bytes,
                      .file_seconds_max = wanted.file_seconds},
         .workers = {.rules = {.key = {}, .user_ids = static_cast<UserIds>(wanted.user_id), .features = wanted.features},
                     .when_full = static_cast<WhenFull>(wanted.when_full),
                     .block_us = wanted.block_us,
                     .sample = wanted.sample}},
        version_book);
    if (!opened) return fail(opened.error());
    journal = std::move(*opened);
    if (wanted.index) {
      ledger = std::make_unique<LedgerDesk>(
          AuditIndex::Terms{.journal_folder = state_directory + "/journal", .index_folder = state_directory + "/index", .keys = {journal->key()}},
          LedgerDesk::Signing{.task = config.task, .key_file = wanted.checkpoint_key, .checkpoints = state_directory + "/checkpoints"},
          [](const std::string& text) { spdlog::warn("{}", text); });
    }
    return Done{};
  }

  // Empty: there is no journal.
  std::optional<JournalStatus> journal_status() const {
    if (journal == nullptr) return std::nullopt;
    JournalStatus status = journal->status();
    if (ledger != nullptr) status.index = ledger->status();
    return status;
  }

  std::optional<JournalFigures> journal_figures() const {
    const auto status = journal_status();
    if (!status) return std::nullopt;
    return JournalFigures{.status = *status,
                          .landing_bytes = std::bit_ceil(config.journal.landing_bytes) * config.workers.count,
                          .lag_s = lag.lag_s(LagMeter::Clock::now())};
  }

  HealthReport health() {
    const auto now = TurnWatch::Clock::now();
    turns.look(now);
    return judge({.current = versions.roles().current,
                  .stuck = turns.stuck(now),
                  .journal = journal_status(),
                  .gaps_allowed = config.journal.when_full == JournalWhenFull::kGap});
  }

  // On the main thread. See Engine::reload().
  Result<ReloadPlan, ConfigProblems> reload() {
    const auto loaded = around.read_config();
    if (!loaded) return fail(loaded.error());
    ReloadPlan plan = live_config.plan(loaded->config);
    // Names are looked up only where they changed: the host's name service may take long, and the watchdog waits for this thread.
    const bool looked_up = std::ranges::any_of(plan.applied, [](const KeyChange& change) { return change.path.starts_with("access."); });
    if (looked_up) {
      auto ids = resolve_access(plan.config.access);
      if (!ids) return fail(ConfigProblems{{"access", "", "", ids.error(), ""}});
      access = std::move(*ids);
      admin->set_operators(access.admin_users);
    }
    door->admit_by({.users = access.data_users, .groups = access.data_groups}, plan.config.limits.clients_max);
    around.log->set_level(plan.config.log.level);
    live_config.take(plan.config);
    return plan;
  }

  Result<ReloadPlan, ConfigProblems> reload_and_tell() {
    auto plan = reload();
    if (!plan) {
      for (const ConfigProblem& problem : plan.error()) spdlog::error("configuration not taken: {}", problem.text());
      return plan;
    }
    for (const KeyChange& change : plan->applied) spdlog::info("configuration: {} is now '{}'", change.path, change.to);
    for (const KeyChange& change : plan->need_restart)
      spdlog::warn("configuration: {} '{}' needs a restart, '{}' stays", change.path, change.to, change.from);
    spdlog::info("configuration read again: {} taken, {} need a restart", plan->applied.size(), plan->need_restart.size());
    return plan;
  }

  void start_workers() {
    const base::Processors processors = base::count_processors();
    base::SpinLimits spin_ns = base::adaptive_spin_ns(processors);
    if (config.sources.contains("workers.spin_us")) spin_ns.longest = config.workers.spin_us * std::uint64_t{1'000};
    for (std::uint32_t index = 0; index < config.workers.count; ++index) {
      const Worker::Options options{.index = index,
                                    .wait = wait_mode(config.workers.wait),
                                    .spin_ns = spin_ns,
                                    .rows_max = static_cast<std::uint16_t>(config.limits.rows_max),
                                    .digest_key = digest_key,
                                    .journal = journal != nullptr ? journal->of_worker(index) : nullptr};
      workers.push_back(std::make_unique<Worker>(options, roster, traffic, quiescence.reader(index), counters[index],
                                                 [this] { door->knock(); }));
    }
    for (std::uint32_t index = 0; index < config.workers.count; ++index) {
      threads.emplace_back([worker = workers[index].get()] { worker->run(); });
      pthread_setname_np(threads.back().native_handle(), ("rs-worker-" + std::to_string(index)).c_str());
      if (index < config.workers.cpus.size()) pin(threads.back(), config.workers.cpus[index]);
    }
  }

  const Surroundings around;
  const EngineConfig config;  // as at the start; what may change since is live_config's
  LiveConfig live_config;
  AccessIds access;     // as door and admin have them; the main thread's
  base::UniqueFd lock;  // <run-dir>/<task>/lock
  std::uint64_t engine_epoch;
  std::string run_directory, state_directory;
  DigestKey digest_key;
  std::vector<WorkerCounters> counters;  // by worker
  VersionBook version_book;
  Quiescence quiescence;
  TurnWatch turns;
  LagMeter lag;
  Reclaimer reclaimer;
  Roster roster;
  Directory directory;
  TrafficPublisher traffic;
  History history;
  OperatorChoice choice;  // as it stands on disk; on the loader thread once that runs
  PinsFile pins_file;
  Versions versions;
  Guard guard;  // told of changes by versions, which it stands on
  std::unique_ptr<Journal> journal;  // null: there is none
  std::unique_ptr<LedgerDesk> ledger;  // null: no index
  std::unique_ptr<Door> door;
  std::unique_ptr<AdminServer> admin;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
};

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
  auto roles = parts->kept_roles();
  if (!roles) return failed(ExitStatus::kCheckFailed, roles.error());
  BeforeStart before{.roles = std::move(*roles),
                     .previous = parts->kept_previous(identity->version),
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
    if (const auto kept = parts->remember(identity->version, parts->versions.roles().assigned); !kept) {
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
                    .directory_bytes = wire::kDirectoryBytes},
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

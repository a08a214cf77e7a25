#include "engine/engine_parts.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "client_lib/base/processors.h"
#include "engine/as_configured.h"
#include "engine/config/memory_allowed.h"
#include "engine/counters/totals.h"
#include "engine/versions/event_line.h"

namespace ringside::engine {
namespace {

void warn(const std::string& text) { spdlog::warn("{}", text); }

void log_event(const VersionEvent& event) {
  const bool done = event.outcome == "done";
  if (!done && event.actor == kFollowActor) return;  // whoever follows the link warns of it, once and not at every look
  spdlog::log(done ? spdlog::level::info : spdlog::level::warn, "{}", event_line(event));
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

Engine::Parts::Parts(EngineConfig configured, Directory&& made_directory, std::uint64_t epoch, Surroundings&& surroundings)
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
      limits(limit_rules(config.limits), shedding(config.limits)),
      roster(config.workers.count, reclaimer),
      directory(std::move(made_directory)),
      traffic(config.workers.count, reclaimer, directory),
      history(state_directory, warn),
      operators(state_directory, config.models),
      versions(
          {.task = config.task,
           .models_directory = config.models,
           .use_reference = config.reference_xgboost,
           .lock_memory = config.loader.lock_memory,
           .signature = signature_mode(config.bundle_signature),
           .trusted_keys = config.bundle_keys,
           .remember = [this](const std::string& version,
                              const OperatorRoles& roles) { return operators.keep(version, versions.roles().previous, roles); },
           .remember_pins = [this](const Pins& now,
                                   const std::vector<PinChange>& changes) { return operators.keep(now, changes); },
           .warn = warn,
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

Engine::Parts::~Parts() {
  if (admin) admin->stop();
  ledger.reset();
  guard.stop();
  versions.stop();  // it asks the door who is connected
  if (door) door->stop();
  for (const auto& worker : workers) worker->stop();
  for (std::thread& thread : threads) thread.join();
}

std::vector<Caller> Engine::Parts::callers() const {
  std::vector<Caller> connected;
  for (ClientStatus& client : door->clients()) {
    connected.push_back(
        {"client " + in_quotes(client.name) + " (uid " + std::to_string(client.uid) + ", pid " + std::to_string(client.pid) + ")",
         std::move(client.schemas)});
  }
  return connected;
}

Guard::Outcome Engine::Parts::revert(const Breach& breach) {
  const auto what = breach.role == GuardedRole::kCanary ? RevertRequest::What::kCanary : RevertRequest::What::kSwitch;
  const Reverted reverted =
      versions.revert({.what = what, .version = breach.version, .reason = breach.reason, .actor = std::string(kGuardActor)});
  return {reverted.done, reverted.message};
}

void Engine::Parts::log_revert(const GuardRevert& revert) {
  spdlog::warn("guard: {} against {}: {}; {}{}", revert.breach.version, revert.breach.other, revert.breach.reason,
               revert.done ? "" : "not reverted: ", revert.message);
}

std::vector<const WorkerCounters*> Engine::Parts::counters_of_workers() const {
  std::vector<const WorkerCounters*> each;
  for (const WorkerCounters& one : counters) each.push_back(&one);
  return each;
}

std::vector<StageSeries> Engine::Parts::stages() const {
  const auto each = counters_of_workers();
  return {{"queue", latency_series(each, &WorkerCounters::queue_ns)},
          {"decode", latency_series(each, &WorkerCounters::decode_ns)},
          {"preprocess", latency_series(each, &WorkerCounters::preprocess_ns)},
          {"forest", latency_series(each, &WorkerCounters::forest_ns)},
          {"respond", latency_series(each, &WorkerCounters::respond_ns)},
          {"total", latency_series(each, &WorkerCounters::total_ns)}};
}

void Engine::Parts::enter_version(std::uint32_t ordinal, const Bundle& bundle) {
  if (const auto kept = version_book.add(version_facts(ordinal, bundle)); !kept) spdlog::warn("journal: {}", kept.error());
  for (const Field& field : bundle.schema.fields()) {
    if (field.sensitivity != Sensitivity::kEncrypt) continue;
    spdlog::warn("{}: field {} asks to be encrypted in the journal, which this engine cannot yet: it is dropped", bundle.version,
                 field.name);
  }
}

Result<Done, std::string> Engine::Parts::open_journal() {
  if (!config.journal.enabled) return Done{};
  auto opened = Journal::open(journal_opening(config, run_directory, state_directory, engine_epoch, warn), version_book);
  if (!opened) return fail(opened.error());
  journal = std::move(*opened);
  if (config.journal.index) ledger = open_ledger_desk(config, state_directory, journal->key(), warn);
  return Done{};
}

std::optional<JournalStatus> Engine::Parts::journal_status() const {
  if (journal == nullptr) return std::nullopt;
  JournalStatus status = journal->status();
  if (ledger != nullptr) status.index = ledger->status();
  return status;
}

std::optional<JournalFigures> Engine::Parts::journal_figures() const {
  const auto status = journal_status();
  if (!status) return std::nullopt;
  return JournalFigures{.status = *status,
                        .landing_bytes = std::bit_ceil(config.journal.landing_bytes) * config.workers.count,
                        .lag_s = lag.lag_s(LagMeter::Clock::now())};
}

HealthReport Engine::Parts::health() {
  const auto now = TurnWatch::Clock::now();
  turns.look(now);
  return judge({.current = versions.roles().current,
                .stuck = turns.stuck(now),
                .journal = journal_status(),
                .gaps_allowed = config.journal.when_full == JournalWhenFull::kGap});
}

Result<ReloadPlan, ConfigProblems> Engine::Parts::reload() {
  const auto loaded = around.read_config();
  if (!loaded) return fail(loaded.error());
  ReloadPlan plan = live_config.plan(loaded->config);
  // Names are looked up only where they changed: the host's name service may take long, and the watchdog waits for this thread.
  const bool looked_up =
      std::ranges::any_of(plan.applied, [](const KeyChange& change) { return change.path.starts_with("access."); });
  if (looked_up) {
    auto ids = resolve_access(plan.config.access);
    if (!ids) return fail(ConfigProblems{{"access", "", "", ids.error(), ""}});
    access = std::move(*ids);
    admin->set_operators(access.admin_users);
  }
  door->admit_by({.users = access.data_users, .groups = access.data_groups}, plan.config.limits.clients_max);
  const bool new_limits =
      std::ranges::any_of(plan.applied, [](const KeyChange& change) { return change.path.starts_with("limits."); });
  if (new_limits) {
    limits.set(limit_rules(plan.config.limits), shedding(plan.config.limits));
    door->take_new_limits();
  }
  around.log->set_level(plan.config.log.level);
  live_config.take(plan.config);
  return plan;
}

Result<ReloadPlan, ConfigProblems> Engine::Parts::reload_and_tell() {
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

void Engine::Parts::start_workers() {
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
    workers.push_back(
        std::make_unique<Worker>(options, roster, traffic, quiescence.reader(index), counters[index], [this] { door->knock(); }));
  }
  for (std::uint32_t index = 0; index < config.workers.count; ++index) {
    threads.emplace_back([worker = workers[index].get()] { worker->run(); });
    pthread_setname_np(threads.back().native_handle(), ("rs-worker-" + std::to_string(index)).c_str());
    if (index < config.workers.cpus.size()) pin(threads.back(), config.workers.cpus[index]);
  }
}

}  // namespace ringside::engine

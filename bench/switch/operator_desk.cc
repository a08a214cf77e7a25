#include "bench/switch/operator_desk.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "bench/comparison.h"
#include "client_lib/base/clock.h"
#include "schemas/process/run_paths.h"
#include "tools/cli/admin_client.h"

namespace ringside::bench {
namespace {

using cli::Json;
constexpr std::chrono::seconds kLimit{60};
constexpr int kWorkerNice = -20, kSideNice = -10;
constexpr int kTriesMax = 6'000;

Json answer_of(const std::string& socket, const std::string& method, const std::string& target, const Json& body) {
  auto answer = cli::ask(socket, method, target, body, kLimit);
  if (!answer) give_up(answer.error().error);
  if (answer->status != 200) give_up(method + " " + target + " " + body.dump() + ": " + answer->document.dump());
  return std::move(answer->document);
}

// Calls `visit` for each thread of the engine that is, or is not, a worker.
void for_each_thread(pid_t engine, bool workers, const std::function<void(pid_t thread, const std::string& folder)>& visit) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(engine) + "/task", gone)) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name.starts_with("rs-worker-") == workers) visit(std::atoi(entry.path().filename().c_str()), entry.path());
  }
}

}  // namespace

// An engine takes clients a moment before it takes operators.
OperatorDesk::OperatorDesk(const std::string& run_dir, const std::string& task) : socket_(admin_socket(run_dir, task)) {
  for (int tries = 0; !cli::ask(socket_, "GET", "/healthz", nullptr, kLimit); ++tries) {
    if (tries == kTriesMax) give_up("nobody answers on " + socket_);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Window OperatorDesk::next_change(const std::string& home, const std::string& away) {
  struct Change {
    const char* what;
    const char* target;
    Json body;
  };
  const Change changes[kChangesARound] = {{"switch", "/model/switch", {{"version", away}}},
                                          {"rollback", "/model/rollback", Json::object()},
                                          {"canary 5 %", "/model/canary", {{"version", away}, {"percent", 5}}},
                                          {"canary 50 %", "/model/canary", {{"version", away}, {"percent", 50}}},
                                          {"canary off", "/model/canary", {{"off", true}}},
                                          {"switch", "/model/switch", {{"version", away}}},
                                          {"switch", "/model/switch", {{"version", home}}}};
  const Change& change = changes[changes_++ % kChangesARound];
  Window window{.begin_ns = base::monotonic_ns(), .end_ns = 0, .what = change.what};
  answer_of(socket_, "POST", change.target, change.body);
  window.end_ns = base::monotonic_ns() + kAfterPublicationNs;
  std::this_thread::sleep_for(std::chrono::nanoseconds(kAfterPublicationNs));
  return window;
}

void OperatorDesk::switch_to(const std::string& version) const { answer_of(socket_, "POST", "/model/switch", {{"version", version}}); }
void OperatorDesk::roll_back() const { answer_of(socket_, "POST", "/model/rollback", Json::object()); }
void OperatorDesk::set_shadow(const std::string& version) const { answer_of(socket_, "POST", "/model/shadow", {{"version", version}}); }
void OperatorDesk::read_metrics() const { answer_of(socket_, "GET", "/metrics", nullptr); }

std::string OperatorDesk::state_of(const std::string& version) const {
  for (const Json& one : answer_of(socket_, "GET", "/model/versions", nullptr)) {
    if (one.at("version") == version) return one.at("state").get<std::string>();
  }
  return {};
}

// "gone" is also what stands in no list any more.
void OperatorDesk::wait_for(const std::string& version, const std::string& state) const {
  for (int tries = 0;; ++tries) {
    const std::string found = state_of(version);
    if (found == state || (found.empty() && state == "gone")) return;
    if (tries == kTriesMax) give_up(version + " is " + found + " and does not become " + state);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void OperatorDesk::wait_until_resident(const std::string& version) const { wait_for(version, "resident"); }
void OperatorDesk::wait_until_gone(const std::string& version) const { wait_for(version, "gone"); }

std::uint64_t OperatorDesk::answered_rows(const std::vector<std::string>& versions) const {
  std::uint64_t rows = 0;
  for (const Json& one : answer_of(socket_, "GET", "/model/versions", nullptr)) {
    for (const std::string& version : versions) {
      if (one.at("version") == version) rows += one.at("answered_rows").get<std::uint64_t>();
    }
  }
  return rows;
}

pid_t OperatorDesk::engine_pid() const {
  return answer_of(socket_, "GET", "/status", nullptr).at("engine").at("pid").get<pid_t>();
}

void keep_side_threads_off(pid_t engine, int processor) {
  for_each_thread(engine, false, [processor](pid_t thread, const std::string&) {
    cpu_set_t set;
    if (sched_getaffinity(thread, sizeof set, &set) != 0 || CPU_COUNT(&set) < 2) return;
    CPU_CLR(static_cast<std::size_t>(processor), &set);
    sched_setaffinity(thread, sizeof set, &set);
  });
}

std::uint64_t side_threads_cpu_ns(pid_t engine) {
  std::uint64_t sum = 0;
  for_each_thread(engine, false, [&sum](pid_t, const std::string& folder) {
    std::uint64_t ns = 0;
    std::ifstream(folder + "/schedstat") >> ns;
    sum += ns;
  });
  return sum;
}

bool leave_other_programs_behind() {
  if (getsid(0) != getpid() && setsid() < 0)
    return false;  // the leader of a process group cannot; another's session is not ours to change
  std::ofstream group("/proc/self/autogroup");
  if (!group.is_open()) return true;  // no autogroups: threads' priorities are enough
  return static_cast<bool>((group << kWorkerNice).flush());
}

bool prefer_to_others(pid_t engine) {
  bool allowed = setpriority(PRIO_PROCESS, 0, kSideNice) == 0;  // of this thread, on Linux
  for (const bool workers : {true, false}) {
    for_each_thread(engine, workers, [&allowed, workers](pid_t thread, const std::string&) {
      allowed = setpriority(PRIO_PROCESS, static_cast<id_t>(thread), workers ? kWorkerNice : kSideNice) == 0 && allowed;
    });
  }
  return allowed;
}

}  // namespace ringside::bench

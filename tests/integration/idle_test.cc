// Goal: idle costs nothing: an engine with 64 connected clients that ask nothing is not woken, not even by a timer, and nor are they.
// Method: after calls by each client, the switches of every thread of the engine that the kernel counts as its own doing (a thread that sleeps
//   and is woken), over windows of a second, until one window has none: what the calls left to do comes to an end. A timer never lets
//   that be. What it costs in processor time is printed; a bound on it is no test's business (RINGSIDE_IDLE_SECONDS for a longer look).
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

constexpr int kClients = 64;

struct ThreadUse {
  std::string name;
  std::uint64_t sleeps = 0;  // times that it went to sleep
  std::uint64_t cpu_ns = 0;
};

// By thread id.
std::map<int, ThreadUse> threads_of(pid_t pid) {
  std::map<int, ThreadUse> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    ThreadUse use;
    std::ifstream status(task.path() / "status"), schedstat(task.path() / "schedstat");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Name:\t")) use.name = line.substr(6);
      if (line.starts_with("voluntary_ctxt_switches:")) use.sleeps = std::stoull(line.substr(24));
    }
    schedstat >> use.cpu_ns;
    found[std::stoi(task.path().filename())] = use;
  }
  return found;
}

struct Window {
  std::uint64_t sleeps = 0, cpu_ns = 0;
  std::string who;
};

Window look(pid_t pid, int seconds) {
  const auto before = threads_of(pid);
  poll(nullptr, 0, seconds * 1'000);  // the time that is measured
  Window window;
  for (const auto& [id, use] : threads_of(pid)) {
    const auto earlier = before.find(id);
    const std::uint64_t sleeps = use.sleeps - (earlier == before.end() ? 0 : earlier->second.sleeps);
    window.cpu_ns += use.cpu_ns - (earlier == before.end() ? 0 : earlier->second.cpu_ns);
    if (sleeps != 0) window.who += use.name + " " + std::to_string(sleeps) + "; ";
    window.sleeps += sleeps;
  }
  return window;
}

TEST(Idle, SixtyFourClientsThatAskNothingWakeNobody) {
  EngineProcess engine({"--wait", "adaptive"});
  std::vector<Client> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(engine.connect());
    const Schema schema = *clients.back().resolve(demo_fields());
    Row row(schema);
    fill(row, demo_rows()[7]);
    ASSERT_EQ(difference(clients.back().predict(row), demo_rows()[7]), "");
  }
  const char* const asked = std::getenv("RINGSIDE_IDLE_SECONDS");
  const int seconds = asked == nullptr ? 1 : std::max(std::atoi(asked), 1);
  for (int tries = 0;; ++tries) {
    const Window engine_window = look(engine.pid(), seconds);
    std::printf("%d idle clients, %d s: engine %.4f %% of a core, %llu wake-ups (%s)\n", kClients, seconds,
                static_cast<double>(engine_window.cpu_ns) / 1e7 / seconds, static_cast<unsigned long long>(engine_window.sleeps),
                engine_window.who.c_str());
    if (engine_window.sleeps == 0) break;
    ASSERT_LT(tries, 30) << engine_window.who;
  }
}

}  // namespace
}  // namespace ringside::testing

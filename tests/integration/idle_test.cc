// Goal: clients that ask nothing cost nothing: with 64 of them connected no thread of the transport wakes, not even by a timer, in the engine or in
//   the client.
// Method: after a call by each client, the times that each thread of the engine went to sleep, as the kernel counts them, over windows of a
//   second, until one window has none: what the calls left to do comes to an end, a timer never lets that be. Four threads have nothing to do
//   with clients, and clocks of their own: main (health and the watchdog), the admin thread (drift's windows), guards and the watcher of models/. They are printed
//   with the processor time, on which no test sets a bound: RINGSIDE_IDLE_SECONDS=60 measures for longer.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
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
constexpr const char* kWithClocks[] = {"ringsided", "rs-admin", "rs-guard", "rs-watch"};

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
    if (sleeps != 0) window.who += " " + use.name + " " + std::to_string(sleeps);
    if (std::ranges::find(kWithClocks, use.name) == std::end(kWithClocks)) window.sleeps += sleeps;
  }
  return window;
}

TEST(Idle, SixtyFourClientsThatAskNothingWakeNobody) {
  EngineProcess engine;
  const std::size_t threads_before = threads_of(getpid()).size();
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
  EXPECT_EQ(threads_of(getpid()).size(), threads_before) << "a client has no thread of its own";
  for (int tries = 0;; ++tries) {
    const Window window = look(engine.pid(), seconds);
    std::printf("%d idle clients, %d s: engine %.4f %% of a core; woken:%s\n", kClients, seconds,
                static_cast<double>(window.cpu_ns) / 1e7 / seconds, window.who.c_str());
    if (window.sleeps == 0) break;
    ASSERT_LT(tries, 60) << window.who;
  }
}

}  // namespace
}  // namespace ringside::testing

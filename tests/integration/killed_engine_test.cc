// Goal: an engine killed under load ends every pending call with a typed error or its answer, and its successor is found by the same clients,
// which are not restarted; nothing that it left behind stops the next start.
// Method: processes that call for ever, each in its way, and say in shared memory when calls ended; SIGKILL at moments of a seeded generator,
// twenty times; a thousand in the long form. Times are printed, not bounded.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "client_lib/base/clock.h"
#include "tests/integration/child_process.h"
#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

using base::monotonic_ns;

#ifdef RINGSIDE_LONG
constexpr int kDeaths = 1'000;
#else
constexpr int kDeaths = 20;
#endif

constexpr int kPipelined = 8;  // calls under way at once, of the caller that has several

struct Caller {
  const char* name;
  Wait wait;
  std::chrono::milliseconds deadline;
  int under_way;
};
constexpr std::array kCallers{Caller{"parked, short deadlines", Wait::kPark, std::chrono::milliseconds(50), 1},
                              Caller{"adaptive, deadlines beyond the restart", Wait::kAdaptive, std::chrono::seconds(60), 1},
                              Caller{"pipelined, no deadline", Wait::kPark, std::chrono::milliseconds(0), kPipelined}};

// What main and one caller tell each other. seq_cst throughout: it is no hot path.
struct Told {
  std::atomic<std::uint64_t> right{0}, lost{0}, unreachable{0}, timeout{0};
  std::atomic<std::uint64_t> wrong{0};           // any other end: none is allowed
  std::atomic<std::uint64_t> pending_end_ns{0};  // when the last call ended that was under way at the last kill
  std::atomic<std::uint64_t> first_right_ns{0};  // of the engine that runs now; 0: none yet
  std::atomic<std::uint64_t> descriptors{0};     // that it holds while connected
};
struct Board {
  std::atomic<std::uint64_t> killed_ns{0};
  std::atomic<std::uint32_t> life{0};  // of the engine: counted up when the next one listens
  std::array<Told, kCallers.size()> told;
};

// Printed for who runs it: how long something took in each round. What was there before it was due took no time.
class Delays {
 public:
  void add(std::uint64_t from_ns, std::uint64_t to_ns) {
    ms_.push_back(to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e6 : 0);
  }
  void say(const char* what) {
    std::ranges::sort(ms_);
    if (!ms_.empty())
      std::printf("%s: median %.1f ms, p95 %.1f, longest %.1f of %zu\n", what, ms_[ms_.size() / 2], ms_[ms_.size() * 95 / 100],
                  ms_.back(), ms_.size());
  }

 private:
  std::vector<double> ms_;
};

std::uint64_t descriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

DemoRow known_row() {
  DemoRow row = demo_rows()[7];
  // Only fields of the starting version: after a restart the other one is still being loaded.
  std::erase_if(row.cells, [](const auto& cell) { return cell.first == "total_il_high_credit_limit"; });
  return row;
}

void count(Told& told, const Prediction& answer) {
  if (answer.status() == Status::kOk && difference(answer, demo_rows()[7]).empty()) {
    told.right += 1;
  } else if (answer.status() == Status::kLost) {
    told.lost += 1;
  } else if (answer.status() == Status::kUnavailable && answer.reason() == Reason::kUnreachable) {
    told.unreachable += 1;
  } else if (answer.status() == Status::kTimeout) {
    told.timeout += 1;
  } else {
    std::fprintf(stderr, "an end that is none: %s\n", std::string(name(answer.status())).c_str());
    told.wrong += 1;
  }
}

[[noreturn]] int call_for_ever(const EngineProcess& engine, const Caller& caller, Board& board, Told& told,
                               const ChildProcess::Say& say) {
  Client client = engine.connect({.channels = 1, .wait = caller.wait});
  Row row(*client.resolve(demo_fields()));
  fill(row, known_row());
  Channel& channel = client.channel();
  std::array<Ticket, kPipelined> tickets;
  std::array<std::uint64_t, kPipelined> begun{};
  Prediction answer;
  std::uint32_t right_in = ~0u;
  for (bool first = true;; first = false) {
    const std::uint32_t life = board.life;
    for (int i = 0; i < caller.under_way; ++i) {
      begun[i] = monotonic_ns();
      tickets[i] = channel.submit(row, {.deadline = caller.deadline});
    }
    const std::uint64_t submitted = monotonic_ns();
    for (int i = 0; i < caller.under_way; ++i) {
      channel.wait(tickets[i], answer);
      const std::uint64_t now = monotonic_ns(), killed = board.killed_ns;
      count(told, answer);
      // One that was submitted after the kill tries to reconnect, for as long as its caller allows.
      if (tickets[i].sent && submitted < killed && now > killed) told.pending_end_ns = now;
      if (answer.status() != Status::kOk || right_in == life) continue;
      right_in = life;
      told.first_right_ns = now;
      told.descriptors = descriptors();
    }
    if (first) say();
  }
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none)) names.insert(entry.path());
  return names;
}

TEST(KilledEngine, UnderLoadEndsEveryCallAndItsSuccessorIsFoundByTheSameClients) {
  void* const memory = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  Board& board = *new (memory) Board;
  EngineProcess engine;
  std::vector<std::unique_ptr<ChildProcess>> callers;
  for (std::size_t i = 0; i < kCallers.size(); ++i) {
    callers.push_back(std::make_unique<ChildProcess>(
        [&, i](const auto& say) { return call_for_ever(engine, kCallers[i], board, board.told[i], say); }));
    ASSERT_TRUE(callers.back()->wait_until_it_said());
  }
  const auto run_names = names_in(engine.run_dir()), landing_names = names_in(engine.landing_dir());
  std::array<std::uint64_t, kCallers.size()> held{};
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = board.told[i].descriptors;
  std::mt19937 random(20'261'125);
  Delays dying, after_kill, after_death, again;
  for (int death = 0; death < kDeaths; ++death) {
    const std::uint64_t calls = board.told[0].right;
    while (board.told[0].right < calls + random() % 200) std::this_thread::yield();  // some moment under load
    for (Told& told : board.told) told.first_right_ns = told.pending_end_ns = 0;
    const std::uint64_t killed = monotonic_ns();
    board.killed_ns = killed;
    engine.kill();
    const std::uint64_t gone = monotonic_ns();
    dying.add(killed, gone);
    engine.start();  // fails the test if anything that is left stops it
    const std::uint64_t listens = monotonic_ns();
    board.life += 1;
    for (Told& told : board.told) {
      while (told.first_right_ns == 0) std::this_thread::yield();  // ctest's watchdog ends a client that does not come back
      again.add(listens, told.first_right_ns);
      if (told.pending_end_ns == 0) continue;
      after_kill.add(killed, told.pending_end_ns);
      after_death.add(gone, told.pending_end_ns);
    }
  }
  for (std::size_t i = 0; i < kCallers.size(); ++i) {
    const Told& told = board.told[i];
    std::printf("%s: %zu right, %zu lost, %zu unreachable, %zu timeout\n", kCallers[i].name, told.right.load(), told.lost.load(),
                told.unreachable.load(), told.timeout.load());
    EXPECT_EQ(told.wrong, 0u);
    EXPECT_GT(told.lost, 0u) << "it was never under way when the engine died";
    EXPECT_EQ(told.descriptors, held[i]) << "it kept something of dead connections";
    EXPECT_GT(callers[i]->pid(), 0);
    EXPECT_EQ(::kill(callers[i]->pid(), 0), 0) << "the same process as at the beginning";
  }
  dying.say("SIGKILL to the engine gone");
  after_kill.say("SIGKILL to the last pending call ended");
  after_death.say("engine gone to the last pending call ended");
  again.say("the next engine serves to the first right answer");
  EXPECT_EQ(names_in(engine.run_dir()), run_names);
  EXPECT_EQ(names_in(engine.landing_dir()), landing_names);
  callers.clear();
  munmap(memory, sizeof(Board));
}

}  // namespace
}  // namespace ringside::testing

#include "tests/integration/traced_life.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace ringside::testing {
namespace {

constexpr std::uint64_t kBreakpoint = 0xCC;                        // int3
constexpr std::uint64_t kSystemCall = 0x050F, kTwoBytes = 0xFFFF;  // syscall, as it is read

user_regs_struct registers_of(pid_t pid) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, pid, nullptr, &registers) != 0) throw std::runtime_error("PTRACE_GETREGS");
  return registers;
}

std::uint64_t peek(pid_t pid, std::uint64_t address) {
  return static_cast<std::uint64_t>(ptrace(PTRACE_PEEKTEXT, pid, reinterpret_cast<void*>(address), nullptr));
}

// False: it runs on for so long that it has taken another way, and waits for what will not come.
bool wait_for_stop(pid_t pid, int& status) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  constexpr timespec kPatience{.tv_sec = 0, .tv_nsec = 500'000'000};
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (sigtimedwait(&child, nullptr, &kPatience) < 0 && errno == EAGAIN) return waitpid(pid, &status, WNOHANG) != 0;
  }
  return true;
}

bool poke(pid_t pid, std::uint64_t address, std::uint64_t word) {
  return ptrace(PTRACE_POKETEXT, pid, reinterpret_cast<void*>(address), reinterpret_cast<void*>(word)) == 0;
}

}  // namespace

// A call of its own and not to be inlined: its address is where stages begin.
[[gnu::noipa]] void mark_stage() { asm volatile("" : : : "memory"); }

TracedLife::TracedLife(const Life& live) : pid_(fork()) {
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    mark_stage();
    _exit(live());
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  if (!WIFSTOPPED(status)) throw std::runtime_error("the life did not begin");
  ptrace(PTRACE_SETOPTIONS, pid_, nullptr, reinterpret_cast<void*>(PTRACE_O_EXITKILL));
  if (!run_to_stage(1)) throw std::runtime_error("the life has no first mark");
}

TracedLife::~TracedLife() { kill(); }

void TracedLife::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool TracedLife::resume(int request) {
  // Its own signals are of no interest but for faults, which the caller looks at.
  ptrace(static_cast<__ptrace_request>(request), pid_, nullptr, nullptr);
  int status = 0;
  if (!wait_for_stop(pid_, status)) return false;
  if (WIFSTOPPED(status)) return signal_ = WSTOPSIG(status), true;
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  pid_ = -1;
  return false;
}

void TracedLife::step() { static_cast<void>(resume(PTRACE_SINGLESTEP)); }

// An instruction that repeats (rep movs) is arrived at once.
bool TracedLife::run_to_arrival(std::uint64_t address, std::uint32_t arrival) {
  const std::uint64_t word = peek(pid_, address);
  const std::uint64_t trap = (word & ~std::uint64_t{0xFF}) | kBreakpoint;
  std::uint32_t arrivals = registers_of(pid_).rip == address ? 1 : 0;
  while (arrivals < arrival) {
    while (registers_of(pid_).rip == address) {
      if (!resume(PTRACE_SINGLESTEP)) return false;
    }
    if (!poke(pid_, address, trap)) return false;
    if (!resume(PTRACE_CONT)) return false;
    poke(pid_, address, word);
    user_regs_struct registers = registers_of(pid_);
    if (signal_ != SIGTRAP || registers.rip != address + 1) return false;
    registers.rip = address;
    ptrace(PTRACE_SETREGS, pid_, nullptr, &registers);
    ++arrivals;
  }
  return true;
}

bool TracedLife::run_to_stage(std::uint32_t stage) {
  while (stage_ < stage) {
    if (!run_to_arrival(reinterpret_cast<std::uint64_t>(&mark_stage), stage_ == 0 ? 1 : 2))
      return false;  // it stands on the last one
    ++stage_;
  }
  return true;
}

bool TracedLife::run_to(const LifeStep& step) { return run_to_stage(step.stage) && run_to_arrival(step.address, step.arrival); }

long TracedLife::call_for_it(long number, std::uint64_t first, std::uint64_t second, std::uint64_t third) {
  const user_regs_struct kept = registers_of(pid_);
  user_regs_struct call = kept;
  call.rax = static_cast<std::uint64_t>(number);
  call.orig_rax = ~std::uint64_t{0};  // no system call of its own is to be restarted
  call.rdi = first;
  call.rsi = second;
  call.rdx = third;
  const auto place = reinterpret_cast<std::uint64_t>(&mark_stage);  // some code of its own, for as long as this takes
  call.rip = place;
  const std::uint64_t word = peek(pid_, place);
  poke(pid_, place, (word & ~kTwoBytes) | kSystemCall);
  ptrace(PTRACE_SETREGS, pid_, nullptr, &call);
  step();
  const auto result = static_cast<long>(registers_of(pid_).rax);
  poke(pid_, place, word);
  ptrace(PTRACE_SETREGS, pid_, nullptr, &kept);
  return result;
}

bool TracedLife::find_segment() {
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  segment_ = segment_bytes_ = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:ringside-segment") == std::string::npos) continue;
    char* end = nullptr;
    segment_ = std::strtoull(line.c_str(), &end, 16);
    segment_bytes_ = std::strtoull(end + 1, nullptr, 16) - segment_;
  }
  return segment_bytes_ != 0;
}

void TracedLife::protect_segment(int protection) {
  if (call_for_it(SYS_mprotect, segment_, segment_bytes_, static_cast<std::uint64_t>(protection)) != 0)
    throw std::runtime_error("mprotect");
}

// The instruction that `step` says. False: the life is over.
bool TracedLife::record_step(LifeStep& step) {
  if (!resume(PTRACE_SINGLESTEP)) return false;
  if (signal_ == SIGSEGV) {
    siginfo_t fault{};
    ptrace(PTRACE_GETSIGINFO, pid_, nullptr, &fault);
    if (reinterpret_cast<std::uint64_t>(fault.si_addr) - segment_ >= segment_bytes_) throw std::runtime_error("the life crashed");
    step.shared_store = true;
    protect_segment(PROT_READ | PROT_WRITE);
    this->step();
    protect_segment(PROT_READ);
  }
  if (step.system_call == SYS_mmap && segment_bytes_ == 0 && find_segment()) protect_segment(PROT_READ);
  if (step.system_call == SYS_munmap) static_cast<void>(find_segment());
  return true;
}

LifeTrace TracedLife::record(const Life& live, const std::function<void(const LifeStep&)>& before) {
  TracedLife life(live);
  LifeTrace trace;
  const auto mark = reinterpret_cast<std::uint64_t>(&mark_stage);
  std::unordered_map<std::uint64_t, std::uint32_t> arrivals;
  std::unordered_map<std::uint64_t, bool> is_system_call;
  std::uint32_t stage = 0;
  for (std::uint64_t last = 0;;) {
    const std::uint64_t address = registers_of(life.pid_).rip;
    if (address == mark) {
      ++stage;
      arrivals.clear();
    }
    const auto [known, is_new] = is_system_call.try_emplace(address, false);
    if (is_new) known->second = (peek(life.pid_, address) & kTwoBytes) == kSystemCall;
    if (address != last) ++arrivals[address];
    LifeStep step{.address = address,
                  .stage = stage,
                  .arrival = arrivals[address],
                  .system_call = known->second ? static_cast<long>(registers_of(life.pid_).rax) : -1};
    if (address != last) before(step);
    const bool goes_on = life.record_step(step);
    if (address != last) {
      trace.steps.push_back(step);
    } else if (step.shared_store) {
      trace.steps.back().shared_store = true;
    }
    if (!goes_on) break;
    last = address;
  }
  trace.exit_status = life.exit_status_;
  return trace;
}

}  // namespace ringside::testing

#include "bench/server_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bench/comparison.h"

namespace ringside::bench {
namespace {

// The parent may have died before the child asked to be told.
void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

bool pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

const cpu_set_t& processors_at_first() {
  static const cpu_set_t kAllowed = [] {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) give_up("cannot tell which processors may be used");
    return allowed;
  }();
  return kAllowed;
}

}  // namespace

const Processors& processors() {
  static const Processors kFound = [] {
    const cpu_set_t& allowed = processors_at_first();
    Processors found;
    int seen = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && seen < 2; ++cpu) {
      if (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
      if (seen++ == 0) found.client = cpu;
      found.server = cpu;
    }
    return found;
  }();
  return kFound;
}

void pin_this_thread(int processor) {
  if (!pin(processor)) give_up("cannot pin to processor " + std::to_string(processor) + ": " + std::strerror(errno));
}

void unpin_this_thread() {
  const cpu_set_t& allowed = processors_at_first();
  if (sched_setaffinity(0, sizeof allowed, &allowed) != 0) give_up(std::string("cannot unpin: ") + std::strerror(errno));
}

ServerProcess ServerProcess::fork_into(const std::function<void()>& body) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) give_up(std::string("fork: ") + std::strerror(errno));
  if (pid == 0) {
    die_with_parent(parent);
    if (!pin(processors().server)) _exit(1);
    raise(SIGSTOP);  // its first slice wakes it
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, WUNTRACED);
  return {pid, false};
}

ServerProcess ServerProcess::execute(const std::vector<std::string>& arguments,
                                     const std::vector<std::pair<std::string, std::string>>& environment,
                                     const std::string& log) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) give_up(std::string("fork: ") + std::strerror(errno));
  if (pid == 0) {
    die_with_parent(parent);
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) _exit(1);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return {pid, true};
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0) return;
  if (polite_) {
    kill(pid_, SIGCONT);
    kill(pid_, SIGTERM);
    for (int i = 0; i < 500 && alive(); ++i) usleep(10'000);
    if (pid_ < 0) return;
  }
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
}

void ServerProcess::pause() {
  if (pid_ < 0) return;
  int status = 0;
  kill(pid_, SIGSTOP);
  waitpid(pid_, &status, WUNTRACED);
  if (!WIFSTOPPED(status)) pid_ = -1;  // it has ended; the next call finds out
}

void ServerProcess::resume() {
  if (pid_ >= 0) kill(pid_, SIGCONT);
}

bool ServerProcess::alive() {
  int status = 0;
  if (pid_ >= 0 && waitpid(pid_, &status, WNOHANG) == pid_) pid_ = -1;
  return pid_ >= 0;
}

}  // namespace ringside::bench

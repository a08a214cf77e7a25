#include "bench/operators/held_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bench/comparison.h"

namespace ringside::bench {

HeldThread::HeldThread(pid_t process, const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::string own;
    std::getline(std::ifstream(entry.path() / "comm"), own);
    if (own.starts_with(name)) thread_ = std::atoi(entry.path().filename().c_str());
  }
  if (thread_ == 0) give_up("the engine has no thread " + name);
  int status = 0;
  if (ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0 || ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0 ||
      waitpid(thread_, &status, __WALL) != thread_ || !WIFSTOPPED(status))
    give_up("the thread " + name + " cannot be held: " + std::strerror(errno));
}

HeldThread::~HeldThread() { ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace ringside::bench

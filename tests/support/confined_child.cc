#include "tests/support/confined_child.h"

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace ringside::test {
namespace {

std::atomic<int> locks{0};

constexpr int kCannotConfine = 255;
constexpr int kMostLocks = 250;  // An exit status has 8 bits.

// From here on only the way out is open.
bool close_the_kernel() {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{.len = static_cast<unsigned short>(std::size(steps)), .filter = steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

std::string what_it_broke(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == -1) return std::string("no child: ") + std::strerror(errno);
  if (child == 0) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // No core of what is killed on purpose.
    if (!close_the_kernel()) _exit(kCannotConfine);
    locks = 0;
    work();
    _exit(std::min(locks.load(), kMostLocks));
  }
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return WTERMSIG(status) == SIGSYS ? "it made a system call" : std::string("it died of ") + strsignal(WTERMSIG(status));
  }
  if (WEXITSTATUS(status) == kCannotConfine) return "no confinement: this kernel has no seccomp filters";
  return WEXITSTATUS(status) == 0 ? "" : "it took " + std::to_string(WEXITSTATUS(status)) + " locks";
}

}  // namespace ringside::test

namespace {

// The function that this program's own of that name stands before.
template <class Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define RINGSIDE_COUNTED_LOCK(name, type)                               \
  int name(type* lock) noexcept {                                       \
    static constinit std::atomic<int (*)(type*)> next{nullptr};         \
    if (next.load() == nullptr) next.store(next_of<int(type*)>(#name)); \
    ringside::test::locks.fetch_add(1);                                 \
    return next.load()(lock);                                           \
  }

extern "C" {

RINGSIDE_COUNTED_LOCK(pthread_mutex_lock, pthread_mutex_t)
RINGSIDE_COUNTED_LOCK(pthread_mutex_trylock, pthread_mutex_t)
RINGSIDE_COUNTED_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
RINGSIDE_COUNTED_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
RINGSIDE_COUNTED_LOCK(pthread_spin_lock, pthread_spinlock_t)

int __cxa_guard_acquire(void* guard) {
  static constinit std::atomic<int (*)(void*)> next{nullptr};
  if (next.load() == nullptr) next.store(next_of<int(void*)>("__cxa_guard_acquire"));
  ringside::test::locks.fetch_add(1);
  return next.load()(guard);
}

}  // extern "C"

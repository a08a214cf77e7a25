// Goal: after forbid_core_dumps() neither the kernel nor a program that it pipes to gets the memory.
// Method: a child process says what the kernel has of it.
#include "engine/host/core_dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ringside::engine {
namespace {

TEST(CoreDumps, AreForbiddenForTheWholeProcess) {
  const pid_t child = fork();
  if (child == 0) {
    const bool was_allowed = prctl(PR_GET_DUMPABLE) == 1;
    forbid_core_dumps();
    rlimit limit{1, 1};
    const bool none = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0;
    _exit(was_allowed && none && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace ringside::engine

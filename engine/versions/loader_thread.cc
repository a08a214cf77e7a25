#include "engine/versions/loader_thread.h"

#include <linux/ioprio.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringside::engine {
namespace {

constexpr int kNice = 10;  // a load beside busy workers takes a tenth of a processor, alone it takes all of one

// What is refused (nothing here needs a right that the engine could lack) is no reason not to load.
void step_back(const std::vector<std::uint32_t>& cpus) {
  const auto self = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, self, kNice);
  ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const std::uint32_t cpu : cpus) CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace

LoaderThread::LoaderThread(const std::vector<std::uint32_t>& cpus) : SerialThread("rs-loader", [cpus] { step_back(cpus); }) {}

}  // namespace ringside::engine

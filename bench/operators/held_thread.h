// A thread of another process that is stopped where it stands, as a debugger stops it: it holds what it holds, and its process goes on around it.
//
// Thread safety: made and destroyed by one thread, which Linux takes for the tracer. Ends the program where tracing is not allowed.
#pragma once

#include <sys/types.h>

#include <string>

namespace ringside::bench {

class HeldThread {
 public:
  // The first thread of the process whose name begins so. Stopped when this returns.
  HeldThread(pid_t process, const std::string& name);
  ~HeldThread();
  HeldThread(const HeldThread&) = delete;
  HeldThread& operator=(const HeldThread&) = delete;

 private:
  pid_t thread_ = 0;
};

}  // namespace ringside::bench

#include "engine/host/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace ringside::engine {

void forbid_core_dumps() noexcept {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // a core_pattern that pipes does not heed the limit
}

}  // namespace ringside::engine

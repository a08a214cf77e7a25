// The thread that loads bundles, `rs-loader`. It takes what processor time and disk the workers leave: nice, idle I/O priority, and its own
// processors where it is told which.
//
// Thread safety: that of SerialThread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/versions/serial_thread.h"

namespace ringside::engine {

class LoaderThread : public SerialThread {
 public:
  explicit LoaderThread(const std::vector<std::uint32_t>& cpus);  // none: wherever it likes
};

}  // namespace ringside::engine

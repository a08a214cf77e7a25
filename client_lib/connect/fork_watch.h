// Whether this process is still the one that connected. A forked child would be a second producer on the same ring, so its calls
// end before they touch it, and the mappings are not even there (MADV_DONTFORK).
//
// Thread safety: any. Cost: one load; getpid() would be a system call a request. Children made by a bare clone() are not seen.
#pragma once

#include <cstdint>

namespace ringside {

// How many forks lie between this process and the first one that asked.
[[nodiscard]] std::uint32_t fork_generation() noexcept;

}  // namespace ringside

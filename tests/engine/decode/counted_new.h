// Linking counted_new.cc replaces operator new with one that counts.
#pragma once

#include <cstdint>

namespace ringside::engine::test {

// Calls of any operator new since the program began.
std::uint64_t allocations() noexcept;

}  // namespace ringside::engine::test

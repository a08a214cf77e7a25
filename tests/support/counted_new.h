// Counts what operator new gives out, by thread. A program that links test_counted_new has it; in a file of its own, so that no compiler looks
// through it.
#pragma once

#include <cstddef>

namespace ringside::test {

// Of this thread, since it began.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace ringside::test

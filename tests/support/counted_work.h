// Counts what a program does, so that a test can say how work grows without a clock: the same number on every run and every machine of a kind.
//
// Counted are the basic blocks that run, of what is compiled with -fsanitize-coverage=trace-pc, and the bytes that memcpy, memmove, memset,
// memcmp, memchr and strlen pass over, whoever calls them, in units of eight. A program that links test_counted_work has it.
#pragma once

#include <cstdint>

namespace ringside::test {

// Of all threads, since the program began. Exact where one thread works.
[[nodiscard]] std::uint64_t work_done() noexcept;

}  // namespace ringside::test

// How the work of reading grows with the file, counted: readers and tests are compiled so that every basic block that runs is (counted_work.h).
// A file is read at a size and at some eight times that; a byte of the large one may ask for as much work as one of the small, and a tenth
// more for what sorts. No clock: the numbers are the same on every run.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/support/counted_work.h"

namespace ringside::engine::test {

inline constexpr std::size_t kSmallFile = std::size_t{96} << 10;
inline constexpr std::size_t kTimesLarger = 8;

struct Reading {
  std::size_t bytes = 0;
  std::uint64_t work = 0;
  bool refused = false;
};

// `read`: bytes to a Result.
template <class Read>
[[nodiscard]] Reading counted_reading(const std::string& file, Read read) {
  const std::uint64_t before = ringside::test::work_done();
  const bool ok = read(std::as_bytes(std::span(file.data(), file.size()))).ok();
  return {file.size(), ringside::test::work_done() - before, !ok};
}

inline void expect_linear(const Reading& small, const Reading& large) {
  ASSERT_GT(large.bytes, small.bytes * kTimesLarger / 2);
  const auto a_byte = [](const Reading& of) { return static_cast<double>(of.work) / static_cast<double>(of.bytes); };
  EXPECT_LE(a_byte(large), 1.1 * a_byte(small) + 0.1)
      << "work " << small.work << " of " << small.bytes << " bytes, " << large.work << " of " << large.bytes;
}

}  // namespace ringside::engine::test

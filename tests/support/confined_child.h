// Work that may do nothing but compute: in a child process, any system call kills it, and what takes a lock is counted.
//
//   EXPECT_EQ(what_it_broke([&] { forest.predict_margins(…); }), "");
//
// Counted are the locks of POSIX threads, under which lie std::mutex and its kin, and those around the first use of a function's static; what
// only shows as an atomic instruction is not. A program that links test_confined_child has its own of these functions. Linux; not in builds
// with a sanitizer, which has its own, too.
#pragma once

#include <functional>
#include <string>

namespace ringside::test {

// Empty, or what happened: "it made a system call", "it took 2 locks". The child is a copy of this process with the calling thread alone; what
// `work` writes is lost with it.
[[nodiscard]] std::string what_it_broke(const std::function<void()>& work);

}  // namespace ringside::test

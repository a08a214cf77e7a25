// Model files of any size, each made to be as cheap to write and as dear to read or to hold as a part of XGBoost's format allows: what a
// reader's memory and time are measured with. Most are refused; none is worth serving.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace ringside::engine::test {

struct HostileFile {
  const char* name;
  std::string (*make)(std::size_t bytes);  // Of about that size.
};

inline void PrintTo(const HostileFile& file, std::ostream* to) { *to << file.name; }

[[nodiscard]] std::vector<HostileFile> hostile_models();

}  // namespace ringside::engine::test

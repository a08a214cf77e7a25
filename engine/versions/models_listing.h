// What models/ looks like at one moment, cheaply enough to be asked every second: two listings are equal when nothing of interest happened
// between them. File contents are not read.
//
// Thread safety: reads the disk, nothing else. Cost: one stat a file of models/, microseconds each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::engine {

// Changes when a file in the directory comes, goes, grows, is written or replaced; 0: there is no such directory.
[[nodiscard]] std::uint64_t directory_stamp(const std::string& path);

struct ListedDirectory {
  std::string name;
  std::uint64_t stamp = 0;

  bool operator==(const ListedDirectory&) const = default;
};

struct ModelsListing {
  std::vector<ListedDirectory> directories;  // those that could be bundles, by name
  std::string current;                       // the directory that the link `current` leads to, without links; empty: none
  std::string current_problem;  // why `current` leads to no directory, and what to type; empty: it does, or it is not there
  std::string problem;          // why models/ cannot be read

  bool operator==(const ModelsListing&) const = default;
};

[[nodiscard]] ModelsListing look_at_models(const std::string& models_directory);

}  // namespace ringside::engine

// How much of a bundle has arrived: what its manifest announces against what lies in its directory, by sizes alone. Cheap enough to be asked
// whenever the directory changes; whether the bytes are right is load_bundle()'s business.
//
// Thread safety: reads the disk, nothing else. Cost: the manifest is read, one stat a file.
#pragma once

#include <cstdint>
#include <string>

namespace ringside::engine {

struct BundleInventory {
  std::uint64_t bytes = 0;  // that the manifest announces, itself apart
  std::string
      missing;  // the first thing that is not there yet, such as "model.json has 4096 of 88231 bytes"; empty: all is there
};

[[nodiscard]] BundleInventory take_inventory(const std::string& directory);

}  // namespace ringside::engine

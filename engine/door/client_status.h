// A connected client as operators see it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::engine {

struct ClientStatus {
  std::uint64_t id = 0;
  std::string name;                 // what it calls itself
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::uint32_t channels = 0;
  std::uint64_t segment_bytes = 0;
  // Rows that it was answered, and those of its name and user that left before it: scored / of any other status.
  std::uint64_t ok_rows = 0, other_rows = 0;
  std::vector<std::uint64_t> schemas = {};  // hashes of those that it declared
};

}  // namespace ringside::engine

#include "tests/integration/engine_footprint.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace ringside::testing {

EngineFootprint footprint_of(pid_t engine) {
  const std::string process = "/proc/" + std::to_string(engine);
  EngineFootprint held;
  std::error_code error;  // an entry may go while the folder is read
  for (auto entry = std::filesystem::directory_iterator(process + "/fd", error); entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    ++held.descriptors;
  }
  std::ifstream maps(process + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("memfd:ringside-segment") == std::string::npos && line.find("memfd:ringside-page") == std::string::npos)
      continue;
    char* end = nullptr;
    const std::uint64_t first = std::strtoull(line.c_str(), &end, 16);
    ++held.mappings;
    held.mapped_bytes += std::strtoull(end + 1, nullptr, 16) - first;
  }
  return held;
}

std::uint64_t private_bytes_of(pid_t engine) {
  std::ifstream status("/proc/" + std::to_string(engine) + "/status");
  for (std::string word; status >> word;) {
    if (word != "RssAnon:") continue;
    std::uint64_t kib = 0;
    status >> kib;
    return kib * 1'024;
  }
  return 0;
}

bool is_asleep(pid_t engine) {
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(engine) + "/task", error)) {
    std::ifstream stat(thread.path() / "stat");
    std::string text;
    std::getline(stat, text);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos || text[name_end + 2] != 'S') return false;
  }
  return !error;
}

}  // namespace ringside::testing

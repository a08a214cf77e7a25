// What operators chose last, kept over restarts in <state-dir>/<task>/traffic.json (schemas/traffic.schema.json):
//
//   {"format_version":1,"current":"loan_default_v1.1.0","seen_current":"loan_default_v1.0.0","previous":"loan_default_v1.0.0",
//    "canary":{"version":"loan_default_v1.2.0","buckets":50000,"salt":"loan_default_v1.2.0"},"labels":{"prod":"loan_default_v1.1.0"},
//    "shadow":{"version":"loan_default_v1.3.0","buckets":1000000}}
//
// `seen_current` is where models/current pointed at that time: once it points elsewhere, it is the later word and wins.
// Thread safety: free functions over the file system. Cost: keep_choice waits for the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

// models/current as it was found.
struct CurrentLink {
  enum class Kind : std::uint8_t {
    kAbsent,
    kGood,       // a link to a directory that exists
    kBroken,     // a link that leads nowhere
    kDirectory,  // no link but a directory of that name
    kOther,      // a file, or a link to one
  } kind = Kind::kAbsent;
  std::string target;  // of the link, as written; empty: no link
};
[[nodiscard]] CurrentLink read_current_link(const std::string& models);

struct KeptCanary {
  std::string version;
  std::uint32_t buckets = 0;  // of 10^6
  std::string salt;
};

struct KeptShadow {
  std::string version;
  std::uint32_t buckets = 0;  // of 10^6
};

struct OperatorChoice {
  std::string version;        // made current; empty: nobody chose one
  std::string seen_current;   // the link's target then; empty: there was none
  std::string previous = {};  // that it took over from, for a rollback; empty: none
  std::optional<KeptCanary> canary = {};
  std::vector<std::pair<std::string, std::string>> labels = {};  // label → version
  std::optional<KeptShadow> shadow = {};
};

[[nodiscard]] std::string choice_path(const std::string& task_state_dir);

// None: there is no such file. Error: it is there and cannot be used; says why.
[[nodiscard]] Result<std::optional<OperatorChoice>, std::string> read_choice(const std::string& task_state_dir);

// Written beside, synced, renamed: a crash leaves the old file or the new one. Makes the directory if it is missing.
[[nodiscard]] Result<Done, std::string> keep_choice(const std::string& task_state_dir, const OperatorChoice& choice);

}  // namespace ringside::engine

// The version records of this start: written down before their bundle can answer, kept for the head of every journal file, and beside the
// landing rings, where the next start finds them for what this one leaves untaken.
//
//   book.add(facts)            loader: before the bundle is published
//   book.open(folder, epoch)   once the epoch is known: what was added before is closed and kept, too
//   book.copy(known, bytes)    recorder: those that it has not seen
//
// Thread safety: all of it, by a lock that no worker takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "engine/journal/version_record.h"

namespace ringside::engine {

class VersionBook {
 public:
  // Error: it could not be kept beside the rings. (It will still be in every file.)
  Result<Done, std::string> add(const VersionFacts& facts);
  // Replaces what the start before left there; `before` (its records) stays in front. Error: the system refused.
  Result<Done, std::string> open(const std::string& folder, std::uint32_t epoch, const std::vector<std::byte>& before = {});
  // Appends the records from number `known` on; returns how many there are in all.
  std::size_t copy(std::size_t known, std::vector<std::byte>& to) const;

  // The records of the start before. Empty: none.
  static std::vector<std::byte> left_behind(const std::string& folder);
  // Nothing is left that they would be needed for.
  static void forget(const std::string& folder) noexcept;

 private:
  [[nodiscard]] Result<Done, std::string> keep(const std::vector<std::byte>& record);

  mutable std::mutex mutex_;
  std::vector<std::vector<std::byte>> records_;
  base::UniqueFd file_;
  std::string path_;
  std::uint32_t epoch_ = 0;  // 0: not open yet
};

}  // namespace ringside::engine

// Reads the engine's directory (schemas/wire/directory.h): what the version ordinals in answers mean.
//
// Each entry is copied out once, every offset checked against the mapping, and kept: answers share the copy, so it outlives the
// engine.
//
// Thread safety: any thread. Cost: has(), current() are one load of shared memory; the first find() of an ordinal parses and
// allocates, a later one takes a lock (a channel keeps what it found, see VersionCache).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <ringside/schema.h>

#include "client_lib/base/mapping.h"
#include "schemas/wire/directory.h"

namespace ringside {

class Directory {
 public:
  // REQUIRES: the mapping holds at least a DirectoryHeader.
  explicit Directory(base::Mapping mapping);
  Directory(const std::byte* memory, std::size_t bytes) noexcept;  // borrowed

  // The ordinal that answers by default; wire::kNoVersion: none.
  [[nodiscard]] std::uint32_t current() const noexcept;

  // Whether the engine has written this entry.
  [[nodiscard]] bool has(std::uint32_t ordinal) const noexcept;

  // Null when there is no such entry, or one that contradicts itself.
  [[nodiscard]] std::shared_ptr<const VersionInfo> find(std::uint32_t ordinal);

  // In a forked child the pages are not there (MADV_DONTFORK), and unmapping their addresses could hit what came in their place.
  [[nodiscard]] base::Mapping take_mapping() noexcept { return std::move(mapping_); }
  [[nodiscard]] const std::byte* data() const noexcept { return memory_; }

 private:
  [[nodiscard]] const wire::DirectoryHeader& header() const noexcept;
  [[nodiscard]] std::shared_ptr<const VersionInfo> read(std::uint32_t ordinal) const;

  base::Mapping mapping_;
  const std::byte* memory_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::mutex mutex_;
  std::vector<std::shared_ptr<const VersionInfo>> known_;  // by ordinal; null: not read yet
};

// One channel's memory of the directory: no lock for what it has seen, and the widest answer that any version gives.
class VersionCache {
 public:
  // Takes in entries that were added since. Cost when there are none: one load.
  void refresh(Directory& directory);
  // Null: the directory has no such entry.
  [[nodiscard]] const std::shared_ptr<const VersionInfo>& find(Directory& directory, std::uint32_t ordinal);
  void clear();

  // Upper bound of what rows of any version known to this cache take in a result, without errors.
  [[nodiscard]] std::uint64_t result_bytes(std::uint32_t rows, bool with_features, bool with_digests) const noexcept;

 private:
  void keep(std::uint32_t ordinal, std::shared_ptr<const VersionInfo> version);

  std::vector<std::shared_ptr<const VersionInfo>> versions_;
  std::shared_ptr<const VersionInfo> none_;
  std::uint32_t next_ = 0;  // every ordinal below has been looked at
  std::uint64_t row_bytes_ = 256, feature_bytes_ = 0;
};

}  // namespace ringside

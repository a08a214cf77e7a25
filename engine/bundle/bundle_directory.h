// A directory opened once and read by descriptor: what is listed, hashed and parsed is the same bytes, whatever happens to names
// meanwhile. No link inside is followed and nothing outside is reached; the directory itself may be reached through a link
// (models/current).
//
// Thread safety: none; one owner. Cost: read() allocates the file's size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"
#include "engine/bundle/problem.h"
#include "engine/region/scratch.h"

namespace ringside::engine {

class BundleDirectory {
 public:
  // What is not a directory is said under `path`; for a link that points nowhere also the `ln` that would be right.
  [[nodiscard]] static Result<BundleDirectory, BundleProblem> open(const std::string& path);

  // Names of all entries but . and .., sorted.
  [[nodiscard]] Result<std::vector<std::string>, BundleProblem> list() const;

  // The whole of one regular file. Anything else (link, directory, pipe), a larger file or one that changes meanwhile is a
  // problem.
  [[nodiscard]] Result<ScratchText, BundleProblem> read(const std::string& name, std::uint64_t bytes_max) const;

  // The size of a regular file, without reading it.
  [[nodiscard]] Result<std::uint64_t, BundleProblem> size(const std::string& name) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // The directory's own name, behind links.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] Result<base::UniqueFd, BundleProblem> open_file(const std::string& name, std::uint64_t& bytes) const;

  base::UniqueFd fd_;
  std::string path_, name_;
};

// May a bundle's directory be called so: one path component of 1 to 128 bytes, printable UTF-8, not beginning with '.' or '-'. Such a
// name stands in log lines, links and commands; no other is looked into.
[[nodiscard]] bool is_safe_directory_name(std::string_view name) noexcept;

// Lower-case hex, 64 digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace ringside::engine

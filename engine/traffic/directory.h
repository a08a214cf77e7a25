// The engine's hand on the directory (schemas/wire/directory.h): writes an entry for each loaded bundle content, so that clients can turn the
// numbers in responses into names. Bundles with the same manifest share an entry, so loading one of a few versions again and again costs none.
//
// Thread safety: add() and set_current() are called under the publisher's lock; clients read concurrently.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include <ringside/result.h>

#include "client_lib/base/mapping.h"
#include "client_lib/base/unique_fd.h"
#include "engine/bundle/bundle.h"
#include "schemas/wire/directory.h"

namespace ringside::engine {

class Directory {
 public:
  static Result<Directory, std::string> make(std::uint64_t engine_epoch);

  // Ordinal of the bundle's entry. Error: no slot or no room is left; says how many are used.
  Result<std::uint32_t, std::string> add(const Bundle& bundle);
  void set_current(std::uint32_t ordinal) noexcept;
  // Told of every new entry, before add() returns, and so before its bundle can answer. At most one, set before the first add().
  void on_add(std::function<void(std::uint32_t ordinal, const Bundle& bundle)> listener) { on_add_ = std::move(listener); }

  // What clients map. Sealed: nobody can resize it or map it writable anew.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  Directory(base::UniqueFd fd, base::Mapping mapping) : fd_(std::move(fd)), mapping_(std::move(mapping)) {}
  [[nodiscard]] wire::DirectoryHeader& header() const noexcept;

  base::UniqueFd fd_;
  base::Mapping mapping_;
  std::uint64_t used_bytes_ = 0;
  std::uint32_t used_slots_ = 0;
  std::function<void(std::uint32_t, const Bundle&)> on_add_;
  std::unordered_map<std::string, std::uint32_t> ordinal_of_manifest_;
};

}  // namespace ringside::engine

// Anonymous shared memory whose size nobody can change: a memfd sealed against shrinking and growing, and, on request, against new writers.
//
//   auto fd = base::make_sealed_memfd("segment", bytes);     mapped writable by us, handed to the peer
//   base::seal_against_writers(fd);                          after our own writable mapping: the peer can only read
//
// It has no name in the file system and goes when its last descriptor and mapping go. Linux >= 5.1 (F_SEAL_FUTURE_WRITE).
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"

namespace ringside::base {

inline std::string system_error_text(const std::string& what) { return what + ": " + std::generic_category().message(errno); }

// `name` shows in /proc/<pid>/maps only.
inline Result<UniqueFd, std::string> make_sealed_memfd(const char* name, std::uint64_t bytes) {
  UniqueFd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(system_error_text("memfd_create"));
  if (ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return fail(system_error_text("cannot size shared memory"));
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) return fail(system_error_text("cannot seal shared memory"));
  return fd;
}

// No further seals: a writable peer cannot freeze the memory under us.
inline bool seal_seals(const UniqueFd& fd) noexcept { return fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL) == 0; }

// Mappings that are writable now stay so; no new one can be made, and no descriptor can be written through.
inline bool seal_against_writers(const UniqueFd& fd) noexcept {
  return fcntl(fd.get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL) == 0;
}

}  // namespace ringside::base

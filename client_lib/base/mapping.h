// A shared mapping of a file descriptor of ours (a memfd), undone by the destructor. The descriptor may be closed afterwards.
//
//   auto mapping = base::Mapping::map(segment_fd, shape.total_bytes(), base::Access::kReadWrite);
//   if (!mapping) return fail(mapping.error());
//   auto* header = reinterpret_cast<SegmentHeader*>(mapping->data());
//
// It holds Boost.Interprocess's mapped_region and nothing else of that library, and is where its exceptions end.
//
// Thread safety: one owner; the memory itself is as safe as what is done with it. Move-only; data() stays the same when moved.
// Limits: maps from offset 0. Does not look at the file's size or seals: touching pages past the end raises SIGBUS, so whoever
// takes a descriptor from somebody else checks both first.
#pragma once

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <ringside/result.h>

namespace ringside::base {

enum class Access : std::uint8_t { kReadWrite, kReadOnly };

class Mapping {
 public:
  Mapping() noexcept = default;  // empty: data() is null, size() is 0

  // Maps the first `bytes` bytes of fd, shared. The error says what the system said.
  static Result<Mapping, std::string> map(int fd, std::size_t bytes, Access access) {
    namespace bip = boost::interprocess;
    if (fd < 0 || bytes == 0) return fail("cannot map " + std::to_string(bytes) + " bytes of descriptor " + std::to_string(fd));
    try {
      const bip::mode_t mode = access == Access::kReadOnly ? bip::read_only : bip::read_write;
      return Mapping(bip::mapped_region(Descriptor{fd}, mode, 0, bytes));
    } catch (const bip::interprocess_exception& error) {
      return fail("cannot map " + std::to_string(bytes) + " bytes: " + error.what());
    }
  }

  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(region_.get_address()); }
  [[nodiscard]] std::size_t size() const noexcept { return region_.get_size(); }
  explicit operator bool() const noexcept { return data() != nullptr; }

 private:
  // What mapped_region asks of a mappable thing.
  struct Descriptor {
    int fd;
    [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept { return {fd, false}; }
  };

  explicit Mapping(boost::interprocess::mapped_region&& region) noexcept : region_(std::move(region)) {}

  boost::interprocess::mapped_region region_;
};

}  // namespace ringside::base

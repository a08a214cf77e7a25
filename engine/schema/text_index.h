// Which of a fixed list of texts is this one? The index behind field names and behind categories.
//
//   TextIndex cities({"ams", "ber", "unknown"});   cities.find("ber") == 1   cities.find("rome") == -1
//
// Open addressing by XXH3-64; the bytes of all texts stand in one block, so that a find touches one bucket and one run of bytes.
//
// Thread safety: immutable. Cost: find() is one hash and, at half load, rarely more than one compare; no allocation.
// Limits: fewer than 2^30 texts, 4 GiB of text in all. Texts compare by bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::engine {

class TextIndex {
 public:
  static constexpr std::int32_t kAbsent = -1;

  TextIndex() = default;  // finds nothing
  // A text that stands twice is found where it stands first.
  explicit TextIndex(std::span<const std::string> texts);

  // Its place in the list, or kAbsent.
  [[nodiscard]] std::int32_t find(std::string_view text) const noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return buckets_.capacity() * sizeof(Bucket) + bytes_.capacity(); }

 private:
  struct Bucket {
    std::uint32_t hash = 0;  // the half of the hash that did not choose the bucket: most strangers end here
    std::int32_t index = kAbsent;
    std::uint32_t offset = 0;
    std::uint32_t bytes = 0;
  };

  std::vector<Bucket> buckets_;  // a power of two long, or empty
  std::string bytes_;
};

}  // namespace ringside::engine

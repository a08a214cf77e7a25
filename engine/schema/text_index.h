// Which of a fixed list of texts is this one? The index behind field names and behind categories.
//
//   TextIndex cities({"ams", "ber", "unknown"});   cities.find("ber") == 1   cities.find("rome") == -1
//
// Open addressing. A bucket holds the first and the last eight bytes of its text, which with the length are the whole of a text of up to
// 16 bytes: most finds hash two words, compare two words and are done, with no loop over bytes. Longer texts are compared to the end.
//
// Thread safety: immutable. Cost: find() is one hash and, at a third of load at most, rarely more than one compare; no allocation.
// Limits: fewer than 2^30 texts, 4 GiB of text in all. Texts compare by bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "engine/region/settled_list.h"

namespace ringside::engine {

class TextIndex {
 public:
  static constexpr std::int32_t kAbsent = -1;

  TextIndex() = default;  // finds nothing
  // A text that stands twice is found where it stands first.
  explicit TextIndex(std::span<const std::string> texts);

  // Its place in the list, or kAbsent. Here, so that a caller's finds overlap: a processor begins the next while it waits for this one.
  [[nodiscard]] std::int32_t find(std::string_view text) const noexcept {
    if (buckets_.empty()) return kAbsent;
    if (text.size() > kShort) [[unlikely]]
      return find_long(text);
    const Ends ends = ends_of(text);
    const std::size_t home = home_of_short(text.size(), ends);
    const Bucket& bucket = buckets_[home];
    if (bucket.ends == ends && bucket.bytes == text.size()) [[likely]]
      return bucket.index;  // the empty text looks like an empty bucket, and that says kAbsent
    return bucket.index == kAbsent ? kAbsent : find_displaced(text.size(), ends, home);
  }

  void settle(Region& region);

  // Of the heap: what is settled counts where it lies.
  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return buckets_.heap_bytes() + offsets_.heap_bytes() + bytes_.heap_bytes();
  }

 private:
  struct Ends {  // of a text
    std::uint64_t first = 0, last = 0;
    bool operator==(const Ends&) const = default;
  };
  struct Bucket {
    Ends ends;
    std::uint32_t bytes = 0;
    std::int32_t index = kAbsent;
  };

  static constexpr std::size_t kShort = 16;  // bytes that Ends hold

  template <class Word>
  [[nodiscard]] static std::uint64_t load(const char* from) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }
  // Distinct for distinct texts of one length up to kShort.
  [[nodiscard]] static Ends ends_of(std::string_view text) noexcept {
    const char* data = text.data();
    const std::size_t bytes = text.size();
    if (bytes >= 8) return {load<std::uint64_t>(data), load<std::uint64_t>(data + bytes - 8)};
    if (bytes >= 4) return {load<std::uint32_t>(data) | load<std::uint32_t>(data + bytes - 4) << 32, 0};
    if (bytes == 0) return {};
    return {load<std::uint8_t>(data) | load<std::uint8_t>(data + bytes / 2) << 8 | load<std::uint8_t>(data + bytes - 1) << 16, 0};
  }
  [[nodiscard]] std::size_t home_of_short(std::size_t bytes, Ends ends) const noexcept {
    const std::uint64_t first = (ends.first + bytes) * factor_;
    return ((first ^ first >> 32) + ends.last) * factor_ >> shift_;
  }
  [[nodiscard]] std::size_t home(std::string_view text, Ends ends) const noexcept;
  [[nodiscard]] std::int32_t find_displaced(std::size_t bytes, Ends ends, std::size_t home) const noexcept;
  [[nodiscard]] std::int32_t find_long(std::string_view text) const noexcept;
  // How many texts do not stand in their home.
  std::size_t fill(std::span<const std::string> texts);

  SettledList<Bucket> buckets_;         // a power of two long, or empty
  SettledList<std::uint32_t> offsets_;  // of a text, by index
  SettledList<char> bytes_;             // of all texts
  std::uint64_t factor_ = 0;            // odd
  unsigned shift_ = 63;
};

}  // namespace ringside::engine

#include "engine/schema/text_index.h"

#define XXH_INLINE_ALL  // a call into the library costs as much as the hash of a short text
#include <xxhash.h>

#include <bit>
#include <cstring>

namespace ringside::engine {

TextIndex::TextIndex(std::span<const std::string> texts) {
  if (texts.empty()) return;
  buckets_.resize(std::bit_ceil(texts.size() * 2));
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    if (find(text) != kAbsent) continue;
    const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
    std::size_t place = hash & mask;
    while (buckets_[place].index != kAbsent) place = (place + 1) & mask;
    buckets_[place] = {.hash = static_cast<std::uint32_t>(hash >> 32),
                       .index = static_cast<std::int32_t>(i),
                       .offset = static_cast<std::uint32_t>(bytes_.size()),
                       .bytes = static_cast<std::uint32_t>(text.size())};
    bytes_ += text;
  }
}

std::int32_t TextIndex::find(std::string_view text) const noexcept {
  if (buckets_.empty()) return kAbsent;
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  const auto high = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = buckets_.size() - 1;
  // At most half of the buckets are taken, so an empty one always ends the walk.
  for (std::size_t place = hash & mask;; place = (place + 1) & mask) {
    const Bucket& bucket = buckets_[place];
    if (bucket.index == kAbsent) return kAbsent;
    if (bucket.hash == high && bucket.bytes == text.size() &&
        (text.empty() || std::memcmp(bytes_.data() + bucket.offset, text.data(), text.size()) == 0)) {
      return bucket.index;
    }
  }
}

}  // namespace ringside::engine

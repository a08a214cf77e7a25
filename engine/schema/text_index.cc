#include "engine/schema/text_index.h"

#define XXH_INLINE_ALL  // a call into the library costs as much as the hash of a short text
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>
#include <vector>

namespace ringside::engine {
namespace {

constexpr std::size_t kFactorsTried = 16;   // for lists short enough that trying costs nothing
constexpr std::size_t kTriedBelow = 4'096;  // texts

}  // namespace

std::size_t TextIndex::home(std::string_view text, Ends ends) const noexcept {
  return text.size() > kShort ? XXH3_64bits(text.data(), text.size()) * factor_ >> shift_ : home_of_short(text.size(), ends);
}

std::size_t TextIndex::fill(std::span<const std::string> texts) {
  std::vector<Bucket>& buckets = buckets_.built();
  std::fill(buckets.begin(), buckets.end(), Bucket());
  std::size_t displaced = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (find(texts[i]) != kAbsent) continue;
    const Ends ends = ends_of(texts[i]);
    std::size_t place = home(texts[i], ends);
    displaced += buckets_[place].index == kAbsent ? 0 : 1;
    while (buckets_[place].index != kAbsent) place = (place + 1) & (buckets_.size() - 1);
    buckets[place] = {ends, static_cast<std::uint32_t>(texts[i].size()), static_cast<std::int32_t>(i)};
  }
  return displaced;
}

TextIndex::TextIndex(std::span<const std::string> texts) {
  if (texts.empty()) return;
  std::vector<char> bytes;
  for (const std::string& text : texts) {
    offsets_.push_back(static_cast<std::uint32_t>(bytes.size()));
    bytes.insert(bytes.end(), text.begin(), text.end());
  }
  bytes_ = std::move(bytes);
  buckets_.resize(std::bit_ceil(texts.size() * 3));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets_.size()));
  // A find that meets its text at home takes no branch that a processor guesses wrong, so the best of a few hashes is kept.
  std::uint64_t best = 0;
  std::size_t fewest = texts.size() + 1;
  factor_ = 0x9E37'79B9'7F4A'7C15u;
  for (std::size_t i = 0; i < (texts.size() < kTriedBelow ? kFactorsTried : 1) && fewest != 0; ++i) {
    const std::size_t displaced = fill(texts);
    if (displaced < fewest) {
      fewest = displaced;
      best = factor_;
    }
    factor_ = XXH3_64bits(&factor_, sizeof factor_) | 1;
  }
  factor_ = best;
  fill(texts);
}

void TextIndex::settle(Region& region) {
  buckets_.settle(region);
  offsets_.settle(region);
  bytes_.settle(region);
}

// A text that does not stand in its home, where another one does.
[[gnu::noinline]] std::int32_t TextIndex::find_displaced(std::size_t bytes, Ends ends, std::size_t home) const noexcept {
  // At most a third of the buckets is taken, so an empty one always ends the walk.
  for (std::size_t place = (home + 1) & (buckets_.size() - 1);; place = (place + 1) & (buckets_.size() - 1)) {
    const Bucket& bucket = buckets_[place];
    if (bucket.ends == ends && bucket.bytes == bytes) return bucket.index;
    if (bucket.index == kAbsent) return kAbsent;
  }
}

// Apart, so that a find of a short text saves no registers for a hash that it does not compute.
[[gnu::noinline]] std::int32_t TextIndex::find_long(std::string_view text) const noexcept {
  const Ends ends = ends_of(text);
  for (std::size_t place = home(text, ends);; place = (place + 1) & (buckets_.size() - 1)) {
    const Bucket& bucket = buckets_[place];
    if (bucket.index == kAbsent) return kAbsent;
    const char* own = bytes_.data() + offsets_[static_cast<std::size_t>(bucket.index)];
    if (bucket.ends == ends && bucket.bytes == text.size() && std::memcmp(own, text.data(), text.size()) == 0)
      return bucket.index;
  }
}

}  // namespace ringside::engine

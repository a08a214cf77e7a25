#include "engine/traffic/pins.h"

#define XXH_INLINE_ALL  // a call into the library costs as much as the hash of a short text
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

// A shard is one block: ShardHead · Slot × (mask + 1) · entries, one behind the other to its end. An entry is {target u16, length u8} and the
// text, unaligned.
struct ShardHead {
  std::uint32_t count;
  std::uint32_t mask;
  std::uint32_t bytes;  // of the block
  std::uint32_t reserved;
};
struct Slot {
  std::uint32_t tag;    // bits of the hash that chose neither shard nor slot: most strangers end here
  std::uint32_t where;  // of the entry, from the block's start; 0: free
};
constexpr std::size_t kEntryHead = 3;
constexpr int kShardShift = 64 - std::countr_zero(PinIndex::kShards);

std::uint64_t hash_of(std::string_view text) noexcept { return XXH3_64bits(text.data(), text.size()); }
std::size_t shard_of(std::uint64_t hash) noexcept { return hash >> kShardShift; }
std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 20); }

const ShardHead& head_of(const std::uint64_t* block) noexcept {
  return *static_cast<const ShardHead*>(static_cast<const void*>(block));
}
const Slot* slots_of(const std::uint64_t* block) noexcept {
  return static_cast<const Slot*>(static_cast<const void*>(&head_of(block) + 1));
}

struct Entry {
  std::string_view text;
  std::uint16_t target = PinIndex::kAbsent;
};
Entry entry_at(const std::uint64_t* block, std::uint32_t where) noexcept {
  const char* at = reinterpret_cast<const char*>(block) + where;
  Entry entry;
  std::memcpy(&entry.target, at, sizeof entry.target);
  entry.text = {at + kEntryHead, static_cast<unsigned char>(at[2])};
  return entry;
}

// A shard while it is made.
class ShardMaker {
 public:
  // Empty, with room for `entries` whose texts take `text_bytes`.
  ShardMaker(std::size_t entries, std::size_t text_bytes) {
    // At most half of the slots are taken, so a free one always ends a walk.
    const std::uint32_t slots = std::bit_ceil(static_cast<std::uint32_t>(entries) * 2);
    const std::size_t fixed = sizeof(ShardHead) + slots * sizeof(Slot);
    allocate(fixed + entries * kEntryHead + text_bytes);  // zeros: every slot is free
    head() = {0, slots - 1, static_cast<std::uint32_t>(fixed), 0};
  }
  // As `block`, with room for more.
  ShardMaker(const std::uint64_t* block, std::size_t entries, std::size_t text_bytes) {
    const ShardHead& old = head_of(block);
    allocate(old.bytes + entries * kEntryHead + text_bytes);
    std::memcpy(block_.get(), block, old.bytes);
  }

  void add(std::uint64_t hash, const Entry& entry) {
    const std::uint32_t mask = head().mask, end = head().bytes;
    auto* slot = static_cast<Slot*>(static_cast<void*>(&head() + 1));
    std::size_t place = hash & mask;
    while (slot[place].where != 0) place = (place + 1) & mask;
    slot[place] = {tag_of(hash), end};
    set_target(end, entry.target);
    text()[end + 2] = static_cast<char>(entry.text.size());
    std::memcpy(text() + end + kEntryHead, entry.text.data(), entry.text.size());
    head().bytes += static_cast<std::uint32_t>(kEntryHead + entry.text.size());
    ++head().count;
  }
  void set_target(std::uint32_t where, std::uint16_t target) { std::memcpy(text() + where, &target, sizeof target); }

  std::shared_ptr<const std::uint64_t[]> take() && { return std::move(block_); }

 private:
  void allocate(std::size_t bytes) { block_ = std::make_shared<std::uint64_t[]>((bytes + 7) / 8); }
  ShardHead& head() { return *static_cast<ShardHead*>(static_cast<void*>(block_.get())); }
  char* text() { return reinterpret_cast<char*>(block_.get()); }

  std::shared_ptr<std::uint64_t[]> block_;
};

// Where the entry of a text stands in a shard; 0: nowhere.
std::uint32_t find_in(const std::uint64_t* block, std::uint64_t hash, std::string_view text) noexcept {
  if (block == nullptr) return 0;
  const std::uint32_t mask = head_of(block).mask, tag = tag_of(hash);
  const Slot* slots = slots_of(block);
  for (std::size_t place = hash & mask;; place = (place + 1) & mask) {
    if (slots[place].where == 0) return 0;
    if (slots[place].tag == tag && entry_at(block, slots[place].where).text == text) return slots[place].where;
  }
}

template <class See>
void each_entry(const std::uint64_t* block, See see) {
  if (block == nullptr) return;
  const ShardHead& head = head_of(block);
  std::uint32_t where = static_cast<std::uint32_t>(sizeof(ShardHead) + (head.mask + std::size_t{1}) * sizeof(Slot));
  while (where < head.bytes) {
    const Entry entry = entry_at(block, where);
    see(where, entry);
    where += static_cast<std::uint32_t>(kEntryHead + entry.text.size());
  }
}

struct HashedChange {
  std::uint64_t hash;
  PinIndex::Change change;
};

// The shard after `changes`, whose texts are distinct; null: nothing is left. As long as nothing goes and the slots suffice, it is a copy of
// bytes; else its entries are put in anew.
std::shared_ptr<const std::uint64_t[]> changed_shard(const std::uint64_t* old, std::span<const HashedChange> changes) {
  std::vector<std::uint32_t> found;  // where the texts of `changes` stand in `old`; 0: nowhere
  std::size_t fresh = 0, text_bytes = 0;
  bool goes = false;
  for (const auto& [hash, change] : changes) {
    found.push_back(find_in(old, hash, change.text));
    if (change.target == PinIndex::kAbsent) {
      goes |= found.back() != 0;
    } else if (found.back() == 0) {
      ++fresh;
      text_bytes += change.text.size();
    }
  }
  const std::size_t count = old == nullptr ? 0 : head_of(old).count;
  if (old != nullptr && !goes && (count + fresh) * 2 <= head_of(old).mask + std::size_t{1}) {
    ShardMaker maker(old, fresh, text_bytes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const auto& [hash, change] = changes[i];
      if (found[i] != 0) {
        maker.set_target(found[i], change.target);
      } else if (change.target != PinIndex::kAbsent) {
        maker.add(hash, {change.text, change.target});
      }
    }
    return std::move(maker).take();
  }
  std::vector<Entry> entries;
  std::vector<std::uint32_t> replaced = found;
  std::ranges::sort(replaced);
  each_entry(old, [&](std::uint32_t where, const Entry& entry) {
    if (!std::ranges::binary_search(replaced, where)) entries.push_back(entry);
  });
  for (const auto& [hash, change] : changes) {
    if (change.target != PinIndex::kAbsent) entries.push_back({change.text, change.target});
  }
  if (entries.empty()) return nullptr;
  text_bytes = 0;
  for (const Entry& entry : entries) text_bytes += entry.text.size();
  ShardMaker maker(entries.size(), text_bytes);
  for (const Entry& entry : entries) maker.add(hash_of(entry.text), entry);
  return std::move(maker).take();
}

}  // namespace

std::uint16_t PinIndex::find(std::string_view text) const noexcept {
  if (shards_.empty()) return kAbsent;
  const std::uint64_t hash = hash_of(text);
  const std::uint64_t* block = shards_[shard_of(hash)].get();
  const std::uint32_t where = find_in(block, hash, text);
  return where == 0 ? kAbsent : entry_at(block, where).target;
}

std::size_t PinIndex::memory_bytes() const noexcept {
  std::size_t bytes = shards_.capacity() * sizeof(Shard);
  for (const Shard& shard : shards_) bytes += shard ? head_of(shard.get()).bytes : 0;
  return bytes;
}

PinIndex PinIndex::with(std::span<const Change> changes) const {
  PinIndex made = *this;
  if (made.shards_.empty()) made.shards_.resize(kShards);
  std::vector<HashedChange> sorted;  // by hash, so by shard; of one text the last alone
  sorted.reserve(changes.size());
  for (const Change& change : changes) sorted.push_back({hash_of(change.text), change});
  std::ranges::stable_sort(
      sorted, [](const auto& a, const auto& b) { return std::tie(a.hash, a.change.text) < std::tie(b.hash, b.change.text); });
  std::ranges::reverse(sorted);  // the last of equal texts comes first, and unique keeps the first
  sorted.erase(std::ranges::unique(sorted, {}, [](const auto& one) { return one.change.text; }).begin(), sorted.end());
  for (auto at = sorted.begin(); at != sorted.end();) {
    const std::size_t index = shard_of(at->hash);
    const auto end = std::find_if(at, sorted.end(), [&](const auto& one) { return shard_of(one.hash) != index; });
    Shard& shard = made.shards_[index];
    made.size_ -= shard ? head_of(shard.get()).count : 0;
    shard = changed_shard(shard.get(), {at, end});
    made.size_ += shard ? head_of(shard.get()).count : 0;
    at = end;
  }
  return made;
}

void PinIndex::visit(std::size_t shard, const std::function<void(std::string_view, std::uint16_t)>& see) const {
  if (!shards_.empty())
    each_entry(shards_[shard].get(), [&](std::uint32_t, const Entry& entry) { see(entry.text, entry.target); });
}

std::string_view Pins::version_of(PinKind kind, std::string_view text) const noexcept {
  const std::uint16_t index = find(kind, text);
  return index == PinIndex::kAbsent ? std::string_view() : std::string_view(versions_[index]);
}

std::size_t Pins::pinned_to(std::string_view version) const noexcept {
  const auto found = std::ranges::find(versions_, version);
  return found == versions_.end() ? 0 : counts_[static_cast<std::size_t>(found - versions_.begin())];
}

std::shared_ptr<const Pins> Pins::none() { return std::make_shared<const Pins>(); }

std::shared_ptr<const Pins> Pins::with(std::span<const PinChange> changes) const {
  auto made = std::make_shared<Pins>(*this);
  std::vector<PinIndex::Change> keys, tags;
  std::unordered_map<std::string_view, std::uint16_t> number;  // of versions that something is pinned to
  std::vector<std::uint16_t> free;                             // numbers that nothing uses any more
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    if (counts_[i] == 0) {
      free.push_back(index);
    } else {
      number.emplace(versions_[i], index);
    }
  }
  const auto number_of = [&](const std::string& version) {
    const auto known = number.find(version);
    if (known != number.end()) return known->second;
    if (free.empty()) {
      RINGSIDE_CHECK(made->versions_.size() < PinIndex::kAbsent);
      free.push_back(static_cast<std::uint16_t>(made->versions_.size()));
      made->versions_.emplace_back();
    }
    const std::uint16_t index = free.back();
    free.pop_back();
    made->versions_[index] = version;
    number.emplace(version, index);
    return index;
  };
  for (const PinChange& change : changes) {
    RINGSIDE_CHECK(!change.text.empty() && change.text.size() <= kPinTextBytesMax);
    const std::uint16_t target = change.version.empty() ? PinIndex::kAbsent : number_of(change.version);
    (change.kind == PinKind::kKey ? keys : tags).push_back({change.text, target});
  }
  made->counts_.resize(made->versions_.size());
  // Counted where they change: each text once, by what it was and what it became.
  std::unordered_map<std::string_view, std::uint16_t> before;
  const auto apply = [&](PinIndex& index, const std::vector<PinIndex::Change>& part) {
    if (part.empty()) return;
    before.clear();
    for (const auto& change : part) before.try_emplace(change.text, index.find(change.text));
    index = index.with(part);
    for (const auto& [text, was] : before) {
      if (was != PinIndex::kAbsent) --made->counts_[was];
      if (const std::uint16_t is = index.find(text); is != PinIndex::kAbsent) ++made->counts_[is];
    }
  };
  apply(made->keys_, keys);
  apply(made->tags_, tags);
  return made;
}

std::size_t Pins::page(std::size_t from, std::size_t about, const See& see) const {
  std::size_t seen = 0;
  const auto show = [&](PinKind kind) {
    return [&, kind](std::string_view text, std::uint16_t target) {
      see(kind, text, versions_[target]);
      ++seen;
    };
  };
  if (from == 0) {
    for (std::size_t shard = 0; shard < PinIndex::kShards; ++shard) tags_.visit(shard, show(PinKind::kTag));
  }
  std::size_t shard = from;
  for (; shard < PinIndex::kShards && (seen < about || shard == from); ++shard) keys_.visit(shard, show(PinKind::kKey));
  return keys_.size() == 0 ? PinIndex::kShards : shard;
}

}  // namespace ringside::engine

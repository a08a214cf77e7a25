// Which version an operator pinned a route key or a routing tag to. Up to a million of them, as an immutable value that shares what did not
// change with the value that it was made from:
//
//   pins ──▶ 4096 shards by hash ──▶ [ count · slots by hash · entries: target, length, text ]        a change copies its shard alone
//
//   const auto more = pins->with({{PinKind::kKey, "u37201", "loan_default_v1.1.0"}});    `pins` is as it was
//   more->versions()[more->find(PinKind::kKey, "u37201")] == "loan_default_v1.1.0"
//
// Thread safety: immutable. Cost: find() is one hash, one slot and, where it finds, one compare; no allocation. with() copies 4096 pointers and
// the shards it changes: some 0.1 ms for one pin among a million. Memory: 64 KiB, and some 20 bytes and the text for each pin.
// Limits: kPinsMax in all, keys and tags together; texts of 1 to 128 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/wire/limits.h"

namespace ringside::engine {

inline constexpr std::size_t kPinsMax = 1'000'000;
inline constexpr std::size_t kPinTextBytesMax = wire::kRouteKeyBytesMax;
static_assert(wire::kRouteTagBytesMax <= kPinTextBytesMax && kPinTextBytesMax <= 255);

// Texts → small numbers; the persistent half of Pins.
class PinIndex {
 public:
  static constexpr std::uint16_t kAbsent = 0xFFFF;
  static constexpr std::size_t kShards = 4'096;

  struct Change {
    std::string_view text;
    std::uint16_t target = kAbsent;  // kAbsent: goes
  };

  [[nodiscard]] std::uint16_t find(std::string_view text) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  // Of several changes of one text the last counts.
  [[nodiscard]] PinIndex with(std::span<const Change> changes) const;

  // Every entry of one shard. No order but that of the shards.
  void visit(std::size_t shard, const std::function<void(std::string_view text, std::uint16_t target)>& see) const;

 private:
  using Shard = std::shared_ptr<const std::uint64_t[]>;  // one block
  std::vector<Shard> shards_;                            // empty, or kShards; null: nothing in it
  std::size_t size_ = 0;
};

enum class PinKind : std::uint8_t { kKey, kTag };

struct PinChange {
  PinKind kind = PinKind::kKey;
  std::string text;
  std::string version;  // empty: no longer pinned

  bool operator==(const PinChange&) const = default;
};

class Pins {
 public:
  // Index into versions(); PinIndex::kAbsent: not pinned.
  [[nodiscard]] std::uint16_t find(PinKind kind, std::string_view text) const noexcept {
    return kind == PinKind::kKey ? keys_.find(text) : tags_.find(text);
  }
  // Empty: not pinned.
  [[nodiscard]] std::string_view version_of(PinKind kind, std::string_view text) const noexcept;

  [[nodiscard]] std::size_t keys() const noexcept { return keys_.size(); }
  [[nodiscard]] std::size_t tags() const noexcept { return tags_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return keys() + tags(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return keys_.memory_bytes() + tags_.memory_bytes(); }

  // By the numbers that find() gives. Where nothing is pinned any more, a text that is out of date or empty.
  [[nodiscard]] const std::vector<std::string>& versions() const noexcept { return versions_; }
  // How many keys and tags are pinned to a version, by its number or name.
  [[nodiscard]] std::size_t count(std::uint16_t number) const noexcept { return counts_[number]; }
  [[nodiscard]] std::size_t pinned_to(std::string_view version) const noexcept;

  // REQUIRES: texts of 1 to kPinTextBytesMax bytes, fewer than 65,535 versions.
  [[nodiscard]] std::shared_ptr<const Pins> with(std::span<const PinChange> changes) const;
  // As if no pin had ever been.
  [[nodiscard]] static std::shared_ptr<const Pins> none();

  // Pages are made of whole shards, so what is pinned throughout is seen once, whatever changes between two pages. Tags come with page 0.
  using See = std::function<void(PinKind kind, std::string_view text, std::string_view version)>;
  // Sees pins from shard `from` on until at least `about` were seen. The shard to go on with; kShards: that was all.
  std::size_t page(std::size_t from, std::size_t about, const See& see) const;

 private:
  PinIndex keys_, tags_;
  std::vector<std::string> versions_;
  std::vector<std::size_t> counts_;  // by version
};

}  // namespace ringside::engine

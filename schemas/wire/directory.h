// The directory: what the numbers in responses mean. One memfd an engine, written by the engine, mapped read-only by every client.
// A version ordinal names one loaded bundle content; entries are added, never changed, so a client may keep pointers into it.
//
//   ┌─────────────────┬──────────────────────┬──────────────────────────────────────────
//   │ DirectoryHeader │ DirectorySlot × 1024 │ VersionEntry · strings │ VersionEntry · strings │ …
//   └─────────────────┴──────────────────────┴──────────────────────────────────────────
//
// [ENTRY] engine: write entry, slot.offset.store(release) ──▶ client: slot.offset.load(acquire) != 0, read entry
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "schemas/wire/limits.h"

namespace ringside::wire {

inline constexpr std::uint32_t kDirectorySlots = 1'024;
inline constexpr std::uint64_t kDirectoryBytes = 64u << 20;  // address space; pages come as entries are added

struct DirectorySlot {
  std::atomic<std::uint64_t> offset;  // of its VersionEntry; 0: none
};

struct DirectoryHeader {
  std::uint64_t magic;
  std::uint64_t engine_epoch;
  std::atomic<std::uint32_t> current;  // ordinal that answers by default; kNoVersion: none. Advice: answers name their own
  std::uint32_t reserved[11];
  DirectorySlot slots[kDirectorySlots];
};
static_assert(offsetof(DirectoryHeader, slots) == 64);

enum class ModelKind : std::uint8_t { kBinary = 0, kMulticlass = 1, kOther = 2 };

enum ClassType : std::uint8_t { kClassInt = 0, kClassText = 1 };

// Followed, each 8-aligned, by: the version's name; `fields` × FieldEntry; `classes` × ClassEntry; the text that they point at.
struct VersionEntry {
  std::uint64_t bytes;         // of the whole entry
  std::uint64_t schema_hash;   // of the ordered fields: the key of a positional row
  std::uint16_t fields;
  std::uint16_t classes;       // 0: no label
  std::uint16_t values;        // a row
  std::uint16_t margins;       // a row
  std::uint16_t features;      // that the forest reads
  std::uint8_t model_kind;     // ModelKind
  std::uint8_t output_type;    // OutputType
  std::uint32_t name_offset;   // this and all below: from the start of the entry
  std::uint32_t name_bytes;
  std::uint32_t fields_offset;
  std::uint32_t classes_offset;
  std::uint32_t features_offset;  // `features` × NameEntry
  std::uint8_t feature_type;      // OutputType of the features that kReturnFeatures asks for
  std::uint8_t reserved[3];
};
static_assert(sizeof(VersionEntry) == 56);

struct FieldEntry {
  std::uint32_t name_offset;
  std::uint16_t name_bytes;
  std::uint8_t dtype;          // Dtype
  std::uint8_t required;       // 1: a row without it is invalid
};

struct ClassEntry {
  std::int64_t value;          // kClassInt
  std::uint32_t name_offset;   // kClassText
  std::uint16_t name_bytes;
  std::uint8_t type;           // ClassType
  std::uint8_t reserved;
};

struct NameEntry {
  std::uint32_t offset;
  std::uint32_t bytes;
};
static_assert(sizeof(FieldEntry) == 8 && sizeof(ClassEntry) == 16 && sizeof(NameEntry) == 8);

}  // namespace ringside::wire

// The body of a version record: what (epoch, ordinal) of predictions means. Written by the recorder before the first prediction that names
// it, and again at the head of every later file of that epoch.
//
//   VersionBody · NameEntry × (fields + features + classes) · text: version, task, then each entry's name in order · zeros to 8
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

enum class Privacy : std::uint8_t { kPlain = 0, kMask = 1, kHash = 2, kEncrypt = 3, kDrop = 4 };

struct VersionBody {
  std::uint32_t ordinal;             // 32
  std::uint16_t fields;              // 36
  std::uint16_t features;            // 38
  std::uint16_t classes;             // 40
  std::uint16_t version_bytes;       // 42
  std::uint16_t task_bytes;          // 44
  std::uint8_t output_float64;       // 46  1: values and margins are float64
  std::uint8_t features_float64;     // 47
  std::uint8_t manifest_sha256[32];  // 48  names the bundle's content; zeros: not known
};
static_assert(std::is_standard_layout_v<VersionBody> && sizeof(VersionBody) == 48);
static_assert(offsetof(VersionBody, fields) == 4 && offsetof(VersionBody, classes) == 8 &&
              offsetof(VersionBody, task_bytes) == 12);
static_assert(offsetof(VersionBody, output_float64) == 14 && offsetof(VersionBody, manifest_sha256) == 16);

struct NameEntry {
  std::uint32_t bytes;   // 0  of the name in text
  std::uint8_t type;     // 4  a field's wire::Dtype; a class: 1 where training had an integer, 0 text
  std::uint8_t privacy;  // 5  a field's Privacy
  std::uint8_t keep;     // 6  kMask: how many of the last characters are kept
  std::uint8_t meta;     // 7  1: recorded, not modelled
};
static_assert(sizeof(NameEntry) == 8 && offsetof(NameEntry, type) == 4 && offsetof(NameEntry, meta) == 7);

}  // namespace ringside::journal

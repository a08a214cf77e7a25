// What a version record says, as a value: the names behind the numbers of predictions.
//
// Thread safety: a value. Cost: allocates; read once a version and file.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/journal/record_view.h"
#include "schemas/wire/cell.h"

namespace ringside::engine {

struct VersionMeaning {
  struct Field {
    std::string name;
    wire::Dtype dtype;
    journal::Privacy privacy;
  };
  struct Class {
    std::string name;
    bool is_integer;
  };
  std::uint32_t epoch = 0, ordinal = 0;
  std::string version, task;
  std::string manifest;  // SHA-256 in hex; empty: not known
  std::vector<Field> fields;
  std::vector<std::string> features;
  std::vector<Class> classes;

  // None: the record is none, or contradicts itself.
  static std::optional<VersionMeaning> of(const journal::Record& record) {
    VersionMeaning meaning;
    const bool whole = journal::read_version(record, [&](char kind, const journal::NameEntry& entry, std::string_view name) {
      if (kind == 'v') meaning.version = name;
      if (kind == 't') meaning.task = name;
      if (kind == 'f') meaning.fields.push_back({std::string(name), wire::Dtype{entry.type}, journal::Privacy{entry.privacy}});
      if (kind == 'x') meaning.features.emplace_back(name);
      if (kind == 'c') meaning.classes.push_back({std::string(name), entry.type != 0});
    });
    if (!whole) return std::nullopt;
    const journal::VersionBody body = *record.body<journal::VersionBody>();
    constexpr char kDigits[] = "0123456789abcdef";
    bool known = false;
    for (const std::uint8_t byte : body.manifest_sha256) {
      known |= byte != 0;
      (meaning.manifest += kDigits[byte >> 4]) += kDigits[byte & 15];
    }
    if (!known) meaning.manifest.clear();
    meaning.epoch = record.head().epoch;
    meaning.ordinal = body.ordinal;
    return meaning;
  }
};

}  // namespace ringside::engine

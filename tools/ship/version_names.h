// What the version ordinals of predictions mean, as far as the file under the reader's eye has said so.
//
// Everything that a prediction needs precedes it in its own file, so a new file begins with nothing known: that is what bounds the memory.
// Thread safety: one thread. Cost: a version record is copied once; a look-up is a map's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "schemas/journal/record_view.h"

namespace ringside::ship {

struct FieldName {
  std::string name;
  std::uint8_t dtype = 0;  // wire::Dtype
};

struct ClassName {
  std::string name;
  bool is_int = false;  // training had an integer, not text
};

struct VersionNames {
  std::string version;
  std::vector<FieldName> fields;
  std::vector<ClassName> classes;
};

class VersionTable {
 public:
  // False: the record contradicts itself, and is left out.
  bool add(const journal::Record& record);
  // Null: nothing in this file said what it is.
  [[nodiscard]] const VersionNames* find(std::uint32_t epoch, std::uint32_t ordinal) const;
  void clear() noexcept { versions_.clear(); }

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, VersionNames> versions_;  // (epoch, ordinal)
};

}  // namespace ringside::ship

#include "tools/ship/version_names.h"

#include <utility>

namespace ringside::ship {

bool VersionTable::add(const journal::Record& record) {
  VersionNames names;
  const bool is_whole = journal::read_version(record, [&](char kind, const journal::NameEntry& entry, std::string_view name) {
    if (kind == 'v') names.version = name;
    if (kind == 'f') names.fields.push_back({std::string(name), entry.type});
    if (kind == 'c') names.classes.push_back({std::string(name), entry.type == 1});
  });
  if (!is_whole) return false;
  versions_[{record.head().epoch, record.body<journal::VersionBody>()->ordinal}] = std::move(names);
  return true;
}

const VersionNames* VersionTable::find(std::uint32_t epoch, std::uint32_t ordinal) const {
  const auto found = versions_.find({epoch, ordinal});
  return found == versions_.end() ? nullptr : &found->second;
}

}  // namespace ringside::ship

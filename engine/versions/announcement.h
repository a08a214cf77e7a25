// What callers may send to the bundles of models/ that are not loaded yet.
#pragma once

#include <string>
#include <vector>

#include "engine/traffic/table.h"

namespace ringside::engine {

// The optional fields of the bundles of `task` among these directories of models/, sorted by directory. Manifests and schemas alone are read. A bundle of which
// even that cannot be read is announced by nobody, and told when its turn comes to be loaded.
// Cost: two small files a bundle. Thread safety: reads the disk, nothing else.
[[nodiscard]] std::vector<AnnouncedFields> announced_fields(const std::string& models_directory, const std::string& task,
                                                            const std::vector<std::string>& directories);

}  // namespace ringside::engine

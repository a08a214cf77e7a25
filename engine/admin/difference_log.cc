#include "engine/admin/difference_log.h"

#include <algorithm>

namespace ringside::engine {

std::vector<std::string> DifferenceLog::lines(const std::vector<VersionStatus>& versions, Clock::time_point now) {
  std::vector<std::string> lines;
  std::erase_if(told_, [&](const auto& one) {
    return std::ranges::none_of(versions,
                                [&](const VersionStatus& status) { return status.version == one.first && status.bundle; });
  });
  for (const VersionStatus& status : versions) {
    if (!status.bundle || status.compared_rows == 0) continue;
    Told& told = told_[status.version];
    // Another life of the bundle, also where it has compared more rows since than the one before had.
    if (status.compared_rows < told.compared || status.differing_rows < told.differing) told = {};
    if (status.differing_rows == told.differing || (told.ever && now - told.at < kEvery)) continue;
    lines.push_back(status.version + " scored " + std::to_string(status.differing_rows - told.differing) + " of " +
                    std::to_string(status.compared_rows - told.compared) +
                    " rows otherwise than the version named first in the same calls; next: ringside audit");
    told = {status.compared_rows, status.differing_rows, now, true};
  }
  return lines;
}

}  // namespace ringside::engine

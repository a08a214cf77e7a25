#include "engine/config/near_name.h"

#include <algorithm>
#include <utility>

namespace ringside::engine {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > 256) return "";  // no key or version is so long; keeps the table of distances small
  const auto common_prefix = [name](const std::string& candidate) {
    return static_cast<std::size_t>(std::mismatch(name.begin(), name.end(), candidate.begin(), candidate.end()).first -
                                    name.begin());
  };
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(name.size() / 3, 2) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    // Of two equally near, the one that begins more alike (v1.0 meant v1.0.0, not v1.1.0), then the later.
    const bool is_nearer =
        distance < best_distance || (distance == best_distance && !best.empty() &&
                                     std::pair(common_prefix(candidate), candidate) > std::pair(common_prefix(best), best));
    if (is_nearer) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace ringside::engine

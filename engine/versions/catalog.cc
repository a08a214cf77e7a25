#include "engine/versions/catalog.h"

namespace ringside::engine {

std::string_view name(LoadState state) noexcept {
  switch (state) {
    case LoadState::kFound:
      return "found";
    case LoadState::kLoading:
      return "loading";
    case LoadState::kVerifying:
      return "verifying";
    case LoadState::kResident:
      return "resident";
    case LoadState::kRetiring:
      return "retiring";
    case LoadState::kGone:
      return "gone";
    case LoadState::kFailed:
      return "failed";
  }
  return "failed";
}

}  // namespace ringside::engine

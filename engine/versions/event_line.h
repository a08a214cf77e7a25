// One line of the log for what was done, or refused:
//
//   switch done: loan_default_v1.0.0 -> loan_default_v1.1.0 by uid 0 (root), reason "spring cohort": loan_default_v1.1.0 answers now
//   load failed: loan_default_v1.2.0 by ringsided: model.ubj: expected 41 trees, found 40
//
// It stays one line whatever an operator wrote: control characters are escaped. Thread safety: a pure function.
#pragma once

#include <string>

#include "engine/versions/versions.h"

namespace ringside::engine {

[[nodiscard]] std::string event_line(const VersionEvent& event);

}  // namespace ringside::engine

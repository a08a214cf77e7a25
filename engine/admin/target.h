// The target of a request: "/model/switch?version=a%2Db" → a path and its parameters, as the gateway reads them too.
#pragma once

#include "schemas/process/request_target.h"

namespace ringside::engine {

using Target = RequestTarget;

[[nodiscard]] inline std::optional<Target> parse_target(std::string_view target) { return parse_request_target(target); }

}  // namespace ringside::engine

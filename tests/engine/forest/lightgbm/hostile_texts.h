// ../hostile_models.h for LightGBM's text models.
#pragma once

#include <vector>

#include "tests/engine/forest/hostile_models.h"

namespace ringside::engine::test {

[[nodiscard]] std::vector<HostileFile> hostile_texts();

}  // namespace ringside::engine::test

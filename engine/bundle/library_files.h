// The two kinds of model file, made by ModelFile::read() alone.
#pragma once

#include <memory>

#include "engine/bundle/model_file.h"

namespace ringside::engine {

[[nodiscard]] std::unique_ptr<ModelFile> read_xgboost_file(const std::string& name, std::span<const std::byte> bytes,
                                                           BundleProblems& problems);
[[nodiscard]] std::unique_ptr<ModelFile> read_lightgbm_file(const std::string& name, std::span<const std::byte> bytes,
                                                            BundleProblems& problems);

}  // namespace ringside::engine

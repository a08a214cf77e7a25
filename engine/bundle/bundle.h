// A bundle: one immutable version of a task, verified and ready to answer. Made by loader.h; everything in it was read once,
// hashed, parsed from the same bytes, compiled, and proved by replaying its golden rows on the code that serves.
//
// Thread safety: immutable, shared by all workers. Memory that a worker needs to score with it is a Workspace (workspace.h), one
// a worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/drift/baseline.h"
#include "engine/forest/forest.h"
#include "engine/preprocess/plan.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/directory.h"

namespace ringside::engine {

using ClassLabel = std::variant<std::int64_t, std::string>;

// serving.yaml: the second class is answered where the probability is at least `threshold`, compared in the width that training
// used: for p = float32(0.7), p >= 0.7 holds in float32 and not in float64. Absent: XGBoost's own rule, float32 p > 0.5.
struct DecisionThreshold {
  double value = 0.5;
  bool compare_float64 = false;  // threshold_compare: float64
};

// serving.yaml: how many boosting rounds answer. Absent: as XGBClassifier.predict does, up to the best one where training stopped early.
struct Iterations {
  std::size_t rounds = 0;  // 0: all
};

// What operators see of a bundle (versions, status, history); nothing here is read on the data path.
struct BundleFacts {
  std::string directory;
  std::string manifest_sha256;  // names the content: same hash, same bundle
  std::string label;            // version.txt `label`, or its `version` where that differs from the bundle's name
  std::vector<std::pair<std::string, std::string>> metadata;  // version.txt, flattened, in its order
  std::vector<std::pair<std::string, std::string>> packages;  // manifest: python, numpy, …
  std::vector<std::string> inexact_steps;
  std::vector<std::string> warnings;  // it answers, and somebody should look: "the directory x holds version y"
  std::vector<std::string> notes;     // such as "libm differs: probabilities may differ by 1 ulp"
  std::string kernel;                 // how its forest is walked: "bit trees"
  std::string reference;              // "xgboost 1.7.4: 412 rows equal" or why golden rows alone decide
  std::uint64_t golden_rows = 0;
  std::uint64_t golden_rejects = 0;
  std::uint64_t bytes = 0;  // of memory, estimated from what was built
  std::chrono::nanoseconds load_time{0};
};

struct Bundle {
  std::string version;
  std::string task;
  InputSchema schema;
  Plan plan;
  Forest forest;
  wire::ModelKind model_kind = wire::ModelKind::kOther;
  std::vector<ClassLabel> classes;  // empty: no label
  std::optional<DecisionThreshold> threshold;
  std::optional<Baseline> baseline = {};  // what training saw, where the bundle says it
  BundleFacts facts;

  // Index in classes, or -1, from a row's values (forest.values_per_row() floats). As training would have named it.
  [[nodiscard]] std::int32_t label_index(const float* values) const noexcept;
};

}  // namespace ringside::engine

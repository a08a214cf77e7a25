// A bundle: one immutable version of a task, verified and ready to answer. Made by loader.h; everything in it was read once,
// hashed, parsed from the same bytes, compiled, and proved by replaying its golden rows on the code that serves.
//
// Thread safety: immutable, shared by all workers. Memory that a worker needs to score with it is a Workspace (workspace.h), one
// a worker.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/drift/baseline.h"
#include "engine/forest/scorer.h"
#include "engine/preprocess/plan.h"
#include "engine/region/region.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/directory.h"

namespace ringside::engine {

using ClassLabel = std::variant<std::int64_t, std::string>;

// serving.yaml: the second class is answered where the probability is at least `threshold`, compared in the width that training
// used: for p = float32(0.7), p >= 0.7 holds in float32 and not in float64. Absent: the library's own rule, p > 0.5 in the
// probability's width (LightGBM's argmax of 1 - p and p is the same for every float64).
struct DecisionThreshold {
  double value = 0.5;
  bool compare_float64 = false;  // threshold_compare: float64. LightGBM's probabilities are, and know no other comparison
};

// serving.yaml: how many boosting rounds answer. Absent: as XGBClassifier.predict does, up to the best one where training stopped
// early; all of a LightGBM file, which holds no more than those that its Booster predicts with.
struct Iterations {
  std::size_t rounds = 0;  // 0: all
};

// What operators see of a bundle (versions, status, history); nothing here is read on the data path.
struct BundleFacts {
  std::string directory;
  std::string manifest_sha256;  // names the content: same hash, same bundle
  std::string preprocess_sha256 = {};  // of preprocess.json: with the same schema, the same features
  std::string label;            // version.txt `label`, or its `version` where that differs from the bundle's name
  std::vector<std::pair<std::string, std::string>> metadata;  // version.txt, flattened, in its order
  std::vector<std::pair<std::string, std::string>> evaluation = {};  // evaluation.json, likewise: what training measured offline
  std::vector<std::pair<std::string, std::string>> packages;  // manifest: python, numpy, …
  std::vector<std::string> inexact_steps;
  std::vector<std::string> warnings;  // it answers, and somebody should look: "the directory x holds version y"
  std::vector<std::string> notes;     // such as "libm differs: probabilities may differ by 1 ulp"
  std::string signature;              // "signed by release (1f0c…)", "unsigned", "not checked", or what is wrong with it
  std::string kernel;                 // how its forest is walked: "bit trees"
  std::string reference;              // "xgboost: 412 golden rows equal in every bit", or why golden rows alone decide
  std::uint64_t golden_rows = 0;
  std::uint64_t golden_rejects = 0;
  std::uint64_t golden_walks = 0;           // of golden_rows, those whose way through every tree was compared, too
  std::uint64_t bytes = 0;                  // of memory: the region, in whole pages, and what is on the heap beside it
  std::uint64_t files = 0, file_bytes = 0;  // that the manifest lists
  std::chrono::nanoseconds load_time{0};
  std::vector<std::pair<std::string, std::chrono::nanoseconds>> stages;  // what load_time was spent on, in order
};

struct Bundle {
  // What grows with the model and is read for every row: packed forest, plan, indexes of names and categories. Sealed; first, so that it
  // goes last.
  std::unique_ptr<const Region> region = nullptr;
  std::string version;
  std::string task;
  InputSchema schema;
  Plan plan;
  Scorer scorer;
  wire::ModelKind model_kind = wire::ModelKind::kOther;
  std::vector<ClassLabel> classes;  // empty: no label
  std::optional<DecisionThreshold> threshold;
  std::optional<Baseline> baseline = {};  // what training saw, where the bundle says it
  BundleFacts facts;

  // Of each row, the label's index in classes, or -1, as training would have named it. `values` is rows × scorer.values_per_row()
  // numbers of scorer.output_type().
  void label_indices(const void* values, std::size_t rows, std::int32_t* indices) const noexcept;

  // Of one row. Value: float or double, as scorer.output_type() says.
  template <class Value>
  [[nodiscard]] std::int32_t label_index(const Value* values) const noexcept;
};

}  // namespace ringside::engine

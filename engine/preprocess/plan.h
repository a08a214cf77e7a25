// The plan: the compiled steps from fields to features, with scikit-learn's own arithmetic in its own order (float64, one
// rounding a step; never fused). A tile of checked values goes in, a row-major block of float32 or float64 features comes out.
//
//   fields ── number ──▶ column ── subtract ──▶ column ── divide ──▶ column ──┐
//          ── label ───▶ column ───────────────────────────────────────────────┼── cast ──▶ features[row × stride + j]
//          ── onehot ──▶ columns ──────────────────────────────────────────────┘
//
// Unknown categories and features beyond the model's floats become errors of the row here.
//
// Thread safety: run() is const and takes all memory from the caller's scratch. Cost: linear in steps × rows; no allocation,
// noexcept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/decode/tile.h"
#include "engine/preprocess/plan_spec.h"
#include "engine/schema/float_type.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

class PlanCompiler;
class PlanScratch;
class Region;

class Plan {
 public:
  Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;
  ~Plan();

  // Checks every name, type and number of the spec against the schema; all problems at once.
  static Result<Plan, std::vector<PlanProblem>> compile(const PlanSpec& spec, const InputSchema& schema);

  [[nodiscard]] std::uint32_t features() const noexcept;
  [[nodiscard]] const std::vector<std::string>& feature_names() const noexcept;
  [[nodiscard]] FloatType feature_type() const noexcept;

  // Everything that run() reads, but for this object and one beside it, into the region, which outlives the plan.
  void settle(Region& region);
  // Of the heap: what is settled counts where it lies.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  // Memory for run(): one a worker and bundle. plan_scratch.h has the type.
  [[nodiscard]] std::unique_ptr<PlanScratch> make_scratch() const;

  // REQUIRES: tile was gathered for the schema of compile(); features has tile.rows() rows of feature_type(), stride >=
  // features().
  // ENSURES: tile.invalid(), unknown() and errors are complete and sorted; rows that are invalid have unspecified features.
  void run(Tile& tile, PlanScratch& scratch, void* features, std::size_t stride) const noexcept;

 private:
  friend class PlanCompiler;  // makes a Compiled
  struct Compiled;
  template <class Feature>
  void run_as(Tile& tile, PlanScratch& scratch, Feature* features, std::size_t stride) const noexcept;

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace ringside::engine

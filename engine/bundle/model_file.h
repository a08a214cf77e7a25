// The model file of a bundle, whichever library wrote it: what the loader asks of it, one answer a library.
//
//   read ──▶ check (plan, serving.yaml) ──▶ keep_rounds ──▶ pack ──▶ Scorer ──▶ (golden replay) ──▶ compare
//
// xgboost_file.cc and lightgbm_file.cc have the answers; nothing else in this folder asks which library it is.
//
// Thread safety: one thread. Cost: allocates, linear in the file; loader only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/bundle/plan_json.h"
#include "engine/bundle/problem.h"
#include "engine/bundle/serving_yaml.h"
#include "engine/forest/scorer.h"
#include "engine/preprocess/plan.h"

namespace ringside::engine {

class Region;

class ModelFile {
 public:
  // Null, and a problem, where the bytes are no model that the engine reproduces. `bytes` must outlive what is returned.
  [[nodiscard]] static std::unique_ptr<ModelFile> read(const std::string& name, std::span<const std::byte> bytes,
                                                       BundleProblems& problems);
  virtual ~ModelFile() = default;
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;

  [[nodiscard]] virtual std::size_t num_feature() const noexcept = 0;
  [[nodiscard]] virtual const char* num_feature_key() const noexcept = 0;  // as the file spells it

  // What preprocess.json says of features that this library's models do not know.
  virtual void check_features(const PlanSpec& spec, BundleProblems& problems) const = 0;

  // The file's names of features, where it has them, against the plan's.
  virtual void check_names(const std::vector<std::string>& features, BundleProblems& problems) const = 0;

  // The threshold with the width in which it is compared.
  virtual void settle_threshold(ServingChoices& serving, BundleProblems& problems) const = 0;

  // Cuts the model to the rounds that answer.
  virtual void keep_rounds(const std::optional<Iterations>& iterations, std::vector<std::string>& notes,
                           BundleProblems& problems) = 0;

  // Into the region, which outlives the scorer. nullopt, and a problem, where it cannot be packed. REQUIRES: check_features() added no problem.
  [[nodiscard]] virtual std::optional<Scorer> pack(FloatType features, Region& region, BundleProblems& problems) const = 0;

  // The way of each golden row that says it, against this model (golden_walk.h); how many said it. What has no walks refuses them.
  [[nodiscard]] virtual std::uint64_t compare_walks(const std::vector<GoldenRow>& rows, const GoldenReplay& replayed,
                                                    BundleProblems& problems) const = 0;

  // A second opinion on what replay computed from the golden rows; what to say of it in `versions`.
  // `ask_library`: the library itself may be asked, where the engine has it.
  [[nodiscard]] virtual std::string compare(const GoldenReplay& replayed, const std::vector<GoldenRow>& rows, bool ask_library,
                                            BundleProblems& problems) const = 0;

 protected:
  explicit ModelFile(std::string name) : name_(std::move(name)) {}

  void add_problem(const ModelError& error, BundleProblems& problems) const {
    problems.push_back({name_, error.key, 0, error.expected, error.found});
  }

  // Names that differ, with their place in the file's list.
  void compare_names(const std::string& key, const std::vector<std::string>& expected, const std::vector<std::string>& found,
                     BundleProblems& problems) const;

  // Numbers of the golden rows, `width` a row, that differ from ours; `by` says whose they are.
  static void compare_numbers(const char* key, const char* by, const FloatBlock& ours, const FloatBlock& theirs,
                              std::size_t width, const std::vector<GoldenRow>& rows, BundleProblems& problems);

  const std::string name_;  // of the file, for problems
};

}  // namespace ringside::engine

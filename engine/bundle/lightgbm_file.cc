// model.txt: features float32 or float64, the rest float64, every round of the file, and the plain walk as second opinion.
#include <algorithm>
#include <utility>

#include "engine/bundle/library_files.h"
#include "engine/bundle/lightgbm_walk.h"
#include "engine/bundle/manifest.h"
#include "engine/forest/lightgbm/plain_walker.h"

namespace ringside::engine {
namespace {

constexpr const char* kBy = "walked plainly";

// "Column_7", as LightGBM calls the features of an array: no names at all.
bool is_numbered(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != "Column_" + std::to_string(i)) return false;
  }
  return true;
}

class LightgbmFile final : public ModelFile {
 public:
  LightgbmFile(const std::string& name, LightgbmModel model) : ModelFile(name), model_(std::move(model)) {}

  [[nodiscard]] std::size_t num_feature() const noexcept override { return model_.num_feature; }
  [[nodiscard]] const char* num_feature_key() const noexcept override { return "max_feature_idx"; }

  void check_features(const PlanSpec& spec, BundleProblems& problems) const override {
    if (spec.missing) {
      problems.push_back(
          {kPlanFile, "missing", 0, "none: LightGBM knows no value that is missing but NaN", std::to_string(*spec.missing)});
    }
    if (spec.zero_is_missing)
      problems.push_back({kPlanFile, "zero_is_missing", 0, "none: what a sparse matrix leaves out is zero to LightGBM", "true"});
  }

  // LightGBM puts '_' for the blanks in a name.
  void check_names(const std::vector<std::string>& features, BundleProblems& problems) const override {
    const std::vector<std::string> names = model_.feature_names.strings();
    if (is_numbered(names)) return;
    std::vector<std::string> expected = features;
    for (std::string& name : expected) std::ranges::replace(name, ' ', '_');
    compare_names("feature_names", expected, names, problems);
  }

  void settle_threshold(ServingChoices& serving, BundleProblems& problems) const override {
    if (!serving.threshold) return;
    if (serving.compare_is_said && !serving.threshold->compare_float64) {
      problems.push_back(
          {kServingFile, "threshold_compare", 0, "float64, or nothing: LightGBM's probabilities are float64", "\"float32\""});
    }
    serving.threshold->compare_float64 = true;
  }

  // Those of serving.yaml, else all: save_model leaves out what came after the best iteration, and its file does not say which
  // that was.
  void keep_rounds(const std::optional<Iterations>& iterations, std::vector<std::string>& notes,
                   BundleProblems& problems) override {
    if (model_.has_pandas_categories) {
      notes.push_back(
          "trained on categories of a DataFrame: preprocess.json makes their codes, and golden rows alone prove them");
    }
    if (!iterations) return;
    rounds_ = iterations->rounds;
    if (rounds_ <= model_.rounds()) return;
    problems.push_back(
        {kServingFile, "iterations", 0, "1 to " + std::to_string(model_.rounds()) + " rounds", std::to_string(rounds_)});
  }

  [[nodiscard]] std::optional<Scorer> pack(FloatType features, Region& region, BundleProblems& problems) const override {
    return features == FloatType::kFloat64 ? pack_for<double>(region, problems) : pack_for<float>(region, problems);
  }

  [[nodiscard]] std::uint64_t compare_walks(const std::vector<GoldenRow>& rows, const GoldenReplay& replayed,
                                            BundleProblems& problems) const override {
    const auto trees = model_.tree_range(0, rounds_);
    return trees ? engine::compare_walks(model_, *trees, rows, replayed, problems) : 0;  // none: keep_rounds() said why
  }

  [[nodiscard]] std::string compare(const GoldenReplay& replayed, const std::vector<GoldenRow>& rows, bool /*ask_library*/,
                                    BundleProblems& problems) const override {
    if (replayed.features.type() == FloatType::kFloat64) {
      walk_plainly<double>(replayed, rows, problems);
    } else {
      walk_plainly<float>(replayed, rows, problems);
    }
    return "golden rows alone: the engine has no LightGBM library; walked plainly, " + std::to_string(replayed.scored) +
           " are equal in every bit";
  }

 private:
  template <class Feature>
  [[nodiscard]] std::optional<Scorer> pack_for(Region& region, BundleProblems& problems) const {
    auto forest = LightgbmForest<Feature>::build(model_, {.iteration_end = rounds_}, &region);
    if (forest) return Scorer(std::move(*forest));
    add_problem(forest.error(), problems);
    return std::nullopt;
  }

  template <class Feature>
  void walk_plainly(const GoldenReplay& replayed, const std::vector<GoldenRow>& rows, BundleProblems& problems) const {
    const auto walker = LightgbmWalker::of(model_, {.iteration_end = rounds_});
    if (!walker) return add_problem(walker.error(), problems);
    FloatBlock scores(FloatType::kFloat64, replayed.margins.size());
    FloatBlock values(FloatType::kFloat64, replayed.values.size());
    const Feature* features = replayed.features.as<Feature>().data();
    for (std::size_t row = 0; row < replayed.scored; ++row) {
      auto* const row_scores = static_cast<double*>(scores.at(row * model_.outputs));
      walker->predict_scores(features + row * model_.num_feature, row_scores);
      walker->values_of(row_scores, static_cast<double*>(values.at(row * model_.outputs)));
    }
    compare_numbers("margin", kBy, replayed.margins, scores, model_.outputs, rows, problems);
    compare_numbers("values", kBy, replayed.values, values, model_.outputs, rows, problems);
  }

  LightgbmModel model_;
  std::size_t rounds_ = 0;  // that answer; 0: all
};

}  // namespace

std::unique_ptr<ModelFile> read_lightgbm_file(const std::string& name, std::span<const std::byte> bytes,
                                              BundleProblems& problems) {
  auto model = read_lightgbm_model(bytes);
  if (model) return std::make_unique<LightgbmFile>(name, std::move(*model));
  problems.push_back({name, model.error().key, 0, model.error().expected, model.error().found});
  return nullptr;
}

}  // namespace ringside::engine

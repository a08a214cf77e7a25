// model.json and model.ubj: float32 throughout, rounds to the best iteration, and the library itself as second opinion.
#include <algorithm>
#include <utility>

#include "engine/bundle/golden_walk.h"
#include "engine/bundle/library_files.h"
#include "engine/forest/reference.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kReferenceRows = 4'096;  // asked at once
constexpr const char* kBy = "by the XGBoost library";

class XgboostFile final : public ModelFile {
 public:
  XgboostFile(const std::string& name, std::span<const std::byte> bytes, BoosterModel model)
      : ModelFile(name), bytes_(bytes), model_(std::move(model)) {}

  [[nodiscard]] std::size_t num_feature() const noexcept override { return model_.num_feature; }
  [[nodiscard]] const char* num_feature_key() const noexcept override { return "learner.learner_model_param.num_feature"; }

  void check_features(const PlanSpec& spec, BundleProblems& problems) const override {
    if (spec.feature_type == FloatType::kFloat32) return;
    problems.push_back({kPlanFile, "feature_dtype", 0, "float32: XGBoost reads no other features", "\"float64\""});
  }

  void check_names(const std::vector<std::string>& features, BundleProblems& problems) const override {
    if (model_.feature_names.empty()) return;
    compare_names("learner.feature_names", features, model_.feature_names.strings(), problems);
  }

  void settle_threshold(ServingChoices& /*serving*/, BundleProblems& /*problems*/) const override {}  // float32, as read

  // Those of serving.yaml, else those that XGBClassifier.predict asks.
  void keep_rounds(const std::optional<Iterations>& iterations, std::vector<std::string>& notes,
                   BundleProblems& problems) override {
    const std::size_t all = model_.rounds();
    if (iterations) {
      rounds_ = iterations->rounds;
    } else if (model_.best_iteration && model_.booster != BoosterKind::kGblinear) {
      rounds_ = std::size_t{*model_.best_iteration} + 1;
      if (rounds_ < all) {
        notes.push_back("training stopped early: rounds 0 to " + std::to_string(rounds_ - 1) + " of " + std::to_string(all) +
                        " answer, as XGBClassifier.predict does; serving.yaml can say otherwise (iterations: all)");
      }
    }
    if (auto error = model_.keep_first_rounds(rounds_)) {
      problems.push_back({iterations ? kServingFile : name_, iterations ? "iterations" : "learner.attributes.best_iteration", 0,
                          error->expected, error->found});
    }
  }

  [[nodiscard]] std::optional<Scorer> pack(FloatType /*features*/, Region& region, BundleProblems& problems) const override {
    auto forest = Forest::build(model_, {.region = &region});
    if (forest) return Scorer(std::move(*forest));
    add_problem(forest.error(), problems);
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t compare_walks(const std::vector<GoldenRow>& rows, const GoldenReplay& replayed,
                                            BundleProblems& problems) const override {
    return engine::compare_walks(model_, rows, replayed, problems);
  }

  [[nodiscard]] std::string compare(const GoldenReplay& replayed, const std::vector<GoldenRow>& rows, bool ask_library,
                                    BundleProblems& problems) const override {
    if (!ask_library) return "golden rows alone: the reference is switched off";
    if (!XgboostReference::trusted(model_))
      return "golden rows alone: this XGBoost library is not verified for models of " + release_text(model_.version);
    auto reference = XgboostReference::load(bytes_, model_, rounds_);
    if (!reference) {
      problems.push_back({name_, "reference", 0, "a model that the XGBoost library reads", reference.error()});
      return "";
    }
    const std::size_t features = replayed.features.size() / replayed.scored;
    const std::size_t margins = replayed.margins.size() / replayed.scored;
    const std::size_t values = replayed.values.size() / replayed.scored;
    FloatBlock their_margins(FloatType::kFloat32, replayed.margins.size());
    FloatBlock their_values(FloatType::kFloat32, replayed.values.size());
    for (std::size_t first = 0; first < replayed.scored; first += kReferenceRows) {
      const std::size_t count = std::min<std::size_t>(kReferenceRows, replayed.scored - first);
      const auto asked = reference->predict(replayed.features.as<float>().data() + first * features, count, nullptr,
                                            static_cast<float*>(their_margins.at(first * margins)),
                                            static_cast<float*>(their_values.at(first * values)));
      if (!asked) {
        problems.push_back({name_, "reference", 0, "an answer of the XGBoost library", asked.error()});
        return "";
      }
    }
    compare_numbers("margin", kBy, replayed.margins, their_margins, margins, rows, problems);
    compare_numbers("values", kBy, replayed.values, their_values, values, rows, problems);
    return "xgboost: " + std::to_string(replayed.scored) + " golden rows equal in every bit";
  }

 private:
  std::span<const std::byte> bytes_;
  BoosterModel model_;
  std::size_t rounds_ = 0;  // that answer; 0: all
};

}  // namespace

std::unique_ptr<ModelFile> read_xgboost_file(const std::string& name, std::span<const std::byte> bytes,
                                             BundleProblems& problems) {
  auto model = read_model(bytes);
  if (model) return std::make_unique<XgboostFile>(name, bytes, std::move(*model));
  problems.push_back({name, model.error().key, 0, model.error().expected, model.error().found});
  return nullptr;
}

}  // namespace ringside::engine

#include "engine/bundle/loader.h"

#include <algorithm>
#include <span>
#include <utility>

#include "client_lib/base/clock.h"
#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/file_set.h"
#include "engine/bundle/golden.h"
#include "engine/bundle/inexact.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/plan_json.h"
#include "engine/bundle/schema_yaml.h"
#include "engine/bundle/serving_yaml.h"
#include "engine/bundle/version_txt.h"
#include "engine/bundle/workspace.h"
#include "engine/forest/reference.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kReferenceRows = 4'096;  // asked at once

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

wire::ModelKind model_kind(const Objective& objective) noexcept {
  switch (objective.kind) {
    case ScoreKind::kBinary:
      return wire::ModelKind::kBinary;
    case ScoreKind::kMultiClass:
      return wire::ModelKind::kMulticlass;
    case ScoreKind::kOther:
      return wire::ModelKind::kOther;
  }
  return wire::ModelKind::kOther;
}

// The first name that differs, with its place.
void compare_names(const char* file, const std::string& key, const std::vector<std::string>& expected,
                   const std::vector<std::string>& found, const char* expected_by, BundleProblems& problems) {
  if (expected.size() != found.size()) {
    return problems.push_back(
        {file, key, 0, std::to_string(expected.size()) + " names (" + expected_by + ")", std::to_string(found.size())});
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] != found[i])
      problems.push_back({file, indexed(key, i), 0, in_quotes(expected[i]) + " (" + expected_by + ")", in_quotes(found[i])});
  }
}

// For a message: bytes that are no printable ASCII as '?'.
std::string printable(std::string text) {
  for (char& c : text) c = c < 0x20 || c == 0x7F ? '?' : c;
  return text;
}

// Digits in so many runs, each of at least one digit, with a point between them.
bool is_dotted(std::string_view text, std::size_t runs) {
  const auto point = text.find('.');
  const std::string_view first = text.substr(0, point);
  if (first.empty() || first.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return point == std::string_view::npos ? runs == 1 : runs > 1 && is_dotted(text.substr(point + 1), runs - 1);
}

// <task>_vX.Y.Z or <task>_yyyyMMdd[.N]
bool is_usual_version(std::string_view version, const std::string& task) {
  if (!version.starts_with(task + "_")) return false;
  version.remove_prefix(task.size() + 1);
  if (version.starts_with('v')) return is_dotted(version.substr(1), 3);
  const std::size_t date = std::min(version.find('.'), version.size());
  return date == 8 && (is_dotted(version, 1) || is_dotted(version, 2));
}

// A load in progress: each step fills the next members, or adds problems and ends it.
class Load {
 public:
  Load(const std::string& directory, const LoadOptions& options) : directory_(directory), options_(options) {}

  Result<std::unique_ptr<Bundle>, BundleProblems> run() {
    const std::uint64_t began_ns = base::monotonic_ns();
    if (!read_files() || !read_parts() || !build() || !replay() || !ask_reference()) return fail(std::move(problems_));
    bundle_->facts.load_time = std::chrono::nanoseconds(base::monotonic_ns() - began_ns);
    return std::move(bundle_);
  }

 private:
  [[nodiscard]] bool good() const noexcept { return problems_.empty(); }

  bool read_files() {
    auto directory = BundleDirectory::open(directory_);
    if (!directory) {
      problems_.push_back(directory.error());
      return false;
    }
    const auto text = directory->read(kManifestFile, std::min(options_.bytes_max, kManifestBytesMax));
    if (!text) {
      problems_.push_back(text.error());
      return false;
    }
    manifest_ = read_manifest(*text, problems_);
    if (!good()) return false;
    if (!options_.expected_task.empty() && manifest_.task != options_.expected_task) {
      problems_.push_back({kManifestFile, "task_name", 0, in_quotes(options_.expected_task), in_quotes(manifest_.task)});
      return false;
    }
    if (!check_name(directory->name())) return false;
    files_ = FileSet::read(*directory, manifest_, options_.bytes_max, problems_);
    return good();
  }

  // The version is what the manifest says; a directory of another name is an oddity that is told, and nothing more.
  bool check_name(const std::string& name) {
    if (!is_safe_directory_name(name)) {
      problems_.push_back({directory_, "", 0,
                           "a directory's name of 1 to 128 bytes, printable UTF-8, not beginning with '.' or '-'",
                           in_quotes(printable(name))});
      return false;
    }
    if (name != manifest_.version) {
      warnings_.push_back("the directory '" + name + "' is not called as the version in it, " + manifest_.version);
    }
    if (!is_usual_version(manifest_.version, manifest_.task)) {
      warnings_.push_back("the version " + manifest_.version + " is not called " + manifest_.task + "_vX.Y.Z or " +
                          manifest_.task + "_yyyyMMdd[.N]");
    }
    return true;
  }

  // Every file that is text for people and us: all their problems together.
  bool read_parts() {
    schema_ = read_feature_schema(files_.bytes(kSchemaFile), problems_);
    plan_document_ = read_plan(files_.bytes(kPlanFile), problems_);
    version_ = read_version_text(files_.bytes(kVersionFile), manifest_, problems_);
    if (files_.has(kServingFile)) serving_ = read_serving(files_.bytes(kServingFile), problems_);
    golden_ = read_golden(files_.bytes(kGoldenFile), problems_);
    return good();
  }

  bool build() {
    auto plan = Plan::compile(plan_document_.spec, schema_.input);
    if (!plan) {
      for (PlanProblem& problem : plan.error()) {
        problems_.push_back({kPlanFile, std::move(problem.key), 0, std::move(problem.expected), std::move(problem.found)});
      }
    } else {
      compare_names(kSchemaFile, "final_feature_cols", plan->feature_names(), schema_.final_feature_cols,
                    "features of preprocess.json", problems_);
    }
    check_inexact(plan_document_.spec, manifest_.inexact, problems_);
    auto model = read_model(as_bytes(files_.bytes(manifest_.model_file)));
    if (!model) {
      add_model_problem(model.error());
      return false;
    }
    if (plan && model->num_feature != plan->features()) {  // Before anything of that many features is made.
      problems_.push_back({manifest_.model_file, "learner.learner_model_param.num_feature", 0,
                           std::to_string(plan->features()) + " (features of preprocess.json)",
                           std::to_string(model->num_feature)});
      return false;
    }
    if (!keep_rounds(*model)) return false;
    auto forest = Forest::build(*model);
    if (!forest) {
      add_model_problem(forest.error());
      return false;
    }
    if (!plan) return false;
    check_model(*model, *plan, *forest);
    if (!good()) return false;
    model_ = std::move(*model);
    assemble(std::move(*plan), std::move(*forest));
    return true;
  }

  // Cuts the model to the rounds that answer: those of serving.yaml, else those that XGBClassifier.predict asks.
  bool keep_rounds(BoosterModel& model) {
    const std::size_t all = model.rounds();
    if (serving_.iterations) {
      rounds_ = serving_.iterations->rounds;
    } else if (model.best_iteration && model.booster != BoosterKind::kGblinear) {
      rounds_ = std::size_t{*model.best_iteration} + 1;
      if (rounds_ < all) {
        notes_.push_back("training stopped early: rounds 0 to " + std::to_string(rounds_ - 1) + " of " + std::to_string(all) +
                         " answer, as XGBClassifier.predict does; serving.yaml can say otherwise (iterations: all)");
      }
    }
    if (auto error = model.keep_first_rounds(rounds_)) {
      problems_.push_back({serving_.iterations ? kServingFile : manifest_.model_file,
                           serving_.iterations ? "iterations" : "learner.attributes.best_iteration", 0, error->expected,
                           error->found});
    }
    return good();
  }

  void add_model_problem(const ModelError& error) {
    problems_.push_back({manifest_.model_file, error.key, 0, error.expected, error.found});
  }

  // What plan, classes and booster must agree on.
  void check_model(const BoosterModel& model, const Plan& plan, const Forest& forest) {
    if (!model.feature_names.empty()) {
      compare_names(manifest_.model_file.c_str(), "learner.feature_names", plan.feature_names(), model.feature_names.strings(),
                    "features of preprocess.json", problems_);
    }
    const std::size_t classes = plan_document_.classes.size();
    const wire::ModelKind kind = model_kind(forest.objective());
    const std::size_t expected = kind == wire::ModelKind::kBinary       ? 2
                                 : kind == wire::ModelKind::kMulticlass ? forest.margins_per_row()
                                                                        : 0;
    if (classes != expected && (classes != 0 || kind == wire::ModelKind::kOther)) {
      problems_.push_back({kPlanFile, "classes", 0, std::to_string(expected) + " for " + std::string(forest.objective().name),
                           std::to_string(classes)});
    }
    if (serving_.threshold && (kind != wire::ModelKind::kBinary || classes == 0)) {
      problems_.push_back(
          {kServingFile, "threshold", 0, "none: only a binary classifier has one", std::string(forest.objective().name)});
    }
  }

  void assemble(Plan plan, Forest forest) {
    const wire::ModelKind kind = model_kind(forest.objective());
    BundleFacts facts;
    facts.directory = directory_;
    facts.manifest_sha256 = manifest_.sha256;
    facts.label = std::move(version_.label);
    facts.metadata = std::move(version_.metadata);
    facts.packages = manifest_.packages;
    facts.warnings = std::move(warnings_);
    facts.notes = std::move(notes_);
    for (const InexactStep& step : manifest_.inexact) {
      facts.inexact_steps.push_back(indexed("steps", step.step) + " " + step.what + ": " + std::to_string(step.ulp) + " ulp");
    }
    facts.kernel = forest.kernel();
    facts.bytes = sizeof(Bundle) + schema_.input.memory_bytes() + plan.memory_bytes() + forest.bytes();
    bundle_ = std::unique_ptr<Bundle>(new Bundle{.version = manifest_.version,
                                                 .task = manifest_.task,
                                                 .schema = std::move(schema_.input),
                                                 .plan = std::move(plan),
                                                 .forest = std::move(forest),
                                                 .model_kind = kind,
                                                 .classes = std::move(plan_document_.classes),
                                                 .threshold = serving_.threshold,
                                                 .facts = std::move(facts)});
  }

  bool replay() {
    const bool same_libm = libm_of(manifest_) == libm_of_this_host();
    const auto bounds = feature_bounds(plan_document_.spec, manifest_.inexact);
    replayed_ = replay_golden(*bundle_, golden_, {.one_ulp = !same_libm, .feature_bounds = bounds}, problems_);
    if (!good()) return false;
    bundle_->facts.golden_rows = replayed_.scored;
    bundle_->facts.golden_rejects = replayed_.refused;
    if (!manifest_.inexact.empty()) {
      bundle_->facts.notes.push_back("features of golden rows that differ within their steps' bounds: " +
                                     std::to_string(replayed_.features_off));
    }
    if (!same_libm) {
      bundle_->facts.notes.push_back("trained with " + libm_of(manifest_) + ", served with " + libm_of_this_host() +
                                     ": probabilities may differ by 1 ulp (" + std::to_string(replayed_.values_one_ulp_off) +
                                     " of the golden ones do)");
    }
    return true;
  }

  bool ask_reference() {
    std::string& said = bundle_->facts.reference;
    if (!options_.use_reference) {
      said = "golden rows alone: the reference is switched off";
      return true;
    }
    if (!XgboostReference::trusted(model_)) {
      said = "golden rows alone: this XGBoost library is not verified for models of " + version_text();
      return true;
    }
    auto reference = XgboostReference::load(as_bytes(files_.bytes(manifest_.model_file)), model_, rounds_);
    if (!reference) return refuse_reference("a model that the XGBoost library reads", reference.error());
    const std::size_t features = bundle_->plan.features();
    const std::size_t margins = bundle_->forest.margins_per_row();
    const std::size_t values = bundle_->forest.values_per_row();
    std::vector<float> their_margins(kReferenceRows * margins);
    std::vector<float> their_values(kReferenceRows * values);
    for (std::size_t first = 0; first < replayed_.scored; first += kReferenceRows) {
      const std::size_t rows = std::min<std::size_t>(kReferenceRows, replayed_.scored - first);
      const auto asked = reference->predict(replayed_.features.data() + first * features, rows, nullptr, their_margins.data(),
                                            their_values.data());
      if (!asked) return refuse_reference("an answer of the XGBoost library", asked.error());
      compare_reference("margin", first, margins, rows, replayed_.margins.data() + first * margins, their_margins.data());
      compare_reference("values", first, values, rows, replayed_.values.data() + first * values, their_values.data());
      if (!good()) return false;
    }
    said = "xgboost: " + std::to_string(replayed_.scored) + " golden rows equal in every bit";
    return true;
  }

  [[nodiscard]] std::string version_text() const {
    return std::to_string(model_.version.major) + "." + std::to_string(model_.version.minor) + "." +
           std::to_string(model_.version.patch);
  }

  bool refuse_reference(std::string expected, std::string found) {
    problems_.push_back({manifest_.model_file, "reference", 0, std::move(expected), std::move(found)});
    return false;
  }

  void compare_reference(const char* key, std::size_t first, std::size_t width, std::size_t rows, const float* ours,
                         const float* theirs) {
    for (std::size_t i = 0; i < rows * width && problems_.size() < kGoldenProblemsMax; ++i) {
      if (golden_bits(ours[i]) == golden_bits(theirs[i])) continue;
      problems_.push_back({kGoldenFile, indexed(key, i % width) + " by the XGBoost library", scored_line(first + i / width),
                           golden_hex(golden_bits(theirs[i])), golden_hex(golden_bits(ours[i]))});
    }
  }

  // Line in golden.jsonl of the n-th scored row.
  [[nodiscard]] std::uint64_t scored_line(std::size_t number) const {
    for (const GoldenRow& row : golden_) {
      if (row.scored && number-- == 0) return row.line;
    }
    return 0;
  }

  const std::string& directory_;
  const LoadOptions& options_;
  BundleProblems problems_;
  std::vector<std::string> warnings_;
  std::vector<std::string> notes_;
  Manifest manifest_;
  FileSet files_;
  FeatureSchema schema_;
  PlanDocument plan_document_;
  VersionText version_;
  ServingChoices serving_;
  std::vector<GoldenRow> golden_;
  BoosterModel model_;
  std::size_t rounds_ = 0;  // that answer; 0: all
  GoldenReplay replayed_;
  std::unique_ptr<Bundle> bundle_;
};

}  // namespace

Result<std::unique_ptr<Bundle>, BundleProblems> load_bundle(const std::string& directory, const LoadOptions& options) {
  return Load(directory, options).run();
}

namespace {

Result<Manifest, BundleProblems> manifest_in(const BundleDirectory& directory) {
  const auto text = directory.read(kManifestFile, kManifestBytesMax);
  if (!text) return fail(BundleProblems{text.error()});
  BundleProblems problems;
  Manifest manifest = read_manifest(*text, problems);
  if (!problems.empty()) return fail(std::move(problems));
  return manifest;
}

BundleIdentity identity_in(const Manifest& manifest) { return {manifest.version, manifest.task, manifest.sha256}; }

}  // namespace

Result<BundleIdentity, BundleProblems> identify_bundle(const std::string& path) {
  const auto directory = BundleDirectory::open(path);
  if (!directory) return fail(BundleProblems{directory.error()});
  const auto manifest = manifest_in(*directory);
  if (!manifest) return fail(manifest.error());
  return identity_in(*manifest);
}

Result<BundleOutline, BundleProblems> outline_bundle(const std::string& path) {
  const auto directory = BundleDirectory::open(path);
  if (!directory) return fail(BundleProblems{directory.error()});
  const auto manifest = manifest_in(*directory);
  if (!manifest) return fail(manifest.error());
  BundleProblems problems;
  for (const ManifestFile& file : manifest->files) {
    if (file.path != kSchemaFile) continue;
    const auto text = read_listed_file(*directory, file, kManifestBytesMax, problems);
    FeatureSchema schema;
    if (text) schema = read_feature_schema(*text, problems);
    if (!problems.empty()) return fail(std::move(problems));
    return BundleOutline{identity_in(*manifest), std::move(schema.input)};
  }
  return fail(BundleProblems{{kManifestFile, "files", 0, std::string("an entry for ") + kSchemaFile, "none"}});
}

}  // namespace ringside::engine

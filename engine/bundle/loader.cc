#include "engine/bundle/loader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "client_lib/base/clock.h"
#include "engine/bundle/baseline_json.h"
#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/file_set.h"
#include "engine/bundle/flat_document.h"
#include "engine/bundle/golden.h"
#include "engine/bundle/inexact.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/model_file.h"
#include "engine/bundle/plan_json.h"
#include "engine/bundle/schema_yaml.h"
#include "engine/bundle/serving_yaml.h"
#include "engine/bundle/version_txt.h"
#include "engine/bundle/workspace.h"
#include "engine/region/scratch.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

wire::ModelKind model_kind(const Scorer& scorer) noexcept {
  switch (scorer.kind()) {
    case ScoreKind::kBinary:  // several targets, each with a probability of its own: values, and none of them the label's
      return scorer.values_per_row() == 1 ? wire::ModelKind::kBinary : wire::ModelKind::kOther;
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

// A load in progress: each step fills the next members, or adds problems and ends it.
class Load {
 public:
  Load(const std::string& directory, const LoadOptions& options) : directory_(directory), options_(options) {}

  Result<std::unique_ptr<Bundle>, BundleProblems> run() {
    const std::uint64_t began_ns = base::monotonic_ns();
    const std::pair<const char*, bool (Load::*)()> stages[] = {{"files", &Load::read_files},
                                                               {"formats", &Load::read_parts},
                                                               {"build", &Load::build},
                                                               {"golden", &Load::replay},
                                                               {"reference", &Load::ask_reference}};
    std::vector<std::pair<std::string, std::chrono::nanoseconds>> spent;
    for (const auto& [name, stage] : stages) {
      const std::uint64_t stage_began_ns = base::monotonic_ns();
      if (!(this->*stage)()) return fail(std::move(problems_));
      spent.emplace_back(name, base::monotonic_ns() - stage_began_ns);
    }
    bundle_->facts.stages = std::move(spent);
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
    if (!check_signature(*directory, *text)) return false;
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

  // Before anything in the manifest is believed.
  bool check_signature(const BundleDirectory& directory, std::string_view manifest) {
    signature_ = "not checked";
    if (options_.signature == SignatureMode::kOff) return true;
    const auto signer = verify_signature(directory, manifest, options_.trusted_keys);
    if (signer) {
      signature_ = "signed by " + *signer;
    } else if (options_.signature == SignatureMode::kRequire) {
      problems_.push_back(signer.error());
    } else {
      signature_ = signer.error().text();
      warnings_.push_back(signature_);
    }
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
    const FloatType outputs = manifest_.model_file == kLightgbmFile ? FloatType::kFloat64 : FloatType::kFloat32;
    golden_ = read_golden(files_.bytes(kGoldenFile), {plan_document_.spec.feature_type, outputs}, problems_);
    return good();
  }

  bool build() {
    auto plan = Plan::compile(plan_document_.spec, schema_.input);
    if (!plan) {
      for (PlanProblem& problem : plan.error()) {
        problems_.push_back({kPlanFile, std::move(problem.key), 0, std::move(problem.expected), std::move(problem.found)});
      }
    } else {
      if (plan->features() > wire::kRowNumbersMax) {
        problems_.push_back({kPlanFile, "features", 0,
                             "at most " + std::to_string(wire::kRowNumbersMax) + ": as many as an answer can return",
                             std::to_string(plan->features())});
      }
      compare_names(kSchemaFile, "final_feature_cols", plan->feature_names(), schema_.final_feature_cols,
                    "features of preprocess.json", problems_);
    }
    check_inexact(plan_document_.spec, manifest_.inexact, problems_);
    model_ = ModelFile::read(manifest_.model_file, as_bytes(files_.bytes(manifest_.model_file)), problems_);
    if (model_ == nullptr) return false;
    if (plan && model_->num_feature() != plan->features()) {  // Before anything of that many features is made.
      problems_.push_back({manifest_.model_file, model_->num_feature_key(), 0,
                           std::to_string(plan->features()) + " (features of preprocess.json)",
                           std::to_string(model_->num_feature())});
      return false;
    }
    model_->check_features(plan_document_.spec, problems_);
    model_->keep_rounds(serving_.iterations, notes_, problems_);
    if (!good()) return false;
    auto scorer = model_->pack(plan_document_.spec.feature_type, *region_, problems_);
    packed_bytes_ = region_->used();
    if (!plan || !scorer) return false;
    model_->check_names(plan->feature_names(), problems_);
    model_->settle_threshold(serving_, problems_);
    check_classes(*scorer);
    if (files_.has(kBaselineFile)) read_baseline_of(*plan, *scorer);
    read_evaluation();
    if (!good()) return false;
    assemble(std::move(*plan), std::move(*scorer));
    return true;
  }

  // What classes, threshold and objective must agree on.
  void check_classes(const Scorer& scorer) {
    const std::string objective = scorer.objective().empty() ? "an objective of training's own" : std::string(scorer.objective());
    const std::size_t classes = plan_document_.classes.size();
    const wire::ModelKind kind = model_kind(scorer);
    const std::size_t expected = kind == wire::ModelKind::kBinary       ? 2
                                 : kind == wire::ModelKind::kMulticlass ? scorer.margins_per_row()
                                                                        : 0;
    if (classes != expected && (classes != 0 || kind == wire::ModelKind::kOther)) {
      problems_.push_back({kPlanFile, "classes", 0, std::to_string(expected) + " for " + objective, std::to_string(classes)});
    }
    if (serving_.threshold && (kind != wire::ModelKind::kBinary || classes == 0)) {
      problems_.push_back({kServingFile, "threshold", 0, "none: only a binary classifier has one", objective});
    }
  }

  void read_baseline_of(const Plan& plan, const Scorer& scorer) {
    BaselineSubject subject{.features = plan.feature_names(),
                            .fields = {},
                            .scores = scorer.values_per_row(),
                            .features_are_float32 = plan_document_.spec.feature_type == FloatType::kFloat32,
                            .scores_are_float32 = scorer.output_type() == FloatType::kFloat32};
    for (const Field& field : schema_.input.fields()) subject.fields.push_back(field.name);
    baseline_ = read_baseline(files_.bytes(kBaselineFile), subject, problems_);
  }

  // What training measured, for people. The engine computes nothing from it, so what cannot be read is a warning.
  void read_evaluation() {
    if (!files_.has(kEvaluationFile)) return;
    BundleProblems found;
    ProblemList problems(kEvaluationFile, found);
    const auto document = parse_json(files_.bytes(kEvaluationFile));
    if (document) {
      evaluation_ = flat(*document, problems);
    } else {
      problems.add("", document.error().expected, document.error().found);
    }
    for (const BundleProblem& problem : found) warnings_.push_back(problem.text());
  }

  // Everything moves in behind the forest, which is there; from here on it is read-only.
  void settle(Plan& plan) {
    plan.settle(*region_);
    schema_.input.settle(*region_);
    region_->seal();
    if (!options_.lock_memory) return;
    if (const int error = region_->lock(); error != 0) {
      warnings_.push_back("its " + std::to_string((region_->bytes() + 999'999) / 1'000'000) +
                          " MB could not be locked in memory: " + std::strerror(error) +
                          "; next: raise the limit (ulimit -l, LimitMEMLOCK= of the service), or set loader.lock_memory: false");
    }
  }

  void assemble(Plan plan, Scorer scorer) {
    settle(plan);
    const wire::ModelKind kind = model_kind(scorer);
    BundleFacts facts;
    facts.directory = directory_;
    facts.manifest_sha256 = manifest_.sha256;
    facts.label = std::move(version_.label);
    facts.metadata = std::move(version_.metadata);
    facts.evaluation = std::move(evaluation_);
    facts.packages = manifest_.packages;
    facts.warnings = std::move(warnings_);
    facts.notes = std::move(notes_);
    for (const InexactStep& step : manifest_.inexact) {
      facts.inexact_steps.push_back(indexed("steps", step.step) + " " + step.what + ": " + std::to_string(step.ulp) + " ulp");
    }
    facts.signature = std::move(signature_);
    facts.kernel = scorer.kernel();
    facts.files = manifest_.files.size();
    for (const ManifestFile& file : manifest_.files) {
      facts.file_bytes += file.bytes;
      if (file.path == kPlanFile) facts.preprocess_sha256 = file.sha256;
    }
    const std::size_t elsewhere = scorer.bytes() - std::min(scorer.bytes(), packed_bytes_);  // of the forest
    facts.bytes = region_->bytes() + sizeof(Bundle) + schema_.input.memory_bytes() + plan.memory_bytes() + elsewhere;
    bundle_ = std::unique_ptr<Bundle>(new Bundle{.region = std::move(region_),
                                                 .version = manifest_.version,
                                                 .task = manifest_.task,
                                                 .schema = std::move(schema_.input),
                                                 .plan = std::move(plan),
                                                 .scorer = std::move(scorer),
                                                 .model_kind = kind,
                                                 .classes = std::move(plan_document_.classes),
                                                 .threshold = serving_.threshold,
                                                 .baseline = std::move(baseline_),
                                                 .facts = std::move(facts)});
  }

  bool replay() {
    const bool same_libm = libm_of(manifest_) == libm_of_this_host();
    const auto bounds = feature_bounds(plan_document_.spec, manifest_.inexact);
    replayed_ = replay_golden(*bundle_, golden_, {.one_ulp = !same_libm, .feature_bounds = bounds}, problems_);
    if (good()) bundle_->facts.golden_walks = model_->compare_walks(golden_, replayed_, problems_);
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
    bundle_->facts.reference = model_->compare(replayed_, golden_, options_.use_reference, problems_);
    return good();
  }

  const std::string& directory_;
  const LoadOptions& options_;
  BundleProblems problems_;
  FlatDocument evaluation_;
  std::vector<std::string> warnings_;
  std::vector<std::string> notes_;
  std::string signature_;
  Manifest manifest_;
  FileSet files_;
  FeatureSchema schema_;
  PlanDocument plan_document_;
  VersionText version_;
  ServingChoices serving_;
  std::vector<GoldenRow> golden_;
  std::optional<Baseline> baseline_;
  std::unique_ptr<ModelFile> model_;
  GoldenReplay replayed_;
  std::unique_ptr<Region> region_ = std::make_unique<Region>();
  std::size_t packed_bytes_ = 0;  // of the region, by the forest
  std::unique_ptr<Bundle> bundle_;
};

}  // namespace

Result<std::unique_ptr<Bundle>, BundleProblems> load_bundle(const std::string& directory, const LoadOptions& options) {
  const ScratchUse scratch(options.scratch);
  return Load(directory, options).run();  // what it read goes with the Load, before the scratch does
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

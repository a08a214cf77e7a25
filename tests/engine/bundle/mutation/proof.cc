#include "tests/engine/bundle/mutation/proof.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/golden_call.h"
#include "engine/bundle/loader.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/model_file.h"
#include "engine/bundle/plan_json.h"
#include "engine/bundle/schema_yaml.h"
#include "engine/bundle/serving_yaml.h"
#include "engine/bundle/workspace.h"
#include "engine/decode/gather.h"
#include "engine/region/region.h"

namespace ringside::test {
namespace {

const char* model_file_of(const std::map<std::string, std::string>& files) {
  return files.contains("model.txt") ? "model.txt" : "model.json";
}

[[noreturn]] void wrong(const std::string& what) {
  std::fprintf(stderr, "mutation proof: %s\n", what.c_str());
  std::exit(2);
}

// The manifest with the size and hash of `text` for `file`: what a thorough forger, or a tool that rewrites a file, would leave.
std::string manifest_for(const std::string& manifest, const std::string& file, const std::string& text) {
  auto document = nlohmann::ordered_json::parse(manifest);
  for (auto& entry : document["files"]) {
    if (entry["path"] != file) continue;
    entry["size"] = text.size();
    entry["sha256"] = engine::sha256_hex(text);
  }
  return document.dump();
}

template <class Value>
std::string label_of(const engine::Bundle& bundle, const Value* values) {
  const std::int32_t index = bundle.label_index(values);
  if (index < 0) return {};
  const engine::ClassLabel& label = bundle.classes[static_cast<std::size_t>(index)];
  return std::holds_alternative<std::string>(label) ? std::get<std::string>(label)
                                                    : std::to_string(std::get<std::int64_t>(label));
}

wire::ModelKind kind_of(const engine::Scorer& scorer) {
  const engine::ScoreKind kind = scorer.kind();
  return kind == engine::ScoreKind::kBinary && scorer.values_per_row() == 1 ? wire::ModelKind::kBinary
         : kind == engine::ScoreKind::kMultiClass                           ? wire::ModelKind::kMulticlass
                                                                            : wire::ModelKind::kOther;
}

engine::GoldenRow row_of(const std::string& line, const engine::InputSchema& schema) {
  auto document = engine::parse_json(line);
  if (!document) wrong("a row that is no JSON object");
  engine::DocumentNode node = *std::move(document);
  for (const engine::DocumentMember& member : node.members) {
    if (member.name != "row" || !member.value.is(engine::DocumentNode::Kind::kMap)) continue;
    engine::DocumentNode inner = member.value;
    node = std::move(inner);
    break;
  }
  std::erase_if(node.members, [&](const engine::DocumentMember& member) { return schema.find(member.name) < 0; });
  engine::GoldenRow row;
  row.row = std::move(node);
  return row;
}

}  // namespace

MutationProof::MutationProof(const std::filesystem::path& directory, const std::filesystem::path& rows) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    files_[name] = read_file(entry.path());
    write_file(place_.path() / name, files_[name]);
  }
  const auto loaded = engine::load_bundle(place_.path().string(), {.expected_task = {}, .use_reference = false});
  if (!loaded) wrong(directory.string() + ": " + loaded.error().front().text());
  std::ifstream lines(rows);
  for (std::string line; std::getline(lines, line);) rows_.push_back(row_of(line, (*loaded)->schema));
  if (rows_.empty()) wrong(rows.string() + ": no rows");
  for (const auto& [name, text] : files_) {
    const auto found = parameters_of(name, text);
    parameters_.insert(parameters_.end(), found.begin(), found.end());
  }
  const auto bundle = assemble(files_);
  if (!bundle) wrong(directory.string() + ": cannot be put together");
  gather_features(*bundle, features_, refused_);
  good_ = predict(*bundle, true);
}

Fate MutationProof::judge(const Parameter& parameter, std::uint32_t bit) {
  const std::string& before = files_.at(parameter.file);
  std::string after = flipped(before, parameter, bit);
  change_ = before.substr(parameter.begin, parameter.end - parameter.begin) + " -> " +
            after.substr(parameter.begin, parameter.end - parameter.begin + after.size() - before.size());
  altered_ = 0;
  refusal_.clear();
  std::map<std::string, std::string> spoilt = files_;
  spoilt[parameter.file] = std::move(after);
  const auto bundle = assemble(spoilt);
  if (!bundle) return Fate::kNoBundle;
  const bool same_features = parameter.file == model_file_of(files_) || parameter.file == engine::kServingFile;
  altered_ = differing(predict(*bundle, same_features));
  if (altered_ == 0) return Fate::kSame;
  return loader_refuses(parameter.file, spoilt[parameter.file]) ? Fate::kRefused : Fate::kSurvived;
}

bool MutationProof::loader_refuses(const std::string& file, const std::string& text) {
  write_file(place_.path() / file, text);
  write_file(place_.path() / engine::kManifestFile, manifest_for(files_.at(engine::kManifestFile), file, text));
  const auto loaded = engine::load_bundle(place_.path().string(), {.expected_task = {}, .use_reference = false});
  if (!loaded) refusal_ = loaded.error().front().text();
  write_file(place_.path() / file, files_.at(file));
  write_file(place_.path() / engine::kManifestFile, files_.at(engine::kManifestFile));
  return !loaded;
}

// What the loader does between the hashes and the golden rows.
std::unique_ptr<engine::Bundle> MutationProof::assemble(const std::map<std::string, std::string>& files) const {
  engine::BundleProblems problems;
  engine::FeatureSchema schema = engine::read_feature_schema(files.at(engine::kSchemaFile), problems);
  engine::PlanDocument document = engine::read_plan(files.at(engine::kPlanFile), problems);
  engine::ServingChoices serving;
  if (files.contains(engine::kServingFile)) serving = engine::read_serving(files.at(engine::kServingFile), problems);
  if (!problems.empty()) return nullptr;
  auto plan = engine::Plan::compile(document.spec, schema.input);
  if (!plan || plan->feature_names() != schema.final_feature_cols) return nullptr;
  const std::string& text = files.at(model_file_of(files));
  const auto model = engine::ModelFile::read(model_file_of(files), std::as_bytes(std::span(text.data(), text.size())), problems);
  if (!model || model->num_feature() != plan->features()) return nullptr;
  std::vector<std::string> notes;
  model->keep_rounds(serving.iterations, notes, problems);
  if (!problems.empty()) return nullptr;
  auto region = std::make_unique<engine::Region>();
  auto scorer = model->pack(document.spec.feature_type, *region, problems);
  model->settle_threshold(serving, problems);
  if (!scorer || !problems.empty()) return nullptr;
  region->seal();
  const wire::ModelKind kind = kind_of(*scorer);
  return std::unique_ptr<engine::Bundle>(new engine::Bundle{.region = std::move(region),
                                                            .version = "spoilt",
                                                            .task = "spoilt",
                                                            .schema = std::move(schema.input),
                                                            .plan = *std::move(plan),
                                                            .scorer = *std::move(scorer),
                                                            .model_kind = kind,
                                                            .classes = std::move(document.classes),
                                                            .threshold = serving.threshold,
                                                            .facts = {}});
}

void MutationProof::gather_features(const engine::Bundle& bundle, engine::FloatBlock& features,
                                    std::vector<std::uint8_t>& refused) const {
  engine::GoldenCall call(bundle.schema);
  engine::Workspace work(bundle);
  features = engine::FloatBlock(bundle.plan.feature_type(), rows_.size() * work.stride);
  refused.assign(rows_.size(), 0);
  for (std::size_t first = 0; first < rows_.size(); first += engine::kTileRows) {
    const std::size_t count = std::min<std::size_t>(engine::kTileRows, rows_.size() - first);
    if (call.send(std::span(rows_).subspan(first, count)) != engine::CallShape::kGood) wrong("a row that cannot be sent");
    engine::GatherCursor cursor;
    for (std::size_t done = 0; done < count;) {
      const auto outcome = gather(call.call(), call.adapter(), bundle.schema, engine::kTileRows, cursor, work.tile);
      if (outcome.malformed) wrong("a row that is malformed");
      bundle.plan.run(work.tile, *work.plan, work.features.data(), work.stride);
      std::memcpy(features.at((first + done) * work.stride), work.features.data(),
                  outcome.rows * work.stride * engine::float_bytes(features.type()));
      for (std::uint32_t i = 0; i < outcome.rows; ++i) refused[first + done + i] = work.tile.invalid() >> i & 1;
      done += outcome.rows;
    }
  }
}

MutationProof::Predictions MutationProof::predict(const engine::Bundle& bundle, bool same_features) {
  engine::FloatBlock own_features;
  Predictions made;
  if (same_features) {
    made.refused = refused_;
  } else {
    gather_features(bundle, own_features, made.refused);
  }
  const engine::FloatBlock& features = same_features ? features_ : own_features;
  const std::size_t stride = features.size() / rows_.size();
  const std::size_t margins = bundle.scorer.margins_per_row(), values = bundle.scorer.values_per_row();
  engine::FloatBlock margin(bundle.scorer.output_type(), rows_.size() * margins);
  engine::FloatBlock value(bundle.scorer.output_type(), rows_.size() * values);
  for (std::size_t first = 0; first < rows_.size(); first += engine::kTileRows) {
    const std::size_t count = std::min<std::size_t>(engine::kTileRows, rows_.size() - first);
    bundle.scorer.score(features.at(first * stride), count, stride, margin.at(first * margins), value.at(first * values));
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const bool refused = made.refused[row] != 0;
    for (std::size_t k = 0; k < margins; ++k)
      made.margins.push_back(refused ? 0 : engine::golden_bits(margin, row * margins + k));
    for (std::size_t k = 0; k < values; ++k) made.values.push_back(refused ? 0 : engine::golden_bits(value, row * values + k));
    made.labels.push_back(refused ? std::string()
                          : value.type() == engine::FloatType::kFloat64
                              ? label_of(bundle, value.as<double>().data() + row * values)
                              : label_of(bundle, value.as<float>().data() + row * values));
  }
  return made;
}

std::size_t MutationProof::differing(const Predictions& found) const {
  if (found.margins.size() != good_.margins.size() || found.values.size() != good_.values.size()) return rows_.size();
  const std::size_t margins = good_.margins.size() / rows_.size(), values = good_.values.size() / rows_.size();
  std::size_t count = 0;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const auto equal = [row](const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other, std::size_t width) {
      return std::equal(one.begin() + static_cast<std::ptrdiff_t>(row * width),
                        one.begin() + static_cast<std::ptrdiff_t>((row + 1) * width),
                        other.begin() + static_cast<std::ptrdiff_t>(row * width));
    };
    count += found.refused[row] == good_.refused[row] && found.labels[row] == good_.labels[row] &&
                     equal(found.margins, good_.margins, margins) && equal(found.values, good_.values, values)
                 ? 0
                 : 1;
  }
  return count;
}

}  // namespace ringside::test

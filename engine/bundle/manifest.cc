#include "engine/bundle/manifest.h"

#include <gnu/libc-version.h>

#include <algorithm>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/document_reader.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos && name.size() <= 255;
}

// Names of versions and tasks become names of directories, sockets and labels.
bool is_safe_name(std::string_view name) noexcept {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.front() != '.' && name.front() != '-' && name.size() <= wire::kVersionBytesMax &&
         std::all_of(name.begin(), name.end(), safe);
}

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Digits in so many runs, each of at least one digit, with a point between them.
bool is_dotted(std::string_view text, std::size_t runs) {
  const auto point = text.find('.');
  const std::string_view first = text.substr(0, point);
  if (first.empty() || first.find_first_not_of("0123456789") != std::string_view::npos) return false;
  return point == std::string_view::npos ? runs == 1 : runs > 1 && is_dotted(text.substr(point + 1), runs - 1);
}

std::string safe_name(MapReader& reader, const char* key) {
  std::string name = reader.text(key);
  if (!name.empty() && !is_safe_name(name)) {
    reader.problems().add(reader.path(key), "letters, digits, _ - . (not first), at most 128", in_quotes(name));
  }
  return name;
}

// The library whose bits the golden rows hold.
void need_package(const Manifest& manifest, const char* library, ProblemList& problems) {
  const auto named = [library](const auto& package) { return package.first == library; };
  if (std::any_of(manifest.packages.begin(), manifest.packages.end(), named)) return;
  problems.add("packages", std::string(library) + ", which trained " + manifest.model_file, "none");
}

void read_libm(MapReader& root, ProblemList& problems, Manifest& manifest) {
  const DocumentNode* node = root.need("libm");
  if (node == nullptr) return;
  MapReader libm(*node, "libm", problems);
  manifest.libm_name = libm.text("name");
  manifest.libm_version = libm.text("version");
  if (const DocumentNode* fma = libm.need("fma")) {
    if (!fma->is(DocumentNode::Kind::kBool)) problems.add("libm.fma", "true or false", fma->described());
    manifest.libm_fma = fma->flag;
  }
  libm.finish();
}

// One unit of a float32: a wider bound would hide a wrong parameter. Near zero a Yeo-Johnson is thousands of float64 units off.
constexpr std::uint64_t kUlpMax = std::uint64_t{1} << 29;

void read_inexact(MapReader& root, ProblemList& problems, Manifest& manifest) {
  const DocumentNode* list = root.need("inexact");
  if (list == nullptr) return;
  if (!list->is(DocumentNode::Kind::kList)) return problems.add("inexact", "a list", list->described());
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string key = indexed("inexact", i);
    MapReader entry(list->items[i], key, problems);
    InexactStep step{.step = entry.count("step"), .what = entry.text("what"), .ulp = entry.count("ulp")};
    entry.finish();
    if (step.ulp == 0 || step.ulp > kUlpMax)
      problems.add(key + ".ulp", "1 to " + std::to_string(kUlpMax), std::to_string(step.ulp));
    if (!manifest.inexact.empty() && manifest.inexact.back().step >= step.step)
      problems.add(key + ".step", "steps in their order, each once", std::to_string(step.step));
    manifest.inexact.push_back(std::move(step));
  }
}

void read_files(MapReader& root, ProblemList& problems, Manifest& manifest) {
  const DocumentNode* list = root.need("files");
  if (list == nullptr) return;
  if (!list->is(DocumentNode::Kind::kList)) return problems.add("files", "a list", list->described());
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string key = indexed("files", i);
    MapReader entry(list->items[i], key, problems);
    ManifestFile file{.path = entry.text("path"), .bytes = entry.count("size"), .sha256 = entry.text("sha256")};
    entry.finish();
    if (!is_plain_name(file.path)) problems.add(key + ".path", "a plain file name", in_quotes(file.path));
    if (file.path == kManifestFile || file.path == kSignatureFile)
      problems.add(key + ".path", "no manifest in the manifest", in_quotes(file.path));
    if (!is_sha256(file.sha256)) problems.add(key + ".sha256", "64 lower-case hex digits", in_quotes(file.sha256));
    if (!manifest.files.empty() && manifest.files.back().path >= file.path) {
      problems.add(key + ".path", "paths sorted, each once",
                   in_quotes(file.path) + " after " + in_quotes(manifest.files.back().path));
    }
    manifest.files.push_back(std::move(file));
  }
}

}  // namespace

bool Manifest::lists(std::string_view path) const noexcept {
  return std::any_of(files.begin(), files.end(), [path](const ManifestFile& file) { return file.path == path; });
}

Manifest read_manifest(std::string_view text, BundleProblems& all_problems) {
  ProblemList problems(kManifestFile, all_problems);
  Manifest manifest;
  manifest.sha256 = sha256_hex(text);
  const auto document = parse_json(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return manifest;
  }
  MapReader root(*document, "", problems);
  if (const auto format = root.count("format_version"); problems.empty() && format != 1) {
    // Nothing more can be said of a file in another format.
    problems.add("format_version", "1", std::to_string(format));
    return manifest;
  }
  manifest.version = safe_name(root, "version");
  manifest.task = safe_name(root, "task_name");
  manifest.created = root.text("created");
  manifest.packages = root.text_map("packages");
  read_libm(root, problems, manifest);
  if (const DocumentNode* made_from = root.need("made_from"); made_from != nullptr && !made_from->is(DocumentNode::Kind::kMap)) {
    problems.add("made_from", "a map", made_from->described());
  }
  read_inexact(root, problems, manifest);
  if (const DocumentNode* node = root.need("model")) {
    MapReader model(*node, "model", problems);
    manifest.model_file = model.text("file");
    model.finish();
    const bool lightgbm = manifest.model_file == kLightgbmFile;
    if (!lightgbm && manifest.model_file != "model.json" && manifest.model_file != "model.ubj") {
      problems.add("model.file", "model.json, model.ubj or model.txt", in_quotes(manifest.model_file));
    }
    if (root.find("packages") != nullptr) need_package(manifest, lightgbm ? "lightgbm" : "xgboost", problems);
  }
  read_files(root, problems, manifest);
  root.finish();
  return manifest;
}

bool is_usual_version(std::string_view version, std::string_view task) {
  if (!version.starts_with(std::string(task) + "_")) return false;
  version.remove_prefix(task.size() + 1);
  if (version.starts_with('v')) return is_dotted(version.substr(1), 3);
  const std::size_t date = std::min(version.find('.'), version.size());
  return date == 8 && (is_dotted(version, 1) || is_dotted(version, 2));
}

std::string libm_of(const Manifest& manifest) {
  return manifest.libm_name + " " + manifest.libm_version + (manifest.libm_fma ? " with FMA" : " without FMA");
}

std::string libm_of_this_host() {
#if defined(__x86_64__)
  const bool fma = __builtin_cpu_supports("fma");  // glibc chooses its expf by this
#else
  const bool fma = true;
#endif
  return std::string("glibc ") + gnu_get_libc_version() + (fma ? " with FMA" : " without FMA");
}

}  // namespace ringside::engine

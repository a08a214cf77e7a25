#include "tests/engine/versions/load_memory.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "client_lib/base/check.h"
#include "engine/region/load_heap.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/versions.h"
#include "tests/support/bundle_files.h"
#include "tests/support/watchdog.h"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;
using namespace engine;

constexpr std::size_t kVersions = 10;
constexpr const char* kExample = "loan_default_v1.0.0";

std::string version_of(std::size_t load) { return "loan_default_v9." + std::to_string(load % kVersions) + ".0"; }

void copy_example(const fs::path& models, const std::string& version) {
  fs::copy(fs::path("models") / kExample, models / version);
  std::string manifest = read_file(models / version / "manifest.json");
  manifest.replace(manifest.find(kExample), std::string(kExample).size(), version);
  write_file(models / version / "manifest.json", manifest);
}

std::size_t anonymous_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8));
  }
  return 0;
}

}  // namespace

LoadMemory memory_after_loads(std::size_t first, std::size_t last, bool use_reference) {
  TemporaryDirectory place;
  for (std::size_t i = 0; i < kVersions; ++i) copy_example(place.path(), version_of(i));
  const auto one = load_bundle((place.path() / version_of(0)).string(), {.expected_task = "", .use_reference = use_reference});
  RINGSIDE_CHECK(one.ok());
  RINGSIDE_CHECK(!use_reference || (*one)->facts.reference.starts_with("xgboost: "));
  std::uint64_t files = 0;
  for (const auto& file : fs::directory_iterator(place.path() / version_of(0))) files += file.file_size();

  LoadMemory found;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  Directory directory = *Directory::make(1);
  TrafficPublisher publisher(1, reclaimer, directory);
  Versions versions({.task = "loan_default",
                     .models_directory = place.path().string(),
                     .use_reference = use_reference,
                     .remember = {},
                     .record =
                         [&](const VersionEvent& event) {
                           found.loads += event.action == "load" && event.outcome == "done" ? 1 : 0;
                           found.retirements += event.action == "retire" ? 1 : 0;
                         },
                     .memory_max = 5 * (*one)->facts.bytes + files,
                     .make_scratch = [] { return std::make_unique<LoadHeap>(); }},
                    publisher);
  RINGSIDE_CHECK(versions.start((place.path() / version_of(0)).string()).ok());
  std::size_t measured = 0;
  for (std::size_t load = 1; measured < last; ++load) {
    RINGSIDE_CHECK(load <= 2 * last);  // else all of them are resident, and nothing is loaded
    std::promise<SwitchOutcome> outcome;
    versions.switch_to({.version = version_of(load), .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
    const SwitchOutcome done = outcome.get_future().get();
    for (const BundleProblem& problem : done.problems) std::fprintf(stderr, "%s\n", problem.text().c_str());
    if (done.kind != SwitchOutcome::Kind::kPublished) std::fprintf(stderr, "load %zu: %s\n", load, done.message.c_str());
    RINGSIDE_CHECK(done.kind == SwitchOutcome::Kind::kPublished);
    if (found.loads == measured || (found.loads != first && found.loads != last)) continue;
    measured = found.loads;
    wait_until([&] { return reclaimer.waiting() == 0; });
    (measured == first ? found.first_kb : found.last_kb) = anonymous_kb();
  }
  versions.stop();
  return found;
}

}  // namespace ringside::test

// journal_rate: how many records a second one worker's journal commits and its recorder brings to a disk, for as long as asked; beside how many
// calls found no room. No engine and no client around it: rows of loan_default that are scored once, recorded over and over, a tile a call.
//
//   journal_rate_bench --folder DIR [--seconds 10] [--rows 64] [--repository DIR]
//
// DIR is on the disk in question; the landing ring is on /dev/shm. The worker is this thread, the recorder and its syncs are threads beside it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "bench/comparison.h"
#include "client_lib/base/clock.h"
#include "engine/bundle/loader.h"
#include "engine/bundle/workspace.h"
#include "engine/ledger/journal.h"

namespace ringside::bench {
namespace {

using namespace engine;

struct Asked {
  std::string folder, repository = ".";
  double seconds = 10;
  std::uint32_t rows = kTileRows;
};

// Every field of every row has a value, one in twenty is missing.
void fill(const Bundle& bundle, Workspace& space, std::uint32_t rows) {
  space.tile.start(rows);
  for (std::uint32_t field = 0; field < bundle.schema.size(); ++field) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (bundle.schema.fields()[field].is_text()) {
        space.tile.texts(field)[row] = {"Verified10", 3 + (field + row) % 8};
      } else {
        space.tile.numbers(field)[row] = (field * 7 + row) % 20 == 0 ? NAN : 100.0 * field + row;
      }
    }
  }
  bundle.plan.run(space.tile, *space.plan, space.features.data(), space.stride);
  bundle.scorer.score(space.features.data(), rows, space.stride, space.margins.data(), space.values.data());
}

void run(const Asked& asked) {
  const auto loaded =
      load_bundle(asked.repository + "/models/loan_default_v1.0.0", {.expected_task = {}, .use_reference = false});
  if (!loaded) give_up("loan_default is refused by the engine's loader");
  const Bundle& bundle = **loaded;
  Workspace space(bundle);
  fill(bundle, space, asked.rows);
  std::array<std::int32_t, kTileRows> labels{};
  const RecordedTile tile{
      .schema = bundle.schema,
      .tile = space.tile,
      .scores = {space.values.data(), space.margins.data(), space.features.data(), space.stride, labels.data()},
      .values = static_cast<std::uint16_t>(bundle.scorer.values_per_row()),
      .margins = static_cast<std::uint16_t>(bundle.scorer.margins_per_row()),
      .features = static_cast<std::uint16_t>(bundle.plan.features()),
      .output_type = bundle.scorer.output_type(),
      .feature_type = bundle.plan.feature_type()};

  const std::string state = asked.folder + "/journal_rate." + std::to_string(getpid());
  VersionBook versions;
  {
    auto opened = Journal::open(
        {.key_file = state + "/key",
         .landing = {.task = "journal_rate", .run_directory = state, .state_directory = state, .configured = {}},
         .recorder = {.recovery = {.task = "journal_rate",
                                   .journal_folder = state + "/journal",
                                   .landing_folder = {},
                                   .warn = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }}},
         .workers = {},
         .keeping = {.journal_folder = {}, .state_folder = {}, .seal = false, .warn = {}},
         .day_keys_folder = {}},
        versions);
    if (!opened) give_up(opened.error());
    WorkerJournal& journal = *(*opened)->of_worker(0);
    const Peer peer{};
    const CallMeta meta;
    const CallSummary summary;
    RequestIdMaker ids;
    ids.start_call();
    const RecordedCall call{.peer = peer,
                            .meta = &meta,
                            .ticket = 1,
                            .client_id = 1,
                            .rows = static_cast<std::uint16_t>(asked.rows),
                            .summary = summary};
    std::uint64_t refused = 0;
    const std::uint64_t begin = base::monotonic_ns(), wanted = static_cast<std::uint64_t>(asked.seconds * 1e9);
    while (base::monotonic_ns() - begin < wanted) {
      if (!journal.record_rows(call, 0, tile, ids)) ++refused;
      journal.seal();
    }
    const double seconds = static_cast<double>(base::monotonic_ns() - begin) * 1e-9;
    const JournalStatus status = (*opened)->status();
    std::printf(
        "%.0f records/s committed, %.0f MB/s written, %.0f MB/s durable, %.1f MB waiting, %llu calls refused, %llu failures\n",
        static_cast<double>(status.records) / seconds, static_cast<double>(status.recorder.written_bytes) / seconds / 1e6,
        static_cast<double>(status.recorder.durable_bytes) / seconds / 1e6,
        static_cast<double>(status.recorder.waiting_bytes) / 1e6, static_cast<unsigned long long>(refused),
        static_cast<unsigned long long>(status.recorder.failures));
  }
  std::filesystem::remove_all(state);
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  ringside::bench::Asked asked;
  CLI::App app("How many records a second reach a disk");
  app.add_option("--folder", asked.folder, "on the disk in question")->required()->check(CLI::ExistingDirectory);
  app.add_option("--repository", asked.repository, "where models/ is");
  app.add_option("--seconds", asked.seconds, "how long");
  app.add_option("--rows", asked.rows, "a call")->check(CLI::Range(1u, ringside::engine::kTileRows));
  CLI11_PARSE(app, argc, argv);
  ringside::bench::run(asked);
  return 0;
}

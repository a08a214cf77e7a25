#include "bench/pipeline_side.h"

#include <algorithm>
#include <new>

#include "bench/comparison.h"
#include "engine/bundle/loader.h"
#include "engine/bundle/workspace.h"

namespace ringside::bench {
namespace {

constexpr std::size_t kLineBytes = 256;  // the number, and room to begin the floats in the same line

}  // namespace

void score_floats(const engine::Bundle& bundle, engine::Workspace& space, const float* features, std::size_t rows,
                  float* values) {
  const std::size_t fields = bundle.schema.size();
  for (std::size_t first = 0; first < rows; first += engine::kTileRows) {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(engine::kTileRows, rows - first));
    space.tile.start(count);
    for (std::uint32_t field = 0; field < fields; ++field) {
      double* column = space.tile.numbers(field);
      for (std::uint32_t row = 0; row < count; ++row) column[row] = features[(first + row) * fields + field];
    }
    bundle.plan.run(space.tile, *space.plan, space.features.data(), space.stride);
    bundle.scorer.score(space.features.data(), count, space.stride, space.margins.data(), values + first);
  }
}

PipelineSide::PipelineSide(const FloatRows& rows, std::size_t rows_a_call, const std::string& bundle_directory)
    : rows_(rows),
      features_(rows_a_call * rows.features()),
      values_(rows_a_call),
      region_(2 * kLineBytes + (features_.size() + values_.size()) * sizeof(float) + 256),
      request_(new (region_.at(0)) Line),
      response_(new (region_.at((kLineBytes + features_.size() * sizeof(float) + 127) / 128 * 128)) Line) {
  auto loaded = engine::load_bundle(bundle_directory, {.expected_task = {}, .use_reference = false});
  if (!loaded) give_up(bundle_directory + ": is refused by the engine's loader");
  const engine::Bundle& bundle = **loaded;
  engine::Workspace space(bundle);
  const std::size_t count = rows_a_call;
  server_ = std::make_unique<ServerProcess>(
      ServerProcess::fork_into([&bundle, &space, count, request = request_, response = response_] {
        for (std::uint64_t number = 1;; ++number) {
          while (request->number.load(std::memory_order_acquire) != number) {  // [ROWS]
          }
          score_floats(bundle, space, request->floats(), count, response->floats());
          response->number.store(number, std::memory_order_release);  // [VALUES]
        }
      }));
}

void PipelineSide::stage(std::size_t row) {
  const std::span<const float> from = rows_.from(row, values_.size());
  std::copy(from.begin(), from.end(), features_.begin());
}

void PipelineSide::call() {
  std::copy(features_.begin(), features_.end(), request_->floats());
  request_->number.store(++number_, std::memory_order_release);           // [ROWS]
  while (response_->number.load(std::memory_order_acquire) != number_) {  // [VALUES]
  }
  std::copy_n(response_->floats(), values_.size(), values_.data());
}

}  // namespace ringside::bench

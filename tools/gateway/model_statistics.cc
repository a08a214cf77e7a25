#include "tools/gateway/model_statistics.h"

#include <algorithm>
#include <chrono>

namespace ringside::gateway {
namespace {

std::uint64_t ns_of(std::chrono::nanoseconds duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

}  // namespace

void ModelStatistics::record(const std::string& task, const std::string& current, const BatchResult& answers) {
  std::uint64_t scored = 0;
  std::string_view version = current;
  Timings timings;
  for (std::size_t i = 0; i < answers.rows(); ++i) {
    const RowAnswer row = answers.row(i);
    if (i == 0) timings = row.timings();  // of the whole call
    if (!row.version().empty()) version = row.version();
    scored += row.ok() ? 1 : 0;
  }
  const std::uint64_t total = ns_of(timings.total), queue = ns_of(timings.queue),
                      input = ns_of(timings.decode + timings.preprocess), infer = ns_of(timings.forest);
  const std::uint64_t output = total - std::min(total, queue + input + infer);
  const auto now = std::chrono::system_clock::now().time_since_epoch();

  const std::scoped_lock lock(mutex_);
  OfVersion& counted = versions_[{task, std::string(version)}];
  counted.last_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  if (scored == 0) return counted.failure.add(total);
  counted.rows += scored;
  counted.success.add(total);
  counted.queue.add(queue);
  counted.input.add(input);
  counted.infer.add(infer);
  counted.output.add(output);
  OfBatchSize& batch = counted.batches[answers.rows()];
  batch.input.add(input);
  batch.infer.add(infer);
  batch.output.add(output);
}

nlohmann::ordered_json ModelStatistics::document(std::string_view task, std::string_view version) const {
  using Object = nlohmann::ordered_json;
  const auto spent = [](const Spent& of) { return Object({{"count", of.count}, {"ns", of.ns}}); };
  const Spent none;
  const std::scoped_lock lock(mutex_);
  Object list = Object::array();
  for (const auto& [names, counted] : versions_) {
    if ((!task.empty() && names.first != task) || (!version.empty() && names.second != version)) continue;
    Object batches = Object::array();
    for (const auto& [size, of] : counted.batches) {
      batches.push_back({{"batch_size", size},
                         {"compute_input", spent(of.input)},
                         {"compute_infer", spent(of.infer)},
                         {"compute_output", spent(of.output)}});
    }
    list.push_back({{"name", names.first},
                    {"version", names.second},
                    {"last_inference", counted.last_ms},
                    {"inference_count", counted.rows},
                    {"execution_count", counted.success.count},
                    {"inference_stats",
                     {{"success", spent(counted.success)},
                      {"fail", spent(counted.failure)},
                      {"queue", spent(counted.queue)},
                      {"compute_input", spent(counted.input)},
                      {"compute_infer", spent(counted.infer)},
                      {"compute_output", spent(counted.output)},
                      {"cache_hit", spent(none)},
                      {"cache_miss", spent(none)}}},
                    {"response_stats", Object::object()},
                    {"batch_stats", std::move(batches)},
                    {"memory_usage", Object::array()}});
  }
  return list;
}

}  // namespace ringside::gateway

#include <string>
#include <string_view>

#include "engine/metrics/exposition.h"
#include "engine/metrics/metrics_text.h"

namespace ringside::engine {
namespace {

// Microseconds of these stages together, as Triton sums them up.
double total_us(const MetricsInput& input, std::initializer_list<std::string_view> names) {
  double ns = 0;
  for (const StageSeries& series : input.stages) {
    for (const std::string_view name : names) {
      if (series.stage == name) ns += static_cast<double>(series.latencies.sum_ns);
    }
  }
  return ns / 1'000;
}

}  // namespace

std::string triton_exposition(const MetricsInput& input) {
  MetricsText page;
  const MetricsText::Labels model = {{"model", input.task}};
  std::uint64_t answered = 0;
  for (const StageSeries& series : input.stages) {
    if (series.stage == "total") answered = series.latencies.count;
  }
  page.counter("nv_inference_request_success", "Calls that a version answered.");
  page.value(answered, model);
  page.counter("nv_inference_request_failure", "Calls that no version answered.");
  page.value(input.totals.refused_calls, {{"model", input.task}, {"reason", "OTHER"}});
  page.counter("nv_inference_count", "Rows that a version answered.");
  for (const VersionStatus& version : input.versions) {
    if (version.bundle) page.value(version.answered_rows, {{"model", input.task}, {"version", version.version}});
  }
  page.counter("nv_inference_exec_count", "The same as the calls that were answered: the engine does not batch calls together.");
  page.value(answered, model);
  const auto duration = [&](const char* name, const char* help, std::initializer_list<std::string_view> stages) {
    page.counter(name, help);
    page.value(total_us(input, stages), model);
  };
  duration("nv_inference_request_duration_us", "Time of calls in the engine.", {"total"});
  duration("nv_inference_queue_duration_us", "Time until a worker read them.", {"queue"});
  duration("nv_inference_compute_input_duration_us", "Time of decoding and preprocessing.", {"decode", "preprocess"});
  duration("nv_inference_compute_infer_duration_us", "Time in the forest.", {"forest"});
  duration("nv_inference_compute_output_duration_us", "Time of recording and answering.", {"respond"});
  return std::move(page).text();
}

}  // namespace ringside::engine

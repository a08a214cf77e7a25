// What passed through this gateway, by task and version: calls, rows, and the time of each stage as the engine measured it. Shown as Triton's
// statistics extension shows a model.
//
// Thread safety: any thread (one lock, held for tens of nanoseconds).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <ringside/prediction.h>

namespace ringside::gateway {

class ModelStatistics {
 public:
  // A call's answers. `current`: the version that is blamed where none answered.
  void record(const std::string& task, const std::string& current, const BatchResult& answers);

  // [{"name":task,"version":…,"inference_count":…,"inference_stats":{…},…}] of these, or of all where a name is empty.
  [[nodiscard]] nlohmann::ordered_json document(std::string_view task, std::string_view version) const;

 private:
  struct Spent {
    std::uint64_t count = 0, ns = 0;
    void add(std::uint64_t nanoseconds) noexcept {
      ++count;
      ns += nanoseconds;
    }
  };
  struct OfBatchSize {
    Spent input, infer, output;
  };
  struct OfVersion {
    std::uint64_t rows = 0, last_ms = 0;
    Spent success, failure, queue, input, infer, output;
    std::map<std::uint64_t, OfBatchSize> batches;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, OfVersion> versions_;
};

}  // namespace ringside::gateway

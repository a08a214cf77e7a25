// One thread's way to one task's engine: JSON rows in, answers out, over an ordinary client.
//
//   TaskCaller caller(run_dir, "loan_default", statistics);
//   const BatchResult& answers = caller.call(rows, options);
//
// Connects when it is first needed and again after an engine that ended; knows the fields of the version that answers now, and learns them anew
// when another one does (rows are right either way: what a schema lacks travels under its name).
//
// Thread safety: one thread. Cost: a call's; connecting blocks for at most kConnectTime.
#pragma once

#include <chrono>
#include <optional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ringside/client.h>

#include "tools/gateway/model_statistics.h"
#include "tools/json_rows/row_reader.h"

namespace ringside::gateway {

// One row of a request: its text and what was read of it.
struct JsonRow {
  std::string_view text;
  RowReader reader;
  bool readable = false;  // else the row is answered MALFORMED, with reader.problem()

  void read(std::string_view json) {
    text = json;
    readable = reader.read(json);
  }
  // A row that could not be read belongs to nobody.
  [[nodiscard]] const RowMetadata& metadata() const;
};

class TaskCaller {
 public:
  static constexpr std::chrono::milliseconds kConnectTime{250};

  // What its calls cost is counted in `statistics`.
  TaskCaller(std::string run_dir, std::string task, std::shared_ptr<ModelStatistics> statistics)
      : run_dir_(std::move(run_dir)), task_(std::move(task)), statistics_(std::move(statistics)) {}

  // False: no engine; problem() says why.
  [[nodiscard]] bool connect();
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

  // REQUIRES, of the rest: connect() said true just now.
  // The version that answers now; null: none.
  [[nodiscard]] std::shared_ptr<const VersionInfo> current() const { return client_->current_version(); }
  [[nodiscard]] std::uint32_t rows_max() const { return client_->rows_max(); }
  // One call. REQUIRES: the rows may share one (RowMetadata::same_call), at least one. Of `options`, what rows carry is overridden by them. The
  // result is valid until the next call.
  const BatchResult& call(std::span<const JsonRow* const> rows, CallOptions options);
  // The same row to several versions: an answer each, valid until the next comparison.
  std::span<const BatchResult> compare(const JsonRow& row, std::span<const Target> targets, CallOptions options);
  // For rows that are no JSON objects: a batch to be filled, and its call.
  Batch& fresh_batch(std::size_t rows);
  const BatchResult& call_batch(const CallOptions& options);
  // What the engine tells of a version by name; null: it has had none of that name.
  [[nodiscard]] std::shared_ptr<const VersionInfo> version(std::string_view name) const { return client_->version(name); }

 private:
  void fill(std::span<const JsonRow* const> rows, CallOptions& options);
  [[nodiscard]] bool learn_fields();

  std::string run_dir_, task_, problem_;
  std::optional<Client> client_;
  std::string fields_of_;  // the version that schema_ knows
  std::optional<Batch> batch_;
  BatchResult result_;
  std::vector<BatchResult> compared_;
  std::shared_ptr<ModelStatistics> statistics_;
};

}  // namespace ringside::gateway

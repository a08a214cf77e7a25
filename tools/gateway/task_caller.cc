#include "tools/gateway/task_caller.h"

#include <utility>
#include <vector>

#include "schemas/wire/limits.h"

namespace ringside::gateway {

const RowMetadata& JsonRow::metadata() const {
  static const RowMetadata kNobody;
  return readable ? reader.metadata() : kNobody;
}

bool TaskCaller::connect() {
  problem_.clear();
  if (!client_) {
    ClientOptions options;
    options.run_dir = run_dir_;
    options.task = task_;
    options.name = "ringside-gateway";
    options.channels = 1;
    options.connect_timeout = kConnectTime;
    auto client = Client::connect(options);
    if (!client) {
      problem_ = client.error().message;
      return false;
    }
    client_.emplace(*std::move(client));
    batch_.reset();
  }
  const auto now = client_->current_version();  // takes note of an engine that has ended, and looks for another
  if (!client_->connected()) {
    client_.reset();
    batch_.reset();
    problem_ = "the engine of " + task_ + " has ended";
    return false;
  }
  const std::string version = now ? std::string(now->name) : std::string();
  if (batch_ && version == fields_of_) return true;
  fields_of_ = version;
  return learn_fields();
}

bool TaskCaller::learn_fields() {
  std::vector<FieldDecl> fields;
  for (const VersionInfo::Field& field : client_->fields()) fields.push_back({field.name, field.dtype});
  auto schema = client_->resolve(std::move(fields));
  if (!schema) {
    problem_ = schema.error().message;
    if (batch_) return true;  // as before: names that the old schema lacks travel by name
    client_.reset();
    return false;
  }
  batch_.emplace(*schema, 0);
  return true;
}

Batch& TaskCaller::fresh_batch(std::size_t rows) {
  batch_->reset(rows);
  return *batch_;
}

const BatchResult& TaskCaller::call_batch(const CallOptions& options) {
  client_->predict_batch(*batch_, options, result_);
  statistics_->record(task_, fields_of_, result_);
  return result_;
}

const BatchResult& TaskCaller::call(std::span<const JsonRow* const> rows, CallOptions options) {
  fill(rows, options);
  return call_batch(options);
}

std::span<const BatchResult> TaskCaller::compare(const JsonRow& row, std::span<const Target> targets, CallOptions options) {
  const JsonRow* one = &row;
  fill({&one, 1}, options);
  if (compared_.size() < targets.size()) compared_.resize(targets.size());
  const std::span answers(compared_.data(), targets.size());
  client_->predict_ab(*batch_, targets, options, answers);
  for (const BatchResult& answer : answers) statistics_->record(task_, fields_of_, answer);
  return answers;
}

void TaskCaller::fill(std::span<const JsonRow* const> rows, CallOptions& options) {
  const RowMetadata& metadata = rows.front()->metadata();
  options.user_id = metadata.user_id;
  // A user stays with one arm. One that is too long is refused as user_id, and once is enough.
  if (metadata.user_id.size() <= wire::kRouteKeyBytesMax) options.route_key = metadata.user_id;
  options.route_tags = metadata.route_tags;
  if (!metadata.trace_id.empty()) options.trace_id = metadata.trace_id;
  batch_->reset(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const JsonRow& row = *rows[i];
    if (!row.readable) {  // sent as a refused one: the engine counts it like every other
      batch_->set(i, std::string_view(), Value::refused(FieldCode::kMalformed));
      continue;
    }
    for (const JsonCell& cell : row.reader.cells()) {
      // A metadata key feeds a field of that name too, where the schema has one.
      if (!cell.is_metadata || batch_->schema().handle(cell.name).valid()) batch_->set(i, cell.name, cell.value);
    }
    if (!row.metadata().request_id.empty()) batch_->set_request_id(i, row.metadata().request_id);
  }
}

}  // namespace ringside::gateway

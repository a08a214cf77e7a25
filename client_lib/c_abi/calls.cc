// ringside.h, first half: connecting, building rows, predicting.
#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client_lib/base/check.h"
#include "client_lib/c_abi/handles.h"

using ringside::ConnectErrorCode;
using ringside::FieldHandle;
using ringside::Value;

static_assert(RINGSIDE_BAD_OPTIONS == static_cast<int>(ConnectErrorCode::kBadOptions) + 1);
static_assert(RINGSIDE_LAYOUT_MISMATCH == static_cast<int>(ConnectErrorCode::kLayoutMismatch) + 1);
static_assert(RINGSIDE_SYSTEM == static_cast<int>(ConnectErrorCode::kSystem) + 1);
static_assert(RINGSIDE_FAIL == static_cast<int>(ringside::Status::kFail));
static_assert(RINGSIDE_DTYPE_BOOL == static_cast<int>(ringside::Dtype::kBool));
static_assert(RINGSIDE_PACKED_FLOAT64 == static_cast<int>(ringside::Packed::kFloat64));
static_assert(RINGSIDE_TARGETS_MAX == ringside::kTargetsMax);
static_assert(RINGSIDE_WAIT_PARK == static_cast<int>(ringside::Wait::kPark));

namespace {

std::string_view text_or_empty(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

void tell(const std::string& message, char* why, std::size_t why_bytes) {
  if (why == nullptr || why_bytes == 0) return;
  const std::size_t size = std::min(message.size(), why_bytes - 1);
  std::memcpy(why, message.data(), size);
  why[size] = '\0';
}

Value value_of(const ringside_value& value) {
  switch (value.kind) {
    case RINGSIDE_VALUE_BOOL:
      return value.integer != 0;
    case RINGSIDE_VALUE_INT:
      return value.integer;
    case RINGSIDE_VALUE_REAL:
      return value.real;
    case RINGSIDE_VALUE_TEXT:
      return std::string_view(value.text.data, value.text.bytes);
    case RINGSIDE_VALUE_NULL:
      break;
  }
  return nullptr;
}

// Borrows the strings of `from`; `tags` gets the views that the options point at.
ringside::CallOptions options_of(const ringside_call_options* from, std::vector<std::string_view>& tags) {
  ringside::CallOptions options;
  if (from == nullptr) return options;
  for (std::size_t i = 0; i < from->route_tag_count; ++i) tags.push_back(text_or_empty(from->route_tags[i]));
  options.deadline = std::chrono::nanoseconds(from->deadline_ns);
  options.version = text_or_empty(from->version);
  options.label = text_or_empty(from->label);
  options.user_id = text_or_empty(from->user_id);
  options.route_key = text_or_empty(from->route_key);
  options.trace_id = text_or_empty(from->trace_id);
  options.route_tags = tags;
  options.return_features = from->return_features != 0;
  options.return_input_digest = from->return_input_digest != 0;
  return options;
}

ringside::Target target_of(const ringside_target& target) {
  if (target.kind == RINGSIDE_TARGET_ROUTED) return ringside::Target::routed();
  const std::string_view name = text_or_empty(target.name);
  return target.kind == RINGSIDE_TARGET_LABEL ? ringside::Target::label(name) : ringside::Target::version(name);
}

ringside_status finish(ringside_result* result) {
  result->errors_row.reset();
  return static_cast<ringside_status>(result->result.status());
}

}  // namespace

extern "C" {

const char* ringside_version(void) { return RINGSIDE_VERSION_STRING; }

ringside_connect_code ringside_connect(const ringside_options* options, ringside_client** client, char* why, size_t why_bytes) {
  ringside::ClientOptions given;
  if (options != nullptr) {
    given.socket = text_or_empty(options->socket);
    given.run_dir = text_or_empty(options->run_dir);
    given.task = text_or_empty(options->task);
    given.name = text_or_empty(options->name);
    if (options->channels != 0) given.channels = options->channels;
    if (options->connect_timeout_ms != 0) given.connect_timeout = std::chrono::milliseconds(options->connect_timeout_ms);
    given.arena_bytes = options->arena_bytes;
    given.wait = static_cast<ringside::Wait>(options->wait);
  }
  *client = nullptr;
  auto connected = ringside::Client::connect(given);
  if (!connected) {
    tell(connected.error().message, why, why_bytes);
    return static_cast<ringside_connect_code>(static_cast<int>(connected.error().code) + 1);
  }
  *client = new ringside_client{*std::move(connected), {}};
  (*client)->own.channel = &(*client)->client.channel();
  return RINGSIDE_CONNECTED;
}

void ringside_client_free(ringside_client* client) { delete client; }

ringside_channel* ringside_client_channel(ringside_client* client) { return &client->own; }

ringside_channel* ringside_channel_open(ringside_client* client, char* why, size_t why_bytes) {
  auto opened = client->client.open_channel();
  if (!opened) {
    tell(opened.error().message, why, why_bytes);
    return nullptr;
  }
  auto* channel = new ringside_channel{*std::move(opened), nullptr};
  channel->channel = &*channel->opened;
  return channel;
}

void ringside_channel_free(ringside_channel* channel) {
  if (channel != nullptr && channel->opened) delete channel;  // the client's own goes with the client
}

ringside_schema* ringside_resolve(ringside_client* client, const ringside_field* fields, size_t count, char* why,
                                  size_t why_bytes) {
  std::vector<ringside::FieldDecl> list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    list.push_back({std::string(text_or_empty(fields[i].name)), static_cast<ringside::Dtype>(fields[i].dtype)});
  }
  auto schema = client->client.resolve(std::move(list));
  if (!schema) {
    tell(schema.error().message, why, why_bytes);
    return nullptr;
  }
  return new ringside_schema{*std::move(schema)};
}

void ringside_schema_free(ringside_schema* schema) { delete schema; }

uint16_t ringside_schema_handle(const ringside_schema* schema, const char* name) { return schema->schema.handle(name).index; }

ringside_row* ringside_row_new(const ringside_schema* schema) { return new ringside_row{ringside::Row(schema->schema)}; }
void ringside_row_free(ringside_row* row) { delete row; }
void ringside_row_reset(ringside_row* row) { row->row.reset(); }
void ringside_row_set(ringside_row* row, uint16_t handle, ringside_value value) {
  row->row.set(FieldHandle{handle}, value_of(value));
}
void ringside_row_set_named(ringside_row* row, const char* name, ringside_value value) {
  row->row.set(std::string_view(name), value_of(value));
}
void ringside_row_set_request_id(ringside_row* row, const char* id) { row->row.set_request_id(id); }

ringside_batch* ringside_batch_new(const ringside_schema* schema, size_t rows) {
  return new ringside_batch{ringside::Batch(schema->schema, rows)};
}
void ringside_batch_free(ringside_batch* batch) { delete batch; }
void ringside_batch_reset(ringside_batch* batch, size_t rows) { batch->batch.reset(rows); }
void ringside_batch_set(ringside_batch* batch, size_t row, uint16_t handle, ringside_value value) {
  batch->batch.set(row, FieldHandle{handle}, value_of(value));
}
void ringside_batch_set_named(ringside_batch* batch, size_t row, const char* name, ringside_value value) {
  batch->batch.set(row, std::string_view(name), value_of(value));
}
void ringside_batch_set_all(ringside_batch* batch, uint16_t handle, ringside_value value) {
  batch->batch.set_all(FieldHandle{handle}, value_of(value));
}
void ringside_batch_set_request_id(ringside_batch* batch, size_t row, const char* id) { batch->batch.set_request_id(row, id); }

ringside_batch* ringside_batch_new_packed(const ringside_schema* schema, size_t rows, ringside_packed packed) {
  return new ringside_batch{ringside::Batch(schema->schema, rows, static_cast<ringside::Packed>(packed))};
}
void ringside_batch_set_column_float32(ringside_batch* batch, uint16_t handle, const float* values) {
  batch->batch.set_column(FieldHandle{handle}, std::span(values, batch->batch.rows()));
}
void ringside_batch_set_column_float64(ringside_batch* batch, uint16_t handle, const double* values) {
  batch->batch.set_column(FieldHandle{handle}, std::span(values, batch->batch.rows()));
}

ringside_status ringside_predict(ringside_channel* channel, const ringside_row* row, const ringside_call_options* options,
                                 ringside_result* result) {
  std::vector<std::string_view> tags;
  const ringside::CallOptions call = options_of(options, tags);
  channel->channel->wait(channel->channel->submit(row->row, call), result->result);
  const ringside_status status = finish(result);
  return status != RINGSIDE_OK ? status : ringside_result_status(result, 0);
}

ringside_status ringside_predict_batch(ringside_channel* channel, const ringside_batch* batch,
                                       const ringside_call_options* options, ringside_result* result) {
  std::vector<std::string_view> tags;
  channel->channel->predict_batch(batch->batch, options_of(options, tags), result->result);
  return finish(result);
}

ringside_status ringside_predict_ab(ringside_channel* channel, const ringside_batch* batch, const ringside_target* targets,
                                    size_t count, const ringside_call_options* options, ringside_result* const* results) {
  RINGSIDE_CHECK(count >= 1 && count <= ringside::kTargetsMax);
  std::vector<std::string_view> tags;
  std::array<ringside::Target, ringside::kTargetsMax> asked;
  std::array<ringside::BatchResult, ringside::kTargetsMax> answers;  // the results' own memory, for the time of the call
  for (size_t i = 0; i < count; ++i) {
    asked[i] = target_of(targets[i]);
    answers[i] = std::move(results[i]->result);
  }
  channel->channel->predict_ab(batch->batch, std::span(asked.data(), count), options_of(options, tags),
                               std::span(answers.data(), count));
  bool any_answered = false;
  for (size_t i = 0; i < count; ++i) {
    results[i]->result = std::move(answers[i]);
    any_answered |= finish(results[i]) == RINGSIDE_OK;
  }
  return any_answered ? RINGSIDE_OK : finish(results[0]);
}

}  // extern "C"

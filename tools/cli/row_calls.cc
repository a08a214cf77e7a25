#include "tools/cli/row_calls.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "client_lib/answers/answer.h"
#include "schemas/wire/limits.h"
#include "tools/json_rows/result_writer.h"

namespace ringside::cli {
namespace {

ExitStatus status_of(ConnectErrorCode code) {
  switch (code) {
    case ConnectErrorCode::kBadOptions:
    case ConnectErrorCode::kAmbiguousTask:
      return ExitStatus::kUsage;
    case ConnectErrorCode::kNotFound:
    case ConnectErrorCode::kUnreachable:
    case ConnectErrorCode::kStopping:
      return ExitStatus::kUnreachable;
    case ConnectErrorCode::kNotAllowed:
    case ConnectErrorCode::kTooMany:
      return ExitStatus::kRefused;
    case ConnectErrorCode::kLayoutMismatch:
    case ConnectErrorCode::kMalformed:
    case ConnectErrorCode::kSystem:
      return ExitStatus::kFailed;
  }
  return ExitStatus::kFailed;
}

// The library speaks of its options; here it is the command line that has them.
Trouble trouble_of(const ConnectError& error, const std::string& command) {
  Trouble made = trouble(status_of(error.code), error.message);
  const auto cut_advice = [&made] { made.error.erase(std::min(made.error.rfind(": "), made.error.size())); };
  switch (error.code) {
    case ConnectErrorCode::kNotFound:
      cut_advice();
      [[fallthrough]];
    case ConnectErrorCode::kUnreachable:
    case ConnectErrorCode::kStopping:
      made.next = "start ringsided, or give --run-dir and --task";
      break;
    case ConnectErrorCode::kAmbiguousTask:
      cut_advice();
      made.next = "give --task with one of them";
      break;
    case ConnectErrorCode::kBadOptions:
      made.next = "ringside " + command + " --help";
      break;
    case ConnectErrorCode::kTooMany:
      made.next = "ringside status";
      break;
    case ConnectErrorCode::kLayoutMismatch:
      made.next = "use the ringside that came with the engine";
      break;
    case ConnectErrorCode::kNotAllowed:
    case ConnectErrorCode::kMalformed:
    case ConnectErrorCode::kSystem:
      break;
  }
  return made;
}

}  // namespace

Result<RowsConnection, Trouble> connect_for_rows(const Globals& globals, const RowOptions& options, const std::string& command) {
  ClientOptions client_options;
  client_options.run_dir = globals.run_dir;
  client_options.task = globals.task;
  client_options.name = "ringside " + command;
  client_options.channels = 1;
  auto client = Client::connect(client_options);
  if (!client) return fail(trouble_of(client.error(), command));
  if (options.batch > client->rows_max()) {
    return fail(trouble(ExitStatus::kUsage, "--batch " + std::to_string(options.batch) + ": the engine takes at most " +
                                                std::to_string(client->rows_max()) + " rows a call; next: give --batch " +
                                                std::to_string(client->rows_max()) + " or less"));
  }
  std::vector<FieldDecl> fields;
  for (const VersionInfo::Field& field : client->fields()) fields.push_back({field.name, field.dtype});
  auto schema = client->resolve(fields);
  if (!schema) {
    const auto status = schema.error().code == SchemaErrorCode::kUnreachable ? ExitStatus::kUnreachable : ExitStatus::kFailed;
    return fail(trouble(status, schema.error().message));
  }
  return RowsConnection{*std::move(client), std::move(fields), *std::move(schema)};
}

bool RowCalls::run(LineSource& source) {
  std::string line;
  while (source.next(line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;  // an empty line is no row
    if (!add(line, source)) return false;
    if (used_ == options_.batch && !answer_pending()) return false;
  }
  return answer_pending();
}

// Rows of another user, trace or routing cannot share the call that is being filled: that one is made first.
bool RowCalls::add(const std::string& line, const LineSource& source) {
  if (used_ == pending_.size()) pending_.emplace_back();
  Pending& pending = pending_[used_];
  pending.number = source.number();
  pending.line = line;
  pending.malformed = source.was_cut() ? "longer than " + std::to_string(LineSource::kLineBytesMax >> 20) + " MiB"
                      : pending.reader.read(pending.line) ? ""
                                                          : pending.reader.problem();
  if (used_ > 0 && !pending.metadata().same_call(pending_[0].metadata())) {
    const std::size_t kept = used_;
    if (!answer_pending()) return false;
    // This line begins the next call. It moves, so its cells are read anew.
    std::swap(pending_[0].line, pending_[kept].line);
    std::swap(pending_[0].malformed, pending_[kept].malformed);
    pending_[0].number = source.number();
    if (pending_[0].malformed.empty()) (void)pending_[0].reader.read(pending_[0].line);  // was read before: it is a row
  }
  ++used_;
  return true;
}

bool RowCalls::answer_pending() {
  if (used_ == 0) return true;
  out_.clear();
  answer();
  used_ = 0;
  const bool written = std::fwrite(out_.data(), 1, out_.size(), stdout) == out_.size();
  return written && (options_.input != "-" || std::fflush(stdout) == 0);  // who pipes rows in waits for each answer
}

CallOptions RowCalls::call_options() const {
  const RowMetadata& metadata = pending_[0].metadata();
  CallOptions call;
  call.deadline = options_.deadline;
  call.user_id = metadata.user_id;
  // A user stays with one arm. One that is too long is refused as user_id, and once is enough.
  if (metadata.user_id.size() <= wire::kRouteKeyBytesMax) call.route_key = metadata.user_id;
  call.route_tags = metadata.route_tags;
  call.trace_id = metadata.trace_id;
  call.return_features = options_.features;
  call.return_input_digest = true;
  return call;
}

// Left to itself, each call would look for a lost engine until its own deadline, row after row. So it is looked for once, for
// as long as a connect may take (1 s); when it is not back by then, no further call is made.
bool RowCalls::has_engine() {
  if (gone_) return false;
  if (client_.connected()) return true;
  (void)client_.current_version();  // takes note that the connection has ended, and tries once
  if (!client_.connected()) (void)client_.resolve(fields_);
  gone_ = !client_.connected();
  return !gone_;
}

void RowCalls::say_unreachable(detail::Answer& answer) const {
  answer.ids.clear();
  answer.say(Status::kUnavailable, Reason::kUnreachable, FieldCode::kNone, static_cast<std::uint32_t>(used_));
  answer.make_missing_ids();
}

// A line that is no row is sent as a refused one: the engine counts it like every other.
template <class SetCell, class SetId>
void RowCalls::fill(const Pending& pending, const SetCell& set, const SetId& set_id) {
  if (!pending.malformed.empty()) return set(std::string_view(), Value::refused(FieldCode::kMalformed));
  for (const JsonCell& cell : pending.reader.cells()) {
    if (is_sent(cell)) set(cell.name, cell.value);
  }
  if (!pending.metadata().request_id.empty()) set_id(pending.metadata().request_id);
}

void RowCalls::fill_row() {
  row_.reset();
  fill(
      pending_[0], [this](std::string_view name, const Value& value) { row_.set(name, value); },
      [this](std::string_view id) { row_.set_request_id(id); });
}

void RowCalls::fill_batch() {
  batch_.reset(used_);
  for (std::size_t i = 0; i < used_; ++i) {
    fill(
        pending_[i], [this, i](std::string_view name, const Value& value) { batch_.set(i, name, value); },
        [this, i](std::string_view id) { batch_.set_request_id(i, id); });
  }
}

void RowCalls::write_malformed(const Pending& pending) {
  const std::string line = std::to_string(pending.number + 1);  // a message is for people, who count from 1
  write_call_error(out_, FieldCode::kMalformed, "line " + line + ": " + pending.malformed, "line-" + line);
}

int finish_rows(const Globals& globals, RowCalls& calls, LineSource& source, const std::string& input) {
  const bool written = calls.run(source) && std::fflush(stdout) == 0;
  if (!written) return report(globals, trouble(ExitStatus::kFailed, "standard output cannot be written"));
  if (!source.problem().empty()) return report(globals, trouble(ExitStatus::kFailed, input + ": " + source.problem()));
  return static_cast<int>(calls.lost_engine() ? ExitStatus::kUnreachable : ExitStatus::kDone);
}

}  // namespace ringside::cli

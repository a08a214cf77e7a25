// predict: JSON Lines in, an answer a line out, in the order of the input.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <ringside/client.h>

#include "client_lib/answers/answer.h"
#include "schemas/wire/limits.h"
#include "tools/cli/commands.h"
#include "tools/cli/line_source.h"
#include "tools/json_rows/result_writer.h"
#include "tools/json_rows/row_reader.h"

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
Trouble trouble_of(const ConnectError& error) {
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
      made.next = "ringside predict --help";
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

// A line that waits for its answer.
struct Pending {
  std::uint64_t number = 0;  // of the line, from 0
  std::string line;
  RowReader reader;       // views `line`
  std::string malformed;  // why it is no row; empty: it is one

  // A line that could not be read belongs to nobody.
  [[nodiscard]] const RowMetadata& metadata() const {
    static const RowMetadata kNobody;
    return malformed.empty() ? reader.metadata() : kNobody;
  }
};

// Collects lines into calls and writes their answers in the order of the lines.
class Predictor {
 public:
  Predictor(Client client, std::vector<FieldDecl> fields, Schema schema, const PredictOptions& options)
      : client_(std::move(client)), options_(options), fields_(std::move(fields)), row_(schema), batch_(schema, 0) {}

  // Every line of the source. False: standard output cannot be written.
  bool run(LineSource& source) {
    std::string line;
    while (source.next(line)) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;  // an empty line is no row
      if (!add(line, source)) return false;
      if (used_ == options_.batch && !answer_pending()) return false;
    }
    return answer_pending();
  }
  // Some row was not answered, because the engine was gone.
  [[nodiscard]] bool lost_engine() const { return lost_engine_; }

 private:
  // Rows of another user, trace or routing cannot share the call that is being filled: that one is made first.
  bool add(const std::string& line, const LineSource& source) {
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

  bool answer_pending() {
    if (used_ == 0) return true;
    out_.clear();
    const bool alone = used_ == 1;
    if (!has_engine()) {
      say_unreachable(alone ? detail::AnswerAccess::answer(single_) : detail::AnswerAccess::answer(many_));
    } else if (alone) {
      predict_one();
    } else {
      predict_many();
    }
    for (std::size_t i = 0; i < used_; ++i) {
      const Pending& pending = pending_[i];
      const RowAnswer answer = alone ? static_cast<const RowAnswer&>(single_) : many_.row(i);
      lost_engine_ |= answer.status() == Status::kLost || answer.reason() == Reason::kUnreachable;
      if (!pending.malformed.empty()) {
        const std::string line = std::to_string(pending.number + 1);  // a message is for people, who count from 1
        write_call_error(out_, FieldCode::kMalformed, "line " + line + ": " + pending.malformed, "line-" + line);
        continue;
      }
      const RowMetadata& metadata = pending.metadata();
      write_row(out_, answer,
                {.row = pending.number,
                 .request_id = metadata.request_id,
                 .trace_id = metadata.trace_id,
                 .with_features = options_.features});
    }
    used_ = 0;
    const bool written = std::fwrite(out_.data(), 1, out_.size(), stdout) == out_.size();
    return written && (options_.input != "-" || std::fflush(stdout) == 0);  // who pipes rows in waits for each answer
  }

  CallOptions call_options() const {
    const RowMetadata& metadata = pending_[0].metadata();
    CallOptions call;
    call.deadline = options_.deadline;
    call.version = options_.version;
    call.label = options_.label;
    call.user_id = metadata.user_id;
    // A user stays with one arm. One that is too long is refused as user_id, and once is enough.
    if (metadata.user_id.size() <= wire::kRouteKeyBytesMax) call.route_key = metadata.user_id;
    call.route_tags = metadata.route_tags;
    call.trace_id = metadata.trace_id;
    call.return_features = options_.features;
    call.return_input_digest = true;
    return call;
  }

  // A metadata key feeds a field of that name too, where the schema has one.
  [[nodiscard]] bool is_sent(const JsonCell& cell) const { return !cell.is_metadata || row_.schema().handle(cell.name).valid(); }

  // Left to itself, each call would look for a lost engine until its own deadline, row after row. So it is looked for once, for
  // as long as a connect may take (1 s); when it is not back by then, no further call is made.
  [[nodiscard]] bool has_engine() {
    if (gone_) return false;
    if (client_.connected()) return true;
    (void)client_.current_version();  // takes note that the connection has ended, and tries once
    if (!client_.connected()) (void)client_.resolve(fields_);
    gone_ = !client_.connected();
    return !gone_;
  }

  void say_unreachable(detail::Answer& answer) {
    answer.ids.clear();
    answer.say(Status::kUnavailable, Reason::kUnreachable, FieldCode::kNone, static_cast<std::uint32_t>(used_));
    answer.make_missing_ids();
  }

  // A line that is no row is sent as a refused one: the engine counts it like every other.
  template <class SetCell, class SetId>
  void fill(const Pending& pending, const SetCell& set, const SetId& set_id) {
    if (!pending.malformed.empty()) return set(std::string_view(), Value::refused(FieldCode::kMalformed));
    for (const JsonCell& cell : pending.reader.cells()) {
      if (is_sent(cell)) set(cell.name, cell.value);
    }
    if (!pending.metadata().request_id.empty()) set_id(pending.metadata().request_id);
  }

  void predict_one() {
    row_.reset();
    fill(
        pending_[0], [this](std::string_view name, const Value& value) { row_.set(name, value); },
        [this](std::string_view id) { row_.set_request_id(id); });
    client_.predict(row_, call_options(), single_);
  }

  void predict_many() {
    batch_.reset(used_);
    for (std::size_t i = 0; i < used_; ++i) {
      fill(
          pending_[i], [this, i](std::string_view name, const Value& value) { batch_.set(i, name, value); },
          [this, i](std::string_view id) { batch_.set_request_id(i, id); });
    }
    client_.predict_batch(batch_, call_options(), many_);
  }

  Client client_;
  const PredictOptions& options_;
  std::vector<FieldDecl> fields_;  // of row_ and batch_
  Row row_;
  Batch batch_;
  Prediction single_;
  BatchResult many_;
  std::deque<Pending> pending_;  // a deque: growing moves no line, so views of one stay good
  std::size_t used_ = 0;
  std::string out_;
  bool lost_engine_ = false;
  bool gone_ = false;  // and did not come back: nobody is asked any more
};

}  // namespace

int predict(const Globals& globals, const PredictOptions& options) {
  auto source = LineSource::open(options.input);
  if (!source) return report(globals, trouble(ExitStatus::kUsage, source.error()));
  ClientOptions client_options;
  client_options.run_dir = globals.run_dir;
  client_options.task = globals.task;
  client_options.name = "ringside predict";
  client_options.channels = 1;
  auto client = Client::connect(client_options);
  if (!client) return report(globals, trouble_of(client.error()));
  if (options.batch > client->rows_max()) {
    return report(globals,
                  trouble(ExitStatus::kUsage, "--batch " + std::to_string(options.batch) + ": the engine takes at most " +
                                                  std::to_string(client->rows_max()) + " rows a call; next: give --batch " +
                                                  std::to_string(client->rows_max()) + " or less"));
  }
  std::vector<FieldDecl> fields;
  for (const VersionInfo::Field& field : client->fields()) fields.push_back({field.name, field.dtype});
  auto schema = client->resolve(fields);
  if (!schema) {
    const auto status = schema.error().code == SchemaErrorCode::kUnreachable ? ExitStatus::kUnreachable : ExitStatus::kFailed;
    return report(globals, trouble(status, schema.error().message));
  }
  Predictor predictor(*std::move(client), std::move(fields), *std::move(schema), options);
  const bool written = predictor.run(*source) && std::fflush(stdout) == 0;
  if (!written) return report(globals, trouble(ExitStatus::kFailed, "standard output cannot be written"));
  if (!source->problem().empty()) return report(globals, trouble(ExitStatus::kFailed, options.input + ": " + source->problem()));
  return static_cast<int>(predictor.lost_engine() ? ExitStatus::kUnreachable : ExitStatus::kDone);
}

}  // namespace ringside::cli

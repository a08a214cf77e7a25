// predict: JSON Lines in, an answer a line out, in the order of the input.
#include <cstdio>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <ringside/client.h>

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

// A line that waits for its answer.
struct Pending {
  std::uint64_t number = 0;  // of the line, from 0
  std::string line;
  RowReader reader;       // views `line`
  std::string malformed;  // why it is no row; empty: it is one
};

// Collects lines into calls and writes their answers in the order of the lines.
class Predictor {
 public:
  Predictor(Client client, Schema schema, const PredictOptions& options)
      : client_(std::move(client)), options_(options), row_(schema), batch_(schema, 0) {}

  // Every line of the source. False: standard output cannot be written.
  bool run(LineSource& source) {
    std::string line;
    while (source.next(line)) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;  // an empty line is no row
      if (!add(line, source)) return false;
      if (rows_ == options_.batch && !answer_pending()) return false;
    }
    return answer_pending();
  }
  // Some row was not answered, because the engine is gone.
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
    const bool is_row = pending.malformed.empty();
    if (is_row && rows_ > 0 && !pending.reader.metadata().same_call(pending_[first_row_].reader.metadata())) {
      const std::size_t kept = used_;
      if (!answer_pending()) return false;
      // This line begins the next call. It moves, so its cells are read anew.
      std::swap(pending_[0].line, pending_[kept].line);
      pending_[0].number = source.number();
      pending_[0].malformed.clear();
      (void)pending_[0].reader.read(pending_[0].line);  // was read before: it is a row
    }
    if (is_row && rows_++ == 0) first_row_ = used_;
    ++used_;
    return rows_ > 0 || used_ < kMalformedRunMax || answer_pending();
  }

  bool answer_pending() {
    out_.clear();
    if (rows_ == 1) {
      predict_one(pending_[first_row_].reader);
    } else if (rows_ > 1) {
      predict_many();
    }
    std::size_t index = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      const Pending& pending = pending_[i];
      if (!pending.malformed.empty()) {
        write_call_error(out_, FieldCode::kMalformed, "line " + std::to_string(pending.number) + ": " + pending.malformed,
                         "line-" + std::to_string(pending.number));
        continue;
      }
      const RowAnswer answer = rows_ == 1 ? static_cast<const RowAnswer&>(single_) : many_.row(index);
      ++index;
      lost_engine_ |= answer.status() == Status::kLost || answer.reason() == Reason::kUnreachable;
      const RowMetadata& metadata = pending.reader.metadata();
      write_row(out_, answer,
                {.row = pending.number,
                 .request_id = metadata.request_id,
                 .trace_id = metadata.trace_id,
                 .with_features = options_.features});
    }
    used_ = rows_ = 0;
    const bool written = std::fwrite(out_.data(), 1, out_.size(), stdout) == out_.size();
    return written && (options_.input != "-" || std::fflush(stdout) == 0);  // who pipes rows in waits for each answer
  }

  CallOptions call_options() const {
    const RowMetadata& metadata = pending_[first_row_].reader.metadata();
    CallOptions call;
    call.deadline = options_.deadline;
    call.version = options_.version;
    call.user_id = metadata.user_id;
    call.route_tags = metadata.route_tags;
    call.trace_id = metadata.trace_id;
    call.return_features = options_.features;
    return call;
  }

  // A metadata key feeds a field of that name too, where the schema has one.
  [[nodiscard]] bool is_sent(const JsonCell& cell) const { return !cell.is_metadata || row_.schema().handle(cell.name).valid(); }

  void predict_one(const RowReader& reader) {
    row_.reset();
    for (const JsonCell& cell : reader.cells()) {
      if (is_sent(cell)) row_.set(cell.name, cell.value);
    }
    if (!reader.metadata().request_id.empty()) row_.set_request_id(reader.metadata().request_id);
    client_.predict(row_, call_options(), single_);
  }

  void predict_many() {
    batch_.reset(rows_);
    std::size_t index = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      if (!pending_[i].malformed.empty()) continue;
      const RowReader& reader = pending_[i].reader;
      for (const JsonCell& cell : reader.cells()) {
        if (is_sent(cell)) batch_.set(index, cell.name, cell.value);
      }
      if (!reader.metadata().request_id.empty()) batch_.set_request_id(index, reader.metadata().request_id);
      ++index;
    }
    client_.predict_batch(batch_, call_options(), many_);
  }

  static constexpr std::size_t kMalformedRunMax = 4'096;  // broken lines in a row are answered even if no good one comes

  Client client_;
  const PredictOptions& options_;
  Row row_;
  Batch batch_;
  Prediction single_;
  BatchResult many_;
  std::deque<Pending> pending_;  // a deque: growing moves no line, so views of one stay good
  std::size_t used_ = 0, rows_ = 0, first_row_ = 0;
  std::string out_;
  bool lost_engine_ = false;
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
  if (!client) return report(globals, trouble(status_of(client.error().code), client.error().message));
  if (options.batch > client->rows_max()) {
    return report(globals,
                  trouble(ExitStatus::kUsage, "--batch " + std::to_string(options.batch) + ": the engine takes at most " +
                                                  std::to_string(client->rows_max()) + " rows a call; next: give --batch " +
                                                  std::to_string(client->rows_max()) + " or less"));
  }
  std::vector<FieldDecl> fields;
  for (const VersionInfo::Field& field : client->fields()) fields.push_back({field.name, field.dtype});
  auto schema = client->resolve(std::move(fields));
  if (!schema) {
    const auto status = schema.error().code == SchemaErrorCode::kUnreachable ? ExitStatus::kUnreachable : ExitStatus::kFailed;
    return report(globals, trouble(status, schema.error().message));
  }
  Predictor predictor(*std::move(client), *std::move(schema), options);
  const bool written = predictor.run(*source) && std::fflush(stdout) == 0;
  if (!written) return report(globals, trouble(ExitStatus::kFailed, "standard output cannot be written"));
  if (!source->problem().empty()) return report(globals, trouble(ExitStatus::kFailed, options.input + ": " + source->problem()));
  return static_cast<int>(predictor.lost_engine() ? ExitStatus::kUnreachable : ExitStatus::kDone);
}

}  // namespace ringside::cli

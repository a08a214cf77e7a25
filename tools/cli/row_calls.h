// Lines of JSON → calls → whatever a command makes of the answers: what `predict` and `ab` have in common.
//
//   class Predictor : public RowCalls { bool answer() override … one call for the pending rows … };
//   auto client = connect_for_rows(globals, options, "predict");   …   Predictor(…).run(*source)
//
// Collects lines into calls of options.batch rows and keeps the order of the input. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/client.h>

#include "tools/cli/commands.h"
#include "tools/cli/line_source.h"
#include "tools/json_rows/row_reader.h"

namespace ringside::cli {

// A connection, and the current version's fields on it.
struct RowsConnection {
  Client client;
  std::vector<FieldDecl> fields;
  Schema schema;
};

// `command`: as the operator typed it. Error: what report() says of it.
Result<RowsConnection, Trouble> connect_for_rows(const Globals& globals, const RowOptions& options, const std::string& command);

class RowCalls {
 public:
  RowCalls(RowsConnection connection, const RowOptions& options)
      : client_(std::move(connection.client)),
        options_(options),
        fields_(std::move(connection.fields)),
        row_(connection.schema),
        batch_(connection.schema, 0) {}
  virtual ~RowCalls() = default;

  // Every line of the source. False: standard output cannot be written.
  bool run(LineSource& source);
  // Some row was not answered, because the engine was gone.
  [[nodiscard]] bool lost_engine() const { return lost_engine_; }

 protected:
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

  // Makes one call of the first used_ pending rows and appends what it has to say to out_.
  virtual void answer() = 0;

  // Of the call that the pending rows share; version and label are empty.
  [[nodiscard]] CallOptions call_options() const;
  // False: the engine is gone, and no further call is made.
  [[nodiscard]] bool has_engine();
  void note(const RowAnswer& answer) {
    lost_engine_ |= answer.status() == Status::kLost || answer.reason() == Reason::kUnreachable;
  }
  // The answers of rows that nobody was asked for.
  void say_unreachable(detail::Answer& answer) const;
  void fill_row();
  void fill_batch();
  // A line that was no row.
  void write_malformed(const Pending& pending);

  Client client_;
  const RowOptions& options_;
  std::vector<FieldDecl> fields_;  // of row_ and batch_
  Row row_;
  Batch batch_;
  std::deque<Pending> pending_;  // a deque: growing moves no line, so views of one stay good
  std::size_t used_ = 0;
  std::string out_;

 private:
  bool add(const std::string& line, const LineSource& source);
  bool answer_pending();
  template <class SetCell, class SetId>
  void fill(const Pending& pending, const SetCell& set, const SetId& set_id);
  // A metadata key feeds a field of that name too, where the schema has one.
  [[nodiscard]] bool is_sent(const JsonCell& cell) const { return !cell.is_metadata || row_.schema().handle(cell.name).valid(); }

  bool lost_engine_ = false;
  bool gone_ = false;  // and did not come back: nobody is asked any more
};

// Runs the calls to the end of the input: what both commands do at last.
int finish_rows(const Globals& globals, RowCalls& calls, LineSource& source, const std::string& input);

}  // namespace ringside::cli

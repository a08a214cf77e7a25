// predict: JSON Lines in, an answer a line out, in the order of the input.
#include <string>
#include <utility>

#include <ringside/client.h>

#include "client_lib/answers/answer.h"
#include "tools/cli/commands.h"
#include "tools/cli/line_source.h"
#include "tools/cli/row_calls.h"
#include "tools/json_rows/result_writer.h"

namespace ringside::cli {
namespace {

class Predictor : public RowCalls {
 public:
  Predictor(RowsConnection connection, const PredictOptions& options)
      : RowCalls(std::move(connection), options), version_(options.version), label_(options.label) {}

 private:
  void answer() override {
    const bool alone = used_ == 1;
    CallOptions call = call_options();
    call.version = version_;
    call.label = label_;
    if (!has_engine()) {
      say_unreachable(alone ? detail::AnswerAccess::answer(single_) : detail::AnswerAccess::answer(many_));
    } else if (alone) {
      fill_row();
      client_.predict(row_, call, single_);
    } else {
      fill_batch();
      client_.predict_batch(batch_, call, many_);
    }
    for (std::size_t i = 0; i < used_; ++i) {
      const Pending& pending = pending_[i];
      const RowAnswer answer = alone ? static_cast<const RowAnswer&>(single_) : many_.row(i);
      note(answer);
      if (!pending.malformed.empty()) {
        write_malformed(pending);
        continue;
      }
      const RowMetadata& metadata = pending.metadata();
      write_row(out_, answer,
                {.row = pending.number,
                 .request_id = metadata.request_id,
                 .trace_id = metadata.trace_id,
                 .with_features = options_.features});
    }
  }

  std::string version_, label_;
  Prediction single_;
  BatchResult many_;
};

}  // namespace

int predict(const Globals& globals, const PredictOptions& options) {
  auto source = LineSource::open(options.input);
  if (!source) return report(globals, trouble(ExitStatus::kUsage, source.error()));
  auto connection = connect_for_rows(globals, options, "predict");
  if (!connection) return report(globals, connection.error());
  Predictor predictor(*std::move(connection), options);
  return finish_rows(globals, predictor, *source, options.input);
}

}  // namespace ringside::cli

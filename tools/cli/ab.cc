// ab: JSON Lines in, the answers of several versions and their differences a line out; at the end, for people, what they come to.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <ringside/client.h>

#include "client_lib/answers/answer.h"
#include "tools/cli/commands.h"
#include "tools/cli/difference_summary.h"
#include "tools/cli/line_source.h"
#include "tools/cli/row_calls.h"
#include "tools/json_rows/comparison_writer.h"

namespace ringside::cli {
namespace {

Target target_of(std::string_view word) {
  constexpr std::string_view kLabel = "label:";
  if (word == "default") return Target::routed();
  return word.starts_with(kLabel) ? Target::label(word.substr(kLabel.size())) : Target::version(word);
}

class Comparer : public RowCalls {
 public:
  Comparer(RowsConnection connection, const AbOptions& options)
      : RowCalls(std::move(connection), options),
        versions_(options.versions),
        answers_(versions_.size()),
        summaries_(versions_.size() - 1) {
    for (const std::string& version : versions_) targets_.push_back(target_of(version));
  }

  [[nodiscard]] std::string summary() const {
    std::string text;
    for (std::size_t i = 0; i < summaries_.size(); ++i) text += summaries_[i].text(versions_.front(), versions_[i + 1]);
    return text;
  }

 private:
  void answer() override {
    if (has_engine()) {
      fill_batch();
      client_.predict_ab(batch_, targets_, call_options(), answers_);
    } else {
      for (BatchResult& result : answers_) say_unreachable(detail::AnswerAccess::answer(result));
    }
    std::vector<RowAnswer> row(answers_.size());
    for (std::size_t i = 0; i < used_; ++i) {
      for (std::size_t target = 0; target < row.size(); ++target) note(row[target] = answers_[target].row(i));
      const Pending& pending = pending_[i];
      if (!pending.malformed.empty()) {
        write_malformed(pending);
        continue;
      }
      const RowMetadata& metadata = pending.metadata();
      write_comparison(out_, row,
                       {.row = pending.number,
                        .request_id = metadata.request_id,
                        .trace_id = metadata.trace_id,
                        .with_features = options_.features});
      for (std::size_t other = 1; other < row.size(); ++other) {
        summaries_[other - 1].add(pending.number, score_delta(row[0], row[other]), label_delta(row[0], row[other]));
      }
    }
  }

  std::vector<std::string> versions_;
  std::vector<Target> targets_;  // view versions_
  std::vector<BatchResult> answers_;
  std::vector<DifferenceSummary> summaries_;  // of all but the first, against it
};

}  // namespace

int predict_ab(const Globals& globals, const AbOptions& options) {
  if (options.versions.size() < 2 || options.versions.size() > kTargetsMax) {
    return report(globals, trouble(ExitStatus::kUsage,
                                   "--versions: 2 to " + std::to_string(kTargetsMax) + " of them, with commas between; " +
                                       std::to_string(options.versions.size()) + " given; next: ringside ab --help"));
  }
  auto source = LineSource::open(options.input);
  if (!source) return report(globals, trouble(ExitStatus::kUsage, source.error()));
  auto connection = connect_for_rows(globals, options, "ab");
  if (!connection) return report(globals, connection.error());
  Comparer comparer(*std::move(connection), options);
  const int status = finish_rows(globals, comparer, *source, options.input);
  // On standard error: what goes to standard output is JSON Lines, whoever reads it.
  if (!globals.json) std::fputs(comparer.summary().c_str(), stderr);
  return status;
}

}  // namespace ringside::cli

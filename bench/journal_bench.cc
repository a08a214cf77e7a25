// journal: what recording every row costs its caller. The same rows to two engines that differ in journal.enabled alone, turn by turn.

#include "bench/comparison.h"
#include "bench/loan_default_sides.h"
#include "bench/served_model.h"

namespace ringside::bench {
namespace {

constexpr std::size_t kRows = 65'536;

struct Served {
  std::shared_ptr<ServedModel> model;
  std::unique_ptr<LoanDefaultRows> rows;

  Served(const Settings& settings, const char* enabled)
      : model(std::make_shared<ServedModel>(
            settings, settings.repository + "/models/loan_default_v1.0.0",
            std::vector<std::pair<std::string, std::string>>{{"RINGSIDE_JOURNAL_ENABLED", enabled}})),
        rows(std::make_unique<LoanDefaultRows>(settings.repository, model->schema(), kRows)) {
    model->process().pause();
  }
};

Comparison make(const Settings& settings) {
  static std::unique_ptr<Served> on, off;
  on = std::make_unique<Served>(settings, "true");
  off = std::make_unique<Served>(settings, "false");
  Comparison comparison;
  comparison.rows = on->rows->rows();
  comparison.ours = std::make_unique<LoanDefaultRoundTrip>(on->model, *on->rows);
  comparison.references.push_back({"off", std::make_unique<LoanDefaultRoundTrip>(off->model, *off->rows)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    add_comparison(settings, "journal", "roundtrip on/off", [&settings] { return make(settings); });
  });
}

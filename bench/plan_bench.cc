// plan: checked values of a row to the features that a forest reads. Includes scaling, label and one-hot lookups, order and the cast to
// float32; not decoding, not the forest. Where fields are broadcast, from the request: decoding, too, does for a call what it did for a tile.

#include "bench/broadcast_sides.h"
#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "bench/plan_sides.h"

namespace ringside::bench {
namespace {

Comparison make(const Settings& settings, std::size_t rows_a_call) {
  const std::string folder = settings.data + "/plan";
  auto ours = std::make_unique<OurPlan>(folder, rows_a_call);
  Comparison comparison;
  comparison.rows = ours->rows();
  comparison.rows_a_call = rows_a_call;
  const std::size_t features = ours->answer().size() / rows_a_call;
  comparison.ours = std::move(ours);
  comparison.references.push_back(
      {"scikit-learn", std::make_unique<ScikitLearn>(settings.repository, folder, rows_a_call, features)});
  return comparison;
}

Comparison make_broadcast() {
  constexpr std::size_t kUsers = 64;
  using Sent = UserAndItems::Sent;
  Comparison comparison;
  comparison.rows = kUsers * UserAndItems::kRows;
  comparison.rows_a_call = UserAndItems::kRows;
  comparison.ours = std::make_unique<UserAndItems>(Sent::kOnceACall, kUsers);
  comparison.references.push_back({"once a tile", std::make_unique<UserAndItems>(Sent::kOnceATile, kUsers)});
  comparison.references.push_back({"a cell a row", std::make_unique<UserAndItems>(Sent::kARow, kUsers)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{512}}) {
      add_comparison(settings, "plan", "30+5+3 fields " + rows_word(rows), [&settings, rows] { return make(settings, rows); });
    }
    add_comparison(settings, "plan", "25 of 38 fields broadcast, 512 rows", [] { return make_broadcast(); });
  });
}

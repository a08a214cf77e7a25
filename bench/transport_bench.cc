// transport: one small row to another process and its answer back. Ours is the whole of Ringside with the cheapest model there can be (one
// stump): fill the row, ring, decode, plan, answer, read. The references carry the bytes and compute nothing.

#include "bench/comparison.h"
#include "bench/echo_sides.h"
#include "bench/served_model.h"

namespace ringside::bench {
namespace {

Comparison make(const Settings& settings, std::size_t floats) {
  const std::string folder = settings.data + "/echo" + std::to_string(floats);
  static std::unique_ptr<FloatRows> rows;
  rows = std::make_unique<FloatRows>(folder + "/rows.f32", floats);
  Comparison comparison;
  comparison.rows = rows->rows();
  comparison.ours = std::make_unique<RoundTrip>(ServedModel::of(settings, bundle_under(folder + "/models")), *rows, 1);
  comparison.references.push_back({"raw two-line", raw_two_lines()});
  comparison.references.push_back({"unix socket echo", unix_socket_echo(floats)});
  comparison.references.push_back({"boost message_queue", message_queue_echo(floats)});
  comparison.references.push_back({"two spsc rings", spsc_rings_echo(floats)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const std::size_t floats : {std::size_t{8}, std::size_t{16}}) {
      add_comparison(settings, "transport", "echo 1x" + std::to_string(floats) + " f32",
                     [&settings, floats] { return make(settings, floats); });
    }
  });
}

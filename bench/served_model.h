// A real engine process that serves one bundle, and a client connected to it: our side of every round trip.
//
//   ringsided --bundle DIR --workers 1 --wait MODE, its worker pinned to processors().server; the caller is pinned to processors().client
//
// The engine is stopped (SIGSTOP) while another side has its turn, so that a spinning worker takes nothing from it.
//
// Thread safety: one thread. Cost: starting takes as long as the bundle takes to load; ends the program where the engine does not serve.
#pragma once

#include <ringside/client.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "bench/server_process.h"
#include "bench/side.h"

namespace ringside::bench {

class ServedModel {
 public:
  // `environment`: for the engine, besides what every one gets.
  ServedModel(const Settings& settings, const std::string& bundle_directory,
              const std::vector<std::pair<std::string, std::string>>& environment = {});
  ServedModel(const ServedModel&) = delete;
  ServedModel& operator=(const ServedModel&) = delete;
  ~ServedModel();

  // The one that serves this bundle: the last one asked for, or a new one in its place.
  [[nodiscard]] static std::shared_ptr<ServedModel> of(const Settings& settings, const std::string& bundle_directory);

  [[nodiscard]] Client& client() noexcept { return *client_; }
  // All fields of the bundle, in its order.
  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }
  [[nodiscard]] std::string run_dir() const { return directory_ + "/run"; }
  [[nodiscard]] ServerProcess& process() noexcept { return *process_; }

 private:
  std::string directory_;  // sockets, state and log; removed at the end
  std::unique_ptr<ServerProcess> process_;
  std::unique_ptr<Client> client_;
  Schema schema_;
};

// From the caller's floats to scores in the caller's hand: fill the row or batch, send, wait, read. Field i is feature i.
class RoundTrip final : public Side {
 public:
  RoundTrip(std::shared_ptr<ServedModel> served, const FloatRows& rows, std::size_t rows_a_call);
  void begin_slice() override;
  void end_slice() override;
  void stage(std::size_t row) override;
  void call() override;
  [[nodiscard]] std::span<const float> answer() const override { return values_; }

 private:
  void call_one();
  void call_batch();

  std::shared_ptr<ServedModel> served_;
  const FloatRows& rows_;
  std::vector<float> features_, values_;
  std::vector<FieldHandle> handles_;
  Row row_;
  Batch batch_;
  Prediction prediction_;
  BatchResult result_;
};

// Ends the program with what became of a row: every error with its field and code.
[[noreturn]] void give_up_on(const RowAnswer& answer);

}  // namespace ringside::bench

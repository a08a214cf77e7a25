// An engine with one honest client, beside which a test lets others do harm: it must be served on, and the engine must come to hold what it
// held before.
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_footprint.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {

class ServedNeighbour : public ::testing::Test {
 protected:
  explicit ServedNeighbour(std::vector<std::string> engine_arguments = {})
      : engine_(std::move(engine_arguments)),
        neighbour_(engine_.connect()),
        schema_(*neighbour_.resolve(demo_fields())),
        row_(schema_),
        before_(footprint_of(engine_.pid())) {
    fill(row_, demo_rows()[7]);
  }

  void expect_neighbour_served(int calls = 50) {
    for (int i = 0; i < calls; ++i) {
      ASSERT_EQ(difference(neighbour_.predict(row_, {.deadline = std::chrono::seconds(60)}), demo_rows()[7]), "");
    }
  }
  // ctest's watchdog ends a leak.
  void wait_until_engine_is_as_before() const {
    while (footprint_of(engine_.pid()) != before_) std::this_thread::yield();
  }
  void TearDown() override {
    if (HasFatalFailure()) return;
    expect_neighbour_served();
    wait_until_engine_is_as_before();
  }

  EngineProcess engine_;
  Client neighbour_;
  Schema schema_;
  Row row_;
  EngineFootprint before_;
};

}  // namespace ringside::testing

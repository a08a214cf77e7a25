// Goal: the committed bundles answer the demo rows with Python's bits, through shared memory, one row at a time and in batches,
//   whichever version is asked and in whatever order the client names its fields.
// Method: tests/golden/loan_default_demo.jsonl holds rows and what Python computed for each version; every row goes through a
//   real worker.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/bundle/loader.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using nlohmann::json;
using test::Answer;

const char* const kVersions[] = {"loan_default_v1.0.0", "loan_default_v1.1.0"};

std::string source() {
  const char* set = std::getenv("RINGSIDE_SOURCE");
  return set == nullptr ? "." : set;
}

std::uint32_t bits_of(const json& hex) { return static_cast<std::uint32_t>(std::stoul(hex.get<std::string>(), nullptr, 16)); }
bool same_bits(float found, const json& hex) {
  const std::uint32_t expected = bits_of(hex);
  if (std::isnan(std::bit_cast<float>(expected))) return std::isnan(found);
  return std::bit_cast<std::uint32_t>(found) == expected;
}

class WorkerGolden : public ::testing::Test {
 protected:
  WorkerGolden() {
    for (const char* version : kVersions) {
      auto bundle = load_bundle(source() + "/models/" + version, {.expected_task = "loan_default", .use_reference = false});
      if (!bundle) {
        ADD_FAILURE() << bundle.error().front().text();
        return;
      }
      bundles_.push_back(std::move(*bundle));
    }
    rig_.serve(bundles_);
    // The newer version's fields, backwards: adapters have something to do.
    for (const Field& field : bundles_.back()->schema.fields()) names_.insert(names_.begin(), field.name);
    schema_ = schema_of(names_);
    EXPECT_TRUE(rig_.publisher.add_schema(schema_).ok());
    std::ifstream file(source() + "/tests/golden/loan_default_demo.jsonl");
    for (std::string line; std::getline(file, line);) rows_.push_back(json::parse(line));
    rig_.seat({&seat_});
    rig_.start();
  }

  // Puts row `index` of the demo into row `at` of the body.
  void put(wire::CallBody& body, std::uint16_t at, const json& row) {
    for (std::uint16_t column = 0; column < names_.size(); ++column) {
      const auto cell = row.find(names_[column]);
      if (cell == row.end()) continue;
      if (cell->is_string()) {
        body.set_text(column, at, cell->get<std::string>());
      } else if (cell->is_number_integer()) {
        body.set(column, at, wire::Cell::integer(cell->get<std::int64_t>()));
      } else {
        body.set(column, at, cell->is_null() ? wire::Cell::null() : wire::Cell::real(cell->get<double>()));
      }
    }
  }

  // How many features, margins and values differ, and everything else that the demo file knows.
  void expect_row(const Answer& answer, std::uint32_t row, const json& expected, const Bundle& bundle) {
    ASSERT_EQ(answer.status(row), wire::Status::kOk);
    ASSERT_EQ(answer.geometry.features, expected["features"].size());
    for (std::uint32_t i = 0; i < answer.geometry.features; ++i)
      ASSERT_TRUE(same_bits(answer.feature(row, i), expected["features"][i])) << i;
    ASSERT_TRUE(same_bits(answer.margin(row), expected["margin"][0]));
    ASSERT_TRUE(same_bits(answer.value(row), expected["values"][0]));
    ASSERT_EQ(std::get<std::string>(bundle.classes.at(static_cast<std::size_t>(answer.row(row).label_index))), expected["label"]);
    for (std::uint32_t field = 0; field < bundle.schema.size(); ++field) {
      const auto listed = [&](const char* list) {
        return std::ranges::find(expected[list], json(bundle.schema.fields()[field].name)) != expected[list].end();
      };
      ASSERT_EQ(answer.has(Answer::Bitmap::kFilled, row, field), listed("filled")) << field;
      ASSERT_EQ(answer.has(Answer::Bitmap::kUnknown, row, field), listed("unknown")) << field;
    }
  }

  WorkerRig rig_;
  std::vector<std::shared_ptr<const Bundle>> bundles_;
  std::vector<std::string> names_;
  ClientSchema schema_;
  std::vector<json> rows_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerGolden, EveryDemoRowOnItsOwnHasPythonsBits) {
  ASSERT_EQ(rows_.size(), 300u);
  for (std::size_t v = 0; v < 2; ++v) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      seat_.body.start(static_cast<std::uint16_t>(names_.size()), 1);
      put(seat_.body, 0, rows_[i]["row"]);
      seat_.body.set_version(kVersions[v]);
      const Answer answer = seat_.client().call(seat_.body, schema_.hash, {.flags = wire::kReturnFeatures});
      ASSERT_NO_FATAL_FAILURE(expect_row(answer, 0, rows_[i]["expect"][kVersions[v]], *bundles_[v]))
          << kVersions[v] << " row " << i;
    }
  }
}

TEST_F(WorkerGolden, AllDemoRowsInOneBatchHavePythonsBits) {
  ASSERT_EQ(rows_.size(), 300u);
  for (std::size_t v = 0; v < 2; ++v) {
    seat_.body.start(static_cast<std::uint16_t>(names_.size()), 300);
    for (std::size_t i = 0; i < rows_.size(); ++i) put(seat_.body, static_cast<std::uint16_t>(i), rows_[i]["row"]);
    seat_.body.set_version(kVersions[v]);
    const Answer answer = seat_.client().call(seat_.body, schema_.hash, {.flags = wire::kReturnFeatures});
    ASSERT_EQ(answer.call_status(), wire::Status::kOk);
    for (std::uint32_t i = 0; i < 300; ++i) {
      ASSERT_NO_FATAL_FAILURE(expect_row(answer, i, rows_[i]["expect"][kVersions[v]], *bundles_[v]))
          << kVersions[v] << " row " << i;
    }
  }
}

}  // namespace
}  // namespace ringside::engine

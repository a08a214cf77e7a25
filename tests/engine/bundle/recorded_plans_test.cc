// Goal: each step gives scikit-learn's bits. Method: what Debian's scikit-learn made of hard values (tests/golden/plan/record.py), through
// the reader of preprocess.json and the plan, every row alone and in tiles of 64.

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>

#include "engine/bundle/document.h"
#include "engine/bundle/document_reader.h"
#include "engine/bundle/golden.h"
#include "engine/bundle/plan_json.h"
#include "engine/decode/tile.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {
namespace {

const DocumentNode& member(const DocumentNode& node, std::string_view name) {
  for (const auto& [key, value] : node.members) {
    if (key == name) return value;
  }
  throw std::runtime_error("no " + std::string(name));
}

InputSchema schema_of(const DocumentNode& fields) {
  std::vector<Field> read;
  for (const DocumentNode& node : fields.items) {
    Field field;
    field.name = member(node, "name").text;
    field.dtype = member(node, "dtype").text == "str" ? Dtype::kStr : Dtype::kFloat;
    field.on_missing = OnMissing::kPass;
    read.push_back(field);
  }
  return InputSchema(std::move(read), true);
}

class Recorded {
 public:
  explicit Recorded(const DocumentNode& line)
      : line_(line), rows_(member(line, "rows").items), schema_(schema_of(member(line, "fields"))), tile_(schema_) {
    BundleProblems problems;
    const PlanDocument document = read_plan(member(line, "plan").text, problems);
    for (const BundleProblem& problem : problems) ADD_FAILURE() << problem.text();
    auto plan = Plan::compile(document.spec, schema_);
    if (!plan) {
      for (const PlanProblem& problem : plan.error()) ADD_FAILURE() << problem.key << ": expected " << problem.expected;
      return;
    }
    plan_ = std::move(*plan);
    scratch_ = plan_.make_scratch();
    features_ = FloatBlock(FloatType::kFloat32, kTileRows * plan_.features());
  }

  void compare(std::size_t together) {
    for (std::size_t first = 0; first < rows_.size(); first += together) {
      const auto count = static_cast<std::uint32_t>(std::min(together, rows_.size() - first));
      tile_.start(count);
      for (std::uint32_t row = 0; row < count; ++row) put(rows_[first + row], row);
      plan_.run(tile_, *scratch_, features_.data(), plan_.features());
      for (std::uint32_t row = 0; row < count; ++row) compare_row(first + row, row);
    }
  }

 private:
  void put(const DocumentNode& values, std::uint32_t row) {
    for (std::uint32_t field = 0; field < schema_.size(); ++field) {
      const DocumentNode& value = values.items[field];
      if (!schema_.fields()[field].is_text()) {
        tile_.numbers(field)[row] = value.text == "nan" ? std::numeric_limits<double>::quiet_NaN() : *parse_hex_float(value.text);
      } else if (value.is(DocumentNode::Kind::kNull)) {
        tile_.texts(field)[row] = {};
      } else {
        tile_.texts(field)[row] = {value.text.data(), static_cast<std::uint32_t>(value.text.size())};
      }
    }
  }

  void compare_row(std::size_t number, std::uint32_t row) {
    const DocumentNode& expected = member(line_, "features").items[number];
    std::string found, wanted;
    if (tile_.errors().count(row) != 0) found = wire::name(tile_.errors().at(row, 0).code);
    for (std::uint32_t j = 0; j < plan_.features(); ++j)
      found += golden_hex(golden_bits(features_, row * plan_.features() + j), FloatType::kFloat32) + " ";
    for (const DocumentNode& bits : expected.items) wanted += bits.text + " ";
    if (expected.is(DocumentNode::Kind::kText)) {
      ASSERT_TRUE(found.starts_with(expected.text)) << member(line_, "what").text << ", row " << number << ": " << found;
    } else {
      ASSERT_EQ(found, wanted) << member(line_, "what").text << ", row " << number << ": " << rows_[number].items[0].text;
    }
  }

  const DocumentNode& line_;
  const ScratchVector<DocumentNode>& rows_;
  InputSchema schema_;
  Tile tile_;
  Plan plan_;
  std::unique_ptr<PlanScratch> scratch_;
  FloatBlock features_;
};

TEST(RecordedPlans, EveryStepGivesScikitLearnsBits) {
  std::ifstream file(std::string(std::getenv("RINGSIDE_SOURCE")) + "/tests/golden/plan/steps.jsonl");
  std::size_t cases = 0;
  for (std::string text; std::getline(file, text); ++cases) {
    const auto line = parse_json(text);
    ASSERT_TRUE(line.ok()) << text;
    Recorded recorded(*line);
    if (HasFailure()) break;
    recorded.compare(1);
    recorded.compare(kTileRows);
  }
  EXPECT_EQ(cases, 24u);
}

}  // namespace
}  // namespace ringside::engine

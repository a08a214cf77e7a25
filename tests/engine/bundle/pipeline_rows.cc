// Fitted pipelines and their rows, as tests/tools/export/random_pipelines.py wrote them, through the real decode and plan: every
// feature must have scikit-learn's bits, and every refused row its errors.
//
//   pipeline_rows FILE
//
//   {"schema":"fields: …","document":"{…}"}                        a case: feature_schema.yaml and preprocess.json, as text
//   {"row":{"age":27,…},"features":["41d80000",…],"unknown":[]}    its rows
//   {"row":{"age":null,…},"errors":[{"field":"age","code":"NULL_NOT_ALLOWED"}]}
//
// Rows go alone and in calls of 7, 64 and 300. Exit status 1 at the first case that differs, which is named by its line.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/bundle/golden.h"
#include "engine/bundle/golden_call.h"
#include "engine/bundle/plan_json.h"
#include "engine/bundle/schema_yaml.h"
#include "engine/decode/gather.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {
namespace {

using Kind = DocumentNode::Kind;

const DocumentNode* member(const DocumentNode& map, std::string_view name) {
  for (const auto& [key, value] : map.members) {
    if (key == name) return &value;
  }
  return nullptr;
}

const DocumentNode& need(const DocumentNode& map, std::string_view name) {
  const DocumentNode* found = member(map, name);
  if (found == nullptr) throw std::runtime_error("a line has no " + std::string(name));
  return *found;
}

[[noreturn]] void fail(const BundleProblems& problems) {
  std::string text;
  for (const BundleProblem& problem : problems) text += "\n  " + problem.text();
  throw std::runtime_error("the case is refused:" + text);
}

GoldenRow read_row(const DocumentNode& line, std::uint64_t number) {
  GoldenRow row;
  row.line = number;
  row.row = need(line, "row");
  if (const DocumentNode* features = member(line, "features")) {
    row.scored = true;
    for (const DocumentNode& word : features->items) {
      std::uint32_t bits = 0;
      std::from_chars(word.text.data(), word.text.data() + word.text.size(), bits, 16);
      row.features.push_back(bits);
    }
    for (const DocumentNode& name : need(line, "unknown").items) row.unknown.emplace_back(name.text);
    return row;
  }
  for (const DocumentNode& error : need(line, "errors").items) {
    const std::string_view code = need(error, "code").text;
    for (int value = 0; value < 256; ++value) {
      if (wire::name(static_cast<wire::FieldCode>(value)) == code)
        row.errors.push_back({std::string(need(error, "field").text), static_cast<wire::FieldCode>(value)});
    }
  }
  return row;
}

// One pipeline: its schema and plan, and the memory to run rows through them.
class Case {
 public:
  explicit Case(const DocumentNode& line) {
    BundleProblems problems;
    schema_ = std::make_unique<InputSchema>(read_feature_schema(need(line, "schema").text, problems).input);
    const PlanSpec spec = read_plan(need(line, "document").text, problems).spec;
    if (!problems.empty()) fail(problems);
    auto plan = Plan::compile(spec, *schema_);
    if (!plan) {
      for (const PlanProblem& wrong : plan.error()) problems.push_back({kPlanFile, wrong.key, 0, wrong.expected, wrong.found});
      fail(problems);
    }
    plan_ = std::move(plan.value());
    scratch_ = plan_.make_scratch();
    tile_ = std::make_unique<Tile>(*schema_);
    call_ = std::make_unique<GoldenCall>(*schema_);
    features_.assign(kTileRows * plan_.features(), 0.0F);
  }

  void compare(std::span<const GoldenRow> rows) {
    if (call_->send(rows) != CallShape::kGood) throw std::runtime_error("rows that cannot be sent");
    GatherCursor cursor;
    while (cursor.next_row < rows.size()) {
      const auto first = cursor.next_row;
      const GatherOutcome outcome = gather(call_->call(), call_->adapter(), *schema_, kTileRows, cursor, *tile_);
      if (outcome.malformed) throw std::runtime_error("rows that are called malformed");
      plan_.run(*tile_, *scratch_, features_.data(), plan_.features());
      for (std::uint32_t i = 0; i < outcome.rows; ++i) compare(rows[first + i], i);
    }
  }

 private:
  void compare(const GoldenRow& row, std::uint32_t at) {
    std::vector<std::string> found;
    for (std::uint32_t i = 0; i < tile_->errors().count(at); ++i) {
      const RowError error = tile_->errors().at(at, i);
      found.push_back(schema_->fields()[error.field].name + " " + std::string(wire::name(error.code)));
    }
    std::vector<std::string> expected;
    for (const GoldenError& error : row.errors) expected.push_back(error.field + " " + std::string(wire::name(error.code)));
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    if (found != expected) differs(row, joined(expected), joined(found));
    if (!row.scored) return;
    std::vector<std::string> unknown;
    for (std::uint32_t field = 0; field < schema_->size(); ++field) {
      if ((tile_->unknown(field) >> at & 1) != 0) unknown.push_back(schema_->fields()[field].name);
    }
    std::sort(unknown.begin(), unknown.end());
    if (unknown != row.unknown) differs(row, "unknown " + joined(row.unknown), joined(unknown));
    const float* features = features_.data() + std::size_t{at} * plan_.features();
    if (row.features.size() != plan_.features())
      differs(row, std::to_string(row.features.size()), std::to_string(plan_.features()));
    for (std::size_t i = 0; i < row.features.size(); ++i) {
      const std::uint32_t bits = std::isnan(features[i]) ? 0x7FC0'0000 : std::bit_cast<std::uint32_t>(features[i]);
      const auto hex = [](std::uint64_t number) { return golden_hex(number, FloatType::kFloat32); };
      if (bits != row.features[i]) differs(row, plan_.feature_names()[i] + " " + hex(row.features[i]), hex(bits));
    }
  }

  static std::string joined(const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& one : texts) text += (text.empty() ? "" : ", ") + one;
    return text.empty() ? "a score" : text;
  }

  [[noreturn]] static void differs(const GoldenRow& row, const std::string& expected, const std::string& found) {
    throw std::runtime_error("line " + std::to_string(row.line) + ": expected " + expected + ", found " + found);
  }

  std::unique_ptr<InputSchema> schema_;
  Plan plan_;
  std::unique_ptr<PlanScratch> scratch_;
  std::unique_ptr<Tile> tile_;
  std::unique_ptr<GoldenCall> call_;
  std::vector<float> features_;
};

class Reader {
 public:
  void line(const std::string& text, std::uint64_t number) {
    auto parsed = parse_json(text);
    if (!parsed) throw std::runtime_error("line " + std::to_string(number) + ": expected " + parsed.error().expected);
    if (member(parsed.value(), "schema") == nullptr) return rows_.push_back(read_row(parsed.value(), number));
    finish();
    case_line_ = number;
    case_.emplace(parsed.value());
  }

  // Compares the rows of the case that was read last.
  void finish() {
    if (!case_) return;
    constexpr std::array<std::size_t, 4> kTogether{1, 7, 64, 300};
    std::size_t turn = 0;
    for (std::size_t first = 0; first < rows_.size();) {
      const std::size_t count = std::min(kTogether.at(turn++ % kTogether.size()), rows_.size() - first);
      case_->compare(std::span(rows_).subspan(first, count));
      first += count;
    }
    ++cases_;
    total_ += rows_.size();
    rows_.clear();
  }

  [[nodiscard]] std::uint64_t case_line() const noexcept { return case_line_; }
  [[nodiscard]] std::uint64_t cases() const noexcept { return cases_; }
  [[nodiscard]] std::uint64_t rows() const noexcept { return total_; }

 private:
  std::optional<Case> case_;
  std::vector<GoldenRow> rows_;
  std::uint64_t case_line_ = 0, cases_ = 0, total_ = 0;
};

int run(const char* path) {
  std::ifstream file(path);
  Reader reader;
  std::string text;
  try {
    if (!file) throw std::runtime_error("it cannot be read");
    for (std::uint64_t number = 1; std::getline(file, text); ++number) reader.line(text, number);
    reader.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: case at line %llu: %s\n", path, static_cast<unsigned long long>(reader.case_line()), error.what());
    return 1;
  }
  std::printf("%llu pipelines, %llu rows: every feature in the bits of scikit-learn, every refusal with its code\n",
              static_cast<unsigned long long>(reader.cases()), static_cast<unsigned long long>(reader.rows()));
  return reader.rows() == 0 ? 1 : 0;
}

}  // namespace
}  // namespace ringside::engine

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: pipeline_rows FILE\n");
    return 2;
  }
  return ringside::engine::run(arguments[1]);
}

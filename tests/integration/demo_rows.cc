#include "tests/integration/demo_rows.h"

#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace ringside::testing {
namespace {

namespace dom = simdjson::dom;

std::vector<std::uint32_t> hex_words(dom::element array) {
  std::vector<std::uint32_t> words;
  for (const dom::element word : array.get_array()) {
    words.push_back(static_cast<std::uint32_t>(std::stoul(std::string(word.get_string().value()), nullptr, 16)));
  }
  return words;
}

DemoRow read_row(dom::element line) {
  DemoRow row;
  for (const auto& [name, value] : line["row"].get_object()) {
    switch (value.type()) {
      case dom::element_type::INT64:
        row.cells.emplace_back(name, value.get_int64().value());
        break;
      case dom::element_type::DOUBLE:
        row.cells.emplace_back(name, value.get_double().value());
        break;
      case dom::element_type::STRING:
        row.cells.emplace_back(name, std::string(value.get_string().value()));
        break;
      default:
        throw std::runtime_error("a demo row holds something else than numbers and texts");
    }
  }
  for (const auto& [version, expect] : line["expect"].get_object()) {
    row.by_version[std::string(version)] = {hex_words(expect["features"]), hex_words(expect["margin"]),
                                            hex_words(expect["values"]), std::string(expect["label"].get_string().value())};
  }
  return row;
}

std::vector<DemoRow> read_rows() {
  const char* root = std::getenv("RINGSIDE_SOURCE");
  dom::parser parser;
  std::vector<DemoRow> rows;
  for (const dom::element line :
       parser.load_many(std::string(root == nullptr ? "." : root) + "/tests/golden/loan_default_demo.jsonl")) {
    rows.push_back(read_row(line));
  }
  if (rows.empty()) throw std::runtime_error("no demo rows");
  return rows;
}

std::uint32_t bits(double number) {
  return std::isnan(number) ? 0x7FC00000u : std::bit_cast<std::uint32_t>(static_cast<float>(number));
}

}  // namespace

const std::vector<DemoRow>& demo_rows() {
  static const std::vector<DemoRow> rows = read_rows();
  return rows;
}

std::vector<FieldDecl> demo_fields() {
  std::set<std::string> names;
  for (const DemoRow& row : demo_rows()) {
    for (const auto& [name, value] : row.cells) names.insert(name);
  }
  std::vector<FieldDecl> fields;
  for (const std::string& name : names) fields.push_back({name, Dtype::kAny});
  return fields;
}

void fill(Row& row, const DemoRow& from) {
  row.reset();
  for (const auto& [name, value] : from.cells) {
    std::visit([&](const auto& held) { row.set(name, held); }, value);
  }
}

void fill(Batch& batch, std::size_t index, const DemoRow& from) {
  for (const auto& [name, value] : from.cells) {
    std::visit([&](const auto& held) { batch.set(index, name, held); }, value);
  }
}

std::string difference(const RowAnswer& answer, const DemoRow& row) {
  if (!answer.ok()) return "status " + std::string(name(answer.status())) + ": " + answer.explanation();
  const auto expected = row.by_version.find(std::string(answer.version()));
  if (expected == row.by_version.end()) return "no bits are known for version " + std::string(answer.version());
  const Expected& want = expected->second;
  if (answer.margins() != want.margins.size() || answer.values() != want.values.size()) return "another number of outputs";
  for (std::size_t i = 0; i < want.margins.size(); ++i) {
    if (bits(answer.margin(i)) != want.margins[i]) return "margin " + std::to_string(i);
  }
  for (std::size_t i = 0; i < want.values.size(); ++i) {
    if (bits(answer.value(i)) != want.values[i]) return "value " + std::to_string(i);
  }
  if (answer.label().text != want.label) return "label";
  if (answer.features() != 0 && answer.features() != want.features.size()) return "another number of features";
  for (std::size_t i = 0; i < answer.features(); ++i) {
    if (bits(static_cast<double>(answer.feature(i))) != want.features[i]) return "feature " + std::to_string(i);
  }
  return {};
}

}  // namespace ringside::testing

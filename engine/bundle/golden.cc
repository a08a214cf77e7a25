#include "engine/bundle/golden.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

// Of one line: a reader's problems get the line's number.
class LineReader {
 public:
  LineReader(std::uint64_t line, const DocumentNode& node, const GoldenWidths& widths, BundleProblems& problems)
      : line_(line), widths_(widths), all_(problems), list_(kGoldenFile, own_), map_(node, "", list_) {}
  ~LineReader() {
    for (BundleProblem& problem : own_) {
      problem.row = line_;
      all_.push_back(std::move(problem));
    }
  }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  GoldenRow read() {
    GoldenRow row;
    row.line = line_;
    const std::string kind = map_.text("kind");
    row.scored = kind == "score";
    if (!row.scored && kind != "reject") list_.add("kind", "score or reject", in_quotes(kind));
    if (const DocumentNode* sent = map_.need("row")) {
      if (!sent->is(DocumentNode::Kind::kMap)) list_.add("row", "a map", sent->described());
      row.row = *sent;
    }
    if (row.scored) {
      row.features = bits("features", widths_.features);
      row.margin = bits("margin", widths_.outputs);
      row.values = bits("values", widths_.outputs);
      row.label = label();
      row.filled = map_.texts("filled");
      row.unknown = map_.texts("unknown");
      row.clamped = map_.optional_texts("clamped");
      row.walk = map_.optional_text("walk").value_or("");
      if (!row.walk.empty() && (row.walk.size() != 16 || row.walk.find_first_not_of("0123456789abcdef") != std::string::npos))
        list_.add("walk", "16 hex digits", in_quotes(row.walk));
    } else {
      read_errors(row);
    }
    map_.finish();
    return row;
  }

 private:
  std::vector<std::uint64_t> bits(const char* key, FloatType type) {
    const std::size_t digits = 2 * float_bytes(type);
    std::vector<std::uint64_t> result;
    const std::vector<std::string> texts = map_.texts(key);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::uint64_t word = 0;
      const char* end = texts[i].data() + texts[i].size();
      const auto [stop, error] = std::from_chars(texts[i].data(), end, word, 16);
      if (error != std::errc{} || stop != end || texts[i].size() != digits) {
        list_.add(indexed(key, i), std::to_string(digits) + " hex digits", in_quotes(texts[i]));
      }
      result.push_back(word);
    }
    return result;
  }

  std::optional<ClassLabel> label() {
    const DocumentNode* node = map_.need("label");
    if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return std::nullopt;
    if (node->is(DocumentNode::Kind::kText)) return ClassLabel(std::string(node->text));
    std::int64_t number = 0;
    const char* end = node->text.data() + node->text.size();
    const auto [stop, error] = std::from_chars(node->text.data(), end, number);
    if (!node->is(DocumentNode::Kind::kNumber) || error != std::errc{} || stop != end) {
      list_.add("label", "an integer, text or null", node->described());
    }
    return ClassLabel(number);
  }

  void read_errors(GoldenRow& row) {
    const DocumentNode* errors = map_.need("errors");
    if (errors == nullptr) return;
    if (!errors->is(DocumentNode::Kind::kList) || errors->items.empty()) {
      return list_.add("errors", "a list of at least one", errors->items.empty() ? "[]" : errors->described());
    }
    for (std::size_t i = 0; i < errors->items.size(); ++i) {
      MapReader error(errors->items[i], indexed("errors", i), list_);
      GoldenError read{.field = error.text("field"), .code = wire::FieldCode::kNone};
      const std::string code = error.text("code");
      for (std::uint8_t c = 1; c < wire::kFieldCodeCount; ++c) {
        if (wire::name(static_cast<wire::FieldCode>(c)) == code) read.code = static_cast<wire::FieldCode>(c);
      }
      if (read.code == wire::FieldCode::kNone) list_.add(error.path("code"), "a field error code", in_quotes(code));
      error.finish();
      row.errors.push_back(std::move(read));
    }
  }

  std::uint64_t line_;
  const GoldenWidths& widths_;
  BundleProblems& all_;
  BundleProblems own_;
  ProblemList list_;
  MapReader map_;
};

}  // namespace

std::uint64_t golden_bits(const FloatBlock& numbers, std::size_t index) noexcept {
  if (numbers.type() == FloatType::kFloat64) {
    const double value = numbers.as<double>()[index];
    return std::isnan(value) ? 0x7FF8'0000'0000'0000 : std::bit_cast<std::uint64_t>(value);
  }
  const float value = numbers.as<float>()[index];
  return std::isnan(value) ? 0x7FC0'0000 : std::bit_cast<std::uint32_t>(value);
}

std::string golden_hex(std::uint64_t bits, FloatType type) {
  char text[17];
  std::snprintf(text, sizeof text, "%0*llx", static_cast<int>(2 * float_bytes(type)), static_cast<unsigned long long>(bits));
  return text;
}

std::vector<GoldenRow> read_golden(std::string_view text, const GoldenWidths& widths, BundleProblems& problems) {
  std::vector<GoldenRow> rows;
  const std::size_t before = problems.size();
  std::size_t scored = 0;
  std::uint64_t line = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++line;
    const auto document = parse_json(one);
    if (!document) {
      problems.push_back({kGoldenFile, "", line, document.error().expected, document.error().found});
    } else {
      rows.push_back(LineReader(line, *document, widths, problems).read());
      scored += rows.back().scored ? 1 : 0;
    }
    if (problems.size() - before >= kGoldenProblemsMax) return rows;  // a file in another format is wrong on every line
  }
  if (scored == 0 && problems.size() == before) {
    problems.push_back({kGoldenFile, "", 0, "at least one row with kind score", "none: nothing would prove this bundle"});
  }
  return rows;
}

}  // namespace ringside::engine

// Every number, text and order in a bundle's files that a score depends on, and what one flipped bit makes of each.
//
//   std::vector<Parameter> all = parameters_of("model.json", text);
//   std::string spoilt = flipped(text, all[17], 3);     // the file with bit 3 of that parameter the other way round
//
// Numbers are flipped as the engine holds them (float32, float64, int32, int64) and written back so that reading gives those bits; a text
// has the bits of its bytes; in model.txt the sizes of the trees are made right again; an order (of classes, categories, columns) has a bit for each pair of neighbours that can be exchanged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::test {

enum class ParameterKind : std::uint8_t { kFloat32, kFloat64, kHexFloat, kInt8, kInt32, kUint32, kInt64, kFlag, kText, kOrder };

struct Parameter {
  std::string file;
  std::string group;  // what is counted together: "leaf", "threshold", "plan number", …
  std::string where;  // "trees[3].split_conditions[7]", "line 12 fill"
  ParameterKind kind = ParameterKind::kFloat32;
  std::size_t begin = 0, end = 0;                            // of its text in the file; the quotes of a text are outside
  std::vector<std::pair<std::size_t, std::size_t>> items{};  // kOrder: of each element's text

  [[nodiscard]] std::uint32_t bits() const noexcept;
};

// Of preprocess.json, model.json, model.txt, feature_schema.yaml or serving.yaml; of any other file none.
[[nodiscard]] std::vector<Parameter> parameters_of(const std::string& file, std::string_view text);

// REQUIRES: bit < parameter.bits(). A number that no JSON can write (infinity, NaN) becomes a text that no reader takes for a number.
[[nodiscard]] std::string flipped(std::string_view text, const Parameter& parameter, std::uint32_t bit);

}  // namespace ringside::test

// Does the gate hold? One bit of one parameter of a good bundle is flipped, the manifest made right again, and the engine's own loader asked.
//
//   MutationProof proof(directory, rows);
//   Fate fate = proof.judge(parameter, bit);
//
// Rows are what training saw: a change matters where it alters any of their predictions (margin, value, label, or whether they are refused).
// They are scored with the spoilt bundle by the code that serves, without golden rows; the gate itself never sees them.
//
// Thread safety: none. Cost: some 10 to 100 ms a mutation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/float_block.h"
#include "engine/bundle/golden.h"
#include "tests/engine/bundle/mutation/parameters.h"
#include "tests/support/bundle_files.h"

namespace ringside::test {

enum class Fate : std::uint8_t {
  kNoBundle,  // the file can no longer be read, or its parts do not fit
  kSame,      // every row's prediction is as before; the gate was not asked
  kRefused,   // some prediction differs, and the loader refuses
  kSurvived,  // some prediction differs, and the loader would let it serve
};

class MutationProof {
 public:
  // `directory`: a bundle that the loader accepts. `rows`: JSON Lines of raw rows, or of objects whose `row` is one; fields that the
  // bundle does not know are taken out. Ends the process where either cannot be read.
  MutationProof(const std::filesystem::path& directory, const std::filesystem::path& rows);

  [[nodiscard]] const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  [[nodiscard]] Fate judge(const Parameter& parameter, std::uint32_t bit);

  // Of the last mutation: "0.5 -> 0.50000006"; how many rows it alters; what the gate said first.
  [[nodiscard]] std::string change() const { return change_; }
  [[nodiscard]] std::size_t rows_altered() const noexcept { return altered_; }
  [[nodiscard]] std::string refusal() const { return refusal_; }

 private:
  struct Predictions {
    std::vector<std::uint8_t> refused;
    std::vector<std::uint64_t> margins, values;  // bits, of whichever width
    std::vector<std::string> labels;
  };

  [[nodiscard]] std::unique_ptr<engine::Bundle> assemble(const std::map<std::string, std::string>& files) const;
  [[nodiscard]] Predictions predict(const engine::Bundle& bundle, bool same_features);
  void gather_features(const engine::Bundle& bundle, engine::FloatBlock& features, std::vector<std::uint8_t>& refused) const;
  [[nodiscard]] std::size_t differing(const Predictions& found) const;
  [[nodiscard]] bool loader_refuses(const std::string& file, const std::string& text);

  std::map<std::string, std::string> files_;
  std::vector<Parameter> parameters_;
  std::vector<engine::GoldenRow> rows_;
  engine::FloatBlock features_;  // of the good bundle, rows x stride
  std::vector<std::uint8_t> refused_;
  Predictions good_;
  TemporaryDirectory place_;
  std::string change_, refusal_;
  std::size_t altered_ = 0;
};

}  // namespace ringside::test

// Goal: what the decode fuzzer has kept stays decoded without harm, in the builds that have no fuzzer.
// Method: each file of the corpus through the fuzzer's own entry.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(DecodeCorpus, EveryKeptInputIsDecodedWithoutHarm) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator("tests/fuzz/corpus/decode")) {
    SCOPED_TRACE(file.path().string());
    std::ifstream stream(file.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
    ++count;
  }
  EXPECT_GE(count, 10);
}

}  // namespace

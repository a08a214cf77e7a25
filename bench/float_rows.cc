#include "bench/float_rows.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "bench/comparison.h"

namespace ringside::bench {

FloatRows::FloatRows(const std::string& path, std::size_t features) : features_(features) {
  const std::vector<std::byte> bytes = read_whole_file(path);
  if (bytes.empty() || bytes.size() % (features * sizeof(float)) != 0)
    give_up(path + ": no whole number of rows; make it anew with bench/models.py");
  values_.resize(bytes.size() / sizeof(float));
  std::memcpy(values_.data(), bytes.data(), bytes.size());
}

std::vector<std::byte> read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) give_up(path + ": cannot be read; bench/run makes it, or bench/models.py");
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.tellg()));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) give_up(path + ": could not be read to its end");
  return bytes;
}

std::string bundle_under(const std::string& models) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(models, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory() && !entry->is_symlink()) return entry->path();
  }
  give_up(models + ": there is no bundle in it; bench/run makes one, or bench/models.py");
}

std::span<const Shape> shapes() {
  static const Shape kShapes[] = {{"50x4x30", 30}, {"100x6x30", 30}, {"500x8x100", 100}, {"1000x10x500", 500}};
  return kShapes;
}

const FloatRows& rows_of(const std::string& data, const Shape& shape) {
  static std::string loaded;
  static std::unique_ptr<FloatRows> rows;
  if (loaded != shape.name) {
    rows.reset();
    rows = std::make_unique<FloatRows>(data + "/" + shape.name + "/rows.f32", shape.features);
    loaded = shape.name;
  }
  return *rows;
}

std::string rows_word(std::size_t rows) { return std::to_string(rows) + (rows == 1 ? " row" : " rows"); }

}  // namespace ringside::bench

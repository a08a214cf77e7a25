#include "tests/support/answer.h"

#include <cstring>

namespace ringside::test {
namespace {

template <class T>
T load(const std::vector<std::byte>& bytes, std::uint64_t offset) {
  T value{};
  std::memcpy(&value, &bytes.at(offset), sizeof value);
  static_cast<void>(bytes.at(offset + sizeof value - 1));
  return value;
}

}  // namespace

wire::RowResult Answer::row(std::uint32_t row) const {
  return load<wire::RowResult>(bytes, layout().rows_offset + row * sizeof(wire::RowResult));
}
float Answer::value(std::uint32_t row, std::uint32_t index) const {
  return load<float>(bytes, layout().values_offset + (std::uint64_t{row} * geometry.values + index) * 4);
}
float Answer::margin(std::uint32_t row, std::uint32_t index) const {
  return load<float>(bytes, layout().margins_offset + (std::uint64_t{row} * geometry.margins + index) * 4);
}
float Answer::feature(std::uint32_t row, std::uint32_t index) const {
  return load<float>(bytes, layout().features_offset + (std::uint64_t{row} * geometry.features + index) * 4);
}

double Answer::value64(std::uint32_t row, std::uint32_t index) const {
  return load<double>(bytes, layout().values_offset + (std::uint64_t{row} * geometry.values + index) * 8);
}
double Answer::margin64(std::uint32_t row, std::uint32_t index) const {
  return load<double>(bytes, layout().margins_offset + (std::uint64_t{row} * geometry.margins + index) * 8);
}
double Answer::feature64(std::uint32_t row, std::uint32_t index) const {
  return load<double>(bytes, layout().features_offset + (std::uint64_t{row} * geometry.features + index) * 8);
}

bool Answer::has(Bitmap kind, std::uint32_t row, std::uint32_t field) const {
  const std::uint64_t words = layout().words;
  const std::uint64_t word = (std::uint64_t{row} * 3 + static_cast<std::uint64_t>(kind)) * words + field / 64;
  return (load<std::uint64_t>(bytes, word * 8) >> (field % 64) & 1) != 0;
}

std::array<std::uint8_t, 16> Answer::id(std::uint32_t row) const {
  return load<std::array<std::uint8_t, 16>>(bytes, layout().ids_offset + row * std::uint64_t{16});
}

std::vector<AnsweredError> Answer::errors() const {
  std::vector<AnsweredError> all;
  const std::uint64_t begin = layout().errors_offset;
  for (std::uint32_t unit = 0; unit < geometry.errors;) {
    const auto error = load<wire::FieldError>(bytes, begin + unit * sizeof(wire::FieldError));
    const auto* name = reinterpret_cast<const char*>(bytes.data() + begin + (unit + 1) * sizeof(wire::FieldError));
    if (error.name_bytes != 0) static_cast<void>(bytes.at(begin + (unit + 1) * sizeof(wire::FieldError) + error.name_bytes - 1));
    all.push_back({.row = error.row,
                   .code = static_cast<wire::FieldCode>(error.code),
                   .field = error.field,
                   .name = std::string(name, error.name_bytes),
                   .expected = static_cast<wire::Dtype>(error.expected),
                   .got = static_cast<wire::Tag>(error.got),
                   .low = error.low,
                   .high = error.high});
    unit += wire::error_units(error.name_bytes);
  }
  return all;
}

std::vector<AnsweredError> Answer::errors(std::uint32_t row) const {
  std::vector<AnsweredError> all = errors();
  std::erase_if(all, [row](const AnsweredError& error) { return error.row != row; });
  return all;
}

Answer target_of(const Answer& whole, std::uint32_t target) {
  Answer answer;
  const auto copy = [&whole](std::uint64_t offset, void* to, std::size_t bytes) {
    if (bytes == 0) return;
    static_cast<void>(whole.bytes.at(offset + bytes - 1));
    std::memcpy(to, whole.bytes.data() + offset, bytes);
  };
  copy(target * sizeof answer.geometry, &answer.geometry, sizeof answer.geometry);
  answer.bytes.resize(answer.geometry.result_bytes);
  copy(answer.geometry.block_offset, answer.bytes.data(), answer.bytes.size());
  return answer;
}

Answer read_answer(const wire::ResponseSlot& slot, const std::byte* region) {
  Answer answer;
  std::memcpy(&answer.geometry, &slot.geometry, sizeof answer.geometry);
  const std::byte* source = answer.is_inline() ? slot.inline_result : region;
  answer.bytes.assign(source, source + answer.geometry.result_bytes);
  return answer;
}

}  // namespace ringside::test

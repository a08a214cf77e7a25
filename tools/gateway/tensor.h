// A tensor of the Open Inference Protocol: its values, row-major, from JSON (nested or flat) or from the binary extension.
//
//   {"name":"age","datatype":"INT64","shape":[3],"data":[27,31,null]}       [[27],[31],[null]] with shape [3,1]: the same
//   BYTES in binary: 4 bytes of length, little-endian, then the bytes, one element after the other; the rest little-endian as in memory
//
// A value is what its datatype can hold: 0.1 as FP32 is the float nearest to 0.1, 300 as UINT8 is an error. null, and a floating NaN, is missing.
//
// Thread safety: values and pure functions. Cost: one pass; 8 bytes a number, 16 a text. No recursion: depth costs 8 bytes a level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/row.h>

namespace ringside::gateway {

enum class Datatype : std::uint8_t {
  kBool,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFp16,
  kFp32,
  kFp64,
  kBytes
};

[[nodiscard]] std::string_view name(Datatype datatype) noexcept;  // "INT64"
[[nodiscard]] std::optional<Datatype> datatype_of(std::string_view name) noexcept;
[[nodiscard]] std::size_t element_bytes(Datatype datatype) noexcept;  // in binary; BYTES: 0, each says its own
[[nodiscard]] bool is_floating(Datatype datatype) noexcept;

struct Tensor {
  std::string name;
  Datatype datatype = Datatype::kBytes;
  std::vector<std::uint64_t> shape;

  [[nodiscard]] Value value(std::size_t index) const;  // REQUIRES: index < elements()
  [[nodiscard]] std::size_t elements() const noexcept { return datatype == Datatype::kBytes ? texts.size() : numbers.size(); }

  std::vector<std::uint64_t> numbers;   // bits: of a double where the datatype is floating, else of an int64 (UINT64: a uint64)
  std::vector<std::string_view> texts;  // BYTES: views of the request's body, or of what was unescaped
  std::vector<bool> missing;            // empty: none is
};

// How many elements a shape has. None: more than any body could bring.
[[nodiscard]] std::optional<std::uint64_t> elements_of(const std::vector<std::uint64_t>& shape) noexcept;

// Fills the values of a tensor whose datatype and shape are known. "": done; else what is wrong, and where.
[[nodiscard]] std::string read_json_values(std::string_view data, Tensor& tensor, std::deque<std::string>& unescaped);
[[nodiscard]] std::string read_binary_values(std::string_view data, Tensor& tensor);

// IEEE 754 binary16, as FP16 travels.
[[nodiscard]] double from_half(std::uint16_t bits) noexcept;
[[nodiscard]] std::uint16_t to_half(double value) noexcept;  // to nearest, ties to even

}  // namespace ringside::gateway

// Memory for numbers whose width is known when a bundle is loaded: features, margins and values of float32 or float64.
//
//   FloatBlock values(scorer.output_type(), kTileRows * scorer.values_per_row());
//   scorer.score(…, values.data());
//   values.type() == FloatType::kFloat64 ? values.as<double>()[0] : …
//
// Zeros at first: they also touch every page, so that the first row faults nowhere.
// Thread safety: none of its own. Cost: allocates where it is made and nowhere else.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "client_lib/base/check.h"
#include "engine/schema/float_type.h"

namespace ringside::engine {

class FloatBlock {
 public:
  FloatBlock() = default;
  FloatBlock(FloatType type, std::size_t size)
      : type_(type), size_(size), memory_(std::make_unique<std::byte[]>(size * float_bytes(type))) {}

  [[nodiscard]] FloatType type() const noexcept { return type_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }  // numbers
  [[nodiscard]] void* data() noexcept { return memory_.get(); }
  [[nodiscard]] const void* data() const noexcept { return memory_.get(); }

  // The address of a number. REQUIRES: index <= size().
  [[nodiscard]] void* at(std::size_t index) noexcept { return memory_.get() + index * float_bytes(type_); }
  [[nodiscard]] const void* at(std::size_t index) const noexcept { return memory_.get() + index * float_bytes(type_); }

  // Number: float or double, as type() says.
  template <class Number>
  [[nodiscard]] std::span<const Number> as() const noexcept {
    RINGSIDE_CHECK(type_ == kFloatTypeOf<Number>);
    return {reinterpret_cast<const Number*>(memory_.get()), size_};
  }

 private:
  FloatType type_ = FloatType::kFloat32;
  std::size_t size_ = 0;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace ringside::engine

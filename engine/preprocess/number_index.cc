#include "engine/preprocess/number_index.h"

namespace ringside::engine {

NumberIndex::NumberIndex(std::span<const double> numbers) {
  if (numbers.empty()) return;
  buckets_.resize(std::bit_ceil(numbers.size() * 2));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(buckets_.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::size_t at = home(numbers[i]);
    while (buckets_[at].place != kAbsent && buckets_[at].number != numbers[i]) at = (at + 1) & (buckets_.size() - 1);
    if (buckets_[at].place == kAbsent) buckets_.built()[at] = {numbers[i], static_cast<std::int32_t>(i)};
  }
}

}  // namespace ringside::engine

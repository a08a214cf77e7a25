#include "engine/epoch/quiescence.h"

namespace ringside::engine {

Quiescence::Quiescence(std::uint32_t workers) : workers_(workers), slots_(std::make_unique<Reader::Slot[]>(workers)) {}

bool Quiescence::passed(std::uint64_t grace) const noexcept {
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    const std::uint64_t seen = slots_[worker].seen.load(std::memory_order_seq_cst);  // [QUIET] [ONLINE]
    if (seen != 0 && seen < grace) return false;
  }
  return true;
}

std::vector<std::uint32_t> Quiescence::stragglers(std::uint64_t grace) const {
  std::vector<std::uint32_t> late;
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    const std::uint64_t seen = slots_[worker].seen.load(std::memory_order_seq_cst);
    if (seen != 0 && seen < grace) late.push_back(worker);
  }
  return late;
}

}  // namespace ringside::engine

// The share of made keys that a canary of `percent` takes, in percent.
#pragma once

#include <cstdint>
#include <string>

#include "engine/traffic/route.h"

namespace ringside::engine {

inline double canary_share(std::uint32_t salt_number, std::uint32_t keys, std::uint32_t percent) {
  const std::string salt = "loan_default_v" + std::to_string(salt_number) + ".0.0";
  std::uint32_t taken = 0;
  for (std::uint32_t i = 0; i < keys; ++i)
    taken += bucket_of(salt, "u" + std::to_string(i)) < percent * kBucketsPerPercent ? 1 : 0;
  return 100.0 * taken / keys;
}

}  // namespace ringside::engine

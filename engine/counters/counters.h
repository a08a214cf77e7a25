// What the engine counts. Each worker owns one WorkerCounters and is its only writer; readers add them up whenever they like.
//
// A counter is a relaxed atomic that its owner bumps with a load and a store: no locked instruction, no shared line between workers.
// relaxed: a reader may see a value some nanoseconds old, and two counters not quite of the same moment; no single call decides anything.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "schemas/wire/limits.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

class Counter {
 public:
  void add(std::uint64_t amount) noexcept {  // REQUIRES: the owner's thread
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Latencies in buckets that grow by about 6 % (16 a power of two): bucket index from the bits of the value, no search.
class LatencyHistogram {
 public:
  static constexpr std::uint32_t kSubBits = 4;
  static constexpr std::uint32_t kBuckets = (40u << kSubBits);  // to 2^40 ns: 18 minutes; later values count in the last

  static constexpr std::uint32_t bucket(std::uint64_t ns) noexcept {
    if (ns < (1u << kSubBits)) return static_cast<std::uint32_t>(ns);
    const auto exponent = static_cast<std::uint32_t>(std::bit_width(ns)) - 1 - kSubBits;
    const auto index = ((exponent + 1) << kSubBits) + static_cast<std::uint32_t>((ns >> exponent) & ((1u << kSubBits) - 1));
    return index < kBuckets ? index : kBuckets - 1;
  }
  // The smallest value of a bucket, in ns.
  static constexpr std::uint64_t lower_bound_ns(std::uint32_t bucket_index) noexcept {
    if (bucket_index < (1u << kSubBits)) return bucket_index;
    const std::uint32_t exponent = (bucket_index >> kSubBits) - 1;
    return (std::uint64_t{1} << (exponent + kSubBits)) + (std::uint64_t{bucket_index & ((1u << kSubBits) - 1)} << exponent);
  }

  void record(std::uint64_t ns) noexcept {
    buckets_[bucket(ns)].add(1);
    sum_.add(ns);
  }
  [[nodiscard]] std::uint64_t count(std::uint32_t bucket_index) const noexcept { return buckets_[bucket_index].value(); }
  [[nodiscard]] std::uint64_t sum_ns() const noexcept { return sum_.value(); }

 private:
  std::array<Counter, kBuckets> buckets_;
  Counter sum_;
};

struct alignas(wire::kPairBytes) WorkerCounters {
  Counter calls;
  Counter refused_calls;                          // of them, those that no version answered
  std::array<Counter, wire::kStatusCount> rows;   // by status
  std::array<Counter, wire::kReasonCount> rejected_calls;  // by reason: beyond a limit, or shed
  Counter dropped_values;                         // for fields that a bundle lacks and another resident one knows
  Counter parks, wakes;                           // the worker slept / woke a sleeping client
  Counter lies;                                   // peers disconnected for what no honest client writes
  LatencyHistogram queue_ns, decode_ns, preprocess_ns, forest_ns, respond_ns, total_ns;

  // Of a call that was answered. What its other stages leave of the whole went into its record and its answer; taking that from the
  // difference saves a look at the clock a tile.
  struct Stages {
    std::uint64_t queue_ns, decode_ns, preprocess_ns, forest_ns, total_ns;
  };
  void record(const Stages& stages) noexcept {
    const std::uint64_t before = stages.queue_ns + stages.decode_ns + stages.preprocess_ns + stages.forest_ns;
    queue_ns.record(stages.queue_ns);
    decode_ns.record(stages.decode_ns);
    preprocess_ns.record(stages.preprocess_ns);
    forest_ns.record(stages.forest_ns);
    respond_ns.record(stages.total_ns > before ? stages.total_ns - before : 0);  // each was rounded
    total_ns.record(stages.total_ns);
  }
};

// Rows that one channel's client was answered. Its worker is the only writer.
struct ChannelCounters {
  Counter ok_rows, other_rows;  // scored / of any other status
};

}  // namespace ringside::engine

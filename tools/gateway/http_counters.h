// What the gateway counts of itself: answers by HTTP status, open connections. GET /gateway/metrics shows them.
//
// Thread safety: any thread. Cost: a relaxed addition.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace ringside::gateway {

class HttpCounters {
 public:
  // relaxed, all of them: counts that nothing is concluded from in order.
  void answered(unsigned status) noexcept {
    if (status < by_status_.size()) by_status_[status].fetch_add(1, std::memory_order_relaxed);
  }
  // How many were open before.
  std::uint32_t opened() noexcept { return open_.fetch_add(1, std::memory_order_relaxed); }
  void closed() noexcept { open_.fetch_sub(1, std::memory_order_relaxed); }

  // Prometheus' text format.
  [[nodiscard]] std::string page() const {
    std::string text =
        "# HELP ringside_gateway_responses_total Answers of the gateway, by HTTP status; 401 and 403 are tokens that were "
        "missing, wrong or not enough.\n"
        "# TYPE ringside_gateway_responses_total counter\n";
    for (std::size_t status = 0; status < by_status_.size(); ++status) {
      const std::uint64_t count = by_status_[status].load(std::memory_order_relaxed);
      const bool always = status == 200 || status == 401 || status == 403;  // a rate needs the zero before the first
      if (count == 0 && !always) continue;
      text += "ringside_gateway_responses_total{status=\"" + std::to_string(status) + "\"} " + std::to_string(count) + "\n";
    }
    text +=
        "# HELP ringside_gateway_connections Connections that are open.\n# TYPE ringside_gateway_connections "
        "gauge\nringside_gateway_connections " +
        std::to_string(open_.load(std::memory_order_relaxed)) + "\n";
    return text;
  }

 private:
  std::array<std::atomic<std::uint64_t>, 600> by_status_{};
  std::atomic<std::uint32_t> open_{0};
};

}  // namespace ringside::gateway

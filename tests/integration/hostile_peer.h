// A client that speaks the wire itself and keeps no rule: its segment is mapped here, and every word of it is its own to write.
//
// Thread safety: none.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "client_lib/base/mapping.h"
#include "schemas/wire/call_body.h"
#include "schemas/wire/schema_hash.h"
#include "tests/support/call_client.h"
#include "tests/support/door_visitor.h"

namespace ringside::testing {

class HostilePeer {
 public:
  explicit HostilePeer(const std::string& socket_path) : visitor_(socket_path) {
    visitor_.send(test::good_hello());
    auto [welcome, fds] = visitor_.receive_welcome();
    fds_ = std::move(fds);
    shape_ = {welcome.channels, welcome.in_arena_bytes, welcome.out_arena_bytes};
    segment_ = *base::Mapping::map(fds_[0].get(), shape_.total_bytes(), base::Access::kReadWrite);
    page_ = *base::Mapping::map(fds_[1].get(), shape_.page_bytes(), base::Access::kReadOnly);
    const std::vector<std::pair<wire::Dtype, std::string>> columns{{wire::Dtype::kInt, "funded_amnt"}};
    visitor_.send(test::declare_packet(columns));
    schema_hash_ = visitor_.receive_declared().schema_hash;
  }

  [[nodiscard]] std::span<std::byte> memory() const { return {segment_.data(), segment_.size()}; }
  [[nodiscard]] wire::ChannelView view() const { return wire::ChannelView::at(segment_.data(), page_.data(), shape_, 0); }
  [[nodiscard]] const wire::SegmentShape& shape() const { return shape_; }
  [[nodiscard]] std::uint64_t schema_hash() const { return schema_hash_; }
  [[nodiscard]] int segment_fd() const { return fds_[0].get(); }
  [[nodiscard]] int page_fd() const { return fds_[1].get(); }
  [[nodiscard]] int directory_fd() const { return fds_[2].get(); }
  [[nodiscard]] const test::DoorVisitor& visitor() const { return visitor_; }
  bool ring() const {
    const std::uint64_t one = 1;
    return write(fds_[3].get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one);
  }
  [[nodiscard]] test::CallClient calls() const {
    return test::CallClient(view(), [this] { ring(); });
  }
  // A good call of so many rows.
  static void fill(wire::CallBody& body, std::uint16_t rows) {
    body.start(1, rows);
    for (std::uint16_t row = 0; row < rows; ++row) body.set(0, row, wire::Cell::integer(8'000));
  }

 private:
  test::DoorVisitor visitor_;
  std::vector<base::UniqueFd> fds_;
  wire::SegmentShape shape_;
  base::Mapping segment_, page_;
  std::uint64_t schema_hash_ = 0;
};

}  // namespace ringside::testing

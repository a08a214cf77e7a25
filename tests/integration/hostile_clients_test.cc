// Goal: nothing that a hostile client does to its memory, its doorbell or its socket reaches the engine or anybody else.
// Method: each deed against a real engine, beside a neighbour whose answers must stay Python's, bit for bit; then the engine holds what it
// held before. A minute of scribbling with RINGSIDE_SCRIBBLE_SECONDS=60; a second otherwise.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string_view>

#include "tests/integration/child_process.h"
#include "tests/integration/hostile_peer.h"
#include "tests/integration/served_neighbour.h"

namespace ringside::testing {
namespace {

using Say = ChildProcess::Say;
constexpr std::string_view kSecret = "only-the-neighbour-may-read-this-request-id";

class HostileClients : public ServedNeighbour {
 protected:
  HostileClients() { row_.set_request_id(kSecret); }

  [[nodiscard]] std::string socket_path() const { return engine_.run_dir() + "/loan_default/data.sock"; }
  [[nodiscard]] std::uint64_t expelled() const {
    std::string page;
    EXPECT_EQ(engine_.cli({"status", "--json"}, &page), 0);
    const auto at = page.find("\"lies\"");
    return at == std::string::npos ? 0 : std::strtoull(page.c_str() + page.find(':', at) + 1, nullptr, 10);
  }
  static bool holds_secret(std::span<const std::byte> memory) {
    const auto* const begin = reinterpret_cast<const char*>(memory.data());
    return std::string_view(begin, memory.size()).find(kSecret) != std::string_view::npos;
  }
};

// One connection's worth: good calls, half of whose bytes change while they are read. True: it was shown out.
bool scribble(const HostilePeer& peer, std::mt19937_64& random) {
  const auto memory = peer.memory();
  const std::uint64_t rings = wire::kSegmentHeaderBytes + wire::SegmentShape::kInArenaOffset;
  auto calls = peer.calls();
  wire::CallBody body;
  for (int call = 0; call < 40; ++call) {
    HostilePeer::fill(body, static_cast<std::uint16_t>(1 + random() % 200));
    wire::RequestGeometry geometry = calls.prepare(body, peer.schema_hash());
    if (random() % 8 == 0)
      reinterpret_cast<unsigned char*>(&geometry)[random() % sizeof geometry] = static_cast<unsigned char>(random());
    calls.post_as_is(geometry);
    for (int hits = 0; hits < 400; ++hits) {
      // Rings, slots and control one time in four; else the bodies that are being read.
      const std::uint64_t at =
          random() % 4 == 0 ? random() % rings : rings + random() % std::min<std::uint64_t>(memory.size() - rings, 100'000);
      // Never into the ring's sequence words until the last call: a ring that stands still attacks nothing.
      const std::uint64_t in_ring = at - wire::kSegmentHeaderBytes;
      if (call < 39 && in_ring < wire::SegmentShape::kSlotsOffset && in_ring % sizeof(wire::RequestEntry) < 8) continue;
      memory[at] = static_cast<std::byte>(random());
    }
  }
  pollfd entry{peer.visitor().fd(), POLLRDHUP, 0};
  return poll(&entry, 1, 0) > 0;
}

TEST_F(HostileClients, ScribblersOverTheirWholeSegmentGetNothingAndAreShownOut) {
  const char* const wanted = std::getenv("RINGSIDE_SCRIBBLE_SECONDS");
  const std::chrono::seconds time(wanted != nullptr ? std::atoi(wanted) : 1);
  std::vector<std::unique_ptr<ChildProcess>> scribblers;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    scribblers.push_back(std::make_unique<ChildProcess>([&, seed](const Say& say) {
      std::mt19937_64 random(seed);
      bool shown_out = false;
      for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
        const HostilePeer peer(socket_path());
        shown_out |= scribble(peer, random);
        if (holds_secret(peer.memory())) return 2;
      }
      say();
      return shown_out ? 0 : 1;
    }));
  }
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) expect_neighbour_served(20);
  for (const auto& scribbler : scribblers)
    EXPECT_EQ(scribbler->wait(), 0) << "1: never shown out; 2: it has read what is the neighbour's";
  EXPECT_GT(expelled(), 0u);
}

TEST_F(HostileClients, LiarIsShownOutAndCounted) {
  const HostilePeer peer(socket_path());
  auto calls = peer.calls();
  wire::CallBody body;
  HostilePeer::fill(body, 1);
  wire::RequestGeometry geometry = calls.prepare(body, peer.schema_hash());
  geometry.body_offset = static_cast<std::uint32_t>(peer.shape().in_arena_bytes);
  calls.post_as_is(geometry);
  EXPECT_TRUE(peer.visitor().is_shown_out());
  EXPECT_EQ(expelled(), 1u);
}

TEST_F(HostileClients, SegmentsCanNeitherShrinkNorGrowNorBeSealedFurther) {
  const HostilePeer peer(socket_path());
  for (const int fd : {peer.segment_fd(), peer.page_fd(), peer.directory_fd()}) {
    EXPECT_NE(ftruncate(fd, 0), 0);
    EXPECT_NE(ftruncate(fd, 1 << 30), 0);
    EXPECT_NE(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0) << "it could stop the engine from writing its answers";
  }
  for (const int fd : {peer.page_fd(), peer.directory_fd()}) {
    EXPECT_EQ(mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED) << "what the engine alone writes";
    EXPECT_NE(pwrite(fd, "x", 1, 0), 1);
    EXPECT_NE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4'096), 0) << "a hole would be zeros for everybody";
  }
}

TEST_F(HostileClients, HolesPunchedUnderTheReaderAreZeros) {
  const HostilePeer peer(socket_path());
  auto calls = peer.calls();
  wire::CallBody body;
  HostilePeer::fill(body, 300);
  const auto arena = static_cast<off_t>(wire::kSegmentHeaderBytes + wire::SegmentShape::kInArenaOffset);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t ticket = calls.post(body, peer.schema_hash());
    fallocate(peer.segment_fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, arena,
              static_cast<off_t>(peer.shape().in_arena_bytes));
    static_cast<void>(calls.wait(ticket));  // answered, whatever was read
  }
  expect_neighbour_served();
  // Under ring and slots as well: then its calls are gone, and the engine waits for a ticket that never comes.
  fallocate(peer.segment_fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(peer.shape().total_bytes()));
  peer.ring();
}

TEST_F(HostileClients, DoorbellRungWithoutEndKeepsNobodyElseWaiting) {
  ChildProcess ringer([this](const Say& say) {
    const HostilePeer peer(socket_path());
    say();
    while (true) peer.ring();
    return 0;
  });
  ASSERT_TRUE(ringer.wait_until_it_said());
  expect_neighbour_served(2'000);
}

TEST_F(HostileClients, ConnectionsWithoutEndKeepNobodyElseOut) {
  ChildProcess knocker([this](const Say& say) {
    say();
    for (std::uint32_t i = 0;; ++i) {
      const test::DoorVisitor visitor(socket_path());
      if (i % 2 == 0) visitor.send(test::good_hello());
    }
    return 0;
  });
  ASSERT_TRUE(knocker.wait_until_it_said());
  for (int i = 0; i < 5; ++i) {
    auto client = Client::connect({.run_dir = engine_.run_dir(), .connect_timeout = std::chrono::minutes(1)});
    ASSERT_TRUE(client) << client.error().message;
    expect_neighbour_served(20);
  }
}

TEST_F(HostileClients, MessagesCutShortOrWithDescriptorsEndTheirConnectionAlone) {
  const wire::Hello hello = test::good_hello();
  for (std::size_t bytes = 1; bytes < sizeof hello; ++bytes) {
    const test::DoorVisitor visitor(socket_path());
    visitor.send(&hello, bytes);
    const auto packet = visitor.receive();
    EXPECT_TRUE(!packet || packet->fds.empty()) << bytes;
  }
  const HostilePeer peer(socket_path());
  const auto declare = test::declare_packet({{wire::Dtype::kInt, "a"}});
  std::array<int, 100> fds;
  fds.fill(peer.segment_fd());
  iovec part{const_cast<std::byte*>(declare.data()), declare.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(head), fds.data(), sizeof fds);
  const std::size_t held = footprint_of(engine_.pid()).descriptors;
  ASSERT_GT(sendmsg(peer.visitor().fd(), &message, MSG_NOSIGNAL), 0);
  static_cast<void>(peer.visitor().receive());
  EXPECT_EQ(footprint_of(engine_.pid()).descriptors, held) << "the engine took descriptors from a client";
}

// What Triton's shared memory allowed (CVE-2025-23319, -23320, -23334 and their like), each mechanism by its name.

TEST_F(HostileClients, CveLeakedRegionNameOpensNothing) {
  // There, an error message told the name of an internal region, and the public interface took it. Here no region has a name.
  const HostilePeer peer(socket_path());
  for (const char* const name : {"ringside-segment", "ringside-page", "ringside-directory"}) {
    EXPECT_LT(open((std::string("/dev/shm/") + name).c_str(), O_RDWR), 0) << name;
  }
  auto calls = peer.calls();
  wire::CallBody body;
  body.start(1, 1);
  body.set_text(0, 0, "not a number");
  static_cast<void>(calls.call(body, peer.schema_hash()));
  const auto* const text = reinterpret_cast<const char*>(peer.memory().data());
  EXPECT_EQ(std::string_view(text, peer.memory().size()).find("memfd"), std::string_view::npos);
  EXPECT_EQ(std::string_view(text, peer.memory().size()).find("/proc"), std::string_view::npos);
}

TEST_F(HostileClients, CveRegionOfAnothersChoiceIsNeverMapped) {
  // There, a client registered a region and the server mapped it. Here a descriptor that comes along is closed by the kernel, and what the
  // engine maps is what it made itself, at the size that it chose: MessagesCutShortOrWithDescriptors… counts them.
  wire::Hello hello = test::good_hello();
  hello.in_arena_bytes = ~std::uint64_t{0} - 4'095;  // rounded up it would be nothing
  const test::DoorVisitor visitor(socket_path());
  visitor.send(hello);
  const auto [welcome, fds] = visitor.receive_welcome();
  EXPECT_EQ(welcome.refusal, static_cast<std::uint32_t>(wire::Refusal::kTooMany));
  EXPECT_TRUE(fds.empty());
}

TEST_F(HostileClients, CveSizeInSharedMemoryIsNotBelieved) {
  // There, MemoryShm::byte_size stood in the region itself and was overwritten to read beyond it. Here the header is a copy for debuggers.
  const HostilePeer peer(socket_path());
  std::memset(peer.memory().data(), 0xFF, sizeof(wire::SegmentHeader));
  auto calls = peer.calls();
  wire::CallBody body;
  HostilePeer::fill(body, 64);
  static_cast<void>(calls.call(body, peer.schema_hash()));
  wire::RequestGeometry geometry = calls.prepare(body, peer.schema_hash());
  geometry.body_bytes = 0x7FFF'FFFF;
  calls.post_as_is(geometry);
  EXPECT_TRUE(peer.visitor().is_shown_out());
}

TEST_F(HostileClients, CveCountsDoNotBecomeAllocations) {
  // There, counts in a request decided what was allocated (alloca of chunks; outputs). Here the largest of everything is refused or answered.
  const std::uint64_t before = private_bytes_of(engine_.pid());
  wire::CallBody body;
  HostilePeer::fill(body, 1);
  for (int round = 0; round < 50; ++round) {
    const HostilePeer peer(socket_path());
    auto calls = peer.calls();
    wire::RequestGeometry geometry = calls.prepare(body, peer.schema_hash());
    geometry.rows = geometry.columns = 0xFFFF;
    geometry.extras = geometry.meta_bytes = 0xFFFF'FFFF;
    const std::uint64_t ticket = calls.post_as_is(geometry);
    static_cast<void>(calls.wait(ticket));
  }
  EXPECT_LT(private_bytes_of(engine_.pid()), before + (16u << 20));
}

TEST_F(HostileClients, CveRegionDroppedWithACallUnderWayIsReadByNobody) {
  // There, unregistering a region during a request was a use after free. Here a session goes when no worker can be in it.
  for (int round = 0; round < 50; ++round) {
    const HostilePeer peer(socket_path());
    auto calls = peer.calls();
    wire::CallBody body;
    HostilePeer::fill(body, 500);
    for (int i = 0; i < 10; ++i) calls.post(body, peer.schema_hash());
  }  // closed with all of them under way
}

}  // namespace
}  // namespace ringside::testing

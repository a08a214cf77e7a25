// Goal: who may come in does, with what was granted; who may not is told why; and whoever leaves, leaves nothing behind.
// Method: a real door on a real socket; a peer that can send anything (tests/support/door_visitor.h).
#include "engine/door/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>
#include <fstream>
#include <random>

#include "client_lib/base/clock.h"
#include "tests/engine/door/door_rig.h"

namespace ringside::engine {
namespace {

using test::declare_packet;
using test::DoorVisitor;
using test::good_hello;
using test::wait_until;
using ::testing::HasSubstr;

wire::Refusal refusal_of(const wire::Welcome& welcome) { return static_cast<wire::Refusal>(welcome.refusal); }

TEST(Door, GoodHelloIsGrantedItsSegment) {
  DoorRig rig;
  const DoorVisitor visitor(rig.path());
  const std::uint64_t before_ns = base::monotonic_ns();
  ASSERT_TRUE(visitor.send(good_hello(3)));
  const auto [welcome, fds] = visitor.receive_welcome();
  EXPECT_EQ(refusal_of(welcome), wire::Refusal::kNone) << welcome.text;
  EXPECT_EQ(welcome.channels, 3u);
  EXPECT_EQ(welcome.engine_epoch, 77u);
  EXPECT_EQ(welcome.rows_max, 300u);
  EXPECT_EQ(welcome.directory_bytes, 4'096u);
  EXPECT_STREQ(welcome.task, "made");
  EXPECT_GE(welcome.engine_now_ns, before_ns);
  EXPECT_LE(welcome.engine_now_ns, base::monotonic_ns());
  ASSERT_EQ(fds.size(), 4u);
  const wire::SegmentShape shape{welcome.channels, welcome.in_arena_bytes, welcome.out_arena_bytes};
  struct stat status {};
  ASSERT_EQ(fstat(fds[0].get(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), shape.total_bytes());
  EXPECT_EQ(mmap(nullptr, shape.page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fds[1].get(), 0), MAP_FAILED);
}

TEST(Door, ChannelsAreDealtToTheWorkersAndPolledBeforeTheWelcome) {
  DoorRig rig(2);
  const DoorVisitor visitor(rig.path());
  visitor.send(good_hello(3));
  static_cast<void>(visitor.receive_welcome());
  EXPECT_EQ(rig.channels_of(0), 2u);
  EXPECT_EQ(rig.channels_of(1), 1u);
}

TEST(Door, ClientsAreShownWithTheirCredentials) {
  DoorRig rig;
  const DoorVisitor visitor(rig.path());
  visitor.send(good_hello(2));
  static_cast<void>(visitor.receive_welcome());
  const auto clients = rig.door->clients();
  ASSERT_EQ(clients.size(), 1u);
  EXPECT_EQ(clients[0].name, "visitor");
  EXPECT_EQ(clients[0].uid, geteuid());
  EXPECT_EQ(clients[0].pid, getpid());
  EXPECT_EQ(clients[0].channels, 2u);
  EXPECT_GT(clients[0].segment_bytes, 4u << 20);
}

TEST(Door, SocketIsForOwnerAndGroupOnly) {
  DoorRig rig;
  struct stat status {};
  ASSERT_EQ(lstat(rig.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
}

TEST(Door, SocketIsForWhomTheAccessListNames) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  DoorRig rig;
  Door::Options options = DoorRig::options(rig.path(), rig.directory.get());
  options.access.users = {4'001};
  rig.open(options);
  ASSERT_EQ(chmod(rig.folder.path().c_str(), 0755), 0);
  const auto refused = [&rig](uid_t user) {
    const pid_t child = fork();
    if (child == 0) {
      if (setgid(user) != 0 || setuid(user) != 0) _exit(10);
      const DoorVisitor visitor(rig.path());
      if (!visitor.valid() || !visitor.send(good_hello())) _exit(11);
      const auto packet = visitor.receive();
      if (!packet || packet->bytes.size() != sizeof(wire::Welcome)) _exit(12);
      wire::Welcome welcome{};
      std::memcpy(&welcome, packet->bytes.data(), sizeof welcome);
      _exit(refusal_of(welcome) == wire::Refusal::kNotAllowed ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(refused(4'001), 0);
  EXPECT_EQ(refused(4'002), 1);
  rig.wait_until_empty();
}

struct BadHello {
  const char* name;
  wire::Refusal refusal;
  void (*spoil)(wire::Hello& hello);
};

class DoorRefusals : public ::testing::TestWithParam<BadHello> {};

TEST_P(DoorRefusals, AreSaidAndEndTheConnection) {
  DoorRig rig;
  const DoorVisitor visitor(rig.path());
  wire::Hello hello = good_hello();
  GetParam().spoil(hello);
  ASSERT_TRUE(visitor.send(hello));
  const auto [welcome, fds] = visitor.receive_welcome();
  EXPECT_EQ(refusal_of(welcome), GetParam().refusal) << welcome.text;
  EXPECT_EQ(welcome.magic, wire::kMagic);
  EXPECT_EQ(welcome.layout_hash, wire::kLayoutHash);
  EXPECT_STRNE(welcome.text, "");
  EXPECT_TRUE(fds.empty());
  EXPECT_TRUE(visitor.is_shown_out());
  EXPECT_TRUE(rig.door->clients().empty());
}

constexpr BadHello kBadHellos[] = {
    {"Magic", wire::Refusal::kMalformed, [](auto& hello) { hello.magic = 1; }},
    {"Kind", wire::Refusal::kMalformed, [](auto& hello) { hello.header.kind = 77; }},
    {"Layout", wire::Refusal::kLayoutMismatch, [](auto& hello) { hello.layout_hash += 1; }},
    {"Major", wire::Refusal::kLayoutMismatch, [](auto& hello) { hello.abi_major += 1; }},
    {"NoChannels", wire::Refusal::kTooMany, [](auto& hello) { hello.channels = 0; }},
    {"TooManyChannels", wire::Refusal::kTooMany, [](auto& hello) { hello.channels = 5; }},
    {"RequestArena", wire::Refusal::kTooMany, [](auto& hello) { hello.in_arena_bytes = (1 << 20) + 1; }},
    {"ResultArena", wire::Refusal::kTooMany, [](auto& hello) { hello.out_arena_bytes = ~std::uint64_t{0}; }},
};
INSTANTIATE_TEST_SUITE_P(All, DoorRefusals, ::testing::ValuesIn(kBadHellos),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(Door, ShortLongAndRandomPacketsAreRefusedOrShownOut) {
  DoorRig rig;
  std::mt19937 random(20'261'122);
  for (const std::size_t size : {1u, 8u, 23u, 24u, 111u, 113u, 4'096u, 60'000u}) {
    std::vector<std::byte> packet(size);
    for (auto& byte : packet) byte = static_cast<std::byte>(random());
    const wire::Hello hello = good_hello();
    if (size > 100) std::memcpy(packet.data(), &hello, std::min(size, sizeof hello));  // right at its beginning
    const DoorVisitor visitor(rig.path());
    ASSERT_TRUE(visitor.send(packet)) << size;
    EXPECT_EQ(refusal_of(visitor.receive_welcome().first), wire::Refusal::kMalformed) << size;
    EXPECT_TRUE(visitor.is_shown_out()) << size;
  }
  rig.wait_until_empty();
}

TEST(Door, SilentPeerIsShownOutInTheEnd) {
  DoorRig rig;
  auto options = DoorRig::options(rig.path(), rig.directory.get());
  options.hello_within = std::chrono::milliseconds(1);
  rig.open(options);
  const DoorVisitor visitor(rig.path());
  EXPECT_TRUE(visitor.is_shown_out());
}

TEST(Door, StrangerIsToldThatHeMayNotConnectThoughHisHelloLayUnread) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  DoorRig rig;
  ASSERT_EQ(chmod(rig.folder.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(rig.path().c_str(), 0666), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(4'001) != 0 || setuid(4'001) != 0) _exit(10);
    const DoorVisitor visitor(rig.path());
    if (!visitor.valid() || !visitor.send(good_hello())) _exit(11);
    const auto packet = visitor.receive();
    if (!packet || packet->bytes.size() != sizeof(wire::Welcome)) _exit(12);
    wire::Welcome welcome{};
    std::memcpy(&welcome, packet->bytes.data(), sizeof welcome);
    _exit(refusal_of(welcome) == wire::Refusal::kNotAllowed && visitor.is_shown_out() ? 0 : 13);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  rig.wait_until_empty();
}

TEST(Door, OneClientTooManyIsToldTheLimitAndComesInWhenOneHasLeft) {
  DoorRig rig;
  std::vector<std::unique_ptr<DoorVisitor>> inside;
  for (int i = 0; i < 4; ++i) {
    inside.push_back(std::make_unique<DoorVisitor>(rig.path()));
    inside.back()->send(good_hello());
    ASSERT_EQ(refusal_of(inside.back()->receive_welcome().first), wire::Refusal::kNone);
  }
  const DoorVisitor fifth(rig.path());
  fifth.send(good_hello());
  const auto refused = fifth.receive_welcome().first;
  EXPECT_EQ(refusal_of(refused), wire::Refusal::kTooMany);
  EXPECT_THAT(refused.text, HasSubstr("clients_max"));
  inside.pop_back();
  wait_until([&] { return rig.door->clients().size() == 3; });
  const DoorVisitor again(rig.path());
  again.send(good_hello());
  EXPECT_EQ(refusal_of(again.receive_welcome().first), wire::Refusal::kNone);
}

TEST(Door, HangUpGivesBackEveryDescriptorAndMapping) {
  DoorRig rig;
  const auto visit = [&] {
    DoorVisitor visitor(rig.path());
    visitor.send(good_hello(4));
    const auto granted = visitor.receive_welcome();
    EXPECT_EQ(granted.second.size(), 4u);
    visitor.send(declare_packet({{wire::Dtype::kInt, "age"}}));
    static_cast<void>(visitor.receive_declared());
  };
  visit();
  rig.wait_until_empty();
  const auto descriptors = open_descriptors();
  for (int i = 0; i < 30; ++i) visit();
  rig.wait_until_empty();
  // The door forgets a client a moment before it retires what the client had.
  wait_until([&] { return open_descriptors() <= descriptors && segment_mappings() == 0; });
  EXPECT_EQ(rig.channels_of(0), 0u);
  EXPECT_TRUE(rig.schema_users().empty());
}

TEST(Door, RefusedHellosLeaveNothingBehind) {
  DoorRig rig;
  const auto descriptors = open_descriptors();
  for (int i = 0; i < 30; ++i) {
    const DoorVisitor visitor(rig.path());
    wire::Hello hello = good_hello();
    hello.channels = 99;
    visitor.send(hello);
    static_cast<void>(visitor.receive_welcome());
    EXPECT_TRUE(visitor.is_shown_out());
  }
  wait_until([&] { return open_descriptors() == descriptors; });
}

TEST(Door, ExpelledSessionIsShownOutWhenTheDoorIsKnocked) {
  DoorRig rig(1);
  const DoorVisitor visitor(rig.path()), other(rig.path());
  visitor.send(good_hello());
  static_cast<void>(visitor.receive_welcome());
  rig.seating_of(0, [](const ChannelSet& channels) {
    channels.front()->expel();
    return 0;
  });
  other.send(good_hello());
  static_cast<void>(other.receive_welcome());
  rig.door->knock();
  EXPECT_TRUE(visitor.is_shown_out());
  wait_until([&] { return rig.door->clients().size() == 1; });
}

TEST(Door, StopShowsEveryoneOutAndTakesTheSocketAway) {
  DoorRig rig;
  const DoorVisitor visitor(rig.path()), waiting(rig.path());
  visitor.send(good_hello());
  const auto granted = visitor.receive_welcome();
  rig.door->stop();
  EXPECT_TRUE(visitor.is_shown_out());
  EXPECT_TRUE(waiting.is_shown_out());
  EXPECT_FALSE(std::filesystem::exists(rig.path()));
  EXPECT_FALSE(DoorVisitor(rig.path()).valid());
  rig.wait_until_empty();
  wait_until([] { return segment_mappings() == 0; });
}

TEST(Door, StaleSocketIsReplaced) {
  DoorRig rig;
  rig.door.reset();
  {
    const base::UniqueFd dead(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, rig.path().data(), rig.path().size());
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(rig.path()));
  rig.open(DoorRig::options(rig.path(), rig.directory.get()));
  EXPECT_TRUE(DoorVisitor(rig.path()).valid());
}

class SecondDoor : public ::testing::Test {
 protected:
  Result<Done, std::string> start_at(const std::string& path) {
    Door second(DoorRig::options(path, rig_.directory.get()), rig_.roster, rig_.reclaimer, {});
    return second.start();
  }
  DoorRig rig_;
};

TEST_F(SecondDoor, IsRefusedAndTheFirstServesOn) {
  const auto started = start_at(rig_.path());
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error(), HasSubstr("another engine"));
  const DoorVisitor visitor(rig_.path());
  visitor.send(good_hello());
  EXPECT_EQ(refusal_of(visitor.receive_welcome().first), wire::Refusal::kNone);
}

TEST_F(SecondDoor, LeavesAloneWhatIsNoSocket) {
  const std::string path = rig_.folder.path() + "/precious";
  std::ofstream(path) << "data";
  EXPECT_FALSE(start_at(path).ok());
  std::ifstream file(path);
  std::string text;
  file >> text;
  EXPECT_EQ(text, "data");
}

TEST_F(SecondDoor, SaysThatAPathIsTooLongOrCannotBeBound) {
  EXPECT_THAT(start_at("/" + std::string(150, 'x')).error(), HasSubstr("shorter"));
  EXPECT_THAT(start_at(rig_.folder.path() + "/missing/data.sock").error(), HasSubstr("cannot bind"));
}

// With no descriptor left, accepting fails and the peer stays in the backlog. Those inside are served on, and who waited comes in
// as soon as there are descriptors again.
TEST(Door, WithoutDescriptorsItServesOnAndLaterAcceptsWhoWaited) {
  DoorRig rig;
  const DoorVisitor inside(rig.path());
  inside.send(good_hello());
  const auto granted = inside.receive_welcome();
  base::UniqueFd socket_of_late(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit low = limit;
  low.rlim_cur = static_cast<rlim_t>(open_descriptors()) + 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<base::UniqueFd> hoard;
  for (base::UniqueFd fd(dup(0)); fd; fd = base::UniqueFd(dup(0))) hoard.push_back(std::move(fd));

  const DoorVisitor late(std::move(socket_of_late), rig.path());
  EXPECT_TRUE(late.valid());
  late.send(good_hello());
  for (int i = 0; i < 3; ++i) {  // after the first of these the door has tried to accept
    inside.send(declare_packet({{wire::Dtype::kInt, "age"}}));
    EXPECT_EQ(inside.receive_declared().refusal, 0u);
  }
  EXPECT_EQ(rig.door->clients().size(), 1u);
  hoard.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(refusal_of(late.receive_welcome().first), wire::Refusal::kNone);
}

}  // namespace
}  // namespace ringside::engine

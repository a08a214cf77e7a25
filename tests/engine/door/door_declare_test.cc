// Goal: a schema is kept from its Declare until its client leaves; one that is refused leaves the connection as it was.
// Method: a real door on a real socket; the book of schemas is the rig's.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <map>

#include "tests/engine/door/door_rig.h"

namespace ringside::engine {
namespace {

using test::declare_packet;
using test::DoorVisitor;
using test::good_hello;
using test::wait_until;

class DoorDeclares : public ::testing::Test {
 protected:
  DoorDeclares() {
    visitor_.send(good_hello());
    static_cast<void>(visitor_.receive_welcome());
  }
  wire::Declared declare(const std::vector<std::byte>& packet) {
    EXPECT_TRUE(visitor_.send(packet));
    return visitor_.receive_declared();
  }
  static wire::Refusal refusal(const wire::Declared& declared) { return static_cast<wire::Refusal>(declared.refusal); }

  DoorRig rig_;
  DoorVisitor visitor_{rig_.path()};
};

TEST_F(DoorDeclares, SchemaIsKeptUntilItsClientLeaves) {
  const auto declared = declare(declare_packet({{wire::Dtype::kInt, "age"}}));
  EXPECT_EQ(refusal(declared), wire::Refusal::kNone);
  EXPECT_EQ(rig_.schema_users(), (std::map<std::uint64_t, int>{{declared.schema_hash, 1}}));
  visitor_.hang_up();
  wait_until([&] { return rig_.schema_users().empty(); });
}

TEST_F(DoorDeclares, OperatorsSeeWhichSchemasAClientDeclared) {
  const auto first = declare(declare_packet({{wire::Dtype::kInt, "age"}}));
  const auto second = declare(declare_packet({{wire::Dtype::kInt, "income"}}));
  declare(declare_packet({{wire::Dtype::kInt, "a"}, {wire::Dtype::kStr, "a"}}));  // refused
  const std::vector<ClientStatus> clients = rig_.door->clients();
  ASSERT_EQ(clients.size(), 1U);
  EXPECT_EQ(clients[0].schemas, (std::vector<std::uint64_t>{first.schema_hash, second.schema_hash}));
}

TEST_F(DoorDeclares, SameSchemaTwiceIsCountedOnce) {
  const auto first = declare(declare_packet({{wire::Dtype::kInt, "age"}}));
  const auto second = declare(declare_packet({{wire::Dtype::kInt, "age"}}));
  EXPECT_EQ(refusal(second), wire::Refusal::kNone);
  EXPECT_EQ(first.schema_hash, second.schema_hash);
  EXPECT_EQ(rig_.schema_users().at(first.schema_hash), 1);
}

TEST_F(DoorDeclares, TooManySchemasAreRefusedAndTheConnectionGoesOn) {
  for (const char* name : {"a", "b"})
    EXPECT_EQ(refusal(declare(declare_packet({{wire::Dtype::kInt, name}}))), wire::Refusal::kNone);
  EXPECT_EQ(refusal(declare(declare_packet({{wire::Dtype::kInt, "c"}}))), wire::Refusal::kTooMany);
  EXPECT_EQ(refusal(declare(declare_packet({{wire::Dtype::kInt, "a"}}))), wire::Refusal::kNone);
}

TEST_F(DoorDeclares, BadSchemaIsRefusedAndTheConnectionGoesOn) {
  EXPECT_EQ(refusal(declare(declare_packet({{wire::Dtype::kInt, "a"}, {wire::Dtype::kStr, "a"}}))), wire::Refusal::kBadSchema);
  auto cut = declare_packet({{wire::Dtype::kInt, "abc"}});
  cut.pop_back();
  EXPECT_EQ(refusal(declare(cut)), wire::Refusal::kMalformed);
  EXPECT_EQ(refusal(declare(declare_packet({{wire::Dtype::kInt, "abc"}}))), wire::Refusal::kNone);
  EXPECT_EQ(rig_.schema_users().size(), 1u);
}

TEST_F(DoorDeclares, RefusalOfTheBookIsPassedOnAndNothingIsKept) {
  const auto declared = declare(declare_packet({{wire::Dtype::kInt, "refuse me"}}));
  EXPECT_EQ(refusal(declared), wire::Refusal::kBadSchema);
  EXPECT_STREQ(declared.text, "the book refuses");
  visitor_.hang_up();
  rig_.wait_until_empty();
  EXPECT_TRUE(rig_.schema_users().empty());
}

TEST_F(DoorDeclares, AnythingElseEndsTheConnection) {
  ASSERT_TRUE(visitor_.send(good_hello()));  // a second Hello
  EXPECT_TRUE(visitor_.is_shown_out());
  rig_.wait_until_empty();
}

TEST_F(DoorDeclares, DescriptorsThatAPeerSendsAreNotTaken) {
  const auto before = open_descriptors();
  const auto packet = declare_packet({{wire::Dtype::kInt, "age"}});
  iovec part{const_cast<std::byte*>(packet.data()), packet.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  const int gift = 0;
  std::memcpy(CMSG_DATA(head), &gift, sizeof gift);
  ASSERT_GT(sendmsg(visitor_.fd(), &message, 0), 0);
  EXPECT_EQ(refusal(visitor_.receive_declared()), wire::Refusal::kNone);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace ringside::engine

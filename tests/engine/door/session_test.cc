// Goal: what a client is handed can be neither resized nor, where it is the engine's, written; and begins as the wire says.
// Method: the descriptors are used as a client would, the calls that must fail included.
#include "engine/door/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ringside::engine {
namespace {

constexpr wire::SegmentShape kShape{.channels = 3, .in_arena_bytes = 8'192, .out_arena_bytes = 4'096};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : session_(std::move(*Session::make(kShape, 7, 21))) {}
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, DescriptorsHaveTheGrantedSizes) {
  struct stat status {};
  ASSERT_EQ(fstat(session_->segment_fd(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kShape.total_bytes());
  ASSERT_EQ(fstat(session_->page_fd(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), kShape.page_bytes());
}

TEST_F(SessionTest, NeitherCanBeResized) {
  for (const int fd : {session_->segment_fd(), session_->page_fd()}) {
    EXPECT_EQ(ftruncate(fd, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(ftruncate(fd, 1 << 30), -1);
    EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1) << "a client cannot freeze the memory under the engine";
  }
}

TEST_F(SessionTest, SegmentCanBeMappedWritableAndThePageCannot) {
  void* segment = mmap(nullptr, kShape.total_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, session_->segment_fd(), 0);
  EXPECT_NE(segment, MAP_FAILED);
  munmap(segment, kShape.total_bytes());
  EXPECT_EQ(mmap(nullptr, kShape.page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, session_->page_fd(), 0), MAP_FAILED);
  EXPECT_EQ(errno, EPERM);
}

TEST_F(SessionTest, ReadOnlyMappingOfThePageCannotBeMadeWritable) {
  void* page = mmap(nullptr, kShape.page_bytes(), PROT_READ, MAP_SHARED, session_->page_fd(), 0);
  ASSERT_NE(page, MAP_FAILED);
  EXPECT_EQ(mprotect(page, kShape.page_bytes(), PROT_READ | PROT_WRITE), -1);
  EXPECT_LT(pwrite(session_->page_fd(), "x", 1, 0), 0);
  EXPECT_EQ(fallocate(session_->page_fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4'096), -1);
  munmap(page, kShape.page_bytes());
}

TEST_F(SessionTest, EnginesWordsReachTheClientsMapping) {
  const auto mapping = base::Mapping::map(session_->page_fd(), kShape.page_bytes(), base::Access::kReadOnly);
  ASSERT_TRUE(mapping.ok());
  session_->channels()[1]->announce_park();
  const auto* word = reinterpret_cast<const wire::ParkedWord*>(mapping->data() + wire::SegmentShape::parked_offset(1));
  EXPECT_EQ(word->parked.load(), 1u);
  EXPECT_EQ(reinterpret_cast<const wire::PageHeader*>(mapping->data())->engine_epoch, 7u);
}

TEST_F(SessionTest, BeginsZeroedButForItsHeaders) {
  const auto mapping = base::Mapping::map(session_->segment_fd(), kShape.total_bytes(), base::Access::kReadOnly);
  ASSERT_TRUE(mapping.ok());
  const auto* header = reinterpret_cast<const wire::SegmentHeader*>(mapping->data());
  EXPECT_EQ(header->magic, wire::kMagic);
  EXPECT_EQ(header->layout_hash, wire::kLayoutHash);
  EXPECT_EQ(header->channels, 3u);
  EXPECT_TRUE(std::all_of(mapping->data() + wire::kSegmentHeaderBytes, mapping->data() + mapping->size(),
                          [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(SessionTest, HoleInTheSegmentReadsAsZeroAndHarmsNobody) {
  const wire::ChannelView view = session_->channels()[0]->view();
  wire::publish_seq(view.requests[0].seq, 0);
  EXPECT_TRUE(session_->channels()[0]->posted());
  ASSERT_EQ(
      fallocate(session_->segment_fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(kShape.total_bytes())),
      0);
  EXPECT_FALSE(session_->channels()[0]->posted());
}

}  // namespace
}  // namespace ringside::engine

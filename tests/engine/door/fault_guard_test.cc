// Goal: a guarded mapping that loses its memory costs its client the session, and nobody else anything.
// Method: a memfd without seals, truncated under its mapping, which is what a page that the system cannot give looks like.
#include "engine/door/fault_guard.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

class FaultGuardTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBytes = 3 * 4'096;

  FaultGuardTest() {
    EXPECT_EQ(ftruncate(memory_.get(), kBytes), 0);
    mapping_ = *base::Mapping::map(memory_.get(), kBytes, base::Access::kReadWrite);
    mapping_.data()[5'000] = std::byte{7};
  }
  ~FaultGuardTest() override {
    FaultGuard::install(-1);
    signal(SIGBUS, SIG_DFL);
  }
  [[nodiscard]] std::byte touch() const { return *const_cast<volatile std::byte*>(mapping_.data() + 5'000); }
  void lose_memory() const { ASSERT_EQ(ftruncate(memory_.get(), 0), 0); }

  base::UniqueFd memory_{memfd_create("test", MFD_CLOEXEC)}, bell_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  base::Mapping mapping_;
  std::atomic<bool> expelled_{false};
};

TEST_F(FaultGuardTest, LostMemoryReadsAsZeroAndExpelsItsPeer) {
  FaultGuard::install(bell_.get());
  const FaultGuard guard(mapping_, expelled_);
  const std::uint64_t before = FaultGuard::faults();
  EXPECT_EQ(touch(), std::byte{7});
  EXPECT_FALSE(expelled_);
  lose_memory();
  EXPECT_EQ(touch(), std::byte{0});
  EXPECT_TRUE(expelled_);
  EXPECT_EQ(FaultGuard::faults(), before + 1);
  std::uint64_t rings = 0;
  EXPECT_EQ(read(bell_.get(), &rings, sizeof rings), static_cast<ssize_t>(sizeof rings)) << "the door sleeps on";
  mapping_.data()[2 * 4'096] = std::byte{1};  // an answer may still be written: to nobody
  EXPECT_EQ(FaultGuard::faults(), before + 1) << "one fault a mapping";
}

TEST_F(FaultGuardTest, OtherMappingsLoseNothing) {
  FaultGuard::install(bell_.get());
  base::UniqueFd other_memory{memfd_create("other", MFD_CLOEXEC)};
  ASSERT_EQ(ftruncate(other_memory.get(), kBytes), 0);
  const auto other = *base::Mapping::map(other_memory.get(), kBytes, base::Access::kReadWrite);
  std::atomic<bool> other_expelled{false};
  const FaultGuard guard(mapping_, expelled_), other_guard(other, other_expelled);
  other.data()[0] = std::byte{9};
  lose_memory();
  EXPECT_EQ(touch(), std::byte{0});
  EXPECT_FALSE(other_expelled);
  EXPECT_EQ(other.data()[0], std::byte{9});
}

TEST_F(FaultGuardTest, UnguardedFaultEndsTheProcessAsEver) {
  FaultGuard::install(-1);
  lose_memory();
  EXPECT_EXIT(static_cast<void>(touch()), ::testing::KilledBySignal(SIGBUS), "");
  std::optional<FaultGuard> guard;
  guard.emplace(mapping_, expelled_);
  guard.reset();
  EXPECT_EXIT(static_cast<void>(touch()), ::testing::KilledBySignal(SIGBUS), "") << "a guard that went";
}

}  // namespace
}  // namespace ringside::engine

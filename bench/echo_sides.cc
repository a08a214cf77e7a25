#include "bench/echo_sides.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <new>
#include <string>

#include "bench/comparison.h"
#include "client_lib/base/unique_fd.h"

namespace ringside::bench {
namespace {

namespace ipc = boost::interprocess;

struct Row {
  float values[kEchoFloatsMax];
};

class RawTwoLines final : public EchoSide {
 public:
  RawTwoLines() : region_(4'096), request_(new (region_.at(0)) Line), response_(new (region_.at(2'048)) Line) {
    serve([request = request_, response = response_] {
      for (std::uint64_t number = 1;; ++number) {
        while (request->number.load(std::memory_order_acquire) != number) {
        }
        response->number.store(number, std::memory_order_release);
      }
    });
  }
  void call() override {
    request_->number.store(++number_, std::memory_order_release);
    while (response_->number.load(std::memory_order_acquire) != number_) {
    }
  }

 private:
  struct alignas(128) Line {
    std::atomic<std::uint64_t> number{0};
  };
  SharedRegion region_;
  Line *request_, *response_;
  std::uint64_t number_ = 0;
};

class UnixSocketEcho final : public EchoSide {
 public:
  explicit UnixSocketEcho(std::size_t floats) : bytes_(floats * sizeof(float)) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) give_up("socketpair failed");
    client_ = base::UniqueFd(ends[0]);
    server_ = base::UniqueFd(ends[1]);
    serve([fd = ends[1], bytes = bytes_] {
      Row row{};
      while (recv(fd, row.values, bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes)) {
        if (send(fd, row.values, sizeof(float), 0) != sizeof(float)) return;
      }
    });
  }
  void call() override {
    row_values_.values[0] = static_cast<float>(row_);
    float answer = 0;
    if (send(client_.get(), row_values_.values, bytes_, 0) != static_cast<ssize_t>(bytes_) ||
        recv(client_.get(), &answer, sizeof answer, MSG_WAITALL) != sizeof answer) {
      give_up("unix socket echo: the server is gone");
    }
  }

 private:
  std::size_t bytes_;
  base::UniqueFd client_, server_;
  Row row_values_{};
};

class MessageQueueEcho final : public EchoSide {
 public:
  explicit MessageQueueEcho(std::size_t floats)
      : bytes_(floats * sizeof(float)),
        name_("ringside-bench-" + std::to_string(getpid())),
        requests_(ipc::create_only, (name_ + "-requests").c_str(), 64, sizeof(Row)),
        responses_(ipc::create_only, (name_ + "-responses").c_str(), 64, sizeof(Row)) {
    // Both have them open: the names can go at once, and nothing stays in /dev/shm however this ends.
    ipc::message_queue::remove((name_ + "-requests").c_str());
    ipc::message_queue::remove((name_ + "-responses").c_str());
    serve([this] {
      Row row{};
      std::size_t received = 0;
      unsigned priority = 0;
      for (;;) {
        requests_.receive(&row, sizeof row, received, priority);
        responses_.send(&row, sizeof(float), 0);
      }
    });
  }
  void call() override {
    Row row{};
    row.values[0] = static_cast<float>(row_);
    std::size_t received = 0;
    unsigned priority = 0;
    requests_.send(&row, bytes_, 0);
    responses_.receive(&row, sizeof row, received, priority);
  }

 private:
  std::size_t bytes_;
  std::string name_;
  ipc::message_queue requests_, responses_;
};

class SpscRingsEcho final : public EchoSide {
 public:
  explicit SpscRingsEcho(std::size_t floats)
      : floats_(floats),
        region_(2 * kRingBytes),
        requests_(new (region_.at(0)) Ring),
        responses_(new (region_.at(kRingBytes)) Ring) {
    serve([requests = requests_, responses = responses_] {
      Row row{};
      for (;;) {
        while (!requests->pop(row)) {
        }
        while (!responses->push(row)) {
        }
      }
    });
  }
  void call() override {
    Row row{};
    for (std::size_t i = 0; i < floats_; ++i) row.values[i] = static_cast<float>(row_ + i);
    while (!requests_->push(row)) {
    }
    while (!responses_->pop(row)) {
    }
  }

 private:
  using Ring = boost::lockfree::spsc_queue<Row, boost::lockfree::capacity<64>>;
  static constexpr std::size_t kRingBytes = 16'384;
  static_assert(sizeof(Ring) <= kRingBytes);
  std::size_t floats_;
  SharedRegion region_;
  Ring *requests_, *responses_;
};

}  // namespace

std::unique_ptr<Side> raw_two_lines() { return std::make_unique<RawTwoLines>(); }
std::unique_ptr<Side> unix_socket_echo(std::size_t floats) { return std::make_unique<UnixSocketEcho>(floats); }
std::unique_ptr<Side> message_queue_echo(std::size_t floats) { return std::make_unique<MessageQueueEcho>(floats); }
std::unique_ptr<Side> spsc_rings_echo(std::size_t floats) { return std::make_unique<SpscRingsEcho>(floats); }

}  // namespace ringside::bench

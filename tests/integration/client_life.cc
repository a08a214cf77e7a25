#include "tests/integration/client_life.h"

#include "tests/integration/demo_rows.h"
#include "tests/integration/traced_life.h"

namespace ringside::testing {

int live_as_client(const std::string& run_dir, const std::vector<FieldDecl>& fields) {
  constexpr std::chrono::seconds kLong(30);  // stepped through, a call takes its time
  bool right = true;
  {
    mark_stage();
    auto client = Client::connect({.run_dir = run_dir,
                                   .channels = 2,
                                   .wait = Wait::kPark,
                                   .connect_timeout = std::chrono::minutes(1),
                                   .arena_bytes = 1 << 18});
    if (!client) return 2;
    const auto schema = client->resolve(fields);
    if (!schema) return 3;
    mark_stage();
    Row row(*schema);
    fill(row, demo_rows()[11]);
    Channel& channel = client->channel();
    const Ticket first = channel.submit(row, {.deadline = kLong});
    mark_stage();
    Prediction answer;
    channel.wait(first, answer);
    right &= difference(answer, demo_rows()[11]).empty();
    mark_stage();
    const Batch batch(*schema, 70);  // two tiles; that its rows are invalid is no matter
    channel.forget(channel.submit(batch, {.deadline = kLong}));
    mark_stage();
    const Ticket second = channel.submit(row, {.deadline = kLong});
    while (!channel.poll(second)) {
    }
    channel.wait(second, answer);
    right &= difference(answer, demo_rows()[11]).empty();
    mark_stage();
  }
  return right ? 0 : 1;
}

}  // namespace ringside::testing

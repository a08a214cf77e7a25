#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kWaitNames[] = {"spin", "adaptive", "park"};

}  // namespace

std::span<const ConfigKey> serving_keys() {
  static const ConfigKey keys[] = {
      number_key<1, 64>("workers.count", "Threads that score. One serves many clients; each further one costs a core.",
                        [](auto& c) -> auto& { return c.workers.count; }, {.flag = "--workers"}),
      cpus_key("workers.cpus", "Processors to pin the workers to, one each, in their order.",
               [](auto& c) -> auto& { return c.workers.cpus; }, {.default_words = "not pinned"}),
      choice_key<kWaitNames>(
          "workers.wait",
          "How an idle worker waits: spin never sleeps (a core each), adaptive spins while that pays and then sleeps, "
          "park sleeps at once.",
          [](auto& c) -> auto& { return c.workers.wait; }, {.flag = "--wait", .argument = "spin|adaptive|park"}),
      number_key<0, 1'000'000>("workers.spin_us",
                               "The longest that adaptive spins before it sleeps, in microseconds; how long it does is learnt.",
                               [](auto& c) -> auto& { return c.workers.spin_us; },
                               {.unit = "us", .default_words = "200; 100 on two processors, 20 under a CPU quota"}),
      number_key<1, wire::kCallRowsMax>(
          "limits.rows_max", "Rows in one call; more is BATCH_SIZE.", [](auto& c) -> auto& { return c.limits.rows_max; }),
      number_key<1, 4'096>("limits.clients_max", "Client processes at a time.",
                           [](auto& c) -> auto& { return c.limits.clients_max; }, {.live = true}),
      number_key<1, wire::kChannelsMax>(
          "limits.channels_per_client", "Calling threads of one client process.",
          [](auto& c) -> auto& { return c.limits.channels_per_client; }),
      number_key<1u << 20, wire::kArenaBytesMax>(
          "limits.arena_bytes", "Largest request memory, and apart from it result memory, that a client may ask for a channel.",
          [](auto& c) -> auto& { return c.limits.arena_bytes; }, {.unit = "bytes"}),
      number_key<1u << 20, std::uint64_t{1} << 46>(
          "limits.bundle_memory",
          "Memory of all loaded bundles together. Where a switch needs more, bundles without a role "
          "are set aside, oldest first.",
          [](auto& c) -> auto& { return c.limits.bundle_memory; },
          {.unit = "bytes", .default_words = "half of the memory that the process may have"}),
      text_key("input_digest.key_file",
               "A file of 32 hex digits, the key of input_digest, so that digests of one row agree between starts and engines.",
               [](auto& c) -> auto& { return c.input_digest_key_file; },
               {.argument = "FILE", .default_words = "none: a random key, another one at each start"}),
  };
  return keys;
}

}  // namespace ringside::engine

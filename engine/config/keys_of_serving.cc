#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"
#include "engine/limits/limit_rule.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kWaitNames[] = {"spin", "adaptive", "park"};

Assigned assign_rules(EngineConfig& config, const Values& values) {
  const auto rules = parse_limit_rules(values);
  if (!rules) {
    const auto& [bound, hint] = rules.error();
    return fail(ValueProblem{"a list of rules", hint.empty() ? bound : bound + "; " + hint});
  }
  config.limits.rules = values;
  return Done{};
}

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
      {"limits.rules", "", "RULE,…", true, "none",
       "What clients, by user and name, and versions may have: \"name=batch rows_per_s=20000 in_flight=4 priority=low\", "
       "\"uid=* calls_per_s=10000\", \"version=m_v2.0.0 rows_per_s=500\", \"all rows_per_s=500000\"; also burst_ms=, rows_max=, "
       "bytes_max=. What is beyond is answered rejected.",
       assign_rules, [](const EngineConfig& c) { return shown_list(c.limits.rules); }, KeyType::kTexts, "", 0, 0, {}, true},
      number_key<0, 10'000'000>(
          "limits.queue_age_us",
          "How long a request may wait to be begun before it is answered rejected (overload) instead, in microseconds; 0: as long as "
          "its deadline lets it.",
          [](auto& c) -> auto& { return c.limits.queue_age_us; }, {.unit = "us", .live = true}),
      bool_key("limits.shed_late",
               "Whether a call that would be answered after its deadline, going by how long such calls took, is answered rejected "
               "(overload) instead of begun.",
               [](auto& c) -> auto& { return c.limits.shed_late; }, {.live = true}),
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

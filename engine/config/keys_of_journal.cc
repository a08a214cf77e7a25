#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kWhenFullNames[] = {"fail", "block", "gap"};
constexpr std::string_view kUserIdNames[] = {"hash", "plain", "drop"};
constexpr std::string_view kSyncNames[] = {"none", "interval"};

}  // namespace

std::span<const ConfigKey> journal_keys() {
  static const ConfigKey keys[] = {
      bool_key(
          "journal.enabled", "Keep a record of every row of every call.", [](auto& c) -> auto& { return c.journal.enabled; }),
      text_key(
          "journal.landing_dir", "Where workers commit records, on tmpfs; one engine's alone.",
          [](auto& c) -> auto& { return c.journal.landing_dir; },
          {.argument = "DIR", .default_words = "<run_dir>/<task>/landing if that is tmpfs, else below /dev/shm/ringside-<uid>"}),
      bool_key(
          "journal.landing_on_disk",
          "Allow a landing_dir that is not tmpfs. The risk: writing back its pages can stall a worker, and an I/O error there "
          "kills the engine.",
          [](auto& c) -> auto& { return c.journal.landing_on_disk; }),
      number_key<256u << 10, std::uint64_t{64} << 30>(
          "journal.landing_bytes", "Memory for records on their way, a worker; rounded up to a power of two.",
          [](auto& c) -> auto& { return c.journal.landing_bytes; }, {.unit = "bytes"}),
      choice_key<kWhenFullNames>(
          "journal.when_full",
          "What becomes of calls when records find no room: fail answers unavailable, block waits first (block_us), gap "
          "answers and counts what has no record.",
          [](auto& c) -> auto& { return c.journal.when_full; }, {.argument = "fail|block|gap"}),
      number_key<1, 10'000'000>("journal.block_us", "The longest that a worker waits for room under block, in microseconds.",
                                [](auto& c) -> auto& { return c.journal.block_us; }, {.unit = "us"}),
      share_key(
          "journal.sample", "Share of ok rows that are recorded, by their request id; all others always are.",
          [](auto& c) -> auto& { return c.journal.sample; }),
      bool_key(
          "journal.features", "Record the features that the model read, where every field behind them is plain.",
          [](auto& c) -> auto& { return c.journal.features; }),
      choice_key<kUserIdNames>("journal.user_id", "How user ids are recorded; hash: as pseudonyms under key_file.",
                               [](auto& c) -> auto& { return c.journal.user_id; }, {.argument = "hash|plain|drop"}),
      text_key("journal.key_file", "A file of 32 hex digits, the key of pseudonyms, readable by its owner alone; made if absent.",
               [](auto& c) -> auto& { return c.journal.key_file; },
               {.argument = "FILE", .default_words = "<state_dir>/<task>/journal.key"}),
      bool_key("journal.encrypt",
               "Keep what fields of `sensitive: encrypt` hold, and features that derive from fields that are not plain, encrypted "
               "under a key a day; false: neither is kept.",
               [](auto& c) -> auto& { return c.journal.encrypt; }),
      text_key("journal.day_keys_dir",
               "Where those keys are, a file a day, readable by their owner alone; `ringside audit key destroy DAY` erases a day.",
               [](auto& c) -> auto& { return c.journal.day_keys_dir; },
               {.argument = "DIR", .default_words = "<state_dir>/<task>/day_keys"}),
      choice_key<kSyncNames>("journal.sync", "When the recorder makes records durable; none leaves it to the system.",
                             [](auto& c) -> auto& { return c.journal.sync; }, {.argument = "none|interval"}),
      number_key<1, 60'000>("journal.sync_ms", "Between two syncs, in milliseconds.",
                            [](auto& c) -> auto& { return c.journal.sync_ms; }, {.unit = "ms"}),
      number_key<64u << 10, std::uint64_t{1} << 40>("journal.file_bytes", "A journal file of this size is followed by the next.",
                                                    [](auto& c) -> auto& { return c.journal.file_bytes; }, {.unit = "bytes"}),
      number_key<1, 31'536'000>("journal.file_seconds", "So is one of this age.",
                                [](auto& c) -> auto& { return c.journal.file_seconds; }, {.unit = "s"}),
      bool_key("journal.compress", "Pack finished journal files with zstd (.rsj.zst); every reader takes both.",
               [](auto& c) -> auto& { return c.journal.seal; }),
      number_key<0, 31'536'000>("journal.compress_after_seconds", "When they have not been written for so long.",
                                [](auto& c) -> auto& { return c.journal.seal_after_s; }, {.unit = "s"}),
      number_key<0, 36'500>(
          "journal.keep_days",
          "Finished files whose newest record is older are deleted, unless `ringside audit hold` holds them; 0: however old.",
          [](auto& c) -> auto& { return c.journal.keep_days; }, {.unit = "days"}),
      number_key<0, std::uint64_t{1} << 50>(
          "journal.keep_bytes",
          "While finished files take more on disk, the oldest is deleted; what is held does not count; 0: however many.",
          [](auto& c) -> auto& { return c.journal.keep_bytes; }, {.unit = "bytes"}),
      bool_key("journal.index", "Keep an index of the journal, for `ringside audit` and GET /audit.",
               [](auto& c) -> auto& { return c.journal.index; }),
      text_key("journal.checkpoint_key",
               "An Ed25519 private key in PEM, which signs how far the journal's chain had come, at most once a minute, into "
               "<state_dir>/<task>/checkpoints; needs journal.index.",
               [](auto& c) -> auto& { return c.journal.checkpoint_key; }, {.argument = "FILE", .default_words = "none: no checkpoints"}),
  };
  return keys;
}

}  // namespace ringside::engine

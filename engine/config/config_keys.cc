#include "engine/config/config_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "schemas/process/exit_status.h"

namespace ringside::engine {
namespace {

using Values = std::vector<std::string>;
using Assigned = Result<Done, ValueProblem>;

// A key has one value unless it is a list.
Assigned assign_text(std::string& target, const Values& values) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  if (values[0].empty()) return fail(ValueProblem{"not empty", "leave the key out to have its default"});
  if (values[0].find('\0') != std::string::npos) return fail(ValueProblem{"text without NUL bytes", ""});
  target = values[0];
  return Done{};
}

// A task names a folder below the run directory.
Assigned assign_task(std::string& target, const Values& values) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  const std::string& name = values[0];
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  if (name.empty() || name.size() > 100 || name.front() == '.' || !std::all_of(name.begin(), name.end(), allowed)) {
    return fail(ValueProblem{"1 to 100 letters, digits, '_', '-' and '.', not beginning with '.'", "such as loan_default"});
  }
  target = name;
  return Done{};
}

template <class T>
Result<T, ValueProblem> number(const std::string& text, T low, T high) {
  const std::string bound = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return fail(ValueProblem{bound, "digits only"});
  if (value < low) return fail(ValueProblem{bound, "the least is " + std::to_string(low)});
  if (value > high) return fail(ValueProblem{bound, "the most is " + std::to_string(high)});
  return static_cast<T>(value);
}

template <class T>
Assigned assign_number(T& target, const Values& values, T low, T high) {
  if (values.size() != 1) return fail(ValueProblem{"one value", "write it without a list"});
  auto parsed = number<T>(values[0], low, high);
  if (!parsed) return fail(parsed.error());
  target = *parsed;
  return Done{};
}

Assigned assign_names(std::vector<std::string>& target, const Values& values) {
  for (const std::string& name : values) {
    if (name.empty()) return fail(ValueProblem{"names or numbers, none of them empty", "separate them with single commas"});
  }
  target = values;
  return Done{};
}

Assigned assign_cpus(std::vector<std::uint32_t>& target, const Values& values) {
  std::vector<std::uint32_t> cpus;
  for (const std::string& text : values) {
    auto cpu = number<std::uint32_t>(text, 0, 4'095);
    if (!cpu) return fail(cpu.error());
    if (std::find(cpus.begin(), cpus.end(), *cpu) != cpus.end()) {
      return fail(ValueProblem{"each processor once", "two workers on one processor wait for each other"});
    }
    cpus.push_back(*cpu);
  }
  target = std::move(cpus);
  return Done{};
}

constexpr std::string_view kWaitNames[] = {"spin", "adaptive", "park"};

Assigned assign_wait(WorkerWait& target, const Values& values) {
  for (std::size_t i = 0; i < std::size(kWaitNames); ++i) {
    if (values.size() == 1 && values[0] == kWaitNames[i]) {
      target = static_cast<WorkerWait>(i);
      return Done{};
    }
  }
  return fail(ValueProblem{"spin, adaptive or park", "adaptive unless a core is to be given away"});
}

constexpr std::string_view kSignatureNames[] = {"off", "warn", "require"};

Assigned assign_signature(BundleSignature& target, const Values& values) {
  for (std::size_t i = 0; i < std::size(kSignatureNames); ++i) {
    if (values.size() == 1 && values[0] == kSignatureNames[i]) {
      target = static_cast<BundleSignature>(i);
      return Done{};
    }
  }
  return fail(ValueProblem{"off, warn or require", "require where bundles come from elsewhere"});
}

constexpr std::string_view kWhenFullNames[] = {"fail", "block", "gap"};
constexpr std::string_view kUserIdNames[] = {"hash", "plain", "drop"};
constexpr std::string_view kSyncNames[] = {"none", "interval"};

template <class Enum, std::size_t N>
Assigned assign_choice(Enum& target, const Values& values, const std::string_view (&names)[N], const char* bound) {
  for (std::size_t i = 0; i < N; ++i) {
    if (values.size() == 1 && values[0] == names[i]) {
      target = static_cast<Enum>(i);
      return Done{};
    }
  }
  return fail(ValueProblem{bound, ""});
}

Assigned assign_share(double& target, const Values& values) {
  double share = -1;
  if (values.size() == 1) {
    const char* const end = values[0].data() + values[0].size();
    if (const auto [stop, error] = std::from_chars(values[0].data(), end, share); error != std::errc{} || stop != end) share = -1;
  }
  if (!(share >= 0 && share <= 1)) return fail(ValueProblem{"a number from 0 to 1", "1 keeps all"});
  target = share;
  return Done{};
}

std::string shown_share(double share) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), share).ptr;
  return {text.data(), end};
}

Assigned assign_bool(bool& target, const Values& values) {
  if (values.size() == 1 && (values[0] == "true" || values[0] == "false")) {
    target = values[0] == "true";
    return Done{};
  }
  return fail(ValueProblem{"true or false", ""});
}

template <class T>
std::string joined(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) {
    if (!text.empty()) text += ',';
    if constexpr (std::is_same_v<T, std::string>) {
      text += value;
    } else {
      text += std::to_string(value);
    }
  }
  return text;
}

using C = EngineConfig;

constexpr std::uint64_t kArenaBytesMin = 1u << 20;

const ConfigKey kKeys[] = {
    {"task", "--task", "NAME", false, "the starting bundle's task_name", "The one task that this engine serves.",
     [](C& c, const Values& v) { return assign_task(c.task, v); }, [](const C& c) { return c.task; }},
    {"models", "--models", "DIR", false, "", "Directory of bundles, with the link `current` to the one to start with.",
     [](C& c, const Values& v) { return assign_text(c.models, v); }, [](const C& c) { return c.models; }},
    {"bundle", "--bundle", "VERSION|DIR", false,
     "the last operator's choice; models/current if nobody chose, or if it has moved since",
     "The version to start with: a name under `models`, or a path with a slash.",
     [](C& c, const Values& v) { return assign_text(c.bundle, v); }, [](const C& c) { return c.bundle; }},
    {"run_dir", "--run-dir", "DIR", false, "/run/ringside; $XDG_RUNTIME_DIR/ringside without root",
     "Sockets are <run_dir>/<task>/data.sock and admin.sock.", [](C& c, const Values& v) { return assign_text(c.run_dir, v); },
     [](const C& c) { return c.run_dir; }},
    {"state_dir", "--state-dir", "DIR", false,
     "/var/lib/ringside; $XDG_STATE_HOME/ringside or ~/.local/state/ringside without root",
     "What outlives the engine: <state_dir>/<task>/.", [](C& c, const Values& v) { return assign_text(c.state_dir, v); },
     [](const C& c) { return c.state_dir; }},
    {"workers.count", "--workers", "N", false, "", "Threads that score. One serves many clients; each further one costs a core.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.workers.count, v, 1, 64); },
     [](const C& c) { return std::to_string(c.workers.count); }},
    {"workers.cpus", "", "N,…", true, "not pinned", "Processors to pin the workers to, one each, in their order.",
     [](C& c, const Values& v) { return assign_cpus(c.workers.cpus, v); }, [](const C& c) { return joined(c.workers.cpus); }},
    {"workers.wait", "--wait", "spin|adaptive|park", false, "",
     "How an idle worker waits: spin never sleeps (a core each), adaptive spins while that pays and then sleeps, park sleeps at "
     "once.",
     [](C& c, const Values& v) { return assign_wait(c.workers.wait, v); },
     [](const C& c) { return std::string(kWaitNames[static_cast<std::size_t>(c.workers.wait)]); }},
    {"workers.spin_us", "", "US", false, "200; 100 on two processors, 20 under a CPU quota",
     "The longest that adaptive spins before it sleeps, in microseconds; how long it does is learnt.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.workers.spin_us, v, 0, 1'000'000); },
     [](const C& c) { return std::to_string(c.workers.spin_us); }},
    {"limits.rows_max", "", "N", false, "", "Rows in one call; more is BATCH_SIZE.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.limits.rows_max, v, 1, wire::kCallRowsMax); },
     [](const C& c) { return std::to_string(c.limits.rows_max); }},
    {"limits.clients_max", "", "N", false, "", "Client processes at a time.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.limits.clients_max, v, 1, 4'096); },
     [](const C& c) { return std::to_string(c.limits.clients_max); }},
    {"limits.channels_per_client", "", "N", false, "", "Calling threads of one client process.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.limits.channels_per_client, v, 1, wire::kChannelsMax); },
     [](const C& c) { return std::to_string(c.limits.channels_per_client); }},
    {"limits.arena_bytes", "", "BYTES", false, "",
     "Largest request memory, and apart from it result memory, that a client may ask for a channel.",
     [](C& c, const Values& v) {
       return assign_number<std::uint64_t>(c.limits.arena_bytes, v, kArenaBytesMin, wire::kArenaBytesMax);
     },
     [](const C& c) { return std::to_string(c.limits.arena_bytes); }},
    {"limits.bundle_memory", "", "BYTES", false, "half of the memory that the process may have",
     "Memory of all loaded bundles together. Where a switch needs more, bundles without a role are set aside, oldest first.",
     [](C& c, const Values& v) {
       return assign_number<std::uint64_t>(c.limits.bundle_memory, v, 1u << 20, std::uint64_t{1} << 46);
     },
     [](const C& c) { return c.limits.bundle_memory == 0 ? std::string() : std::to_string(c.limits.bundle_memory); }},
    {"loader.cpus", "", "N,…", true, "wherever it finds time",
     "Processors for loading bundles; best those that no worker is pinned to.",
     [](C& c, const Values& v) { return assign_cpus(c.loader.cpus, v); }, [](const C& c) { return joined(c.loader.cpus); }},
    {"loader.watch_ms", "", "MS", false, "",
     "How often `models` is looked at, besides whenever an entry of it changes; 0: it is not watched.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.loader.watch_ms, v, 0, 3'600'000); },
     [](const C& c) { return std::to_string(c.loader.watch_ms); }},
    {"access.data.users", "", "USER,…", true, "the engine's own user and root",
     "Who may connect to data.sock, by name or number, besides root and the engine's own user.",
     [](C& c, const Values& v) { return assign_names(c.access.data_users, v); },
     [](const C& c) { return joined(c.access.data_users); }},
    {"access.data.groups", "", "GROUP,…", true, "none", "Groups whose members may connect to data.sock.",
     [](C& c, const Values& v) { return assign_names(c.access.data_groups, v); },
     [](const C& c) { return joined(c.access.data_groups); }},
    {"access.admin.users", "", "USER,…", true, "the engine's own user and root",
     "Who may operate through admin.sock, besides root and the engine's own user.",
     [](C& c, const Values& v) { return assign_names(c.access.admin_users, v); },
     [](const C& c) { return joined(c.access.admin_users); }},
    {"journal.enabled", "", "true|false", false, "", "Keep a record of every row of every call.",
     [](C& c, const Values& v) { return assign_bool(c.journal.enabled, v); },
     [](const C& c) { return std::string(c.journal.enabled ? "true" : "false"); }},
    {"journal.landing_dir", "", "DIR", false, "<run_dir>/<task>/landing if that is tmpfs, else below /dev/shm/ringside-<uid>",
     "Where workers commit records, on tmpfs; one engine's alone.",
     [](C& c, const Values& v) { return assign_text(c.journal.landing_dir, v); }, [](const C& c) { return c.journal.landing_dir; }},
    {"journal.landing_on_disk", "", "true|false", false, "",
     "Allow a landing_dir that is not tmpfs. The risk: writing back its pages can stall a worker, and an I/O error there kills the engine.",
     [](C& c, const Values& v) { return assign_bool(c.journal.landing_on_disk, v); },
     [](const C& c) { return std::string(c.journal.landing_on_disk ? "true" : "false"); }},
    {"journal.landing_bytes", "", "BYTES", false, "", "Memory for records on their way, a worker; rounded up to a power of two.",
     [](C& c, const Values& v) {
       return assign_number<std::uint64_t>(c.journal.landing_bytes, v, 256u << 10, std::uint64_t{64} << 30);
     },
     [](const C& c) { return std::to_string(c.journal.landing_bytes); }},
    {"journal.when_full", "", "fail|block|gap", false, "",
     "What becomes of calls when records find no room: fail answers unavailable, block waits first (block_us), gap answers and counts "
     "what has no record.",
     [](C& c, const Values& v) { return assign_choice(c.journal.when_full, v, kWhenFullNames, "fail, block or gap"); },
     [](const C& c) { return std::string(kWhenFullNames[static_cast<std::size_t>(c.journal.when_full)]); }},
    {"journal.block_us", "", "US", false, "", "The longest that a worker waits for room under block, in microseconds.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.journal.block_us, v, 1, 10'000'000); },
     [](const C& c) { return std::to_string(c.journal.block_us); }},
    {"journal.sample", "", "SHARE", false, "", "Share of ok rows that are recorded, by their request id; all others always are.",
     [](C& c, const Values& v) { return assign_share(c.journal.sample, v); },
     [](const C& c) { return shown_share(c.journal.sample); }},
    {"journal.features", "", "true|false", false, "", "Record the features that the model read, where every field behind them is plain.",
     [](C& c, const Values& v) { return assign_bool(c.journal.features, v); },
     [](const C& c) { return std::string(c.journal.features ? "true" : "false"); }},
    {"journal.user_id", "", "hash|plain|drop", false, "", "How user ids are recorded; hash: as pseudonyms under key_file.",
     [](C& c, const Values& v) { return assign_choice(c.journal.user_id, v, kUserIdNames, "hash, plain or drop"); },
     [](const C& c) { return std::string(kUserIdNames[static_cast<std::size_t>(c.journal.user_id)]); }},
    {"journal.key_file", "", "FILE", false, "<state_dir>/<task>/journal.key",
     "A file of 32 hex digits, the key of pseudonyms, readable by its owner alone; made if absent.",
     [](C& c, const Values& v) { return assign_text(c.journal.key_file, v); }, [](const C& c) { return c.journal.key_file; }},
    {"journal.sync", "", "none|interval", false, "", "When the recorder makes records durable; none leaves it to the system.",
     [](C& c, const Values& v) { return assign_choice(c.journal.sync, v, kSyncNames, "none or interval"); },
     [](const C& c) { return std::string(kSyncNames[static_cast<std::size_t>(c.journal.sync)]); }},
    {"journal.sync_ms", "", "MS", false, "", "Between two syncs, in milliseconds.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.journal.sync_ms, v, 1, 60'000); },
     [](const C& c) { return std::to_string(c.journal.sync_ms); }},
    {"journal.file_bytes", "", "BYTES", false, "", "A journal file of this size is followed by the next.",
     [](C& c, const Values& v) { return assign_number<std::uint64_t>(c.journal.file_bytes, v, 64u << 10, std::uint64_t{1} << 40); },
     [](const C& c) { return std::to_string(c.journal.file_bytes); }},
    {"journal.file_seconds", "", "S", false, "", "So is one of this age.",
     [](C& c, const Values& v) { return assign_number<std::uint32_t>(c.journal.file_seconds, v, 1, 31'536'000); },
     [](const C& c) { return std::to_string(c.journal.file_seconds); }},
    {"journal.index", "", "true|false", false, "", "Keep an index of the journal, for `ringside audit` and GET /audit.",
     [](C& c, const Values& v) { return assign_bool(c.journal.index, v); },
     [](const C& c) { return std::string(c.journal.index ? "true" : "false"); }},
    {"journal.checkpoint_key", "", "FILE", false, "none: no checkpoints",
     "An Ed25519 private key in PEM, which signs how far the journal's chain had come, at most once a minute, into "
     "<state_dir>/<task>/checkpoints; needs journal.index.",
     [](C& c, const Values& v) { return assign_text(c.journal.checkpoint_key, v); },
     [](const C& c) { return c.journal.checkpoint_key; }},
    {"reference.xgboost", "", "true|false", false, "",
     "Let the XGBoost library check each bundle's golden rows too, where its version is trusted.",
     [](C& c, const Values& v) { return assign_bool(c.reference_xgboost, v); },
     [](const C& c) { return std::string(c.reference_xgboost ? "true" : "false"); }},
    {"bundle_signature.mode", "", "off|warn|require", false, "",
     "What becomes of a bundle without a good signature by a trusted key: off does not look, warn loads it and says so, require "
     "refuses it.",
     [](C& c, const Values& v) { return assign_signature(c.bundle_signature, v); },
     [](const C& c) { return std::string(kSignatureNames[static_cast<std::size_t>(c.bundle_signature)]); }},
    {"bundle_signature.keys", "", "FILE|DIR", false, "none",
     "The trusted public keys: a PEM file with an Ed25519 key, or a directory of them (*.pem), outside `models`. Read for each "
     "load.",
     [](C& c, const Values& v) { return assign_text(c.bundle_keys, v); }, [](const C& c) { return c.bundle_keys; }},
    {"input_digest.key_file", "", "FILE", false, "none: a random key, another one at each start",
     "A file of 32 hex digits, the key of input_digest, so that digests of one row agree between starts and engines.",
     [](C& c, const Values& v) { return assign_text(c.input_digest_key_file, v); },
     [](const C& c) { return c.input_digest_key_file; }},
};

std::string default_of(const ConfigKey& key) {
  return key.default_words.empty() ? key.show(EngineConfig{}) : std::string(key.default_words);
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

// Below a key, in lines of at most 100 characters.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kWidth = 94;
  std::string lines;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > kWidth) end = std::min(text.rfind(' ', kWidth), end);
    lines.append("      ").append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_key(std::string_view path) {
  const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const ConfigKey& key) { return key.path == path; });
  return found == std::end(kKeys) ? nullptr : found;
}

std::string environment_name(const ConfigKey& key) {
  std::string name = "RINGSIDE_";
  for (const char c : key.path) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::vector<ConfigRow> config_rows(const EngineConfig& config) {
  std::vector<ConfigRow> rows;
  for (const ConfigKey& key : kKeys) {
    const auto source = config.sources.find(std::string(key.path));
    rows.push_back({std::string(key.path), key.show(config), source == config.sources.end() ? "default" : source->second,
                    std::string(key.meaning)});
  }
  return rows;
}

std::string config_text(const EngineConfig& config) {
  std::string text;
  for (const ConfigKey& key : kKeys) {
    const auto source = config.sources.find(std::string(key.path));
    const std::string value = key.show(config);
    text += padded(key.path, 28) + padded(value.empty() ? "(" + default_of(key) + ")" : value, 32) +
            (source == config.sources.end() ? "default" : source->second) + "\n";
  }
  return text;
}

std::string config_help() {
  std::string text =
      "Serve the bundles of one task to clients on this host, through shared memory.\n\n"
      "Usage:\n  ringsided [--config FILE] [options]\n\n"
      "Options (a flag wins over its RINGSIDE_* variable, that over the YAML file, that over the default):\n"
      "  --config FILE             YAML file with the keys below (RINGSIDE_CONFIG). Default: none\n"
      "  --check-config            Print every key with its value and where it comes from, and end.\n"
      "  --help                    This text.\n"
      "  --version                 The program's version.\n\n";
  for (const ConfigKey& key : kKeys) {
    text += "  " + std::string(key.path);
    if (!key.flag.empty()) text += "  " + std::string(key.flag) + " " + std::string(key.argument);
    text += "  " + environment_name(key) + "\n" + wrapped(key.meaning) + wrapped("Default: " + default_of(key));
  }
  text += "\nMODEL_PATH names the starting bundle too; --bundle wins over it, and it over the key `bundle`.\n\n" +
          std::string(kExitStatusHelp) +
          "\n\nExample:\n  ringsided --models ./models --run-dir /tmp/ringside --state-dir /tmp/ringside-state\n"
          "  ringsided --config engine.yaml --check-config\n\n"
          "A configuration file:\n  models: /srv/models\n  workers: {count: 2, cpus: [2, 3]}\n  access: {data: {groups: [ads, "
          "risk]}}\n";
  return text;
}

std::string config_markdown() {
  std::string text = "| key | flag | default | meaning |\n|---|---|---|---|\n";
  const auto escaped = [](std::string_view cell) {
    std::string out;
    for (const char c : cell) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
  };
  for (const ConfigKey& key : kKeys) {
    const std::string flag = key.flag.empty() ? "" : "`" + std::string(key.flag) + " " + escaped(key.argument) + "`";
    text +=
        "| `" + std::string(key.path) + "` | " + flag + " | " + escaped(default_of(key)) + " | " + escaped(key.meaning) + " |\n";
  }
  return text;
}

}  // namespace ringside::engine

#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kSignatureNames[] = {"off", "warn", "require"};

}  // namespace

std::span<const ConfigKey> bundle_keys() {
  static const ConfigKey keys[] = {
      cpus_key("loader.cpus", "Processors for loading bundles; best those that no worker is pinned to.",
               [](auto& c) -> auto& { return c.loader.cpus; }, {.default_words = "wherever it finds time"}),
      number_key<0, 3'600'000>("loader.watch_ms",
                               "How often `models` is looked at, besides whenever an entry of it changes; 0: it is not watched.",
                               [](auto& c) -> auto& { return c.loader.watch_ms; }, {.unit = "ms"}),
      bool_key(
          "loader.lock_memory",
          "Bundles are locked in memory, so that none is swapped out. Where that is refused, a warning says so, and they answer.",
          [](auto& c) -> auto& { return c.loader.lock_memory; }),
      bool_key(
          "reference.xgboost", "Let the XGBoost library check each bundle's golden rows too, where its version is trusted.",
          [](auto& c) -> auto& { return c.reference_xgboost; }),
      choice_key<kSignatureNames>(
          "bundle_signature.mode",
          "What becomes of a bundle without a good signature by a trusted key: off does not look, warn loads it and "
          "says so, require refuses it.",
          [](auto& c) -> auto& { return c.bundle_signature; }, {.argument = "off|warn|require"}),
      text_key("bundle_signature.keys",
               "The trusted public keys: a PEM file with an Ed25519 key, or a directory of them (*.pem), outside `models`. Read "
               "for each load.",
               [](auto& c) -> auto& { return c.bundle_keys; }, {.argument = "FILE|DIR", .default_words = "none"}),
  };
  return keys;
}

}  // namespace ringside::engine

#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {

std::span<const ConfigKey> log_keys() {
  static const ConfigKey keys[] = {
      choice_key<kLogLevelNames>(
          "log.level", "The least level of lines that are written. `ringside log-level` changes it until the next reload.",
          [](auto& c) -> auto& { return c.log.level; },
          {.flag = "--log-level", .argument = "debug|info|warn|error", .live = true}),
      text_key("log.file", "Where lines go, each a JSON object; SIGHUP opens the file anew, so that logrotate may move it.",
               [](auto& c) -> auto& { return c.log.file; }, {.argument = "FILE", .default_words = "standard error"}),
  };
  return keys;
}

}  // namespace ringside::engine

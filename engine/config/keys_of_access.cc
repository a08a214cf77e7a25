#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {

std::span<const ConfigKey> access_keys() {
  static const ConfigKey keys[] = {
      names_key("access.data.users", "Who may connect to data.sock, by name or number, besides root and the engine's own user.",
                [](auto& c) -> auto& { return c.access.data_users; },
                {.argument = "USER,…", .default_words = "the engine's own user and root", .live = true}),
      names_key("access.data.groups", "Groups whose members may connect to data.sock.",
                [](auto& c) -> auto& { return c.access.data_groups; },
                {.argument = "GROUP,…", .default_words = "none", .live = true}),
      names_key("access.admin.users", "Who may operate through admin.sock, besides root and the engine's own user.",
                [](auto& c) -> auto& { return c.access.admin_users; },
                {.argument = "USER,…", .default_words = "the engine's own user and root", .live = true}),
  };
  return keys;
}

}  // namespace ringside::engine

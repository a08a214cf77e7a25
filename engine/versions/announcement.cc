#include "engine/versions/announcement.h"

#include <algorithm>
#include <exception>

#include "engine/bundle/loader.h"

namespace ringside::engine {

std::vector<AnnouncedFields> announced_fields(const std::string& models_directory, const std::string& task,
                                              const std::vector<std::string>& directories) {
  std::vector<AnnouncedFields> announced;
  for (const std::string& name : directories) {
    try {
      const auto outline = outline_bundle(models_directory + "/" + name);
      if (!outline || outline->identity.task != task) continue;
      AnnouncedFields& fields = announced.emplace_back(AnnouncedFields{name, {}});
      for (const Field& field : outline->schema.fields()) {
        if (field.optional()) fields.names.push_back(field.name);
      }
    } catch (const std::exception&) {  // memory above all: not what a start fails for
    }
  }
  std::ranges::sort(announced, {}, &AnnouncedFields::directory);
  return announced;
}

}  // namespace ringside::engine

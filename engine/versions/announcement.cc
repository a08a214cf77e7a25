#include "engine/versions/announcement.h"

#include <exception>

#include "engine/bundle/loader.h"
#include "engine/versions/models_directory.h"

namespace ringside::engine {

std::vector<AnnouncedFields> announced_fields(const std::string& models_directory, const std::string& task,
                                              const std::string& started) {
  std::vector<AnnouncedFields> announced;
  const auto names = list_versions(models_directory);
  if (!names) return announced;
  for (const std::string& name : *names) {
    if (name == started) continue;
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
  return announced;
}

}  // namespace ringside::engine

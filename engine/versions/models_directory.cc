#include "engine/versions/models_directory.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "client_lib/base/sealed_memfd.h"
#include "engine/bundle/bundle_directory.h"

namespace ringside::engine {

namespace fs = std::filesystem;

bool is_version_name(const std::string& name) { return is_safe_directory_name(name) && name != "current"; }

Result<std::vector<std::string>, std::string> list_versions(const std::string& models_directory) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(models_directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (is_version_name(name) && is_version_directory(entry->path().string())) names.push_back(name);
  }
  if (error) return fail("cannot read " + models_directory + ": " + error.message());
  std::ranges::sort(names);
  return names;
}

bool is_version_directory(const std::string& path) {
  std::error_code error;
  return fs::is_directory(fs::symlink_status(path, error));
}

Result<Done, std::string> move_current(const std::string& models_directory, const std::string& version) {
  const std::string link = models_directory + "/current";
  const std::string fresh = models_directory + "/.current." + std::to_string(getpid());
  std::error_code error;
  if (fs::exists(fs::symlink_status(link, error)) && !fs::is_symlink(fs::symlink_status(link, error))) {
    return fail(link + " is not a link; make it one: ln -sfn " + version + " " + link);
  }
  ::unlink(fresh.c_str());
  if (::symlink(version.c_str(), fresh.c_str()) != 0) return fail(base::system_error_text("cannot write to " + models_directory));
  if (::rename(fresh.c_str(), link.c_str()) != 0) {
    const std::string text = base::system_error_text("cannot move " + link);
    ::unlink(fresh.c_str());
    return fail(text);
  }
  return Done{};
}

}  // namespace ringside::engine

#include "engine/bundle/inventory.h"

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/manifest.h"

namespace ringside::engine {

BundleInventory take_inventory(const std::string& path) {
  BundleInventory inventory;
  const auto directory = BundleDirectory::open(path);
  if (!directory) {
    inventory.missing = directory.error().text();
    return inventory;
  }
  const auto text = directory->read(kManifestFile, kManifestBytesMax);
  if (!text) {
    inventory.missing = std::string(kManifestFile) + ": " + text.error().found;
    return inventory;
  }
  BundleProblems problems;
  const Manifest manifest = read_manifest(*text, problems);
  if (!problems.empty()) {
    inventory.missing = problems.front().text();
    return inventory;
  }
  for (const ManifestFile& file : manifest.files) {
    inventory.bytes += file.bytes;
    if (!inventory.missing.empty()) continue;
    const auto bytes = directory->size(file.path);
    if (!bytes) {
      inventory.missing = file.path + ": " + bytes.error().found;
    } else if (*bytes != file.bytes) {
      inventory.missing = file.path + " has " + std::to_string(*bytes) + " of " + std::to_string(file.bytes) + " bytes";
    }
  }
  return inventory;
}

}  // namespace ringside::engine

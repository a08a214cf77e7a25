// sign DIR: who made a bundle says so.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/loader.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/signature.h"
#include "tools/cli/commands.h"

namespace ringside::cli {
namespace {

int failed(const Globals& globals, const std::string& error) { return report(globals, trouble(ExitStatus::kFailed, error)); }

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// Beside the bundle and renamed into it: an engine that reads the directory meanwhile sees the old signature or the new one.
std::error_code put(const std::string& directory, const std::string& line) {
  const std::string beside = without_slashes(directory) + "." + engine::kSignatureFile;
  std::ofstream file(beside, std::ios::binary);
  file << line;
  file.close();
  std::error_code error;
  if (!file) error = std::make_error_code(std::errc::io_error);
  if (!error) std::filesystem::rename(beside, std::filesystem::path(directory) / engine::kSignatureFile, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
  }
  return error;
}

}  // namespace

int sign_bundle(const Globals& globals, const SignOptions& options) {
  std::ifstream key_file(options.key, std::ios::binary);
  const std::string key((std::istreambuf_iterator<char>(key_file)), std::istreambuf_iterator<char>());
  if (!key_file) {
    return report(
        globals, trouble(ExitStatus::kUsage,
                         "--key " + options.key + ": cannot be read; next: openssl genpkey -algorithm ed25519 -out release.key"));
  }
  const auto bundle =
      engine::load_bundle(options.directory, {.expected_task = globals.task, .signature = {}, .trusted_keys = {}});
  if (!bundle) {
    return report(globals, trouble(ExitStatus::kCheckFailed,
                                   options.directory + " is not a good bundle and was not signed; next: ringside check " +
                                       options.directory));
  }
  const auto directory = engine::BundleDirectory::open(options.directory);
  if (!directory) return failed(globals, directory.error().text());
  const auto manifest = directory->read(engine::kManifestFile, engine::kManifestBytesMax);
  if (!manifest) return failed(globals, manifest.error().text());
  if (engine::sha256_hex(*manifest) != (*bundle)->facts.manifest_sha256)
    return failed(globals, options.directory + ": manifest.json changed while it was checked; nothing was signed");
  const auto line = engine::sign_manifest(*manifest, key);
  if (!line)
    return report(globals,
                  trouble(ExitStatus::kUsage, "--key " + options.key + ": " + line.error() + "; next: ringside sign --help"));
  if (const auto error = put(options.directory, *line))
    return failed(globals, options.directory + "/manifest.sig: cannot be written: " + error.message());
  const std::string key_id = line->substr(line->find(' ') + 1, 16);
  if (globals.json) {
    print_line({{"ok", true}, {"directory", options.directory}, {"version", (*bundle)->version}, {"key", key_id}});
  } else {
    std::printf("%s is signed by key %s\n", (*bundle)->version.c_str(), key_id.c_str());
  }
  return 0;
}

}  // namespace ringside::cli

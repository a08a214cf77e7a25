// Who made a bundle: an Ed25519 signature over the bytes of manifest.json, which names every other file by its hash.
//
//   manifest.sig    one line: ed25519 <key: 16 hex digits> <signature: 128 hex digits>
//   key             the first 8 bytes of SHA-256 over the 32 bytes of the public key
//
//   openssl genpkey -algorithm ed25519 -out release.key        # kept by who signs
//   openssl pkey -in release.key -pubout -out release.pem      # trusted by who serves, outside the bundle
//
// Hashes find what broke; a signature finds what was meant. The bytes that are verified are the bytes that are parsed: both come from one
// read. Keys are read anew for each load, so that one can be added or withdrawn without a restart.
//
// Thread safety: free functions, re-entrant. Cost: reads the keys' files; some 0.1 ms a signature; loader only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

enum class SignatureMode : std::uint8_t {
  kOff,      // not looked at
  kWarn,     // what is wrong with it is a warning
  kRequire,  // a bundle without a good signature by a trusted key is refused
};

struct PublicKey {
  std::string name;   // of its file, without .pem
  std::string id;     // 16 hex digits
  std::string bytes;  // 32
};

// `path`: a PEM file with one Ed25519 public key, or a directory with such files (*.pem; others are passed over). A file that is none and
// a directory without any are problems.
[[nodiscard]] Result<std::vector<PublicKey>, BundleProblem> read_public_keys(const std::string& path);

// The name and id of the key whose signature in `directory` fits `manifest`, "release (1f0c…)"; or what is wrong: no signature, a
// malformed one, an unknown key, a signature that does not fit.
[[nodiscard]] Result<std::string, BundleProblem> verify_signature(const BundleDirectory& directory, std::string_view manifest,
                                                                  const std::string& keys_path);

// The line for manifest.sig. `private_key`: PEM (PKCS#8), not encrypted. The error says what is wrong with it.
[[nodiscard]] Result<std::string, std::string> sign_manifest(std::string_view manifest, std::string_view private_key);

}  // namespace ringside::engine

// A small good bundle in memory, to be spoilt in one place, written to a directory and loaded.
//
//   BundleFiles files = BundleFiles::small();
//   files.edit("preprocess.json", "0x1.8p+3", "0x0p+0");      // the manifest is made from what is there when it is written
//   TemporaryDirectory place;
//   files.write(place.path() / "small_v1.0.0");
//
// Four fields (int, label, onehot, a float that may be missing), five features, four trees, binary:logistic. Its golden bits were
// computed by Booster.predict of XGBoost 1.7.4 on glibc 2.36.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ringside::test {

class BundleFiles {
 public:
  [[nodiscard]] static BundleFiles empty(const std::string& version);  // of the task `small`; nothing in it yet
  [[nodiscard]] static BundleFiles small(const std::string& version = "small_v1.0.0");

  // The text of a file, which is made where there is none. Not the manifest.
  [[nodiscard]] std::string& operator[](const std::string& name) { return files_[name]; }
  void remove(const std::string& name) { files_.erase(name); }

  // Puts `to` in the place of `from`; a test that finds no `from`, or two, is wrong and ends here.
  void edit(const std::string& name, const std::string& from, const std::string& to);
  void edit_manifest(const std::string& from, const std::string& to) { manifest_edits_.emplace_back(from, to); }

  [[nodiscard]] std::string manifest() const;
  void write(const std::filesystem::path& directory) const;

 private:
  std::string version_;
  std::map<std::string, std::string> files_;
  std::vector<std::pair<std::string, std::string>> manifest_edits_;
};

// A new directory that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace ringside::test

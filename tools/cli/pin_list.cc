#include "tools/cli/pin_list.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unordered_map>
#include <utility>

#include "schemas/wire/limits.h"

namespace ringside::cli {
namespace {

constexpr std::size_t kProblemsShown = 10;
constexpr std::string_view kBlanks = " \t";

// Key and version; both empty: not two words.
std::pair<std::string, std::string> parted(const std::string& line) {
  const auto begin = line.find_first_not_of(kBlanks), end = line.find_last_not_of(kBlanks);
  const std::string text = line.substr(begin, end - begin + 1);
  const auto tab = text.find('\t');
  const auto split = tab != std::string::npos ? tab : text.find_last_of(' ');
  if (split == std::string::npos) return {};
  const auto key_end = text.find_last_not_of(kBlanks, split), version = text.find_first_not_of(kBlanks, split);
  std::pair<std::string, std::string> words{text.substr(0, key_end + 1), text.substr(version)};
  return words.second.find_first_of(kBlanks) == std::string::npos ? words : std::pair<std::string, std::string>{};
}

}  // namespace

Result<PinList, Trouble> read_pin_list(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
      return fail(trouble(ExitStatus::kUsage, file + " is a directory; next: give a file of lines KEY VERSION"));
    opened.open(file);
    if (!opened) return fail(trouble(ExitStatus::kUsage, file + ": " + std::strerror(errno) + "; next: ringside pin --help"));
  }
  std::istream& in = file == "-" ? std::cin : opened;
  PinList list;
  std::unordered_map<std::string, std::pair<std::string, std::size_t>> seen;  // key → version, line
  Trouble wrong =
      trouble(ExitStatus::kUsage, file + " is no list of pins, and nothing was changed; next: mend the lines, KEY VERSION each");
  std::size_t number = 0, problems = 0;
  const auto problem = [&](const std::string& text) {
    if (++problems <= kProblemsShown) wrong.detail.push_back({{"text", "line " + std::to_string(number) + ": " + text}});
  };
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.find_first_not_of(kBlanks) == std::string::npos || line.starts_with('#')) continue;
    auto [key, version] = parted(line);
    if (key.empty()) {
      problem("expected KEY VERSION");
    } else if (key.size() > wire::kRouteKeyBytesMax || version.size() > wire::kVersionBytesMax) {
      problem("a key or version of more than 128 bytes");
    } else if (const auto [known, fresh] = seen.try_emplace(key, version, number); fresh) {
      list.keys[version].push_back(std::move(key));
      ++list.size;
    } else if (known->second.first != version) {
      problem("'" + key + "' stands on line " + std::to_string(known->second.second) + " with another version");
    }
  }
  if (in.bad()) return fail(trouble(ExitStatus::kFailed, file + ": reading broke off; nothing was changed"));
  if (problems > kProblemsShown) wrong.detail.push_back({{"text", "and " + std::to_string(problems - kProblemsShown) + " more"}});
  if (problems != 0) return fail(std::move(wrong));
  if (list.size == 0) return fail(trouble(ExitStatus::kUsage, file + " holds no pins; next: lines KEY VERSION"));
  return list;
}

}  // namespace ringside::cli

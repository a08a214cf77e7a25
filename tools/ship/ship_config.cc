#include "tools/ship/ship_config.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace ringside::ship {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1u << 20;

using Problem = std::string;  // empty: none

Problem whole(const std::string& text, std::uint64_t least, std::uint64_t most, std::uint64_t& into) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < least || number > most)
    return text + " is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  into = number;
  return {};
}

Problem milliseconds(const std::string& text, std::uint64_t least, std::uint64_t most, std::chrono::milliseconds& into) {
  std::uint64_t number = 0;
  const Problem problem = whole(text, least, most, number);
  if (problem.empty()) into = std::chrono::milliseconds(number);
  return problem;
}

Problem words(const std::string& text, std::string& into) {
  if (text.empty()) return "is empty";
  into = text;
  return {};
}

// It becomes part of a statement, so it is a plain name, or two with a dot.
Problem table(const std::string& text, std::string& into) {
  bool begins = true;
  std::size_t dots = 0;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_', is_digit = c >= '0' && c <= '9';
    if (c == '.' && !begins && dots++ == 0) {
      begins = true;
    } else if (is_letter || (is_digit && !begins)) {
      begins = false;
    } else {
      return text + " is no table's name: letters, digits and _, with one dot at most";
    }
  }
  if (begins) return "is no table's name";
  into = text;
  return {};
}

Problem url(std::string text, std::string& into) {
  while (text.ends_with('/')) text.pop_back();
  if (!text.starts_with("http://") && !text.starts_with("https://")) return text + " is no http:// or https:// URL";
  if (text.find_first_of("?#@") != std::string::npos)
    return text + ": host and port alone; user and password have their own keys";
  into = text;
  return {};
}

// The first line of the file.
Problem secret(const std::string& path, std::string& into) {
  std::ifstream file(path);
  if (!file || !std::getline(file, into)) return "cannot read a password from " + path;
  return {};
}

using Assign = Problem (*)(ShipConfig&, const std::string&);
const std::map<std::string_view, Assign>& keys() {
  constexpr std::uint64_t kDay = 86'400'000;
  static const std::map<std::string_view, Assign> table_of_keys = {
      {"journal", [](ShipConfig& c, const std::string& v) { return words(v, c.journal); }},
      {"state", [](ShipConfig& c, const std::string& v) { return words(v, c.state); }},
      {"instance", [](ShipConfig& c, const std::string& v) { return words(v, c.instance); }},
      {"poll_ms", [](ShipConfig& c, const std::string& v) { return milliseconds(v, 1, kDay, c.poll); }},
      {"batch.rows", [](ShipConfig& c, const std::string& v) { return whole(v, 1, 1'000'000, c.batch_rows); }},
      {"batch.bytes", [](ShipConfig& c, const std::string& v) { return whole(v, 1, 256u << 20, c.batch_bytes); }},
      {"batch.age_ms", [](ShipConfig& c, const std::string& v) { return milliseconds(v, 0, kDay, c.batch_age); }},
      {"retry.first_ms", [](ShipConfig& c, const std::string& v) { return milliseconds(v, 1, kDay, c.retry_first); }},
      {"retry.most_ms", [](ShipConfig& c, const std::string& v) { return milliseconds(v, 1, kDay, c.retry_most); }},
      {"dead_letters.bytes", [](ShipConfig& c, const std::string& v) { return whole(v, 0, 1ull << 40, c.dead_letter_bytes); }},
      {"clickhouse.url", [](ShipConfig& c, const std::string& v) { return url(v, c.clickhouse.url); }},
      {"clickhouse.table", [](ShipConfig& c, const std::string& v) { return table(v, c.clickhouse.table); }},
      {"clickhouse.user", [](ShipConfig& c, const std::string& v) { return words(v, c.clickhouse.user); }},
      {"clickhouse.password_file", [](ShipConfig& c, const std::string& v) { return secret(v, c.clickhouse.password); }},
      {"clickhouse.timeout_ms",
       [](ShipConfig& c, const std::string& v) { return milliseconds(v, 1, kDay, c.clickhouse.timeout); }},
      {"postgresql.connection", [](ShipConfig& c, const std::string& v) { return words(v, c.postgresql.connection); }},
      {"postgresql.table", [](ShipConfig& c, const std::string& v) { return table(v, c.postgresql.table); }},
      {"postgresql.password_file", [](ShipConfig& c, const std::string& v) { return secret(v, c.postgresql.password); }},
      {"postgresql.timeout_ms",
       [](ShipConfig& c, const std::string& v) { return milliseconds(v, 1, kDay, c.postgresql.timeout); }},
      {"jsonl.folder", [](ShipConfig& c, const std::string& v) { return words(v, c.jsonl.folder); }},
      {"jsonl.file_bytes", [](ShipConfig& c, const std::string& v) { return whole(v, 1, 1ull << 40, c.jsonl.file_bytes); }},
      {"jsonl.keep_files", [](ShipConfig& c, const std::string& v) { return whole(v, 0, 1'000'000, c.jsonl.keep_files); }},
  };
  return table_of_keys;
}

class Reader {
 public:
  explicit Reader(const std::string& name) : name_(name) {}

  void document(std::string_view text) {
    try {
      const YAML::Node root = YAML::Load(std::string(text));
      if (!root.IsMap()) return problem(1, "", "the file is a map of keys");
      map(root, "");
    } catch (const YAML::Exception& error) {
      return problem(error.mark.line + 1, "", "not YAML: " + error.msg);
    }
    finish();
  }

  ShipConfig config;
  std::multimap<int, std::string> problems;

 private:
  void map(const YAML::Node& node, const std::string& prefix) {
    for (const auto& item : node) {
      const int line = item.first.Mark().line + 1;
      if (!item.first.IsScalar()) {
        problem(line, prefix, "a key is a word");
        continue;
      }
      const std::string path = prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar();
      if (!lines_.emplace(path, line).second) {
        problem(line, path, "stands here twice");
      } else if (item.second.IsMap() && prefix.empty() && is_section(path)) {
        map(item.second, path);
      } else if (const auto key = keys().find(path); key == keys().end()) {
        problem(line, path, is_section(path) ? "is a map of keys" : "unknown key; README.md lists them");
      } else if (!item.second.IsScalar()) {
        problem(line, path, "takes one plain value");
      } else if (const Problem found = key->second(config, item.second.Scalar()); !found.empty()) {
        problem(line, path, found);
      }
    }
  }

  void finish() {
    need("journal");
    need("state");
    int sinks = 0;
    const auto choose = [&](const char* section, SinkKind kind, std::initializer_list<const char*> needed) {
      if (!lines_.contains(section)) return;
      if (++sinks == 2)
        problem(lines_[section], section, "a second sink: a process has one; run one more, with a state of its own");
      config.sink = kind;
      for (const char* const key : needed) need(std::string(section) + "." + key);
    };
    choose("clickhouse", SinkKind::kClickHouse, {"url", "table"});
    choose("postgresql", SinkKind::kPostgresql, {"connection", "table"});
    choose("jsonl", SinkKind::kJsonl, {"folder"});
    if (sinks == 0) problem(1, "", "no sink: one of clickhouse, postgresql, jsonl");
    if (config.retry_most < config.retry_first) problem(lines_["retry.most_ms"], "retry.most_ms", "is below retry.first_ms");
    if (config.instance.empty()) {
      char host[256] = "";
      gethostname(host, sizeof host - 1);
      config.instance = host;
    }
  }

  void need(const std::string& path) {
    if (!lines_.contains(path)) problem(1, path, "is missing");
  }
  static bool is_section(const std::string& path) {
    return std::ranges::any_of(keys(), [&](const auto& key) { return key.first.starts_with(path + "."); });
  }
  void problem(int line, const std::string& path, const std::string& text) {
    problems.emplace(line, name_ + ":" + std::to_string(line) + ": " + (path.empty() ? "" : path + ": ") + text);
  }

  const std::string& name_;
  std::map<std::string, int> lines_;
};

}  // namespace

Result<ShipConfig, ConfigProblems> read_config(std::string_view text, const std::string& name) {
  Reader reader(name);
  reader.document(text);
  if (reader.problems.empty()) return std::move(reader.config);
  ConfigProblems problems;
  for (auto& [line, problem] : reader.problems) problems.push_back(std::move(problem));
  return fail(std::move(problems));
}

Result<ShipConfig, ConfigProblems> load_config(const std::string& path) {
  std::ifstream file(path);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.gcount() == 0 && !file.eof()) return fail(ConfigProblems{path + ": cannot be read"});
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) return fail(ConfigProblems{path + ": larger than 1 MiB"});
  return read_config(text, path);
}

}  // namespace ringside::ship

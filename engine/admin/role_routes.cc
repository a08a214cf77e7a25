#include "engine/admin/role_routes.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

namespace ringside::engine {
namespace {

constexpr std::size_t kPageDefault = 1'000, kPageMax = 100'000;

// An object's keys, each read by what is registered for it; all problems at once.
class BodyReader {
 public:
  using Read = std::function<void(const std::string& key, const nlohmann::json& value)>;

  void key(const std::string& name, Read read) { reads_.emplace_back(name, std::move(read)); }
  void text(const std::string& name, std::string& target, std::size_t bytes_max) {
    key(name, [this, &target, bytes_max](const std::string& key, const nlohmann::json& value) {
      if (!value.is_string()) return problem(key + ": expected a text, found " + value.type_name());
      target = value.get<std::string>();
      if (target.empty() || target.size() > bytes_max) problem(key + ": expected 1 to " + std::to_string(bytes_max) + " bytes");
    });
  }
  void flag(const std::string& name, bool& target) {
    key(name, [this, &target](const std::string& key, const nlohmann::json& value) {
      if (!value.is_boolean()) return problem(key + ": expected true or false, found " + value.type_name());
      target = value.get<bool>();
    });
  }
  void texts(const std::string& name, std::vector<std::string>& target) {
    key(name, [this, &target](const std::string& key, const nlohmann::json& value) {
      if (!value.is_array()) return problem(key + ": expected an array of texts, found " + value.type_name());
      for (const auto& item : value) {
        if (!item.is_string()) return problem(key + ": expected texts, found " + item.type_name());
        target.push_back(item.get<std::string>());
        if (target.back().empty() || target.back().size() > kPinTextBytesMax) {
          return problem(key + "[" + std::to_string(target.size() - 1) + "]: expected 1 to " + std::to_string(kPinTextBytesMax) +
                         " bytes");
        }
      }
    });
  }
  void problem(const std::string& text) { problems.push_back(text); }

  void read(const std::string& body) {
    nlohmann::json root;
    try {
      // Nothing here nests; a deep body is refused while it is read.
      root = nlohmann::json::parse(body, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > 8) throw std::length_error("nested too deeply");
        return true;
      });
    } catch (const std::exception& error) {  // nlohmann's own, of many kinds
      return problem(std::string("the body is not JSON: ") + error.what());
    }
    if (!root.is_object()) return problem("the body: expected a JSON object");
    for (const auto& [name, value] : root.items()) {
      const auto found = std::ranges::find_if(reads_, [&name = name](const auto& pair) { return pair.first == name; });
      if (found != reads_.end()) {
        found->second(name, value);
      } else {
        problem(name + ": unknown key; known are " + known());
      }
    }
  }

  Problems problems;

 private:
  [[nodiscard]] std::string known() const {
    std::string names;
    for (const auto& [name, read] : reads_) names += (names.empty() ? "" : ", ") + name;
    return names;
  }
  std::vector<std::pair<std::string, Read>> reads_;
};

bool is_printable(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

CanaryRequest canary_in(BodyReader& body, const std::string& text) {
  CanaryRequest request;
  bool off = false;
  std::optional<double> percent;
  body.text("version", request.version, wire::kVersionBytesMax);
  body.key("percent", [&](const std::string& key, const nlohmann::json& value) {
    if (!value.is_number()) return body.problem(key + ": expected a number, found " + value.type_name());
    percent = value.get<double>();
  });
  body.text("salt", request.salt, kSaltBytesMax);
  body.flag("off", off);
  body.read(text);
  if (!body.problems.empty()) return request;
  if (off && (!request.version.empty() || percent || !request.salt.empty()))
    body.problem("off: nothing else may stand beside it");
  if (off) return request;
  if (request.version.empty()) body.problem("version: required, or off: true");
  if (!percent) {
    body.problem("percent: required");
  } else if (const auto buckets = buckets_of_percent(*percent); buckets) {
    request.buckets = *buckets;
  } else {
    body.problem(buckets.error());
  }
  if (!is_printable(request.salt)) body.problem("salt: expected printable text");
  return request;
}

ShadowRequest shadow_in(BodyReader& body, const std::string& text) {
  ShadowRequest request;
  bool off = false;
  std::optional<double> percent;
  body.text("version", request.version, wire::kVersionBytesMax);
  body.key("percent", [&](const std::string& key, const nlohmann::json& value) {
    if (!value.is_number()) return body.problem(key + ": expected a number, found " + value.type_name());
    percent = value.get<double>();
  });
  body.flag("off", off);
  body.read(text);
  if (!body.problems.empty()) return request;
  if (off && (!request.version.empty() || percent)) body.problem("off: nothing else may stand beside it");
  if (off) return request;
  if (request.version.empty()) body.problem("version: required, or off: true");
  if (!percent) return request;
  const auto buckets = buckets_of_percent(*percent);
  if (!buckets) {
    body.problem(buckets.error());
  } else if (*buckets == 0) {
    body.problem("percent: more than 0, or off: true in its place");
  } else {
    request.buckets = *buckets;
  }
  return request;
}

PinRequest pins_in(BodyReader& body, const std::string& text, bool is_pin) {
  PinRequest request;
  if (is_pin) body.text("version", request.version, wire::kVersionBytesMax);
  body.texts("keys", request.keys);
  body.texts("tags", request.tags);
  if (!is_pin) body.flag("all", request.all);
  body.read(text);
  if (!body.problems.empty()) return request;
  if (is_pin && request.version.empty()) body.problem("version: required");
  const bool none = request.keys.empty() && request.tags.empty();
  if (none && !request.all) body.problem(is_pin ? "keys or tags: required" : "keys, tags or all: required");
  if (!none && request.all) body.problem("all: nothing else may stand beside it");
  for (const std::string& tag : request.tags) {
    const auto equals = tag.find('=');
    if (equals == std::string::npos || equals == 0) body.problem("tags: '" + tag + "' is no KEY=VALUE");
  }
  return request;
}

LabelRequest label_in(BodyReader& body, const std::string& text) {
  LabelRequest request;
  bool remove = false;
  body.text("label", request.label, wire::kVersionBytesMax);
  body.text("version", request.version, wire::kVersionBytesMax);
  body.flag("remove", remove);
  body.read(text);
  if (!body.problems.empty()) return request;
  if (request.label.empty()) body.problem("label: required");
  if (!is_printable(request.label) || request.label.find('/') != std::string::npos)
    body.problem("label: expected printable text without a slash");
  if (remove != request.version.empty()) body.problem("version: required, or remove: true in its place");
  return request;
}

std::optional<std::size_t> whole_number(const std::string& text, std::size_t max) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > max) return std::nullopt;
  return number;
}

Json pin_document(PinKind kind, std::string_view text, std::string_view version) {
  return {{kind == PinKind::kKey ? "key" : "tag", text}, {"version", version}};
}

}  // namespace

Result<std::uint32_t, std::string> buckets_of_percent(double percent) {
  const double hundredths = std::round(percent * 100);
  if (!(percent >= 0 && percent <= 100)) return fail(std::string("percent: expected 0 to 100"));
  if (std::abs(percent * 100 - hundredths) > 1e-7) return fail(std::string("percent: at most two decimals"));
  return static_cast<std::uint32_t>(hundredths) * (kBucketsPerPercent / 100);
}

Result<RoleRequest, Problems> role_request(std::string_view path, const std::string& text) {
  RoleRequest request;
  BodyReader body;
  body.key("reason", [&](const std::string& key, const nlohmann::json& value) {
    if (value.is_null()) return;
    if (!value.is_string()) return body.problem(key + ": expected a text, found " + value.type_name());
    request.reason = value.get<std::string>();
    if (request.reason.size() > kReasonBytesMax) body.problem(key + ": at most " + std::to_string(kReasonBytesMax) + " bytes");
  });
  if (path == "/model/canary") {
    request.what = canary_in(body, text);
  } else if (path == "/model/shadow") {
    request.what = shadow_in(body, text);
  } else if (path == "/model/label") {
    request.what = label_in(body, text);
  } else {
    request.what = pins_in(body, text, path == "/model/pin");
  }
  if (!body.problems.empty()) return fail(std::move(body.problems));
  return request;
}

Json role_change_document(const RoleChange& change, const std::string& reason) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  return {{"status", change.status},
          {"version", or_null(change.version)},
          {"reason", or_null(reason)},
          {"pins", change.pins},
          {"message", change.message}};
}

Result<Json, Problems> pins_document(const Pins& pins, const Target& target) {
  std::size_t from = 0, limit = kPageDefault;
  std::optional<PinChange> asked;
  Problems problems;
  for (const auto& [key, value] : target.parameters) {
    if (key == "key" || key == "tag") {
      if (asked) problems.push_back("?" + key + ": one key or tag at a time");
      asked = PinChange{key == "key" ? PinKind::kKey : PinKind::kTag, value, {}};
    } else if (key == "from" || key == "limit") {
      const auto number = whole_number(value, key == "from" ? PinIndex::kShards : kPageMax);
      if (!number)
        problems.push_back("?" + key + ": expected a whole number" +
                           (key == "limit" ? " of at most " + std::to_string(kPageMax) : ", the last page's `next`"));
      (key == "from" ? from : limit) = number.value_or(0);
    } else {
      problems.push_back("?" + key + ": unknown parameter; known are key, tag, from, limit");
    }
  }
  if (!problems.empty()) return fail(std::move(problems));
  Json versions = Json::object(), list = Json::array();
  for (const std::string& version : pins.versions()) {
    if (const std::size_t count = pins.pinned_to(version); count != 0) versions[version] = count;
  }
  Json next = nullptr;
  if (asked) {
    const std::string_view version = pins.version_of(asked->kind, asked->text);
    if (!version.empty()) list.push_back(pin_document(asked->kind, asked->text, version));
  } else if (from < PinIndex::kShards) {
    const std::size_t end = pins.page(from, limit, [&](PinKind kind, std::string_view text, std::string_view version) {
      list.push_back(pin_document(kind, text, version));
    });
    if (end < PinIndex::kShards) next = end;
  }
  return Json{{"keys", pins.keys()},          {"tags", pins.tags()},
              {"bytes", pins.memory_bytes()}, {"versions", std::move(versions)},
              {"pins", std::move(list)},      {"next", std::move(next)}};
}

}  // namespace ringside::engine

#include "engine/admin/comparison_document.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ringside::engine {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Pairs& pairs, const std::string& key) {
  const auto found = std::ranges::find(pairs, key, &Pairs::value_type::first);
  return found == pairs.end() ? nullptr : &found->second;
}

std::optional<double> number_in(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || stop != text->data() + text->size()) return std::nullopt;
  return value;
}

// Keys of the first in its order, then those that only the second has.
Json side_by_side(const Pairs& first, const Pairs& second) {
  Json lines = Json::array();
  const auto add = [&](const std::string& key, const std::string* a, const std::string* b) {
    const auto from = number_in(a), to = number_in(b);
    lines.push_back({{"key", key},
                     {"values", Json::array({a != nullptr ? Json(*a) : Json(nullptr), b != nullptr ? Json(*b) : Json(nullptr)})},
                     {"differs", a == nullptr || b == nullptr || *a != *b},
                     {"change", from && to ? Json(*to - *from) : Json(nullptr)}});
  };
  for (const auto& [key, value] : first) add(key, &value, find(second, key));
  for (const auto& [key, value] : second) {
    if (find(first, key) == nullptr) add(key, nullptr, &value);
  }
  return lines;
}

const Json* find_field(const Json& schema, const Json& name) {
  const auto& fields = schema.at("fields");
  const auto found = std::ranges::find_if(fields, [&](const Json& field) { return field.at("name") == name; });
  return found == fields.end() ? nullptr : &*found;
}

Json difference(Json field, std::string_view key, Json a, Json b) {
  return {{"field", std::move(field)}, {"key", key}, {"values", Json::array({std::move(a), std::move(b)})}};
}

// Names of the fields that both have, as `schema` orders them.
Json common_names(const Json& schema, const Json& other) {
  Json names = Json::array();
  for (const Json& field : schema.at("fields")) {
    if (find_field(other, field.at("name")) != nullptr) names.push_back(field.at("name"));
  }
  return names;
}

void add_differences(const Json& a, const Json& b, Json field, Json& differences) {
  const auto of = [](const Json& object, const std::string& key) {
    return object.contains(key) ? object.at(key) : Json(nullptr);
  };
  for (const auto& [key, value] : a.items()) {
    if (!value.is_structured() || key == "allowed") {
      if (value != of(b, key)) differences.push_back(difference(field, key, value, of(b, key)));
    }
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) differences.push_back(difference(field, key, nullptr, value));
  }
}

Json schema_differences(Json a, Json b) {
  for (Json* schema : {&a, &b}) {
    for (const char* key : {"task", "version", "schema_hash"}) schema->erase(key);
  }
  Json differences = Json::array();
  add_differences(a, b, nullptr, differences);
  for (const Json& field : a.at("fields")) {
    const Json* other = find_field(b, field.at("name"));
    if (other == nullptr) {
      differences.push_back(difference(field.at("name"), "dtype", field.at("dtype"), nullptr));
    } else {
      add_differences(field, *other, field.at("name"), differences);
    }
  }
  for (const Json& field : b.at("fields")) {
    if (find_field(a, field.at("name")) == nullptr)
      differences.push_back(difference(field.at("name"), "dtype", nullptr, field.at("dtype")));
  }
  const Json order = common_names(a, b), other_order = common_names(b, a);
  if (order != other_order) differences.push_back(difference(nullptr, "order", order, other_order));
  return differences;
}

}  // namespace

Json comparison_document(const VersionView& first, const VersionView& second, const std::string& task) {
  const Json a = schema_document(first, task), b = schema_document(second, task);
  return {{"task", task},
          {"versions", Json::array({first.status.version, second.status.version})},
          {"metadata", side_by_side(first.facts->metadata, second.facts->metadata)},
          {"evaluation", side_by_side(first.facts->evaluation, second.facts->evaluation)},
          {"packages", side_by_side(first.facts->packages, second.facts->packages)},
          {"schema_hash", Json::array({a.at("schema_hash"), b.at("schema_hash")})},
          {"schema", schema_differences(a, b)}};
}

}  // namespace ringside::engine

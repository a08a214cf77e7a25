// Keys of the usual forms: from a member of EngineConfig and the words about it to a line of the table.
//
//   number_key<1, 64>("workers.count", "Threads that score. …", [](auto& c) -> auto& { return c.workers.count; }, {.flag = "--workers"})
//
// The member is named by a lambda without captures, so that one spelling both reads and writes it. Thread safety: no state.
#pragma once

#include "engine/config/key_values.h"

namespace ringside::engine {

// What not every key says.
struct KeyWords {
  std::string_view flag = "";
  std::string_view argument = "";  // default: what its form calls it
  std::string_view unit = "";
  std::string_view default_words = "";
  bool live = false;
};

namespace key_form {

inline std::string_view argument_or(const KeyWords& words, std::string_view usual) {
  return words.argument.empty() ? usual : words.argument;
}

}  // namespace key_form

template <class Field>
ConfigKey text_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words = {}) {
  return {path,
          words.flag,
          key_form::argument_or(words, "TEXT"),
          false,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_text(Field{}(c), v); },
          [](const EngineConfig& c) { return Field{}(c); },
          KeyType::kText,
          words.unit,
          0,
          0,
          {},
          words.live};
}

// A value outside of the bounds, which only the default can be, stands for `default_words`.
template <std::uint64_t kLeast, std::uint64_t kMost, class Field>
ConfigKey number_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words = {}) {
  const auto argument = [&] {
    return words.unit == "bytes" ? "BYTES"
           : words.unit == "us"  ? "US"
           : words.unit == "ms"  ? "MS"
           : words.unit == "s"   ? "S"
                                 : "N";
  };
  return {path,
          words.flag,
          key_form::argument_or(words, argument()),
          false,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_number(Field{}(c), v, kLeast, kMost); },
          [](const EngineConfig& c) {
            const std::uint64_t value = Field{}(c);
            return value < kLeast ? std::string() : std::to_string(value);
          },
          KeyType::kNumber,
          words.unit,
          kLeast,
          kMost,
          {},
          words.live};
}

template <class Field>
ConfigKey share_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words = {}) {
  return {path,
          words.flag,
          key_form::argument_or(words, "SHARE"),
          false,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_share(Field{}(c), v); },
          [](const EngineConfig& c) { return shown_share(Field{}(c)); },
          KeyType::kShare,
          words.unit,
          0,
          1,
          {},
          words.live};
}

template <class Field>
ConfigKey bool_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words = {}) {
  return {path,
          words.flag,
          key_form::argument_or(words, "true|false"),
          false,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_bool(Field{}(c), v); },
          [](const EngineConfig& c) { return std::string(Field{}(c) ? "true" : "false"); },
          KeyType::kBool,
          words.unit,
          0,
          0,
          {},
          words.live};
}

// `kNames`: the enumeration's values in its order. `words.argument` repeats them, as help shows them.
template <const auto& kNames, class Field>
ConfigKey choice_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words) {
  return {path,
          words.flag,
          words.argument,
          false,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_choice(Field{}(c), v, kNames); },
          [](const EngineConfig& c) { return std::string(kNames[static_cast<std::size_t>(Field{}(c))]); },
          KeyType::kChoice,
          words.unit,
          0,
          0,
          kNames,
          words.live};
}

template <class Field>
ConfigKey names_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words) {
  return {path,
          words.flag,
          key_form::argument_or(words, "NAME,…"),
          true,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_names(Field{}(c), v); },
          [](const EngineConfig& c) { return shown_list(Field{}(c)); },
          KeyType::kTexts,
          words.unit,
          0,
          0,
          {},
          words.live};
}

template <class Field>
ConfigKey cpus_key(std::string_view path, std::string_view meaning, Field, const KeyWords& words) {
  return {path,
          words.flag,
          key_form::argument_or(words, "N,…"),
          true,
          words.default_words,
          meaning,
          [](EngineConfig& c, const Values& v) { return assign_cpus(Field{}(c), v); },
          [](const EngineConfig& c) { return shown_list(Field{}(c)); },
          KeyType::kNumbers,
          words.unit,
          0,
          kCpuMost,
          {},
          words.live};
}

}  // namespace ringside::engine

// The two spellings of one document, for tests that write model files: each put() writes one value; comma() goes between two values of
// an object or array.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {

class JsonWriter {
 public:
  void begin_object() { out += '{'; }
  void end_object() { out += '}'; }
  void key(const std::string& name) { out += '"' + name + "\":"; }
  void comma() { out += ','; }
  void begin_array(std::size_t) { out += '['; }
  void end_array() { out += ']'; }
  void put(const std::string& text) {
    out += '"';
    for (const char c : text) out += (c == '"' || c == '\\') ? std::string{'\\', c} : std::string{c};
    out += '"';
  }
  void put(std::int64_t value) { out += std::to_string(value); }
  template <class T, class Memory>
  void put(const std::vector<T, Memory>& values) {
    out += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      if constexpr (std::is_same_v<T, float>) {
        out += float_text(values[i]);
      } else {
        out += std::to_string(values[i]);
      }
    }
    out += ']';
  }
  std::string out;
};

class UbjWriter {
 public:
  void begin_object() { out += '{'; }
  void end_object() { out += '}'; }
  void key(const std::string& name) { length_and_text(name); }
  void comma() {}
  void begin_array(std::size_t count) {
    out += "[#L";
    big_endian(static_cast<std::uint64_t>(count));
  }
  void end_array() {}
  void put(const std::string& text) {
    out += 'S';
    length_and_text(text);
  }
  void put(std::int64_t value) {
    out += 'L';
    big_endian(static_cast<std::uint64_t>(value));
  }
  template <class T, class Memory>
  void put(const std::vector<T, Memory>& values) {
    out += std::is_same_v<T, float> ? "[$d#L" : sizeof(T) == 1 ? "[$U#L" : sizeof(T) == 4 ? "[$l#L" : "[$L#L";
    big_endian(static_cast<std::uint64_t>(values.size()));
    for (const T value : values) {
      if constexpr (sizeof(T) == 1) {
        out += static_cast<char>(value);
      } else if constexpr (sizeof(T) == 4) {
        big_endian(std::bit_cast<std::uint32_t>(value));
      } else {
        big_endian(static_cast<std::uint64_t>(value));
      }
    }
  }
  std::string out;

 private:
  template <class T>
  void big_endian(T value) {
    for (std::size_t shift = sizeof(T) * 8; shift > 0; shift -= 8) out += static_cast<char>(value >> (shift - 8) & 0xFF);
  }
  void length_and_text(const std::string& text) {
    out += 'L';
    big_endian(static_cast<std::uint64_t>(text.size()));
    out += text;
  }
};

}  // namespace ringside::engine::test

// Walking the keys of an object of a model file, for the files that read a BoosterModel. Internal to engine/forest.
//
//   for (Fields fields(reader); fields.next();) {
//     if (fields.is("name")) reader.read_string(name);
//     else if (fields.is("model")) read_model(reader);
//   }
//
// A key that is asked for may come once (of two, XGBoost takes the last in JSON, the first in UBJSON: refused); keys that nobody asks
// for are skipped.
//
// Thread safety: one thread, as its reader.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "engine/forest/model_reader.h"

namespace ringside::engine {

class Fields {
 public:
  explicit Fields(ModelReader& reader) : reader_(reader) { reader_.enter_object(); }

  bool next() {
    if (!taken_) reader_.skip_value();
    taken_ = false;
    return reader_.next_key(key_);
  }

  bool is(std::string_view key) {
    if (key != key_) return false;
    if (has(key)) reader_.refuse("the key once", "it again");
    seen_.push_back(key);
    taken_ = true;
    return true;
  }

  // The present key, whatever it is, to be read by the caller.
  const std::string& any() {
    taken_ = true;
    return key_;
  }

  [[nodiscard]] bool has(std::string_view key) const noexcept {
    for (const std::string_view seen : seen_) {
      if (seen == key) return true;
    }
    return false;
  }

  void require(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (!has(key)) reader_.refuse_key(key, "to be present", "nothing");
    }
  }

 private:
  ModelReader& reader_;
  std::string key_;
  bool taken_ = true;
  std::vector<std::string_view> seen_;  // Literals of the callers.
};

inline constexpr std::uint32_t kInt32Max = std::numeric_limits<std::int32_t>::max();

// XGBoost writes its parameters as strings.
void read_integer_in_string(ModelReader& reader, std::uint32_t largest, std::uint32_t& value);

}  // namespace ringside::engine

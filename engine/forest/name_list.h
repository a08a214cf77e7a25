// Many short names in two blocks of memory: a model file may hold a name a feature, and a std::string each would take ten times what
// the file does.
//
// Thread safety: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::engine {

class NameList {
 public:
  NameList() = default;
  NameList(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) push_back(name);
  }

  void reserve(std::size_t names, std::size_t characters) {
    characters_.reserve(characters);
    ends_.reserve(names);
  }
  void push_back(std::string_view name) {
    characters_ += name;
    ends_.push_back(characters_.size());
  }

  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] bool empty() const noexcept { return ends_.empty(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {  // REQUIRES: i < size()
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(characters_).substr(begin, ends_[i] - begin);
  }
  [[nodiscard]] std::vector<std::string> strings() const {
    std::vector<std::string> strings;
    strings.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) strings.emplace_back((*this)[i]);
    return strings;
  }
  bool operator==(const NameList&) const = default;

 private:
  std::string characters_;
  std::vector<std::size_t> ends_;
};

}  // namespace ringside::engine
